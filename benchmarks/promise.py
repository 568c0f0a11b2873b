"""What a promise of speed is, and how two things are timed beside each other.

Other work on the same machine makes absolute times swing by a factor of two. So every
promise is a ratio, taken from pairs that follow each other at once, and the median of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Pairs = Sequence[tuple[float, float]]
MIN_PAIRS = 5


@dataclass(frozen=True)
class Measured:
    """What measuring a promise gave.

    Attributes:
        ratios: One per interleaved pair.
        note: The figures behind it, in words.
    """

    ratios: tuple[float, ...]
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.ratios) < MIN_PAIRS:
            raise ValueError(f"{len(self.ratios)} pairs are too few: at least {MIN_PAIRS}")


@dataclass(frozen=True)
class Promise:
    """A ratio that the project promises to keep on one side of a bound.

    Attributes:
        name: On the command line.
        compares: What the ratio is of, in a sentence.
        bound: The floor ("at least") or the ceiling ("at most") of the ratio.
        measure: Does it; raises `AssertionError` where the two do not compute the same.
        side: Which side of the bound is kept.
    """

    name: str
    compares: str
    bound: float
    measure: Callable[[], Measured]
    side: Literal["at least", "at most"] = "at least"


@dataclass(frozen=True)
class Result:
    """A promise with its outcome, as it is printed."""

    name: str
    compares: str
    ratio: float
    side: str
    bound: float
    holds: bool
    pairs: int
    lowest: float
    highest: float
    note: str

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.ratio:.3g} ({self.side} {self.bound:g}): "
            f"{'holds' if self.holds else 'DOES NOT HOLD'}\n"
            f"    {self.compares}\n"
            f"    median of {self.pairs} pairs, {self.lowest:.3g} to {self.highest:.3g}; "
            f"{self.note}"
        )


def run(promise: Promise) -> Result:
    """Measures a promise."""
    measured = promise.measure()
    ratio = median(measured.ratios)
    holds = ratio >= promise.bound if promise.side == "at least" else ratio <= promise.bound
    return Result(
        promise.name, promise.compares, ratio, promise.side, promise.bound, holds,
        len(measured.ratios), min(measured.ratios), max(measured.ratios), measured.note,
    )


def interleaved(
    ours: Callable[[], float], theirs: Callable[[], float], n: int
) -> list[tuple[float, float]]:
    """n pairs of what both return, measured by turns; who goes first changes each time."""
    pairs = []
    for i in range(n):
        if i % 2:
            second, first = theirs(), ours()
        else:
            first, second = ours(), theirs()
        pairs.append((first, second))
    return pairs


def seconds(work: Callable[[], object], times: int) -> float:
    """Seconds per call, over so many calls in a row."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def medians(pairs: Pairs) -> tuple[float, float]:
    """The median of each side."""
    ours, theirs = zip(*pairs, strict=True)
    return median(ours), median(theirs)


def speedups(pairs: Pairs) -> tuple[float, ...]:
    """How many times as fast ours is, pair by pair, from seconds."""
    return tuple(theirs / ours for ours, theirs in pairs)
