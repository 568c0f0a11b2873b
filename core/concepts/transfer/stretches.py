"""Both stretches of a lab: nets learn something first, then all are taught the target.

Whatever is compared, sources or numbers of labels, begins with nets that have learned nothing and
goes on from the nets of every source: whole, and by new last layers on them as they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from core.concepts.transfer.common import (
    FEW_IMAGES,
    CommonConfig,
    all_tasks,
    falling,
    pretraining_of,
    rows_of_examples,
)
from core.concepts.transfer.nets import Nets, net_of, stacked, start_of, with_new_head
from core.concepts.transfer.target import WAYS, Few, confusions, errors
from core.concepts.transfer.tasks import N_CLASSES, SIDES, source_of
from core.lazy import torch
from core.training import Algorithm, Measured
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

LAYERS = ("1", "2", "3")

Arrays = dict[str, np.ndarray]
C = TypeVar("C", bound=CommonConfig)


class Stretches(ABC, Generic[C]):
    """Trains and measures what there is: the nets of every source, and then all that go on.

    Until pre-training is over, whole nets are those of the first step, which know nothing, and
    there are no others.

    Args:
        config: Of the lab.
        sources: What is learned first, each by nets of its own.
        counts: Labels per class of the target, each for nets of its own.
    """

    def __init__(self, config: C, sources: Sequence[str], counts: Sequence[int]) -> None:
        self.config, self.tasks = config, all_tasks(config)
        self._sources, self._counts = sources, counts
        self.learned = [pretraining_of(config, self.tasks, source) for source in sources]
        net = net_of(config.data, config.width)
        p = with_new_head(net, start_of(net, config.seeds), config.seeds)
        untrained = Nets(net, p, [0.0] * config.n_seeds)
        self.starts = [untrained, *(of_source.nets for of_source in self.learned)]
        self.test = stacked([of_seed.test for of_seed in self.tasks])
        self.last = config.n_pretraining + config.n_steps
        self.few: list[Few] = []
        self._frozen = torch.zeros(0)

    def train(self) -> Algorithm[C]:
        """All sources side by side; then, from each of them and from nothing, the target."""
        before, t = self.config.n_pretraining, 0

        def measure() -> Measured:
            return self.at(t)

        for t in range(before):
            yield t, measure
            for of_source in self.learned:
                of_source.nets.step(*next(of_source.schedule), falling(t + 1, before))
        for t in range(before, self.last + 1):
            if t == before:
                self.begin()
            for few in self.few if t > before else ():
                few.step(t - before)
            yield t, measure

    def begin(self) -> None:
        """The target begins for every number of labels, from all starts as they are now."""
        config = self.config
        own = config.fine_tuning_rate if config.rates == "own" else config.learning_rate
        rates = [config.learning_rate, *[own] * len(self.learned)]
        pool = stacked([of_seed.pool for of_seed in self.tasks])
        frozen = torch.cat([nets.features(pool[0]) for nets in self.starts])
        self.few = [Few(config, pool, n, self.starts, frozen, rates) for n in self._counts]

    def at(self, t: int) -> Measured:
        """The arrays and notes after t updates, those of pre-training included."""
        before = self.config.n_pretraining
        arrays = {"target_step": np.array(t - before), "source_step": np.array(min(t, before))}
        if t <= before:
            arrays["source_error"] = np.stack([of_source.error() for of_source in self.learned])
        if t == 0:
            parts = [source_of(self.tasks[0], source, self.config.seed)[0]
                     for source in self._sources]
            arrays["examples"] = rows_of_examples([*parts, self.tasks[0].pool])
            arrays |= self._first()
        if t >= before:
            arrays |= self._target(slice(None if t == self.last else FEW_IMAGES))
        arrays = {name: self.drawn(name, a) for name, a in arrays.items()}
        notes = list(self.notes(t, arrays))
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes

    def _first(self) -> Arrays:
        """Of untrained nets with untrained last layers, whatever they are to learn."""
        x, y = (a[..., :FEW_IMAGES] for a in self.test)
        nets, n_seeds = self.starts[0], self.config.n_seeds
        shape = (len(WAYS), len(self.starts), len(self._counts))
        error = np.full((*shape, n_seeds), np.nan)
        error[0] = errors(nets.read_out(nets.features(x))[None], y)
        return {
            "test_error": error, "gain": error - error[:1, :1],
            "taken_for": np.full((*shape, N_CLASSES, N_CLASSES), np.nan),
            "moved": np.zeros((*shape[1:], len(LAYERS), n_seeds)),
        } | self.unseen(shape)

    def _target(self, some: slice) -> Arrays:
        """Of all ways, starts and numbers of labels, on some of the test images."""
        x, y = (a[..., some] for a in self.test)
        if self._frozen.shape[-1] != x.shape[-1]:  # what is frozen says the same at every step
            self._frozen = torch.cat([nets.features(x) for nets in self.starts])
        features, said = zip(*(few.said(x, self._frozen) for few in self.few), strict=True)
        test = self.by_way([errors(z, y) for z in said])
        frozen = self._frozen.unflatten(0, (len(self.starts), -1))
        return {
            "test_error": test, "gain": test - test[:1, :1],
            "taken_for": self.by_way([confusions(z, y) for z in said]),
            "moved": np.stack([few.moved() for few in self.few], 1),
        } | self.seen(features, frozen)

    def by_way(self, found: Sequence[np.ndarray]) -> np.ndarray:
        """(methods, ...) for every number of labels to (way, start, labels, ...)."""
        whole = np.stack(found, 1)
        return whole.reshape(len(WAYS), len(self.starts), *whole.shape[1:])

    def unseen(self, shape: tuple[int, ...]) -> Arrays:
        """What a lab measures of its own, before there is any; for so many (way, start, labels)."""
        return {}

    def seen(self, features: Sequence[Tensor], frozen: Tensor) -> Arrays:
        """What a lab measures of its own, from the features of the test images.

        Args:
            features: Of whole nets, for every number of labels (start, S, features, n).
            frozen: Of the starts as they were, likewise.
        """
        return {}

    @abstractmethod
    def drawn(self, name: str, a: np.ndarray) -> np.ndarray:
        """An array as the lab has it, of one (way, start, labels, ...), (start, labels, ...), or
        (source, seed).
        """

    @abstractmethod
    def notes(self, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
        """What is to be said after t updates."""


DIMS = {"source_step": ("step",), "target_step": ("step",), "examples": ("y", "x")}
"""Of what is the same in every lab of two stretches."""


def coords(config: CommonConfig, n_rows: int) -> dict[str, list[Any]]:
    """Labels of what is the same in every lab of two stretches; with so many rows of examples."""
    side = SIDES[config.data] + 1
    return {
        "layer": list(LAYERS), "seed": list(config.seeds), "class": list(range(N_CLASSES)),
        "said": list(range(N_CLASSES)), "y": list(range(n_rows * side - 1)),
        "x": list(range(N_CLASSES * side - 1)),
    }
