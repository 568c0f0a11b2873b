"""What recurrent nets are asked here: one answer at the end of a sequence.

Every sequence is drawn anew, so that nothing can be learned by heart: there is no training set,
and no gap to a test set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.losses import CROSS_ENTROPY, SQUARED_ERROR, Loss

if TYPE_CHECKING:
    from torch import Tensor

Rng = np.random.Generator
Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Inputs (T, n, features), targets (outputs, n), and where the events are (n, events)."""

N_SYMBOLS = 4
CLOSE = 0.2
"""A sum that is at most so far off counts as right."""


def copy(rng: Rng, n: int, length: int) -> Drawn:
    """Say at the end which of 4 symbols came first; all later ones are of 4 others."""
    tokens = N_SYMBOLS + rng.integers(N_SYMBOLS, size=(length, n))
    first = rng.integers(N_SYMBOLS, size=n)
    tokens[0] = first
    return _one_hot(tokens, 2 * N_SYMBOLS), _one_hot(first, N_SYMBOLS).T, np.zeros((n, 1), int)


def order(rng: Rng, n: int, length: int) -> Drawn:
    """Two events, each an X or a Y, among 4 other symbols: which were they, in their order?

    The first comes after 10 to 20 % of the sequence, the second after 50 to 60 %. Task 6a of
    Hochreiter & Schmidhuber 1997, shorter.
    """
    tokens, kinds = rng.integers(N_SYMBOLS, size=(length, n)), rng.integers(2, size=(2, n))
    at = np.stack([rng.integers(int(low * length), int((low + 0.1) * length) + 1, size=n)
                   for low in (0.1, 0.5)])
    for place, kind in zip(at, kinds, strict=True):
        tokens[place, np.arange(n)] = N_SYMBOLS + kind
    answer = 2 * kinds[0] + kinds[1]
    return _one_hot(tokens, N_SYMBOLS + 2), _one_hot(answer, N_SYMBOLS).T, at.T


def adding(rng: Rng, n: int, length: int) -> Drawn:
    """The sum of two marked numbers among many, one in each half; all are from 0 to 1.

    Task 4 of Hochreiter & Schmidhuber 1997, shorter.
    """
    values, marks = rng.random((length, n)), np.zeros((length, n))
    half = length // 2
    at = np.stack([rng.integers(half, size=n), half + rng.integers(length - half, size=n)])
    marks[at, np.arange(n)] = 1
    x = np.stack([values, marks], -1).astype(np.float32)
    return x, (values * marks).sum(0, keepdims=True).astype(np.float32), at.T


def _one_hot(tokens: np.ndarray, size: int) -> np.ndarray:
    return np.eye(size, dtype=np.float32)[tokens]


def _classes_right(z: Tensor, y: Tensor) -> Tensor:
    return CROSS_ENTROPY.right(z, y)


def _sums_right(z: Tensor, y: Tensor) -> Tensor:
    return ((z - y).abs() <= CLOSE).all(1).float().mean(1)


@dataclass(frozen=True)
class Task:
    """A question to sequences.

    Attributes:
        label: For people.
        answer: What the share of right answers counts, for an axis.
        draw: Sequences of a length, from a generator.
        n_inputs: Features at each place.
        n_outputs: Of the answer.
        loss: Of an answer, for training.
        right: The share of answers that count as right, per model (K,).
        guess: The share that is right without having read anything.
        loss_scale: How often the training loss is in the loss that is shown.
        guess_loss: The loss, as it is shown, of the best answer without having read anything.
    """

    label: str
    answer: str
    draw: Callable[[Rng, int, int], Drawn]
    n_inputs: int
    n_outputs: int
    loss: Loss
    right: Callable[[Tensor, Tensor], Tensor]
    guess: float
    guess_loss: float
    loss_scale: float = 1.0


_CHANCE = {"guess": 1 / N_SYMBOLS, "guess_loss": float(np.log(N_SYMBOLS))}
TASKS = {
    "copy": Task("First symbol", "Share right", copy, 2 * N_SYMBOLS, N_SYMBOLS, CROSS_ENTROPY,
                 _classes_right, **_CHANCE),
    "order": Task("Two events in order", "Share right", order, N_SYMBOLS + 2, N_SYMBOLS,
                  CROSS_ENTROPY, _classes_right, **_CHANCE),
    # the sum is 1 on average, with variance 1/6; it is within d of 1 with probability 1 - (1 - d)^2
    "adding": Task("Adding problem", "Share within 0.2 of the sum", adding, 2, 1, SQUARED_ERROR,
                   _sums_right, guess=1 - (1 - CLOSE) ** 2, guess_loss=1 / 6, loss_scale=2.0),
}


def sequences(task: Task, seeds: range, purpose: int, n: int, length: int) -> Iterator[
        tuple[Tensor, Tensor]]:
    """Ever new ones of every seed: (S, T, n, features) and (S, outputs, n).

    Args:
        purpose: Of the generators; those of other lengths draw others.
    """
    rngs = [np.random.default_rng((seed, 1000 * purpose + length)) for seed in seeds]
    while True:
        drawn = [task.draw(rng, n, length)[:2] for rng in rngs]
        x, y = (np.stack(part) for part in zip(*drawn, strict=True))
        yield torch.from_numpy(x), torch.from_numpy(np.ascontiguousarray(y))
