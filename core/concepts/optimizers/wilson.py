"""Wilson's construction: the data on which adaptive methods generalise worst."""

from __future__ import annotations

import numpy as np

from core.lazy import torch
from core.stacked.data import Split


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
