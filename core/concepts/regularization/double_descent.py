"""Double descent: what happens to the test error when a model has more and more features?

Least squares on random ReLU features of Gaussian inputs. With fewer features than training
points the fit is unique; with more it interpolates, and of all interpolating fits the one
of least norm is taken. Feature after feature arrives: the frames of a run are the numbers
of features p, and a frame's step is p.

Papers: Belkin et al. 2019 (the curve, with random Fourier and ReLU features), Advani & Saxe
2017 (the smallest singular value makes the peak), Nakkiran et al. 2021 (with the best ridge
there is no peak).
Differs from the papers in: the features of a seed are nested (the model with p features has
the first p of those of a larger one), which changes no single p, since all features are
drawn alike, and makes the curve of a seed smooth; the target is linear; the test error is
measured against the target without noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.concepts.regularization.ridge import filters, thin_svd
from core.config import Config as BaseConfig
from core.config import setting
from core.training import Algorithm, Measured, recorded
from core.words import Note

FITS = ("no_ridge", "ridge")
N_TEST = 300
RATIOS = (
    0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85,
    0.9, 0.95, 0.98, 1, 1.02, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.5, 3, 4,
    5, 7, 10, 14, 20,
)
"""Numbers of features, in training points: dense where the peak is."""
RIDGES = tuple(float(f"{r:.3g}") for r in np.geomspace(1e-6, 10, 22))
"""The map's ridges, three per decade; the best ridge is one of them."""


class Config(BaseConfig):
    """How much data, how noisy, and how strong the ridge is."""

    n_samples: int = setting(
        100, "Training points: the peak is where there are as many features", ge=10, le=200,
        step=10, label="Training points",
    )
    n_inputs: int = setting(
        20, "Dimension of the inputs that the random features look at", ge=2, le=100,
        label="Input dimension",
    )
    label_noise: float = setting(
        0.5, "Standard deviation of the noise on training labels; the target's is 1", ge=0, le=2,
        step=0.1,
    )
    ridge: float = setting(
        0.1, "Penalty on the squared norm of the weights, for the curve with ridge", ge=1e-6,
        le=10, log=True,
    )
    n_seeds: int = setting(
        12, "Draws of data and features", ge=1, le=16, unit="seeds", group="Seeds"
    )
    seed: int = setting(
        0, "The first seed: target, points, noise and features", ge=0, le=9999, group="Seeds"
    )


@dataclass(frozen=True)
class Data:
    """Training and test points of all seeds, and the directions of their random features.

    Attributes:
        x: (S, n + N_TEST, d), training points first.
        y: (S, n + N_TEST), the training labels with noise, the test labels without.
        w: (S, d, p_max)
    """

    x: np.ndarray
    y: np.ndarray
    w: np.ndarray


def feature_counts(config: Config) -> list[int]:
    """The p of the frames, from a twentieth of the training points to twenty times as many."""
    counts = {max(1, round(ratio * config.n_samples)) for ratio in RATIOS}
    return sorted(counts)


def data_of(config: Config) -> Data:
    """x ~ N(0, I), y = <x, beta> + noise with |beta| = 1, w ~ N(0, I / d)."""
    seeds = range(config.seed, config.seed + config.n_seeds)
    drawn = [_draw(config, np.random.default_rng((seed, 0))) for seed in seeds]
    return Data(*(np.stack(part) for part in zip(*drawn, strict=True)))


def _draw(config: Config, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    n, d = config.n_samples, config.n_inputs
    x = rng.standard_normal((n + N_TEST, d))
    beta = rng.standard_normal(d)
    y = x @ (beta / np.linalg.norm(beta))
    y[:n] += config.label_noise * rng.standard_normal(n)
    w = rng.standard_normal((max(feature_counts(config)), d)).T / np.sqrt(d)
    return x, y, w


def features(data: Data, p: int) -> np.ndarray:
    """ReLU(<w_j, x>) / sqrt(p) of the first p features, (S, points, p).

    Divided by sqrt(p), so that a ridge means the same at every p.
    """
    phi = data.x @ data.w[:, :, :p]
    np.maximum(phi, 0, out=phi)  # in place: at the largest p it is most of the memory
    phi /= np.sqrt(p)
    return phi


@dataclass(frozen=True)
class Fits:
    """All seeds' fits at one p: for ridge 0, the configuration's, then `RIDGES`.

    Attributes:
        test_error: Mean squared, (S, 2 + len(RIDGES)).
        train_error: The same on the noisy training labels.
        weight_norm: The same for the weights.
        singular_values: (S, r)
    """

    test_error: np.ndarray
    train_error: np.ndarray
    weight_norm: np.ndarray
    singular_values: np.ndarray


def fit(config: Config, data: Data, p: int) -> Fits:
    """Minimises |y - Phi a|^2 + ridge |a|^2 over a, for all seeds and ridges at once."""
    n = config.n_samples
    phi = features(data, p)
    u, s, vt = thin_svd(phi[:, :n])
    ridges = np.array([0.0, config.ridge, *RIDGES])
    along = np.einsum("snr,sn->sr", u, data.y[:, :n])  # the labels in the fit's own axes
    weights = filters(s, ridges) * along[:, None]  # (S, R, r)
    test = weights @ (phi[:, n:] @ vt.transpose(0, 2, 1)).transpose(0, 2, 1)
    train = (weights * s[:, None]) @ u.transpose(0, 2, 1)
    return Fits(
        np.square(test - data.y[:, None, n:]).mean(-1),
        np.square(train - data.y[:, None, :n]).mean(-1),
        np.linalg.norm(weights, axis=-1),
        s,
    )


@recorded(feature_counts)
def train(config: Config) -> Algorithm[Config]:
    """One fit after the other, with ever more features."""
    data, counts = data_of(config), feature_counts(config)
    ridge_map = np.full((len(RIDGES), len(counts)), np.nan)
    best_ridge = np.full(len(counts), np.nan)
    for i, p in enumerate(counts):
        fits = fit(config, data, p)
        median = np.median(fits.test_error[:, 2:], axis=0)
        ridge_map[:, i], best_ridge[i] = np.log10(median), RIDGES[median.argmin()]

        def measure(p: int = p, fits: Fits = fits) -> Measured:
            maps = {"ridge_map": ridge_map, "best_ridge": best_ridge}
            return _measured(config, fits, maps), _notes(config, p, fits)

        yield p, measure


def _measured(
    config: Config, fits: Fits, maps: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    spectrum = np.full(config.n_samples, np.nan)
    spectrum[: fits.singular_values.shape[1]] = fits.singular_values[0]
    arrays = {
        "test_error": fits.test_error[:, :2].T,
        "train_error": fits.train_error[:, :2].T,
        "weight_norm": fits.weight_norm[:, :2].T,
        "smallest_singular_value": fits.singular_values[:, -1:].T,
        "spectrum": spectrum,
        **maps,
    }
    return {k: a.astype(np.float32) for k, a in arrays.items()}


def _notes(config: Config, p: int, fits: Fits) -> Iterator[Note]:
    """Said at the one frame with as many features as training points."""
    if p == config.n_samples:
        yield Note("peak", {"p": p, "median": f"{np.median(fits.test_error[:, 0]):.3g}"})


NOTES = {
    "peak": "{p} features for {p} training points: without ridge the fit goes through every "
            "noisy label for the first time, and its test error is {median} (median).",
}


DIMS = {
    "test_error": ("step", "fit", "seed"),
    "train_error": ("step", "fit", "seed"),
    "weight_norm": ("step", "fit", "seed"),
    "smallest_singular_value": ("step", "matrix", "seed"),
    "spectrum": ("step", "rank"),
    "ridge_map": ("step", "ridge", "n_features"),
    "best_ridge": ("step", "n_features"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step", which is the number of features."""
    return {
        "fit": list(FITS),
        "matrix": ["features"],
        "seed": list(range(config.seed, config.seed + config.n_seeds)),
        "rank": list(range(1, config.n_samples + 1)),
        "ridge": list(RIDGES),
        "n_features": feature_counts(config),
    }
