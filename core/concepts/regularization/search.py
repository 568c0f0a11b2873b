"""Hyperparameter search: does a model of the results choose better trials than chance?

Two settings of a small net, learning rate and weight decay, are searched with the same number
of trials by chance (random search) and by Bayesian optimization: a Gaussian process is fitted
to the trials so far, and the next one is where the expected improvement over the best is
largest. A trial trains the net on digits with wrong labels and measures it on held-out images.
The frames of a run are trials; those of all seeds and both methods train as one stack.

Papers: Bergstra & Bengio 2012 (random search), Jones et al. 1998 (expected improvement), Snoek
et al. 2012 (Bayesian optimization of learning algorithms, Matern kernel).
Differs from the papers in: both methods begin with the same random trials; the kernel's
parameters are those of largest likelihood, not integrated over; trials are short and two
settings few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.regularization.noisy_labels import flipped
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.data import Split, batches, digits
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner
from core.surrogate import expected_improvement, surrogate
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

METHODS = ("random_search", "bayesian_search")
RATES = (1e-4, 1.0)
"""Of the searched learning rates, evenly in their logarithm."""
DECAYS = (1e-3, 1e2)
"""Of the searched weight decays, evenly in their logarithm."""
CELLS = (13, 11)
"""Of the maps: learning rates, weight decays."""
MOST_VALIDATION = 400
"""The images after these are test images, however many of these are used."""
N_CANDIDATES = 500
BATCH_SIZE = 50


class Config(BaseConfig):
    """The budget of the searches, and what a trial trains."""

    n_trials: int = setting(20, "Of each search", ge=5, le=40, label="Trials")
    n_initial: int = setting(
        5, "Random trials before the surrogate chooses; the same ones for both", ge=2, le=10,
        label="Initial trials",
    )
    exploration: float = setting(
        0.01, "Improvement that is not worth a trial, as a share of images", ge=0, le=0.2,
        step=0.01,
    )
    label_noise: float = setting(
        0.2, "Share of training labels that are flipped to another class", ge=0, le=0.4,
        step=0.05,
    )
    n_samples: int = setting(
        200, "Training images", ge=50, le=500, unit="images", step=50, group="Trial",
        label="Training images",
    )
    n_validation: int = setting(
        400, "Images, rightly labelled, on which a trial is judged", ge=50, le=MOST_VALIDATION,
        unit="images", step=50, group="Trial", label="Validation images",
    )
    width: int = setting(
        32, "Units of the hidden layer", ge=8, le=64, unit="units", step=8, group="Trial"
    )
    n_steps: int = setting(
        100, "Updates per trial", ge=20, le=200, unit="steps", step=20, group="Trial",
        label="Updates",
    )
    n_seeds: int = setting(
        6, "Searches per method, each with its own images, weights and chance", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: images, flips, weights, batches and chance", ge=0, le=9999,
        group="Seeds",
    )


def settings_of(points: np.ndarray) -> np.ndarray:
    """Learning rates and weight decays of points in the unit square, (..., 2)."""
    low, high = np.log10(np.array([RATES, DECAYS]).T)
    return 10 ** (low + points * (high - low))


def grid() -> np.ndarray:
    """The maps' points, row by row, (weight decays x learning rates, 2)."""
    across, up = np.meshgrid(*(np.linspace(0, 1, n) for n in CELLS))
    return np.stack([across.ravel(), up.ravel()], 1)


def axes() -> tuple[list[float], list[float]]:
    """The maps' learning rates and weight decays."""
    rates = settings_of(np.stack([np.linspace(0, 1, CELLS[0])] * 2, 1))[:, 0]
    decays = settings_of(np.stack([np.linspace(0, 1, CELLS[1])] * 2, 1))[:, 1]
    return rates.tolist(), decays.tolist()


# --- a trial ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Trials:
    """Everything of a trial but the two settings: the same for all trials of a seed.

    Attributes:
        config: Of the run.
        net: The shape that every trial trains.
        data: A split per seed, training labels flipped.
        start: Initial weights per seed, (S, P).
    """

    config: Config
    net: MLP
    data: Split
    start: Tensor

    def results(self, rows: list[int], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Trains one model per point, all together; accuracies on validation and test images.

        Args:
            rows: Per model its seed's row, in repeated order 0..S-1 or all the same.
            points: In the unit square, (K, 2).
        """
        runners = [
            Runner("adamw", {"learning_rate": rate, "weight_decay": decay}, row)
            for row, (rate, decay) in zip(rows, settings_of(points).tolist(), strict=True)
        ]
        c, data = self.config, self.data
        race = Race(self.net, runners, self.start, BATCH_SIZE)
        for x, y in batches(data, c.seeds, BATCH_SIZE, c.n_steps):
            race.step(x, y)
        halves = (slice(None, c.n_validation), slice(MOST_VALIDATION, None))
        validation, test = (
            race.losses(data.test_x[:, :, half], data.test_y[:, :, half])[1].numpy()
            for half in halves
        )
        return validation, test


def trials_of(config: Config) -> Trials:
    clean = digits(config.seeds, config.n_samples)
    noisy = flipped(clean.train_y, config.label_noise, config.seeds)
    net = MLP((64, config.width, 10))
    drawn = [net.init(np.random.default_rng((seed, 0))) for seed in config.seeds]
    data = Split(clean.train_x, noisy, clean.test_x, clean.test_y)
    return Trials(config, net, data, torch.from_numpy(np.stack(drawn)))


# --- Bayesian optimization -------------------------------------------------------------


class Search:
    """One seed's Bayesian search, and the chance that both its methods begin with.

    Attributes:
        random: The trials of the random search and one more, (n_trials + 1, 2); the first ones
            are also this search's.
        points: Its trials so far, (t, 2).
        values: Their validation accuracies, (t,).
        next: Its next trial, (2,).
        process: The surrogate; None while trials are random.
    """

    def __init__(self, config: Config, seed: int) -> None:
        self.config = config
        self.random = np.random.default_rng((seed, 3)).random((config.n_trials + 1, 2))
        self._rng = np.random.default_rng((seed, 4))
        self.points, self.values = np.empty((0, 2)), np.empty(0)
        self.next = self.random[0]
        self.process: Any = None

    def tell(self, value: float) -> None:
        """Takes the result of the next trial in, and chooses the one after it."""
        self.points = np.concatenate([self.points, self.next[None]])
        self.values = np.append(self.values, value)
        if len(self.points) < self.config.n_initial:
            self.next = self.random[len(self.points)]
            return
        self.process = surrogate(self.points, self.values)
        candidates = self._rng.random((N_CANDIDATES, 2))
        self.next = candidates[self.look(candidates)[1].argmax()]

    def look(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The surrogate's mean, and the expected improvement, at points (n, 2); each (n,)."""
        if self.process is None:
            nothing = np.full(len(points), np.nan)
            return nothing, nothing
        mean, deviation = self.process.predict(points, return_std=True)
        best = self.values.max()
        return mean, expected_improvement(mean, deviation, best, self.config.exploration)


@dataclass
class Record:
    """What the trials gave, in the order in which they were made.

    Attributes:
        points: Of the unit square, (methods, S, n_trials, 2), NaN where not yet made.
        validation: Accuracies, (methods, S, n_trials).
        test: The same on test images.
    """

    points: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def best(self, t: int) -> tuple[np.ndarray, np.ndarray]:
        """The best validation accuracy of t trials, and its test accuracy; (methods, S) each."""
        if t == 0:
            nothing = np.full(self.test.shape[:2], np.nan)
            return nothing, nothing
        first = self.validation[:, :, :t].argmax(2)[:, :, None]
        best, test = (np.take_along_axis(a, first, 2) for a in (self.validation, self.test))
        return best[:, :, 0], test[:, :, 0]


def steps(config: Config) -> range:
    """Every trial, and the state before the first."""
    return range(config.n_trials + 1)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """One trial of each search after the other; at the end a grid, for comparison."""
    searches = [Search(config, seed) for seed in config.seeds]
    shape = (len(METHODS), config.n_seeds, config.n_trials)
    record = Record(np.full((*shape, 2), np.nan), np.full(shape, np.nan), np.full(shape, np.nan))
    t = 0

    def measure() -> Measured:
        more = {"grid_accuracy": grid_accuracy(trials)} if t == config.n_trials else {}
        return _measured(config, t, searches[0], record, more)

    yield t, measure
    trials = trials_of(config)
    rows = list(range(config.n_seeds)) * len(METHODS)
    for t in range(1, config.n_trials + 1):
        points = np.stack([[s.random[t - 1] for s in searches], [s.next for s in searches]])
        results = trials.results(rows, points.reshape(-1, 2))
        record.points[:, :, t - 1] = points
        record.validation[:, :, t - 1], record.test[:, :, t - 1] = (
            a.reshape(shape[:2]) for a in results
        )
        for search, value in zip(searches, record.validation[1, :, t - 1], strict=True):
            search.tell(value)
        yield t, measure


def grid_accuracy(trials: Trials) -> np.ndarray:
    """The first seed's validation accuracy all over the plane, (decays, rates)."""
    points = grid()
    return trials.results([0] * len(points), points)[0].reshape(CELLS[::-1])


def _measured(
    config: Config, t: int, search: Search, record: Record, more: dict[str, np.ndarray]
) -> Measured:
    """Args: search of the first seed, after t trials."""
    mean, improvement = (a.reshape(CELLS[::-1]) for a in search.look(grid()))
    tried, following = settings_of(record.points[:, 0]), settings_of(search.next)
    best, test = record.best(t)
    arrays = {
        "tried_rate": tried[:, :, 0],
        "tried_decay": tried[:, :, 1],
        "tried_accuracy": record.validation[:, 0],
        "next_rate": following[:1],
        "next_decay": following[1:],
        "surrogate_mean": mean,
        "expected_improvement": np.log10(improvement.clip(min=1e-9)),
        "mean_accuracy": record.validation[:, :, :t].sum(2) / (t or np.nan),
        "best_accuracy": best,
        "test_accuracy": test,
        "grid_accuracy": np.full(CELLS[::-1], np.nan),
        **more,
    }
    ready = {name: a.astype(np.float32) for name, a in arrays.items()}
    return ready, _notes(config, t, best, more)


def _notes(
    config: Config, t: int, best: np.ndarray, more: dict[str, np.ndarray]
) -> Iterator[Note]:
    """When the surrogate takes over, and what a grid would have found."""
    if t == config.n_initial:
        yield Note("surrogate", {"n": t})
    if more:
        found, (random, bayes) = more["grid_accuracy"].max(), best[:, 0]
        yield Note("found", {
            "n": t, "random": f"{random:.3f}", "bayes": f"{bayes:.3f}", "grid": f"{found:.3f}",
            "columns": CELLS[0], "rows": CELLS[1],
        })


NOTES = {
    "surrogate": "After {n} random trials the surrogate chooses.",
    "found": "First seed: {n} random trials found a validation accuracy of {random}, {n} Bayesian "
             "ones {bayes}, a grid of {columns} x {rows} trials {grid}.",
}


DIMS = {
    "tried_rate": ("step", "search", "trial"),
    "tried_decay": ("step", "search", "trial"),
    "tried_accuracy": ("step", "search", "trial"),
    "next_rate": ("step", "one"),
    "next_decay": ("step", "one"),
    "surrogate_mean": ("step", "decay", "rate"),
    "expected_improvement": ("step", "decay", "rate"),
    "mean_accuracy": ("step", "search", "seed"),
    "best_accuracy": ("step", "search", "seed"),
    "test_accuracy": ("step", "search", "seed"),
    "grid_accuracy": ("step", "decay", "rate"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step", which is the number of trials so far."""
    rates, decays = axes()
    return {
        "search": list(METHODS),
        "trial": list(range(1, config.n_trials + 1)),
        "seed": list(config.seeds),
        "rate": rates,
        "decay": decays,
        "one": ["next"],
    }
