"""The nets of `stacked_training` written forward only: beside eager torch, and beside the same
nets with their backward pass by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from benchmarks.stacked_training import CHECKED_STEPS, N_SEEDS, TOLERANCE, Both
from core.stacked.functions import linear
from core.stacked.losses import SQUARED_ERROR
from core.stacked.traced import Parameters, Program, Rngs

if TYPE_CHECKING:
    from torch import Tensor

SHAPES = {"w1": (16, 2), "b1": (16,), "w2": (16, 16), "b2": (16,), "w3": (1, 16), "b3": (1,)}
BATCH = 32


class Dense(Program):
    """2-16-16-1 with tanh; parameters lie as in `stacked_training.NET`."""

    loss = SQUARED_ERROR
    shapes = SHAPES

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {name: rng.standard_normal(shape) / 4 for name, shape in SHAPES.items()}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        h = linear(x.mT, p["w1"], p["b1"]).tanh()
        h = linear(h, p["w2"], p["b2"]).tanh()
        return linear(h, p["w3"], p["b3"]).mT


def difference(n_seeds: int, batch_size: int, n_steps: int) -> float:
    """Between parameters, ours and eager torch's, after so many steps from one start."""
    both = Both(n_seeds, batch_size, Dense())
    for _ in range(n_steps):
        both.ours()
        both.theirs()
    return both.difference()


def _checked() -> float:
    found = difference(N_SEEDS, BATCH, CHECKED_STEPS)
    assert found < TOLERANCE, f"ours and torch's parameters differ by {found:.1e}"
    return found


def beside_eager() -> Measured:
    found, both = _checked(), Both(N_SEEDS, BATCH, Dense())
    pairs = interleaved(
        partial(seconds, both.ours, 100), partial(seconds, both.theirs, 10), 11
    )
    k = len(both.models)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{k / ours / 1e3:.0f} k and {k / theirs / 1e3:.1f} k model-steps/s; parameters equal to "
        f"{found:.0e} after {CHECKED_STEPS} steps"
    ))


def by_hand() -> Measured:
    _checked()
    hand, traced = Both(N_SEEDS, BATCH), Both(N_SEEDS, BATCH, Dense())
    interleaved(partial(seconds, hand.ours, 50), partial(seconds, traced.ours, 50), 2)  # warm
    pairs = interleaved(
        partial(seconds, hand.ours, 200), partial(seconds, traced.ours, 200), 11
    )
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), f"{ours * 1e6:.0f} and {theirs * 1e6:.0f} us a step of 56")


PROMISES = (
    Promise("traced", "56 nets 2-16-16-1 (7 optimizers x 8 seeds), batch 32, written forward only: "
            "how many times as fast as a loop of eager torch", 15, beside_eager),
    Promise("by_hand", "The same nets with a backward pass by hand: how many times as fast as "
            "forward only", 1.3, by_hand),
)
