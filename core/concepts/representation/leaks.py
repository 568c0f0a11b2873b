"""Accuracy out of nothing: which use of the test rows leaks, and how much?

Columns of pure noise, and labels that nobody can foresee. Of the columns the best few are kept,
and a linear model is judged by cross-validation: with the choice made inside every fold, or once
on all rows before. A second leak, scaling by all rows, stands beside it, and the truth: what the
chosen model says of new rows. A step here is a candidate column.

Papers: Ambroise & McLachlan 2002 (selection bias in gene expression), Hastie, Tibshirani &
Friedman 2009 (section 7.10.2, the wrong and the right way to do cross-validation).
Differs from the papers in: 60 rows and up to 2000 columns by default, a ridge classifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.config import Config as BaseConfig
from core.config import setting
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

WAY_NAMES = {
    "inside": "All inside the folds", "scaler": "Scaled before, on all rows",
    "selection": "Chosen before, on all rows", "truth": "Chosen before: on new rows",
}
WAYS = tuple(WAY_NAMES)
PENALTY = 1.0
N_NEW = 300
N_FRAMES = 30
SIGNAL = 0.8
"""How far the means of both classes are apart in a column that says something, in deviations."""
SURPRISING = 0.3
"""From this difference on between what was promised and what came, it is said in words."""


class Config(BaseConfig):
    """How much noise there is to choose from, and for how few rows."""

    n_features: int = setting(
        2000, "Columns to choose from", ge=50, le=4000, unit="columns", step=50, label="Columns",
    )
    n_samples: int = setting(
        60, "Rows, half of each class", ge=20, le=200, unit="rows", step=10, label="Rows",
    )
    n_kept: int = setting(
        20, "How many are kept: those most correlated with the labels", ge=1, le=50,
        unit="columns", label="Columns kept",
    )
    n_signal: int = setting(
        0, "Columns that do say something about the label, a little; the others are noise", ge=0,
        le=20, unit="columns", label="Columns with a signal",
    )
    n_folds: int = setting(5, "Of the cross-validation", ge=2, le=10, unit="folds", label="Folds")
    n_seeds: int = setting(
        8, "Repetitions, each with its own table, labels and folds", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed: table, labels and folds", ge=0, le=9999, group="Seeds")


def steps(config: Config) -> list[int]:
    """Numbers of candidate columns: 0, before any, and then from those kept to all."""
    found = np.geomspace(config.n_kept, config.n_features, N_FRAMES - 1)
    return sorted({0, *(round(float(n)) for n in found)})


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """One candidate column after the other; at recorded numbers of them all is done anew."""
    tables = [table_of(config, seed) for seed in config.seeds]
    for n in steps(config):
        def measure(n: int = n) -> Measured:
            return _measured(config, tables, n)

        yield n, measure


class NoiseTable:
    """One seed's rows: x (n, columns), y (n,) of -1 and 1, folds (n,), and new rows."""

    def __init__(self, config: Config, rng: np.random.Generator) -> None:
        n = config.n_samples
        self.y = rng.permutation(np.where(np.arange(n) < n // 2, -1.0, 1.0))
        self.fold = rng.permutation(np.arange(n) % config.n_folds)
        self.new_y = np.where(np.arange(N_NEW) < N_NEW // 2, -1.0, 1.0)
        # a column does not depend on how many there are
        self.x = rng.standard_normal((config.n_features, n)).T
        self.new_x = np.random.default_rng(rng.integers(2**32)).standard_normal(
            (config.n_features, N_NEW)).T
        some = slice(config.n_signal)
        self.x[:, some] += SIGNAL / 2 * self.y[:, None]
        self.new_x[:, some] += SIGNAL / 2 * self.new_y[:, None]


def table_of(config: Config, seed: int) -> NoiseTable:
    return NoiseTable(config, np.random.default_rng((seed, 50)))


# --- what is done to it ------------------------------------------------------------------


def correlations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of every column of x (n, columns) with y (n,)."""
    x, y = x - x.mean(0), y - y.mean()
    return x.T @ y / np.sqrt((x**2).sum(0) * (y**2).sum())


def best(x: np.ndarray, y: np.ndarray, n: int) -> np.ndarray:
    """Positions of the n columns that are most correlated with y, either way."""
    size = np.abs(correlations(x, y))
    return np.argpartition(-size, min(n, len(size)) - 1)[:n]


def classify(x: np.ndarray, y: np.ndarray, asked: np.ndarray, scaled_by: np.ndarray) -> np.ndarray:
    """Ridge regression of y (n,), -1 or 1, on x (n, columns); the signs for `asked`.

    Args:
        scaled_by: Rows whose means and deviations scale all.
    """
    mean, sd = scaled_by.mean(0), scaled_by.std(0)
    z, middle = (x - mean) / sd, y.mean()
    offset = z.mean(0)
    z = z - offset
    weights = np.linalg.solve(z.T @ z + PENALTY * np.eye(z.shape[1]), z.T @ (y - middle))
    return np.sign(((asked - mean) / sd - offset) @ weights + middle)


def cross_validated(table: NoiseTable, way: str, n: int, n_kept: int) -> float:
    """The share right over all folds, of the first n columns, in one of `WAYS`."""
    x, y = table.x[:, :n], table.y
    chosen_before = best(x, y, n_kept)
    right = 0
    for k in np.unique(table.fold):
        asked = table.fold == k
        columns = chosen_before if way == "selection" else best(x[~asked], y[~asked], n_kept)
        mine = x[:, columns]
        scaled_by = mine if way == "scaler" else mine[~asked]
        right += (classify(mine[~asked], y[~asked], mine[asked], scaled_by) == y[asked]).sum()
    return float(right / len(y))


def on_new_rows(table: NoiseTable, n: int, n_kept: int) -> float:
    """The share of new rows that the model of all rows gets right: what was promised."""
    x = table.x[:, :n]
    columns = best(x, table.y, n_kept)
    mine = x[:, columns]
    return float((classify(mine, table.y, table.new_x[:, columns], mine) == table.new_y).mean())


def _measured(config: Config, tables: list[NoiseTable], n: int) -> Measured:
    if n == 0:  # nothing to choose from: a guess
        accuracy = np.full((len(WAYS), config.n_seeds), 0.5)
        drawn = np.full((2, config.n_samples), np.nan)
        return _ready(accuracy, drawn), []
    accuracy = np.array([
        [on_new_rows(t, n, config.n_kept) if way == "truth"
         else cross_validated(t, way, n, config.n_kept) for t in tables] for way in WAYS])
    notes = []
    lead = float(np.median(accuracy[WAYS.index("selection")] - accuracy[WAYS.index("truth")]))
    if lead >= SURPRISING:
        notes = [Note("leaked", {"n": n, "way": "selection", "lead": f"{100 * lead:.0f}"})]
    return _ready(accuracy, _best_column(tables[0], n)), notes


def _best_column(table: NoiseTable, n: int) -> np.ndarray:
    """The column that is most correlated with the labels: values of either class, else NaN."""
    x = table.x[:, :n]
    column = x[:, best(x, table.y, 1)[0]]
    return np.array([np.where(table.y == c, column, np.nan) for c in (-1, 1)])


def _ready(accuracy: np.ndarray, drawn: np.ndarray) -> Mapping[str, np.ndarray]:
    return {"accuracy": accuracy.astype(np.float32), "column": drawn.astype(np.float32)}


NOTES = {
    "leaked": "{way}: among {n} columns the cross-validation promises {lead} points more than "
              "new rows will give.",
    **names_of("way", WAY_NAMES),
}

DIMS = {
    "accuracy": ("step", "way", "seed"), "column": ("step", "class", "row"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"way": list(WAYS), "seed": list(config.seeds), "class": [0, 1],
            "row": list(range(config.n_samples))}
