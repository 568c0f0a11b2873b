"""Sequences to be translated: what is read, what is to be said, and where that stands.

Adding a task is an entry in `TASKS`. A symbol is a number, its place in the task's `symbols`; the
number after the last, `Task.nothing`, fills what is shorter than its row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

DIGITS = "0123456789"
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")
DATE_SYMBOLS = DIGITS + " " + "".join(sorted(set("".join(MONTHS))))
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
YEARS = (1900, 2100)
DATE_DIGITS = 8  # year, month, day


class Pairs(NamedTuple):
    """Sequences of one or more seeds; rows are filled up with `Task.nothing`.

    Attributes:
        source: (..., S)
        target: (..., T)
    """

    source: np.ndarray
    target: np.ndarray


Answer = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From sources (B, S) and their lengths (B,) to targets (B, S)."""


@dataclass(frozen=True)
class Task:
    """What is read and what is to be said.

    Attributes:
        symbols: All that occur, in the order of their numbers.
        answer: Of digits of any length what is to be said; None for dates.
        aligned: For each place of the target the places of the source that it is to be read
            from: from a pair of one example, (T, S).
        example: What the page shows until a visitor writes something else.
    """

    symbols: str
    answer: Answer | None
    aligned: Callable[[np.ndarray, np.ndarray], np.ndarray]
    example: str

    @property
    def nothing(self) -> int:
        """What is not there, as a number."""
        return len(self.symbols)

    def n_places(self, longest: int) -> tuple[int, int]:
        """Of sources up to a length, and of what is said for them."""
        return (DATE_LENGTHS[-1], DATE_DIGITS) if self.answer is None else (longest, longest)

    def lengths(self, rng: np.random.Generator, n: int, shortest: int, longest: int) -> np.ndarray:
        """Of n sources to learn from."""
        if self.answer is None:
            return DAY_LENGTHS[rng.integers(0, len(DAY_LENGTHS), n)]
        return rng.integers(shortest, longest + 1, n)

    def draw(self, rng: np.random.Generator, lengths: np.ndarray, longest: int) -> Pairs:
        """A pair for each length, in rows for the longest."""
        if self.answer is None:
            return dates(rng, lengths)
        source = rng.integers(0, len(DIGITS), (len(lengths), longest))
        source[np.arange(longest) >= lengths[:, None]] = self.nothing
        return Pairs(source, self.answer(source, lengths))

    def alignments(self, pairs: Pairs) -> np.ndarray:
        """For each of B pairs where the source of each symbol stands, (B, T, S)."""
        return np.stack([self.aligned(s, t) for s, t in zip(*pairs, strict=True)])


def reversed_(source: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The last symbol first."""
    places = np.arange(source.shape[1])
    from_the_end = lengths[:, None] - 1 - places
    mirrored = np.take_along_axis(source, np.maximum(from_the_end, 0), 1)
    return np.where(from_the_end >= 0, mirrored, len(DIGITS))


def one_to_one(place: Callable[[int, int], int]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """An alignment where the t-th of n symbols stands at one place of the source."""
    def aligned(source: np.ndarray, target: np.ndarray) -> np.ndarray:
        found = np.zeros((len(target), len(source)), bool)
        n = int((source < len(DIGITS)).sum())
        for t in range(n):
            found[t, place(t, n)] = True
        return found

    return aligned


def same_symbol(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Wherever the symbol that is to be said stands."""
    return (target[:, None] == source) & (target[:, None] < len(DIGITS))


# --- dates -------------------------------------------------------------------------------

DAY_TEXTS = [f"{day} {month} " for month, n in zip(MONTHS, DAYS, strict=True)
             for day in range(1, n + 1)]
DAY_DIGITS = [f"{month:02}{day:02}" for month, n in enumerate(DAYS, 1) for day in range(1, n + 1)]
DAY_LENGTHS = np.array([len(text) + 4 for text in DAY_TEXTS])
DATE_LENGTHS = tuple(range(int(DAY_LENGTHS.min()), int(DAY_LENGTHS.max()) + 1))


def dates(rng: np.random.Generator, lengths: np.ndarray) -> Pairs:
    """Dates in words and digits: "3 march 1999" is to become "19990303"."""
    symbol = {s: i for i, s in enumerate(DATE_SYMBOLS)}
    source = np.full((len(lengths), DATE_LENGTHS[-1]), len(DATE_SYMBOLS))
    target = np.empty((len(lengths), DATE_DIGITS), int)
    for row, n in enumerate(lengths):
        which, year = rng.choice(np.flatnonzero(n == DAY_LENGTHS)), rng.integers(*YEARS)
        source[row, :n] = [symbol[s] for s in f"{DAY_TEXTS[which]}{year}"]
        target[row] = [symbol[s] for s in f"{year}{DAY_DIGITS[which]}"]
    return Pairs(source, target)


def date_parts(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Each digit of the year from its own, the month from any letter of its name, the first digit
    of a day from the first (or only) one, the second from the last.
    """
    space = DATE_SYMBOLS.index(" ")
    first, second = np.flatnonzero(source == space)
    found = np.zeros((len(target), len(source)), bool)
    found[range(4), range(second + 1, second + 5)] = True
    found[4:6, first + 1 : second] = True
    found[6, 0] = found[7, first - 1] = True
    return found


TASKS = {
    "reverse": Task(DIGITS, reversed_, one_to_one(lambda t, n: n - 1 - t), "31415926"),
    "copy": Task(DIGITS, lambda source, lengths: source.copy(), one_to_one(lambda t, n: t),
                 "31415926"),
    "sort": Task(DIGITS, lambda source, lengths: np.sort(source, axis=1), same_symbol, "31415926"),
    "date": Task(DATE_SYMBOLS, None, date_parts, "3 march 1999"),
}
