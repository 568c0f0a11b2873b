"""Weights as they are sent to a visitor's browser, where nets answer by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

HALF = 6e4
"""About the largest number in half precision."""


def halves(row: Tensor) -> np.ndarray:
    """A net's parameters in half precision."""
    return row.detach().nan_to_num(0).clamp(-HALF, HALF).numpy().astype(np.float16)
