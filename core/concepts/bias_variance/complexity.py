"""The number in which the models of a family differ, from stiff to flexible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config import RefusedError, between


@dataclass(frozen=True)
class Complexity:
    """A family's number.

    Attributes:
        setting: Its name in the configuration.
        axis: In words, for an axis.
        words: A value of it in words, with {} in its place.
        grid: Its values in a sweep, from stiff to flexible.
        extra_points: How many points more than the number a fit needs; None where any
            number will do.
    """

    setting: str
    axis: str
    words: str
    grid: tuple[Any, ...]
    extra_points: int | None = None

    def say(self, value: Any) -> str:
        """The value in words."""
        return self.words.format(f"{value:g}")

    def fits(self, value: Any, n: int) -> bool:
        """Whether n points are enough for a value."""
        return self.extra_points is None or value + self.extra_points <= n

    def shown(self, config: Any) -> Any:
        """The value that a configuration asks to draw.

        Raises:
            RefusedError: Its data sets are too small.
        """
        value, n = getattr(config, self.setting), config.n_samples
        if not self.fits(value, n):
            extra = self.extra_points or 0
            raise RefusedError(self.setting, value, between(1 - extra, n - extra), n_samples=n)
        return value

    def bounds(self, config: Any) -> dict[str, tuple[float, float]]:
        """The lowest and highest value that the data sets allow, where they set a limit."""
        if self.extra_points is None:
            return {}
        most = min(max(self.grid), config.n_samples - self.extra_points)
        return {self.setting: (1 - self.extra_points, most)}

    def sweep(self, config: Any) -> list[Any]:
        """The grid as far as the data allow, and the value that is drawn, in order."""
        values = {v for v in self.grid if self.fits(v, config.n_samples)}
        return sorted(values | {self.shown(config)}, reverse=self.grid[0] > self.grid[-1])


def worded(key: str, template: str, numbers: Iterable[Complexity]) -> dict[str, str]:
    """Per number a sentence of its own, in which {value} is said as it is said of that number."""
    return {
        f"{key}_{number.setting}": template.replace("{value}", number.words.format("{value}"))
        for number in numbers
    }


def nothing_yet(
    dims: Mapping[str, tuple[str, ...]], coords: Mapping[str, list[Any]],
    kind: Callable[[str], type[np.floating[Any]]] = lambda name: np.float32,
) -> dict[str, np.ndarray]:
    """Every array of a frame without a number in it: what is known before the first fit."""
    return {
        name: np.full([len(coords[dim]) for dim in own[1:]], np.nan, kind(name))
        for name, own in dims.items() if own[0] == "step"
    }
