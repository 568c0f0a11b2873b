"""What is in the scene, and where? Two questions, each to a net of its own, and both to one.

All nets have the same trunk of three convolutions, the same start and the same batches. One is
taught the class of the shape, one its box, one both at once; and one is taught the box from a trunk
that has learned classes before.

Papers: Ren et al. 2015 (class and box from one trunk), Rezatofighi et al. 2019 (GIoU), Islam et al.
2020 (a convolutional net knows the place from the zeros at the border).
Differs from the papers in: one shape per scene of 24 x 24 pixels; one box per scene, without
proposals or anchors; a trunk of three convolutions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.vision_tasks.boxes import BOX_LOSSES, iou
from core.concepts.vision_tasks.common import Batches, CommonConfig, inked, race, scenes_of
from core.concepts.vision_tasks.nets import (
    BATCH_SIZE,
    SCENES,
    TESTING,
    Finder,
    Nets,
    Trunk,
    WhatAndWhere,
    answers,
    folded,
    schedule,
    stacked,
    taught,
)
from core.concepts.vision_tasks.scenes import N_CLASSES, N_PIXELS
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["class", "box", "both", "after"]
N_TRAIN, N_TEST, N_SHOWN = 1000, 200, 6
MAX_FRAMES = 14
LOST = 0.3
"""Below this mean IoU boxes are no better than one that is always the same."""


@dataclass(frozen=True)
class Asked:
    """What a net is taught.

    Attributes:
        label: For people.
        of_class: Whether the class.
        of_box: Whether the box.
        before: Whether its trunk has learned classes before.
    """

    label: str
    of_class: bool
    of_box: bool
    before: bool = False


ASKED: dict[str, Asked] = {
    "class": Asked("What, alone", True, False),
    "box": Asked("Where, alone", False, True),
    "both": Asked("Both on one trunk", True, True),
    "after": Asked("Where, after classes", False, True, True),
}


class Config(CommonConfig):
    """Who is asked what, and how they learn it."""

    nets: tuple[NetName, ...] = setting(
        ("class", "box", "both"), "Nets, by what they are taught",
        names={name: asked.label for name, asked in ASKED.items()},
    )
    box_weight: float = setting(
        3.0, "Of the box's loss beside the class's, on one trunk", ge=0.1, le=100, log=True)
    padding: Literal["zeros", "circular", "reflect"] = setting(
        "zeros", "What stands around the edge of a scene, and of every map",
        names={"zeros": "Zeros", "circular": "The opposite edge", "reflect": "The mirror image"},
    )
    everywhere: bool = setting(
        False, "Whether the box is read from all places of the maps; from their means where not",
        label="Box from all places")
    n_scenes: int = setting(
        N_TRAIN, "Scenes whose answers are known", ge=40, le=N_TRAIN, unit="scenes", log=True)
    box_loss: Literal["squared", "absolute", "iou", "giou"] = setting(
        "squared", "What is made small for boxes",
        names={name: loss.label for name, loss in BOX_LOSSES.items()}, group="Training",
    )
    n_before: int = setting(
        100, "Updates on classes, of the net that has learned them before", ge=10, le=300,
        unit="steps", step=10, group="Training", label="Steps before")


def net_of(config: Config, asked: Asked) -> Finder:
    weight = config.box_weight if asked.of_class else 1.0
    return Finder(
        WhatAndWhere(float(asked.of_class), weight * asked.of_box, config.box_loss),
        Trunk(config.padding), config.everywhere)


def questions(config: Config, purpose: int, n: int) -> tuple[Tensor, Tensor]:
    """Scenes of every seed and their answers: (S, pixels, n), (S, classes + 4, n)."""
    drawn = scenes_of(config, purpose, n, 1)
    return stacked([s.images.T for s in drawn]), stacked([answers(s) for s in drawn])


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same batches."""
    nets: dict[str, Nets] = {
        name: Nets(net_of(config, ASKED[name]), config.seeds, config.learning_rate)
        for name in config.nets}
    x, y = questions(config, SCENES, N_TRAIN)
    yield from race(config, nets, Exam(config, y), batches(config, nets, x, y), news)


def batches(config: Config, nets: Mapping[str, Nets], x: Tensor, y: Tensor) -> Batches:
    """What is learned from, after those who learn classes before have learned them from all."""
    for name, own in nets.items():
        if ASKED[name].before:
            own.take_trunk(taught(net_of(config, ASKED["class"]), x, y, config.seeds,
                                  config.learning_rate, config.n_before))
    x, y = (a[..., : config.n_scenes].contiguous() for a in (x, y))
    yield from schedule(x, y, config.seeds, BATCH_SIZE, config.n_steps)


class Exam:
    """New scenes that nets are measured on, the same at every step.

    Args:
        learned: Answers to the scenes that are learned from, (S, classes + 4, n).
    """

    def __init__(self, config: Config, learned: Tensor) -> None:
        self.config = config
        self._x, self._y = questions(config, TESTING, N_TEST)
        self._usual = learned[:, N_CLASSES:].mean(2)

    def known(self) -> dict[str, np.ndarray]:
        """What does not change: the first seed's scenes that are shown, and a box for all."""
        usual = iou(self._usual[:, None], self._y[:, N_CLASSES:].mT).mean(1)
        shown = self._y[0, :, :N_SHOWN]
        return {
            "image": inked(self._x[0, :, :N_SHOWN].T.numpy()),
            "true_class": shown[:N_CLASSES].argmax(0).numpy().astype(np.uint8),
            "true_box": shown[N_CLASSES:].T.numpy().astype(np.float16),
            "usual_iou": usual.numpy(),
        }

    def measure(self, nets: Mapping[str, Nets]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (net, ...). What a net is not taught has no number."""
        with torch.inference_mode():
            each = [self._of(ASKED[name], own.said(self._x)) for name, own in nets.items()]
        arrays = {name: np.stack([found[name] for found in each]) for name in each[0]}
        return arrays | {"weights": folded(nets.values())}

    def _of(self, asked: Asked, z: Tensor) -> dict[str, np.ndarray]:
        logits, boxes = z[:, :N_CLASSES], z[:, N_CLASSES:].mT
        truth = self._y[:, :N_CLASSES].argmax(1)
        wrong = (logits.argmax(1) != truth).float().mean(1).numpy()
        covered = iou(boxes, self._y[:, N_CLASSES:].mT).nan_to_num(0)
        first = boxes[0, :N_SHOWN].clamp(-60, 60).numpy().astype(np.float16)
        nothing = np.full_like(wrong, np.nan)
        return {
            "wrong": wrong if asked.of_class else nothing,
            "iou": covered.mean(1).numpy() if asked.of_box else nothing,
            "said_class": logits[0, :, :N_SHOWN].argmax(0).numpy().astype(np.uint8),
            "said_box": first,
        }


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """At the end, whose boxes are no better than one for all, and who has not learned classes."""
    if t < config.n_steps:
        return
    for i, name in enumerate(config.nets):
        covered, wrong = (float(np.median(arrays[key][i])) for key in ("iou", "wrong"))
        if covered < LOST:
            yield Note("lost", {"net": name, "step": t, "iou": f"{covered:.2f}"}, name)
        if wrong > 0.5:
            yield Note("unread", {"net": name, "step": t, "wrong": f"{wrong:.0%}"}, name)


NOTES = {
    "lost": "{net}: after {step} steps the boxes are hardly better than one box for all scenes "
            "(mean IoU {iou}, median of the seeds). Zeros as padding, or reading the box from all "
            "places, mends it.",
    "unread": "{net}: after {step} steps the class is wrong in {wrong} of the scenes (median of "
              "the seeds). A smaller weight of the box, or more steps, mends it.",
    **names("net", {name: asked.label for name, asked in ASKED.items()}),
}
DIMS = {
    "wrong": ("step", "net", "seed"),
    "iou": ("step", "net", "seed"),
    "said_class": ("step", "net", "scene"),
    "said_box": ("step", "net", "scene", "edge"),
    "weights": ("step", "number"),
    "image": ("scene", "pixel"),
    "true_class": ("scene",),
    "true_box": ("scene", "edge"),
    "usual_iou": ("step", "seed"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"net": list(config.nets), "seed": list(config.seeds),
            "scene": list(range(N_SHOWN)), "pixel": list(range(N_PIXELS)),
            "edge": ["left", "top", "right", "bottom"]}
