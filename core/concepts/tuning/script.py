"""Nets by batch size, and by norm at every learning rate, for scripts that are taken away."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

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


SCRIPTS = {
    "signal": Script(by_start, "accuracy", "share of new digits that are right",
                     frozenset({"map", "opened", "digit"})),
    "batch": Script(by_batch_size, "test_error", "test error after the last epoch"),
    "window": Script(working_rates, "n_working", "number of learning rates that work"),
}
