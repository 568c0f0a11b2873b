"""Of what is a good convolutional net built? Blocks that cost differently, on the same images.

Two windows of 3 x 3 see as far as one of 5 x 5, with fewer weights (VGG). Windows of 1 x 1 make
maps few before others look at them (GoogLeNet). AlexNet's parts, one by one. Error stands against
weights, against multiply-adds and against the processor's time, which do not agree.

Papers: Simonyan & Zisserman 2015 (VGG), Szegedy et al. 2015 (GoogLeNet), Lin et al. 2014 (1 x 1),
Krizhevsky et al. 2012 (AlexNet: ReLU, dropout, overlapping pooling, moved images).
Differs from the papers in: one or two blocks of 12 or 40 maps on images of 16 x 16, batch norm
nearly everywhere, hundreds of steps.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.convolution.augment import Strength, augmented, generators
from core.concepts.convolution.blocks import (
    ACTIVATIONS,
    Bare,
    Branches,
    Built,
    chain,
    reach,
    reach_measured,
)
from core.concepts.convolution.nets import Stack
from core.concepts.convolution.pictures import rate_factor
from core.concepts.convolution.tasks import task_of
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.cnn import Block
from core.stacked.data import batches
from core.training import Algorithm, Measured, recorded

MAX_FRAMES = 11
MOVES = Strength(shift=2, rotation=0)
NetName = Literal["one_3x3", "one_5x5", "two_3x3", "linear_3x3", "wide_3x3", "bottleneck",
                  "inception", "inception_reduced", "dense", "dropout", "blocks_1", "blocks_3",
                  "overlap", "relu", "tanh", "sigmoid"]
NET_NAMES = {
    "one_3x3": "One 3 x 3", "one_5x5": "One 5 x 5", "two_3x3": "Two 3 x 3",
    "linear_3x3": "Two 3 x 3, nothing between", "wide_3x3": "Wide 3 x 3",
    "bottleneck": "Bottleneck", "inception": "Inception, naive",
    "inception_reduced": "Inception with 1 x 1", "dense": "Dense layer", "dropout": "Dropout",
    "blocks_1": "Two 3 x 3, once", "blocks_3": "Two 3 x 3, three times",
    "overlap": "Overlapping pooling", "relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid",
}


def _vgg(stage: Branches) -> Built:
    return Built(Block(12), (stage, stage))


def _google(stage: Branches) -> Built:
    return Built(Block(8), (chain(Block(40)), stage))


def _bent(activation: str) -> Built:
    """Without batch norm, so that the activation alone decides how large numbers get."""
    stem, last = (Bare(channels, activation=activation) for channels in (8, 16))
    return Built(stem, (chain(last), chain(last)), flat=True, hidden=64, activation=activation)


PLAIN = _vgg(chain(Block(12)))
REDUCED = Branches((
    (Block(8, 1),), (Block(8, 1), Block(16)), (Block(4, 1), Block(8, 5)), (Block(8, 1),),
), pooled=True)
TWO = chain(Block(12), Block(12))
NAIVE = Branches(((Block(8, 1),), (Block(16),), (Block(8, 5),), (Block(8, 1),)), pooled=True)
KINDS: dict[str, Built] = {
    "one_3x3": PLAIN,
    "one_5x5": _vgg(chain(Block(12, 5))),
    "two_3x3": _vgg(TWO),
    "linear_3x3": _vgg(chain(Block(12, batch_norm=False, relu=False), Block(12))),
    "wide_3x3": _google(chain(Block(40))),
    "bottleneck": _google(chain(Block(8, 1), Block(8), Block(40, 1))),
    "inception": _google(NAIVE),
    "inception_reduced": _google(REDUCED),
    "dense": replace(PLAIN, hidden=64),
    "dropout": replace(PLAIN, hidden=64, dropout=0.5),
    "blocks_1": Built(Block(12), (TWO,)),
    "blocks_3": Built(Block(12), (TWO, TWO, TWO)),
    "overlap": replace(PLAIN, overlap=True),
    **{name: _bent(name) for name in ACTIVATIONS},
}
"""VGG's blocks stand twice after a stem of 12 maps, if nothing else is said; GoogLeNet's once,
after stems of 8 and 40; AlexNet's dense layer of 64 units, with dropout of half before it and the
last one or without, after the plain blocks; and three activations in nets of 8, 16 and 16 maps."""


class Config(BaseConfig):
    """Which nets learn from how many images."""

    nets: tuple[NetName, ...] = setting(
        ("one_5x5", "two_3x3"), "Each learns from the same images",
        names=NET_NAMES,
    )
    n_train: int = setting(
        300, "Images to learn from", ge=100, le=1200, step=100, label="Training images",
    )
    moved: Literal["off", "on"] = setting(
        "off", "Whether each image is moved by up to two pixels each time it is learned from",
        names={"off": "As they are", "on": "Moved at random"}, label="Images are shown",
    )
    n_steps: int = setting(200, "Number of updates", ge=50, le=600, unit="steps", step=50)
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

    data, pixels = property(lambda self: "strokes"), property(lambda self: "in_place")
    noise, shift = property(lambda self: 0.15), property(lambda self: 3.0)
    rotation, clutter = property(lambda self: 15.0), property(lambda self: 1)

    @model_validator(mode="after")
    def _some_nets(self) -> Config:
        each_once("nets", self.nets, get_args(NetName))
        return self


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets, step by step over the same batches."""
    task = task_of(config)
    stacks = [Stack(KINDS[name], config.seeds, config.learning_rate) for name in config.nets]
    rngs, names = generators(config.seeds), ("shift",) if config.moved == "on" else ()
    still, clocks = costs(config), [Clock(config.n_seeds) for _ in stacks]
    t = 0

    def measure() -> Measured:
        split = task.split
        errors = {
            name: np.stack([_error(stack, x, y) for stack in stacks]).astype(np.float32)
            for name, x, y in (("test_error", split.test_x, split.test_y),
                               ("train_error", split.train_x[:, :, :200],
                                split.train_y[:, :, :200]))
        }
        ms = np.array([clock.milliseconds() for clock in clocks], np.float32)
        return errors | {"milliseconds": ms} | (still if t == 0 else {}), ()

    yield t, measure
    schedule = batches(task.split, config.seeds, config.batch_size, config.n_steps)
    for t, (images, y) in enumerate(schedule, 1):
        x = augmented(images, names, MOVES, task.background, task.side, rngs)
        for stack, clock in zip(stacks, clocks, strict=True):
            with clock:
                stack.step(x, y, rate_factor(t, config.n_steps))
        yield t, measure


class Clock:
    """Measures what an update of one net costs: the time of the processor, so that what others
    have it do in between does not count.

    Args:
        n: Nets that are updated one after the other.
    """

    def __init__(self, n: int) -> None:
        self._n, self._start = n, 0.0
        self._seconds: list[float] = []

    def __enter__(self) -> None:
        self._start = time.thread_time()

    def __exit__(self, *error: object) -> None:
        self._seconds.append(time.thread_time() - self._start)

    def milliseconds(self) -> float:
        """The median of all updates but the first, for which memory is laid out; NaN before."""
        seconds = self._seconds[1:] or [np.nan]
        return 1e3 * float(np.median(seconds)) / self._n


def _error(stack: Stack, x: torch.Tensor, y: torch.Tensor) -> np.ndarray:
    """(S,)"""
    return (stack.outputs(x).argmax(1) != y.argmax(1)).float().mean(1).numpy()


def costs(config: Config) -> dict[str, np.ndarray]:
    """What does not change: weights and multiply-adds, counted; and how far one number of the block
    sees, by formula and by gradient.
    """
    nets = [KINDS[name] for name in config.nets]
    last = [net.stages[-1] for net in nets]
    widest = [max(reach(blocks) for blocks in stage.chains) for stage in last]
    return {
        "parameters": np.array([net.n_parameters for net in nets], np.int32),
        "multiply_adds": np.array([net.multiply_adds for net in nets], np.int32),
        "reach": np.array(widest, np.int32),
        "reach_measured": np.array(
            [reach_measured(stage, net.stages[0].channels) for net, stage in
             zip(nets, last, strict=True)], np.int32),
    }


DIMS = {
    "test_error": ("step", "net", "seed"), "train_error": ("step", "net", "seed"),
    "milliseconds": ("step", "net"),
    **dict.fromkeys(("parameters", "multiply_adds", "reach", "reach_measured"),
                    ("net",)),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"net": list(config.nets), "seed": list(config.seeds)}
