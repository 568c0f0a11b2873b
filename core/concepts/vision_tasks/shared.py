"""One trunk for four questions: what, where, which pixels, and say it.

Scenes have two shapes. What are both, where are they, what does every pixel belong to, and which
sentence is true? Each question has a head of its own; one net has all four heads on a single trunk,
others have two, and beside them each question has a net to itself. All trunks may have learned
another question before.

Papers: Caruana 1997 (several tasks learn one representation), Ren et al. 2015 and He et al. 2017
(class, box and pixels from one trunk), Standley et al. 2020 (which tasks should be learned
together).
Differs from the papers in: trunks of three convolutions and scenes of 24 x 24 pixels; losses are
added with fixed weights; every scene comes with all its answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.vision_tasks import heads, segment, sentences
from core.concepts.vision_tasks.before import BEFORE, N_CLASSIFIED
from core.concepts.vision_tasks.boxes import iou
from core.concepts.vision_tasks.common import Batches, TwoSeeds, inked, race, scenes_of
from core.concepts.vision_tasks.heads import HEADS, N_SHAPES, Answering
from core.concepts.vision_tasks.nets import (
    SCENES,
    TESTING,
    Nets,
    folded,
    schedule,
    stacked,
    taught,
)
from core.concepts.vision_tasks.scenes import N_PIXELS
from core.concepts.vision_tasks.sentences import SLOTS
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["class", "box", "pixels", "sentence", "all", "class_box", "class_pixels",
                  "pixels_sentence"]
N_TRAIN, N_TEST, N_SHOWN = 1000, 100, 6
BATCH_SIZE = 16
MAX_FRAMES = 10
UNTRUE = 0.1
"""Below this share of true sentences it is said that more steps are wanted."""


@dataclass(frozen=True)
class Asked:
    """What a net is asked.

    Attributes:
        label: For people.
        questions: Keys in `HEADS`, all on one trunk.
    """

    label: str
    questions: tuple[str, ...]


ASKED: dict[str, Asked] = {
    "class": Asked("What, alone", ("class",)),
    "box": Asked("Where, alone", ("box",)),
    "pixels": Asked("Which pixels, alone", ("pixels",)),
    "sentence": Asked("Say it, alone", ("sentence",)),
    "all": Asked("All four on one trunk", tuple(HEADS)),
    "class_box": Asked("What and where on one", ("class", "box")),
    "class_pixels": Asked("What and pixels on one", ("class", "pixels")),
    "pixels_sentence": Asked("Pixels and sentence on one", ("pixels", "sentence")),
}
"""Adding one is an entry here, and a colour in `pages/vision_tasks/styles.py`."""


class Config(TwoSeeds):
    """Which questions stand on one trunk, and what trunks have learned before."""

    nets: tuple[NetName, ...] = setting(
        ("class", "box", "pixels", "sentence", "all"), "Nets, by what they are asked",
        names={name: asked.label for name, asked in ASKED.items()},
    )
    box_weight: float = setting(
        3.0, "Of the boxes' loss beside the others', on one trunk", ge=0.1, le=100, log=True)
    before: Literal["nothing", "class", "box", "pixels", "sentence"] = setting(
        "nothing", "The question that all trunks have learned before, alone, on other scenes",
        label="Learned before", names={
            "nothing": "Nothing", "class": "What", "box": "Where", "pixels": "Which pixels",
            "sentence": "Say it"})
    n_scenes: int = setting(N_TRAIN, "Scenes that come with all answers", ge=50, le=N_TRAIN,
                            unit="scenes", log=True)
    n_steps: int = setting(150, "Number of updates", ge=20, le=400, unit="steps", step=10)
    learning_rate: float = setting(0.02, "Adam's", ge=0.001, le=0.05, log=True, group="Training")
    n_before: int = setting(
        100, "Updates on the question that was learned before", ge=10, le=300, unit="steps",
        step=10, group="Training", label="Steps before")


def net_of(config: Config, name: str) -> Answering:
    return Answering(ASKED[name].questions, config.box_weight)


def known(config: Config, purpose: int, n: int) -> tuple[Tensor, Tensor]:
    """Scenes of every seed and all their answers: (S, pixels, n), (S, rows, n)."""
    drawn = scenes_of(config, purpose, n, N_SHAPES)
    return stacked([s.images.T for s in drawn]), stacked([heads.answers(s) for s in drawn])


def learned_before(config: Config) -> Nets:
    """Nets of every seed that have learned one question, on scenes of their own."""
    x, y = known(config, BEFORE, N_CLASSIFIED)
    return taught(Answering((config.before,)), x, y, config.seeds, config.learning_rate,
                  config.n_before)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same batches."""
    nets: dict[str, Nets] = {
        name: Nets(net_of(config, name), config.seeds, config.learning_rate)
        for name in config.nets}
    yield from race(config, nets, Exam(config), batches(config, nets), news)


def batches(config: Config, nets: Mapping[str, Nets]) -> Batches:
    """What is learned from, after all trunks have learned what they learn before."""
    if config.before != "nothing":
        before = learned_before(config)
        for own in nets.values():
            own.take_trunk(before)
    x, y = known(config, SCENES, config.n_scenes)
    yield from schedule(x, y, config.seeds, BATCH_SIZE, config.n_steps)


class Exam:
    """New scenes that nets are measured on, the same at every step."""

    def __init__(self, config: Config) -> None:
        drawn = scenes_of(config, TESTING, N_TEST, N_SHAPES)
        self._x = stacked([s.images.T for s in drawn])
        y = stacked([heads.answers(s) for s in drawn]).mT.numpy()  # (S, n, rows)
        self._true = {name: y[..., head.rows] for name, head in HEADS.items()}
        self._true["box"] = self._true["box"].reshape(*y.shape[:2], N_SHAPES, 4)
        self._both = np.stack([sentences.truths(s) for s in drawn])  # (S, n, 2, length)

    def known(self) -> dict[str, np.ndarray]:
        """What does not change: the first seed's scenes that are shown."""
        shown = {name: true[0, :N_SHOWN] for name, true in self._true.items()}
        return {"image": inked(self._x[0, :, :N_SHOWN].T.numpy()), "true_class": shown["class"],
                "true_box": shown["box"].astype(np.float16), "true_pixels": shown["pixels"],
                "true_words": self._both[0, :N_SHOWN].astype(np.uint8)}

    def measure(self, nets: Mapping[str, Nets]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (net, ...). What a net is not asked has no number."""
        each = [self._of(answered(own, ASKED[name].questions, self._x))
                for name, own in nets.items()]
        arrays = {name: np.stack([found[name] for found in each]) for name in each[0]}
        return arrays | {"weights": folded(nets.values())}

    def _of(self, said: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Of what is said, by question."""
        score = np.full((len(HEADS), len(self._x)), np.nan, np.float32)
        for i, name in enumerate(HEADS):
            if name in said:
                score[i] = self._score(name, said[name])
        shown = {name: said[name][0, :N_SHOWN] if name in said
                 else np.zeros_like(true[0, :N_SHOWN]) for name, true in self._true.items()}
        return {"score": score, "said_class": shown["class"].astype(np.uint8),
                "said_box": shown["box"].astype(np.float16),
                "said_pixels": shown["pixels"].astype(np.uint8),
                "said_words": shown["sentence"].astype(np.uint8)}

    def _score(self, name: str, said: np.ndarray) -> np.ndarray:
        """How good answers to a question are, from 0 to 1, (S,)."""
        true = self._true[name]
        if name == "box":
            covered = iou(torch.from_numpy(said), torch.from_numpy(true).float())
            return covered.nan_to_num(0).mean((1, 2)).numpy()
        if name == "pixels":
            return np.nanmean(segment.ious(said, true), 1)
        right = sentences.is_true(said, self._both) if name == "sentence" else said == true
        found: np.ndarray = right.reshape(len(said), -1).mean(1)
        return found


def answered(own: Nets, asked: Sequence[str], x: Tensor) -> dict[str, np.ndarray]:
    """What nets say of scenes (S, pixels, n), by question: two classes, two boxes, the kind of
    every pixel, five words, (S, n, ...).
    """
    p = own.parameters
    with torch.inference_mode():
        maps = own.net.forward(p, x)
        said = {name: HEADS[name].said(p, maps, False) for name in asked}
    if "class" in said:
        said["class"] = said["class"].argmax(-1)
    if "pixels" in said:
        said["pixels"] = said["pixels"].argmax(2)
    return {name: a.numpy() for name, a in said.items()}


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """At the end, who hardly ever says a true sentence."""
    if t < config.n_steps:
        return
    for i, name in enumerate(config.nets):
        true = float(np.median(arrays["score"][i, list(HEADS).index("sentence")]))
        if true < UNTRUE:
            yield Note("untrue", {"net": name, "step": t, "true": f"{true:.0%}"}, name)


NOTES = {
    "untrue": "{net}: after {step} steps {true} of the sentences are true (median of the seeds). "
              "More steps mends it.",
    **names("net", {name: asked.label for name, asked in ASKED.items()}),
}
DIMS = {
    "score": ("step", "net", "question", "seed"),
    "said_class": ("step", "net", "scene", "of"),
    "said_box": ("step", "net", "scene", "of", "edge"),
    "said_pixels": ("step", "net", "scene", "pixel"),
    "said_words": ("step", "net", "scene", "slot"),
    "weights": ("step", "number"),
    "image": ("scene", "pixel"),
    "true_class": ("scene", "of"),
    "true_box": ("scene", "of", "edge"),
    "true_pixels": ("scene", "pixel"),
    "true_words": ("scene", "first", "slot"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"net": list(config.nets), "question": list(HEADS), "seed": list(config.seeds),
            "scene": list(range(N_SHOWN)), "pixel": list(range(N_PIXELS)), "slot": list(SLOTS),
            "of": ["first", "second"], "edge": ["left", "top", "right", "bottom"],
            "first": ["left or upper", "right or lower"]}
