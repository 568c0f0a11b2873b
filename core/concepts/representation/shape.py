"""Vector, matrix, channels: what does a net know of the shape of what it is told?

Small images are told to a dense net, which reads a vector, and to a convolutional net, which reads
channels of rows of pixels: standardised, with pixels in another order, as bytes, with red and blue
exchanged, by the mean of other images, or in another order of memory. Each net learns from every
representation and is asked in the same one; and the nets that learned the first are asked in all.

Papers: LeCun et al. 1998 (a dense net would do as well with scrambled pixels, section I),
Ioffe & Szegedy 2015 (batch norm).
Differs from the papers in: drawn images of 12 x 12 pixels, two layers of eight kernels, 150
updates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.representation.pixels import (
    CLASSES,
    KINDS,
    N_CHANNELS,
    SIDE,
    TELLING_NAMES,
    TELLINGS,
    draw,
    known,
)
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.cnn import CNN, Block
from core.stacked.data import Split, batches
from core.stacked.nets import MLP, Net
from core.stacked.race import Race, Runner
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["dense", "conv", "plain"]
TellingName = Literal["standardised", "scrambled", "bytes", "swapped", "others", "misread"]
NET_NAMES = {
    "dense": "Dense", "conv": "Convolutional", "plain": "Conv., no batch norm",
}
HIDDEN, CHANNELS = 64, 8
"""Units of the dense net, and kernels of each of two layers."""
RATES = {"dense": 0.003, "conv": 0.02, "plain": 0.01}
"""Adam's with standardised images at the start, where each does well; the best
of two or three tried on seeds 0 to 7."""
BATCH_SIZE, N_TEST = 32, 200
MAX_FRAMES = 9
LOST = 0.3
"""How much more of the new images one representation gets wrong than the first, to be said."""


class Config(BaseConfig):
    """Which images, told how, to which nets."""

    images: Literal["grey", "colour"] = setting(
        "colour", "Five shapes in grey, a matrix as in MNIST; or each in red or in blue, both of "
        "which are to be named: channels as in CIFAR", names=KINDS,
    )
    tellings: tuple[TellingName, ...] = setting(
        ("standardised", "scrambled", "bytes", "swapped"), "How the pixels are told to the nets; "
        "nets that learned from the first are also asked in all others", label="Representations",
        names=TELLING_NAMES,
    )
    nets: tuple[NetName, ...] = setting(
        ("dense", "conv"), "Who is told: a dense net reads one long vector, a convolutional one "
        "channels of rows", names=NET_NAMES,
    )
    times: float = setting(
        1.0, "Learning rates, as a multiple of those at which the nets do well with standardised "
        "images", ge=0.01, le=10, log=True, label="Learning rate ×",
    )
    shift: float = setting(
        2.0, "Largest move of a shape from the middle", ge=0, le=3, step=0.5, unit="pixels",
        group="Images",
    )
    noise: float = setting(
        0.15, "Of every pixel, which goes from 0 to 1", ge=0, le=0.4, step=0.05, group="Images",
    )
    n_train: int = setting(
        1000, "Images to learn from", ge=100, le=2000, unit="images", log=True, group="Images",
        label="Training images",
    )
    n_steps: int = setting(150, "Number of updates", ge=20, le=600, unit="steps", step=10)
    n_seeds: int = setting(
        3, "Repetitions, each with its own images, order of pixels, weights and batches", ge=1,
        le=8, unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: images, order of pixels, weights and batches", ge=0, le=9999,
        group="Seeds",
    )

    @model_validator(mode="after")
    def _some_of_both(self) -> Config:
        each_once("tellings", self.tellings, get_args(TellingName))
        each_once("nets", self.nets, get_args(NetName))
        return self


def net_of(config: Config, name: str) -> Net:
    """Both kinds read (features, n): what a dense net takes as a vector is channel after channel
    and row after row to a convolutional one.
    """
    image, n = (N_CHANNELS[config.images], SIDE), len(CLASSES[config.images])
    if name == "dense":
        return MLP((image[0] * SIDE**2, HIDDEN, n))
    block = Block(CHANNELS, pool=True, batch_norm=name == "conv")
    return CNN((block, block), image, flat=True, n_classes=n)


@dataclass(frozen=True)
class Told:
    """All seeds' images in every representation.

    Attributes:
        splits: By the name of the telling.
        example: The first training image of the first seed in each, (telling, channels, SIDE,
            SIDE).
    """

    splits: Mapping[str, Split]
    example: np.ndarray


def told_of(config: Config) -> Told:
    """A seed's images and orders depend on that seed alone."""
    one = [_of_seed(config, seed) for seed in config.seeds]
    parts: dict[str, Split] = {
        name: Split(*(torch.from_numpy(np.stack([of_seed[name][i] for of_seed in one]))
                      for i in range(4))) for name in config.tellings}
    shape = (N_CHANNELS[config.images], SIDE, SIDE)
    example = np.stack([one[0][name][0][:, 0].reshape(shape) for name in config.tellings])
    return Told(parts, example)


def _of_seed(config: Config, seed: int) -> dict[str, tuple[np.ndarray, ...]]:
    """In every representation (features, n) and one-hot classes, to learn from and new."""
    (x, y), (new_x, new_y) = (
        draw(config.images, n, config.shift, config.noise, np.random.default_rng((seed, purpose)))
        for n, purpose in ((config.n_train, 80), (N_TEST, 81)))
    of = known(x, np.random.default_rng((seed, 82)))
    one_hot = np.eye(len(CLASSES[config.images]), dtype=np.float32)
    found: dict[str, tuple[np.ndarray, ...]] = {}
    for name in config.tellings:
        columns = [TELLINGS[name].tell(images, of).reshape(len(images), -1).T.astype(np.float32)
                   for images in (x, new_x)]
        found[name] = (columns[0], one_hot[y].T, columns[1], one_hot[new_y].T)
    return found


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """A net of each kind for each representation, over the same batches of images."""
    told = told_of(config)
    races: dict[tuple[str, str], Race] = {
        (name, telling): _race(config, name) for name in config.nets
        for telling in config.tellings}
    t = 0

    def measure() -> Measured:
        return _measured(config, t, told, races)

    yield t, measure
    schedule = {telling: batches(split, config.seeds, BATCH_SIZE, config.n_steps)
                for telling, split in told.splits.items()}
    for t in range(1, config.n_steps + 1):
        factor = 0.5 * (1 + float(np.cos(np.pi * (t - 1) / config.n_steps)))
        now = {telling: next(own) for telling, own in schedule.items()}
        for (_, telling), race in races.items():
            race.step(*now[telling], factor)
        yield t, measure


def _race(config: Config, name: str) -> Race:
    net = net_of(config, name)
    start = torch.from_numpy(np.stack(
        [net.init(np.random.default_rng((seed, 83))) for seed in config.seeds]))
    rate = RATES[name] * config.times
    runners = [Runner("adam", {"learning_rate": rate}, i) for i in range(config.n_seeds)]
    return Race(net, runners, start, BATCH_SIZE)


# --- what is measured --------------------------------------------------------------------


def _measured(
    config: Config, t: int, told: Told, races: Mapping[tuple[str, str], Race]
) -> Measured:
    first = config.tellings[0]
    error = np.stack([[_error(races[net, telling], told.splits[telling])
                       for telling in config.tellings] for net in config.nets])
    others = [[_error(races[net, first], told.splits[telling])
               for telling in config.tellings[1:]] for net in config.nets]
    asked = np.concatenate([error[:, :1], np.array(others).reshape(len(config.nets), -1,
                                                                   config.n_seeds)], 1)
    arrays = {"test_error": error, "asked_error": asked}
    if t == 0:
        arrays["told"] = side_by_side(told.example)
    notes = list(_failures(config, t, error))
    return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes


def _error(race: Race, split: Split) -> np.ndarray:
    """Shares of new images wrong, (S,); what overflowed names the first class."""
    said: Tensor = race.outputs(split.test_x).nan_to_num().argmax(1)
    return (said != split.test_y.argmax(1)).double().mean(1).numpy()


def side_by_side(example: np.ndarray) -> np.ndarray:
    """Channels (telling, channels, SIDE, SIDE) beside each other, a gap between: (telling, y, x).

    Each representation is brought to 0 to 1 by its own smallest and largest number.
    """
    low, high = (f(example, axis=(1, 2, 3), keepdims=True) for f in (np.min, np.max))
    shown = np.pad((example - low) / (high - low), ((0, 0),) * 3 + ((0, 1),),
                   constant_values=np.nan)
    return shown.transpose(0, 2, 1, 3).reshape(len(example), SIDE, -1)[:, :, :-1]


def _failures(config: Config, t: int, error: np.ndarray) -> Iterator[Note]:
    """At the end, who is much worse off than with the first representation."""
    if t < config.n_steps:
        return
    medians = np.median(error, 2)  # (net, telling)
    for net, of_net in zip(config.nets, medians, strict=True):
        for telling, wrong in zip(config.tellings, of_net, strict=True):
            if wrong - of_net[0] >= LOST:
                yield Note("lost", {
                    "net": net, "telling": telling, "step": t, "wrong": f"{wrong:.0%}",
                    "first": config.tellings[0], "least": f"{of_net[0]:.0%}",
                }, f"{net} {telling}")


NOTES = {
    "lost": "{net}, {telling}: after {step} steps {wrong} of new images are wrong. {first}: "
            "{least}.",
    **names_of("net", NET_NAMES), **names_of("telling", TELLING_NAMES),
    **names_of("first", TELLING_NAMES),
}

DIMS = {
    "test_error": ("step", "net", "telling", "seed"),
    "asked_error": ("step", "net", "telling", "seed"), "told": ("telling", "y", "x"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "net": list(config.nets), "telling": list(config.tellings), "seed": list(config.seeds),
        "y": list(range(SIDE)), "x": list(range((SIDE + 1) * N_CHANNELS[config.images] - 1)),
    }
