"""What can be learned before anybody labels? Nets learn which views are of one image.

An image is shifted, turned and brightened at random, twice; a net learns to give both views the
same place on a sphere, and different images different ones. Nobody says what is on the images.
Then a linear model learns the classes from one to ten labelled images of each, on what the net
makes of them; beside it are the same encoder taught by these labels alone, in the same views, and
models that look at the pixels.

Papers: Chen et al. 2020 (SimCLR), Chen & He 2021 (SimSiam), Grill et al. 2020 (BYOL), Wang & Isola
2020 (alignment and uniformity).
Differs from the papers in: dense encoders on images of 10 x 10 pixels; the learning rate falls to
0 without a warm-up; BYOL's slow copy keeps a fixed share of itself; the linear model is fitted to
the head's output, not to the features below it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from core.concepts.self_supervised.methods import METHOD_NAMES, METHODS, Options
from core.concepts.self_supervised.pictures import gallery, ink
from core.concepts.self_supervised.supervised import Supervised, rows_with_labels
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

MethodName = Literal["simclr", "attract", "simsiam", "byol"]
N_FRAMES = 24
LabelsName = Literal["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
LABELS_NAMES = {n: f"{n} image{'s' * (n != '1')}" for n in get_args(LabelsName)}
FEW: tuple[LabelsName, ...] = ("1", "3", "10")
"""Labelled images per class, where nothing else is asked for."""
ALL = N_TRAIN // N_CLASSES
"""All training images have a label: so many of each class on average. With all of them is measured
after the last step only: it takes a second, and the first frame must not wait."""
BASELINE_NAMES = {"supervised": "Labels alone", "pixels": "Pixels, linear",
                  "neighbour": "Pixels, nearest"}
ALONE = "supervised"
LEARNER_NAMES = {**METHOD_NAMES, **BASELINE_NAMES}
N_POINTS = 16
"""Test images per class whose embeddings are shown; of the first seed."""
N_SORTED = 5
"""Of them, per class, those in the matrix of similarities."""
N_VIEWED = 200
"""New images whose two views are compared, of every seed."""
N_PAIRS = 8
"""Images of which two views are shown; of the first seed."""
COLLAPSED = 0.15
"""A spread below this is a collapse: the embeddings of all images are nearly one point."""


def numbers(labels: Sequence[str]) -> list[int]:
    """Of labelled images per class, the smallest first."""
    return sorted(map(int, labels))


class Config(BaseConfig):
    """What is learned from, in which views, and by which method."""

    methods: tuple[MethodName, ...] = setting(
        ("simclr",), "Ways to learn without labels: the same images, views and starts",
        names=METHOD_NAMES,
    )
    labels_alone: bool = setting(
        True, "Train also nets that are taught by the labels alone, in the same views",
        label="Beside them: labels alone",
    )
    data: Literal["wandering", "plain", "background"] = setting(
        "wandering", "The images; 1200 to learn from, 597 new ones", label="Images",
        names=IMAGE_NAMES,
    )
    labels: tuple[LabelsName, ...] = setting(
        FEW, "Labelled images of each digit that are tried; all 1200 are, too, at the end",
        names=LABELS_NAMES, label="Labels of each digit",
    )
    n_steps: int = setting(
        300, "Updates of every net", ge=10, le=1000, unit="steps", step=10,
    )
    shift: float = setting(
        1.0, "How far a view is shifted at most, to each side", ge=0, le=2, step=0.25,
        unit="pixels", group="Views",
    )
    rotation: float = setting(
        15.0, "How far a view is turned at most, to each side", ge=0, le=45, step=5,
        unit="degrees", group="Views",
    )
    scale: float = setting(
        0.15, "How much larger or smaller a view may be, as a logarithm", ge=0, le=0.3, step=0.05,
        group="Views", label="Size",
    )
    brightness: float = setting(
        0.3, "How much brighter or darker a view may be, as a logarithm", ge=0, le=0.6, step=0.1,
        group="Views",
    )
    noise: float = setting(
        0.0, "Standard deviation of the noise that a view gets", ge=0, le=0.3, step=0.05,
        group="Views",
    )
    erase: int = setting(
        0, "Side of a square that is emptied in a view", ge=0, le=4, step=1, unit="pixels",
        group="Views", label="Erased square",
    )
    temperature: float = setting(
        0.5, "SimCLR's: the lower, the more only the nearest others count", ge=0.05, le=2,
        log=True, group="Method",
    )
    stop_gradient: bool = setting(
        True, "SimSiam's: what is predicted is held fixed while it is predicted",
        group="Method", label="Stop-gradient",
    )
    norm: bool = setting(
        True, "Batch norm in the heads and predictors of SimSiam and BYOL", group="Method",
        label="Batch norm",
    )
    slowness: float = setting(
        0.99, "How much of itself BYOL's slow copy keeps at an update", ge=0.5, le=0.999,
        step=0.001, group="Method",
    )
    head: bool = setting(
        True, "Whether there is a head, two layers, between features and embedding",
        group="Network",
    )
    n_numbers: int = setting(
        32, "Numbers of an embedding; with three, the picture shows all of it", ge=3, le=64,
        step=1, unit="numbers", group="Network", label="Embedding",
    )
    batch_size: int = setting(
        64, "Images in a batch, each in two views; the others are SimCLR's negatives", ge=8,
        le=256, step=8, unit="images", group="Training",
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
    def _each_once(self) -> Config:
        each_once("methods", self.methods, get_args(MethodName))
        each_once("labels", self.labels, get_args(LabelsName))
        return self

    @property
    def augmentation(self) -> Augmentation:
        """How views are drawn."""
        return Augmentation(self.shift, self.rotation, self.scale, self.brightness, self.noise,
                            self.erase)

    @property
    def size(self) -> int:
        """Of an embedding."""
        return self.n_numbers if self.head else nets.FEATURES


def learner_of(config: Config, name: str) -> Learner:
    """Untrained nets of one method."""
    method = METHODS[name]
    shapes = nets.shapes_of(config.n_numbers, config.head, method.norm and config.norm,
                            method.predictor)
    options = Options(config.temperature, config.stop_gradient)
    return Learner(method, shapes, config.seeds, config.learning_rate, options, config.slowness)


def learners(config: Config) -> list[str]:
    """All whose accuracy is measured: the methods, then what they are compared with."""
    beside = [name for name in BASELINE_NAMES if name != ALONE or config.labels_alone]
    return [*config.methods, *beside]


def falling(t: int, n_steps: int) -> float:
    """The factor of the learning rate at update t of 1 to n: half a cosine, down to nearly 0."""
    return (1 + math.cos(math.pi * (t - 1) / n_steps)) / 2


def steps(config: Config) -> list[int]:
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All methods on the same views; beside them, nets that are taught by a few labels."""
    measuring, t = Measuring(config), 0
    learners, taught = measuring.learners, measuring.taught
    drawn = views.pairs(measuring.images.train, config.seeds, config.augmentation,
                        config.batch_size, config.n_steps)

    def measure() -> Measured:
        return measuring.at(t)

    yield t, measure
    for t in range(1, config.n_steps + 1):
        factor = falling(t, config.n_steps)
        first, second = next(drawn)
        for learner in learners:
            learner.step(first, second, factor)
        if taught:
            taught.step(t, factor)
        yield t, measure


@dataclass(frozen=True)
class Labelled:
    """Images whose labels are known, and which of them count.

    Attributes:
        x: (S, n, pixels)
        classes: (S, n)
        rows: Per number of labels those that have one, (S, how many).
    """

    x: Tensor
    classes: Tensor
    rows: Sequence[Tensor]

    def each(self, z: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """For each number of labels what there is of images with one: embeddings and classes.

        Args:
            z: Embeddings of all images, (S, n, d).
        """
        for rows in self.rows:
            some = z.gather(1, rows[..., None].expand(-1, -1, z.shape[2]))
            yield some, self.classes.gather(1, rows)


class Measuring:
    """Measures what all nets have come to, always on the same images, views and labels."""

    def __init__(self, config: Config) -> None:
        self.config = config
        images = self.images = images_of(config.data, config.seeds)
        self._classes = torch.from_numpy(images.train_labels)
        self._truth = torch.from_numpy(images.test_labels)
        every = torch.arange(N_TRAIN).expand(config.n_seeds, -1)
        few = numbers(config.labels)
        self._rows = [*(rows_with_labels(images.train_labels, n, config.seeds) for n in few),
                      every]
        self._whole = Labelled(images.train, self._classes, self._rows)
        self._few = most_of(self._whole, few)
        self.learners = [learner_of(config, name) for name in config.methods]
        self.taught = Supervised(
            images.train, self._classes, self._rows, config.seeds, config.augmentation,
            config.n_steps) if config.labels_alone else None
        self._views = views.of_tests(images.test[:, :N_VIEWED], config.augmentation, config.seeds)
        self._pairs = views.shown(images.test[0, :N_PAIRS], config.augmentation, config.seed)
        self._points = sorted_points(images.test_labels[0])
        self._axes = [measures.Axes() for _ in config.methods]

    def at(self, t: int) -> Measured:
        """The arrays and notes after t updates."""
        self._known = self._whole if t == self.config.n_steps else self._few
        found = [self._method(i) for i in range(len(self.learners))]
        arrays = {name: np.stack([f[name] for f in found]) for name in found[0]}
        if t == 0:
            arrays |= self._once()
        if t in (0, self.config.n_steps):
            self._fixed = self._pixels()
        right = arrays["accuracy"]
        if self.taught:
            said = self.taught.said(self.images.test, len(self._known.rows))
            right = np.concatenate([right, self._right(said)[None]])
        right = np.concatenate([right, self._fixed])
        left_out = ((0, 0), (0, len(self._rows) - right.shape[1]), (0, 0))
        arrays["accuracy"] = np.pad(right, left_out, constant_values=np.nan)
        return _as_frame(arrays), list(self._notes(t, arrays))

    def _right(self, said: Tensor) -> np.ndarray:
        """The share of the test images whose class is said: (..., S, m) to (..., S)."""
        return (said == self._truth).float().mean(-1).numpy()

    def _method(self, i: int) -> dict[str, np.ndarray]:
        """All of one method."""
        learner = self.learners[i]
        _, train = learner.embedded(self._known.x)
        _, test = learner.embedded(self.images.test)
        first, second = (learner.embedded(x)[1] for x in self._views)
        shown = [learner.embedded(x.expand(self.config.n_seeds, -1, -1))[1][0]
                 for x in self._pairs]
        points = test[0, self._points]
        return {
            "accuracy": np.stack([self._right(measures.probe(*some, test))
                                  for some in self._known.each(train)]),
            "alignment": measures.alignment(first, second).numpy(),
            "uniformity": measures.uniformity(test).numpy(),
            "spread": measures.spread(test).numpy(),
            "singular": measures.singular_values(test).numpy(),
            "places": self._axes[i].of(test[0])[self._points].numpy(),
            "embedding": points.numpy(),
            "similarity": _similarities(points),
            "pair_similarity": (shown[0] * shown[1]).sum(1).numpy(),
        }

    def _pixels(self) -> np.ndarray:
        """What the pixels themselves are good for: (baseline, numbers of labels, S)."""
        test, known = self.images.test, self._known
        return np.stack([
            [self._right(read(*some, test)) for some in known.each(known.x)]
            for read in (measures.probe, measures.nearest)])

    def _once(self) -> dict[str, np.ndarray]:
        """What does not change: the images that are shown, of the first seed."""
        shown = self.images.test[0, self._points]
        rows = [self.images.test[0, :N_PAIRS], *self._pairs]
        return {
            "images": ink(shown.numpy()),
            "class": self.images.test_labels[0, self._points],
            "pair_images": gallery([ink(row.numpy()) for row in rows]),
        }

    def _notes(self, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
        for name, spread in zip(self.config.methods, arrays["spread"], strict=True):
            if t and (spread < COLLAPSED).all():
                yield Note(f"collapsed.{name}", {
                    "step": t, "spread": f"{np.median(spread):.2f}",
                    "n_seeds": self.config.n_seeds}, name)


def most_of(known: Labelled, few: Sequence[int]) -> Labelled:
    """Of labelled images those alone that count with the largest of some numbers of labels.

    Args:
        few: Per class, as the first rows of `known` have them: the largest one last.
    """
    most = known.rows[len(few) - 1]
    place = torch.arange(most.shape[1]).view(N_CLASSES, -1)  # class by class
    return Labelled(
        known.x.gather(1, most[..., None].expand(-1, -1, known.x.shape[2])),
        known.classes.gather(1, most),
        [place[:, :n].flatten().expand(len(most), -1) for n in few])


def sorted_points(labels: np.ndarray) -> np.ndarray:
    """Positions of the first `N_POINTS` of each class, class by class."""
    return np.concatenate([np.flatnonzero(labels == c)[:N_POINTS] for c in range(N_CLASSES)])


def _similarities(points: Tensor) -> np.ndarray:
    """Cosines of some images of each class with each other, class by class."""
    some = points.unflatten(0, (N_CLASSES, N_POINTS))[:, :N_SORTED].flatten(0, 1)
    return (some @ some.T).numpy()


SMALL = ("embedding", "places", "similarity", "singular")
"""Arrays that are sent in half precision."""
BYTES = ("images", "class", "pair_images")


def _as_frame(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    kinds = {**dict.fromkeys(SMALL, np.float16), **dict.fromkeys(BYTES, np.uint8)}
    return {name: np.asarray(a, kinds.get(name, np.float32)) for name, a in arrays.items()}


NOTES = {
    "collapsed.simclr": "SimCLR has collapsed at step {step}: in all {n_seeds} seeds the "
                        "embeddings of all images are nearly one point (spread {spread}). A "
                        "smaller learning rate mends it.",
    "collapsed.attract": "Without negatives all has collapsed by step {step}: in all {n_seeds} "
                         "seeds every image has nearly the same embedding (spread {spread}), "
                         "whatever is on it. Views agree perfectly. SimCLR, or SimSiam with its "
                         "stop-gradient and batch norm, mends it.",
    "collapsed.simsiam": "SimSiam has collapsed by step {step}: in all {n_seeds} seeds every "
                         "image has nearly the same embedding (spread {spread}). Stop-gradient "
                         "and batch norm together mend it.",
    "collapsed.byol": "BYOL has collapsed by step {step}: in all {n_seeds} seeds every image has "
                      "nearly the same embedding (spread {spread}). Batch norm mends it.",
    **names("method", METHOD_NAMES),
}
DIMS = {
    "accuracy": ("step", "learner", "n_labels", "seed"),
    "alignment": ("step", "objective", "seed"),
    "uniformity": ("step", "objective", "seed"),
    "spread": ("step", "objective", "seed"),
    "singular": ("step", "objective", "seed", "number"),
    "places": ("step", "objective", "point", "xyz"),
    "embedding": ("step", "objective", "point", "number"),
    "similarity": ("step", "objective", "image", "other"),
    "pair_similarity": ("step", "objective", "pair"),
    "images": ("point", "pixel"),
    "class": ("point",),
    "pair_images": ("y", "x"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    some = list(range(N_SORTED * N_CLASSES))
    return {
        "objective": list(config.methods), "learner": learners(config),
        "n_labels": [*numbers(config.labels), ALL], "seed": list(config.seeds),
        "number": list(range(1, config.size + 1)), "point": list(range(N_POINTS * N_CLASSES)),
        "xyz": ["x", "y", "z"], "image": some, "other": some, "pair": list(range(N_PAIRS)),
        "pixel": list(range(SIDE * SIDE)), "y": list(range(3 * (SIDE + 1) - 1)),
        "x": list(range(N_PAIRS * (SIDE + 1) - 1)),
    }
