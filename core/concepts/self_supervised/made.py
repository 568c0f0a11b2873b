"""Made data: is it better to draw a training set than to label one?

Who knows a problem can generate examples of it, with labels, as many as are wanted. Digits are
drawn by rule, and vary as the real ones are known to vary, or less, or more. Nets learn from made
images alone, from a few labelled real ones, and from both, half of a batch each, as they are or in
random views; all of them read real digits that none has seen. Beside them stand the few real images
in views, which are made data, too, and all real images with their labels.

Papers: Tobin et al. 2017 (domain randomization: more variety than the real thing has, so that the
real thing is one more case of it).
Differs from the papers in: 10 x 10 pixels; digits drawn of lines, not rendered scenes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.self_supervised.drawing import KNOWN, draws, made
from core.concepts.self_supervised.images import (
    N_CLASSES,
    N_TRAIN,
    SIDE,
    Augmentation,
    Rngs,
    images_of,
)
from core.concepts.self_supervised.pictures import gallery, ink
from core.concepts.self_supervised.pretrain import falling
from core.concepts.self_supervised.supervised import Supervised, rows_with_labels
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

KnownName = Literal["place", "slant", "form", "pen", "noise"]
TEACHER_NAMES = {
    "made": "Made images", "both": "Made and few real", "both_views": "Made and few real, in views",
    "real": "Few real images", "views": "Few real, in views", "all": "All 1200 real",
}
TEACHERS = tuple(TEACHER_NAMES)
VARIETIES = (0.0, 0.5, 1.0, 1.5, 2.0)
"""How much made digits vary: 1 is as much as is true of the real ones."""
N_FRAMES = 12


class Config(BaseConfig):
    """What is known of real digits, and how many there are of each kind."""

    known: tuple[KnownName, ...] = setting(
        tuple(KNOWN), "In what made digits vary, as real ones do", names=KNOWN,
        label="What is known",
    )
    n_real: int = setting(3, "Labelled real images of each digit", ge=1, le=20, unit="a digit",
                          label="Real images")
    n_made: int = setting(40, "Made images of each digit", ge=1, le=100, unit="a digit",
                          label="Made images")
    n_steps: int = setting(200, "Updates of every net", ge=10, le=600, unit="steps", step=10)
    n_seeds: int = setting(
        4, "Repetitions, each with its own images, starts, draws and labels", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: images, initial weights, draws and labels", ge=0,
                        le=9999, group="Seeds")

    @model_validator(mode="after")
    def _each_once(self) -> Config:
        each_once("known", self.known, get_args(KnownName))
        return self


class AsTheyAre(Augmentation):
    """Images that are shown as they are."""

    def views(self, images: Tensor, rngs: Rngs) -> Tensor:
        return images


class Schools:
    """All nets, and what they learn from.

    Attributes:
        taught: Nets that see images as they are: per variety from made ones alone, then per
            variety from both, then from few real ones, and from all.
        viewing: Nets that see views: per variety of both, then of few real images.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        images = self.images = images_of("wandering", config.seeds)
        self._truth = torch.from_numpy(images.test_labels)
        drawn = [draws(config.n_made, np.random.default_rng((seed, 11))) for seed in config.seeds]
        self._made = [np.stack([made(d, variety, config.known) for d in drawn])
                      for variety in VARIETIES]
        few = rows_with_labels(images.train_labels, config.n_real, config.seeds)
        x = torch.cat([images.train, *map(torch.from_numpy, self._made)], 1)
        made_labels = np.stack([d.classes for d in drawn])
        labels = torch.from_numpy(np.concatenate(
            [images.train_labels, *[made_labels] * len(VARIETIES)], 1))
        every = torch.arange(N_TRAIN).expand(config.n_seeds, -1)
        n = made_labels.shape[1]
        own = [(N_TRAIN + i * n + torch.arange(n)).expand(config.n_seeds, -1)
               for i in range(len(VARIETIES))]
        self._few = few
        mixed = [evenly(of_made, few) for of_made in own]
        rows = [*own, *mixed, few, every]
        self.taught = Supervised(x, labels, rows, config.seeds, AsTheyAre(), config.n_steps)
        self.viewing = Supervised(x, labels, [*mixed, few], config.seeds, Augmentation(),
                                  config.n_steps)

    def step(self, t: int, factor: float) -> None:
        """The t-th update of all, from 1 on."""
        for nets in (self.taught, self.viewing):
            nets.step(t, factor)

    def at(self, t: int) -> dict[str, np.ndarray]:
        """The arrays of a frame."""
        test, n = self.images.test, len(VARIETIES)
        said = self.taught.said(test, 2 * n + 2)
        seen = self.viewing.said(test, n + 1)
        one = [said[2 * n : 2 * n + 1], seen[n:], said[2 * n + 1 :]]  # few, in views, all
        each = [said[:n], said[n : 2 * n], seen[:n], *(a.expand(n, -1, -1) for a in one)]
        right = torch.stack(each) == self._truth  # (teachers, varieties, S, m)
        of_class = torch.nn.functional.one_hot(self._truth, N_CLASSES).float()  # (S, m, classes)
        shares = torch.einsum("vsm,smc->vc", right[0].float(), of_class) / of_class.sum((0, 1))
        frame = {"accuracy": right.float().mean(-1).numpy(), "digits": shares.numpy()}
        return frame | (self._once() if t == 0 else {})

    def _once(self) -> dict[str, np.ndarray]:
        """Of the first seed: a made image of each digit per variety, and two real ones."""
        real = self.images.train[0, self._few[0].view(N_CLASSES, -1)[:, 0]].numpy()
        labels = self.images.test_labels[0]
        new = self.images.test[0].numpy()[[int(np.flatnonzero(labels == c)[0])
                                          for c in range(N_CLASSES)]]
        rows = [*(images[0, :N_CLASSES] for images in self._made), real, new]
        return {"shown": gallery([ink(row) for row in rows]).astype(np.uint8)}


def evenly(of_made: Tensor, real: Tensor) -> Tensor:
    """Rows of made images, and those of real ones so often that about a half of all is real."""
    return torch.cat([of_made, real.repeat(1, max(1, round(of_made.shape[1] / real.shape[1])))], 1)


def steps(config: Config) -> list[int]:
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets from the same starts."""
    schools, t = Schools(config), 0

    def measure() -> Measured:
        return schools.at(t), ()

    yield t, measure
    for t in range(1, config.n_steps + 1):
        schools.step(t, falling(t, config.n_steps))
        yield t, measure


DIMS = {
    "accuracy": ("step", "teacher", "variety", "seed"),
    "digits": ("step", "variety", "digit"),
    "shown": ("y", "x"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "teacher": list(TEACHERS), "variety": list(VARIETIES), "seed": list(config.seeds),
        "digit": list(range(N_CLASSES)),
        "y": list(range((len(VARIETIES) + 2) * (SIDE + 1) - 1)),
        "x": list(range(N_CLASSES * (SIDE + 1) - 1)),
    }
