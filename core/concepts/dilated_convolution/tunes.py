"""Tunes to be learned by heart, and how well anybody could know what comes next."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

NOTES = "-gCDEFGA"
"""What stands at a place: a note that goes on, the low G, or one of C to A."""


@dataclass(frozen=True)
class Tune:
    """A tune that begins again when it is over.

    Attributes:
        label: For people.
        score: A symbol of `NOTES` for each place; spaces do not count.
        beats: Places in a second, when it is played.
    """

    label: str
    score: str
    beats: float

    @property
    def notes(self) -> np.ndarray:
        """Numbers of the notes, (places,)."""
        return np.array([NOTES.index(symbol) for symbol in self.score.replace(" ", "")])


JOY = "E-E-F-G- G-F-E-D- C-C-D-E-"
TUNES = {
    "jacques": Tune("Frère Jacques", "C-D-E-C- C-D-E-C- E-F-G--- E-F-G--- GAGFE-C- GAGFE-C- "
                                     "C-g-C--- C-g-C---", 5),
    "joy": Tune("Ode to Joy", f"{JOY} E--DD--- {JOY} D--CC---", 5),
    "twinkle": Tune("Twinkle, twinkle", "CCGGAAG- FFEEDDC- GGFFEED- GGFFEED- CCGGAAG- FFEEDDC-",
                    2.5),
}
"""All of them traditional or old. Adding one is an entry here."""


def endless(notes: np.ndarray, start: int | np.ndarray, n: int) -> np.ndarray:
    """n places of a tune that begins again and again, from `start` on: (..., n)."""
    return notes[(np.asarray(start)[..., None] + np.arange(n)) % len(notes)]


def best(notes: np.ndarray, field: int) -> float:
    """How well the next note can be known from so many before it.

    Returns:
        The share right of who says what comes most often after them.
    """
    after: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for place in range(len(notes)):
        seen = endless(notes, place, field + 1)
        after[tuple(seen[:-1])][int(seen[-1])] += 1
    return sum(max(counts.values()) for counts in after.values()) / len(notes)
