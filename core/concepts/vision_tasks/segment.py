"""Nets that say of every pixel what it belongs to. Papers: Ronneberger et al. 2015 (U-Net)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.nets import (
    Layer,
    Layers,
    images,
    shapes_of,
    start_of,
    state_of,
)
from core.concepts.vision_tasks.scenes import N_CLASSES
from core.lazy import torch
from core.stacked.cnn import One, models
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

N_KINDS = N_CLASSES + 1
"""What a pixel may belong to: nothing, or a class."""


@dataclass(frozen=True)
class Kind:
    """A net's shape.

    Attributes:
        label: For people.
        down: Channels of the convolutions, at half the size of the one before each.
        skips: Whether the way up is given what the way down has seen at the same size.
        deep: Whether convolutions stay at full size instead.
    """

    label: str
    down: tuple[int, ...]
    skips: bool = False
    deep: bool = False


KINDS: dict[str, Kind] = {
    "unet": Kind("U-Net", (8, 16, 24), skips=True),
    "down_up": Kind("U-Net without skips", (8, 16, 24)),
    "full": Kind("3 layers at full size", (12, 12, 12), deep=True),
    "one": Kind("1 layer", ()),
}
"""Adding one is an entry here, and a colour in `pages/vision_tasks/styles.py`."""


@dataclass(frozen=True)
class Segmenter(Program):
    """Convolutions down to small maps, and up again to a pixel's size.

    Attributes:
        kind: Its shape.
        background: Weight of background's pixels in the loss, beside 1 for a shape's.
    """

    kind: Kind
    background: float = 0.2

    loss = CROSS_ENTROPY  # of every pixel; `objective` weighs them

    @property
    def layers(self) -> Layers:
        """All but the last one."""
        down, found = self.kind.down, dict[str, tuple[Layer, int]]()
        for i, (n, n_in) in enumerate(zip(down, (1, *down), strict=False), 1):
            found[f"down{i}"] = Layer(n), n_in
        if not self.kind.deep:
            for i in range(len(down) - 1, 0, -1):
                found[f"up{i}"] = Layer(down[i - 1]), down[i] + self.kind.skips * down[i - 1]
        return found

    @property
    def last(self) -> tuple[int, ...]:
        """Shape of the last layer's weights: of one pixel, or of 3 x 3 where it is the only."""
        return (N_KINDS, self.kind.down[0], 1, 1) if self.kind.down else (N_KINDS, 1, 3, 3)

    @property
    def shapes(self) -> Shapes:
        return shapes_of(self.layers) | {"last.weight": self.last, "last.bias": (N_KINDS,)}

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return state_of(self.layers)

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        found = start_of(self.layers, rng)
        scale = np.prod(self.last[1:]) ** -0.5
        return found | {"last.weight": scale * rng.standard_normal(self.last),
                        "last.bias": np.zeros(N_KINDS)}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Scenes (K, pixels, B) to logits (K, kinds, B, pixels)."""
        said = self._each(p, x, rngs is not None)
        return torch.stack([own.flatten(2).transpose(0, 1) for own in said])

    def _each(self, p: Parameters, x: Tensor, train: bool) -> list[Tensor]:
        """Every model's logits, (B, kinds, side, side)."""
        return [self._of(own, images(scenes), train)
                for own, scenes in zip(models(p), x, strict=True)]

    def _of(self, own: One, y: Tensor, train: bool) -> Tensor:
        """One model's, (B, 1, side, side) to (B, kinds, side, side)."""
        f, kept, layers = torch.nn.functional, list[torch.Tensor](), self.layers
        for name in (name for name in layers if name.startswith("down")):
            small = f.max_pool2d(y, 2) if kept and not self.kind.deep else y
            y = layers[name][0].forward(own, name, small, train)
            kept.append(y)
        for name in (name for name in layers if name.startswith("up")):
            y = f.interpolate(y, scale_factor=2)  # each place four times
            seen = kept[int(name[2:]) - 1]
            y = layers[name][0].forward(
                own, name, torch.cat([y, seen], 1) if self.kind.skips else y, train)
        return f.conv2d(y, own["last.weight"], own["last.bias"], padding=self.last[2] // 2)

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """Cross-entropy of the pixels (K, pixels, B), whole numbers, with their weights."""
        said = self._each(p, x, rngs is not None)
        weights = said[0].new_ones(N_KINDS)
        weights[0] = self.background
        return torch.stack([
            torch.nn.functional.cross_entropy(own.flatten(2), true.mT, weights)
            for own, true in zip(said, y, strict=True)])


# --- how good it is ------------------------------------------------------------------------


def pixel_accuracy(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """The share of pixels that are right: whole numbers (S, n, pixels) twice to (S,)."""
    return (said == true).mean((1, 2))


def ious(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Per kind of pixel, background first, what is rightly called so of all that is called so or
    is so: (S, n, pixels) twice to (S, kinds). Of a kind that neither has it is no number.
    """
    found = []
    for kind in range(N_KINDS):
        a, b = said == kind, true == kind
        together = (a | b).sum((1, 2))
        found.append(np.divide((a & b).sum((1, 2)), together, where=together > 0,
                               out=np.full(len(said), np.nan)))
    return np.stack(found, 1)


def at_edges(true: np.ndarray, side: int) -> np.ndarray:
    """Which pixels have one of another kind next to them, corners included: (..., pixels)."""
    square = true.reshape(*true.shape[:-1], side, side)
    padded = np.pad(square, ((0, 0),) * (square.ndim - 2) + ((1, 1), (1, 1)), mode="edge")
    found = np.zeros(square.shape, bool)
    for dy, dx in _AROUND:
        found |= padded[..., 1 + dy: 1 + dy + side, 1 + dx: 1 + dx + side] != square
    return found.reshape(true.shape)


_AROUND: Sequence[tuple[int, int]] = [
    (dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)]
