"""What is a handful of labels worth, and how is it best spent?

Nets learn from views of images that nobody has labelled, as in the lab of views: SimCLR, with a
head and without one. Then labels come, from one to ten of each digit, or all. A linear model reads
what the nets have learned, behind the head or before it; or all weights go on learning, from the
labels. Beside them are the same net taught by these labels alone, in the same batches and views,
and models that look at the pixels.

Papers: Chen et al. 2020 (SimCLR), whose section 4.2 reads before the head, and 2.1 throws the head
away before all weights are tuned.
Differs from the papers in: dense encoders on images of 10 x 10 pixels; Adam at one rate for all
that learns from labels, which falls to 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.self_supervised import measures, nets, views
from core.concepts.self_supervised.images import (
    IMAGE_NAMES,
    N_CLASSES,
    N_TRAIN,
    SIDE,
    Augmentation,
    images_of,
)
from core.concepts.self_supervised.learning import Learner
from core.concepts.self_supervised.methods import METHODS, Options, unit
from core.concepts.self_supervised.pictures import gallery, ink
from core.concepts.self_supervised.pretrain import (
    ALL,
    FEW,
    LABELS_NAMES,
    Labelled,
    LabelsName,
    falling,
    most_of,
    numbers,
)
from core.concepts.self_supervised.supervised import Supervised, rows_with_labels
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

READER_NAMES = {
    "head": "Linear, behind the head", "features": "Linear, before the head",
    "headless": "Linear, net without a head", "tuned": "All weights tuned",
    "supervised": "Labels alone", "pixels": "Pixels, linear", "neighbour": "Pixels, nearest",
}
READERS = tuple(READER_NAMES)
"""Who reads new digits, in the order of the arrays."""
N_FRAMES = 6
"""Of each of the two parts, about."""
N_NUMBERS = 32
"""Of an embedding."""


class Config(BaseConfig):
    """How long is learned without labels, in which views, and how long with them."""

    data: Literal["wandering", "plain", "background"] = setting(
        "wandering", "The images; 1200 to learn from, 597 new ones", label="Images",
        names=IMAGE_NAMES,
    )
    labels: tuple[LabelsName, ...] = setting(
        FEW, "Labelled images of each digit that are tried; all 1200 are, too",
        names=LABELS_NAMES, label="Labels of each digit",
    )
    unlabelled_steps: int = setting(
        250, "Updates on images without labels", ge=0, le=1000, unit="steps", step=10,
        label="Steps without labels",
    )
    labelled_steps: int = setting(
        250, "Updates after the labels have come, of the nets that learn from labels", ge=10,
        le=600, unit="steps", step=10, label="Steps with labels",
    )
    shift: float = setting(
        1.0, "How far a view is shifted at most, to each side", ge=0, le=2, step=0.25,
        unit="pixels", group="Views",
    )
    rotation: float = setting(
        15.0, "How far a view is turned at most, to each side", ge=0, le=45, step=5,
        unit="degrees", group="Views",
    )
    temperature: float = setting(
        0.5, "SimCLR's: the lower, the more only the nearest others count", ge=0.05, le=2,
        log=True, group="Training",
    )
    batch_size: int = setting(
        64, "Images without labels in a batch, each in two views", ge=8, le=256, step=8,
        unit="images", group="Training",
    )
    learning_rate: float = setting(
        0.005, "Adam's, of what learns without labels; it falls to 0", ge=0.0001, le=0.02,
        log=True, group="Training",
    )
    n_seeds: int = setting(
        4, "Repetitions, each with its own images, starts, views and labels", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: images, initial weights, views and labels", ge=0, le=9999,
        group="Seeds",
    )

    @model_validator(mode="after")
    def _labels_once(self) -> Config:
        each_once("labels", self.labels, get_args(LabelsName))
        return self

    @property
    def augmentation(self) -> Augmentation:
        """How views are drawn."""
        return Augmentation(self.shift, self.rotation)


def steps(config: Config) -> list[int]:
    """Of the part without labels, and of the part with them, which goes on counting."""
    first = recorded_steps(config.unlabelled_steps, N_FRAMES)
    then = recorded_steps(config.labelled_steps, N_FRAMES)
    return sorted({*first, *(config.unlabelled_steps + t for t in then)})


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Views first, of images that nobody has labelled; then labels."""
    reading = Reading(config)
    t, n, m = 0, config.unlabelled_steps, config.labelled_steps
    drawn = views.pairs(reading.images.train, config.seeds, config.augmentation,
                        config.batch_size, n) if n else None

    def measure() -> Measured:
        return reading.at(t), ()

    yield t, measure
    for t in range(1, n + 1):
        assert drawn
        first, second = next(drawn)
        for learner in (reading.headed, reading.headless):
            learner.step(first, second, falling(t, n))
        yield t, measure
    reading.tuned.take(reading.headed.parameters)
    for t in range(n + 1, n + m + 1):
        factor = falling(t - n, m)
        x, y = reading.alone.batch(t - n)
        for net in (reading.alone, reading.tuned):
            net.learn(x, y, factor)
        yield t, measure


class Reading:
    """All that reads new digits, always the same ones.

    Attributes:
        headed, headless: Nets that learn without labels, one per seed.
        alone: Nets that learn from labels alone, one per number of labels and seed.
        tuned: The same nets, that go on from the encoders of `headed`.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        images = self.images = images_of(config.data, config.seeds)
        classes = torch.from_numpy(images.train_labels)
        self._truth = torch.from_numpy(images.test_labels)
        few = numbers(config.labels)
        rows = [rows_with_labels(images.train_labels, n, config.seeds) for n in few]
        rows.append(torch.arange(N_TRAIN).expand(config.n_seeds, -1))
        self._all = Labelled(images.train, classes, rows)
        self._few = most_of(self._all, few)
        options = Options(config.temperature, stop_gradient=True)
        self.headed, self.headless = (
            Learner(METHODS["simclr"], nets.shapes_of(N_NUMBERS, head, False, False),
                    config.seeds, config.learning_rate, options, slowness=0.0)
            for head in (True, False))
        self.alone, self.tuned = (
            Supervised(images.train, classes, rows, config.seeds, config.augmentation,
                       config.labelled_steps) for _ in range(2))
        self._first = [int(np.flatnonzero(images.test_labels[0] == c)[0])
                       for c in range(N_CLASSES)]  # of the new images that are shown

    def at(self, t: int) -> dict[str, np.ndarray]:
        """The arrays of a frame."""
        n = self.config.unlabelled_steps
        if t <= n:  # nothing is learned without labels any more
            known = self._all if t == n else self._few
            self._read = [*self._linear(known)]
            self.tuned.take(self.headed.parameters)
        if t in (0, n):
            self._fixed = [*self._pixels(known)]
        n_numbers = len(self._all.rows)
        said = [*self._read, *(list(net.said(self.images.test, n_numbers))
                               for net in (self.tuned, self.alone)), *self._fixed]
        right = np.full((len(READERS), n_numbers, self.config.n_seeds), np.nan, np.float32)
        for reader, by_number in enumerate(said):
            for i, classes in enumerate(by_number):
                right[reader, i] = (classes == self._truth).float().mean(1).numpy()
        shown = torch.stack([by_number[0][0, self._first] for by_number in said]).numpy()
        verdict = np.where(shown == np.arange(N_CLASSES), 1, -1)
        frame = {"accuracy": right, "said": shown.astype(np.uint8),
                 "verdict": verdict.astype(np.int8)}
        return frame | (self._once() if t == 0 else {})

    def _linear(self, known: Labelled) -> Iterator[list[Tensor]]:
        """What linear models say, by number of labels (S, m): behind the head, before it, and of
        nets without one.
        """
        (h, z), (h_new, z_new) = (self.headed.embedded(x) for x in (known.x, self.images.test))
        _, bare = self.headless.embedded(known.x)
        _, bare_new = self.headless.embedded(self.images.test)
        for own, new in ((z, z_new), (unit(h), unit(h_new)), (bare, bare_new)):
            yield [measures.probe(*some, new) for some in known.each(own)]

    def _pixels(self, known: Labelled) -> Iterator[list[Tensor]]:
        for read in (measures.probe, measures.nearest):
            yield [read(*some, self.images.test) for some in known.each(known.x)]

    def _once(self) -> dict[str, np.ndarray]:
        """Of the first seed: a labelled image of each digit, and new ones."""
        labelled = self.images.train[0, self._all.rows[0][0].view(N_CLASSES, -1)[:, 0]]
        rows = [labelled, self.images.test[0, self._first]]
        return {"shown": gallery([ink(row.numpy()) for row in rows]).astype(np.uint8)}


DIMS = {
    "accuracy": ("step", "reader", "n_labels", "seed"),
    "said": ("step", "reader", "digit"),
    "verdict": ("step", "reader", "digit"),
    "shown": ("y", "x"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "reader": list(READERS), "n_labels": [*numbers(config.labels), ALL],
        "seed": list(config.seeds), "digit": list(range(N_CLASSES)),
        "y": list(range(2 * (SIDE + 1) - 1)),
        "x": list(range(N_CLASSES * (SIDE + 1) - 1)),
    }
