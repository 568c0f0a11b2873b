"""How is one net trained by several workers, and what has to travel between them?

Workers share the images of every step. They send gradients and average these, which is the large
batch again; or average their weights now and then; or do not wait for each other; or send few bits.
Of one seed all ways have the same start and the same images in every step.

Papers: Goyal et al. 2017 (averaged gradients), McMahan et al. 2017 (averaged weights), Dean et al.
2012 (stale gradients), Seide et al. 2014 and Karimireddy et al. 2019 (few bits, and their memory).
Differs from the papers in: the workers take turns in one process, so that nothing here is faster;
what would travel is counted. A net with batch norm is measured with the means of the test images.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.faster.codes import CODES
from core.concepts.faster.shards import batches, data_of, sizes_of
from core.concepts.faster.ways import WAY_NAMES, WAYS, Gradients, Local, Team, Way
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.layers import Workspace
from core.stacked.nets import MLP
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

    from core.stacked.data import Split

WayName = Literal["whole", "gradients", "weights", "stale", "few_bits", "memory"]
N_CLASSES, N_FRAMES = 10, 33
START = 0
"""What random numbers are for: initial weights. Splits and batches have purposes of their own."""
LOST = 0.7
"""From this share of mistakes on a way is said to have failed; a guess has 0.9."""
MEGABIT = 1e6
MEAN = "mean"
"""Beside the workers' nets the one that is the mean of them."""


class Config(BaseConfig):
    """Who works how, on which images."""

    ways: tuple[WayName, ...] = setting(
        get_args(WayName), "How the workers come to one net", names=WAY_NAMES,
        label="Ways to share the work",
    )
    n_workers: Literal["2", "4", "8"] = setting(
        "4", "Each has its own part of the 1000 training images", label="Workers",
        names={n: f"{n} workers" for n in ("2", "4", "8")},
    )
    shards: Literal["mixed", "sorted"] = setting(
        "mixed", "What each worker's images are", label="Images of a worker",
        names={"mixed": "Of all digits", "sorted": "Sorted by digit"},
    )
    load: Literal["equal", "plain", "weighted"] = setting(
        "equal", "Whether all workers have as many images in a step, and how the mean counts them",
        label="Images per step", names={
            "equal": "Equally many", "plain": "Unequal, plain mean",
            "weighted": "Unequal, weighted mean"},
    )
    every: int = setting(
        16, "Steps between two averagings of weights", ge=1, le=256, log=True, unit="steps",
        label="Average weights every",
    )
    delay: int = setting(
        4, "How old stale gradients are", ge=0, le=16, unit="steps", label="Delay",
    )
    code: Literal["8", "4", "2", "1", "top5", "top1"] = setting(
        "2", "How a gradient is written where there are few bits",
        names={key: code.label for key, code in CODES.items()}, label="Few bits",
    )
    learning_rate: float = setting(0.1, "Of all ways", ge=0.003, le=1, log=True)
    momentum: float = setting(
        0.0, "Of the update that follows the gradient", ge=0, le=0.95, step=0.05)
    norm: Literal["none", "batch"] = setting(
        "none", "Whether hidden layers are normalised, each worker's by its own images",
        names={"none": "None", "batch": "Batch norm"}, group="Network",
    )
    batch_size: int = setting(
        16, "Of one worker, where all have equally many", ge=4, le=32, unit="images", step=4,
    )
    n_steps: int = setting(256, "Updates", ge=16, le=512, unit="steps", step=16)
    n_seeds: int = setting(
        5, "Repetitions, each with its own images, start and order", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_ways(self) -> Config:
        each_once("ways", self.ways, get_args(WayName))
        return self


def team_of(config: Config) -> Team:
    """What the workers agreed on."""
    sizes = sizes_of(int(config.n_workers), config.batch_size, config.load == "equal")
    net = MLP((64, 64, N_CLASSES), batch_norm=config.norm == "batch")
    return Team(net, sizes, config.load == "weighted", config.learning_rate, config.momentum,
                config.every, config.delay, config.code)


def start_of(net: MLP, seeds: range) -> Tensor:
    """Untrained nets, (seed, P)."""
    return torch.from_numpy(
        np.stack([net.init(np.random.default_rng((seed, START))) for seed in seeds]))


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All ways, step by step, on the same images."""
    team, split, t = team_of(config), data_of(config.seeds), 0
    start, gradients = start_of(team.net, config.seeds), Gradients(team.net)
    ways: dict[str, Way] = {
        key: WAYS[key](team, gradients, start) for key in config.ways}
    measuring = Measuring(config, split, ways, gradients)

    def measure() -> Measured:
        return measuring.at(t)

    yield 0, measure
    images = batches(split, config.seeds, team.sizes, config.n_steps, config.shards == "sorted")
    for t, batch in enumerate(images, 1):
        for way in ways.values():
            way.step(*batch)
        measuring.batch = batch
        yield t, measure


class Measuring:
    """Measures all ways.

    Attributes:
        batch: The images and labels of the last step.
    """

    def __init__(
        self, config: Config, split: Split, ways: Mapping[str, Way], gradients: Gradients
    ) -> None:
        self.config, self.split, self.ways, self.gradients = config, split, ways, gradients
        self.batch: tuple[Tensor, Tensor] | None = None

    def at(self, t: int) -> Measured:
        """The arrays and notes after t updates."""
        errors = np.stack([self._errors(way.nets) for way in self.ways.values()])
        arrays = {
            "test_error": errors, "gap": np.stack([self._gap(w) for w in self.ways.values()]),
            "sent": np.array([way.bits / MEGABIT for way in self.ways.values()]),
        }
        if isinstance(local := self.ways.get("weights"), Local):
            arrays["known"] = self._known(local)
        notes = list(self._notes(t, errors))
        return {name: a.astype(np.float32) for name, a in arrays.items()}, notes

    def _said(self, nets: Tensor, x: Tensor) -> Tensor:
        """Outputs of nets (K, P) on images (K, features, n)."""
        net = self.gradients.net
        stack = net.bind(nets.contiguous(), torch.empty_like(nets), Workspace())
        return stack.forward(x.contiguous(), train=net.batch_norm)

    def _errors(self, nets: Tensor) -> np.ndarray:
        """On new images, (seed,)."""
        z = self._said(nets, self.split.test_x)
        right = (z.argmax(1) == self.split.test_y.argmax(1)).float().mean(1)
        return (1 - torch.where(z.isfinite().flatten(1).all(1), right, 0)).numpy()

    def _gap(self, way: Way) -> np.ndarray:
        """How far what the last update followed is from the gradient of the whole batch at the
        weights that were there, as a share of that one's length, (seed,).
        """
        if self.batch is None:
            return np.full(self.config.n_seeds, np.nan)
        true = self.gradients(way.before, *self.batch)
        gap = (way.followed - true).norm(dim=1) / true.norm(dim=1)
        return torch.where(gap.isfinite(), gap, torch.nan).numpy()

    def _known(self, local: Local) -> np.ndarray:
        """What share of each digit the first seed's workers get right, and the mean of their nets:
        (worker, class).
        """
        nets = torch.cat([local.own[:, 0], self._mean_of_workers(local)])
        x, classes = self.split.test_x[:1], self.split.test_y[0].argmax(0)
        right = self._said(nets, x.expand(len(nets), -1, -1)).argmax(1) == classes
        return np.stack([right[:, classes == c].float().mean(1).numpy()
                         for c in range(N_CLASSES)], 1)

    def _mean_of_workers(self, local: Local) -> Tensor:
        """The mean of the workers' nets as they were before the averaging, (1, P)."""
        return local.team.mean(local.own)[:1]

    def _notes(self, t: int, errors: np.ndarray) -> Iterator[Note]:
        if t < self.config.n_steps:
            return
        for way, error in zip(self.config.ways, np.median(errors, 1), strict=True):
            if error > LOST:
                yield Note("lost", {"way": way, "step": t, "error": f"{error:.0%}"}, way)


NOTES = {
    "lost": "{way}: after {step} steps {error} of new images are wrong. A smaller learning rate, "
            "less momentum, a shorter delay or more exchanges mend that.",
    **names_of("way", WAY_NAMES),
}

DIMS = {
    "test_error": ("step", "way", "seed"),
    "gap": ("step", "way", "seed"),
    "sent": ("step", "way"),  # Mbit, by one worker
    "known": ("step", "worker", "class"),  # of the first seed
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    workers = [str(i) for i in range(1, int(config.n_workers) + 1)]
    return {"way": list(config.ways), "seed": list(config.seeds),
            "worker": [*workers, MEAN], "class": list(range(N_CLASSES))}
