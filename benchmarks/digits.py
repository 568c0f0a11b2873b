"""Nets of real size: how much of the processor's arithmetic the stack reaches."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers import SEVEN, Matmul
from benchmarks.promise import Measured, Promise, interleaved, medians, seconds
from core.lazy import torch
from core.stacked.data import batches, digits
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner

if TYPE_CHECKING:
    from torch import Tensor

NET = MLP((64, 64, 10))
RATES = {"sgd": 0.1, "momentum": 0.03, "nesterov": 0.03, "adagrad": 0.03, "rmsprop": 0.001,
         "adam": 0.003, "adamw": 0.003}
SEEDS = range(8)
BATCH_SIZE = 64
N_STEPS = 60


def operations(net: MLP, batch_size: int) -> int:
    """Of one model-step, as they are usually counted: forward, and twice that back.

    The input needs no gradient, so that the first layer is counted at three times its
    forward pass and does two; activation, loss, biases and update are not counted at all.
    """
    return 6 * batch_size * sum(n_out * n_in for n_in, n_out in pairwise(net.sizes))


class Digits:
    """The race of the digits page, its batches drawn beforehand."""

    def __init__(self, seeds: range, n_steps: int) -> None:
        torch.set_num_threads(1)
        start = np.stack([NET.init(np.random.default_rng((seed, 0))) for seed in seeds])
        self.start = torch.from_numpy(start)
        self.runners = [Runner(r, {"learning_rate": RATES[r]}, s) for r in SEVEN
                        for s in range(len(seeds))]
        self.data, self.seeds = digits(seeds, 1000), seeds
        self.schedule = list(batches(self.data, seeds, BATCH_SIZE, n_steps))

    def train(self, batches_: Iterable[tuple[Tensor, Tensor]]) -> float:
        """Operations per second of a race from its start, as on the page."""
        race = Race(NET, self.runners, self.start, BATCH_SIZE)
        race.step(*self.schedule[0])  # makes the buffers

        def steps() -> None:
            for x, y in batches_:
                race.step(x, y)

        n = operations(NET, BATCH_SIZE) * len(self.runners) * len(self.schedule)
        return n / seconds(steps, 1)

    def rate(self) -> float:
        return self.train(self.schedule)

    def rate_with_drawing(self) -> float:
        return self.train(batches(self.data, self.seeds, BATCH_SIZE, len(self.schedule)))


def measure() -> Measured:
    task, matmul = Digits(SEEDS, N_STEPS), Matmul()
    interleaved(task.rate, matmul.rate, 2)  # warm
    pairs = interleaved(task.rate, matmul.rate, 21)
    drawing = interleaved(task.rate_with_drawing, matmul.rate, 7)
    ours, theirs = medians(pairs)
    share, _ = medians([(a / b, 0) for a, b in drawing])
    return Measured(tuple(a / b for a, b in pairs), (
        f"{ours / 1e9:.0f} of {theirs / 1e9:.0f} GFLOP/s; with drawing the batches {share:.2f}"
    ))


PROMISES = (
    Promise("digits", "56 nets 64-64-10 (7 optimizers x 8 seeds), ReLU, batch 64: share of the "
            "same core's rate at a 1024 x 1024 matmul", 0.40, measure),
)
