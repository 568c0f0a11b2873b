"""The views that methods learn from: two of each image of a batch, the same for all methods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.self_supervised.images import Augmentation
from core.stacked.data import Split, batches

if TYPE_CHECKING:
    from torch import Tensor


def pairs(
    x: Tensor, seeds: range, augmentation: Augmentation, batch_size: int, n_steps: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Two views of every image of a batch, for each step: (S, B, pixels) twice."""
    rngs = [np.random.default_rng((seed, 4)) for seed in seeds]
    columns = x.mT.contiguous()  # (S, pixels, n)
    nobody = columns[:, :0]  # knows the labels
    for batch, _ in batches(Split(columns, nobody, columns, nobody), seeds, batch_size, n_steps):
        images = batch.mT.contiguous()
        yield augmentation.views(images, rngs), augmentation.views(images, rngs)


def shown(x: Tensor, augmentation: Augmentation, seed: int) -> tuple[Tensor, Tensor]:
    """Two views each of images (n, pixels), always the same ones: (n, pixels) twice."""
    rngs = [np.random.default_rng((seed, 7))]
    return augmentation.views(x[None], rngs)[0], augmentation.views(x[None], rngs)[0]


def of_tests(x: Tensor, augmentation: Augmentation, seeds: range) -> tuple[Tensor, Tensor]:
    """Two views each of test images (S, m, pixels), always the same ones."""
    rngs = [np.random.default_rng((seed, 8)) for seed in seeds]
    return augmentation.views(x, rngs), augmentation.views(x, rngs)
