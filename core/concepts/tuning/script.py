"""Nets by batch size, by norm at every learning rate, and found by a search, for scripts that are
taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.tuning import objectives, search
from core.concepts.tuning.batch import REFERENCE, RULES
from core.concepts.tuning.signal_script import by_start
from core.concepts.tuning.window import N_TEST, N_TRAIN, RATES, WORKS
from core.script import Script
from core.starts import batch_rows, descended, digits_split, first_layers, perceptron


def standardised_digits(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """By the training pixels."""
    x, y, test_x, test_y = digits_split(seed, N_TRAIN)
    return (x - x.mean()) / x.std(), y, (test_x - x.mean()) / x.std(), test_y


def wrong(said: Tensor, y: Tensor) -> float:
    """The share of images that are named wrongly: all, where the loss is no number any more."""
    if not nn.functional.cross_entropy(said, y).isfinite():
        return 1.0
    return float((said.argmax(1) != y).float().mean())


def by_batch_size(
    sizes: tuple[str, ...], rules: tuple[str, ...], learning_rate: float, n_epochs: int, seed: int,
) -> dict[str, float]:
    """By rule and batch size the share of new digits that its net gets wrong."""
    x, y, test_x, test_y = standardised_digits(seed)
    start = first_layers(np.random.default_rng((seed, 0)), (64, 64, 64, 10))
    found = {}
    for rule in rules:
        for size in map(int, sizes):
            rows = batch_rows(seed, len(x), size, n_epochs * len(x) // size)
            rate = learning_rate * RULES[rule](size / REFERENCE)
            layers = descended(start, x, y, nn.functional.cross_entropy, rows, "momentum", rate)
            found[f"{rule} {size}"] = wrong(perceptron(layers, test_x), test_y)
    return found


def deep(depth: int, norm: str, seed: int) -> nn.Sequential:
    """Hidden layers of 32 units with a norm before each activation, as they begin."""
    sizes = (64, *[32] * depth, 10)
    start, parts = first_layers(np.random.default_rng((seed, 0)), sizes), []
    for i in range(depth + 1):
        layer = nn.Linear(sizes[i], sizes[i + 1])
        layer.weight.data, layer.bias.data = start[2 * i].clone(), start[2 * i + 1].clone()
        parts.append(layer)
        if i < depth:
            parts += [{"none": nn.Identity, "batch": nn.BatchNorm1d, "layer": nn.LayerNorm}[norm](
                32), nn.ReLU()]
    return nn.Sequential(*parts)


def working_rates(
    norms: tuple[str, ...], batch_size: int, depth: int, n_steps: int, seed: int,
) -> dict[str, float]:
    """By norm how many learning rates work: fewer new digits than `WORKS` are named wrongly."""
    x, y, test_x, test_y = standardised_digits(seed)
    rows, found = batch_rows(seed, len(x), batch_size, n_steps), {}
    for norm in norms:
        errors = []
        for rate in RATES:
            net = deep(depth, norm, seed)
            momentum = torch.optim.SGD(net.parameters(), rate, momentum=0.9)
            for some in rows:
                momentum.zero_grad()
                nn.functional.cross_entropy(net(x[some]), y[some]).backward()
                momentum.step()
            net.eval()
            with torch.no_grad():
                errors.append(wrong(net(test_x[:N_TEST]), test_y[:N_TEST]))
        found[norm] = float(sum(error < WORKS for error in errors))
    return found


def trial_of(n_steps: int, seed: int) -> Callable[[np.ndarray], float]:
    """From a point of the unit cube to the share of validation images that its net gets wrong."""
    x, y, test_x, test_y = digits_split(seed, objectives.N_TRAIN)
    test_x, test_y = ((a[: objectives.N_VALIDATION]) for a in ((test_x - x.mean()) / x.std(),
                                                               test_y))
    x = (x - x.mean()) / x.std()
    rows = batch_rows(seed, len(x), objectives.MOST_BATCH, n_steps)

    def wrong_at(point: np.ndarray) -> float:
        setting = objectives.setting_of(point)
        rng, n = np.random.default_rng((seed, objectives.START)), setting.units
        sizes = [64, *[objectives.MOST_UNITS] * objectives.MOST_LAYERS, 10]
        drawn = [rng.standard_normal((n_out, n_in)) * (2 / (n_in if i == 0 else n)) ** 0.5
                 for i, (n_in, n_out) in enumerate(pairwise(sizes))]  # of the largest net
        used = [drawn[0][:n], *(a[:n, :n] for a in drawn[1 : setting.layers]), drawn[-1][:, :n]]
        layers = [part.requires_grad_() for a in used
                  for part in (torch.from_numpy(a.astype(np.float32)), torch.zeros(len(a)))]
        rule = (torch.optim.Adam(layers, setting.rate) if setting.rule == "adam" else
                torch.optim.SGD(layers, setting.rate,
                                momentum=0.9 if setting.rule == "momentum" else 0))
        for some in rows:
            first = some[: setting.batch]
            rule.zero_grad()
            nn.functional.cross_entropy(perceptron(layers, x[first]), y[first]).backward()
            rule.step()
        with torch.no_grad():
            said = perceptron(layers, test_x)
        return wrong(said, test_y) if said.isfinite().all() else 1.0

    return wrong_at


def best_trials(
    objective: str, searches: tuple[str, ...], n_trials: int, n_steps: int, seed: int
) -> dict[str, float]:
    """By search the least that its trials have come to."""
    config: Any = SimpleNamespace(objective=objective, n_trials=n_trials)
    result: Any = trial_of(n_steps, seed)
    if objective != "net":
        _, result = objectives.FUNCTIONS[objective]
    found = {}
    for name in searches:
        one = search.Search(name, config, seed)
        while len(one.values) < n_trials and (point := one.next) is not None:
            one.tell(point, float(result(point)))
        found[name] = float(one.values.min())
    return found


SCRIPTS = {
    "search": Script(best_trials, "best", "least result of all trials"),
    "signal": Script(by_start, "accuracy", "share of new digits that are right",
                     frozenset({"map", "opened", "digit"})),
    "batch": Script(by_batch_size, "test_error", "test error after the last epoch"),
    "window": Script(working_rates, "n_working", "number of learning rates that work"),
}
