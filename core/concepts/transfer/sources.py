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

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.transfer.common import CommonConfig, both_stretches
from core.concepts.transfer.stretches import DIMS as TWO_STRETCHES
from core.concepts.transfer.stretches import Stretches
from core.concepts.transfer.stretches import coords as coords_of
from core.concepts.transfer.target import WAYS
from core.concepts.transfer.tasks import SOURCE_NAMES
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.training import Algorithm, recorded
from core.words import Note
from core.words import names as names_of

SourceName = Literal["classes", "permuted", "position", "shuffled"]
START_NAMES = {"nothing": "Nothing first", **SOURCE_NAMES}
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
    yield from Measuring(config).train()


class Measuring(Stretches[Config]):
    """Several sources, and one number of labels."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, config.sources, [config.n_labels])

    def drawn(self, name: str, a: np.ndarray) -> np.ndarray:
        """Without a dimension for the one number of labels."""
        if "start" not in DIMS[name]:
            return a
        return a.squeeze(DIMS[name].index("start"))  # "step" is not in it yet, so the one behind

    def notes(self, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
        """From which starts nets end worse than from none, on average."""
        if t < self.last:
            return
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
    **TWO_STRETCHES,
    "source_error": ("step", "source", "seed"),
    "test_error": ("step", "way", "start", "seed"),
    "gain": ("step", "way", "start", "seed"),
    "taken_for": ("step", "way", "start", "class", "said"),
    "moved": ("step", "start", "layer", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return coords_of(config, n_rows=len(config.sources) + 1) | {
        "way": list(WAYS), "start": starts(config), "source": list(config.sources),
    }
