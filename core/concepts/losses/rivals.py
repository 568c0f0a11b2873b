"""Nets that differ in their loss alone: same start, same batches, each at its own rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.losses import Loss
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner

if TYPE_CHECKING:
    from torch import Tensor

START = 0
"""What random numbers are for: initial weights. Data have purposes of their own."""


class Rivals:
    """A stack of seeds per loss.

    Args:
        seeds: One net of each loss per seed.
        net: What all of them are, for a loss.
        losses: By name, in the order of the results.
        rates: The learning rate of each.
        rule: Key of the update rule in `core.stacked.rules.RULES`.
        batch_size: Of the batches to come.
        begin: Changes the initial parameters, (S, P), in place.
    """

    def __init__(
        self, seeds: range, net: Callable[[Loss], MLP], losses: Mapping[str, Loss],
        rates: Mapping[str, float], rule: str, batch_size: int,
        begin: Callable[[MLP, Tensor], None] = lambda net, start: None,
    ) -> None:
        self.losses = losses
        self.races: dict[str, Race] = {}
        for name, loss in losses.items():
            mlp = net(loss)
            start = torch.from_numpy(np.stack(
                [mlp.init(np.random.default_rng((seed, START))) for seed in seeds]))
            begin(mlp, start)
            runners = [Runner(rule, {"learning_rate": rates[name]}, s) for s in range(len(seeds))]
            self.races[name] = Race(mlp, runners, start, batch_size)

    def step(self, x: Tensor, y: Tensor, rate_factor: float = 1.0) -> None:
        """One update of all nets, on a batch per seed: (S, features, batch)."""
        for race in self.races.values():
            race.step(x, y, rate_factor)

    def outputs(self, x: Tensor) -> Tensor:
        """What all say of their seed's inputs: (L, S, outputs, n)."""
        return torch.stack([race.outputs(x) for race in self.races.values()])

    def values(self, z: Tensor, y: Tensor) -> np.ndarray:
        """Each one's own loss, (L, S), of outputs (L, S, outputs, n) and targets of the seeds."""
        return np.stack([loss.value(z[i], y).numpy()
                         for i, loss in enumerate(self.losses.values())])

    def pulls(self, z: Tensor, y: Tensor) -> Tensor:
        """Each example's own derivative of each loss, (L, S, outputs, n): not over their number."""
        n = z.shape[-1]
        return torch.stack([n * loss.gradient(z[i], y, torch.empty_like(z[i]))
                            for i, loss in enumerate(self.losses.values())])


def cosine(t: int, n_steps: int) -> float:
    """What the learning rate is multiplied by at update t, from 1 on: to 0 along a half cosine.

    Loshchilov & Hutter 2017, eq. 5, without restarts.
    """
    return (1 + math.cos(math.pi * (t - 1) / n_steps)) / 2
