"""Training sets in which every class has its share, and labels that are wrong on purpose."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Shuffles(Protocol):
    """What numpy's generators, the old and the new, have in common."""

    def permutation(self, n: int, /) -> np.ndarray:
        """The numbers below n in random order."""


def stratified(y: np.ndarray, n_train: int, rng: Shuffles) -> tuple[np.ndarray, np.ndarray]:
    """Positions of a training set in which every class has its share, and of the rest."""
    # Shuffle, then deal the classes out evenly: the k-th image of a class with n images
    # gets the key (k + .5) / n, and the n_train smallest keys are the training set.
    order = rng.permutation(len(y))
    labels = y[order]
    rank = np.zeros(len(y))
    for c in np.unique(y):
        mine = labels == c
        rank[mine] = (np.arange(mine.sum()) + 0.5) / mine.sum()
    order = order[np.argsort(rank, kind="stable")]
    return order[:n_train], order[n_train:]


def flipped(y: np.ndarray, share: float, n_classes: int, rng: np.random.Generator) -> np.ndarray:
    """Labels (n,) of which exactly this share, rounded, belong to another class: a copy."""
    y = y.copy()
    chosen = rng.permutation(len(y))[: round(share * len(y))]
    y[chosen] = (y[chosen] + rng.integers(1, n_classes, len(chosen))) % n_classes
    return y
