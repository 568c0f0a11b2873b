"""Weights for who runs a net elsewhere: in half precision, which is enough to look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

LARGEST = 6e4
"""About the largest number in half precision."""


def half(weights: Tensor) -> np.ndarray:
    """The weights, float16: what is too large for that is as large as can be. NaN stays."""
    return weights.clamp(-LARGEST, LARGEST).numpy().astype(np.float16)
