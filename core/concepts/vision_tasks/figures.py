"""Generated stick figures, and where their key points are.

A figure is drawn with the pen of the scenes: a ring for a head, a line for the body and one for
each limb. Arms go anywhere at their own side, legs stand apart. Left and right are the picture's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.concepts.vision_tasks.scenes import MOST_CLUTTER, N_PIXELS, SIDE, X, Y, ink_at, squared
from core.concepts.vision_tasks.scenes import strokes as clutter_of

POINTS = ("head", "hip", "left hand", "right hand", "left foot", "right foot")
"""In the order of their numbers."""
MIRRORED = (0, 1, 3, 2, 5, 4)
"""Whose place each point has in the mirror."""
N_POINTS = len(POINTS)
NECK, SHOULDER, HEAD, RING, ARM, LEG = 5.0, 4.4, 6.8, 1.6, 5.5, 6.0
"""Of a figure of size 1, in pixels: heights above the hip, the head's radius, lengths of limbs."""
SIZES = (0.8, 1.15)
TILT = np.deg2rad(15)
ARMS, LEGS = (-np.deg2rad(80), np.deg2rad(80)), (np.deg2rad(5), np.deg2rad(50))
"""How far an arm is above the horizontal, and a leg away from the body's line."""
MARGIN = 2.0
"""Pixels between the outermost point and the picture's edge, at least."""


@dataclass(frozen=True)
class Figures:
    """n pictures of one figure each.

    Attributes:
        images: Ink, with noise: (n, pixels), float32.
        points: x and y of the key points in pixels, whose middles are whole numbers,
            (n, points, 2), float32.
    """

    images: np.ndarray
    points: np.ndarray


def draw(
    n: int, rng: np.random.Generator, noise: float = 0.15, clutter: int = 1
) -> Figures:
    """n figures; with less noise or clutter the same generator draws the same ones.

    Raises:
        ValueError: For more clutter than `MOST_CLUTTER` strokes, or less than none.
    """
    if not 0 <= clutter <= MOST_CLUTTER:
        raise ValueError(f"{clutter} strokes of clutter are not drawn")
    points, neck, shoulder, sizes = _posed(n, rng)
    head, hip = points[:, 0], points[:, 1]
    contrast = rng.uniform(0.7, 1, (n, 1))
    lines = [(neck, hip), *((shoulder, points[:, i]) for i in (2, 3)),
             *((hip, points[:, i]) for i in (4, 5))]
    distance = np.abs(np.hypot(X - head[:, :1], Y - head[:, 1:]) - RING * sizes[:, None])
    for start, end in lines:
        ends = (a[:, None] for a in (*start.T, *end.T))
        np.minimum(distance, np.sqrt(squared(X, Y, *ends)), out=distance)
    ink = (contrast * ink_at(distance)).astype(np.float32)
    for stroke in clutter_of(n, rng)[:clutter]:
        np.maximum(ink, ink_at(np.sqrt(squared(X, Y, *stroke))), out=ink)
    images = ink + np.float32(noise) * rng.standard_normal((n, N_PIXELS), np.float32)
    return Figures(images, points.astype(np.float32))


def _posed(
    n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Key points (n, points, 2), necks and shoulders (n, 2), and sizes (n,)."""
    sizes, tilt = rng.uniform(*SIZES, n), rng.uniform(-TILT, TILT, n)
    arms, legs = rng.uniform(*ARMS, (2, n, 1)), rng.uniform(*LEGS, (2, n, 1))
    up = np.stack([np.sin(tilt), -np.cos(tilt)], 1)
    across = np.stack([np.cos(tilt), np.sin(tilt)], 1)
    hands = [SHOULDER * up + ARM * (np.cos(a) * side * across + np.sin(a) * up)
             for side, a in zip((-1, 1), arms, strict=True)]
    feet = [LEG * (np.sin(a) * side * across - np.cos(a) * up)
            for side, a in zip((-1, 1), legs, strict=True)]
    own = np.stack([HEAD * up, 0 * up, *hands, *feet], 1) * sizes[:, None, None]
    low, high = own.min(1) - MARGIN, own.max(1) + MARGIN
    hip = -low + (SIDE - 1 - (high - low)) * rng.random((n, 2))
    size = sizes[:, None]
    return own + hip[:, None], hip + NECK * size * up, hip + SHOULDER * size * up, sizes


def mirrored(figures: Figures, swapped: bool) -> Figures:
    """As in a mirror beside them.

    Args:
        swapped: Whether what was left is called right; else points keep their names, which then
            are wrong.
    """
    images = figures.images.reshape(-1, SIDE, SIDE)[:, :, ::-1].reshape(-1, N_PIXELS)
    points = figures.points.copy()
    points[..., 0] = SIDE - 1 - points[..., 0]
    return Figures(images, points[:, MIRRORED] if swapped else points)
