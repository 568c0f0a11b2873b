"""How a text falls into tokens: characters, or pieces that a small BPE has put together.

Sennrich et al. 2016, algorithm 1: the pair of neighbouring tokens that is there most often becomes
one token, again and again. Differs from the paper in: the space before a word is part of it (in the
paper a sign stands behind it); of pairs that are there equally often the one with the smaller
numbers comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

LEAST_TOKENS = 130
"""So many are left of what merges are learned from: merging ends before."""


@dataclass(frozen=True)
class Tokens:
    """The characters of a text, and what is put together of them.

    Attributes:
        alphabet: All characters, by number.
        merges: Pairs of tokens that become one, in this order; the first has the number after the
            last character's.
        counts: How often each pair was there when it was merged.
    """

    alphabet: tuple[str, ...]
    merges: tuple[tuple[int, int], ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def learned(cls, alphabet: tuple[str, ...], text: str, n_merges: int) -> Tokens:
        """At most so many merges: only of pairs that are there at least twice."""
        merges: list[tuple[int, int]] = []
        counts: list[int] = []
        ids, begins = cls(alphabet).characters(text)
        while len(merges) < n_merges and len(ids) > LEAST_TOKENS:
            inside = ~begins[1:]
            pairs, there = np.unique(np.stack([ids[:-1], ids[1:]], 1)[inside], axis=0,
                                     return_counts=True)
            if not len(pairs) or there.max() < 2:
                break
            a, b = pairs[there.argmax()]  # of several the first: pairs are in order
            merged, its_begins = joined(ids, begins, (a, b), len(alphabet) + len(merges))
            if len(merged) < LEAST_TOKENS:
                break
            ids, begins = merged, its_begins
            merges.append((int(a), int(b)))
            counts.append(int(there.max()))
        return cls(alphabet, tuple(merges), tuple(counts))

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """What each token stands for."""
        found = list(self.alphabet)
        for a, b in self.merges:
            found.append(found[a] + found[b])
        return tuple(found)

    def characters(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of a text's characters, and whether a piece begins at each, (n,) both: merges
        stay within a word and the space before it.
        """
        numbers = {character: i for i, character in enumerate(self.alphabet)}
        begins = np.array([not i or character.isspace() for i, character in enumerate(text)])
        return np.array([numbers[character] for character in text], np.int64), begins

    def cut(self, text: str) -> list[np.ndarray]:
        """The text as tokens, before the first merge and after each: numbers (n,)."""
        ids, begins = self.characters(text)
        found = [ids]
        for i, pair in enumerate(self.merges):
            ids, begins = joined(ids, begins, pair, len(self.alphabet) + i)
            found.append(ids)
        return found

    def lengths(self) -> np.ndarray:
        """Of tokens in characters."""
        return np.array([len(symbol) for symbol in self.symbols])


def joined(
    ids: np.ndarray, begins: np.ndarray, pair: tuple[int, int], number: int
) -> tuple[np.ndarray, np.ndarray]:
    """The tokens with a pair put together under a number, from left to right, and where pieces
    begin.
    """
    found = np.flatnonzero((ids[:-1] == pair[0]) & (ids[1:] == pair[1]) & ~begins[1:])
    if pair[0] == pair[1]:  # of three alike the first two are a pair
        found = _apart(found)
    ids = ids.copy()
    ids[found] = number
    return np.delete(ids, found + 1), np.delete(begins, found + 1)


def _apart(places: np.ndarray) -> np.ndarray:
    kept: list[int] = []
    for place in places.tolist():
        if not kept or place > kept[-1] + 1:
            kept.append(place)
    return np.array(kept, np.int64)
