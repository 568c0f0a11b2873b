"""Nets that remember, one after the other, for scripts that are taken away."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.recurrence.tasks import CLOSE, adding, copy, order
from core.script import Script

DRAWN = {"copy": copy, "order": order, "adding": adding}
LAYERS = {"lstm_zero": nn.LSTM, "lstm": nn.LSTM, "gru": nn.GRU}
RATES = {"orthogonal": 0.005, "identity": 0.003}
"""Of Adam, where 0.01 does less well."""


def sequences(task: str, n: int, length: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """New ones, (length, n, features), and what is to be said of them, (n, outputs)."""
    x, y, _ = DRAWN[task](rng, n, length)
    return torch.from_numpy(x), torch.from_numpy(np.ascontiguousarray(y.T))


def loss_of(task: str, said: Tensor, y: Tensor) -> Tensor:
    """Half the squared error of a sum, the cross-entropy of a class."""
    if task == "adding":
        return (said - y).square().mean() / 2
    return nn.functional.cross_entropy(said, y)


def right(task: str, said: Tensor, y: Tensor) -> float:
    """The share of right answers; one that is no number is wrong."""
    said = said.nan_to_num(nan=math.inf)
    is_right = (said - y).abs() <= CLOSE if task == "adding" else said.argmax(1) == y.argmax(1)
    return float(is_right.float().mean())


def reader(
    cell: str, n_inputs: int, width: int, n_outputs: int, gain: float, forget_bias: float,
    update_bias: float, rng: np.random.Generator,
) -> tuple[Any, nn.Linear]:
    """A recurrent layer and what answers from its last state, as they begin."""
    options = {"identity": {"nonlinearity": "relu"}}.get(cell, {})
    layer: Any = LAYERS.get(cell, nn.RNN)(n_inputs, width, **options)
    head, bound = nn.Linear(width, n_outputs), width**-0.5
    for weight in (head.weight, layer.weight_ih_l0, layer.weight_hh_l0):
        weight.data = torch.from_numpy(rng.uniform(-bound, bound, tuple(weight.shape))).float()
    for bias in (head.bias, layer.bias_ih_l0, layer.bias_hh_l0):
        nn.init.zeros_(bias)
    # torch adds two biases; two that are trained would learn twice as fast. A GRU needs both
    layer.bias_hh_l0.requires_grad_(cell == "gru")
    if cell == "orthogonal":
        q, r = np.linalg.qr(rng.standard_normal((width, width)))
        layer.weight_hh_l0.data = torch.from_numpy(gain * q * np.sign(np.diag(r))).float()
    if cell == "identity":
        nn.init.eye_(layer.weight_hh_l0)
    if cell == "lstm":  # its rows: input, forget, candidate, output
        layer.bias_ih_l0.data[width : 2 * width] = forget_bias
    if cell == "gru":  # reset, update, candidate
        layer.bias_ih_l0.data[width : 2 * width] = update_bias
    return layer, head


def remembering(
    task: str, cells: tuple[str, ...], lags: tuple[str, ...], forget_bias: float,
    update_bias: float, gain: float, n_steps: int, rates: str, learning_rate: float,
    optimizer: str, clipping: bool, width: int, batch_size: int, seed: int,
) -> dict[str, float]:
    """By cell and length of the sequences the share of new ones that a net answers rightly."""
    found = {}
    for cell in cells:
        for length in sorted(map(int, lags)):
            own = RATES.get(cell, 0.01) if optimizer == "adam" else 0.1
            rate = learning_rate if rates == "shared" else own
            batches = np.random.default_rng((seed, 1000 + length))
            test_x, test_y = sequences(task, 64, length, np.random.default_rng(
                (seed, 2000 + length)))
            layer, head = reader(cell, test_x.shape[2], width, test_y.shape[1], gain, forget_bias,
                                 update_bias, np.random.default_rng((seed, 0)))
            learned = [p for p in (*layer.parameters(), *head.parameters()) if p.requires_grad]
            rule = (torch.optim.Adam if optimizer == "adam" else torch.optim.SGD)(learned, rate)
            for t in range(1, n_steps + 1):
                rule.param_groups[0]["lr"] = rate * (1.0 if t <= 0.7 * n_steps else 0.2)
                x, y = sequences(task, batch_size, length, batches)
                rule.zero_grad()
                loss_of(task, head(layer(x)[0][-1]), y).backward()
                if clipping:
                    nn.utils.clip_grad_norm_(learned, 1.0)
                rule.step()
            with torch.no_grad():
                said = head(layer(test_x)[0][-1])
            found[f"{cell} {length}"] = right(task, said, test_y)
    return found


def opened(
    task: str, cell: str, length: int, width: int, n_steps: int, forget_bias: float,
    update_bias: float, seed: int,
) -> dict[str, float]:
    """The share of new sequences that a net of one cell answers rightly."""
    (accuracy,) = remembering(
        task, (cell,), (str(length),), forget_bias, update_bias, 1.0, n_steps, "own", 0.0, "adam",
        True, width, 16, seed).values()
    return {"share of right answers at the end": accuracy}


SCRIPTS = {
    "memory": Script(remembering, "accuracy", "share of right answers at the end"),
    "inside": Script(opened, "accuracy", "share of right answers at the end"),
}
