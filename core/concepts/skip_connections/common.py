"""What both labs share: the kinds of nets, how they are set up, and stacks of them.

A net is a stem, `depth` blocks of one layer and a read-out (`resnet.ResNet`). The
kinds differ in three numbers per block: all kinds and seeds are one stack.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.skip_connections.resnet import ResNet
from core.concepts.skip_connections.staggered import DepthRace
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.lazy import torch
from core.stacked.data import Split, batches, digits
from core.stacked.race import Race, Runner
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

Gates = Callable[[int], tuple[float, float, float]]
KindName = Literal["plain", "residual", "naive", "rezero"]
KIND_NAMES = {
    "plain": "Plain", "residual": "Residual", "naive": "Naive residual", "rezero": "ReZero",
}

KINDS: dict[str, Gates] = {
    "plain": lambda depth: (0, 1, 0),
    "residual": lambda depth: (1, depth**-0.5, 0),
    "naive": lambda depth: (1, 1, 0),
    "rezero": lambda depth: (1, 0, 1),
}
"""Per kind, at a depth: how much of its input a block passes on, the scale of its branch, and
whether that scale is learned.

He et al. 2016 add input and branch as they are (`naive`) and have batch norm in the branch;
without it 1 / sqrt(depth) is the scale that neither explodes nor ends as the identity (Marion
et al. 2025); ReZero learns it from 0 (Bachlechner et al. 2021).
"""

TITLES = {
    "plain": "The plain net", "residual": "The residual net",
    "naive": "The naive residual net", "rezero": "ReZero",
}
BATCH_NORM = {"off": (False,), "on": (True,), "both": (False, True)}
GAINS = {"half": 0.5, "one": 1.0, "he": 2**0.5}
RATES = {"momentum": (0.003, 0.01, 0.03, 0.1), "adam": (0.0003, 0.001, 0.003, 0.01)}
"""The learning rates among which each architecture finds its own best."""
N_TRAIN = 1000
CHANNELS = 8  # of the convolutional net
LOSS_CEILING = 10.0
"""Losses are drawn up to here; guessing gives ln 10 = 2.3. More means diverged."""
GUESSING = 0.9
"""The error of a guess among ten digits; also what a net that overflowed is counted as."""
FEW_IMAGES = {"dense": 256, "cnn": 96}
"""The number of training and test images that errors are measured on; at the last step, all."""
AT_A_TIME = {"dense": 128, "cnn": 32}
"""The number of images that are looked at together: it bounds the memory."""
LOST = 0.8
"""From this error on a net is said to have learned next to nothing."""


class CommonConfig(BaseConfig):
    """What decides whether a deep net can be trained."""

    net: Literal["dense", "cnn"] = setting(
        "dense", "Dense layers on the 64 pixels, or 3 x 3 convolutions with 8 channels",
        names={"dense": "Dense (MLP)", "cnn": "CNN"},
    )
    kinds: tuple[KindName, ...] = setting(
        ("plain", "residual"), "What a block does with its input: see The equations",
        names=KIND_NAMES,
    )
    batch_norm: Literal["off", "on", "both"] = setting(
        "off", "Whether blocks normalise over the batch before their activation",
        names={"off": "Off", "on": "On", "both": "Both"},
    )
    optimizer: Literal["momentum", "adam"] = setting("momentum", "The update rule of all nets",
        names={"momentum": "Momentum", "adam": "Adam"},
    )
    learning_rate: float = setting(
        0.01, "The learning rate of all nets", ge=1e-4, le=1, log=True
    )
    gain: Literal["half", "one", "he"] = setting(
        "he", "Initial weights are normal with standard deviation gain / √inputs",
        label="Initial gain",
        names={"half": "0.5", "one": "1", "he": "√2 (He)"},
    )
    n_steps: int = setting(200, "Number of updates", ge=20, le=500, unit="steps", step=20)
    width: int = setting(
        32, "Units of every hidden layer", ge=16, le=64, unit="units", step=8, group="Network"
    )
    batch_size: int = setting(
        64, "Images per update", ge=16, le=128, unit="images", step=16, group="Network"
    )
    n_seeds: int = setting(
        3, "Nets of each kind, each with its own split, weights and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: splits, initial weights and batches", ge=0, le=9999, group="Seeds"
    )

    @model_validator(mode="after")
    def _some_kinds(self) -> CommonConfig:
        each_once("kinds", self.kinds, get_args(KindName))
        return self


@dataclass(frozen=True)
class Variant:
    """A kind, with or without batch norm: a line of the pictures."""

    kind: str
    batch_norm: bool

    @property
    def name(self) -> str:
        """`plain`, `plain_bn` and so on."""
        return self.kind + "_bn" * self.batch_norm

    @property
    def title(self) -> str:
        """For sentences."""
        return TITLES[self.kind] + " with batch norm" * self.batch_norm


def variants(config: CommonConfig) -> list[Variant]:
    """Those without batch norm first: each half is a stack."""
    return [Variant(k, norm) for norm in BATCH_NORM[config.batch_norm] for k in config.kinds]


def names(config: CommonConfig) -> list[str]:
    return [variant.name for variant in variants(config)]


def net_of(config: CommonConfig, depth: int, batch_norm: bool) -> ResNet:
    """64-width-...-width-10, or convolutions on 8 x 8 pixels with a mean pool before the end."""
    image = config.net == "cnn"
    return ResNet(
        depth, width=CHANNELS if image else config.width, image=8 * image,
        batch_norm=batch_norm, gain=GAINS[config.gain],
    )


def data_of(config: CommonConfig) -> Split:
    """Digits, their pixels shifted and scaled to about mean 0 and variance 1."""
    split = digits(config.seeds, N_TRAIN)
    for x in (split.train_x, split.test_x):
        x.sub_(0.3).div_(0.376)
    return split


def race_of(config: CommonConfig, net: ResNet) -> Race:
    """All kinds of one net, seed by seed: K = kinds x seeds."""
    race = Race(net, _runners(config, [config.learning_rate]), _start(config, net),
                config.batch_size)
    _set_kinds(config, net, race.p)
    return race


def depth_race_of(
    config: CommonConfig, nets: Sequence[ResNet], rates: Sequence[float]
) -> DepthRace:
    """All kinds at all rates, seed by seed, of nets from shallow to deep: of each
    K = kinds x rates x seeds.
    """
    runners = _runners(config, rates)
    starts = [_start(config, net)[[runner.seed for runner in runners]] for net in nets]
    for net, p in zip(nets, starts, strict=True):
        _set_kinds(config, net, p)
    return DepthRace(nets, runners, starts, config.batch_size)


def _runners(config: CommonConfig, rates: Sequence[float]) -> list[Runner]:
    return [Runner(config.optimizer, {"learning_rate": rate}, s)
            for _ in config.kinds for rate in rates for s in range(config.n_seeds)]


def _start(config: CommonConfig, net: ResNet) -> Tensor:
    """Nets of one seed start from the same weights, whatever their kind: (seed, P)."""
    begin = [net.init(np.random.default_rng((seed, 0))) for seed in config.seeds]
    return torch.from_numpy(np.stack(begin))


def _set_kinds(config: CommonConfig, net: ResNet, p: Tensor) -> None:
    gates = torch.tensor([KINDS[kind](net.depth) for kind in config.kinds])
    each = len(p) // len(config.kinds)
    net.gates(p)[...] = gates.repeat_interleave(each, 0)[:, None]


def stretches(
    config: CommonConfig, data: Split, steps: Sequence[int]
) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """The batches between each recorded step and the next."""
    schedule = batches(data, config.seeds, config.batch_size, config.n_steps)
    for before, after in pairwise(steps):
        yield list(islice(schedule, after - before))


def train_on(race: Race | DepthRace, stretch: Sequence[tuple[Tensor, Tensor]]) -> None:
    """A stack works through its batches at a stretch: its parameters stay in the cache."""
    for x, y in stretch:
        race.step(x, y)


def score(race: Race | DepthRace, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Loss and error of every net on its seed's data; what overflowed is infinite, and a guess."""
    n = x.shape[2]
    size = AT_A_TIME["cnn" if isinstance(race.net, ResNet) and race.net.image else "dense"]
    parts = [(part.shape[2] / n, race.losses(part, of_it))
             for part, of_it in zip(x.split(size, 2), y.split(size, 2), strict=True)]
    loss = sum(share * each for share, (each, _) in parts).nan_to_num(nan=math.inf)
    right = sum(share * each for share, (_, each) in parts)
    return loss, torch.where(loss.isfinite(), 1 - right, GUESSING)


def drawn(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays for a frame: losses up to the ceiling, where the axis says what it means."""
    return {
        name: np.minimum(a, LOSS_CEILING if name.endswith("loss") else math.inf)
        .astype(np.float32) for name, a in arrays.items()
    }


def failures(
    config: CommonConfig, t: int, loss: np.ndarray, error: np.ndarray, depths: Sequence[int],
    before: set[tuple[str, int]],
) -> Iterator[Note]:
    """Who overflowed since the last frame, and at the end who is no better than a guess.

    Args:
        loss: Training loss, (variant, depth, seed); infinite where a net overflowed.
        error: Training error, alike.
        before: Variants and depths that had overflowed; those of now are added.
    """
    for i, variant in enumerate(variants(config)):
        dead = {d: int(np.isinf(loss[i, j]).sum()) for j, d in enumerate(depths)}
        new = [d for d, n in dead.items() if n and (variant.name, d) not in before]
        before.update((variant.name, d) for d in new)
        if new:
            for d in new:
                yield Note("overflowed", {
                    "variant": variant.name, "step": t, "depth": d, "n": dead[d],
                    "n_seeds": config.n_seeds}, about=f"{variant.name} {d}")
        lost = [str(d) for j, d in enumerate(depths)
                if not dead[d] and np.median(error[i, j]) >= LOST]
        if lost and t == config.n_steps:
            yield Note("guesses", {
                "variant": variant.name, "depths": ", ".join(lost), "step": t,
                "error": f"{LOST:.0%}"}, about=variant.name)


NOTES = {
    "overflowed": "{variant} overflowed by step {step}: at {depth} layers ({n} of {n_seeds} "
                  "seeds). What overflowed is counted as guessing, 90 % wrong.",
    "guesses": "{variant} with {depths} layers hardly beats a guess after {step} steps: its "
               "training error is above {error}.",
    **names_of("variant", {
        variant.name: variant.title
        for variant in (Variant(kind, norm) for kind in KINDS for norm in (False, True))
    }),
}
