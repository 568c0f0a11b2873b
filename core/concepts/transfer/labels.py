"""When is a trained net a better start? Error against the number of labels.

A net learns five classes of which there are many images. Then five others are to be learned, of
which there are few: by a net from scratch, by the trained net going on (fine-tuned), by a new
last layer on the trained net as it is (frozen), and on an untrained one.

Papers: Yosinski et al. 2014 (how transferable features are), Kornblith et al. 2019 (fine-tuned
and frozen against labels).
Differs from the papers in: nets of three convolutions on images of 16 x 16 or 8 x 8 pixels,
pre-trained for a hundred steps or two on 2000 images of five classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.transfer.common import FEW_IMAGES, CommonConfig, both_stretches
from core.concepts.transfer.embedding import Plane, fisher_plane, points_of
from core.concepts.transfer.stretches import DIMS as TWO_STRETCHES
from core.concepts.transfer.stretches import Arrays, Stretches
from core.concepts.transfer.stretches import coords as coords_of
from core.concepts.transfer.tasks import N_CLASSES, SOURCE_NAMES
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.training import Algorithm, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

METHOD_NAMES = {
    "scratch": "From scratch", "fine_tune": "Fine-tuned",
    "frozen_random": "Frozen, untrained", "frozen": "Frozen",
}
METHODS = tuple(METHOD_NAMES)
"""Whole nets from both starts, then last layers on both of them."""
TRAINED = METHODS[:2]
N_POINTS = 20
"""Test images per class whose features are shown; of the first seed."""
HARDLY = 0.6
"""From this error on new images of the source a net has hardly learned it; a guess is 80 %."""

Labels = Literal["2", "5", "10", "20", "50", "100"]


class _Task(BaseConfig):
    """What this lab has beside the common settings; listed first."""

    source: Literal["classes", "permuted", "position", "shuffled"] = setting(
        "classes", "What is learned first, from 2000 images of the five other classes",
        names=SOURCE_NAMES,
    )
    labels: tuple[Labels, ...] = setting(
        ("2", "5", "20", "100"), "Labelled images of each of the five new classes",
        label="Labels per class", names={n: f"{n} labels" for n in get_args(Labels)},
    )


class Config(CommonConfig, _Task):
    """What is learned first, and from how many labels afterwards."""

    @model_validator(mode="after")
    def _some_labels(self) -> Config:
        each_once("labels", self.labels, get_args(Labels))
        return self


def labels(config: Config) -> list[int]:
    """From few to many, whatever the order of the choice."""
    return sorted(int(n) for n in config.labels)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return both_stretches(config)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The source first; then, from there and from untrained nets, all numbers of labels."""
    yield from Measuring(config).train()


class Measuring(Stretches[Config]):
    """Two starts, and numbers of labels; and where the first seed's new images lie."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, [config.source], labels(config))
        few = self.test[1][0, :, :FEW_IMAGES].argmax(0).numpy()
        self._points = points_of(few, N_CLASSES, N_POINTS)

    def begin(self) -> None:
        super().begin()
        self._plane = self._plane_of_first_seed()

    def _plane_of_first_seed(self) -> Plane:
        """In which the pre-trained net of the first seed, as it is, has the new classes apart."""
        x, y = (a[:1, :, :FEW_IMAGES] for a in self.test)
        nets = self.starts[1]
        return fisher_plane(nets.features(x.expand(len(nets.p), -1, -1))[0].T.numpy(),
                            y[0].argmax(0).numpy())

    def _places(self, features: Tensor) -> np.ndarray:
        """Of some test images of the first seed in the plane, (class, point, xy)."""
        places = self._plane.of(features.T.numpy())
        return np.where(self._points[..., None] < 0, np.nan, places[self._points])

    def unseen(self, shape: tuple[int, ...]) -> Arrays:
        return {
            "train_error": np.full((*shape, self.config.n_seeds), np.nan),
            "before": np.full((N_CLASSES, N_POINTS, 2), np.nan),
            "after": np.full((shape[-1], N_CLASSES, N_POINTS, 2), np.nan),
        }

    def seen(self, features: Sequence[Tensor], frozen: Tensor) -> Arrays:
        return {
            "train_error": self.by_way([few.train_errors() for few in self.few]),
            "before": self._places(frozen[1, 0]),
            "after": np.stack([self._places(f[1, 0]) for f in features]),
        }

    def drawn(self, name: str, a: np.ndarray) -> np.ndarray:
        """Ways and starts as one dimension; one source."""
        if name == "source_error":
            return a[0]
        if "variant" in DIMS[name]:
            return a.reshape(len(METHODS), *a.shape[2:])
        return a

    def notes(self, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
        if t == self.config.n_pretraining:
            error = float(np.median(arrays["source_error"]))
            if error >= HARDLY:
                yield Note("hardly", {"step": t, "error": f"{error:.0%}"})
        if t == self.last:
            worse = (arrays["gain"][METHODS.index("fine_tune")] > 0).all(1)
            if worse.any() and self.config.n_seeds > 1:
                where = ", ".join(str(n) for n, w in zip(labels(self.config), worse, strict=True)
                                  if w)
                yield Note("hurts", {"labels": where, "n_seeds": self.config.n_seeds})


NOTES = {
    "hardly": "After {step} pre-training steps {error} of new source images are still wrong: "
              "there was little to learn, or too little time.",
    "hurts": "With {labels} labels per class the fine-tuned nets end worse than those from "
             "scratch, in each of {n_seeds} seeds.",
}

DIMS = {
    **TWO_STRETCHES,
    "source_error": ("step", "seed"),
    "test_error": ("step", "variant", "n_labels", "seed"),
    "train_error": ("step", "variant", "n_labels", "seed"),
    "gain": ("step", "variant", "n_labels", "seed"),
    "taken_for": ("step", "variant", "n_labels", "class", "said"),
    "before": ("step", "class", "point", "xy"),
    "after": ("step", "n_labels", "class", "point", "xy"),
    "moved": ("step", "trained", "n_labels", "layer", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return coords_of(config, n_rows=2) | {
        "variant": list(METHODS), "trained": list(TRAINED), "n_labels": labels(config),
        "point": list(range(N_POINTS)), "xy": ["x", "y"],
    }
