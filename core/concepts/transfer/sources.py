"""Which first lesson is a good one? A net that has learned something else, or nonsense, goes on.

Nets are pre-trained side by side: on other shapes, on the same images with their pixels permuted,
on where the ink is, and on shuffled labels. Then all of them, and nets that have learned nothing,
are taught the same few images of new shapes: whole, or by their last layer alone.

Papers: Yosinski et al. 2014 (the further the tasks are apart, the less is transferred), Zhang et
al. 2017 (nets learn shuffled labels, too).
Differs from the papers in: nets of three convolutions on images of 16 x 16 or 8 x 8 pixels, and
sources that are bad on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

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
from core.concepts.transfer.nets import Nets, net_of, stacked, start_of, with_new_head
from core.concepts.transfer.target import Few, confusions, errors
from core.concepts.transfer.tasks import N_CLASSES, SIDES, SOURCE_NAMES, Tasks, source_of
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.lazy import torch
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

SourceName = Literal["classes", "permuted", "position", "shuffled"]
START_NAMES = {"nothing": "Nothing first", **SOURCE_NAMES}
WAYS = ("whole", "frozen")
"""What learns on: the whole net, or its last layer alone."""
LAYERS = ("1", "2", "3")
WORSE = 0.02
"""By how much a start is worse than none before it is said."""


class _Task(BaseConfig):
    """What this lab has beside the common settings; listed first."""

    sources: tuple[SourceName, ...] = setting(
        ("classes", "position", "shuffled"),
        "What nets learn first, from 2000 images of the five other classes", names=SOURCE_NAMES,
        label="Learned first",
    )
    n_labels: int = setting(
        20, "Labelled images of each of the five new classes", ge=2, le=100, log=True,
        unit="labels", label="Labels per class",
    )


class Config(CommonConfig, _Task):
    """Which first lessons, and how many labels afterwards."""

    @model_validator(mode="after")
    def _some_sources(self) -> Config:
        each_once("sources", self.sources, get_args(SourceName))
        return self


def starts(config: Config) -> list[str]:
    """Nets that have learned nothing first, then those of each source."""
    return ["nothing", *config.sources]


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return both_stretches(config)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All sources side by side; then, from each of them and from nothing, the target."""
    tasks = all_tasks(config)
    learned = [pretraining_of(config, tasks, source) for source in config.sources]
    measuring = Measuring(config, tasks, learned)
    before, t = config.n_pretraining, 0

    def measure() -> Measured:
        return measuring.at(t)

    for t in range(before):
        yield t, measure
        for of_source in learned:
            of_source.nets.step(*next(of_source.schedule), falling(t + 1, before))
    for t in range(before, before + config.n_steps + 1):
        if t == before:
            measuring.begin()
        else:
            measuring.few.step(t - before)
        yield t, measure


class Measuring:
    """Measures what nets know of their source, and then all that go on from there.

    Until pre-training is over, whole nets are those of the first step, which know nothing, and
    there are no others.
    """

    few: Few

    def __init__(self, config: Config, tasks: Sequence[Tasks], learned: Sequence[Learned]) -> None:
        self.config, self.tasks, self.learned = config, tasks, learned
        net = net_of(config.data, config.width)
        p = with_new_head(net, start_of(net, config.seeds), config.seeds)
        untrained = Nets(net, p, [0.0] * config.n_seeds)
        self.starts = [untrained, *(of_source.nets for of_source in learned)]
        self._test = stacked([of_seed.test for of_seed in tasks])
        self._last = config.n_pretraining + config.n_steps
        self._frozen = torch.zeros(0)

    def begin(self) -> None:
        """The target begins from all starts, as they are now."""
        config = self.config
        own = config.fine_tuning_rate if config.rates == "own" else config.learning_rate
        rates = [config.learning_rate, *[own] * len(self.learned)]
        pool = stacked([of_seed.pool for of_seed in self.tasks])
        frozen = torch.cat([nets.features(pool[0]) for nets in self.starts])
        self.few = Few(config, pool, config.n_labels, self.starts, frozen, rates)

    def at(self, t: int) -> Measured:
        """The arrays and notes after t updates, those of pre-training included."""
        config, before = self.config, self.config.n_pretraining
        arrays = {"target_step": np.array(t - before), "source_step": np.array(min(t, before))}
        if t <= before:
            arrays["source_error"] = np.stack([of_source.error() for of_source in self.learned])
        if t == 0:
            parts = [source_of(self.tasks[0], source, config.seed)[0] for source in config.sources]
            arrays["examples"] = rows_of_examples([*parts, self.tasks[0].pool])
            arrays |= self._first()
        if t >= before:
            arrays |= self._target(slice(None if t == self._last else FEW_IMAGES))
        notes = list(self._notes(arrays)) if t == self._last else []
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes

    def _first(self) -> dict[str, np.ndarray]:
        """Of untrained nets with untrained last layers, whatever they are to learn."""
        x, y = (a[..., :FEW_IMAGES] for a in self._test)
        nets, n = self.starts[0], len(self.starts)
        error = np.full((len(WAYS), n, self.config.n_seeds), np.nan)
        error[0] = errors(nets.read_out(nets.features(x))[None], y)
        return {
            "test_error": error, "gain": error - error[:1, :1],
            "taken_for": np.full((len(WAYS), n, N_CLASSES, N_CLASSES), np.nan),
            "moved": np.zeros((n, len(LAYERS), self.config.n_seeds)),
        }

    def _target(self, some: slice) -> dict[str, np.ndarray]:
        """Of all starts and both ways, on some of the test images."""
        x, y = (a[..., some] for a in self._test)
        if self._frozen.shape[-1] != x.shape[-1]:  # what is frozen says the same at every step
            self._frozen = torch.cat([nets.features(x) for nets in self.starts])
        _, said = self.few.said(x, self._frozen)
        error, n = errors(said, y), len(self.starts)
        test = error.reshape(len(WAYS), n, -1)
        return {
            "test_error": test, "gain": test - test[:1, :1],
            "taken_for": confusions(said, y).reshape(len(WAYS), n, N_CLASSES, N_CLASSES),
            "moved": self.few.moved(),
        }

    def _notes(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
        """From which starts nets end worse than from none, on average."""
        for start, gain in zip(starts(self.config), arrays["gain"][0], strict=True):
            if gain.mean() > WORSE:
                yield Note("hurts", {"start": start, "cost": f"{100 * gain.mean():.0f}",
                                     "n_seeds": self.config.n_seeds}, about=start)


NOTES = {
    "hurts": "{start}: taught whole, nets that learned this first end {cost} points worse than "
             "those that learned nothing, on average over {n_seeds} seeds.",
    **names_of("start", START_NAMES),
}

DIMS = {
    "source_error": ("step", "source", "seed"),
    "source_step": ("step",),
    "target_step": ("step",),
    "test_error": ("step", "way", "start", "seed"),
    "gain": ("step", "way", "start", "seed"),
    "taken_for": ("step", "way", "start", "class", "said"),
    "moved": ("step", "start", "layer", "seed"),
    "examples": ("y", "x"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    side = SIDES[config.data] + 1
    return {
        "way": list(WAYS), "start": starts(config), "source": list(config.sources),
        "layer": list(LAYERS), "seed": list(config.seeds), "class": list(range(N_CLASSES)),
        "said": list(range(N_CLASSES)), "y": list(range((len(config.sources) + 1) * side - 1)),
        "x": list(range(N_CLASSES * side - 1)),
    }
