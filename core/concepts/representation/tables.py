"""Tables of measurements, each halved into a training set and a test set for every seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.data import DATA, Labelled, stratified
from core.data.own import data_set, shape_of
from core.lazy import datasets


@dataclass(frozen=True)
class Table:
    """Measurements in their own units, and classes.

    Attributes:
        title: What it is, for people.
        load: All rows: x (n, features), y (n,).
        features: What each column measures.
        classes: Names, by their number.
        pair: Two columns that say different things.
    """

    title: str
    load: Callable[[], Labelled]
    features: tuple[str, ...]
    classes: tuple[str, ...]
    pair: tuple[int, int]


@cache
def _wine() -> Labelled:
    return datasets.load_wine(return_X_y=True)


_CELLS = ("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
          "concave points", "symmetry", "fractal dimension")
TABLES = {
    "wine": Table(
        "178 wines of three growers", _wine,
        ("alcohol", "malic acid", "ash", "alcalinity", "magnesium", "phenols", "flavanoids",
         "other phenols", "proanthocyanins", "colour", "hue", "OD280/OD315", "proline"),
        ("A", "B", "C"), (0, 6),
    ),
    "breast_cancer": Table(
        "569 tumours, malignant or not", DATA["breast_cancer"].everything,
        tuple(f"{name}, {kind}" for kind in ("mean", "error", "worst") for name in _CELLS),
        ("malignant", "benign"), (0, 1),
    ),
}


def table_of(name: str) -> Table:
    """The table of that name, ours or a visitor's own."""
    own = shape_of(name)
    if own is None:
        return TABLES[name]
    return Table(
        "Own data", lambda: data_set(name).everything(),
        tuple(f"column {i}" for i in range(1, own.n_features + 1)),
        tuple(map(str, range(own.n_classes))), (0, 1))


@dataclass(frozen=True)
class Halves:
    """One seed's rows: x (n, features) in their own units, y (n,)."""

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray


def halves(table: str, seed: int) -> Halves:
    """A training set with half of every class, and the rest."""
    x, y = table_of(table).load()
    train, test = stratified(y, len(y) // 2, np.random.default_rng((seed, 40)))
    return Halves(x[train], y[train], x[test], y[test])
