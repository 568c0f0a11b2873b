"""What all labs of scenes have in common: settings, the scenes of seeds, the loop over batches, and
what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from pydantic import model_validator

from core.concepts.vision_tasks.nets import Nets
from core.concepts.vision_tasks.scenes import Scenes, draw
from core.config import Config as BaseConfig
from core.config import each_once, names_of, setting
from core.training import Algorithm, Measured
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor


class CommonConfig(BaseConfig):
    """Who is trained, for how long, and on which scenes."""

    nets: tuple[str, ...] = ()  # each lab has its own
    n_steps: int = setting(100, "Number of updates", ge=20, le=400, unit="steps", step=10)
    learning_rate: float = setting(0.03, "Adam's", ge=0.001, le=0.05, log=True, group="Training")
    noise: float = setting(
        0.15, "Standard deviation of every pixel's; ink is 0 to 1", ge=0, le=0.4, group="Scenes")
    clutter: int = setting(1, "Strokes that belong to no shape", ge=0, le=2, unit="strokes",
                           group="Scenes")
    n_seeds: int = setting(
        3, "Nets of each kind, each with its own weights and scenes", ge=1, le=8, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and scenes", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some(self) -> CommonConfig:
        each_once("nets", self.nets, tuple(names_of(type(self), "nets")))
        return self


class TwoSeeds(CommonConfig):
    """Of labs whose nets take longer."""

    n_seeds: int = setting(
        2, "Nets of each kind, each with its own weights and scenes", ge=1, le=8, unit="seeds",
        group="Seeds",
    )


C = TypeVar("C", bound=CommonConfig)
Batches = Iterable[tuple["Tensor", "Tensor"]]


class Measuring(Protocol):
    """New scenes that nets are measured on, the same at every step."""

    def known(self) -> dict[str, np.ndarray]:
        """What does not change, for the first frame."""

    def measure(self, nets: Mapping[str, Nets]) -> dict[str, np.ndarray]:
        """The other arrays of a frame."""


def race(
    config: C, nets: Mapping[str, Nets], exam: Measuring, batches: Batches,
    news: Callable[[C, int, Mapping[str, np.ndarray]], Iterator[Note]],
) -> Algorithm[C]:
    """All nets on the same batches.

    Args:
        batches: For every step what all learn from; a generator begins after the first frame.
        news: What is to be said at a step, of the arrays of its frame.
    """
    t = 0

    def measure() -> Measured:
        arrays = exam.measure(nets)
        if t == 0:
            arrays |= exam.known()
        return arrays, news(config, t, arrays)

    yield t, measure
    for t, (scenes, true) in enumerate(batches, 1):
        for own in nets.values():
            own.step(scenes, true, t, config.n_steps)
        yield t, measure


def scenes_of(config: CommonConfig, purpose: int, n: int, n_shapes: int) -> list[Scenes]:
    """n scenes for every seed."""
    return [draw(n, n_shapes, np.random.default_rng((seed, purpose)), config.noise, config.clutter)
            for seed in config.seeds]


def inked(images: np.ndarray) -> np.ndarray:
    """As bytes, 0 where nothing is."""
    return np.clip(np.rint(200 * images), 0, 255).astype(np.uint8)
