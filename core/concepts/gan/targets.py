"""What the generator is to imitate: clouds of points in the plane, and how near a point is to them.

All lie in about [-1, 1] x [-1, 1]. A target is a list of centres with the same Gaussian noise
around each; a curve has so many that one runs into the next. Centres are in pieces: the islands of
a ring or a grid, and equal parts of a curve, so that what was left out can be counted on each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np

from core.data.own import OrOwn, data_set, filling, shape_of

SIGMA = 0.05
"""Standard deviation of the noise, in each direction."""
NEAR = 3 * SIGMA
"""A point this near to a centre is a good one: of real points 98.9 % are, by the normal law."""
PER_PIECE = 24
"""Centres of a piece of a curve."""
COVERED = 0.2
"""Of its fair share of the points that a piece has to get, with good ones, to count as covered."""


@dataclass(frozen=True)
class Target:
    """Points to imitate.

    Attributes:
        label: For people.
        centres: (centres, 2).
        piece: Of each centre the number of its piece, (centres,).
    """

    label: str
    centres: np.ndarray = field(repr=False)
    piece: np.ndarray = field(repr=False)

    @property
    def n_pieces(self) -> int:
        return int(self.piece[-1]) + 1

    def draw(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Real points, (n, 2), float32."""
        at = self.centres[rng.integers(len(self.centres), size=n)]
        return (at + SIGMA * rng.standard_normal((n, 2))).astype(np.float32)


def _islands(label: str, centres: np.ndarray) -> Target:
    return Target(label, centres, np.arange(len(centres)))


def _curve(label: str, points: np.ndarray, n_pieces: int) -> Target:
    """A target along a curve that is given densely, (n, 2); pieces of equal length."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    steps[steps > 0.1] = 0  # from the end of one part to the start of the next
    way = np.concatenate([[0], np.cumsum(steps)])
    n = n_pieces * PER_PIECE
    wanted = way[-1] * (np.arange(n) + 0.5) / n
    at = np.searchsorted(way, wanted)
    return Target(label, points[at], np.arange(n) // PER_PIECE)


def _ring(n: int = 8) -> np.ndarray:
    angle = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def _grid(n: int = 5) -> np.ndarray:
    ends = np.linspace(-1, 1, n)
    return np.stack(np.meshgrid(ends, ends), -1).reshape(-1, 2)


def _spiral() -> np.ndarray:
    angle = np.linspace(np.pi / 2, 4 * np.pi, 4000)
    return np.stack([angle * np.cos(angle), angle * np.sin(angle)], 1) / (4 * np.pi)


def _moons() -> np.ndarray:
    angle = np.linspace(0, np.pi, 2000)
    upper = np.stack([np.cos(angle), np.sin(angle)], 1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], 1)
    return (np.concatenate([upper, lower]) - (0.5, 0.25)) / 1.5


TARGETS = {
    "ring": _islands("Ring of 8 islands", _ring()),
    "grid": _islands("Grid of 25 islands", _grid()),
    "spiral": _curve("Spiral", _spiral(), 12),
    "moons": _curve("Two moons", _moons(), 8),
}
TargetName = Annotated[Literal["ring", "grid", "spiral", "moons"], OrOwn(
    "Both columns are stretched until the points fill the picture. All classes are one cloud.",
    lambda own: own.n_features == 2, "Here two columns of numbers are needed.", one_cloud=True,
)]
N_OWN_PIECES = 8
OWN_ENDS = ((-1.1, 1.1), (-1.1, 1.1))
"""A visitor's points reach nearly to there."""
MOST_CENTRES = 300
"""Of more points only every second, third, ... is a centre: the nearest one is looked for often."""


def n_pieces(name: str) -> int:
    """How many pieces a target has: a visitor's own points are an eighth each."""
    return N_OWN_PIECES if shape_of(name) else TARGETS[name].n_pieces


def target_of(name: str) -> Target:
    """The target of that name: one of ours, or a visitor's own points.

    Their points are the centres. A piece is an eighth of them, seen from their middle in one
    direction.
    """
    if shape_of(name) is None:
        return TARGETS[name]
    points = filling(OWN_ENDS, data_set(name).everything()[0])
    from_middle = points - points.mean(0)
    around = np.arctan2(from_middle[:, 1], from_middle[:, 0]).argsort(kind="stable")
    centres = points[around][::-(-len(points) // MOST_CENTRES)]
    return Target("Own points", centres, np.arange(len(centres)) * N_OWN_PIECES // len(centres))


TARGET_NAMES = {name: target.label for name, target in TARGETS.items()}
