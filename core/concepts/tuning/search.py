"""How does one find a good place for many knobs? Grid, random and Bayesian search on one budget.

A net has five knobs: learning rate, optimizer, number of layers, of units, and batch size. Every
search may train so many nets (or ask a function so often). The grid goes through its points in an
order drawn by lot, so that all can be compared at any time. Trials are compared on validation
images; a third part of the data, that no search has seen, judges the winner. From all trials
together a model says how much each knob matters.

Papers: Bergstra & Bengio 2012 (random beats grid where few knobs matter), Snoek et al. 2012
(Bayesian optimization), Hutter et al. 2014 (functional ANOVA).
Differs from the papers in: trials of some dozen updates; the model is a Gaussian process, in Hutter
et al. a forest; its kernel's parameters are those of largest likelihood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.tuning.objectives import (
    FUNCTIONS,
    KNOB_NAMES,
    OBJECTIVE_NAMES,
    knobs_of,
    net_trials,
)
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.lazy import torch as torch  # its trials compute with it: a run has one thread
from core.surrogate import expected_improvement, surrogate
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

SearchName = Literal["grid_search", "random_search", "bayesian_search"]
SEARCH_NAMES = {
    "grid_search": "Grid search", "random_search": "Random search",
    "bayesian_search": "Bayesian optimization",
}
GRID, RANDOM, CANDIDATES, MARGINS = 60, 61, 62, 63
"""What random numbers are for: the grid's order, random trials, where improvement is looked for,
and points over which a knob's effect is averaged."""
N_CANDIDATES, N_INITIAL = 400, 6
N_LEVELS, N_AVERAGED = 9, 128
"""Values of a knob, and points of the others, of which its effect is an average."""
Predict = Callable[[np.ndarray], np.ndarray]
Asked = Callable[[Sequence[int], np.ndarray], np.ndarray]


class Config(BaseConfig):
    """What is searched, how often one may try, and who searches."""

    objective: Literal["net", "four", "both", "one", "branin"] = setting(
        "net", "A net that reads digits, or a function whose lowest point is known",
        names=OBJECTIVE_NAMES, label="What is searched",
    )
    searches: tuple[SearchName, ...] = setting(
        get_args(SearchName), "Who may try", names=SEARCH_NAMES,
    )
    n_trials: int = setting(
        32, "Of each search; a grid takes as many as fill it", ge=8, le=81, label="Trials")
    n_steps: int = setting(
        40, "Updates of a net in a trial", ge=20, le=300, unit="steps", step=20,
        label="Steps of a trial",
    )
    n_seeds: int = setting(
        3, "Repetitions, each with its own images, draws and searches", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_searches(self) -> Config:
        each_once("searches", self.searches, get_args(SearchName))
        return self


# --- searches ----------------------------------------------------------------------------


def grid(n_trials: int, n_knobs: int) -> np.ndarray:
    """The finest grid of at most so many points, (points, knobs): centres of equal cells.

    All knobs have as many values; where there is room, the first ones have one more.
    """
    levels = [int((n_trials + 0.5) ** (1 / n_knobs))] * n_knobs
    for i in range(n_knobs):
        finer = [n + (j == i) for j, n in enumerate(levels)]
        if np.prod(finer) <= n_trials:
            levels = finer
    values = [(np.arange(n) + 0.5) / n for n in levels]
    return np.stack(np.meshgrid(*values, indexing="ij"), -1).reshape(-1, n_knobs)


class Search:
    """One seed's search of one kind.

    Attributes:
        points: Its trials so far, (t, knobs).
        values: Their results, lower is better, (t,).
    """

    def __init__(self, name: str, config: Config, seed: int) -> None:
        n = len(knobs_of(config.objective))
        self.points, self.values = np.empty((0, n)), np.empty(0)
        self._learns = name == "bayesian_search"
        if name == "grid_search":
            points = grid(config.n_trials, n)
            self._planned = points[np.random.default_rng((seed, GRID)).permutation(len(points))]
        else:
            self._planned = np.random.default_rng((seed, RANDOM)).random((config.n_trials, n))
        self._rng = np.random.default_rng((seed, CANDIDATES))

    @property
    def planned(self) -> np.ndarray:
        """The trials that need no results of others, (n, knobs)."""
        return self._planned[:N_INITIAL] if self._learns else self._planned

    @property
    def next(self) -> np.ndarray | None:
        """Where it tries next, (knobs,); None where it has no more to try."""
        t = len(self.values)
        if t < len(self.planned):
            return self._planned[t]
        return self._best_guess() if self._learns else None

    def _best_guess(self) -> np.ndarray:
        """Of many random points the one with the largest expected improvement."""
        process = surrogate(self.points, -self.values)
        candidates = self._rng.random((N_CANDIDATES, self.points.shape[1]))
        mean, deviation = process.predict(candidates, return_std=True)
        best = -self.values.min()
        return candidates[expected_improvement(mean, deviation, best).argmax()]

    def tell(self, point: np.ndarray, value: float) -> None:
        self.points = np.concatenate([self.points, point[None]])
        self.values = np.append(self.values, value)


# --- which knob matters ------------------------------------------------------------------


def effects(predict: Predict, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each knob does by itself, averaged over all others. Hutter et al. 2014, eqs. 3 to 9.

    Args:
        predict: From points (n, knobs) to results (n,).
        others: Points over which is averaged, (m, knobs), evenly from the cube.

    Returns:
        The mean result at each level, (knobs, levels), and the share of all variance that this
        explains, (knobs,); what is left over is of knobs together.
    """
    m, n = others.shape
    levels = (np.arange(N_LEVELS) + 0.5) / N_LEVELS
    points = np.broadcast_to(others, (n, N_LEVELS, m, n)).copy()
    for knob in range(n):
        points[knob, :, :, knob] = levels[:, None]
    means = predict(points.reshape(-1, n)).reshape(n, N_LEVELS, m).mean(2)
    total = predict(others).var()
    return means, means.var(1) / (total if total > 0 else np.nan)


def learned(points: np.ndarray, values: np.ndarray) -> Predict:
    """A model of trials."""
    process = surrogate(points, values)
    return lambda asked: process.predict(asked)


# --- the run -----------------------------------------------------------------------------


def asked_of(config: Config) -> Asked:
    """From seeds' positions and points to results, (K, 2): to search by, and of the third part."""
    if config.objective == "net":
        return net_trials(config.seeds, config.n_steps)
    _, function = FUNCTIONS[config.objective]
    return lambda rows, points: np.stack([function(points)] * 2, 1)


def steps(config: Config) -> range:
    """Every trial, and the state before the first."""
    return range(config.n_trials + 1)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """One trial of each search after the other."""
    searches = [[Search(name, config, seed) for seed in config.seeds] for name in config.searches]
    record = Record(config)
    t = 0

    def measure() -> Measured:
        return record.measured(t, searches)

    yield t, measure
    asked = asked_of(config)
    ahead = planned_results(asked, searches)
    for t in range(1, config.n_trials + 1):
        going = [(i, row, point) for i, of_kind in enumerate(searches)
                 for row, search in enumerate(of_kind) if (point := search.next) is not None]
        new = [(i, row, point) for i, row, point in going if t > len(ahead[i, row])]
        results: dict[tuple[int, int], np.ndarray] = {}
        if new:
            found = asked([row for _, row, _ in new], np.stack([point for *_, point in new]))
            results = {(i, row): values for (i, row, _), values in zip(new, found, strict=True)}
        for i, row, point in going:
            value, judged = results[i, row] if (i, row) in results else ahead[i, row][t - 1]
            searches[i][row].tell(point, value)
            record.add(i, row, t, point, value, judged)
        yield t, measure


def planned_results(
    asked: Asked, searches: Sequence[Sequence[Search]]
) -> dict[tuple[int, int], np.ndarray]:
    """Of each search by kind and seed what its planned trials give: all of them together."""
    plans = {(i, row): search.planned for i, of_kind in enumerate(searches)
             for row, search in enumerate(of_kind)}
    rows = [row for (_, row), points in plans.items() for _ in points]
    found = asked(rows, np.concatenate(list(plans.values())))
    ends = np.cumsum([len(points) for points in plans.values()])
    return dict(zip(plans, np.split(found, ends[:-1]), strict=True))


class Record:
    """What the trials gave.

    Attributes:
        points: (searches, S, trials, knobs), NaN where not made; `values` and `judged` alike.
    """

    def __init__(self, config: Config) -> None:
        self.config, self.n_knobs = config, len(knobs_of(config.objective))
        shape = len(config.searches), config.n_seeds, config.n_trials
        self.points = np.full((*shape, self.n_knobs), np.nan)
        self.values, self.judged = np.full(shape, np.nan), np.full(shape, np.nan)
        self._effects = (np.full((self.n_knobs, N_LEVELS), np.nan),
                         np.full((self.n_knobs, config.n_seeds), np.nan))

    def add(self, i: int, row: int, t: int, point: np.ndarray, value: float, judged: float) -> None:
        self.points[i, row, t - 1] = point
        self.values[i, row, t - 1], self.judged[i, row, t - 1] = value, judged

    def best(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each search the least value so far, and how its winner is judged; (searches, S)."""
        if np.isnan(self.values).all():
            nothing = np.full(self.values.shape[:2], np.nan)
            return nothing, nothing
        winner = np.where(np.isnan(self.values), np.inf, self.values).argmin(2)[..., None]
        value, judged = (np.take_along_axis(a, winner, 2)[..., 0]
                         for a in (self.values, self.judged))
        return value, judged

    def measured(self, t: int, searches: Sequence[Sequence[Search]]) -> Measured:
        """The arrays and notes after t trials."""
        best, judged = self.best()
        if t in (self.config.n_trials // 2, self.config.n_trials):
            self._effects = self._learned_effects()
        arrays = {
            "best": best, "judged": judged, "tried": np.moveaxis(self.points[:, 0], 2, 1),
            "tried_value": self.values[:, 0], "effect": self._effects[0],
            "importance": self._effects[1],
        }
        notes = list(self._notes(t, searches, best, judged))
        return {name: a.astype(np.float32) for name, a in arrays.items()}, notes

    def _learned_effects(self) -> tuple[np.ndarray, np.ndarray]:
        """From the trials of all searches of a seed; means are of the first seed."""
        found = []
        for row, seed in enumerate(self.config.seeds):
            made = ~np.isnan(self.values[:, row])
            model = learned(self.points[:, row][made], self.values[:, row][made])
            others = np.random.default_rng((seed, MARGINS)).random((N_AVERAGED, self.n_knobs))
            found.append(effects(model, others))
        return found[0][0], np.stack([shares for _, shares in found], 1)

    def _notes(
        self, t: int, searches: Sequence[Sequence[Search]], best: np.ndarray, judged: np.ndarray
    ) -> Iterator[Note]:
        for name, of_kind in zip(self.config.searches, searches, strict=True):
            n = len(of_kind[0].values)
            if 0 < n < t:
                yield Note("full", {"search": name, "n": n}, name)
        if t == self.config.n_trials and self.config.objective == "net":
            i = int(np.median(best, 1).argmin())
            yield Note("winner", {
                "search": self.config.searches[i], "best": f"{np.median(best[i]):.1%}",
                "judged": f"{np.median(judged[i]):.1%}"})


NOTES = {
    "full": "{search}: the finest grid that the budget allows has {n} points; it has no more to "
            "try.",
    "winner": "{search} has the best winner on validation images ({best} wrong, median); on images "
              "that no search has seen the same nets get {judged} wrong.",
    **names_of("search", SEARCH_NAMES),
}

DIMS = {
    "best": ("step", "search", "seed"), "judged": ("step", "search", "seed"),
    "tried": ("step", "search", "knob", "trial"), "tried_value": ("step", "search", "trial"),
    "effect": ("step", "knob", "level"), "importance": ("step", "knob", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step", which is the number of trials so far."""
    return {
        "search": list(config.searches), "seed": list(config.seeds),
        "knob": list(knobs_of(config.objective)),
        "trial": list(range(1, config.n_trials + 1)),
        "level": [(i + 0.5) / N_LEVELS for i in range(N_LEVELS)],
    }


ALL_KNOBS = {**KNOB_NAMES, **{f"x{i}": f"x{i}" for i in range(1, 5)}}
"""What the knobs of all objectives are called."""
