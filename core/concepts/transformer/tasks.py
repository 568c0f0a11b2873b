"""What is asked about a sequence, place by place. Adding a task is an entry in `TASKS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

N_DIGITS = 10
N_LETTERS = 16
SHORTEST_BLOCK, LONGEST_BLOCK = 6, 12
"""Of what is repeated."""
N_REPEATED = 24
NOTHING = -1
"""Where nothing is asked."""
DIGITS, LETTERS = "0123456789", "abcdefghijklmnop"


class Sequences(NamedTuple):
    """Sequences and what is to be said of them.

    Attributes:
        x: Symbols, (..., T).
        y: What is right at each place, (..., T); `NOTHING` where nothing is asked.
        source: The places that the answer stands at, (..., T, T).
    """

    x: np.ndarray
    y: np.ndarray
    source: np.ndarray


@dataclass(frozen=True)
class Task:
    """What is read and what is to be said at each place.

    Attributes:
        label: For people.
        symbols: That are read, in the order of their numbers.
        answers: What can be said, alike.
        length: Of a sequence.
        draw: From a generator and a number, so many sequences.
        causal: Whether a place may see those after it, where nothing else is set.
        counted_from: The first place at which answers are counted: before, nobody can know them.
        guess: The share right of who knows nothing of the sequence.
    """

    label: str
    symbols: str
    answers: str
    length: int
    draw: Callable[[np.random.Generator, int], Sequences]
    causal: bool = False
    counted_from: int = 0
    guess: float | None = None


def digits(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.integers(0, N_DIGITS, (n, N_DIGITS))


def reversed_(rng: np.random.Generator, n: int) -> Sequences:
    """At the t-th place the symbol that stands t-th from the end."""
    x = digits(rng, n)
    return Sequences(x, x[:, ::-1].copy(), _everywhere(np.eye(N_DIGITS, dtype=bool)[::-1], n))


def sorted_(rng: np.random.Generator, n: int) -> Sequences:
    """At the t-th place the t-th smallest symbol."""
    x = digits(rng, n)
    y = np.sort(x, 1)
    return Sequences(x, y, y[:, :, None] == x[:, None])


def counted(rng: np.random.Generator, n: int) -> Sequences:
    """At each place how often its symbol occurs: 1 to 10, as 0 to 9."""
    x = digits(rng, n)
    same = x[:, :, None] == x[:, None]
    return Sequences(x, same.sum(2) - 1, same)


def previous(rng: np.random.Generator, n: int) -> Sequences:
    """At each place the symbol before it; nothing at the first."""
    x = digits(rng, n)
    y = np.concatenate([np.full((n, 1), NOTHING), x[:, :-1]], 1)
    return Sequences(x, y, _everywhere(np.eye(N_DIGITS, k=-1, dtype=bool), n))


def repeated(rng: np.random.Generator, n: int, shortest: int = SHORTEST_BLOCK) -> Sequences:
    """A random block again and again: at each place, what comes next. Olsson et al. 2022.

    Args:
        shortest: Of the blocks, whose lengths differ from sequence to sequence.
    """
    period = rng.integers(shortest, LONGEST_BLOCK + 1, n)
    block = rng.integers(0, N_LETTERS, (n, LONGEST_BLOCK))
    places = np.arange(N_REPEATED + 1)
    x = np.take_along_axis(block, places % period[:, None], 1)
    here = places[:-1]
    back = here[:, None] + 1 - here  # from what comes next
    return Sequences(x[:, :-1], x[:, 1:], (back > 0) & (back % period[:, None, None] == 0))


def one_period(rng: np.random.Generator, n: int) -> Sequences:
    """The same with blocks of one length."""
    return repeated(rng, n, LONGEST_BLOCK)


def _everywhere(places: np.ndarray, n: int) -> np.ndarray:
    return np.broadcast_to(places, (n, *places.shape))


REPEATS = Task(
    "What comes next, blocks of 6 to 12", LETTERS, LETTERS, N_REPEATED, repeated, causal=True,
    counted_from=LONGEST_BLOCK, guess=1 / N_LETTERS,
)
TASKS = {
    "reverse": Task("Reverse", DIGITS, DIGITS, N_DIGITS, reversed_, guess=0.1),
    "sort": Task("Sort", DIGITS, DIGITS, N_DIGITS, sorted_),
    "count": Task("Count my symbol", DIGITS, "123456789X", N_DIGITS, counted),
    "previous": Task("The symbol before", DIGITS, DIGITS, N_DIGITS, previous, guess=0.1),
    "repeats": REPEATS,
    "one_period": replace(REPEATS, label="What comes next, blocks of 12", draw=one_period),
}
