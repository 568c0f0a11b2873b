"""Bias and variance of a regression: what is a method's expected error made of?

A method is fitted again and again to fresh data sets from one known truth. Where the mean
of its fits misses the truth is bias; how far single fits scatter around their mean is
variance; what no fit can predict is noise. Their sum meets the error on fresh data, which
is measured independently. All complexities, data sets and repetitions are fitted together.

Papers: Geman, Bienenstock & Doursat 1992 (the decomposition), Hastie, Tibshirani & Friedman
2009, section 7.3 (linear smoothers), Neal et al. 2018 (networks of growing width).
Differs from the papers in: the truth is known and has one input, so that nothing has to be
estimated from a validation set. Of a visitor's own numbers it is not known: data sets are drawn
from a part of them, errors measured on the others, and noise cannot be told from bias.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import model_validator

from core.concepts.bias_variance.complexity import Complexity, nothing_yet, worded
from core.concepts.bias_variance.families import FAMILIES
from core.config import Config as BaseConfig
from core.config import RefusedError, between, setting
from core.data.own_numbers import OrOwnNumbers, length_of, numbers
from core.decomposition import Decomposition, Moments, squared_loss
from core.experiment import recorded_steps
from core.training import Algorithm, Measured, recorded
from core.words import Note

MAX_FRAMES = 60
GRID = np.linspace(0, 1, 200)
"""Where bias and variance are measured."""
STEP = 1 / 199
N_FITS = 25
"""The most single fits that are drawn."""
HOLDING_OUT = 4
"""What random numbers are for; 0 to 3 are noise, places, fits and fresh noise."""
GAP_SIZES = (10, 15, 20, 30, 50, 70, 100, 150, 200)
FIRST_CHUNK = 4
CEILING = 1.5
"""Errors are drawn up to this multiple of the error of the best constant."""


def _bumps(x: np.ndarray) -> np.ndarray:
    return np.exp(-(((x - 0.25) / 0.12) ** 2)) - np.exp(-(((x - 0.75) / 0.06) ** 2))


TRUTHS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sine": lambda x: np.sin(2 * np.pi * x),
    "line": lambda x: 2 * x - 1,
    "step": lambda x: np.where(x < 0.5, -1.0, 1.0),
    "bumps": _bumps,
}


LEAST_SAMPLES, MOST_SAMPLES = 10, 200
N_HELD_OUT = 200
"""Of a visitor's own numbers at most so many are held out, to measure errors on."""
TruthName = Annotated[Literal["sine", "line", "step", "bumps"], OrOwnNumbers(
    "x is moved and stretched to reach from 0 to 1, y to mean 0 and standard deviation 1. A third "
    "of the rows is held out; each data set is drawn from the others.", one_cloud=True,
)]


def most_samples(truth: str) -> int:
    """The most points of a data set: of a visitor's own numbers half of those it is drawn from."""
    own = length_of(truth)
    return min(MOST_SAMPLES, (own - n_held_out(own)) // 2 // 5 * 5) if own else MOST_SAMPLES


def n_held_out(n: int) -> int:
    """Of n own pairs those on which errors are measured."""
    return min(N_HELD_OUT, n // 3)


class Config(BaseConfig):
    """Which method learns what, from which data."""

    family: Literal[
        "polynomial", "nearest_neighbors", "decision_tree", "ridge_regression", "bagged_trees",
        "mlp",
    ] = setting("polynomial", "The kind of model",
        names={
            "polynomial": "Polynomial",
            "nearest_neighbors": "Nearest neighbours",
            "decision_tree": "Decision tree",
            "ridge_regression": "Ridge regression",
            "bagged_trees": "Bagged trees",
            "mlp": "Neural network",
        },
    )
    degree: int = setting(
        3, "Highest power of the polynomial whose fits are drawn", ge=0, le=15, step=1
    )
    n_neighbors: int = setting(
        5, "Size of the neighbourhood whose mean is predicted, k", ge=1, le=30, step=1,
        label="Neighbours k",
    )
    max_depth: int = setting(3, "Questions from the root of the tree to a leaf", ge=1, le=12)
    alpha: float = setting(
        1, "Price of large weights in a polynomial of degree 12, λ", ge=1e-6, le=100, log=True,
        label="Penalty λ",
    )
    n_estimators: int = setting(
        30, "Trees whose predictions are averaged, each on its own bootstrap sample", ge=1, le=30,
        unit="trees", label="Ensemble",
    )
    width: int = setting(
        10, "Units of the network's hidden layer", ge=1, le=100, unit="units", log=True
    )
    truth: TruthName = setting(
        "sine", "The function that the data come from",
        names={"sine": "Sine", "line": "Straight line", "step": "Step", "bumps": "Two bumps"},
    )
    noise_sd: float = setting(
        0.3, "Standard deviation of what no model can predict", ge=0, le=1, step=0.05,
        label="Noise σ",
    )
    n_samples: int = setting(
        30, "Size of each data set", ge=LEAST_SAMPLES, le=MOST_SAMPLES, unit="points", step=5,
        label="Data set",
    )
    design: Literal["fixed", "random"] = setting(
        "fixed", "Whether all data sets have the same evenly spaced x, or each its own random ones",
        names={"fixed": "Fixed x", "random": "Random x"},
    )
    n_resamples: int = setting(
        200, "Data sets of each repetition", ge=20, le=500, unit="data sets", step=20,
        label="Resamples",
    )
    n_seeds: int = setting(
        5, "Independent repetitions of the whole measurement", ge=1, le=16, unit="seeds",
        group="Repetitions",
    )
    seed: int = setting(
        0, "The first seed: data, bootstrap samples, initial weights", ge=0, le=9999,
        group="Repetitions",
    )

    @model_validator(mode="after")
    def _enough_points(self) -> Config:
        if self.n_samples > (most := most_samples(self.truth)):
            raise RefusedError("n_samples", self.n_samples, between(LEAST_SAMPLES, most),
                               truth=self.truth)
        complexity(self).shown(self)
        return self


def complexity(config: Config) -> Complexity:
    """The number in which the models differ."""
    return FAMILIES[config.family].complexity


def gap_sizes(config: Config) -> list[int]:
    """The sizes of data sets that the drawn value can be fitted to."""
    number, most = complexity(config), most_samples(config.truth)
    return [n for n in GAP_SIZES if n <= most and number.fits(number.shown(config), n)]


def is_own(config: Config) -> bool:
    """Whether the data are a visitor's own: then no truth and no noise is known."""
    return length_of(config.truth) is not None


def noise_of(config: Config) -> float:
    """The part of the error that is known to be noise: its variance."""
    return 0.0 if is_own(config) else config.noise_sd**2


def truth_of(config: Config) -> np.ndarray:
    """On the grid; NaN where nobody knows it."""
    return np.full(len(GRID), np.nan) if is_own(config) else TRUTHS[config.truth](GRID)


def ceiling(config: Config) -> float:
    """Where charts of errors end: what is worse than that leaves the picture."""
    if is_own(config):
        return CEILING
    return CEILING * max(float(TRUTHS[config.truth](GRID).var()) + noise_of(config), 1e-3)


def y_range(config: Config) -> list[float]:
    """What is drawn of data and fits: nearly all data, and not much more."""
    if is_own(config):
        return [-3.0, 3.0]
    truth, margin = TRUTHS[config.truth](GRID), max(2.5 * config.noise_sd, 0.3)
    return [float(truth.min()) - margin, float(truth.max()) + margin]


def chunks(n: int) -> Iterator[tuple[int, int]]:
    """Resamples that are fitted together: few at first, so that something is seen at once."""
    first, size = 0, FIRST_CHUNK
    while first < n:
        yield first, min(first + size, n)
        first, size = first + size, min(4 * size, 64)


@dataclass(frozen=True)
class Batch:
    """What the next r data sets of each of the S seeds gave.

    Attributes:
        sample: x and y of the first seed's data sets, (r, 2, n).
        predictions: On the grid, at what is held out, and behind it at the own points,
            (r, S, C, m + k + n).
        squared: The squared errors there: on the grid those on fresh targets.
    """

    sample: np.ndarray
    predictions: np.ndarray
    squared: np.ndarray

    def __getitem__(self, rows: slice) -> Batch:
        return Batch(self.sample[rows], self.predictions[rows], self.squared[rows])


class Source:
    """Data sets of one size, for all seeds; each seed has generators of its own.

    Args:
        config: Family, truth, noise, design and seeds.
        n: Points of a data set.
        values: The complexities that are fitted.
    """

    def __init__(self, config: Config, n: int, values: list[Any]) -> None:
        self.config, self.n, self.values = config, n, values
        self._noise, self._design, self._fitting, self._fresh = (
            [np.random.default_rng((seed, purpose, n)) for seed in config.seeds]
            for purpose in range(4)
        )
        self.own = Own(config) if is_own(config) else None

    @property
    def n_held_out(self) -> int:
        """Points behind the grid that are a visitor's, of each seed."""
        return self.own.held_out.shape[2] if self.own else 0

    def fit(self, r: int) -> Batch:
        """Fits the next r data sets of each seed."""
        config, n_seeds, m = self.config, self.config.n_seeds, len(GRID)
        if self.own:
            x, y = self.own.draw(self._design, r, self.n)
            new_x, new_y = self.own.held_out.repeat(r, 1)  # (S r, k) each
            fresh = np.concatenate([np.full((len(y), m), np.nan), new_y], 1)
        else:
            truth, x, new_x = TRUTHS[config.truth], self._x(r), np.empty((1, 0))
            y = truth(x) + self._errors(self._noise, r, self.n)
            fresh = truth(GRID) + self._errors(self._fresh, r, m)
        rows = len(x)
        at = np.concatenate([np.broadcast_to(GRID, (rows, m)),
                             np.broadcast_to(new_x, (rows, new_x.shape[1])), x], 1)
        found = FAMILIES[config.family].fit(x, y, at, self.values, self._fitting)
        squared = (found - np.concatenate([fresh, y], 1)[:, None]) ** 2
        shape = (n_seeds, r, len(self.values), -1)
        sample = np.stack([np.broadcast_to(x, y.shape)[:r], y[:r]], 1)
        return Batch(sample, *(a.reshape(shape).swapaxes(0, 1) for a in (found, squared)))

    def _x(self, r: int) -> np.ndarray:
        if self.config.design == "fixed":
            return design(self.n)
        return np.concatenate([rng.random((r, self.n)) for rng in self._design])

    def _errors(self, rngs: list[np.random.Generator], r: int, n: int) -> np.ndarray:
        return self.config.noise_sd * np.concatenate([rng.normal(size=(r, n)) for rng in rngs])


class Own:
    """A visitor's own numbers: of each seed some are held out, and data sets are drawn from the
    others.

    Attributes:
        held_out: x and y, (2, S, k).
    """

    def __init__(self, config: Config) -> None:
        pairs = np.stack(numbers(config.truth).between(0, 1))
        k = n_held_out(pairs.shape[1])
        rows = [np.random.default_rng((seed, HOLDING_OUT)).permutation(pairs.shape[1])
                for seed in config.seeds]
        self.held_out = np.stack([pairs[:, order[:k]] for order in rows], 1)
        self._others = [pairs[:, order[k:]] for order in rows]

    def draw(
        self, rngs: list[np.random.Generator], r: int, n: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """x and y of r data sets of each seed, none with a row twice, (S r, n) each."""
        drawn = [others[:, rng.random((r, others.shape[1])).argsort(1)[:, :n]]
                 for rng, others in zip(rngs, self._others, strict=True)]
        x, y = np.concatenate(drawn, 1)
        return x, y


def design(n: int) -> np.ndarray:
    """The fixed design: n evenly spaced points, half a step from the ends, (1, n)."""
    return ((np.arange(n) + 0.5) / n)[None]


def exact(config: Config) -> np.ndarray:
    """Bias squared and variance on the grid without any sampling, (2, C); NaN if unknown.

    Of a linear smoother at a fixed design, whose predictions are H y: the bias is that of
    H f(x), the variance sigma^2 times the row sums of H^2 (Hastie et al. 2009, eq. 7.11).
    """
    family, values = FAMILIES[config.family], complexity(config).sweep(config)
    if not family.linear or config.design == "random" or is_own(config):
        return np.full((2, len(values)), np.nan)
    x, truth = design(config.n_samples), TRUTHS[config.truth]
    h = family.fit(x, np.eye(config.n_samples), GRID[None], values, [])  # (n, C, m)
    bias = np.einsum("n,ncm->cm", truth(x[0]), h) - truth(GRID)
    return np.stack([(bias**2).mean(1), noise_of(config) * (h**2).sum(0).mean(1)])


class Measurement:
    """All that is known after the data sets so far.

    Args:
        config: Of the run.
        own: A visitor's numbers, where they are what is learned from.
    """

    def __init__(self, config: Config, own: Own | None = None) -> None:
        self.config, self.values = config, complexity(config).sweep(config)
        self.shown = self.values.index(complexity(config).shown(config))
        m = len(GRID)
        if own:  # what is held out has one target each: noise is in it
            new = own.held_out[1][:, None]  # (S, 1, k)
            truth = np.concatenate([np.full((*new.shape[:2], m), np.nan), new], 2)
            self._measured = slice(m, m + new.shape[2])
            self._columns = self._measured.stop
        else:
            # at a fixed design the own points are the same in all data sets
            same = design(config.n_samples)[0] if config.design == "fixed" else np.zeros(0)
            truth = TRUTHS[config.truth](np.concatenate([GRID, same]))
            self._measured, self._columns = slice(m), m + len(same)
        self._learned = slice(self._measured.stop, None)
        self._truth, self._moments = truth[..., self._measured], Moments(truth)
        self._train = self._test = np.zeros((config.n_seeds, len(self.values)))
        self._test_x = np.zeros(len(GRID))
        self._fits: list[np.ndarray] = []  # of the shown value, (S, m) each

    def take(self, batch: Batch) -> None:
        """Adds the batch's fits."""
        m = len(GRID)
        self._moments.add(batch.predictions[..., : self._columns])
        self._train = self._train + batch.squared[..., self._learned].mean(3).sum(0)
        self._test = self._test + batch.squared[..., self._measured].mean(3).sum(0)
        self._test_x = self._test_x + batch.squared[:, :, self.shown, :m].mean(1).sum(0)
        self._fits += list(batch.predictions[:, :, self.shown, : self._measured.stop])
        self.sample = batch.sample[-1]

    def arrays(self) -> dict[str, np.ndarray]:
        """For a frame."""
        m, n, d = len(GRID), len(self._fits), self._moments.decomposition()
        bias, variance = (a[..., self._measured] for a in (d.bias_squared, d.variance))
        gap = np.abs(d.bias_squared + d.variance - d.error) / np.maximum(d.error, 1e-300)
        stack, top = self.levels(), ceiling(self.config)
        if self._columns > self._measured.stop:
            own = d.variance[..., m:].mean(2)
        else:
            own = np.full(self._test.shape, np.nan)
        found = {
            "sample": self.sample, "latest": self._fits[-1][0, :m],
            "main": d.main[0, self.shown, :m],
            "bias_squared": bias.mean(2).T, "variance": variance.mean(2).T,
            "train_error": (self._train / n).T, "test_error": (self._test / n).T,
            "design_variance": own.T,
            "identity_gap": gap[..., self._measured.start or 0 :].max((1, 2)),
            "stack": _within(stack, top), "best": np.array([stack[-1].argmin(), stack[-1].min()]),
            "stack_x": self._along(d, top), "test_error_x": self._test_x / n,
            **self._estimates(),
        }
        if n <= N_FITS:  # then the picture is full
            found["fits"] = np.full((N_FITS, m), np.nan)
            found["fits"][:n] = [fit[0, :m] for fit in self._fits]
        return found

    def _along(self, d: Decomposition, top: float) -> np.ndarray:
        """The levels of the shown value along the grid; NaN where no truth is known."""
        if is_own(self.config):
            return np.full((3, len(GRID)), np.nan)
        return _within(self._stacked(d, 0)[:, self.shown], top)

    def levels(self) -> np.ndarray:
        """Noise, bias squared and variance on top of each other, by complexity, (3, C)."""
        return self._stacked(self._moments.decomposition(), (0, 2))

    def _stacked(self, d: Decomposition, over: int | tuple[int, ...]) -> np.ndarray:
        """The three levels as means over some axes.

        Bias is corrected, or the scatter of the mean would pass for it; the sum stays.
        """
        noise = np.array(noise_of(self.config))
        total = (d.bias_squared + d.variance)[..., self._measured].mean(over)
        bias = d.corrected_bias_squared[..., self._measured].mean(over).clip(0, total)
        return np.stack([noise + 0 * total, noise + bias, noise + total])

    def _estimates(self) -> dict[str, np.ndarray]:
        """What is measured of the shown value, and how sure it is, as n grows.

        Standard errors to first order (the delta method) from the spread of what each fit
        contributes.
        """
        fits, truth = np.stack(self._fits)[..., self._measured], self._truth
        truth = truth if truth.ndim == 1 else truth[:, 0]
        d = squared_loss(fits, truth)
        deviation = fits - d.main
        parts = np.stack([(2 * (d.main - truth) * deviation).mean(2), (deviation**2).mean(2)])
        error = parts.std(1) / np.sqrt(len(fits))  # (2, S)
        estimate = np.stack([d.corrected_bias_squared.mean(1), d.corrected_variance.mean(1)])
        if len(fits) < 2:
            error = np.full_like(error, np.nan)
        return {
            "plug_in": d.bias_squared.mean(1), "estimate": estimate, "standard_error": error,
            "interval": np.stack([estimate - 2 * error, estimate + 2 * error], 1)[..., 0],
        }


def _within(levels: np.ndarray, top: float) -> np.ndarray:
    """Without what is far out of the picture, where means and their parts have no digit left:
    of neighbours beyond the top only those that lead there stay.
    """
    out = np.pad(levels[-1] > top, 1, constant_values=True)
    return np.where(out[:-2] & out[1:-1] & out[2:], np.nan, levels)


def gap(config: Config) -> np.ndarray:
    """Mean squared error on the own and on fresh data by size of the data set, (2, sizes, S)."""
    m, values, errors = len(GRID), [complexity(config).shown(config)], []
    for n in gap_sizes(config):
        source = Source(config, n, values)
        squared = source.fit(FAMILIES[config.family].gap_resamples).squared
        k = source.n_held_out
        new = squared[..., m : m + k] if k else squared[..., :m]
        errors.append([part.mean((0, 2, 3)) for part in (squared[..., m + k :], new)])
    return np.array(errors).swapaxes(0, 1)


def steps(config: Config) -> list[int]:
    """The recorded numbers of data sets."""
    return recorded_steps(config.n_resamples, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """1, 2, 3, ... data sets of each repetition; they are fitted in chunks."""
    source = Source(config, config.n_samples, complexity(config).sweep(config))
    known = Measurement(config, source.own)
    yield 0, lambda: (nothing_yet(DIMS, coords(config)) | _narrow({
        "truth": truth_of(config), "exact": exact(config),
    }), ())
    more: dict[str, np.ndarray] = {}
    b = 0

    def measure() -> Measured:
        notes = _notes(config, known) if b == config.n_resamples else ()
        return _narrow(known.arrays() | more), notes

    ends = steps(config)
    for first, last in chunks(config.n_resamples):
        batch = source.fit(last - first)
        more = {"gap": gap(config)} if first == FIRST_CHUNK else {}  # the fits come first
        for a, b in pairwise([first, *(s for s in ends if first < s < last), last]):
            known.take(batch[a - first : b - first])
            yield b, measure


def _narrow(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.asarray(a).astype(np.float32) for name, a in arrays.items()}


def _notes(config: Config, known: Measurement) -> Iterator[Note]:
    """At the end: where the sum is lowest, and what has left the picture."""
    noise, bias, total = known.levels()
    measured = known.arrays()["test_error"].mean(1)
    i = int(np.argmin(total))
    number, values = complexity(config), known.values
    parts = {"noise": noise[i], "bias": bias[i] - noise[i], "variance": total[i] - bias[i],
             "total": total[i], "measured": measured[i]}
    yield Note(f"{'own' if is_own(config) else 'lowest'}_{number.setting}", {
        "value": f"{values[i]:g}", **{name: f"{part:.3g}" for name, part in parts.items()}})
    gone = [v for v, t in zip(values, total, strict=True) if t > ceiling(config)]
    if gone:
        yield Note(f"out_{number.setting}", {
            "ceiling": f"{CEILING:g}", "value": f"{gone[0]:g}", "worst": f"{total.max():.3g}"})


_NUMBERS = [family.complexity for family in FAMILIES.values()]
NOTES = {
    **worded("lowest", "Lowest at {value}: noise {noise} + bias² {bias} + variance {variance} = "
                       "{total}; measured on fresh data {measured}.", _NUMBERS),
    **worded("own", "Lowest at {value}: bias² and noise {bias} + variance {variance} = {total}, "
                    "measured on the rows that are held out. The best constant has 1, the "
                    "variance of y.", _NUMBERS),
    **worded("out", "Out of the picture, with over {ceiling} times the error of the best "
                    "constant: {value} and beyond; at worst {worst}.", _NUMBERS),
}


DIMS = {
    "truth": ("x",),
    "exact": ("part", "complexity"),
    "sample": ("step", "xy", "point"),
    "latest": ("step", "x"),
    "fits": ("step", "fit", "x"),
    "main": ("step", "x"),
    "bias_squared": ("step", "complexity", "seed"),
    "variance": ("step", "complexity", "seed"),
    "train_error": ("step", "complexity", "seed"),
    "test_error": ("step", "complexity", "seed"),
    "design_variance": ("step", "complexity", "seed"),
    "identity_gap": ("step", "seed"),
    "stack": ("step", "level", "complexity"),
    "best": ("step", "xy"),
    "stack_x": ("step", "level", "x"),
    "test_error_x": ("step", "x"),
    "plug_in": ("step", "seed"),
    "estimate": ("step", "part", "seed"),
    "standard_error": ("step", "part", "seed"),
    "interval": ("step", "part", "end"),
    "gap": ("step", "data", "size", "seed"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "x": GRID.tolist(),
        "part": ["bias_squared", "variance"],
        "complexity": complexity(config).sweep(config),
        "xy": ["x", "y"],
        "point": list(range(config.n_samples)),
        "fit": list(range(N_FITS)),
        "seed": list(config.seeds),
        "level": ["noise", "bias_squared", "variance"],
        "end": ["low", "high"],
        "data": ["train", "test"],
        "size": gap_sizes(config),
    }
