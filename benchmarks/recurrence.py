"""Eight LSTMs as one stack beside a loop over single ones, and beside torch's own fused layer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.recurrence.cells import Reader
from core.concepts.recurrence.tasks import TASKS, sequences
from core.lazy import torch
from core.stacked.race import Race, Runner

if TYPE_CHECKING:
    from torch import Tensor

N_SEEDS, WIDTH, LENGTH, BATCH, RATE = 8, 24, 20, 16, 0.01
TASK = TASKS["copy"]
TOLERANCE = 1e-3
"""Between parameters of stack and single nets after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 5


def net() -> Reader:
    return Reader("lstm", TASK.n_inputs, WIDTH, TASK.n_outputs, loss=TASK.loss)


def race(seeds: range) -> Race:
    start = np.stack([net().init(np.random.default_rng((seed, 0))) for seed in seeds])
    runners = [Runner("adam", {"learning_rate": RATE, "clip": 1.0}, s) for s in range(len(seeds))]
    return Race(net(), runners, torch.from_numpy(start), BATCH)


def example(seeds: range) -> tuple[Tensor, Tensor]:
    return next(sequences(TASK, seeds, 1, BATCH, LENGTH))


def beside_a_loop() -> Measured:
    torch.set_num_threads(1)
    seeds = range(N_SEEDS)
    stack, x, y = race(seeds), *example(seeds)
    singles = [race(range(s, s + 1)) for s in seeds]

    def loop() -> None:
        for s, single in enumerate(singles):
            single.step(x[s : s + 1], y[s : s + 1])

    for _ in range(CHECKED_STEPS):
        stack.step(x, y)
        loop()
    found = float((stack.p - torch.cat([single.p for single in singles])).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, partial(stack.step, x, y), 4),
                        partial(seconds, loop, 1), 5)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {N_SEEDS} nets; torch's fused LSTM "
        f"takes {_fused() * 1e3:.1f} ms for one, which cannot be stacked"
    ))


def _fused() -> float:
    """Seconds of an update of one net with `nn.LSTM`."""
    lstm, head = torch.nn.LSTM(TASK.n_inputs, WIDTH), torch.nn.Linear(WIDTH, TASK.n_outputs)
    adam = torch.optim.Adam([*lstm.parameters(), *head.parameters()], RATE)
    x, y = (a[0] for a in example(range(1)))

    def update() -> None:
        z = head(lstm(x)[0][-1])
        adam.zero_grad()
        torch.nn.functional.cross_entropy(z, y.argmax(0)).backward()
        adam.step()

    return min(seconds(update, 10) for _ in range(3))


PROMISES = (
    Promise("recurrence", "8 LSTMs of 24 units on sequences of 20, as one stack: how many times as "
            "fast as one after the other with the same cells", 2, beside_a_loop),
)
