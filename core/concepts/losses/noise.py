"""What is added to the curve that nets of numbers learn: noise, outliers, a visitor's points.

Mean and median of noise with outliers are computed, so that a page can say what a fit should
estimate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Draw = Callable[[np.random.Generator, int], np.ndarray]
PAINTED = 2
"""What random numbers are for: how a visitor's points lie beside each other."""
APART = (0.02, 0.1)
"""How far apart points at one place are, in x and y, or they would be one dot."""


@dataclass(frozen=True)
class Shape:
    """A distribution with mean 0 and standard deviation 1.

    Attributes:
        label: For people.
        draw: n numbers from a generator.
        below: The probability of a number at most this.
    """

    label: str
    draw: Draw
    below: Callable[[float], float]


SHAPES = {
    "normal": Shape("Normal", lambda rng, n: rng.standard_normal(n),
                    lambda x: (1 + math.erf(x / math.sqrt(2))) / 2),
    "skewed": Shape("Skewed", lambda rng, n: rng.exponential(1, n) - 1,
                    lambda x: 1 - math.exp(-max(x + 1, 0))),
}
"""Skewed: an exponential less its mean; many numbers a little too low, a few far too high."""


@dataclass(frozen=True)
class Noise:
    """Noise of which a share is moved away: outliers.

    Attributes:
        shape: Key in `SHAPES`.
        spread: Standard deviation without the outliers.
        share: Of the outliers.
        size: What is added to an outlier.
        both: Whether half of them are moved the other way.
    """

    shape: str
    spread: float
    share: float = 0.0
    size: float = 0.0
    both: bool = False

    def draw(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """n numbers, exactly this share of them (rounded) moved, (n,)."""
        e = self.spread * SHAPES[self.shape].draw(rng, n)
        moved = rng.permutation(n)[: round(self.share * n)]
        signs = np.where(np.arange(len(moved)) % 2, -1, 1) if self.both else 1
        e[moved] += self.size * signs
        return e

    @property
    def mean(self) -> float:
        return 0.0 if self.both else self.share * self.size

    @property
    def median(self) -> float:
        """Where half of the probability lies below, by bisection."""
        low, high = -self.size - 9 * self.spread - 1, self.size + 9 * self.spread + 1
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.below(middle) < 0.5 else (low, middle)
        return (low + high) / 2

    def below(self, x: float) -> float:
        """The probability of a number at most x."""
        moves = (self.size, -self.size) if self.both else (self.size,)
        away = sum(self._plain(x - move) for move in moves) / len(moves)
        return (1 - self.share) * self._plain(x) + self.share * away

    def _plain(self, x: float) -> float:
        return SHAPES[self.shape].below(x / self.spread) if self.spread else float(x >= 0)


def painted_of(places: Sequence[str], n_each: int, seed: int) -> np.ndarray:
    """A visitor's points, x and y of each, (n, 2)."""
    at = np.array([place.split(":") for place in places], float).reshape(-1, 2).repeat(n_each, 0)
    at += np.random.default_rng((seed, PAINTED)).normal(0, APART, at.shape)
    at[:, 0] = at[:, 0].clip(0, 1)
    return at
