"""Cross-validation: how strong should a penalty be, when only the training data can tell?

A polynomial of high degree is fitted to few noisy points with a ridge penalty. Fold after
fold is held out, and the error on it drawn for every ridge; the mean over folds chooses one.
The frames of a run are folds: a frame's step is the number of folds held out so far, over
several partitions of the same data one after the other.

Papers: Stone 1974 and Geisser 1975 (cross-validation), Hoerl & Kennard 1970 (ridge), Breiman
et al. 1984 (the one-standard-error rule).
Differs from the papers in: the oracle, which chooses by the true function, exists only here. Of a
visitor's own numbers nobody knows the function: there it chooses by all that is not learned from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import model_validator

from core.concepts.regularization.ridge import filters, thin_svd
from core.config import Config as BaseConfig
from core.config import RefusedError, between, setting
from core.data.own_numbers import OrOwnNumbers, length_of, numbers
from core.training import Algorithm, Measured, recorded
from core.words import Note

CHOICES = ("cross_validated", "one_standard_error", "oracle", "no_ridge")
RIDGES = (0.0, *(float(f"{r:.3g}") for r in np.geomspace(1e-6, 1e2, 33)))
GRID = np.linspace(-1, 1, 201)
"""Where fits are drawn and compared with the true function."""


LEAST_SAMPLES, MOST_SAMPLES = 10, 200
SourceName = Annotated[Literal["sine"], OrOwnNumbers(
    "x is moved and stretched to reach from -1 to 1, y to mean 0 and standard deviation 1.",
    one_cloud=True,
)]


def most_samples(source: str) -> int:
    """The most training points of a seed: of a visitor's own about two thirds."""
    own = length_of(source)
    return min(MOST_SAMPLES, own * 2 // 3 // 10 * 10) if own else MOST_SAMPLES


class Config(BaseConfig):
    """The data, the polynomial, and how it is held out."""

    source: SourceName = setting(
        "sine", "Where the points come from", names={"sine": "Sine"}, label="Points from",
    )
    n_samples: int = setting(
        30, "Training points, uniformly random in [-1, 1]", ge=LEAST_SAMPLES, le=MOST_SAMPLES,
        step=10, label="Training points",
    )
    degree: int = setting(15, "Of the polynomial that is fitted", ge=1, le=25)
    noise: float = setting(
        0.3, "Standard deviation of the noise on the labels of sin(πx)", ge=0.05, le=1,
        step=0.05,
    )
    n_folds: int = setting(
        5, "Parts of the data, each held out once per partition", ge=2, le=10, unit="folds"
    )
    n_repeats: int = setting(
        6, "Partitions, one after the other, over which the errors are averaged", ge=1, le=10,
        label="Partitions",
    )
    n_seeds: int = setting(
        20, "Draws of data and partitions", ge=1, le=50, unit="seeds", group="Seeds"
    )
    seed: int = setting(  # of the first ten, 3 is nearest to the median error without a ridge
        3, "The first seed: points, noise and partitions", ge=0, le=9999, group="Seeds"
    )

    @model_validator(mode="after")
    def _enough_points(self) -> Config:
        if self.n_samples > (most := most_samples(self.source)):
            raise RefusedError("n_samples", self.n_samples, between(LEAST_SAMPLES, most),
                               source=self.source)
        return self


@dataclass(frozen=True)
class Data:
    """The training points of all seeds.

    Attributes:
        x: (S, n)
        y: (S, n)
        order: Per partition a shuffled order of the points, (S, n_repeats, n).
        new_x: Where fits are compared with what they should be, (S|1, m).
        new_y: What that is: the true function, or other points of a visitor's own.
    """

    x: np.ndarray
    y: np.ndarray
    order: np.ndarray
    new_x: np.ndarray
    new_y: np.ndarray


def truth(x: np.ndarray) -> np.ndarray:
    """The function behind the labels."""
    return np.sin(np.pi * x)


def data_of(config: Config) -> Data:
    draw = _draw_own if length_of(config.source) else _draw
    drawn = [draw(config, np.random.default_rng((seed, 0))) for seed in config.seeds]
    return Data(*(np.stack(part) for part in zip(*drawn, strict=True)))


def _draw(config: Config, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    x = rng.uniform(-1, 1, config.n_samples)
    y = truth(x) + config.noise * rng.standard_normal(config.n_samples)
    return x, y, _orders(config, rng), GRID, truth(GRID)


def _draw_own(config: Config, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Some of a visitor's points to learn from, all others to compare with."""
    x, y = numbers(config.source).between(-1, 1)
    rows = rng.permutation(len(x))
    some, others = rows[: config.n_samples], rows[config.n_samples :]
    return x[some], y[some], _orders(config, rng), x[others], y[others]


def _orders(config: Config, rng: np.random.Generator) -> np.ndarray:
    return np.stack([rng.permutation(config.n_samples) for _ in range(config.n_repeats)])


def legendre(x: np.ndarray, degree: int) -> np.ndarray:
    """Legendre polynomials P_0 to P_degree, (..., degree + 1): powers of x would lose the digits
    that a fit without ridge needs.
    """
    return np.polynomial.legendre.legvander(x, degree)


def ridge_fits(phi: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The fit with each ridge of `RIDGES`.

    Args:
        phi: (S, n, p)
        y: (S, n)

    Returns:
        The weights a, (S, R, p); for ridge 0 those of least norm.
    """
    u, s, vt = thin_svd(phi)
    return (filters(s, np.array(RIDGES)) * (y[:, None] @ u)) @ vt


def errors(weights: np.ndarray, phi: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Mean squared error of every ridge's fit, (S, R)."""
    return np.square(weights @ phi.swapaxes(-1, -2) - y[:, None]).mean(-1)


def held_out(config: Config, data: Data, repeat: int, fold: int) -> np.ndarray:
    """The error of every ridge on one fold, after a fit to the others, (S, R)."""
    out = np.zeros((config.n_seeds, config.n_samples), dtype=bool)
    rows = data.order[:, repeat, fold :: config.n_folds]
    np.put_along_axis(out, rows, True, axis=1)
    sides = []
    for side in (~out, out):
        x, y = (a[side].reshape(config.n_seeds, -1) for a in (data.x, data.y))
        sides.append((legendre(x, config.degree), y))
    return errors(ridge_fits(*sides[0]), *sides[1])


def standard_error(folds: np.ndarray, n_folds: int) -> np.ndarray:
    """Of the mean over folds (F, S, R): (S, R).

    No more than one partition's folds count: those of the next are of the same points.
    """
    if len(folds) < 2:
        return np.zeros(folds.shape[1:])
    return folds.std(0, ddof=1) / np.sqrt(min(len(folds), n_folds))


def choose(mean: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per seed the index in `RIDGES` of the lowest mean, and of the largest ridge whose mean is
    within one standard error of it (Breiman et al. 1984, section 3.4.3); each (S,).
    """
    lowest = mean.argmin(1)
    rows = np.arange(len(mean))
    near = mean <= (mean[rows, lowest] + error[rows, lowest])[:, None]
    return lowest, near.shape[1] - 1 - near[:, ::-1].argmax(1)


def steps(config: Config) -> range:
    """Every fold, and the state before the first."""
    return range(1 + config.n_folds * config.n_repeats)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """One fold after the other."""
    data = data_of(config)
    phi, grid = legendre(data.x, config.degree), legendre(GRID, config.degree)
    weights = ridge_fits(phi, data.y)
    excess = errors(weights, legendre(data.new_x, config.degree), data.new_y)  # (S, R)
    is_own = length_of(config.source) is not None
    static = {
        "x": data.x[0], "y": data.y[0],
        "truth": np.full(len(GRID), np.nan) if is_own else truth(GRID),
        "train_error": errors(weights, phi, data.y).T,
        "true_error": excess.T + (0 if is_own else config.noise**2),
    }
    folds: list[np.ndarray] = []

    def measure() -> Measured:
        more = {} if folds else static
        return _measured(config, folds, weights @ grid.T, excess, more)

    yield 0, measure
    for repeat in range(config.n_repeats):
        for fold in range(config.n_folds):
            folds.append(held_out(config, data, repeat, fold))
            yield len(folds), measure


def _measured(
    config: Config, folds: list[np.ndarray], fits: np.ndarray, excess: np.ndarray,
    static: dict[str, np.ndarray],
) -> Measured:
    """Args: fits on `GRID`, (S, R, grid), and their excess error, (S, R), for every ridge."""
    rows, oracle = np.arange(config.n_seeds), excess.argmin(1)
    chosen = np.full((len(CHOICES), config.n_seeds), -1)  # indices in RIDGES, -1: none yet
    chosen[2], chosen[3] = oracle, 0
    lines = np.full((config.n_folds, len(RIDGES)), np.nan)
    mean = band = np.full((config.n_seeds, len(RIDGES)), np.nan)
    if folds:
        mean, band = np.mean(folds, axis=0), standard_error(np.array(folds), config.n_folds)
        chosen[:2] = choose(mean, band)
        now = folds[(len(folds) - 1) // config.n_folds * config.n_folds :]
        lines[: len(now)] = [fold[0] for fold in now]
    known = chosen >= 0
    # the picture's axis is logarithmic: an error that may as well be 0 or less has no edges there
    around = np.where(band[0] < mean[0], band[0], 0.0)
    arrays = {
        "fold_error": lines,
        "cv_error": mean[0],
        "cv_standard_error": band[0],
        "cv_band": np.concatenate([mean[0] + around, (mean[0] - around)[::-1]]),
        "chosen_ridge": np.where(known, np.array(RIDGES)[chosen], np.nan),
        "chosen_index": np.where(known, chosen, np.nan),  # a logarithmic axis has no 0
        "excess_error": np.where(known, excess[rows, chosen], np.nan),
        "fit": np.where(known[:, :1], fits[0, chosen[:, 0]], np.nan),
        **static,
    }
    ready = {name: a.astype(np.float32) for name, a in arrays.items()}
    return ready, _notes(config, len(folds), chosen)


def _notes(config: Config, n_seen: int, chosen: np.ndarray) -> Iterator[Note]:
    """What the first partition chose, when it is complete."""
    if n_seen == config.n_folds:
        cv, oracle = (f"{RIDGES[chosen[row, 0]]:.3g}" for row in (0, 2))
        key = "chosen_own" if length_of(config.source) else "chosen"
        yield Note(key, {"n_folds": n_seen, "cv": cv, "oracle": oracle})


NOTES = {
    "chosen": "For the first seed {n_folds} folds chose the ridge {cv}. Somebody who knew the true "
              "curve, the oracle, would have taken {oracle}.",
    "chosen_own": "For the first seed {n_folds} folds chose the ridge {cv}. On your other points, "
                  "which no fit has seen, {oracle} is best.",
}


DIMS = {
    "x": ("point",),
    "y": ("point",),
    "truth": ("grid",),
    "train_error": ("ridge", "seed"),
    "true_error": ("ridge", "seed"),
    "fold_error": ("step", "fold", "ridge"),
    "cv_error": ("step", "ridge"),
    "cv_standard_error": ("step", "ridge"),
    "cv_band": ("step", "outline"),
    "chosen_ridge": ("step", "choice", "seed"),
    "chosen_index": ("step", "choice", "seed"),
    "excess_error": ("step", "choice", "seed"),
    "fit": ("step", "choice", "grid"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step", which is the number of folds so far."""
    return {
        "point": list(range(config.n_samples)),
        "grid": GRID.tolist(),
        "ridge": list(RIDGES),
        "fold": list(range(1, config.n_folds + 1)),
        "outline": [*RIDGES, *RIDGES[::-1]],
        "choice": list(CHOICES),
        "seed": list(range(config.seed, config.seed + config.n_seeds)),
    }
