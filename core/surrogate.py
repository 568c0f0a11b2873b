"""A model of trials, and where it expects the next one to be better: Bayesian optimization."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from core.lazy import gaussian_process, kernels, torch


def surrogate(points: np.ndarray, values: np.ndarray) -> Any:
    """A Gaussian process with a Matern kernel, a length per setting, fitted to a search's trials.

    Almost without noise, since a trial repeated gives the same again.

    Args:
        points: In the unit cube, (trials, settings).
        values: Their results, (trials,).
    """
    kernel = kernels.Matern([0.3] * points.shape[1], (0.05, 3.0), nu=2.5)
    process = gaussian_process.GaussianProcessRegressor(kernel, alpha=1e-3, normalize_y=True)
    with warnings.catch_warnings():  # a length at its bound is no trouble
        warnings.simplefilter("ignore")
        return process.fit(points, values)


def expected_improvement(
    mean: np.ndarray, deviation: np.ndarray, best: float, exploration: float = 0.0
) -> np.ndarray:
    """E max(0, f - best - exploration) for f ~ N(mean, deviation^2). Jones et al. 1998, eq. 15."""
    gain = mean - best - exploration
    z = gain / deviation.clip(min=1e-12)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    below = torch.special.ndtr(torch.from_numpy(z)).numpy()
    return gain * below + deviation * density
