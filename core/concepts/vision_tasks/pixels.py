"""Which pixels? Nets that say of every pixel what it belongs to, and measures that mislead.

Scenes have two shapes; six of seven pixels are background. Beside what the nets reach is what one
reaches who says "background" everywhere.

Papers: Long et al. 2015 (fully convolutional nets, mean IoU), Ronneberger et al. 2015 (U-Net).
Differs from the papers in: nets of some thousand parameters on scenes of 24 x 24 pixels; nearest
neighbours on the way up, no learned enlargement; padding, so that maps keep their size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.vision_tasks import segment
from core.concepts.vision_tasks.common import Batches, CommonConfig, inked, race, scenes_of
from core.concepts.vision_tasks.nets import SCENES, TESTING, Nets, folded, schedule, stacked
from core.concepts.vision_tasks.scenes import N_PIXELS, SIDE
from core.concepts.vision_tasks.segment import KINDS, Segmenter
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["unet", "down_up", "full", "one"]
N_TRAIN, N_TEST, N_SHOWN = 600, 60, 5
BATCH_SIZE = 16
MAX_FRAMES = 10
NOTHING = "nothing"
"""Among the learners: who says "background" everywhere."""
BLIND = 0.3
"""Below this mean IoU a net that has more pixels right than NOTHING is warned of."""


class Config(CommonConfig):
    """Which nets, what they make small, and on which scenes."""

    nets: tuple[NetName, ...] = setting(
        ("unet", "down_up", "one"), "Nets, by their shape",
        names={name: kind.label for name, kind in KINDS.items()},
    )
    background: float = setting(
        0.2, "Of background's pixels in the loss; a shape's have 1", ge=0.05, le=1, log=True,
        label="Weight of background")
    n_scenes: int = setting(N_TRAIN, "Scenes that nets learn from", ge=50, le=N_TRAIN,
                            unit="scenes", log=True)
    n_steps: int = setting(80, "Number of updates", ge=20, le=400, unit="steps", step=10)
    learning_rate: float = setting(0.02, "Adam's", ge=0.001, le=0.05, log=True, group="Training")


def learners(config: Config) -> list[str]:
    """The nets, and who says "background" everywhere."""
    return [*config.nets, NOTHING]


def questions(config: Config, purpose: int, n: int) -> tuple[Tensor, Tensor]:
    """Scenes of every seed and what their pixels belong to: (S, pixels, n) twice."""
    drawn = scenes_of(config, purpose, n, 2)
    return stacked([s.images.T for s in drawn]), stacked([s.pixels.T.astype(int) for s in drawn])


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same batches."""
    nets: dict[str, Nets] = {
        name: Nets(Segmenter(KINDS[name], config.background), config.seeds, config.learning_rate)
        for name in config.nets}
    yield from race(config, nets, Exam(config), batches(config), news)


def batches(config: Config) -> Batches:
    """What is learned from."""
    x, y = questions(config, SCENES, config.n_scenes)
    yield from schedule(x, y, config.seeds, BATCH_SIZE, config.n_steps)


class Exam:
    """New scenes that nets are measured on, the same at every step."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._x, y = questions(config, TESTING, N_TEST)
        self._true = y.mT.numpy()  # (S, n, pixels)
        self._edges = segment.at_edges(self._true, SIDE)

    def known(self) -> dict[str, np.ndarray]:
        """What does not change: the first seed's scenes that are shown."""
        return {"image": inked(self._x[0, :, :N_SHOWN].T.numpy()),
                "true": self._true[0, :N_SHOWN].astype(np.uint8)}

    def measure(self, nets: Mapping[str, Nets]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (learner, seed, ...)."""
        with torch.inference_mode():
            said = [own.said(self._x).argmax(1).numpy() for own in nets.values()]
        each = [self._of(s) for s in (*said, np.zeros_like(self._true))]
        arrays = {name: np.stack([found[name] for found in each]) for name in each[0]}
        shown = np.stack([s[0, :N_SHOWN] for s in said]).astype(np.uint8)
        return {name: a.astype(np.float32) for name, a in arrays.items()} | {
            "said": shown, "weights": folded(nets.values())}

    def _of(self, said: np.ndarray) -> dict[str, np.ndarray]:
        """Of what is said of all pixels, (S, n, pixels)."""
        each = segment.ious(said, self._true)
        right = said == self._true
        return {
            "right": segment.pixel_accuracy(said, self._true),
            "mean_iou": np.nanmean(each, 1), "shape_iou": np.nanmean(each[:, 1:], 1),
            "edges": (right & self._edges).sum((1, 2)) / self._edges.sum((1, 2)),
        }


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """At the end, who has as many pixels right as nothing at all, or hardly finds shapes."""
    right, found = (np.median(arrays[name], 1) for name in ("right", "mean_iou"))
    for i, name in enumerate(config.nets):
        if t == config.n_steps and found[i] < BLIND:
            yield Note("blind", {"net": name, "step": t, "right": f"{right[i]:.0%}",
                                 "iou": f"{found[i]:.2f}", "nothing": f"{right[-1]:.0%}"}, name)


NOTES = {
    "blind": "{net}: after {step} steps {right} of the pixels are right, and hardly a shape is "
             "(mean IoU {iou}). Who says \"background\" everywhere has {nothing} of them right. A "
             "smaller weight of background, more steps or a net that sees farther mends it.",
    **names("net", {name: kind.label for name, kind in KINDS.items()}),
}
DIMS = {
    "right": ("step", "learner", "seed"),
    "mean_iou": ("step", "learner", "seed"),
    "shape_iou": ("step", "learner", "seed"),
    "edges": ("step", "learner", "seed"),
    "said": ("step", "net", "scene", "pixel"),
    "weights": ("step", "number"),
    "image": ("scene", "pixel"),
    "true": ("scene", "pixel"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"learner": learners(config), "net": list(config.nets), "seed": list(config.seeds),
            "scene": list(range(N_SHOWN)), "pixel": list(range(N_PIXELS))}
