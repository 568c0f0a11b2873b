"""Bias and variance of a classifier: where does scatter hurt, and where does it help?

A classifier is fitted again and again to fresh data sets of two classes in the plane. Its
main prediction is what most fits vote for; bias is where that is not the likelier class.
Where the main prediction is right every fit that differs from it errs; where it is wrong
every fit that differs from it is right: under 0-1 loss variance can lower the error.

Paper: Domingos 2000, *A unified bias-variance decomposition*, for two classes.
Differs from the paper in: the classes' densities are known, so that the optimal class and
the noise need no estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from core.concepts.bias_variance.complexity import Complexity, nothing_yet, worded
from core.config import Config as BaseConfig
from core.config import setting
from core.data import DATA
from core.experiment import recorded_steps
from core.lazy import trees
from core.training import Algorithm, Measured, recorded
from core.words import Note

MAX_FRAMES = 60
N_POINTS = 400
"""Points per repetition at which bias and variance are measured."""
CELLS = 40


WORLDS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "moons": ((-1.75, 2.75), (-1.25, 1.75)),
    "circles": ((-1.8, 1.8), (-1.8, 1.8)),
    "blobs": ((-1.5, 1.5), (-1.2, 1.2)),
}
"""The data sets, whose classes are curves with noise around them, and the part of each that is
drawn: x and y."""


def curves_of(world: str, t: np.ndarray) -> np.ndarray:
    """Points of both classes' curves at t (n,), (2, n, xy)."""
    curves = DATA[world].curves
    assert curves is not None, f"{world} has no known density"
    return curves(t)


def knn(
    x: np.ndarray, labels: np.ndarray, at: np.ndarray, ks: Sequence[int], seed: int
) -> np.ndarray:
    """The majority of the k nearest: one sort by distance, then counts of prefixes."""
    squares = ((at[:, None] - x) ** 2).sum(2)
    most = max(ks)
    if most < len(x):  # only the nearest need an order
        near = np.argpartition(squares, most - 1, 1)[:, :most]
    else:
        near = np.broadcast_to(np.arange(len(x)), squares.shape)
    order = np.argsort(np.take_along_axis(squares, near, 1), 1)
    votes = np.cumsum(labels[np.take_along_axis(near, order, 1)], 1)
    return np.stack([2 * votes[:, k - 1] > k for k in ks])


def tree(
    x: np.ndarray, labels: np.ndarray, at: np.ndarray, depths: Sequence[int], seed: int
) -> np.ndarray:
    """CART (scikit-learn's): one tree grown to the end holds all shallower ones."""
    grown = trees.DecisionTreeClassifier(random_state=seed).fit(x, labels).tree_
    limits = np.array(depths)
    depth = np.zeros(grown.node_count, int)
    stop = np.zeros((grown.node_count, len(limits)), int)  # where a tree of that depth ends
    for node in range(grown.node_count):  # parents come before their children
        for child in (grown.children_left[node], grown.children_right[node]):
            if child > 0:
                depth[child] = depth[node] + 1
                stop[child] = np.where(depth[child] <= limits, child, stop[node])
    share = grown.value[:, 0, 1] / grown.value[:, 0].sum(1)
    return share[stop[grown.apply(at.astype(np.float32))]].T > 0.5


@dataclass(frozen=True)
class Family:
    """Classifiers that differ in one number.

    Attributes:
        fit: From x (n, 2), labels (n,), the points to predict at (m, 2), the C values and a
            seed to whether class 1 is predicted, (C, m).
    """

    complexity: Complexity
    fit: Callable[[np.ndarray, np.ndarray, np.ndarray, Sequence[int], int], np.ndarray]


FAMILIES = {
    "decision_tree": Family(
        Complexity("max_depth", "Depth (stiff → flexible)", "depth {}", tuple(range(1, 13))),
        tree,
    ),
    "nearest_neighbors": Family(
        Complexity("n_neighbors", "Neighbours k (stiff → flexible)", "k = {}",
                   (99, 65, 45, 31, 21, 15, 11, 7, 5, 3, 1), extra_points=0), knn,
    ),
}


class Config(BaseConfig):
    """Which classifier learns what, from which data."""

    family: Literal["decision_tree", "nearest_neighbors"] = setting(
        "decision_tree", "The kind of model",
        names={"decision_tree": "Decision tree", "nearest_neighbors": "Nearest neighbours"},
    )
    max_depth: int = setting(
        4, "Questions from the root of the tree to a leaf, of the trees that are drawn", ge=1, le=12
    )
    n_neighbors: int = setting(
        5, "How many neighbours vote, k; an odd number has no ties", ge=1, le=99, step=2,
        label="Neighbours k",
    )
    world: Literal["moons", "circles", "blobs"] = setting(
        "moons", "The shape of the two classes", label="Classes",
        names={"moons": "Moons", "circles": "Circles", "blobs": "Blobs"},
    )
    noise_sd: float = setting(
        0.3, "Standard deviation around the shape", ge=0.05, le=0.6, step=0.05, label="Noise σ"
    )
    n_samples: int = setting(
        100, "Size of each data set", ge=20, le=400, unit="points", step=10, label="Data set"
    )
    n_resamples: int = setting(
        100, "Data sets of each repetition", ge=20, le=200, unit="data sets", step=20,
        label="Resamples",
    )
    n_seeds: int = setting(
        4, "Independent repetitions of the whole measurement", ge=1, le=16, unit="seeds",
        group="Repetitions",
    )
    seed: int = setting(0, "The first seed: data and trees", ge=0, le=9999, group="Repetitions")

    @model_validator(mode="after")
    def _enough_points(self) -> Config:
        complexity(self).shown(self)
        return self


def complexity(config: Config) -> Complexity:
    """The number in which the models differ."""
    return FAMILIES[config.family].complexity


def draw(config: Config, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n points, (n, 2), and their classes, (n,): half of each, class 0 first."""
    labels = (np.arange(n) >= (n + 1) // 2).astype(int)
    points = curves_of(config.world, rng.random(n))[labels, np.arange(n)]
    return points + config.noise_sd * rng.normal(size=(n, 2)), labels


def posterior(config: Config, points: np.ndarray) -> np.ndarray:
    """Probability of class 1 at points (m, 2), by quadrature along the curves, (m,)."""
    curves = curves_of(config.world, (np.arange(200) + 0.5) / 200)  # (2, t, xy)
    squares = ((points[:, None, None] - curves) ** 2).sum(3)  # (m, 2, t)
    # relative to the nearest point of either curve, so that nothing vanishes far away
    squares -= squares.min((1, 2), keepdims=True)
    density = np.exp(-squares / (2 * config.noise_sd**2)).mean(2)
    return density[:, 1] / density.sum(1)


def axes(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the surfaces, (CELLS,) each."""
    x_range, y_range = WORLDS[config.world]
    return np.linspace(*x_range, CELLS), np.linspace(*y_range, CELLS)


class Votes:
    """How many fits predict class 1, and Domingos' parts of their error.

    Args:
        probability: Of class 1 at each point.
        shape: Of the counts; the points come last.
    """

    def __init__(self, probability: np.ndarray, shape: tuple[int, ...]) -> None:
        self.best = probability > 0.5  # the optimal class
        self.noise = np.minimum(probability, 1 - probability)
        self.counts = np.zeros(shape, int)
        self.n = 0

    def parts(self) -> dict[str, np.ndarray]:
        """Per point: whether the main prediction is biased, the variance that adds to the
        error, the variance that takes away from it, and the noise that is left.

        Where fits err against the optimal class with probability e, labels that differ from
        it (noise N) add N (1 - 2 e): a wrong fit is sometimes right by luck.
        """
        share = self.counts / self.n
        biased = (share > 0.5) != self.best
        variance = np.minimum(share, 1 - share)
        wrong = np.where(self.best, 1 - share, share)
        return {
            "noise": self.noise * (1 - 2 * wrong),
            "bias": biased.astype(float),
            "variance_unbiased": np.where(biased, 0, variance),
            "variance_biased": np.where(biased, variance, 0),
        }


class Measurement:
    """All that is known after the data sets so far."""

    def __init__(self, config: Config) -> None:
        self.config, self.values = config, complexity(config).sweep(config)
        self._data, self._fresh, self._growing = (
            [np.random.default_rng((seed, purpose)) for seed in config.seeds]
            for purpose in (0, 1, 2)
        )
        self._points = np.stack([
            draw(config, N_POINTS, np.random.default_rng((seed, 3)))[0] for seed in config.seeds
        ])
        self._posterior = np.stack([posterior(config, points) for points in self._points])
        shape = (config.n_seeds, len(self.values), N_POINTS)
        self._votes = Votes(self._posterior[:, None], shape)
        self._errors = np.zeros(shape[:2])
        x, y = axes(config)
        self._cells = np.stack(np.meshgrid(x, y), 2).reshape(-1, 2)
        self.map = posterior(config, self._cells)
        self._map_votes = Votes(self.map, self.map.shape)

    def take(self) -> None:
        """Fits the next data set of each seed."""
        fit = FAMILIES[self.config.family].fit
        for s, rng in enumerate(self._data):
            x, labels = draw(self.config, self.config.n_samples, rng)
            growing = int(self._growing[s].integers(2**31))
            predicted = fit(x, labels, self._points[s], self.values, growing)
            self._votes.counts[s] += predicted
            fresh = self._fresh[s].random(N_POINTS) < self._posterior[s]
            self._errors[s] += (predicted != fresh).mean(1)
            if s == 0:
                self._map_votes.counts += fit(
                    x, labels, self._cells, [complexity(self.config).shown(self.config)], growing
                )[0]
                self.sample = x, labels
        self._votes.n += 1
        self._map_votes.n += 1

    def arrays(self) -> dict[str, np.ndarray]:
        """For a frame."""
        parts = {name: part.mean(2).T for name, part in self._votes.parts().items()}  # (C, S)
        up = [parts[name].mean(1) for name in ("noise", "bias", "variance_unbiased")]
        stack = np.cumsum(up, 0)
        total = stack[-1] - parts["variance_biased"].mean(1)
        area = self._map_votes.parts()
        net = area["variance_unbiased"] - area["variance_biased"]
        shape = (CELLS, CELLS)
        return {
            **parts,
            "test_error": (self._errors / self._votes.n).T,
            "stack": np.concatenate([stack, total[None]]),
            "best": np.array([total.argmin(), total.min()]),
            "sample": self._sample_by_class(),
            "share_map": (self._map_votes.counts / self._map_votes.n).reshape(shape),
            "bias_map": area["bias"].reshape(shape),
            "net_variance_map": net.reshape(shape),
        }

    def _sample_by_class(self) -> np.ndarray:
        x, labels = self.sample
        found = np.full((2, 2, (len(x) + 1) // 2), np.nan)
        for c in (0, 1):
            mine = x[labels == c]
            found[c, :, : len(mine)] = mine.T
        return found


def steps(config: Config) -> list[int]:
    """The recorded numbers of data sets."""
    return recorded_steps(config.n_resamples, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """1, 2, 3, ... data sets of each repetition."""
    known = Measurement(config)
    yield 0, lambda: (nothing_yet(DIMS, coords(config), _kind) | {
        "posterior": known.map.reshape(CELLS, CELLS).astype(np.float32)
    }, ())

    def measure() -> Measured:
        arrays = {name: a.astype(_kind(name)) for name, a in known.arrays().items()}
        return arrays, _notes(config, known) if step == config.n_resamples else ()

    for step in range(1, config.n_resamples + 1):
        known.take()
        yield step, measure


def _notes(config: Config, known: Measurement) -> Iterator[Note]:
    """At the end: where the error is lowest and what it is made of."""
    found = known.arrays()
    i = int(found["best"][0])
    noise, bias, hurts, helps, error = (
        float(found[name][i].mean())
        for name in ("noise", "bias", "variance_unbiased", "variance_biased", "test_error")
    )
    parts = {"noise": noise, "bias": bias, "hurts": hurts, "helps": helps,
             "total": noise + bias + hurts - helps, "measured": error}
    yield Note(f"lowest_{complexity(config).setting}", {
        "value": f"{known.values[i]:g}",
        **{name: f"{part:.3f}" for name, part in parts.items()},
    })


NOTES = worded(
    "lowest", "Lowest at {value}: noise {noise} + bias {bias} + variance that hurts {hurts} - "
    "variance that helps {helps} = {total}; measured on fresh labels {measured}.",
    [family.complexity for family in FAMILIES.values()],
)


def _kind(name: str) -> type[np.floating[Any]]:
    return np.float16 if name.endswith("_map") else np.float32


DIMS = {
    "posterior": ("y", "x"),
    "noise": ("step", "complexity", "seed"),
    "bias": ("step", "complexity", "seed"),
    "variance_unbiased": ("step", "complexity", "seed"),
    "variance_biased": ("step", "complexity", "seed"),
    "test_error": ("step", "complexity", "seed"),
    "stack": ("step", "level", "complexity"),
    "best": ("step", "xy"),
    "sample": ("step", "class", "xy", "point"),
    "share_map": ("step", "y", "x"),
    "bias_map": ("step", "y", "x"),
    "net_variance_map": ("step", "y", "x"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    x, y = axes(config)
    return {
        "x": x.tolist(), "y": y.tolist(),
        "complexity": complexity(config).sweep(config),
        "seed": list(config.seeds),
        "level": ["noise", "bias", "variance_unbiased", "total"],
        "xy": ["x", "y"],
        "class": [0, 1],
        "point": list(range((config.n_samples + 1) // 2)),
    }
