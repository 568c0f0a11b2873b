"""The sets on which ensembles are compared, and what the labs' configurations share.

A seed draws its own training set and its own wrong labels. The test points are the same for
every seed: their labels are never flipped, and a point's predictions can be compared over
training sets, which is what bias and variance are about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from core.config import Config, setting
from core.lazy import datasets
from core.stacked.data import stratified

N_TEST = 1000
N_POOL = 3000
"""Points of the many-feature problem from which training sets are drawn."""
FIXED = 20_261
"""Stands in the seed's place for what all seeds share."""
PLANE = (-2.0, 3.0), (-1.75, 2.25)

DataName = Literal["moons", "circles", "breast_cancer", "digits", "synthetic"]
Labelled = tuple[np.ndarray, np.ndarray]


class DataConfig(Config):
    """What both labs say about their data."""

    data: DataName = setting("moons", "The set to classify")
    n_samples: int = setting(
        200, "Training points of each seed", ge=50, le=500, step=10, unit="points"
    )
    noise: float = setting(
        0.3, "Standard deviation of the points around their moon or circle", ge=0, le=0.5, step=0.05
    )
    flip: float = setting(
        0.0, "Share of the training labels that are wrong; test labels never are",
        ge=0, le=0.4, step=0.05, label="Label noise",
    )

    @model_validator(mode="after")
    def _enough_data(self) -> DataConfig:
        most = DATA[self.data].n_most
        if self.n_samples > most:
            raise ValueError(
                f"n_samples: {self.n_samples} is more than {self.data!r} has to train with. "
                f"Allowed: from 50 to {most}"
            )
        return self


@dataclass(frozen=True)
class Sample:
    """One seed's data.

    Attributes:
        x: Training points, (n, features), float32.
        y: Their labels, some of them flipped, (n,).
        wrong: Which are flipped, (n,).
        test_x: (N, features), float32.
        test_y: (N,).
    """

    x: np.ndarray
    y: np.ndarray
    wrong: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray


@dataclass(frozen=True)
class DataSet:
    """A set to choose.

    Attributes:
        label: For people.
        n_classes: Labels are 0 to n_classes - 1.
        train: A clean training set for a configuration, from its seed's generator.
        test: The test points that all seeds share.
        plane: Whether it has two features, so that surfaces can be drawn.
        n_most: The most training points that a seed may draw.
    """

    label: str
    n_classes: int
    train: Callable[[DataConfig, np.random.Generator], Labelled]
    test: Callable[[DataConfig], Labelled]
    plane: bool = False
    n_most: int = 500


def _number(rng: np.random.Generator) -> int:
    """What scikit-learn wants as `random_state`."""
    return int(rng.integers(2**31))


def _moons(config: DataConfig, rng: np.random.Generator, n: int = 0) -> Labelled:
    return datasets.make_moons(n or config.n_samples, noise=config.noise, random_state=_number(rng))


def _circles(config: DataConfig, rng: np.random.Generator, n: int = 0) -> Labelled:
    x, y = datasets.make_circles(
        n or config.n_samples, noise=config.noise, factor=0.5, random_state=_number(rng)
    )
    return 1.2 * x + [0.5, 0.25], y  # into the middle of the picture that the moons fill


def _fresh(draw: Callable[..., Labelled]) -> Callable[[DataConfig], Labelled]:
    """Test points from the source that the training sets come from."""
    return lambda config: draw(config, np.random.default_rng((FIXED, 1)), N_TEST)


Loader = Callable[[], Labelled]


def _from_pool(load: Loader, n_pool: int) -> dict[str, Any]:
    """A finite set in two parts, the same for all seeds: one to draw from, one to test on."""

    def parts() -> tuple[np.ndarray, np.ndarray]:
        return stratified(load()[1], n_pool, np.random.default_rng((FIXED, 1)))

    def train(config: DataConfig, rng: np.random.Generator) -> Labelled:
        (x, y), (pool, _) = load(), parts()
        mine = pool[stratified(y[pool], config.n_samples, rng)[0]]
        return x[mine], y[mine]

    def test(config: DataConfig) -> Labelled:
        (x, y), (_, rest) = load(), parts()
        return x[rest], y[rest]

    return {"train": train, "test": test}


@cache
def _breast_cancer() -> Labelled:
    return datasets.load_breast_cancer(return_X_y=True)


@cache
def _digits() -> Labelled:
    return datasets.load_digits(return_X_y=True)


@cache
def _synthetic() -> Labelled:
    """Three clusters per class on six of twenty features; four more are mixtures of those."""
    return datasets.make_classification(
        N_POOL + N_TEST, n_features=20, n_informative=6, n_redundant=4, n_clusters_per_class=3,
        flip_y=0.02, random_state=_number(np.random.default_rng((FIXED, 9))),
    )


DATA: dict[str, DataSet] = {
    "moons": DataSet("Two moons", 2, _moons, _fresh(_moons), plane=True),
    "circles": DataSet("Two circles", 2, _circles, _fresh(_circles), plane=True),
    "breast_cancer": DataSet(
        "Breast cancer, 30 features", 2, **_from_pool(_breast_cancer, 300), n_most=300),
    "digits": DataSet("Handwritten digits, 64 pixels", 10, **_from_pool(_digits, 1000)),
    "synthetic": DataSet("Synthetic, 20 features", 2, **_from_pool(_synthetic, N_POOL)),
}


def sample(config: DataConfig, seed: int) -> Sample:
    """The data of one seed; they do not depend on the other seeds."""
    source = DATA[config.data]
    x, y = source.train(config, np.random.default_rng((seed, 0)))
    noisy = flipped(y, config.flip, source.n_classes, np.random.default_rng((seed, 1)))
    test_x, test_y = source.test(config)
    return Sample(_float32(x), noisy, noisy != y, _float32(test_x), test_y)


def flipped(y: np.ndarray, share: float, n_classes: int, rng: np.random.Generator) -> np.ndarray:
    """Labels of which exactly this share, rounded, belong to another class."""
    y = y.copy()
    chosen = rng.permutation(len(y))[: round(share * len(y))]
    y[chosen] = (y[chosen] + rng.integers(1, n_classes, len(chosen))) % n_classes
    return y


def _float32(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x, dtype=np.float32)


def seeds(config: Config) -> range:
    return range(config.seed, config.seed + config.n_seeds)


def grid(cells: int) -> np.ndarray:
    """Points that cover the plane, row by row from the bottom, (cells * cells, 2), float32."""
    x, y = (np.linspace(*ends, cells) for ends in PLANE)
    return _float32(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
