"""Digits that nobody has written: drawn by rule, by somebody who knows what the real ones are like.

A digit is a path of straight lines. What is known of the real ones is how they vary: their place,
slant and size, how crooked they are, how broad and bright the pen is, and that some are written in
two ways. Each is a number that the same draws are multiplied by: at 0 all digits of a class are
one image.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.concepts.self_supervised.images import N_CLASSES, SIDE

Path = list[tuple[float, float]]
N_LINES = 12
"""Of every digit; those with fewer draw their last one again."""
HALF = np.array([1.9, 3.3])
"""Half of a digit's width and height, in pixels."""
KNOWN = {"place": "Place", "slant": "Slant and size", "form": "Crooked lines, two ways to write",
         "pen": "Breadth and brightness of the pen", "noise": "Noise"}
"""What can be known of real digits."""


def _arc(x: float, y: float, a: float, b: float, start: float, end: float, n: int) -> Path:
    """Part of an ellipse around (x, y), from one angle to another, in degrees, down is 90."""
    angles = np.radians(np.linspace(start, end, n + 1))
    return [(x + a * float(np.cos(t)), y + b * float(np.sin(t))) for t in angles]


WAYS: tuple[tuple[Path, ...], ...] = (
    (_arc(0, 0, 0.9, 1, -90, 270, 12),),
    ([(-0.5, -0.6), (0.1, -1), (0.1, 1)], [(-0.5, -0.5), (0.1, -1), (0.1, 1), (-0.6, 1), (0.7, 1)]),
    ([*_arc(0, -0.45, 0.8, 0.55, -170, 40, 6), (-0.8, 1), (0.9, 1)],),
    (_arc(0, -0.5, 0.75, 0.5, -150, 90, 6) + _arc(0, 0.5, 0.8, 0.5, -90, 150, 6)[1:],),
    ([(0.4, 1), (0.4, -1), (-0.9, 0.4), (0.9, 0.4)],
     [(-0.5, -1), (-0.7, 0.1), (0.7, 0.1), (0.6, -0.5), (0.3, 1)]),
    ([(0.8, -1), (-0.6, -1), (-0.7, -0.2), *_arc(-0.05, 0.4, 0.85, 0.6, -130, 140, 6)],),
    ([(-0.1, -1), *_arc(0.05, 0.45, 0.8, 0.55, -180, 180, 9)],),
    ([(-0.8, -1), (0.8, -1), (-0.2, 1)],
     [(-0.8, -1), (0.8, -1), (0.25, 0), (-0.5, 0), (0.7, 0), (0.25, 0), (-0.2, 1)]),
    (_arc(0, -0.5, 0.65, 0.5, 90, 450, 6) + _arc(0, 0.5, 0.75, 0.5, -90, 270, 6)[1:],),
    ([*_arc(0, -0.45, 0.75, 0.5, 20, 380, 8), (0.6, 0.4), (0.1, 1), (-0.6, 0.9)],
     [*_arc(0, -0.45, 0.75, 0.5, 20, 380, 8), (0.5, 1)]),
)
"""By digit the ways to write it, the first one as it is printed."""


def _lines(path: Path) -> np.ndarray:
    """(N_LINES, end, xy)"""
    lines = list(pairwise(path))
    return np.array(lines + lines[-1:] * (N_LINES - len(lines)))


LINES = np.array([[_lines(ways[0]), _lines(ways[-1])] for ways in WAYS])
"""(digit, way, line, end, xy)"""


@dataclass(frozen=True)
class Draws:
    """What is random of made digits, the same whatever is known of real ones.

    Attributes:
        classes: (n,)
        even: From -1 to 1, (n, 7): two for the place, turn, width, height, pen, light.
        way: From 0 to 1: a digit is written in its second way where this is below a half of what
            is known, (n,).
        bend: Standard normal: how each line's ends are off, (n, lines + 1, xy).
        noise: Standard normal, (n, pixels).
    """

    classes: np.ndarray
    even: np.ndarray
    way: np.ndarray
    bend: np.ndarray
    noise: np.ndarray


def draws(n_each: int, rng: np.random.Generator) -> Draws:
    """Of so many digits of each class, class by class in turn."""
    n = n_each * N_CLASSES
    return Draws(np.tile(np.arange(N_CLASSES), n_each), rng.uniform(-1, 1, (n, 7)),
                 rng.random(n), rng.standard_normal((n, N_LINES + 1, 2)),
                 rng.standard_normal((n, SIDE * SIDE)))


def made(drawn: Draws, variety: float, known: Collection[str]) -> np.ndarray:
    """Images of digits, (n, pixels), float32.

    Args:
        variety: How much they vary, as a share of what is true of the real ones: 1 is as much.
        known: What varies at all, of `KNOWN`.
    """
    place, slant, form, pen, noise = (variety * (name in known) for name in KNOWN)
    way = ((drawn.way < form / 2) & (form > 0)).astype(int)
    lines = LINES[drawn.classes, way]  # (n, lines, end, xy)
    bend = np.stack([drawn.bend[:, :-1], drawn.bend[:, 1:]], 2)  # ends that meet bend together
    lines = (lines + 0.1 * form * bend) * HALF
    lines = lines * np.exp(0.2 * slant * drawn.even[:, 3:5])[:, None, None]
    turn = np.radians(15) * slant * drawn.even[:, 2]
    cos, sin = np.cos(turn)[:, None, None], np.sin(turn)[:, None, None]
    x, y = lines[..., 0], lines[..., 1]
    lines = np.stack([cos * x - sin * y, sin * x + cos * y], -1)
    lines = lines + (SIDE - 1) / 2 + place * drawn.even[:, None, None, :2]
    breadth = 0.5 * np.exp(0.3 * pen * drawn.even[:, 5])
    images = _ink(lines.astype(np.float32), breadth.astype(np.float32))
    images *= np.exp(0.4 * pen * drawn.even[:, 6:]).astype(np.float32)
    return images + np.float32(0.05 * noise) * drawn.noise.astype(np.float32)


def _ink(lines: np.ndarray, breadth: np.ndarray) -> np.ndarray:
    """What round pens leave on every pixel: (n, lines, end, xy) and (n,) to (n, pixels)."""
    rows, columns = np.divmod(np.arange(SIDE * SIDE, dtype=np.float32), np.float32(SIDE))
    nearest = np.full((len(lines), SIDE * SIDE), np.inf, np.float32)  # squared
    for line in np.moveaxis(lines, 1, 0):
        (x, y), (to_x, to_y) = (line[:, end].T[..., None] for end in (0, 1))
        dx, dy, across, down = to_x - x, to_y - y, columns - x, rows - y
        along = ((across * dx + down * dy) / (dx * dx + dy * dy + 1e-9)).clip(0, 1)
        np.minimum(nearest, (across - along * dx) ** 2 + (down - along * dy) ** 2, out=nearest)
    return np.exp(-nearest / (2 * breadth[:, None] ** 2))
