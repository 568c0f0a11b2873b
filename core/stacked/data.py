"""Data for the nets, as float32 arrays in the engine's feature-major layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data import DATA, stratified
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Split:
    """Training and test data of several seeds.

    Attributes:
        train_x: (S, features, n_train)
        train_y: (S, outputs, n_train), one-hot for classes
        test_x: (S, features, n_test)
        test_y: (S, outputs, n_test)
    """

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor


def digits(seeds: range, n_train: int) -> Split:
    """A split of scikit-learn's digits per seed, stratified by class.

    Args:
        seeds: One split each; a seed's split does not depend on the others.
        n_train: Training images per seed; the rest of the 1797 is the test set.
    """
    pixels, y = DATA["digits"].everything()
    x = (pixels / 16).astype(np.float32)
    one_hot = np.eye(10, dtype=np.float32)[y]
    chosen = [stratified(y, n_train, np.random.default_rng((seed, 1))) for seed in seeds]
    train, test = (np.stack(part) for part in zip(*chosen, strict=True))
    return Split(*(
        torch.from_numpy(a[rows]).transpose(1, 2).contiguous()
        for rows in (train, test) for a in (x, one_hot)
    ))


def batches(
    split: Split, seeds: range, batch_size: int, n_steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """One batch per seed and step, drawn without replacement epoch by epoch.

    Yields (S, features, batch) and (S, outputs, batch). A seed's batches depend on that
    seed alone. Where the training set fits in one batch, that is every batch.
    """
    n = split.train_x.shape[2]
    if batch_size >= n:
        yield from [(split.train_x, split.train_y)] * n_steps
        return
    order = torch.from_numpy(np.stack([_order(seed, n, batch_size, n_steps) for seed in seeds]))
    for t in range(n_steps):
        rows = order[:, t * batch_size : (t + 1) * batch_size]
        yield _take(split.train_x, rows), _take(split.train_y, rows)


def _order(seed: int, n: int, batch_size: int, n_steps: int) -> np.ndarray:
    rng = np.random.default_rng((seed, 2))
    per_epoch = n // batch_size  # the remainder of an epoch is left out
    n_epochs = -(-n_steps // per_epoch)
    epochs = [rng.permutation(n)[: per_epoch * batch_size] for _ in range(n_epochs)]
    return np.concatenate(epochs)


def _take(a: Tensor, rows: Tensor) -> Tensor:
    return a.gather(2, rows[:, None].expand(-1, a.shape[1], -1))
