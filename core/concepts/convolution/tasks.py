"""The images: strokes or digits, the training set's and the test set's of every seed.

All images are (S, pixels, n) float32, standardised by two numbers of their seed's training set,
so that dense and convolutional nets learn from the same arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.data import DATA, stratified
from core.data.own import data_set, shape_of
from core.data.strokes import NAMES, SIDE, Strokes
from core.lazy import torch
from core.stacked.data import Split

if TYPE_CHECKING:
    from torch import Tensor

N_TEST = 500
N_MOVED = 200
"""Test images that are moved, per seed and distance."""
MOVES = (0, 1, 2, 3, 4)
"""How many pixels to the right a trained net's images are moved."""
SIDES = {"strokes": SIDE, "digits": 8}
CLASSES = {"strokes": NAMES, "digits": tuple("0123456789")}
N_CLASSES = 10


def side_of(data: str) -> int:
    """Pixels of an image's side; a visitor's own have come down to those of the digits."""
    return SIDES["digits" if shape_of(data) else data]


def classes_of(data: str) -> tuple[str, ...]:
    """What people read for the classes; a visitor's own are numbers here."""
    own = shape_of(data)
    return tuple(map(str, range(own.n_classes))) if own else CLASSES[data]


class Asked(Protocol):
    """What decides the images; the settings of a lab."""

    @property
    def data(self) -> str: ...
    @property
    def n_train(self) -> int: ...
    @property
    def noise(self) -> float: ...
    @property
    def shift(self) -> float: ...
    @property
    def rotation(self) -> float: ...
    @property
    def clutter(self) -> int: ...
    @property
    def pixels(self) -> str: ...
    @property
    def seeds(self) -> range: ...


@dataclass(frozen=True)
class Task:
    """What the nets of a run learn, and what they are asked.

    Attributes:
        split: Training and test images.
        moved: Test images that stand in the middle, moved by each of `MOVES`: per distance
            (S, pixels, N_MOVED), and the labels of all.
        background: What a pixel without ink is, per seed (S,).
        side: Of an image, in pixels.
    """

    split: Split
    moved: list[Tensor]
    moved_y: Tensor
    background: Tensor
    side: int


@dataclass(frozen=True)
class _Own:
    """One seed's images, (n, side, side), and labels."""

    train: np.ndarray
    train_y: np.ndarray
    test: np.ndarray
    test_y: np.ndarray
    middle: np.ndarray
    middle_y: np.ndarray


def task_of(config: Asked) -> Task:
    """The images of all seeds; each seed's depend on that seed alone."""
    make = _strokes if config.data == "strokes" else _collected
    own = [make(config, seed) for seed in config.seeds]
    mean = [float(one.train.mean()) for one in own]
    sd = [float(one.train.std()) for one in own]
    side = side_of(config.data)
    orders = [_order(config, seed) for seed in config.seeds]

    def ready(images: list[np.ndarray]) -> Tensor:
        rows = [((a - m) / s).reshape(len(a), -1)[:, order].T
                for a, m, s, order in zip(images, mean, sd, orders, strict=True)]
        return torch.from_numpy(np.stack(rows).astype(np.float32))

    split = Split(ready([one.train for one in own]), _one_hot([one.train_y for one in own]),
                  ready([one.test for one in own]), _one_hot([one.test_y for one in own]))
    moved = [ready([np.roll(one.middle, d, axis=2) for one in own]) for d in MOVES]
    background = torch.tensor([-m / s for m, s in zip(mean, sd, strict=True)])
    return Task(split, moved, _one_hot([one.middle_y for one in own]), background, side)


def _strokes(config: Asked, seed: int) -> _Own:
    how = Strokes(config.noise, config.shift, config.rotation, config.clutter)
    train, test, middle = (
        strokes.draw(n, np.random.default_rng((seed, purpose)))
        for strokes, n, purpose in ((how, config.n_train, 11), (how, N_TEST, 12),
                                    (replace(how, shift=0.0), N_MOVED, 13))
    )
    return _Own(*train, *test, *middle)


def _collected(config: Asked, seed: int) -> _Own:
    """Of scikit-learn's digits, or of a visitor's own images, whose ink is 0 to 1 already."""
    own = shape_of(config.data)
    pixels, y = data_set(config.data).everything() if own else DATA["digits"].everything()
    images = (pixels / (1 if own else 16)).astype(np.float32).reshape(-1, 8, 8)
    chosen, rest = stratified(y, config.n_train, np.random.default_rng((seed, 11)))
    test, middle = rest[:N_TEST], rest[:N_MOVED]
    return _Own(images[chosen], y[chosen], images[test], y[test], images[middle], y[middle])


def _order(config: Asked, seed: int) -> np.ndarray:
    """Which pixel stands where: each in its place, or in one that is drawn once per seed."""
    n = side_of(config.data) ** 2
    if config.pixels == "in_place":
        return np.arange(n)
    return np.random.default_rng((seed, 14)).permutation(n)


def _one_hot(labels: list[np.ndarray]) -> Tensor:
    """(S, classes, n)"""
    rows = np.eye(N_CLASSES, dtype=np.float32)[np.stack(labels)]
    return torch.from_numpy(rows).transpose(1, 2).contiguous()
