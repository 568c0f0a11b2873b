"""Four ways to tell a model a number; each learns what it needs from the training rows alone.

Adding one is a function and an entry in `SCALES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

ScaleName = Literal["raw", "standardised", "log", "binned"]
Transform = Callable[[np.ndarray], np.ndarray]  # rows (n, features) to (n, inputs)
N_BINS = 5


@dataclass(frozen=True)
class Scale:
    """How numbers are told.

    Attributes:
        label: For people.
        learn: From training rows (n, features) the transform of any rows.
        n_inputs: Of so many features.
    """

    label: str
    learn: Callable[[np.ndarray], Transform]
    n_inputs: Callable[[int], int] = lambda n_features: n_features


def raw(train: np.ndarray) -> Transform:
    """As they were measured."""
    return lambda x: x


def standardised(train: np.ndarray) -> Transform:
    """Every feature at mean 0 and standard deviation 1; one that does not vary at 0."""
    mean, sd = train.mean(0), train.std(0)
    return lambda x: (x - mean) / np.where(sd > 0, sd, 1)


def logarithm(train: np.ndarray) -> Transform:
    """ln x. What is 0 counts as half the feature's smallest positive number."""
    positive = np.where(train > 0, train, np.inf).min(0) / 2
    least = np.where(np.isfinite(positive), positive, 1)
    return lambda x: np.log(np.maximum(x, least))


def binned(train: np.ndarray) -> Transform:
    """Which fifth of the training values it belongs to, one-hot: (n, features * N_BINS)."""
    edges = np.quantile(train, np.arange(1, N_BINS) / N_BINS, axis=0)  # (N_BINS - 1, features)

    def transform(x: np.ndarray) -> np.ndarray:
        fifth = (x[:, :, None] > edges.T).sum(2)  # (n, features)
        return np.eye(N_BINS)[fifth].reshape(len(x), -1)

    return transform


SCALES: Mapping[ScaleName, Scale] = {
    "raw": Scale("Raw", raw),
    "standardised": Scale("Standardised", standardised),
    "log": Scale("Logarithm", logarithm),
    "binned": Scale("Five bins", binned, lambda n: n * N_BINS),
}
SCALE_NAMES: dict[str, str] = {name: scale.label for name, scale in SCALES.items()}


def curvatures(x: np.ndarray) -> np.ndarray:
    """Eigenvalues, smallest first, of the Hessian of a linear model's squared error,
    A^T A / n with A = (x, 1).

    Args:
        x: (n, inputs).
    """
    a = np.hstack([x, np.ones((len(x), 1))])
    return np.linalg.eigvalsh(a.T @ a / len(x))


def condition_number(x: np.ndarray) -> float:
    """Largest over smallest curvature; directions in which the loss does not change are left out.
    """
    found = curvatures(x)
    return float(found[-1] / found[found > 1e-14 * found[-1]][0])
