"""The data sets to classify. Adding one is an entry in `DATA`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core.data.labels import stratified
from core.lazy import datasets

Labelled = tuple[np.ndarray, np.ndarray]  # x (n, features) and y (n,), classes 0, 1, ...
Random = int | np.random.RandomState  # what scikit-learn takes as `random_state`


@dataclass(frozen=True)
class DataSet:
    """Points with classes: drawn from a source, or from a finite collection.

    Attributes:
        name: Its key in `DATA`.
        title: What it is, for people.
        n_features: Of a point.
        n_classes: Labels are 0 to n_classes - 1.
        source: Draws from (n, spread of the points around their class, `random_state`).
        load: All points that there are, where there is no source.
        n_most: How many these are; None where a source has no end.
        curves: Where each class is a curve in the plane with noise around it: from t in [0, 1],
            (t,), to the points of both, (2, t, xy). The density is then known.
    """

    name: str
    title: str
    n_features: int
    n_classes: int
    source: Callable[..., Labelled] | None = None
    load: Callable[[], Labelled] | None = None
    n_most: int | None = None
    curves: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def plane(self) -> bool:
        """Whether all that a model says about it can be drawn."""
        return self.n_features == 2

    def draw(self, random: Random, n: int, noise: float = 0.0, **shape: Any) -> Labelled:
        """n points: the same for the same `random`.

        Args:
            random: A seed, or scikit-learn's generator.
            n: How many. Of a finite collection every class gives its share.
            noise: Standard deviation around the class, for sets that have a source.
            shape: What else the source takes.

        Raises:
            ValueError: Where a finite collection is asked for more than it has, or for noise.
        """
        if self.source is not None:
            return self.source(n, noise, random, **shape)
        x, y = self.everything()
        if n > len(y) or noise or shape:
            raise ValueError(
                f"{self.name!r} is a collection of {len(y)} points: none can be added or moved"
            )
        chosen, _ = stratified(y, n, _generator(random))
        return x[chosen], y[chosen]

    def everything(self) -> Labelled:
        """All points of a finite collection; do not write into them.

        Raises:
            ValueError: Where points come from a source without end.
        """
        if self.load is None:
            raise ValueError(f"{self.name!r} has no end: draw from it")
        return self.load()


def _generator(random: Random) -> np.random.RandomState:
    """scikit-learn's generator of a seed; a generator stays what it is."""
    return random if isinstance(random, np.random.RandomState) else np.random.RandomState(random)


# --- curves in the plane ---------------------------------------------------------------


def _moon_curves(t: np.ndarray) -> np.ndarray:
    """Two interleaving half circles, as scikit-learn's."""
    c, s = np.cos(np.pi * t), np.sin(np.pi * t)
    return np.array([[c, s], [1 - c, 0.5 - s]]).swapaxes(1, 2)


def _circle_curves(t: np.ndarray) -> np.ndarray:
    ring = np.array([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)]).T
    return np.array([ring, 0.4 * ring])


def _blob_curves(t: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.array([[[-0.4, 0.0]], [[0.4, 0.0]]]), (2, len(t), 2))


def _moons(n: int, noise: float, random: Random) -> Labelled:
    return datasets.make_moons(n, noise=noise, random_state=random)


def _circles(n: int, noise: float, random: Random, factor: float = 0.5) -> Labelled:
    """The inner one's radius is `factor`."""
    return datasets.make_circles(n, noise=noise, factor=factor, random_state=random)


def _blobs(n: int, noise: float, random: Random) -> Labelled:
    centers = _blob_curves(np.zeros(1))[:, 0]
    return datasets.make_blobs(n, centers=centers, cluster_std=noise, random_state=random)


# --- collections -----------------------------------------------------------------------


@cache
def _breast_cancer() -> Labelled:
    return datasets.load_breast_cancer(return_X_y=True)


@cache
def _digits() -> Labelled:
    """scikit-learn's: 8 x 8 pixels from 0 to 16."""
    return datasets.load_digits(return_X_y=True)


@cache
def _synthetic() -> Labelled:
    """Three clusters per class on six of twenty features; four more are mixtures of those."""
    return datasets.make_classification(
        4000, n_features=20, n_informative=6, n_redundant=4, n_clusters_per_class=3,
        flip_y=0.02, random_state=int(np.random.default_rng((20_261, 9)).integers(2**31)),
    )


DATA = {data.name: data for data in (
    DataSet("moons", "Two interleaving half circles", 2, 2, _moons, curves=_moon_curves),
    DataSet("circles", "A circle in a circle", 2, 2, _circles, curves=_circle_curves),
    DataSet("blobs", "Two round clouds", 2, 2, _blobs, curves=_blob_curves),
    DataSet("breast_cancer", "Tumours, benign or not, by 30 measurements of their cells", 30, 2,
            load=_breast_cancer, n_most=569),
    DataSet("digits", "Handwritten digits of 8 x 8 pixels", 64, 10, load=_digits, n_most=1797),
    DataSet("synthetic", "Clusters in 20 dimensions, of which ten say something", 20, 2,
            load=_synthetic, n_most=4000),
)}
