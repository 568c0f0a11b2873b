"""Augmentation: every time an image is learned from, it is a little different.

Each kind is one change that is drawn for every image anew. Those that move pixels are put
together as one affine map, so an image is only once made less sharp. Simard et al. 2003,
*Best practices for convolutional neural networks*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

AugmentName = Literal["shift", "rotation", "scale", "crop", "flip", "brightness"]
AUGMENT_NAMES = {
    "shift": "Shift", "rotation": "Rotation", "scale": "Scale", "crop": "Crop", "flip": "Flip",
    "brightness": "Brightness",
}
SCALES = (0.8, 1.25)
CROP = 0.75
"""The smallest part of the side that a crop keeps."""
BRIGHTNESS = (0.6, 1.4)
"""Factors of the ink."""


@dataclass(frozen=True)
class Strength:
    """How far what can be measured goes.

    Attributes:
        shift: In pixels, each way.
        rotation: In degrees, either way.
    """

    shift: int
    rotation: int


Rng = np.random.Generator
Move = Callable[[int, int, Strength, Rng], np.ndarray]


def _shift(n: int, side: int, strength: Strength, rng: Rng) -> np.ndarray:
    by = rng.integers(-strength.shift, strength.shift + 1, (n, 2))
    return _maps(np.tile(np.eye(2), (n, 1, 1)), 2 * by / side)


def _rotation(n: int, side: int, strength: Strength, rng: Rng) -> np.ndarray:
    angle = np.deg2rad(strength.rotation) * rng.uniform(-1, 1, n)
    cos, sin = np.cos(angle), np.sin(angle)
    return _maps(np.array([[cos, -sin], [sin, cos]]).transpose(2, 0, 1))


def _scale(n: int, side: int, strength: Strength, rng: Rng) -> np.ndarray:
    factor = np.exp(rng.uniform(np.log(SCALES[0]), np.log(SCALES[1]), n))
    return _maps(np.eye(2) / factor[:, None, None])


def _crop(n: int, side: int, strength: Strength, rng: Rng) -> np.ndarray:
    """A window anywhere in the image, drawn as large as the image."""
    kept = rng.uniform(CROP, 1, n)
    return _maps(np.eye(2) * kept[:, None, None], (1 - kept)[:, None] * rng.uniform(-1, 1, (n, 2)))


def _flip(n: int, side: int, strength: Strength, rng: Rng) -> np.ndarray:
    sign = rng.choice([-1.0, 1.0], n)
    return _maps(np.stack([np.array([[s, 0], [0, 1]]) for s in sign]))


MOVES: dict[str, Move] = {
    "shift": _shift, "rotation": _rotation, "scale": _scale, "crop": _crop, "flip": _flip,
}
"""Where a pixel of the new image looks in the old one, in units of half a side from the middle:
maps (n, 2, 3)."""


def augmented(
    x: Tensor, names: Sequence[str], strength: Strength, background: Tensor, side: int,
    rngs: Sequence[Rng],
) -> Tensor:
    """The images of every seed, each changed by what is drawn for it.

    Args:
        x: (S, pixels, n).
        names: Keys of `AUGMENT_NAMES`.
        background: What a pixel without ink is, (S,).
        rngs: A generator per seed.

    Returns:
        Like `x`.
    """
    if not names:
        return x
    return torch.stack([
        _changed(images, names, strength, float(empty), side, rng)
        for images, empty, rng in zip(x, background, rngs, strict=True)
    ])


def _changed(
    x: Tensor, names: Sequence[str], strength: Strength, empty: float, side: int, rng: Rng
) -> Tensor:
    n = x.shape[1]
    ink = (x - empty).t().reshape(n, 1, side, side)
    moves = [MOVES[name](n, side, strength, rng) for name in MOVES if name in names]
    if moves:
        f = torch.nn.functional
        grid = f.affine_grid(torch.from_numpy(_chained(moves)), [n, 1, side, side],
                             align_corners=False)
        ink = f.grid_sample(ink, grid, align_corners=False)  # zeros outside: no ink
    if "brightness" in names:
        factor = rng.uniform(*BRIGHTNESS, (n, 1, 1, 1)).astype(np.float32)
        ink = ink * torch.from_numpy(factor)
    return ink.reshape(n, -1).t() + empty


def _maps(linear: np.ndarray, offset: np.ndarray | float = 0.0) -> np.ndarray:
    """(n, 2, 3): a linear part and an offset."""
    shape = (len(linear), 2)
    return np.concatenate([linear, np.broadcast_to(offset, shape)[..., None]], 2)


def _chained(moves: Sequence[np.ndarray]) -> np.ndarray:
    """One after the other, as one map, (n, 2, 3) float32."""
    whole = moves[0]
    for move in moves[1:]:
        turned = whole[:, :, :2] @ move
        turned[:, :, 2] += whole[:, :, 2]
        whole = turned
    return whole.astype(np.float32)


def generators(seeds: Sequence[int]) -> list[Rng]:
    """For what augmentation draws."""
    return [np.random.default_rng((seed, 15)) for seed in seeds]
