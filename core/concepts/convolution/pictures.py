"""What does a convolution know that a dense net does not? Both learn the same small images.

A convolutional net looks at every place with the same few weights; a dense one has a weight for
every pixel. They learn from the same images in the same order, seed by seed, and are asked about
new ones, about images that were moved, and about images whose pixels were all exchanged.

Papers: LeCun et al. 1998 (convolution, shared weights), Lin et al. 2014 (the mean of each map
before the last layer), Azulay & Weiss 2019 and Zhang 2019 (moved images change the answer).
Differs from the papers in: images of 16 x 16, nets of some thousand weights, hundreds of steps;
batch norm (Ioffe & Szegedy 2015) in every convolution, without which the mean does not train here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.convolution.augment import (
    AUGMENT_NAMES,
    AugmentName,
    Strength,
    augmented,
    generators,
)
from core.concepts.convolution.nets import (
    KINDS,
    NET_NAMES,
    NetName,
    Stack,
    made,
    multiply_adds,
)
from core.concepts.convolution.tasks import MOVES, Task, classes_of, side_of, task_of
from core.config import Config as BaseConfig
from core.config import RefusedError, between, each_once, setting
from core.data.own import OrOwn, shape_of
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import batches
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

MAX_FRAMES = 18
FEW_MOVED = 60
"""Moved images per seed and distance; at the last step, all."""
LOST = 0.8
"""From this training error on a net is said to have learned next to nothing; a guess has 0.9."""
N_LEARNED = 250
"""Training images that are asked again."""


LEAST_TRAIN, MOST_TRAIN = 100, 1200
LEAST_IMAGES = 300
ImagesName = Annotated[Literal["strokes", "digits"], OrOwn(
    "Grey has mean 0 and spread 1, by the training images of each seed.",
    lambda own: own.n_features == 64 and own.n >= LEAST_IMAGES,
    f"Here at least {LEAST_IMAGES} small images are needed, a row each.",
)]


def most_train(data: str) -> int:
    """The most training images of a seed: of a visitor's own about two thirds."""
    own = shape_of(data)
    return min(MOST_TRAIN, own.n * 2 // 3 // 100 * 100) if own else MOST_TRAIN


class Config(BaseConfig):
    """Which nets learn which images."""

    nets: tuple[NetName, ...] = setting(
        ("cnn", "mlp_equal", "mlp_nine"), "Each learns from the same images in the same order",
        names=NET_NAMES,
    )
    data: ImagesName = setting(
        "strokes", "Ten shapes drawn with a pen, 16 x 16, or handwritten digits, 8 x 8",
        names={"strokes": "Strokes", "digits": "Digits"}, label="Images",
    )
    n_train: int = setting(
        1000, "Images to learn from", ge=LEAST_TRAIN, le=MOST_TRAIN, step=100,
        label="Training images",
    )
    pixels: Literal["in_place", "scrambled"] = setting(
        "in_place", "Each where it belongs, or all exchanged, in the same way in every image",
        names={"in_place": "In place", "scrambled": "Scrambled"},
    )
    augment: tuple[AugmentName, ...] = setting(
        (), "What is changed in an image each time it is learned from", names=AUGMENT_NAMES,
    )
    noise: float = setting(
        0.15, "Standard deviation of every pixel's; ink is 0 to 1", ge=0, le=0.4, step=0.05,
        group="Strokes",
    )
    shift: float = setting(
        3.0, "How far from the middle a shape may stand, each way", ge=0, le=4, step=1,
        unit="pixels", group="Strokes",
    )
    rotation: float = setting(
        15.0, "How far a shape may be turned, either way", ge=0, le=45, step=5, unit="degrees",
        group="Strokes",
    )
    clutter: int = setting(
        1, "Lines that belong to no shape", ge=0, le=2, unit="lines", group="Strokes"
    )
    augment_shift: int = setting(
        2, "Of the augmentation, each way", ge=1, le=4, unit="pixels", group="Augmentation",
        label="Shift by",
    )
    augment_rotation: int = setting(
        20, "Of the augmentation, either way", ge=5, le=90, step=5, unit="degrees",
        group="Augmentation", label="Rotate by",
    )
    n_steps: int = setting(300, "Number of updates", ge=50, le=600, unit="steps", step=50)
    rates: Literal["own", "shared"] = setting(
        "own", "Each net at the rate that suits it, or all at the same", group="Training",
        names={"own": "Own good rate", "shared": "One for all"},
    )
    learning_rate: float = setting(
        0.01, "Adam's at the start; it falls to 0", ge=3e-4, le=0.1, log=True, group="Training"
    )
    batch_size: int = setting(
        32, "Images per update", ge=16, le=128, unit="images", step=16, group="Training"
    )
    n_seeds: int = setting(
        3, "Nets of each kind, each with its own images and weights", ge=1, le=8, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: images, initial weights, batches", ge=0, le=9999, group="Seeds"
    )

    @model_validator(mode="after")
    def _some_nets(self) -> Config:
        each_once("nets", self.nets, get_args(NetName))
        each_once("augment", self.augment, get_args(AugmentName), some=False)
        if self.n_train > (most := most_train(self.data)):
            raise RefusedError("n_train", self.n_train, between(LEAST_TRAIN, most),
                               data=self.data)
        return self


def rate_factor(t: int, n_steps: int) -> float:
    """Of the learning rate at the t-th update: half a cosine, from 1 to 0."""
    return 0.5 * (1 + float(np.cos(np.pi * (t - 1) / n_steps)))


def strength(config: Config) -> Strength:
    return Strength(config.augment_shift, config.augment_rotation)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets, step by step over the same batches."""
    task = task_of(config)
    nets = made(config.nets, task.side)
    stacks = [
        Stack(net, config.seeds,
              KINDS[name].learning_rate if config.rates == "own" else config.learning_rate)
        for name, net in nets.items()
    ]
    rngs = generators(config.seeds)
    still = _still(config, task, stacks)
    t = 0

    def measure() -> Measured:
        arrays, notes = _measured(config, t, task, stacks)
        return arrays | (still if t == 0 else {}), notes

    yield t, measure
    schedule = batches(task.split, config.seeds, config.batch_size, config.n_steps)
    for t, (images, y) in enumerate(schedule, 1):
        x = augmented(images, config.augment, strength(config), task.background, task.side, rngs)
        for stack in stacks:
            stack.step(x, y, rate_factor(t, config.n_steps))
        yield t, measure


# --- what is measured --------------------------------------------------------------------


def _measured(
    config: Config, t: int, task: Task, stacks: list[Stack]
) -> tuple[dict[str, np.ndarray], list[Note]]:
    split, some = task.split, slice(N_LEARNED)
    last = t == config.n_steps
    said = [stack.outputs(split.test_x) for stack in stacks]
    wrong = [1 - _right(z, split.test_y) for z in said]  # (S, n) each
    learned = [1 - _right(stack.outputs(split.train_x[:, :, some]), split.train_y[:, :, some])
               for stack in stacks]
    moved_y = task.moved_y[:, :, : None if last else FEW_MOVED]
    moved = [[1 - _right(stack.outputs(x[:, :, : moved_y.shape[2]]), moved_y) for x in task.moved]
             for stack in stacks]
    shown = _shown(split.test_y[0], config)
    arrays = {
        "test_error": np.stack([a.mean(1).numpy() for a in wrong]),
        "train_error": np.stack([a.mean(1).numpy() for a in learned]),
        "class_error": np.stack([_by_class(a, split.test_y)[: len(shown)] for a in wrong]),
        "moved_error": np.stack([np.stack([a.mean(1).numpy() for a in one]) for one in moved]),
        "said": np.stack([z[0][:, shown].argmax(0).numpy() for z in said]),
        "verdict": np.stack([1 - 2 * a[0][shown].numpy() for a in wrong]),
    }
    finite = np.stack([z.isfinite().all(2).all(1).numpy() for z in said])
    notes = list(_failures(config, t, finite, arrays["train_error"]))
    return {name: a.astype(np.float32) for name, a in arrays.items()}, notes


def _right(z: Tensor, y: Tensor) -> Tensor:
    """1 where the true class has the largest logit, (S, n)."""
    return (z.argmax(1) == y.argmax(1)).float()


def _by_class(wrong: Tensor, y: Tensor) -> np.ndarray:
    """Of (S, n) the mean over the images of each class, (classes, S)."""
    return ((y * wrong[:, None]).sum(2) / y.sum(2)).T.numpy()


def _shown(y: Tensor, config: Config) -> list[int]:
    """The first image of every class that there is, out of one-hot labels (classes, n)."""
    return [int(of_class.argmax()) for of_class in y[: len(classes_of(config.data))]]


def _still(config: Config, task: Task, stacks: list[Stack]) -> dict[str, np.ndarray]:
    """What does not change: the shown images, what augmentation makes of some, and the price."""
    split = task.split
    shown = _shown(split.test_y[0], config)
    found = {
        "images": _row(split.test_x[0][:, shown], task.side),
        "parameters": np.array([stack.net.n_parameters for stack in stacks], np.int32),
        "multiply_adds": np.array([multiply_adds(stack.net) for stack in stacks], np.int32),
    }
    if config.augment:
        learned = split.train_x[:1][:, :, _shown(split.train_y[0], config)]
        rngs = generators(config.seeds[:1])
        again = [augmented(learned, config.augment, strength(config), task.background[:1],
                           task.side, rngs) for _ in range(2)]
        rows = [_row(a[0], task.side) for a in (learned, *again)]
        between = np.full((1, rows[0].shape[1]), np.nan, np.float32)
        found["augmented"] = np.concatenate([r for row in rows for r in (row, between)][:-1])
    return found


def _row(images: Tensor, side: int) -> np.ndarray:
    """Images (pixels, n) side by side, (side, (side + 1) n), a column of NaN after each."""
    framed = torch.nn.functional.pad(images.t().view(-1, side, side), (0, 1), value=torch.nan)
    return framed.permute(1, 0, 2).reshape(side, -1).contiguous().numpy().astype(np.float32)


def _failures(
    config: Config, t: int, finite: np.ndarray, train_error: np.ndarray
) -> Iterator[Note]:
    """Who overflowed, and at the end who has learned next to nothing; (net, seed)."""
    for i, net in enumerate(config.nets):
        if not finite[i].all():
            yield Note("overflowed", {"net": net, "step": t}, about=net)
        elif t == config.n_steps and np.median(train_error[i]) >= LOST:
            yield Note("guesses", {"net": net, "step": t, "error": f"{LOST:.0%}"}, about=net)


NOTES = {
    "overflowed": "{net}: its numbers are too large for the computer by step {step}. A lower "
                  "learning rate helps.",
    "guesses": "{net}: after {step} steps it gets more than {error} of its own training images "
               "wrong, hardly better than a guess. Another learning rate or more steps may help.",
    **names_of("net", NET_NAMES),
}

DIMS = {
    "test_error": ("step", "net", "seed"), "train_error": ("step", "net", "seed"),
    "class_error": ("step", "net", "class", "seed"),
    "moved_error": ("step", "net", "move", "seed"),
    "said": ("step", "net", "image"), "verdict": ("step", "net", "image"),
    "images": ("pixel_row", "pixel_column"), "augmented": ("augmented_row", "pixel_column"),
    "parameters": ("net",), "multiply_adds": ("net",),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    side, classes = side_of(config.data), list(classes_of(config.data))
    return {
        "net": list(config.nets), "seed": list(config.seeds), "class": classes,
        "move": list(MOVES), "image": list(range(len(classes))), "pixel_row": list(range(side)),
        "pixel_column": list(range((side + 1) * len(classes))),
        "augmented_row": list(range(3 * side + 2)),
    }
