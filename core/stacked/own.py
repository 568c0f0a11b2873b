"""A visitor's own points for the nets."""

from __future__ import annotations

import numpy as np

from core.data.labels import stratified
from core.data.own import data_set
from core.lazy import torch
from core.stacked.data import Split

SCALING = "Each column gets mean 0 and spread 1, by the training points of each seed."


def own_split(name: str, seeds: range, n_train: int, n_test: int) -> Split:
    """A split per seed in which every class has its share, standardised by its training points.

    Args:
        name: Of the points (`core.data.own`).
        seeds: One split each; a seed's split does not depend on the others.
        n_train: Training points of each seed.
        n_test: At most so many of the others.
    """
    x, y = data_set(name).everything()
    one_hot = np.eye(y.max() + 1)[y]
    parts = []
    for seed in seeds:
        train, rest = stratified(y, n_train, np.random.default_rng((seed, 1)))
        test, spread = rest[:n_test], x[train].std(0)
        told = (x - x[train].mean(0)) / np.where(spread > 0, spread, 1)
        parts.append((told[train].T, one_hot[train].T, told[test].T, one_hot[test].T))
    return Split(*(torch.from_numpy(np.stack(part).astype(np.float32))
                   for part in zip(*parts, strict=True)))
