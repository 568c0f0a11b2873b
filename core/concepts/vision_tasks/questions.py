"""A question about the picture: what is left of the circle?

A scene has two shapes, a question names one of them and a relation, and the answer is the other
one. One net looks where the question says, one multiplies what it sees by what it is asked; and
there are two that answer without looking, or without listening. All are asked the opposite, too: of
what is right of the circle the answer is "nothing".

Papers: Antol et al. 2015 (questions about pictures; who answers without the picture), Yang et al.
2016 (the question looks, and looks again), Goyal et al. 2017 (what need not be seen is not).
Differs from the papers in: a question is a relation and a shape, not a sentence; scenes are
generated; trunks have learned before to name single shapes; nothing is normalised but in the trunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from core.concepts.vision_tasks import asking
from core.concepts.vision_tasks.asking import (
    KINDS,
    N_ANSWERS,
    N_RELATIONS,
    NOTHING,
    Answerer,
    different,
    one_hot,
    opposite,
)
from core.concepts.vision_tasks.before import with_classes
from core.concepts.vision_tasks.common import Batches, TwoSeeds, inked, race
from core.concepts.vision_tasks.nets import (
    SCENES,
    TESTING,
    Nets,
    folded,
    schedule,
    stacked,
)
from core.concepts.vision_tasks.scenes import N_CLASSES, N_PIXELS, NAMES, Scenes
from core.concepts.vision_tasks.sentences import RELATIONS
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["look", "product", "picture", "question"]
N_TRAIN, N_TEST, N_SHOWN = 1000, 200, 6
MAX_FRAMES = 10
BATCH_SIZE = 24
TRICK = 8  # what random numbers are for, beside those in `nets`: which questions are turned
ABSENT = N_ANSWERS
"""As an answer: that the shape in question is not there."""
DEAF = 0.9
"""Who gives the same answer to this share of opposite questions is said not to listen."""


class Config(TwoSeeds):
    """Who is asked, and what is learned from."""

    nets: tuple[NetName, ...] = setting(
        ("look", "picture", "question"), "Nets, by how they come to an answer",
        names={name: kind.label for name, kind in KINDS.items()},
    )
    trick: float = setting(
        0.0, "Share of the questions learned from that ask for where nothing is", ge=0, le=0.5,
        step=0.05, label="Trick questions")
    n_scenes: int = setting(N_TRAIN, "Scenes that come with both their questions", ge=50,
                            le=N_TRAIN, unit="scenes", log=True)
    n_steps: int = setting(150, "Number of updates", ge=20, le=400, unit="steps", step=10)
    learning_rate: float = setting(0.01, "Adam's", ge=0.001, le=0.05, log=True, group="Training")
    n_before: int = setting(
        100, "Updates on the classes of single shapes, before; 0 is from scratch", ge=0, le=300,
        unit="steps", step=10, group="Training", label="Steps before")


def scenes_with(config: Config, purpose: int, n: int) -> list[Scenes]:
    """n scenes for every seed."""
    return [different(n, np.random.default_rng((seed, purpose)), config.noise, config.clutter)
            for seed in config.seeds]


def told(config: Config) -> tuple[Tensor, Tensor]:
    """Scenes of every seed with either question, and the answers: (S, pixels + asked, 2n),
    (S, answers, 2n).
    """
    found = [_told(config, seed, own) for seed, own in zip(
        config.seeds, scenes_with(config, SCENES, config.n_scenes), strict=True)]
    return stacked([x for x, _ in found]), stacked([y for _, y in found])


def _told(config: Config, seed: int, scenes: Scenes) -> tuple[np.ndarray, np.ndarray]:
    relations, shapes, answers = asking.questions(scenes)
    turned = np.random.default_rng((seed, TRICK)).random(relations.shape) < config.trick
    relations = np.where(turned, opposite(relations), relations)
    answers = np.where(turned, NOTHING, answers)
    x = [asking.asked_of(scenes.images, one_hot(relations[:, i], shapes[:, i])) for i in (0, 1)]
    y = np.eye(N_ANSWERS, dtype=np.float32)[np.concatenate(answers.T)].T
    return np.concatenate(x, 1), y


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same batches."""
    nets: dict[str, Nets] = {
        name: Nets(Answerer(KINDS[name]), config.seeds, config.learning_rate)
        for name in config.nets}
    yield from race(config, nets, Exam(config), batches(config, nets), news)


def batches(config: Config, nets: Mapping[str, Nets]) -> Batches:
    """What is learned from, after those who see have learned classes."""
    seeing = [own for name, own in nets.items() if KINDS[name].sees]
    if config.n_before and seeing:
        before = with_classes(config, config.n_before)
        for own in seeing:
            own.take_trunk(before)
    yield from schedule(*told(config), config.seeds, BATCH_SIZE, config.n_steps)


class Exam:
    """New scenes and what they are asked, the same at every step."""

    def __init__(self, config: Config) -> None:
        self.config = config
        drawn = scenes_with(config, TESTING, N_TEST)
        each = [asking.questions(own) for own in drawn]
        one = np.arange(N_TEST) % 2  # either question, in turn
        relations, shapes, answers = (
            np.stack([found[i][np.arange(N_TEST), one] for found in each]) for i in range(3))
        self._answers = answers  # (S, n)
        self._x = stacked([own.images.T for own in drawn])
        self._asked = [torch.from_numpy(one_hot(turned, shapes)).mT
                       for turned in (relations, opposite(relations))]
        self._own = np.stack([relations[0], shapes[0]], 1)[:N_SHOWN]
        self._first = drawn[0]
        every = np.indices((N_RELATIONS, N_CLASSES)).reshape(2, -1)  # relations and shapes
        read = np.tile(one_hot(*every), (N_SHOWN, 1))
        self._all = torch.from_numpy(read).T[None]  # (1, asked, scenes x relations x shapes)

    def known(self) -> dict[str, np.ndarray]:
        """What does not change: the first seed's scenes that are shown, what each is asked, and
        what is true of every question.
        """
        relations, shapes, answers = (a[:N_SHOWN] for a in asking.questions(self._first))
        true = np.full((N_SHOWN, N_RELATIONS, N_CLASSES), ABSENT, np.uint8)
        for i in (0, 1):
            rows = np.arange(N_SHOWN)
            true[rows, :, shapes[:, i]] = NOTHING
            true[rows, relations[:, i], shapes[:, i]] = answers[:, i]
        return {"image": inked(self._first.images[:N_SHOWN]), "true": true,
                "asked": self._own.astype(np.uint8)}

    def measure(self, nets: Mapping[str, Nets]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (net, seed), and of what is shown (net, scene, relation, shape)"""
        each = [self._of(own) for own in nets.values()]
        arrays = {name: np.stack([found[name] for found in each]).astype(np.float32)
                  for name in each[0]}
        return arrays | {"said": np.stack([self._said(own) for own in nets.values()]),
                         "weights": folded(nets.values())}

    def _of(self, own: Nets) -> dict[str, np.ndarray]:
        with torch.inference_mode():
            p, net = own.parameters, answerer(own)
            maps = net.seen(p, self._x, False)
            straight, turned = (net.answered(p, maps, asked).argmax(1).numpy()
                                for asked in self._asked)
        return {"right": (straight == self._answers).mean(1),
                "same": (straight == turned).mean(1), "nothing": (turned == NOTHING).mean(1)}

    def _said(self, own: Nets) -> np.ndarray:
        """What the first seed's net answers to every question, (scene, relation, shape)."""
        p, net = {name: a[:1] for name, a in own.parameters.items()}, answerer(own)
        with torch.inference_mode():
            maps = net.seen(p, self._x[:1, :, :N_SHOWN], False)
            if maps is not None:
                maps = maps.repeat_interleave(N_RELATIONS * N_CLASSES, 1)
            said = net.answered(p, maps, self._all).argmax(1)[0]
        found: np.ndarray = said.view(N_SHOWN, N_RELATIONS, N_CLASSES).numpy().astype(np.uint8)
        return found


def answerer(own: Nets) -> Answerer:
    """Whose nets they are."""
    return cast("Answerer", own.net)


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """At the end, who answers well and does not listen to "left" and "right"."""
    if t < config.n_steps:
        return
    for i, name in enumerate(config.nets):
        right, same = (float(np.median(arrays[key][i])) for key in ("right", "same"))
        if KINDS[name].sees and KINDS[name].hears and right > 0.5 and same > DEAF:
            yield Note("deaf", {"net": name, "step": t, "same": f"{same:.0%}"}, name)


NOTES = {
    "deaf": "{net}: to {same} of the questions it says the same if \"left\" becomes \"right\" "
            "(median of the seeds). No question that it learned from needed the word.",
    **names("net", {name: kind.label for name, kind in KINDS.items()}),
}
DIMS = {
    "right": ("step", "net", "seed"),
    "same": ("step", "net", "seed"),
    "nothing": ("step", "net", "seed"),
    "said": ("step", "net", "scene", "relation", "shape"),
    "weights": ("step", "number"),
    "image": ("scene", "pixel"),
    "true": ("scene", "relation", "shape"),
    "asked": ("scene", "part"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"net": list(config.nets), "seed": list(config.seeds), "scene": list(range(N_SHOWN)),
            "relation": list(RELATIONS), "shape": list(NAMES), "pixel": list(range(N_PIXELS)),
            "part": ["relation", "shape"]}
