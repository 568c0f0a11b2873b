"""How large is a batch to be? The same images in many small steps, or in few large ones.

Nets learn digits from batches of several sizes. All see the same number of images, so that a larger
batch means fewer updates. Three rules say how the learning rate goes with the size: it stays, it
grows with the square root, or it grows in proportion. Of one seed all have the same start and
images. The mistakes stand against images, against updates and against the processor's time, which
do not agree.

Papers: Goyal et al. 2017 (rate in proportion to the batch), Krizhevsky 2014 (square root), Keskar
et al. 2017 (large batches).
Differs from the papers in: nets of two hidden layers, some epochs of 1000 images, no warm-up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.lazy import torch
from core.stacked.data import Split, batches, digits
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

Size = Literal["1", "2", "8", "32", "128", "500"]
Rule = Literal["same", "root", "linear"]
START = 0
"""What random numbers are for: initial weights. Splits and batches have purposes of their own."""
N_TRAIN, N_FRAMES = 1000, 32
REFERENCE = 32
"""The batch size at which all rules have the learning rate of the configuration."""
LOSS_CEILING = 1e6
GUESS = 0.85
"""From this share wrong on a net is said to have learned nothing; a guess has 0.9."""

SIZE_NAMES = {size: f"Batch of {size}" for size in get_args(Size)}
RULE_NAMES = {"same": "One rate for all", "root": "Square root", "linear": "In proportion"}
RULES: dict[str, Callable[[float], float]] = {
    "same": lambda times: 1.0, "root": lambda times: times**0.5, "linear": lambda times: times,
}
"""How many times as large the learning rate is with a batch that is so many times as large."""


class Config(BaseConfig):
    """Which batches, and how long."""

    sizes: tuple[Size, ...] = setting(
        ("8", "32", "128", "500"), "Images per update", names=SIZE_NAMES, label="Batch sizes",
    )
    rules: tuple[Rule, ...] = setting(
        get_args(Rule), "How the learning rate goes with the batch size: see The equations",
        names=RULE_NAMES, label="Learning rate",
    )
    learning_rate: float = setting(
        0.02, f"Momentum's, for a batch of {REFERENCE}", ge=0.001, le=0.3, log=True,
        label="Rate for a batch of 32",
    )
    n_epochs: int = setting(
        8, "How often all 1000 training images are seen", ge=1, le=20, unit="epochs",
        label="Epochs",
    )
    n_seeds: int = setting(
        5, "Nets of each kind, each with its own images, start and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_of_both(self) -> Config:
        each_once("sizes", self.sizes, get_args(Size))
        each_once("rules", self.rules, get_args(Rule))
        return self


def rate_of(config: Config, rule: str, size: int) -> float:
    """The learning rate that a rule has for a batch of that size."""
    return config.learning_rate * RULES[rule](size / REFERENCE)


def data_of(config: Config) -> Split:
    """A split of the digits per seed, standardised by the training pixels."""
    split = digits(config.seeds, N_TRAIN)
    mean, spread = (split.train_x.mean((1, 2), keepdim=True),
                    split.train_x.std((1, 2), keepdim=True))
    return Split((split.train_x - mean) / spread, split.train_y,
                 (split.test_x - mean) / spread, split.test_y)


class OneSize:
    """All nets of one batch size, rule by rule, and the batches that are left to them.

    Attributes:
        size: Images per update.
        n_updates: Of each net, so far.
        seconds: What these have cost, all nets together: the processor's time, so that what others
            have it do in between does not count.
    """

    def __init__(self, config: Config, split: Split, size: int) -> None:
        net = MLP((64, 64, 64, 10))
        start = torch.from_numpy(np.stack(
            [net.init(np.random.default_rng((seed, START))) for seed in config.seeds]))
        runners = [Runner("momentum", {"learning_rate": rate_of(config, rule, size)}, row)
                   for rule in config.rules for row in range(config.n_seeds)]
        self.size, self.n_updates, self.seconds = size, 0, 0.0
        self.race = Race(net, runners, start, size)
        self._left = batches(split, config.seeds, size, config.n_epochs * N_TRAIN // size)

    def learn(self, n_images: int) -> None:
        """Goes on until no more than that many images have been seen."""
        while (self.n_updates + 1) * self.size <= n_images:
            x, y = next(self._left)
            began = time.thread_time()
            self.race.step(x, y)
            self.seconds += time.thread_time() - began
            self.n_updates += 1

    def measured(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and share wrong of each net, (rules x seeds,)."""
        loss, right = self.race.losses(x, y)
        return loss, 1 - torch.where(loss.isfinite(), right, 0)


def steps(config: Config) -> list[int]:
    """Numbers of images seen."""
    n = config.n_epochs * N_TRAIN
    return [n * i // N_FRAMES for i in range(N_FRAMES + 1)]


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All sizes, rules and seeds, image by image."""
    split, t = data_of(config), 0
    nets: dict[str, OneSize] = {
        size: OneSize(config, split, int(size)) for size in config.sizes}

    def measure() -> Measured:
        return _measured(config, t, nets, split)

    yield 0, measure
    for t in steps(config)[1:]:
        for each in nets.values():
            each.learn(t)
        yield t, measure


def _measured(
    config: Config, t: int, nets: Mapping[str, OneSize], split: Split
) -> tuple[dict[str, np.ndarray], list[Note]]:
    shape = len(config.rules), config.n_seeds
    losses, errors = (
        np.stack([a.numpy().reshape(shape) for a in found], 1)
        for found in zip(*(n.measured(split.test_x, split.test_y) for n in nets.values()),
                         strict=True))  # (rule, size, seed)
    arrays = {
        "test_error": errors, "n_updates": np.array([n.n_updates for n in nets.values()]),
        "seconds": np.array([n.seconds or np.nan for n in nets.values()]),
    }
    notes = list(_notes(config, t, ~(losses < LOSS_CEILING), errors))
    return {name: a.astype(np.float32) for name, a in arrays.items()}, notes


def _notes(config: Config, t: int, gone: np.ndarray, errors: np.ndarray) -> Iterator[Note]:
    for i, rule in enumerate(config.rules):
        for j, size in enumerate(config.sizes):
            about = {"rule": rule, "size": size, "step": t, "n_seeds": config.n_seeds}
            if n := int(gone[i, j].sum()):
                yield Note("diverged", {**about, "n": n}, f"{rule} {size}")
            elif t == config.n_epochs * N_TRAIN and np.median(errors[i, j]) > GUESS:
                yield Note("guesses", about, f"{rule} {size}")


NOTES = {
    "diverged": "{size}, {rule}: diverged within {step} images ({n} of {n_seeds} seeds). A smaller "
                "learning rate mends that.",
    "guesses": "{size}, {rule}: after {step} images the nets still guess. Another learning rate or "
               "more epochs mend that.",
    **names_of("rule", RULE_NAMES), **names_of("size", SIZE_NAMES),
}

DIMS = {
    "test_error": ("step", "rule", "size", "seed"), "n_updates": ("step", "size"),
    "seconds": ("step", "size"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step", which is the number of images seen."""
    return {"rule": list(config.rules), "size": list(config.sizes), "seed": list(config.seeds)}
