"""Where are head, hands and feet? Key points of a stick figure, and whose they are.

All nets have the trunk of the other labs. Points are read from the means of its maps, from all
places of them, or as the middle of a map that each point has for itself. Half of the pictures may
be mirrored before they are learned from, and then left is right.

Papers: Toshev & Szegedy 2014 (key points as numbers that are said), Tompson et al. 2014 (a map for
each), Sun et al. 2018 (a point is the mean place of its map).
Differs from the papers in: generated figures of 24 x 24 pixels, one in a picture; maps of 6 x 6;
pictures of people have points that are hidden, these have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.vision_tasks import figures
from core.concepts.vision_tasks.common import CommonConfig, inked, race
from core.concepts.vision_tasks.figures import N_POINTS, POINTS, Figures
from core.concepts.vision_tasks.nets import (
    BATCH_SIZE,
    CHANNELS,
    MAP_SIDE,
    N_PLACES,
    SCENES,
    TESTING,
    Nets,
    Trunk,
    schedule,
    stacked,
)
from core.concepts.vision_tasks.scenes import N_PIXELS, SIDE
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.losses import SQUARED_ERROR
from core.stacked.traced import Parameters, Program, Rngs, Shapes
from core.training import Algorithm, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["means", "all", "maps"]
N_TRAIN, N_TEST, N_SHOWN = 1000, 200, 6
MAX_FRAMES = 14
MIRROR = 7  # what random numbers are for, beside those in `nets`: which pictures are mirrored
NEAR = 2.0
"""Pixels up to which a point counts as found."""
HALF = (SIDE - 1) / 2
"""The picture's middle, as key points count; they are learned in such halves."""
MEAN = "mean"
"""Among the learners: who says the mean pose of all."""
HANDS = (2, 3)
MIXED = 0.35
"""Below this share of their distance two hands are said to be at one place."""


@dataclass(frozen=True)
class Reading:
    """How points are read from the maps.

    Attributes:
        label: For people.
        rate: Its learning rate, as a part of the lab's: the best for it of 1, 1/2 and 2.
    """

    label: str
    rate: float = 1.0


READINGS: dict[str, Reading] = {
    "means": Reading("Means of the maps"),
    "all": Reading("All places of the maps", 0.5),
    "maps": Reading("A map per point"),
}


class Config(CommonConfig):
    """How points are read, and what they are learned from."""

    nets: tuple[NetName, ...] = setting(
        ("means", "all", "maps"), "Nets, by what points are read from",
        names={name: reading.label for name, reading in READINGS.items()},
    )
    mirror: Literal["never", "swapped", "kept"] = setting(
        "never", "Whether every second picture is mirrored before it is learned from",
        label="Mirrored pictures", names={
            "never": "None", "swapped": "Half, left and right swap",
            "kept": "Half, points keep their names"})
    n_scenes: int = setting(
        N_TRAIN, "Figures whose key points are known", ge=40, le=N_TRAIN, unit="figures", log=True,
        label="Figures")
    n_steps: int = setting(120, "Number of updates", ge=20, le=400, unit="steps", step=10)
    learning_rate: float = setting(
        0.02, "Adam's; half of it where points are read from all places", ge=0.001, le=0.05,
        log=True, group="Training")
    clutter: int = setting(1, "Strokes that belong to no figure", ge=0, le=2, unit="strokes",
                           group="Scenes")


@dataclass(frozen=True)
class Poser(Program):
    """A trunk, and key points out of its maps; all begin in the middle of the picture.

    Attributes:
        reading: Key in `READINGS`.
    """

    reading: str

    trunk = Trunk()
    loss = SQUARED_ERROR

    @property
    def shapes(self) -> Shapes:
        n_out = N_POINTS if self.reading == "maps" else 2 * N_POINTS
        n_in = CHANNELS * (N_PLACES if self.reading == "all" else 1)
        return {**self.trunk.shapes, "points.weight": (n_out, n_in), "points.bias": (n_out,)}

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return self.trunk.state

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        found = self.trunk.start(rng)
        rest = {name: np.zeros(shape) for name, shape in self.shapes.items() if name not in found}
        if self.reading == "maps":  # of maps that are alike none could become another
            rest["points.weight"] = rng.standard_normal((N_POINTS, CHANNELS)) / CHANNELS**0.5
        return found | rest

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Pictures (K, pixels, B) to points, in halves of the picture from its middle:
        (K, points x 2, B), x before y.
        """
        maps = self.trunk.maps(p, x, rngs is not None)  # (K, B, channels, side, side)
        if self.reading == "maps":
            return places(self.heat(p, maps)).flatten(2).mT
        # as in `Finder`: at a sixth each, a step moves a point as far as one of means
        seen = maps.flatten(2) / MAP_SIDE if self.reading == "all" else maps.mean((3, 4))
        return linear(seen, p["points.weight"], p["points.bias"]).mT

    def heat(self, p: Parameters, maps: Tensor) -> Tensor:
        """How much of each point is at each place, (K, B, points, side, side)."""
        each = linear(maps.flatten(3).mT.flatten(1, 2), p["points.weight"], p["points.bias"])
        heat = each.unflatten(1, (-1, N_PLACES)).softmax(2)
        return heat.mT.unflatten(3, (MAP_SIDE, MAP_SIDE))


def places(heat: Tensor) -> Tensor:
    """The mean place of maps (..., side, side), in halves from the middle: (..., xy)."""
    middles = (torch.arange(MAP_SIDE, dtype=heat.dtype) + 0.5) * SIDE / MAP_SIDE - 0.5
    at = middles / HALF - 1
    return torch.stack([(heat.sum(-2) * at).sum(-1), (heat.sum(-1) * at).sum(-1)], -1)


def targets(found: Figures) -> np.ndarray:
    """Key points as nets say them, (points x 2, n)."""
    return (found.points / HALF - 1).reshape(len(found.points), -1).T


def figures_of(config: Config, purpose: int, n: int) -> list[Figures]:
    """n figures for every seed."""
    return [figures.draw(n, np.random.default_rng((seed, purpose)), config.noise, config.clutter)
            for seed in config.seeds]


def learned(config: Config) -> list[Figures]:
    """What the nets of every seed learn from, with the mirrored ones."""
    found = figures_of(config, SCENES, config.n_scenes)
    if config.mirror == "never":
        return found
    return [_partly_mirrored(config, seed, own)
            for seed, own in zip(config.seeds, found, strict=True)]


def _partly_mirrored(config: Config, seed: int, own: Figures) -> Figures:
    """Every picture, and every picture as in a mirror: half of either is seen, in turn."""
    other = figures.mirrored(own, config.mirror == "swapped")
    turned = np.random.default_rng((seed, MIRROR)).permutation(2 * len(own.images))
    return Figures(*(np.concatenate(pair)[turned] for pair in (
        (own.images, other.images), (own.points, other.points))))


def learners(config: Config) -> list[str]:
    """The nets, and who says the mean pose."""
    return [*config.nets, MEAN]


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same batches."""
    nets: dict[str, Nets] = {
        name: Nets(Poser(name), config.seeds, READINGS[name].rate * config.learning_rate)
        for name in config.nets}
    known = learned(config)
    x, y = (stacked([make(own) for own in known]) for make in (lambda own: own.images.T, targets))
    drawn = schedule(x, y, config.seeds, BATCH_SIZE, config.n_steps)
    yield from race(config, nets, Exam(config, y), drawn, news)


class Exam:
    """New figures that nets are measured on, the same at every step.

    Args:
        learned: Key points that are learned from, (S, points x 2, n).
    """

    def __init__(self, config: Config, learned: Tensor) -> None:
        self.config = config
        drawn = figures_of(config, TESTING, N_TEST)
        self._x = stacked([own.images.T for own in drawn])
        self._true = np.stack([own.points for own in drawn])  # (S, n, points, 2)
        self._mean = learned.mean(2, keepdim=True).expand(-1, -1, N_TEST)

    def known(self) -> dict[str, np.ndarray]:
        """What does not change: the first seed's figures that are shown."""
        return {"image": inked(self._x[0, :, :N_SHOWN].T.numpy()),
                "true_points": self._true[0, :N_SHOWN].astype(np.float16)}

    def measure(self, nets: Mapping[str, Nets]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (learner, ..., seed)."""
        said = [pixels(z) for z in (*(own.said(self._x) for own in nets.values()), self._mean)]
        each = [self._of(points) for points in said]
        arrays = {name: np.stack([found[name] for found in each]).astype(np.float32)
                  for name in each[0]}
        return arrays | {"said_points": np.stack([a[0, :N_SHOWN] for a in said]).astype(np.float16)}

    def _of(self, said: np.ndarray) -> dict[str, np.ndarray]:
        """Of points that are said, (S, n, points, 2)."""
        off = np.linalg.norm(said - self._true, axis=-1)
        apart = [_apart(points).mean(1) for points in (said, self._true)]
        return {"near": (off < NEAR).mean((1, 2)), "distance": off.mean(1).T,
                "apart": apart[0] / apart[1]}


def pixels(z: Tensor) -> np.ndarray:
    """What nets say, (S, points x 2, n), in pixels: (S, n, points, 2)."""
    said: np.ndarray = z.nan_to_num(0).mT.unflatten(2, (N_POINTS, 2)).numpy()
    return ((said + 1) * HALF).clip(-SIDE, 2 * SIDE)


def _apart(points: np.ndarray) -> np.ndarray:
    """How far the two hands are apart, (S, n)."""
    left, right = (points[:, :, i] for i in HANDS)
    found: np.ndarray = np.linalg.norm(left - right, axis=-1)
    return found


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """At the end, who says that both hands are at one place."""
    if t < config.n_steps:
        return
    for i, name in enumerate(config.nets):
        apart = float(np.median(arrays["apart"][i]))
        if apart < MIXED:
            yield Note("mixed", {"net": name, "step": t, "apart": f"{apart:.0%}"}, name)


NOTES = {
    "mixed": "{net}: after {step} steps the two hands are {apart} as far apart as they should be "
             "(median of the seeds): it cannot tell left from right. Swapping the names in "
             "mirrored pictures, or more steps, mends it.",
    **names("net", {name: reading.label for name, reading in READINGS.items()}),
}
DIMS = {
    "near": ("step", "learner", "seed"),
    "distance": ("step", "learner", "point", "seed"),  # in pixels
    "apart": ("step", "learner", "seed"),  # as a share of what is true
    "said_points": ("step", "learner", "scene", "point", "xy"),
    "image": ("scene", "pixel"),
    "true_points": ("scene", "point", "xy"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"learner": learners(config), "seed": list(config.seeds), "point": list(POINTS),
            "scene": list(range(N_SHOWN)), "pixel": list(range(N_PIXELS)), "xy": ["x", "y"]}
