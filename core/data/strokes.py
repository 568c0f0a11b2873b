"""Strokes: small grey images of ten shapes drawn with a pen, generated.

Ten shapes of two to four lines (the circle has twelve), each image turned, scaled, stretched,
moved, with another line as clutter and noise on every pixel. There are as many as one asks for,
and every difficulty is a number. What is random does not depend on those numbers: the same
generator with less noise draws the same images with less noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

SIDE = 16
"""Pixels of an image's side."""
N_PIXELS = SIDE * SIDE
PEN = 0.75
"""Half the width of a line, in pixels: ink is full up to a quarter of it, none beyond 2.5."""
MOST_CLUTTER = 2
_AT_A_TIME = 100  # images whose distances fit into the processor's cache

Lines = tuple[tuple[float, float, float, float], ...]  # x, y from and to; y points down


def _path(*points: tuple[float, float]) -> Lines:
    """The lines from each point to the next."""
    return tuple((*a, *b) for a, b in pairwise(points))


_ROUND = np.linspace(0, 2 * np.pi, 13)
SHAPES: dict[str, Lines] = {
    "circle": _path(*((float(np.cos(t)), float(np.sin(t))) for t in _ROUND)),
    "square": _path((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9), (-0.9, -0.9)),
    "triangle": _path((0, -1), (0.95, 0.8), (-0.95, 0.8), (0, -1)),
    "plus": _path((-1, 0), (1, 0)) + _path((0, -1), (0, 1)),
    "x": _path((-0.85, -0.85), (0.85, 0.85)) + _path((-0.85, 0.85), (0.85, -0.85)),
    "T": _path((-0.9, -0.9), (0.9, -0.9)) + _path((0, -0.9), (0, 1)),
    "L": _path((-0.7, -1), (-0.7, 0.9), (0.8, 0.9)),
    "Z": _path((-0.8, -0.9), (0.8, -0.9), (-0.8, 0.9), (0.8, 0.9)),
    "arrow": _path((-1, 0), (1, 0)) + _path((0.2, -0.75), (1, 0), (0.2, 0.75)),
    "U": _path((-0.8, -0.9), (-0.8, 0.9), (0.8, 0.9), (0.8, -0.9)),
}
"""The classes, in the order of their numbers, in a square from -1 to 1."""
NAMES = tuple(SHAPES)


@dataclass(frozen=True)
class Strokes:
    """How images are drawn: the defaults are a task that is neither easy nor hopeless.

    Attributes:
        noise: Standard deviation of every pixel's; ink is 0 to 1.
        shift: Largest move from the middle, in pixels, each way.
        rotation: Largest turn, in degrees, either way. Beyond 22 a plus may be an x.
        clutter: Lines that belong to no shape, 0 to 2.
        sizes: Half the size of a shape, in pixels, from and to.
        classes: Which of the ten shapes; labels count these.
    """

    noise: float = 0.15
    shift: float = 3.0
    rotation: float = 15.0
    clutter: int = 1
    sizes: tuple[float, float] = (3.0, 4.6)
    classes: Sequence[int] = range(len(SHAPES))

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """n images, as many of each class as of any other, to one.

        Returns:
            Images (n, 16, 16), float32, and labels (n,), which count `classes` from 0.

        Raises:
            ValueError: For more clutter than is drawn, or a class that is not there.
        """
        if not 0 <= self.clutter <= MOST_CLUTTER:
            raise ValueError(f"clutter: {self.clutter} is not 0 to {MOST_CLUTTER}")
        if wrong := [c for c in self.classes if not 0 <= c < len(SHAPES)]:
            raise ValueError(f"classes: {wrong} are not among 0 to {len(SHAPES) - 1}")
        labels = rng.permutation(np.arange(n) % len(self.classes))
        placed = self._placed(labels, rng)
        contrast = rng.uniform(0.7, 1, n).astype(np.float32)
        clutter = _clutter(n, rng)[:, : self.clutter]
        images = np.zeros((n, N_PIXELS), np.float32)
        for label, lines in placed.items():
            rows = np.flatnonzero(labels == label)
            for some in np.array_split(np.arange(len(rows)), -(-len(rows) // _AT_A_TIME) or 1):
                mine = rows[some]
                images[mine] = _ink(np.concatenate([lines[some], clutter[mine]], 1))
        images *= contrast[:, None]
        images += np.float32(self.noise) * rng.standard_normal((n, N_PIXELS), np.float32)
        return images.reshape(n, SIDE, SIDE), labels

    def _placed(self, labels: np.ndarray, rng: np.random.Generator) -> dict[int, np.ndarray]:
        """By label the lines of its images, in pixels: (images, lines, 4), float32."""
        n = len(labels)
        turn = np.deg2rad(self.rotation) * rng.uniform(-1, 1, n)
        smallest, largest = self.sizes
        size = smallest + (largest - smallest) * rng.random(n)
        aspect = rng.uniform(0.85, 1.15, n)
        move = (SIDE - 1) / 2 + self.shift * rng.uniform(-1, 1, (n, 2))
        cos, sin = np.cos(turn), np.sin(turn)
        # stretched first, then turned
        maps = np.array([[size * aspect * cos, -size / aspect * sin],
                         [size * aspect * sin, size / aspect * cos]]).transpose(2, 0, 1)
        return {
            label: _mapped(SHAPES[NAMES[self.classes[label]]], maps[labels == label],
                           move[labels == label])
            for label in range(len(self.classes))
        }


def standardised(images: np.ndarray, mean: float, sd: float) -> np.ndarray:
    """At mean 0 and deviation 1, by two numbers of the training images."""
    return ((images - mean) / sd).astype(np.float32)


def _mapped(lines: Lines, maps: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Lines of one shape in each image: (images, lines, 4)."""
    ends = np.array(lines).reshape(-1, 2, 2)  # (lines, end, xy)
    placed = np.einsum("nij,lej->nlei", maps, ends) + moves[:, None, None]
    return placed.reshape(len(maps), len(lines), 4).astype(np.float32)


def _clutter(n: int, rng: np.random.Generator) -> np.ndarray:
    """Lines of two to four pixels anywhere, (n, MOST_CLUTTER, 4)."""
    middle = rng.uniform(0, SIDE - 1, (n, MOST_CLUTTER, 2))
    angle = rng.uniform(0, np.pi, (n, MOST_CLUTTER))
    half = rng.uniform(1, 2, (n, MOST_CLUTTER))
    arm = half[..., None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    return np.concatenate([middle - arm, middle + arm], -1).astype(np.float32)


def _ink(lines: np.ndarray) -> np.ndarray:
    """What a pen leaves on every pixel: (images, lines, 4) -> (images, 256), 0 to 1."""
    rows, columns = np.divmod(np.arange(N_PIXELS, dtype=np.float32), np.float32(SIDE))
    nearest = np.full((len(lines), N_PIXELS), np.inf, np.float32)  # squared distance
    for line in np.moveaxis(lines, 1, 0):  # a line of every image
        x, y, dx, dy = (a[:, None] for a in (line[:, 0], line[:, 1], line[:, 2] - line[:, 0],
                                             line[:, 3] - line[:, 1]))
        across, down = columns - x, rows - y
        along = ((across * dx + down * dy) / (dx * dx + dy * dy)).clip(0, 1)
        np.minimum(nearest, (across - along * dx) ** 2 + (down - along * dy) ** 2, out=nearest)
    return (1.25 - np.sqrt(nearest) / (2 * PEN)).clip(0, 1)
