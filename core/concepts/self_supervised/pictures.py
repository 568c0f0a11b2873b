"""Images as they are sent to be looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.concepts.self_supervised.images import SIDE


def ink(images: np.ndarray) -> np.ndarray:
    """As bytes, 0 where nothing is."""
    return np.clip(np.rint(images * 200), 0, 255)


def gallery(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of images (n, pixels), a pixel apart: (y, x)."""
    framed = [np.pad(row.reshape(-1, SIDE, SIDE), ((0, 0), (0, 1), (0, 1))) for row in rows]
    return np.vstack([np.hstack(list(row)) for row in framed])[:-1, :-1]
