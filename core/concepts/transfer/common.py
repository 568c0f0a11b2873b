"""What both labs share: how nets are pre-trained, and how they are then taught a new task.

Every seed has its own images, its own untrained net, and its own new last layer, the same for
all ways of starting: what is compared differs in its start alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.concepts.transfer.nets import Nets, net_of, stacked, start_of, wrong
from core.concepts.transfer.tasks import (
    IMAGE_NAMES,
    N_CLASSES,
    Labelled,
    Tasks,
    source_of,
    tasks_of,
)
from core.config import Config as BaseConfig
from core.config import setting
from core.experiment import recorded_steps
from core.stacked.data import Split, batches

if TYPE_CHECKING:
    from torch import Tensor

SOURCE_BATCH, TARGET_BATCH = 64, 24
SOURCE_RATE = 0.01
FEW_IMAGES = 100
"""Test images of the target that errors are measured on; at the last step, all."""

N_PRETRAINING_FRAMES, N_FRAMES = 6, 10


class CommonConfig(BaseConfig):
    """How nets are pre-trained, and how they are then taught."""

    rates: Literal["shared", "own"] = setting(
        "shared", "Whether fine-tuned nets learn at the rate of those from scratch",
        label="Learning rates", names={"shared": "The same for all", "own": "Fine-tuned: its own"},
    )
    learning_rate: float = setting(
        0.01, "The learning rate of nets from scratch", ge=0.001, le=0.1, log=True,
    )
    fine_tuning_rate: float = setting(
        0.003, "The learning rate of fine-tuned nets", ge=0.0003, le=0.1, log=True,
    )
    n_steps: int = setting(
        70, "Updates on the target's few labels", ge=20, le=300, unit="steps", step=20
    )
    n_pretraining: int = setting(
        100, "Updates on the source, before; 0 leaves the nets untrained", ge=0, le=400,
        unit="steps", step=10, label="Pre-training steps",
    )
    width: int = setting(
        8, "Channels of the first layer; the others have twice as many", ge=4, le=16,
        unit="channels", step=2, group="Network",
    )
    n_seeds: int = setting(
        3, "Repetitions, each with its own images, weights and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: images, initial weights and batches", ge=0, le=9999, group="Seeds"
    )
    data: Literal["strokes", "digits"] = setting(
        "strokes", "The images: of ten shapes, or of ten digits, five to learn first and five "
        "for which there are few labels", label="Images", names=IMAGE_NAMES,
    )


def both_stretches(config: CommonConfig) -> list[int]:
    """The recorded steps: those of pre-training, then those on the target."""
    before = np.linspace(0, config.n_pretraining, N_PRETRAINING_FRAMES)
    after = recorded_steps(config.n_steps, N_FRAMES)
    return sorted({*(round(t) for t in before), *(config.n_pretraining + t for t in after)})


@dataclass
class Learned:
    """A net's pre-training, seed by seed.

    Attributes:
        nets: One of each seed.
        test: New images of the source, and their labels.
        schedule: The batches to come.
    """

    nets: Nets
    test: tuple[Tensor, Tensor]
    schedule: Iterator[tuple[Tensor, Tensor]] = field(repr=False)

    def error(self) -> np.ndarray:
        """On new images of the source, (seed,)."""
        x, y = self.test
        return wrong(self.nets.read_out(self.nets.features(x)), y)


def pretraining_of(config: CommonConfig, tasks: Sequence[Tasks], source: str) -> Learned:
    """Untrained nets, and what they are to learn first."""
    parts = [source_of(of_seed, source, seed)
             for of_seed, seed in zip(tasks, config.seeds, strict=True)]
    learned, tested = (stacked(part) for part in zip(*parts, strict=True))
    net = net_of(config.data, config.width)
    nets = Nets(net, start_of(net, config.seeds), [SOURCE_RATE] * config.n_seeds)
    schedule = batches(
        Split(*learned, *tested), config.seeds, SOURCE_BATCH, config.n_pretraining)
    return Learned(nets, tested, schedule)


def all_tasks(config: CommonConfig) -> list[Tasks]:
    return [tasks_of(config.data, seed) for seed in config.seeds]


def falling(t: int, n_steps: int) -> float:
    """The factor of the learning rate at update t of 1 to n: half a cosine, down to nearly 0."""
    return (1 + math.cos(math.pi * (t - 1) / n_steps)) / 2


def rows_of_examples(tasks: Sequence[Labelled]) -> np.ndarray:
    """The ink of an image per class, a row for each task, a pixel apart: (y, x)."""
    rows = [np.hstack([_framed(images[labels == c]) for c in range(N_CLASSES)])
            for images, labels in tasks]
    return np.vstack(rows)[:-1, :-1]


def _framed(images: np.ndarray) -> np.ndarray:
    """The first one, its ink from 0 to 1, with an empty row and column after it."""
    if not len(images):  # a quarter of the image that no ink has its centre in
        return np.zeros((images.shape[1] + 1, images.shape[2] + 1))
    low, high = images.min(), images.max()
    return np.pad((images[0] - low) / (high - low), ((0, 1), (0, 1)))
