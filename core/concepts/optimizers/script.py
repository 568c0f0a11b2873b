"""Both races, rule after rule and net after net, for scripts that are taken away."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.concepts.optimizers.network import LOSS_CEILING, TASKS
from core.concepts.optimizers.plain import RULES
from core.concepts.optimizers.surface import starts
from core.concepts.optimizers.surfaces import SURFACES
from core.concepts.optimizers.wilson import wilson
from core.script import Script
from core.starts import batch_rows, digits_split, first_layers

ADAM_FAMILY = ("adam", "adamw", "amsgrad")


def coefficients(rule: str, learning_rate: float, **given: Any) -> dict[str, Any]:
    """Of what the page sets, what concerns a rule; all else stays as its paper has it."""
    known = {"momentum": ("momentum",), "nesterov": ("momentum",), "lion": ("beta1",),
             **dict.fromkeys(ADAM_FAMILY, ("beta1", "beta2", "bias_correction"))}.get(rule, ())
    if rule == "adamw" and "weight_decay" in given:
        known = (*known, "weight_decay")
    return {"learning_rate": learning_rate, **{name: given[name] for name in known}}


def race_on_surface(
    surface: str, optimizers: tuple[str, ...], rates: str, learning_rate: float, n_steps: int,
    condition_number: float, rotation: float, start_x: float | None, start_y: float | None,
    momentum: float, beta1: float, beta2: float, bias_correction: bool, schedule: str,
    spread: float, seed: int,
) -> dict[str, float]:
    """By rule how far above its lowest value the function is after the last update."""
    config: Any = SimpleNamespace(
        surface=surface, condition_number=condition_number, rotation=rotation, start_x=start_x,
        start_y=start_y, spread=spread, seed=seed, n_seeds=1)
    land = SURFACES[surface]
    start = torch.tensor(starts(config))[0]
    given = {"momentum": momentum, "beta1": beta1, "beta2": beta2,
             "bias_correction": bias_correction}
    found = {}
    for name in optimizers:
        rate = learning_rate if rates == "shared" else land.rates(config)[name]
        found[name] = descent(config, land, start, name, coefficients(name, rate, **given),
                              n_steps, schedule)
    return found


def descent(
    config: Any, land: Any, start: Tensor, name: str, given: dict[str, Any], n_steps: int,
    schedule: str,
) -> float:
    """How far above the lowest value one rule ends; NaN where it has left the picture.

    A rule goes on from the tensor that it has handed out, so what is changed in there counts.
    """
    t, p = 0, start
    rate = torch.tensor(given["learning_rate"], dtype=p.dtype)
    size = max(np.ptp(land.x_range), np.ptp(land.y_range))

    def gradient(at: Tensor) -> Tensor:
        return torch.stack(land.gradient(at[0], at[1], config, t))

    path = RULES[name](p, gradient, **{**given, "learning_rate": rate})
    while t < n_steps:
        if land.lowest is None and bool(land.arrived(*p, land.value(*p, config))):
            break  # no floor: one that has escaped stays where it is
        t += 1
        rate.fill_(given["learning_rate"] * (t**-0.5 if schedule == "inverse_sqrt" else 1))
        p = next(path)
        if land.box is not None:
            p.clamp_(-land.box, land.box)
        if not float(p.abs().max()) <= 100 * size:
            return float("nan")
    return float(land.value(*p, config)) - (land.lowest or 0.0)


def race_on_network(
    task: str, optimizers: tuple[str, ...], rates: str, learning_rate: float, n_steps: int,
    batch_size: int, width: int, momentum: float, beta1: float, beta2: float,
    weight_decay: float, bias_correction: bool, seed: int,
) -> dict[str, float]:
    """By rule the training loss of its net after the last update, at most `LOSS_CEILING`."""
    given = {"momentum": momentum, "beta1": beta1, "beta2": beta2, "weight_decay": weight_decay,
             "bias_correction": bias_correction}
    if task == "wilson":
        split = wilson(range(seed, seed + 1))
        x, y = split.train_x[0].T, split.train_y[0, 0]
        layers = [torch.zeros(1, x.shape[1])]
    else:
        x, y, _, _ = digits_split(seed, 1000)
        layers = first_layers(np.random.default_rng((seed, 0)), (64, width, 10))
    rows = batch_rows(seed, len(x), batch_size, n_steps)
    found = {}
    for name in optimizers:
        rate = learning_rate if rates == "shared" else TASKS[task].rates[name]
        found[name] = learned(x, y, layers, rows, name, coefficients(name, rate, **given))
    return found


def learned(
    x: Tensor, y: Tensor, layers: list[Tensor], rows: list[np.ndarray], name: str,
    given: dict[str, Any],
) -> float:
    """The loss on all training images of a net that one rule has trained on these batches."""
    now = iter(rows)

    def loss(p: Tensor, some: Any = slice(None)) -> Tensor:
        parts = [part.view_as(layer) for part, layer in zip(
            p.split([layer.numel() for layer in layers]), layers, strict=True)]
        if len(parts) == 1:  # a linear model of Wilson's construction
            return ((x[some] @ parts[0].T)[:, 0] - y[some]).square().mean() / 2
        first, first_bias, second, second_bias = parts
        hidden = torch.relu(x[some] @ first.T + first_bias)
        return torch.nn.functional.cross_entropy(hidden @ second.T + second_bias, y[some])

    def gradient(p: Tensor) -> Tensor:
        p = p.detach().requires_grad_()
        return torch.autograd.grad(loss(p, next(now)), p)[0]

    path = RULES[name](torch.cat([layer.ravel() for layer in layers]), gradient, **given)
    for _ in rows:
        p = next(path)
    end = float(loss(p))
    return min(end, LOSS_CEILING) if end == end else LOSS_CEILING


SCRIPTS = {
    "surface": Script(
        race_on_surface, "loss", "height above the minimum after the last update",
        frozenset({"map", "map_optimizer"})),
    "network": Script(
        race_on_network, "train_loss", "training loss after the last update",
        frozenset({"sweep_seeds"})),
}
