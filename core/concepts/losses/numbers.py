"""Which loss for numbers: what does each estimate, and how hard does one point pull?

The same small nets learn a sine from noisy points by squared, absolute and Huber's loss. Some
points may be outliers, the noise may be skewed, and a visitor may put points wherever they like.

Paper: Huber 1964 (robust estimation).
Differs from the paper in: nets instead of a single number, trained by Adam on all points at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np
from pydantic import WithJsonSchema, model_validator

from core.concepts.losses.noise import SHAPES, Noise, painted_of
from core.concepts.losses.objectives import Absolute, Huber
from core.concepts.losses.rivals import Rivals, cosine
from core.config import Config as BaseConfig
from core.config import RefusedError, between, each_once, setting
from core.data.own_numbers import OrOwnNumbers, length_of, numbers
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.losses import SQUARED_ERROR, Loss
from core.stacked.nets import MLP
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

LossName = Literal["squared", "absolute", "huber"]
LOSS_NAMES = {"squared": "Squared error", "absolute": "Absolute error", "huber": "Huber"}
POINTS = 1  # what random numbers are for; 0 are starts
MAX_FRAMES = 50
GRID = np.linspace(0, 1, 101)
"""Where fits are drawn and held against the curve."""
MIDDLE, HALF = 0.5, 12**-0.5
"""Mean and standard deviation of x, which is uniform from 0 to 1."""
COLUMNS, ROWS = np.linspace(0, 1, 21).round(2), np.linspace(-6, 6, 25)
PLACES = tuple(f"{x:g}:{y:g}" for x in COLUMNS for y in ROWS)
"""Where a visitor can put points, as "x:y"."""
if TYPE_CHECKING:
    Place = str
else:
    Place = Literal[PLACES]
ANY_PLACE = {"type": "array", "items": {
    "enum": ["X:Y with X from 0 to 1 by 0.05 and Y from -6 to 6 by 0.5"]}}
"""What is said to be allowed, instead of all the places."""


LEAST_SAMPLES, MOST_SAMPLES = 20, 500
CurveName = Annotated[Literal["sine"], OrOwnNumbers(
    "x is moved and stretched to reach from 0 to 1, y to mean 0 and standard deviation 1. To some "
    "of them the outliers are added.", one_cloud=True,
)]


def most_samples(source: str) -> int:
    """The most points to learn from."""
    own = length_of(source)
    return min(MOST_SAMPLES, own // 20 * 20) if own else MOST_SAMPLES


class Config(BaseConfig):
    """Which losses, and what is wrong with the points."""

    source: CurveName = setting(
        "sine", "Where the points come from", names={"sine": "Sine"}, label="Points from",
    )
    losses: tuple[LossName, ...] = setting(
        get_args(LossName), "What is made small: see The equations", names=LOSS_NAMES,
    )
    outliers: float = setting(
        0.1, "Share of the points that are moved away", ge=0, le=0.3, step=0.05
    )
    outlier_size: float = setting(4.0, "How far they are moved", ge=0, le=8, step=0.5)
    sides: Literal["up", "both"] = setting(
        "up", "Where they are moved", names={"up": "All up", "both": "Half up, half down"},
    )
    noise: Literal["normal", "skewed"] = setting(
        "normal", "Of all points: as much above as below, or many a little too low and a few far "
        "too high; the mean is 0 in both cases",
        names={name: shape.label for name, shape in SHAPES.items()},
    )
    spread: float = setting(
        0.3, "Standard deviation of the noise", ge=0, le=1, step=0.05, label="Spread of the noise",
    )
    delta: float = setting(
        0.3, "Up to this residual Huber's loss is a square, beyond it a straight line", ge=0.1,
        le=2, step=0.1, label="Huber's δ",
    )
    painted: Annotated[tuple[Place, ...], WithJsonSchema(ANY_PLACE)] = setting(
        (), "Where there are points of your own, in the data of every seed: click into the "
        "picture to put some there, and again to take them away",
        names={place: "x {}, y {}".format(*place.split(":")) for place in PLACES},
        group="Your points", label="Places",
    )
    n_each: int = setting(
        5, "Points that a click puts in", ge=1, le=8, unit="points", group="Your points",
        label="At each place",
    )
    n_samples: int = setting(
        200, "Points to learn from", ge=LEAST_SAMPLES, le=MOST_SAMPLES, unit="points", step=20,
        group="Training", label="Points",
    )
    n_steps: int = setting(
        800, "Number of updates, each on all points", ge=50, le=1500, unit="steps", step=50,
        group="Training",
    )
    learning_rate: float = setting(
        0.02, "Of all losses, at the start; it falls to 0 along half a cosine", ge=0.001, le=0.1,
        log=True, group="Training",
    )
    width: int = setting(
        30, "Units of the hidden layer", ge=5, le=60, unit="units", step=5, group="Training"
    )
    n_seeds: int = setting(
        5, "Nets of each loss, each with its own points and start", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_losses(self) -> Config:
        each_once("losses", self.losses, get_args(LossName))
        each_once("painted", self.painted, PLACES, some=False)
        if self.n_samples > (most := most_samples(self.source)):
            raise RefusedError("n_samples", self.n_samples, between(LEAST_SAMPLES, most),
                               source=self.source)
        return self


def noise_of(config: Config) -> Noise:
    return Noise(config.noise, config.spread, config.outliers, config.outlier_size,
                 config.sides == "both")


def loss_of(config: Config, name: str) -> Loss:
    """Squared error is that of the house, half of the square: its gradient is the residual."""
    losses: dict[str, Loss] = {"squared": SQUARED_ERROR, "absolute": Absolute(),
                               "huber": Huber(config.delta)}
    return losses[name]


def curve(x: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * x)


def n_points(config: Config) -> int:
    """Of a seed, a visitor's among them."""
    return config.n_samples + len(config.painted) * config.n_each


def points_of(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Per seed x and y, each (S, n), a visitor's points last."""
    x, y = [], []
    for seed in config.seeds:
        own = _drawn(config, np.random.default_rng((seed, POINTS)))
        theirs = painted_of(config.painted, config.n_each, seed)
        x.append(np.append(own[0], theirs[:, 0]))
        y.append(np.append(own[1], theirs[:, 1]))
    return np.stack(x), np.stack(y)


def _drawn(config: Config, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """x and y of one seed, (n,) each: of the sine, or some of a visitor's table."""
    noise, n = noise_of(config), config.n_samples
    if length_of(config.source) is None:
        x = rng.uniform(0, 1, n)
        return x, curve(x) + noise.draw(rng, n)
    x, y = numbers(config.source).between(0, 1)
    some = rng.permutation(len(x))[:n]
    return x[some], y[some] + replace(noise, spread=0.0).draw(rng, n)


def features(x: np.ndarray) -> Tensor:
    """As the nets read them, (S, 1, n): mean 0, standard deviation 1."""
    return torch.from_numpy(((x - MIDDLE) / HALF).astype(np.float32))[:, None]


def nets_of(config: Config) -> Rivals:
    """All nets at their start."""
    return Rivals(
        config.seeds, lambda loss: MLP((1, config.width, 1), "tanh", loss),
        {name: loss_of(config, name) for name in config.losses},
        dict.fromkeys(config.losses, config.learning_rate), "adam",
        n_points(config),
    )


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All losses and seeds, update by update, each on all points."""
    x, y = points_of(config)
    inputs, targets = features(x), torch.from_numpy(y.astype(np.float32))[:, None]
    nets, t = nets_of(config), 0
    everywhere = features(np.tile(GRID, (config.n_seeds, 1)))

    def measure() -> Measured:
        return measured(config, nets, inputs, targets, everywhere, t)

    yield 0, measure
    for t in range(1, config.n_steps + 1):
        nets.step(inputs, targets, cosine(t, config.n_steps))
        yield t, measure


def measured(
    config: Config, nets: Rivals, x: Tensor, y: Tensor, everywhere: Tensor, t: int
) -> Measured:
    """The fits on the grid, what they miss, and how hard each point pulls."""
    fits = nets.outputs(everywhere)[:, :, 0].numpy()  # (L, S, grid)
    said = nets.outputs(x)
    # nobody knows the curve behind a visitor's own numbers
    off = fits - (np.nan if length_of(config.source) else curve(GRID))
    median = noise_of(config).median
    arrays = {
        "fit": fits[:, 0], "offset": off.mean(-1), "to_curve": _rms(off),
        "to_median": _rms(off - median),
        "residual": (y - said)[:, 0, 0].numpy(),
        "pull": -nets.pulls(said[:, :1], y[:1])[:, 0, 0].numpy(),
    }
    if t == 0:
        arrays |= {"x": (x[0, 0] * HALF + MIDDLE).numpy(), "y": y[0, 0].numpy()}
    notes = list(_notes(config)) if t == config.n_steps else []
    return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes


def _rms(off: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(off).mean(-1))


def _notes(config: Config) -> Iterator[Note]:
    if config.painted:
        yield Note("painted", {"n": n_points(config) - config.n_samples})


DIMS = {
    "fit": ("step", "loss", "grid"),  # of the first seed, as are points, residuals and pulls
    "x": ("point",),
    "y": ("point",),
    "residual": ("step", "loss", "point"),
    "pull": ("step", "loss", "point"),
    "offset": ("step", "loss", "seed"),
    "to_curve": ("step", "loss", "seed"),
    "to_median": ("step", "loss", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"loss": list(config.losses), "seed": list(config.seeds),
            "grid": [round(float(x), 2) for x in GRID],
            "point": list(range(n_points(config)))}


NOTES = {
    "painted": "{n} points of yours are in the data of every seed. The mean and median of the "
               "noise are without them.",
}
