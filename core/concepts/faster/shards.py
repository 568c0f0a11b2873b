"""Who has which images: shards of the training set, and each worker's part of a step's batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, pairwise

import numpy as np

from core.lazy import torch
from core.stacked.data import Split, digits

N_TRAIN = 1000
SMALL = 4
"""Where workers are unequal all but the last have this part of what they have otherwise: 1/4."""
Part = tuple[slice, "torch.Tensor", "torch.Tensor"]
"""Workers of which each has as many images, and those: (workers, seeds, features, images)."""


def data_of(seeds: range) -> Split:
    """A split of the digits per seed, standardised by the training pixels."""
    split = digits(seeds, N_TRAIN)
    mean, spread = (split.train_x.mean((1, 2), keepdim=True),
                    split.train_x.std((1, 2), keepdim=True))
    return Split((split.train_x - mean) / spread, split.train_y,
                 (split.test_x - mean) / spread, split.test_y)


def sizes_of(n_workers: int, batch_size: int, equal: bool) -> list[int]:
    """How many images each worker has in a step; together as many either way."""
    if equal:
        return [batch_size] * n_workers
    few = [max(batch_size // SMALL, 1)] * (n_workers - 1)
    return [*few, n_workers * batch_size - sum(few)]


def shards_of(classes: np.ndarray, n_workers: int, by_class: bool) -> np.ndarray:
    """Which images each worker has, (worker, image): equally many, whatever the classes.

    Args:
        classes: Of the images, which are in no order.
        by_class: Whether the images were sorted by class before.
    """
    order = np.argsort(classes, kind="stable") if by_class else np.arange(len(classes))
    per_worker = len(order) // n_workers
    return order[: per_worker * n_workers].reshape(n_workers, per_worker)


def schedule(shards: np.ndarray, sizes: Sequence[int], n_steps: int, seed: int) -> np.ndarray:
    """Which images each step looks at, worker by worker, (step, image).

    Every worker goes through its own shard again and again, each time in another order.
    """
    rng = np.random.default_rng((seed, 2))
    drawn = []
    for own, size in zip(shards, sizes, strict=True):
        n_rounds = -(-n_steps * size // len(own))
        order = np.concatenate([rng.permutation(own) for _ in range(n_rounds)])
        drawn.append(order[: n_steps * size].reshape(n_steps, size))
    return np.concatenate(drawn, 1)


def batches(
    split: Split, seeds: range, sizes: Sequence[int], n_steps: int, by_class: bool
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Every step's images and labels, (S, features, all workers' images) and (S, classes, ...)."""
    classes = split.train_y.argmax(1).numpy()
    rows = torch.from_numpy(np.stack([
        schedule(shards_of(own, len(sizes), by_class), sizes, n_steps, seed)
        for own, seed in zip(classes, seeds, strict=True)]))
    for t in range(n_steps):
        yield tuple(a.gather(2, rows[:, t, None].expand(-1, a.shape[1], -1))
                    for a in (split.train_x, split.train_y))


def parts(x: torch.Tensor, y: torch.Tensor, sizes: Sequence[int]) -> Iterator[Part]:
    """A step's images by workers; neighbours with equally many together."""
    cuts = list(pairwise([0, *accumulate(sizes)]))
    first = 0
    for size, same in groupby(sizes):
        n = len(list(same))
        here = slice(cuts[first][0], cuts[first + n - 1][1])
        own = [a[..., here].unflatten(2, (n, size)).permute(2, 0, 1, 3) for a in (x, y)]
        yield slice(first, first + n), own[0], own[1]
        first += n
