"""Data for the nets, as float32 arrays in the engine's feature-major layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data import DATA, labels, stratified
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


def flipped(y: Tensor, share: float, seeds: range) -> Tensor:
    """Labels of which exactly a share, rounded, is replaced by another class.

    Args:
        y: One-hot labels, (S, classes, n).
        share: Of the labels.
        seeds: One draw each.

    Returns:
        Labels like `y`, and not of the same memory.
    """
    n_classes = y.shape[1]
    noisy = np.stack([
        labels.flipped(row, share, n_classes, np.random.default_rng((seed, 4)))
        for row, seed in zip(y.argmax(1).numpy(), seeds, strict=True)
    ])
    return torch.eye(n_classes)[torch.from_numpy(noisy)].transpose(1, 2).contiguous()


def wilson(seeds: range, n: int = 60, n_test: int = 500, p: float = 0.7) -> Split:
    """The linearly separable classes on which adaptive methods generalise worst.

    Feature 1 is the label itself; features 2 and 3 are always 1; every point has one
    further feature of its own (label +1) or five of them (label -1). d = 3 + 5 n. A test
    point's own features were never seen, hence are left out. Wilson et al. 2017,
    section 3.3.

    Args:
        seeds: One draw of labels each.
        n: Training points.
        n_test: Test points.
        p: Probability of the label +1.
    """
    parts = [_wilson(np.random.default_rng((seed, 1)), n, n_test, p) for seed in seeds]
    return Split(*(torch.from_numpy(np.stack(part)) for part in zip(*parts, strict=True)))


def _wilson(
    rng: np.random.Generator, n: int, n_test: int, p: float
) -> tuple[np.ndarray, ...]:
    labels = np.where(rng.random(n + n_test) < p, 1, -1).astype(np.float32)
    x = np.zeros((3 + 5 * n, n + n_test), dtype=np.float32)
    x[0] = labels
    x[1:3] = 1
    for i in range(n):
        own = 3 + 5 * i
        x[own : own + (1 if labels[i] > 0 else 5), i] = 1
    y = labels[None]
    return x[:, :n], y[:, :n], x[:, n:], y[:, n:]


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
