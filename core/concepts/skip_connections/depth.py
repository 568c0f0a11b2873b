"""Does a deeper net learn better? Plain and residual nets of 2 to 64 layers, side by side.

A plain net deep enough has a larger error than a shallow one, on the training images too: He et
al. 2016 call it degradation. All depths, kinds and seeds train together.

Papers: He et al. 2016 (degradation, residual blocks), Marion et al. 2025 (the scale
1 / sqrt(depth)), Bachlechner et al. 2021 (ReZero), Yang et al. 2019 (batch norm makes gradients
explode with depth).
Differs from the papers in: nets of one layer per block, on 8 x 8 digits, for hundreds of
steps rather than hundreds of epochs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.skip_connections.common import (
    BATCH_NORM,
    FEW_IMAGES,
    LOSS_CEILING,
    RATES,
    CommonConfig,
    data_of,
    depth_race_of,
    drawn,
    failures,
    names,
    net_of,
    score,
    stretches,
    train_on,
)
from core.concepts.skip_connections.staggered import DepthRace
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

Depth = Literal["2", "4", "8", "16", "32", "64"]
MAX_FRAMES = 24


class _Sweep(BaseConfig):
    """What this lab has beside the common settings; listed first."""

    depths: tuple[Depth, ...] = setting(
        get_args(Depth), "Layers between the first and the last: a net of each depth",
        names={depth: f"{depth} layers" for depth in get_args(Depth)},
    )
    rates: Literal["shared", "tuned"] = setting(
        "shared", "One learning rate for all, or for each kind and depth the best of four",
        names={"shared": "One for all", "tuned": "Own best rate"},
    )


class Config(CommonConfig, _Sweep):
    """Which nets, how deep, and how they are trained."""

    @model_validator(mode="after")
    def _some_depths(self) -> Config:
        each_once("depths", self.depths, get_args(Depth))
        return self


def depths(config: Config) -> list[int]:
    """From shallow to deep, whatever the order of the choice."""
    return sorted(int(depth) for depth in config.depths)


def learning_rates(config: Config) -> Sequence[float]:
    return RATES[config.optimizer] if config.rates == "tuned" else (config.learning_rate,)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All depths together, which are one stack: one of nets without batch norm, and one
    of nets with it.
    """
    data = data_of(config)
    races = [
        depth_race_of(config, [net_of(config, depth, norm) for depth in depths(config)],
                      learning_rates(config))
        for norm in BATCH_NORM[config.batch_norm]
    ]
    overflowed: set[tuple[str, int]] = set()
    t = 0

    def measure() -> Measured:
        return _measured(config, t, races, data, overflowed)

    yield t, measure
    ends = steps(config)
    for t, stretch in zip(ends[1:], stretches(config, data, ends), strict=True):
        for race in races:
            train_on(race, stretch)
        yield t, measure


def _measured(
    config: Config, t: int, races: Sequence[DepthRace], data: Split,
    overflowed: set[tuple[str, int]],
) -> Measured:
    some = slice(None if t == config.n_steps else FEW_IMAGES[config.net])
    train = _scores(config, races, data.train_x[:, :, some], data.train_y[:, :, some])
    test = _scores(config, races, data.test_x[:, :, some], data.test_y[:, :, some])
    best = _best_rate(train[0])  # of what was trained on, never of the test images
    loss, error, test_error = (
        np.take_along_axis(a, best[:, :, None, None], 2)[:, :, 0]
        for a in (train[0], train[1], test[1])
    )
    rates = np.array(learning_rates(config))
    arrays = {"train_loss": loss, "train_error": error, "test_error": test_error,
              "rate": rates[best]}
    return drawn(arrays), failures(config, t, loss, error, depths(config), overflowed)


def _scores(
    config: Config, races: Sequence[DepthRace], x: Tensor, y: Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Loss and error of every net, each (variant, depth, rate, seed)."""
    shape = (-1, len(config.kinds), len(learning_rates(config)), config.n_seeds)
    loss, error = (
        torch.cat([of_half.view(shape).swapaxes(0, 1) for of_half in halves]).numpy()
        for halves in zip(*(score(race, x, y) for race in races), strict=True)
    )
    return loss, error


def _best_rate(loss: np.ndarray) -> np.ndarray:
    """Per variant and depth the rate with the lowest mean loss, (variant, depth).

    Of losses up to the ceiling: a rate at which one net in eight overflows is not the best.
    """
    return np.minimum(loss, LOSS_CEILING).mean(3).argmin(2)


DIMS = {
    "train_loss": ("step", "variant", "depth", "seed"),
    "train_error": ("step", "variant", "depth", "seed"),
    "test_error": ("step", "variant", "depth", "seed"),
    "rate": ("step", "variant", "depth"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"variant": names(config), "depth": depths(config), "seed": list(config.seeds)}
