"""Generated scenes: one or two shapes, and everything that can be asked about them.

A scene is 24 x 24 grey pixels with shapes that are drawn with a pen, a stroke of clutter and noise
on every pixel. Since it is generated, the class, the box, the class of every pixel and a true
sentence are known. Shapes, places and clutter do not depend on the noise: the same generator with
less of it draws the same scenes with less noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

SIDE = 24
N_PIXELS = SIDE * SIDE
PEN = 1.5
"""Ink is full up to 0.25 of it from a line, and none beyond 1.25."""
THICK = 0.75
"""Pixels nearer than this to a line belong to its shape."""
TURN = np.deg2rad(15)
MOST_CLUTTER = 2
SMALL, BIG = (2.4, 3.0), (4.2, 5.2)
"""Half the size of shapes that are called so, in pixels, from and to."""
ALONE = (2.6, 5.6)
"""Half the size of a shape that is alone in its scene."""

Path = list[tuple[float, float]]
_ROUND: Path = [(float(np.cos(t)), float(np.sin(t))) for t in np.linspace(0, 2 * np.pi, 13)]
SHAPES: dict[str, list[Path]] = {
    "circle": [_ROUND],
    "square": [[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (-0.8, -0.8)]],
    "triangle": [[(0, -1), (0.9, 0.75), (-0.9, 0.75), (0, -1)]],
    "plus": [[(-1, 0), (1, 0)], [(0, -1), (0, 1)]],
    "x": [[(-0.85, -0.85), (0.85, 0.85)], [(-0.85, 0.85), (0.85, -0.85)]],
}
"""The classes, in the order of their numbers: paths in a square from -1 to 1, y down."""
NAMES = tuple(SHAPES)
N_CLASSES = len(NAMES)
Y, X = (a.astype(np.float32) for a in np.divmod(np.arange(N_PIXELS), SIDE))


@dataclass(frozen=True)
class Scenes:
    """n scenes with m shapes each.

    Attributes:
        images: Ink, with noise: (n, pixels), float32.
        classes: Of the shapes, (n, m).
        big: Whether they are called so, (n, m).
        centres: x and y, in pixels, (n, m, 2).
        boxes: The tightest around each shape: left, top, right and bottom edge, (n, m, 4). The
            edges of a pixel in column 3 are 3 and 4.
        pixels: What each belongs to, (n, pixels): 0 is background, c + 1 is class c. What is inside
            a closed outline belongs to it.
    """

    images: np.ndarray
    classes: np.ndarray
    big: np.ndarray
    centres: np.ndarray
    boxes: np.ndarray
    pixels: np.ndarray


def draw(
    n: int, n_shapes: int, rng: np.random.Generator, noise: float = 0.15, clutter: int = 1
) -> Scenes:
    """n scenes; alone in its scene, every class comes as often as any other, to one.

    Args:
        n_shapes: 1 or 2. Of two, one is clearly to the left of the other, or above it.
        noise: Standard deviation of every pixel's; ink is 0 to 1.
        clutter: Strokes that belong to no shape, 0 to `MOST_CLUTTER`.

    Raises:
        ValueError: For other numbers of shapes or strokes.
    """
    if n_shapes not in (1, 2) or not 0 <= clutter <= MOST_CLUTTER:
        raise ValueError(f"{n_shapes} shapes and {clutter} strokes of clutter are not drawn")
    placed = _alone if n_shapes == 1 else _apart
    classes, big, sizes, centres = placed(n, rng)
    turns = rng.uniform(-TURN, TURN, (n, n_shapes))
    contrast = rng.uniform(0.7, 1, (n, n_shapes))
    ink = np.zeros((n, N_PIXELS), np.float32)
    pixels = np.zeros((n, N_PIXELS), np.uint8)
    boxes = np.zeros((n, n_shapes, 4), np.float32)
    for i in range(n_shapes):
        distance, inside = _shape(classes[:, i], sizes[:, i], centres[:, i], turns[:, i])
        np.maximum(ink, contrast[:, i, None] * ink_at(distance), out=ink)
        mask: np.ndarray = np.logical_or(inside, distance < THICK)
        pixels[mask] = np.broadcast_to(classes[:, i, None] + 1, mask.shape)[mask]
        boxes[:, i] = tight(mask)
    for stroke in strokes(n, rng)[:clutter]:
        np.maximum(ink, ink_at(np.sqrt(squared(X, Y, *stroke))), out=ink)
    images = ink + np.float32(noise) * rng.standard_normal((n, N_PIXELS), np.float32)
    return Scenes(images, classes, big, centres, boxes, pixels)


def tight(masks: np.ndarray) -> np.ndarray:
    """The tightest boxes around what is marked: (n, pixels) to (n, 4), as `Scenes.boxes`."""
    square = masks.reshape(-1, SIDE, SIDE)
    left, top = (np.logical_or.reduce(square, axis).argmax(1) for axis in (1, 2))
    right, bottom = (SIDE - np.logical_or.reduce(square, axis)[:, ::-1].argmax(1)
                     for axis in (1, 2))
    return np.stack([left, top, right, bottom], 1).astype(np.float32)


Placed = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _alone(n: int, rng: np.random.Generator) -> Placed:
    """Classes, whether big, half sizes and centres of one shape in each scene."""
    classes = rng.permutation(np.arange(n) % N_CLASSES)[:, None]
    sizes = rng.uniform(*ALONE, (n, 1))
    return classes, sizes > np.mean(ALONE), sizes, _centres(sizes, rng)


def _apart(n: int, rng: np.random.Generator) -> Placed:
    """The same of two shapes that do not touch: drawn again until they do not."""
    classes: np.ndarray = rng.integers(0, N_CLASSES, (n, 2))
    big: np.ndarray = np.less(rng.random((n, 2)), 0.5)
    low, high = np.where(big[..., None], BIG, SMALL).transpose(2, 0, 1)
    sizes = low + (high - low) * rng.random((n, 2))
    centres, bad = np.zeros((n, 2, 2)), np.arange(n)
    while len(bad):
        centres[bad] = _centres(sizes[bad], rng)
        across, down = np.abs(centres[bad, 0] - centres[bad, 1]).T
        far = np.hypot(across, down) > sizes[bad].sum(1) + 1.5
        bad = bad[~(far & (np.abs(across - down) >= 3))]
    return classes, big, sizes, centres


def _centres(sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Anywhere that the shape stays inside the scene: (...,) to (..., 2)."""
    room = (SIDE - 1) / 2 - sizes - 0.5
    return (SIDE - 1) / 2 + room[..., None] * rng.uniform(-1, 1, (*sizes.shape, 2))


def _shape(
    classes: np.ndarray, sizes: np.ndarray, centres: np.ndarray, turns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of each pixel the distance to its scene's shape, and whether it is inside: (n, pixels)."""
    cos, sin = (f(turns)[:, None].astype(np.float32) for f in (np.cos, np.sin))
    x, y = X - centres[:, :1].astype(np.float32), Y - centres[:, 1:].astype(np.float32)
    size = sizes[:, None].astype(np.float32)
    u, v = (cos * x + sin * y) / size, (cos * y - sin * x) / size  # as the shape is written
    nearest, inside = np.full(u.shape, np.inf, np.float32), np.zeros(u.shape, bool)
    for c, paths in enumerate(SHAPES.values()):
        rows = np.flatnonzero(classes == c)
        a, b = u[rows], v[rows]
        lines = [(*start, *end) for path in paths for start, end in pairwise(path)]
        nearest[rows] = np.minimum.reduce([squared(a, b, *line) for line in lines])
        if len(paths) == 1:  # one closed path, convex: inside is to the right of all its lines
            inside[rows] = np.logical_and.reduce([
                (x1 - x0) * (b - y0) >= (y1 - y0) * (a - x0) for x0, y0, x1, y1 in lines])
    return np.sqrt(nearest) * size, inside


def strokes(n: int, rng: np.random.Generator) -> np.ndarray:
    """Strokes of two to four pixels anywhere: (most, ends as x y x y, n, 1)."""
    middle = rng.uniform(0, SIDE - 1, (MOST_CLUTTER, 2, n, 1))
    angle = rng.uniform(0, np.pi, (MOST_CLUTTER, n, 1))
    half = rng.uniform(1, 2, (MOST_CLUTTER, n, 1))
    arm = np.stack([half * np.cos(angle), half * np.sin(angle)], 1)
    return np.concatenate([middle - arm, middle + arm], 1).astype(np.float32)


def squared(x: np.ndarray, y: np.ndarray, x0: Any, y0: Any, x1: Any, y1: Any) -> np.ndarray:
    """The square of the distance of points to a line from one end to the other."""
    dx, dy = x1 - x0, y1 - y0
    across, down = x - x0, y - y0
    along = ((across * dx + down * dy) / (dx * dx + dy * dy)).clip(0, 1)
    found: np.ndarray = (across - along * dx) ** 2 + (down - along * dy) ** 2
    return found


def ink_at(distance: np.ndarray) -> np.ndarray:
    """Of pixels that are so far from a line."""
    return (1.25 - distance / PEN).clip(0, 1)
