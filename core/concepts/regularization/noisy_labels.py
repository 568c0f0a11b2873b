"""Labels that are wrong on purpose, for stacks of seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.data import labels
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


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
