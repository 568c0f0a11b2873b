"""A head for each of four questions, and a trunk that any of them stand on.

What is known of a scene is (rows, n), whole numbers, one question below the other: two classes, two
boxes, five words, and the kind of every pixel. The first shape is the left one, or the upper one.

Papers: Caruana 1997 (several tasks learn one representation), Ren et al. 2015 (class and box from
one trunk).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.boxes import SCALE, placed
from core.concepts.vision_tasks.nets import (
    CHANNELS,
    MAP_SIDE,
    N_PLACES,
    Layer,
    Layers,
    Trunk,
    initial,
    shapes_of,
    start_of,
    state_of,
)
from core.concepts.vision_tasks.scenes import N_CLASSES, N_PIXELS, Scenes
from core.concepts.vision_tasks.segment import N_KINDS
from core.concepts.vision_tasks.sentences import LENGTH, in_order, truths
from core.concepts.vision_tasks.speak import KINDS, Speaker
from core.lazy import torch
from core.stacked.cnn import models
from core.stacked.functions import linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

N_SHAPES = 2
BACKGROUND = 0.2
"""Weight of a background's pixel in the loss, beside 1 for a shape's."""


class Head:
    """What stands on a trunk's maps and answers one question.

    Attributes:
        rows: Where its answers are among those of a scene, from and to.
    """

    rows: slice

    @property
    def shapes(self) -> Shapes:
        """Its parameters."""
        raise NotImplementedError

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        """Its running means, as they begin."""
        return {}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Its initial parameters."""
        return initial(self.shapes, rng)

    def said(self, p: Parameters, maps: Tensor, train: bool) -> Tensor:
        """What is said of maps (K, B, channels, side, side): (K, B, ...)."""
        raise NotImplementedError

    def wrong(self, p: Parameters, maps: Tensor, true: Tensor, train: bool) -> Tensor:
        """The mean loss of every model, (K,), beside what is true, (K, B, rows)."""
        raise NotImplementedError


class Classes(Head):
    """Both classes, from all places of the maps."""

    rows = slice(0, N_SHAPES)

    @property
    def shapes(self) -> Shapes:
        n = N_SHAPES * N_CLASSES
        return {"class.weight": (n, CHANNELS * N_PLACES), "class.bias": (n,)}

    def said(self, p: Parameters, maps: Tensor, train: bool) -> Tensor:
        """Logits, (K, B, shapes, classes)."""
        z = linear(maps.flatten(2), p["class.weight"], p["class.bias"])
        return z.unflatten(2, (N_SHAPES, N_CLASSES))

    def wrong(self, p: Parameters, maps: Tensor, true: Tensor, train: bool) -> Tensor:
        chances = self.said(p, maps, train).log_softmax(-1)
        return -chances.gather(-1, true[..., None]).mean((1, 2, 3))


class Boxes(Head):
    """Both boxes, from all places of the maps; they begin in the middle of every scene."""

    rows = slice(Classes.rows.stop, Classes.rows.stop + 4 * N_SHAPES)

    @property
    def shapes(self) -> Shapes:
        n = N_SHAPES * 4
        return {"box.weight": (n, CHANNELS * N_PLACES), "box.bias": (n,)}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {name: np.zeros(shape) for name, shape in self.shapes.items()}

    def said(self, p: Parameters, maps: Tensor, train: bool) -> Tensor:
        """Boxes, (K, B, shapes, 4)."""
        o = linear(maps.flatten(2) / MAP_SIDE, p["box.weight"], p["box.bias"])
        return placed(o.unflatten(2, (N_SHAPES, 4)))

    def wrong(self, p: Parameters, maps: Tensor, true: Tensor, train: bool) -> Tensor:
        off = (self.said(p, maps, train).flatten(2) - true) / SCALE
        return off.square().mean((1, 2))


class Words(Head):
    """A sentence: a decoder that looks at the maps again for each word."""

    rows = slice(Boxes.rows.stop, Boxes.rows.stop + LENGTH)
    speaker = Speaker(KINDS["attend"])

    @property
    def shapes(self) -> Shapes:
        return self.speaker.own

    def said(self, p: Parameters, maps: Tensor, train: bool) -> Tensor:
        """Words, (K, B, length), whole numbers."""
        return self.speaker.speak(p, maps)[0].argmax(-1)

    def wrong(self, p: Parameters, maps: Tensor, true: Tensor, train: bool) -> Tensor:
        return self.speaker.wrong(p, maps, true.mT)


class Pixels(Head):
    """The way up of a U-Net without skips: small maps to a kind for every pixel."""

    rows = slice(Words.rows.stop, Words.rows.stop + N_PIXELS)

    @property
    def layers(self) -> Layers:
        return {"up": (Layer(CHANNELS), CHANNELS)}

    @property
    def last(self) -> Shapes:
        return {"last.weight": (N_KINDS, CHANNELS), "last.bias": (N_KINDS,)}

    @property
    def shapes(self) -> Shapes:
        return {**shapes_of(self.layers), **self.last}

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return state_of(self.layers)

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {**start_of(self.layers, rng), **initial(self.last, rng)}

    def said(self, p: Parameters, maps: Tensor, train: bool) -> Tensor:
        """Logits, (K, B, kinds, pixels)."""
        f, said = torch.nn.functional, []
        for own, y in zip(models(p), maps, strict=True):
            for name, (layer, _) in self.layers.items():
                y = layer.forward(own, name, f.interpolate(y, scale_factor=2), train)
            z = f.conv2d(y, own["last.weight"][..., None, None], own["last.bias"])
            z = f.interpolate(z, scale_factor=2, mode="bilinear")
            said.append(z.flatten(2))
        return torch.stack(said)

    def wrong(self, p: Parameters, maps: Tensor, true: Tensor, train: bool) -> Tensor:
        said = self.said(p, maps, train)
        weights = said.new_ones(N_KINDS)
        weights[0] = BACKGROUND
        return torch.stack([torch.nn.functional.cross_entropy(z, own, weights)
                            for z, own in zip(said, true, strict=True)])


HEADS: dict[str, Head] = {
    "class": Classes(), "box": Boxes(), "pixels": Pixels(), "sentence": Words(),
}
"""By question."""


def answers(scenes: Scenes) -> np.ndarray:
    """All that there is to say about scenes with two shapes, (rows, n), whole numbers."""
    classes, boxes = in_order(scenes)
    parts = [classes, boxes.reshape(len(boxes), -1), truths(scenes)[:, 0], scenes.pixels]
    return np.concatenate(parts, 1).T.astype(np.uint8)


@dataclass(frozen=True)
class Answering(Program):
    """A trunk, and a head for each question; the losses of all heads are added.

    Attributes:
        asked: Keys in `HEADS`.
        box_weight: Of the boxes' loss; the others' have 1.
    """

    asked: tuple[str, ...]
    box_weight: float = 3.0

    trunk = Trunk()
    loss = CROSS_ENTROPY  # of classes; `objective` is what is made small

    @property
    def heads(self) -> list[Head]:
        return [HEADS[name] for name in self.asked]

    @property
    def shapes(self) -> Shapes:
        found = dict(self.trunk.shapes)
        for head in self.heads:
            found |= head.shapes
        return found

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        found = dict(self.trunk.state)
        for head in self.heads:
            found |= head.state
        return found

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """A trunk and a head begin alike, whichever others there are."""
        found = dict(self.trunk.start(rng))
        for name, head in HEADS.items():
            own = head.start(rng)
            found |= own if name in self.asked else {}
        return found

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """The trunk's maps of scenes (K, pixels, B): (K, B, channels, side, side)."""
        return self.trunk.maps(p, x, rngs is not None)

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """Beside what is true of the scenes, (K, rows, B), whole numbers."""
        maps, true = self.forward(p, x, rngs), y.mT.long()
        found = maps.new_zeros(len(maps))
        for name in self.asked:
            wrong = HEADS[name].wrong(p, maps, true[..., HEADS[name].rows], rngs is not None)
            found = found + (self.box_weight if name == "box" else 1) * wrong
        return found
