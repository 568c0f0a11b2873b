"""The sets on which ensembles are compared, and what the labs' configurations share.

A seed draws its own training set and its own wrong labels. The test points are the same for
every seed: their labels are never flipped, and a point's predictions can be compared over
training sets, which is what bias and variance are about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import model_validator

from core.config import Config, RefusedError, between, setting
from core.data import DATA, Labelled, flipped, stratified
from core.data.own import OrOwn, data_set, filling, shape_of

N_TEST = 1000
MOST = 500
"""Training points of a seed."""
POOLS = {"breast_cancer": 300, "digits": 1000, "synthetic": 3000}
"""The points of a finite set from which training sets are drawn; the others are to test on."""
FIXED = 20_261
"""Stands in the seed's place for what all seeds share."""
PLANE = (-2.0, 3.0), (-1.75, 2.25)

DataName = Literal["moons", "circles", "breast_cancer", "digits", "synthetic"]
DataChoice = Annotated[DataName, OrOwn(
    "Trees take the numbers as they are. Logistic regression and nearest neighbours get each "
    "column with mean 0 and spread 1, by their training points."
)]


class DataConfig(Config):
    """What both labs say about their data."""

    data: DataChoice = setting("moons", "The set to classify",
        names={
            "moons": "Moons",
            "circles": "Circles",
            "breast_cancer": "Breast cancer",
            "digits": "Digits",
            "synthetic": "20 features, synthetic",
        },
    )
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
        if self.n_samples > most(self.data):
            raise RefusedError("n_samples", self.n_samples, between(50, most(self.data)),
                               data=self.data)
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


def _number(rng: np.random.Generator) -> int:
    """What scikit-learn wants as `random_state`."""
    return int(rng.integers(2**31))


def pool_of(data: str) -> int | None:
    """How many points of a finite set training sets are drawn from; None where it has no end. Of a
    visitor's own about two thirds.
    """
    shape = shape_of(data)
    return POOLS.get(data) if shape is None else shape.n * 2 // 3 // 10 * 10


def most(data: str) -> int:
    """The most training points that a seed may draw."""
    return min(MOST, pool_of(data) or MOST)


def _from_source(config: DataConfig, n: int, rng: np.random.Generator) -> Labelled:
    x, y = DATA[config.data].draw(_number(rng), n, config.noise)
    if config.data == "circles":
        x = 1.2 * x + [0.5, 0.25]  # into the middle of the picture that the moons fill
    return x, y


def _parts(data: str, n_pool: int) -> tuple[Labelled, Labelled]:
    """A finite set in two parts, the same for all seeds: one to draw from, one to test on."""
    found = data_set(data)
    x, y = found.everything()
    if found.plane:
        x = filling(PLANE, x)
    pool, rest = stratified(y, n_pool, np.random.default_rng((FIXED, 1)))
    return (x[pool], y[pool]), (x[rest], y[rest])


def _train(config: DataConfig, rng: np.random.Generator) -> Labelled:
    """A clean training set."""
    if (n_pool := pool_of(config.data)) is None:
        return _from_source(config, config.n_samples, rng)
    (x, y), _ = _parts(config.data, n_pool)
    mine, _ = stratified(y, config.n_samples, rng)
    return x[mine], y[mine]


def _test(config: DataConfig) -> Labelled:
    """The test points that all seeds share: all that training sets are not drawn from, but no more
    than `N_TEST` of a visitor's own.
    """
    if (n_pool := pool_of(config.data)) is None:
        return _from_source(config, N_TEST, np.random.default_rng((FIXED, 1)))
    _, (x, y) = _parts(config.data, n_pool)
    return (x[:N_TEST], y[:N_TEST]) if shape_of(config.data) else (x, y)


def sample(config: DataConfig, seed: int) -> Sample:
    """The data of one seed; they do not depend on the other seeds."""
    x, y = _train(config, np.random.default_rng((seed, 0)))
    n_classes = data_set(config.data).n_classes
    noisy = flipped(y, config.flip, n_classes, np.random.default_rng((seed, 1)))
    test_x, test_y = _test(config)
    return Sample(_float32(x), noisy, noisy != y, _float32(test_x), test_y)


def _float32(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x, dtype=np.float32)


def grid(cells: int) -> np.ndarray:
    """Points that cover the plane, row by row from the bottom, (cells * cells, 2), float32."""
    x, y = (np.linspace(*ends, cells) for ends in PLANE)
    return _float32(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
