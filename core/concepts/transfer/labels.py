"""When is a trained net a better start? Error against the number of labels.

A net learns five classes of which there are many images. Then five others are to be learned, of
which there are few: by a net from scratch, by the trained net going on (fine-tuned), by a new
last layer on the trained net as it is (frozen), and on an untrained one.

Papers: Yosinski et al. 2014 (how transferable features are), Kornblith et al. 2019 (fine-tuned
and frozen against labels).
Differs from the papers in: nets of three convolutions on images of 16 x 16 or 8 x 8 pixels,
pre-trained for a hundred steps or two on 2000 images of five classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.transfer.common import (
    FEW_IMAGES,
    CommonConfig,
    Learned,
    all_tasks,
    both_stretches,
    falling,
    pretraining_of,
    rows_of_examples,
)
from core.concepts.transfer.embedding import Plane, fisher_plane, points_of
from core.concepts.transfer.nets import Nets, stacked, start_of, with_new_head
from core.concepts.transfer.target import Few, confusions, errors
from core.concepts.transfer.tasks import N_CLASSES, SIDES, SOURCE_NAMES, Tasks, source_of
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.lazy import torch
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

METHOD_NAMES = {
    "scratch": "From scratch", "fine_tune": "Fine-tuned",
    "frozen_random": "Frozen, untrained", "frozen": "Frozen",
}
METHODS = tuple(METHOD_NAMES)
"""Whole nets from both starts, then last layers on both of them."""
TRAINED = METHODS[:2]
LAYERS = ("1", "2", "3")
N_POINTS = 20
"""Test images per class whose features are shown; of the first seed."""
HARDLY = 0.6
"""From this error on new images of the source a net has hardly learned it; a guess is 80 %."""

Labels = Literal["2", "5", "10", "20", "50", "100"]


class _Task(BaseConfig):
    """What this lab has beside the common settings; listed first."""

    source: Literal["classes", "permuted", "position", "shuffled"] = setting(
        "classes", "What is learned first, from 2000 images of the five other classes",
        names=SOURCE_NAMES,
    )
    labels: tuple[Labels, ...] = setting(
        ("2", "5", "20", "100"), "Labelled images of each of the five new classes",
        label="Labels per class", names={n: f"{n} labels" for n in get_args(Labels)},
    )


class Config(CommonConfig, _Task):
    """What is learned first, and from how many labels afterwards."""

    @model_validator(mode="after")
    def _some_labels(self) -> Config:
        each_once("labels", self.labels, get_args(Labels))
        return self


def labels(config: Config) -> list[int]:
    """From few to many, whatever the order of the choice."""
    return sorted(int(n) for n in config.labels)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return both_stretches(config)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The source first; then, from there and from untrained nets, all numbers of labels."""
    tasks = all_tasks(config)
    learned = pretraining_of(config, tasks, config.source)
    measuring = Measuring(config, tasks, learned)
    before, t = config.n_pretraining, 0

    def measure() -> Measured:
        return measuring.at(t)

    for t in range(before):
        yield t, measure
        learned.nets.step(*next(learned.schedule), falling(t + 1, before))
    for t in range(before, before + config.n_steps + 1):
        if t == before:
            measuring.begin()
        else:
            for few in measuring.few:
                few.step(t - before)
        yield t, measure


class Measuring:
    """Measures what there is: the pre-trained nets, and then all that go on from there.

    Until pre-training is over, whole nets are those of the first step, which know nothing, and
    there are no others.
    """

    def __init__(self, config: Config, tasks: Sequence[Tasks], learned: Learned) -> None:
        self.config, self.tasks, self.learned = config, tasks, learned
        net = learned.nets.net
        self._untrained = Nets(net, start_of(net, config.seeds), [0.0] * config.n_seeds)
        self._test = stacked([of_seed.test for of_seed in tasks])
        self._last = config.n_pretraining + config.n_steps
        few = self._test[1][0, :, :FEW_IMAGES].argmax(0).numpy()
        self._points = points_of(few, N_CLASSES, N_POINTS)
        self.few: list[Few] = []

    def begin(self) -> None:
        """The target begins for every number of labels, from the nets as they are now."""
        config = self.config
        own = config.fine_tuning_rate if config.rates == "own" else config.learning_rate
        rates = (config.learning_rate, own)
        self._starts = (self._untrained, self.learned.nets)
        pool = stacked([of_seed.pool for of_seed in self.tasks])
        frozen = torch.cat([nets.features(pool[0]) for nets in self._starts])
        self.few = [Few(config, pool, n, self._starts, frozen, rates) for n in labels(config)]
        self._frozen = torch.zeros(0)
        self._plane = self._plane_of_first_seed()

    def at(self, t: int) -> Measured:
        """The arrays and notes after t updates, those of pre-training included."""
        config, before = self.config, self.config.n_pretraining
        arrays = {"target_step": np.array(t - before), "source_step": np.array(min(t, before))}
        if t <= before:
            arrays["source_error"] = self.learned.error()
        if t == 0:
            first, _ = source_of(self.tasks[0], config.source, config.seed)
            arrays |= self._first()
            arrays["examples"] = rows_of_examples([first, self.tasks[0].pool])
        if t >= before:
            arrays |= self._target(slice(None if t == self._last else FEW_IMAGES))
        notes = list(self._notes(t, arrays))
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes

    def _places(self, features: Tensor) -> np.ndarray:
        """Of some test images of the first seed in the plane, (class, point, xy)."""
        seen = self._plane.of(features.T.numpy())
        return np.where(self._points[..., None] < 0, np.nan, seen[self._points])

    def _first(self) -> dict[str, np.ndarray]:
        """Of untrained nets with untrained last layers, whatever they are to learn."""
        net, seeds, n = self.learned.nets.net, self.config.seeds, len(labels(self.config))
        nets = Nets(net, with_new_head(net, self._untrained.p, seeds), [0.0] * len(seeds))
        x, y = (a[..., :FEW_IMAGES] for a in self._test)
        error = np.full((len(METHODS), n, len(seeds)), np.nan)
        error[: len(TRAINED)] = errors(nets.read_out(nets.features(x))[None], y)[:, None]
        return {
            "test_error": error, "train_error": np.full_like(error, np.nan),
            "gain": error - error[:1],
            "taken_for": np.full((len(METHODS), n, N_CLASSES, N_CLASSES), np.nan),
            "before": np.full((N_CLASSES, N_POINTS, 2), np.nan),
            "after": np.full((n, N_CLASSES, N_POINTS, 2), np.nan),
            "moved": np.zeros((len(TRAINED), n, len(LAYERS), len(seeds))),
        }

    def _target(self, some: slice) -> dict[str, np.ndarray]:
        """Of all methods and numbers of labels, on some of the test images."""
        x, y = (a[..., some] for a in self._test)
        if self._frozen.shape[-1] != x.shape[-1]:  # what is frozen says the same at every step
            self._frozen = torch.cat([nets.features(x) for nets in self._starts])
        features, said = zip(*(few.said(x, self._frozen) for few in self.few), strict=True)
        test = np.stack([errors(z, y) for z in said], 1)
        before = self._frozen.unflatten(0, (len(self._starts), -1))
        return {
            "before": self._places(before[1, 0]),
            "after": np.stack([self._places(f[1, 0]) for f in features]),
            "test_error": test, "gain": test - test[:1],
            "train_error": np.stack([few.train_errors() for few in self.few], 1),
            "taken_for": np.stack([confusions(z, y) for z in said], 1),
            "moved": np.stack([few.moved() for few in self.few], 1),
        }

    def _plane_of_first_seed(self) -> Plane:
        """In which the pre-trained net of the first seed, as it is, has the new classes apart."""
        x, y = (a[:1, :, :FEW_IMAGES] for a in self._test)
        nets = self.learned.nets
        return fisher_plane(nets.features(x.expand(len(nets.p), -1, -1))[0].T.numpy(),
                            y[0].argmax(0).numpy())

    def _notes(self, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
        if t == self.config.n_pretraining:
            error = float(np.median(arrays["source_error"]))
            if error >= HARDLY:
                yield Note("hardly", {"step": t, "error": f"{error:.0%}"})
        if t == self._last:
            worse = (arrays["gain"][METHODS.index("fine_tune")] > 0).all(1)
            if worse.any() and self.config.n_seeds > 1:
                where = ", ".join(str(n) for n, w in zip(labels(self.config), worse, strict=True)
                                  if w)
                yield Note("hurts", {"labels": where, "n_seeds": self.config.n_seeds})


NOTES = {
    "hardly": "After {step} pre-training steps {error} of new source images are still wrong: "
              "there was little to learn, or too little time.",
    "hurts": "With {labels} labels per class the fine-tuned nets end worse than those from "
             "scratch, in each of {n_seeds} seeds.",
}

DIMS = {
    "source_error": ("step", "seed"),
    "source_step": ("step",),
    "target_step": ("step",),
    "test_error": ("step", "variant", "n_labels", "seed"),
    "train_error": ("step", "variant", "n_labels", "seed"),
    "gain": ("step", "variant", "n_labels", "seed"),
    "taken_for": ("step", "variant", "n_labels", "class", "said"),
    "before": ("step", "class", "point", "xy"),
    "after": ("step", "n_labels", "class", "point", "xy"),
    "moved": ("step", "trained", "n_labels", "layer", "seed"),
    "examples": ("y", "x"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    side = SIDES[config.data] + 1
    return {
        "variant": list(METHODS), "trained": list(TRAINED), "n_labels": labels(config),
        "layer": list(LAYERS), "seed": list(config.seeds), "class": list(range(N_CLASSES)),
        "said": list(range(N_CLASSES)), "point": list(range(N_POINTS)), "xy": ["x", "y"],
        "y": list(range(2 * side - 1)), "x": list(range(N_CLASSES * side - 1)),
    }
