"""What goes wrong in a deep plain net, and what a skip connection changes: a look inside.

All nets have one depth. Gradients and activations are measured layer by layer while they learn,
on a batch that stays the same.

Papers: Balduzzi et al. 2017 (shattered gradients), Li et al. 2018 (slices of the loss), Veit et
al. 2016 (deleted blocks), He et al. 2015 (the gain that keeps a ReLU net's scale).
Differs from the papers in: as in the depth lab; gradients with batch norm are those of the
batch's own statistics.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.skip_connections.common import (
    BATCH_NORM,
    FEW_IMAGES,
    GAINS,
    CommonConfig,
    data_of,
    drawn,
    failures,
    names,
    net_of,
    race_of,
    score,
    stretches,
    train_on,
    variants,
)
from core.concepts.skip_connections.measures import (
    by_layer,
    line_between,
    loss_slice,
    random_directions,
    shattering,
    without_each_block,
)
from core.config import Config as BaseConfig
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split
from core.stacked.layers import Workspace
from core.stacked.nets import Stack
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

MAX_FRAMES = 40
PROBE_IMAGES = 64  # for gradients and activations
LINE_POINTS = {"dense": 256, "cnn": 64}
DISTANCES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
"""Between two points on the line from one digit to another, as shares of its length."""
OFTEN, RARELY = 3, 13  # frames between two measurements of gradients' likeness; of slices
SLICE_IMAGES = {"dense": 128, "cnn": 32}
OFFSETS = {"dense": np.linspace(-0.5, 0.5, 15), "cnn": np.linspace(-0.5, 0.5, 9)}
"""Steps along either direction of a slice: at 1 a neuron would have moved by its own norm."""
DRAWN = (1e-12, 1e12)
"""Norms of gradients and sizes of activations beyond that are drawn at these ends."""
TOGETHER = 12  # nets measured at once: bounds the memory


class _Depth(BaseConfig):
    """What this lab has beside the common settings; listed first."""

    depth: int = setting(
        32, "Layers between the first and the last, of all nets", ge=2, le=64, step=2,
        unit="layers",
    )


class Config(CommonConfig, _Depth):
    """Which nets, and how they are trained."""


class Nets:
    """The nets with, or without, batch norm: trained as a race, looked at as stacks."""

    def __init__(self, config: Config, data: Split, batch_norm: bool) -> None:
        self.config, self.data = config, data
        self.net = net_of(config, config.depth, batch_norm)
        self.race = race_of(config, self.net)
        memory = Workspace()
        self._stacks = [
            Stack(self.net, p, torch.zeros_like(p), memory) for p in self.race.p.split(TOGETHER)
        ]
        self._seeds = torch.arange(len(self.race.p)) % config.n_seeds

    def _each(self, measure: Any, *data: Tensor) -> list[np.ndarray]:
        """A measurement of every model on its own seed's data, each (kind, seed, ...)."""
        own = [torch.split(a[self._seeds], TOGETHER) for a in data]
        with torch.no_grad():
            parts = [measure(stack, *xs) for stack, *xs in zip(self._stacks, *own, strict=True)]
        joined = [torch.cat(part) for part in zip(*parts, strict=True)]
        return [self._by_kind(a.numpy()) for a in joined]

    def _by_kind(self, a: np.ndarray) -> np.ndarray:
        return a.reshape(len(self.config.kinds), self.config.n_seeds, *a.shape[1:])

    def scores(self, x: Tensor, y: Tensor) -> tuple[np.ndarray, ...]:
        """Loss and error, each (kind, seed)."""
        return tuple(self._by_kind(a.numpy()) for a in score(self.race, x, y))

    def layers(self) -> list[np.ndarray]:
        """Gradients and activations, each (kind, layer, seed)."""
        some = slice(PROBE_IMAGES)
        found = self._each(
            by_layer, self.data.train_x[:, :, some], self.data.train_y[:, :, some]
        )
        return [a.swapaxes(1, 2) for a in found]

    def correlation(self) -> np.ndarray:
        """Of gradients along a line, (kind, distance, seed)."""
        n = LINE_POINTS[self.config.net]
        lags = [round(share * n) for share in DISTANCES]
        points, contrast = line_between(self.data.train_x, self.data.train_y, n)
        (found,) = self._each(lambda stack, x, c: (shattering(stack, x, c, lags),),
                              points, contrast)
        return found.swapaxes(1, 2)

    def slice(self) -> np.ndarray:
        """The loss around where the nets are, (kind, seed, b, a)."""
        kind, some = self.config.net, slice(SLICE_IMAGES[self.config.net])
        all_seeds = [*self.config.seeds] * len(self.config.kinds)
        directions = random_directions(self.net, self.race.p, all_seeds)
        x, y = self.data.train_x[:, :, some], self.data.train_y[:, :, some]
        return self._by_kind(loss_slice(self.race, directions, x, y, OFFSETS[kind].tolist()))

    def deleted(self) -> np.ndarray:
        """Test errors of the whole net and with each block deleted, (kind, 1 + layer, seed)."""
        some = slice(SLICE_IMAGES[self.config.net])
        x, y = self.data.test_x[:, :, some], self.data.test_y[:, :, some]
        whole = score(self.race, x, y)[1].numpy()
        errors = np.column_stack([whole, without_each_block(self.race, self.net, x, y)])
        return self._by_kind(errors).swapaxes(1, 2)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets; what is expensive to measure is measured at some of the recorded steps."""
    data = data_of(config)
    halves = [Nets(config, data, norm) for norm in BATCH_NORM[config.batch_norm]]
    ends = steps(config)
    measuring, k = Measuring(config, ends, halves), 0

    def measure() -> Measured:
        return measuring.at(k)

    yield 0, measure
    for k, stretch in enumerate(stretches(config, data, ends), start=1):
        for half in halves:
            train_on(half.race, stretch)
        yield ends[k], measure


class Measuring:
    """Measures the nets, and keeps what grows from one recorded step to the next."""

    def __init__(self, config: Config, steps: list[int], halves: list[Nets]) -> None:
        self.config, self.steps, self.halves = config, steps, halves
        shape = (len(names(config)), config.depth, len(steps))
        self._map = np.full(shape, np.nan, dtype=np.float32)
        self._overflowed: set[tuple[str, int]] = set()

    def at(self, k: int) -> Measured:
        """The arrays and notes of the k-th recorded step."""
        last = k == len(self.steps) - 1
        arrays, notes = self._scores(k, last)
        arrays |= self._layers(k)
        if k % OFTEN == 0 or last:
            arrays["correlation"] = self._all("correlation")
        if k == 0:
            arrays |= self._first(arrays)
        elif k % RARELY == 0 or last:
            arrays["loss_slice"] = np.log10(np.clip(self._all("slice"), 1e-9, 1e9))
            arrays["deleted_error"] = self._all("deleted")
        return drawn(arrays), notes

    def _all(self, what: str) -> np.ndarray:
        return np.concatenate([getattr(half, what)() for half in self.halves])

    def _scores(self, k: int, last: bool) -> tuple[dict[str, np.ndarray], Iterator[Note]]:
        data, some = self.halves[0].data, slice(None if last else FEW_IMAGES[self.config.net])
        train, test = (
            [np.concatenate(a) for a in zip(*(
                half.scores(x[:, :, some], y[:, :, some]) for half in self.halves
            ), strict=True)]
            for x, y in ((data.train_x, data.train_y), (data.test_x, data.test_y))
        )
        (loss, error), (_, test_error) = train, test
        notes = failures(self.config, self.steps[k], loss[:, None], error[:, None],
                          [self.config.depth], self._overflowed)
        return {"train_loss": loss, "train_error": error, "test_error": test_error}, notes

    def _layers(self, k: int) -> dict[str, np.ndarray]:
        arriving, spread = (
            np.concatenate(a).clip(*DRAWN)
            for a in zip(*(half.layers() for half in self.halves), strict=True)
        )
        self._map[:, :, k] = np.log10(np.median(arriving, 2))
        return {"gradient_map": self._map.copy(), "gradient": arriving, "activation": spread}

    def _first(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """How it began, for comparison; and empty room for what is measured later."""
        n, s = len(names(self.config)), self.config.n_seeds
        side = len(OFFSETS[self.config.net])
        return {
            **{f"{name}_first": np.median(arrays[name], 2)
               for name in ("gradient", "activation", "correlation")},
            "gradient_theory": self._theory(np.median(arrays["gradient"], 2)),
            "loss_slice": np.full((n, s, side, side), np.nan),
            "deleted_error": np.full((n, 1 + self.config.depth, s), np.nan),
        }

    def _theory(self, gradient: np.ndarray) -> np.ndarray:
        """What He et al. 2015, section 2.2, expect of a plain net: gain / sqrt(2) per layer."""
        factor = GAINS[self.config.gain] / math.sqrt(2)
        above = np.arange(self.config.depth)[::-1]
        plain = [v.kind == "plain" and not v.batch_norm for v in variants(self.config)]
        return np.where(np.array(plain)[:, None], gradient[:, -1:] * factor**above, np.nan)


DIMS = {
    "train_loss": ("step", "variant", "seed"),
    "train_error": ("step", "variant", "seed"),
    "test_error": ("step", "variant", "seed"),
    "gradient_map": ("step", "variant", "layer", "time"),
    "gradient": ("step", "variant", "layer", "seed"),
    "activation": ("step", "variant", "layer", "seed"),
    "correlation": ("step", "variant", "distance", "seed"),
    "gradient_first": ("variant", "layer"),
    "activation_first": ("variant", "layer"),
    "correlation_first": ("variant", "distance"),
    "gradient_theory": ("variant", "layer"),
    "loss_slice": ("step", "variant", "seed", "b", "a"),
    "deleted_error": ("step", "variant", "deleted", "seed"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    offsets = OFFSETS[config.net].tolist()
    return {
        "variant": names(config), "seed": list(config.seeds),
        "layer": list(range(1, config.depth + 1)),
        "deleted": list(range(config.depth + 1)),  # 0: none
        "time": recorded_steps(config.n_steps, MAX_FRAMES),
        "distance": list(DISTANCES), "a": offsets, "b": offsets,
    }
