"""Questions about scenes with two shapes, and the nets that answer them.

    what is left of the circle?

A question is a relation and a shape. Its answer is a shape, or that nothing is there.

Papers: Antol et al. 2015 (picture times question), Yang et al. 2016 (the question looks at the
picture, and looks again).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.nets import CHANNELS, N_PLACES, Trunk, initial
from core.concepts.vision_tasks.scenes import N_CLASSES, N_PIXELS, NAMES, Scenes, draw
from core.concepts.vision_tasks.sentences import RELATIONS, WORDS, truths
from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

N_RELATIONS = len(RELATIONS)
ANSWERS = (*NAMES, "nothing")
"""In the order of their numbers."""
NOTHING = N_CLASSES
N_ANSWERS = len(ANSWERS)
N_ASKED = N_RELATIONS + N_CLASSES
"""Numbers of a question: one-hot relation, one-hot shape."""
HIDDEN = 48


def different(n: int, rng: np.random.Generator, noise: float, clutter: int) -> Scenes:
    """n scenes with two shapes that are not of one class: "the circle" is one of them."""
    drawn = draw(2 * n, 2, rng, noise, clutter)  # a fifth is of one class
    rows = np.flatnonzero(drawn.classes[:, 0] != drawn.classes[:, 1])[:n]
    if len(rows) < n:
        return different(n, rng, noise, clutter)
    return replace(drawn, **{f.name: getattr(drawn, f.name)[rows] for f in fields(drawn)})


def questions(scenes: Scenes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The two questions of each scene whose answer is a shape: relations, shapes and answers,
    (n, 2) each.
    """
    said = truths(scenes)  # size, shape, relation, size, shape: "a left of b", "b right of a"
    asked, answers = (said[..., i] - WORDS.index(NAMES[0]) for i in (4, 1))
    return said[..., 2] - WORDS.index(RELATIONS[0]), asked, answers


def opposite(relations: np.ndarray) -> np.ndarray:
    """Of "left of" it is "right of"."""
    return (relations + N_RELATIONS // 2) % N_RELATIONS


def one_hot(relations: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Questions (...,) as what nets read, (..., asked), float32."""
    parts = [np.eye(n, dtype=np.float32)[a]
             for n, a in ((N_RELATIONS, relations), (N_CLASSES, shapes))]
    return np.concatenate(parts, -1)


def asked_of(images: np.ndarray, read: np.ndarray) -> np.ndarray:
    """Pictures (n, pixels) below their questions (n, asked), as nets have them, (rows, n)."""
    return np.concatenate([images, read], 1).T


@dataclass(frozen=True)
class Kind:
    """How a net comes to an answer.

    Attributes:
        label: For people.
        looks: Whether the question looks at places of the picture; else what all of them are is
            multiplied by what the question is.
        sees: Whether it is given the picture.
        hears: Whether it is given the question.
    """

    label: str
    looks: bool = False
    sees: bool = True
    hears: bool = True


KINDS: dict[str, Kind] = {
    "look": Kind("Question looks", looks=True),
    "product": Kind("Picture × question"),
    "picture": Kind("Picture alone", hears=False),
    "question": Kind("Question alone", sees=False),
}
"""Adding one is an entry here, and a colour in `pages/vision_tasks/styles.py`."""


@dataclass(frozen=True)
class Answerer(Program):
    """A trunk, a question, and an answer out of both.

    Attributes:
        kind: How it comes to it.
    """

    kind: Kind

    trunk = Trunk()
    loss = CROSS_ENTROPY

    @property
    def layers(self) -> dict[str, tuple[int, int]]:
        """Layers beside the trunk: outputs and inputs, by name."""
        if self.kind.looks:
            return {"find": (CHANNELS, N_CLASSES), "next": (CHANNELS, CHANNELS + N_ASKED),
                    "both": (HIDDEN, 2 * CHANNELS + N_ASKED), "answer": (N_ANSWERS, HIDDEN)}
        seen = {"see": (HIDDEN, CHANNELS * N_PLACES)} if self.kind.sees else {}
        heard = {"hear": (HIDDEN, N_ASKED)} if self.kind.hears else {}
        return {**seen, **heard, "answer": (N_ANSWERS, HIDDEN)}

    @property
    def shapes(self) -> Shapes:
        return {**self.trunk.shapes, **self.own} if self.kind.sees else self.own

    @property
    def own(self) -> dict[str, tuple[int, ...]]:
        """Parameters beside the trunk's."""
        found: dict[str, tuple[int, ...]] = {}
        if self.kind.looks:
            found["place"] = (N_PLACES, CHANNELS)
        for name, (n_out, n_in) in self.layers.items():
            found |= {f"{name}.weight": (n_out, n_in), f"{name}.bias": (n_out,)}
        return found

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return self.trunk.state if self.kind.sees else {}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        found = self.trunk.start(rng) if self.kind.sees else {}
        return {**found, **initial(self.own, rng, place=0.1)}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Pictures and questions (K, pixels + asked, B) to logits (K, answers, B)."""
        return self.answered(p, self.seen(p, x, rngs is not None), x[:, N_PIXELS:])

    def seen(self, p: Parameters, x: Tensor, train: bool) -> Tensor | None:
        """Maps of pictures (K, pixels or more, B), (K, B, channels, side, side); of who sees none
        nothing.
        """
        return self.trunk.maps(p, x[:, :N_PIXELS], train) if self.kind.sees else None

    def answered(self, p: Parameters, maps: Tensor | None, asked: Tensor) -> Tensor:
        """What is said to questions (K, asked, B) about what was seen: (K, answers, B)."""
        asked = asked.mT
        if self.kind.looks and maps is not None:
            return self._look(p, maps.flatten(3).mT, asked)
        layers = [("hear", asked)] if self.kind.hears else []
        if maps is not None:
            layers.append(("see", maps.flatten(2)))
        made = [self._layer(p, name, a).tanh() for name, a in layers]
        return self._layer(p, "answer", made[0] * made[1] if len(made) == 2 else made[0]).mT

    def _look(self, p: Parameters, places: Tensor, asked: Tensor) -> Tensor:
        """With the shape that is asked about; then with what was found there, and the question."""
        keys = places + p["place"][:, None]  # (K, B, places, channels)
        found, seen = asked[..., N_RELATIONS:], list[torch.Tensor]()
        for name in ("find", "next"):
            wanted = self._layer(p, name, found)
            look = (keys @ wanted[..., None] / CHANNELS**0.5).squeeze(-1).softmax(-1)
            seen.append((look[:, :, None] @ keys).squeeze(2))
            found = torch.cat([seen[0], asked], -1)
        state = self._layer(p, "both", torch.cat([*seen, asked], -1)).relu()
        return self._layer(p, "answer", state).mT

    @staticmethod
    def _layer(p: Parameters, name: str, x: Tensor) -> Tensor:
        return linear(x, p[f"{name}.weight"], p[f"{name}.bias"])
