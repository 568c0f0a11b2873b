"""How sure is a net of a number? Mean and spread, learned together by maximum likelihood.

The noise grows from left to right. One net learns the mean only, with one spread for all: that of
its training residuals. One says a mean and a spread at every x and learns by the Gaussian negative
log-likelihood; one does the same with each point weighted by a power of its variance.

Papers: Nix & Weigend 1994 (a net that says its own variance), Seitzer et al. 2022 (beta-NLL).
Differs from the papers in: one input, a net with one hidden layer for both outputs, Adam.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.losses.objectives import GaussianNLL, SquaredOfMean, gaussian_nll
from core.concepts.losses.rivals import Rivals, cosine
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split, batches
from core.stacked.losses import Loss
from core.stacked.nets import MLP
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

HeadName = Literal["constant", "learned", "weighted"]
HEAD_NAMES = {"constant": "One spread for all", "learned": "Learned spread",
              "weighted": "Learned spread, β-NLL"}
POINTS, TESTING = 1, 3  # what random numbers are for; 0 are starts, 2 batches
MAX_FRAMES = 50
N_TEST = 2000
GRID = np.linspace(0, 1, 101)
N_BINS = 5
"""Equal parts of x over which coverage is counted."""
Z95 = 1.959964
"""So many standard deviations around the mean hold 95 % of a normal distribution."""
MIDDLE, HALF = 0.5, 12**-0.5
"""Mean and standard deviation of x, which is uniform from 0 to 1."""
CEILING = 1e3
"""Negative log-likelihoods are drawn up to here."""
EXPLODED = 2.0
"""From a test NLL on that is so far above the training NLL, a spread is said to overfit."""


class Config(BaseConfig):
    """Who learns a spread, and from how many points."""

    heads: tuple[HeadName, ...] = setting(
        get_args(HeadName), "What the net says beside the mean", names=HEAD_NAMES,
        label="Spread",
    )
    n_samples: int = setting(
        300, "Points to learn from", ge=20, le=1000, unit="points", step=10, label="Points",
    )
    beta: float = setting(
        0.5, "Power of the variance by which β-NLL weights each point: 0 is the likelihood, 1 "
        "gives the mean the gradient of a squared error", ge=0, le=1, step=0.1, label="β",
    )
    low: float = setting(
        0.05, "Standard deviation of the noise at the left end", ge=0.05, le=1, step=0.05,
        label="Noise at the left",
    )
    high: float = setting(
        0.55, "Standard deviation of the noise at the right end", ge=0.05, le=1, step=0.05,
        label="Noise at the right",
    )
    standardised: bool = setting(
        True, "Whether x reaches the net with mean 0 and standard deviation 1; else as it is, from "
        "0 to 1, which makes the curve much harder to learn", label="Standardised x",
    )
    n_steps: int = setting(
        1000, "Number of updates", ge=50, le=2000, unit="steps", step=50, group="Training"
    )
    learning_rate: float = setting(
        0.02, "At the start; it falls to 0 along half a cosine", ge=0.001, le=0.1, log=True,
        group="Training",
    )
    batch_size: int = setting(
        100, "Points per update, or all where there are fewer", ge=10, le=200, unit="points",
        step=10, group="Training",
    )
    width: int = setting(
        30, "Units of the hidden layer", ge=5, le=60, unit="units", step=5, group="Training"
    )
    n_seeds: int = setting(
        5, "Nets of each kind, each with its own points and start", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_heads(self) -> Config:
        each_once("heads", self.heads, get_args(HeadName))
        return self


def loss_of(config: Config, head: str) -> Loss:
    losses: dict[str, Loss] = {"constant": SquaredOfMean(), "learned": GaussianNLL(),
                               "weighted": GaussianNLL(config.beta)}
    return losses[head]


def curve(x: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * x)


def spread_at(config: Config, x: np.ndarray) -> np.ndarray:
    """The standard deviation of the noise."""
    return config.low + (config.high - config.low) * x


def draw(config: Config, purpose: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Per seed x and y, each (S, n)."""
    x, y = [], []
    for seed in config.seeds:
        rng = np.random.default_rng((seed, purpose))
        x.append(rng.uniform(0, 1, n))
        y.append(curve(x[-1]) + spread_at(config, x[-1]) * rng.standard_normal(n))
    return np.stack(x), np.stack(y)


def tensor(a: np.ndarray) -> Tensor:
    """(S, n) as the engine wants it, (S, 1, n)."""
    return torch.from_numpy(a.astype(np.float32))[:, None]


def features(config: Config, x: np.ndarray) -> Tensor:
    """As the nets read them, (S, 1, n)."""
    return tensor((x - MIDDLE) / HALF if config.standardised else x)


def nets_of(config: Config) -> Rivals:
    """All nets at their start."""
    return Rivals(
        config.seeds, lambda loss: MLP((1, config.width, 2), "tanh", loss),
        {head: loss_of(config, head) for head in config.heads},
        dict.fromkeys(config.heads, config.learning_rate), "adam",
        min(config.batch_size, config.n_samples),
    )


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All kinds and seeds, update by update."""
    measuring, t = Measuring(config), 0

    def measure() -> Measured:
        return measuring.at(t)

    yield 0, measure
    data = batches(measuring.split, config.seeds, config.batch_size, config.n_steps)
    for t, (x, y) in enumerate(data, 1):
        measuring.nets.step(x, y, cosine(t, config.n_steps))
        yield t, measure


class Measuring:
    """The nets, their points, and what is measured on fresh ones."""

    def __init__(self, config: Config) -> None:
        self.config, self.nets = config, nets_of(config)
        self.x, self.y = draw(config, POINTS, config.n_samples)
        self.test_x, test_y = draw(config, TESTING, N_TEST)
        self.split = Split(features(config, self.x), tensor(self.y),
                           features(config, self.test_x), tensor(test_y))
        self._everywhere = features(config, np.tile(GRID, (config.n_seeds, 1)))
        self._bin = np.minimum((self.test_x * N_BINS).astype(int), N_BINS - 1)

    def at(self, t: int) -> Measured:
        """The arrays and notes of a step."""
        split, nets = self.split, self.nets
        z_train = nets.outputs(split.train_x)
        z_train, z_test, z_grid = (
            self._with_spread(z, z_train) for z in
            (z_train, nets.outputs(split.test_x), nets.outputs(self._everywhere)))
        covered = self._covered(z_test)
        arrays = {
            "train_nll": _nll(z_train, split.train_y), "test_nll": _nll(z_test, split.test_y),
            "mean_error": np.sqrt(np.square(z_grid[:, :, 0].numpy() - curve(GRID)).mean(-1)),
            "coverage": covered.mean(-1), "coverage_at": self._by_bin(covered),
            "spread": np.exp(z_grid[:, 0, 1].numpy() / 2), "mean": z_grid[:, 0, 0].numpy(),
        }
        arrays["lower"] = arrays["mean"] - Z95 * arrays["spread"]
        arrays["upper"] = arrays["mean"] + Z95 * arrays["spread"]
        if t == 0:
            arrays |= {"x": self.x[0], "y": self.y[0]}
        notes = list(self._notes(arrays)) if t == self.config.n_steps else []
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes

    def _with_spread(self, z: Tensor, z_train: Tensor) -> Tensor:
        """Outputs, with the log variance of who learns none: that of the training residuals."""
        if "constant" not in self.config.heads:
            return z
        i, z = self.config.heads.index("constant"), z.clone()
        residuals = z_train[i, :, 0] - self.split.train_y[:, 0]
        z[i, :, 1] = residuals.square().mean(1, keepdim=True).clamp_min(1e-12).log()
        return z

    def _covered(self, z: Tensor) -> np.ndarray:
        """Whether each fresh point is within the 95 % band, (L, S, n)."""
        off = (z[:, :, 0] - self.split.test_y[:, 0]).abs()
        return (off <= Z95 * (z[:, :, 1] / 2).exp()).numpy()

    def _by_bin(self, covered: np.ndarray) -> np.ndarray:
        """The share covered in each part of x, (L, bin, S)."""
        return np.stack([
            (covered * (self._bin == b)).sum(-1) / (self._bin == b).sum(-1) for b in range(N_BINS)
        ], 1)

    def _notes(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
        worse = arrays["test_nll"] - arrays["train_nll"]
        for i, head in enumerate(self.config.heads):
            if n := int((worse[i] > EXPLODED).sum()):
                yield Note("overfits", {"head": head, "n": n, "n_seeds": self.config.n_seeds}, head)


def _nll(z: Tensor, y: Tensor) -> np.ndarray:
    """The mean over the points, (L, S)."""
    found = np.stack([gaussian_nll(of_head, y).mean(1).numpy() for of_head in z])
    return np.minimum(np.nan_to_num(found, nan=CEILING), CEILING)


DIMS = {
    "train_nll": ("step", "head", "seed"),
    "test_nll": ("step", "head", "seed"),
    "mean_error": ("step", "head", "seed"),
    "coverage": ("step", "head", "seed"),
    "coverage_at": ("step", "head", "bin", "seed"),
    "mean": ("step", "head", "grid"),  # of the first seed, as are points, spread and band
    "spread": ("step", "head", "grid"),
    "lower": ("step", "head", "grid"),
    "upper": ("step", "head", "grid"),
    "x": ("point",),
    "y": ("point",),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"; a bin is called by its middle."""
    return {
        "head": list(config.heads), "seed": list(config.seeds),
        "grid": [round(float(x), 2) for x in GRID],
        "bin": [round((b + 0.5) / N_BINS, 2) for b in range(N_BINS)],
        "point": list(range(config.n_samples)),
    }


NOTES = {
    "overfits": "{head}: in {n} of {n_seeds} seeds it is far too sure of itself. It has put its "
                "spread to almost nothing around some training points, and fresh ones fall "
                "outside. More points, or one spread for all, mends that.",
    **names_of("head", HEAD_NAMES),
}
