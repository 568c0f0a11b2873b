"""Tiny tasks of other shapes: one symbol in and a sequence out, and whatever else there is.

Examples are drawn anew for every update, but for the text, which is one and is cut at random.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

import numpy as np

Rng = np.random.Generator
Drawn = tuple[np.ndarray, np.ndarray]
"""What is read, (T, n, features), and targets (outputs, T, n), or (outputs, n) for one at the
end. One-hot targets are all 0 where nothing is asked.
"""


def one_hot(symbols: np.ndarray, size: int) -> np.ndarray:
    """(..., size); all 0 for a symbol below 0."""
    return np.vstack([np.eye(size, dtype=np.float32), np.zeros((1, size), np.float32)])[symbols]


# --- one to many: a figure, drawn point by point --------------------------------------------

N_POINTS = 24
CORNERS: dict[str, list[tuple[float, float]]] = {
    "circle": [(np.cos(a), np.sin(a)) for a in np.linspace(0.5, 2.5, 61) * np.pi],
    "square": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (-0.8, -0.8)],
    "triangle": [(-0.9, -0.6), (0.9, -0.6), (0, 1), (-0.9, -0.6)],
    "star": [(np.cos(a), np.sin(a)) for a in (0.5 + 0.8 * np.arange(6)) * np.pi],
    "spiral": [(a / 14 * np.cos(a), a / 14 * np.sin(a)) for a in np.linspace(0, 14, 120)],
    "bow": [(0.9 * np.sin(a), 0.9 * np.sin(2 * a)) for a in np.linspace(0, 2 * np.pi, 90)],
    "three": [*[(0.6 * np.cos(a) - 0.1, 0.5 + 0.5 * np.sin(a))
                for a in np.linspace(0.9, -0.5, 40) * np.pi],
              *[(0.6 * np.cos(a) - 0.1, -0.5 + 0.5 * np.sin(a))
                for a in np.linspace(0.5, -0.9, 40) * np.pi]],
    "zigzag": [(-1, -0.7), (-0.6, 0.7), (-0.2, -0.7), (0.2, 0.7), (0.6, -0.7), (1, 0.7)],
}
FIGURES = tuple(CORNERS)


def pen(corners: list[tuple[float, float]]) -> np.ndarray:
    """Points at equal distances along a line through corners, (N_POINTS, 2)."""
    at = np.array(corners)
    way = np.concatenate([[0], np.hypot(*np.diff(at, axis=0).T).cumsum()])
    even = np.linspace(0, way[-1], N_POINTS)
    return np.stack([np.interp(even, way, part) for part in at.T], -1)


def curves() -> np.ndarray:
    """All figures, (figure, N_POINTS, 2)."""
    return np.stack([pen(corners) for corners in CORNERS.values()]).astype(np.float32)


N_PEN = len(FIGURES) + 2


def draw_figures(rng: Rng, n: int, noise: float) -> Drawn:
    """At the first place which figure it is, then nothing but the point before, with noise."""
    which = rng.integers(len(FIGURES), size=n)
    points = curves()[which]  # (n, T, 2)
    before = points[:, :-1] + noise * rng.standard_normal((n, N_POINTS - 1, 2))
    return begun(which, before), np.ascontiguousarray(points.transpose(2, 1, 0))


def begun(which: np.ndarray, before: np.ndarray) -> np.ndarray:
    """What is read of figures (n,) and the points before, (n, T - 1, 2): (T, n, features)."""
    x = np.zeros((before.shape[1] + 1, len(which), N_PEN), np.float32)
    x[0, :, :-2] = one_hot(which, len(FIGURES))
    x[1:, :, -2:] = before.transpose(1, 0, 2)
    return x


# --- many to one: is it praise? -------------------------------------------------------------

GOOD, BAD = ("good", "great", "lovely", "clever"), ("bad", "dull", "awful", "silly")
NOT, VERY = "not", "very"
WORDS = (*GOOD, *BAD, NOT, VERY, "the", "a", "film", "it", "was", "and")
CHANCES = np.array([0.3 / 8] * 8 + [0.12, 0.10] + [0.48 / 6] * 6)
N_WORDS = 10
SENTENCES = ("it was clever and the film was not very good",
             "the film was dull and it was not very bad")


def feeling(words: np.ndarray) -> np.ndarray:
    """By place what has been said so far, (..., T): each good word counts 1, each bad one -1,
    twice as much after "very", with the other sign after "not", whatever stands between.
    """
    score, total = np.zeros(words.shape[:-1]), []
    sign, weight = np.ones_like(score), np.ones_like(score)
    for word in np.moveaxis(words, -1, 0):
        felt = word < len(GOOD + BAD)
        score = score + felt * sign * weight * np.where(word < len(GOOD), 1, -1)
        sign = np.where(felt, 1, np.where(word == WORDS.index(NOT), -1, sign))
        weight = np.where(felt, 1, np.where(word == WORDS.index(VERY), 2, weight))
        total.append(score)
    return np.stack(total, -1)


def sentences(rng: Rng, n: int) -> np.ndarray:
    """Words in any order, of which something is felt in the end: (n, T)."""
    drawn = rng.choice(len(WORDS), (2 * n, N_WORDS), p=CHANCES)
    clear = drawn[feeling(drawn)[:, -1] != 0]
    return clear[:n] if len(clear) >= n else np.concatenate([clear, sentences(rng, n)])[:n]


def praise(rng: Rng, n: int) -> Drawn:
    """Two classes at the end: blame and praise."""
    return judged(sentences(rng, n))


def judged(words: np.ndarray) -> Drawn:
    """What is read of sentences (n, T), and what is said of them."""
    says = (feeling(words)[:, -1] > 0).astype(int)
    return one_hot(words.T, len(WORDS)), one_hot(says, 2).T


# --- many to many, place by place: where are the peaks? -------------------------------------

N_VALUES = 16


def peaks(rng: Rng, n: int) -> Drawn:
    """Numbers, and then a sign that they are over: which are larger than their neighbours?"""
    values = rng.standard_normal((N_VALUES, n))
    x = np.zeros((N_VALUES + 1, n, 2), np.float32)
    x[:-1, :, 0], x[-1, :, 1] = values, 1
    low = np.full((1, n), -np.inf)
    around = np.concatenate([low, values, low])
    top = (values > around[:-2]) & (values > around[2:])
    return x, top[None].astype(np.float32)


# --- many to many, of another length: "2b3a" is to become "bbaaa" ---------------------------

LETTERS, DIGITS = "abcd", "123"
SIGNS = LETTERS + DIGITS
END = len(LETTERS)
MOST_PAIRS, TESTED_PAIRS = 3, 4
EXAMPLE = "2b3a1d"


class Expansion(NamedTuple):
    """Sources (n, S), which begin with nothing where they are short, and targets (n, T), which
    end with a sign and then nothing; nothing is -1.
    """

    source: np.ndarray
    target: np.ndarray


def expansions(rng: Rng, pairs: np.ndarray, most: int) -> Expansion:
    """One of each number of pairs, in rows for so many; no letter comes twice in a row."""
    rows = []
    for n in pairs:
        step = rng.integers(1, len(LETTERS), n)
        letters = (rng.integers(len(LETTERS)) + np.cumsum(step)) % len(LETTERS)
        rows.append("".join(f"{count}{LETTERS[letter]}" for count, letter in
                            zip(rng.integers(1, len(DIGITS) + 1, n), letters, strict=True)))
    return expanded(rows, most)


def expanded(texts: list[str], most: int) -> Expansion:
    """What texts like "2b3a" are to become, in rows for the longest."""
    source = np.full((len(texts), 2 * most), -1)
    target = np.full((len(texts), len(DIGITS) * most + 1), -1)
    for row, text in enumerate(texts):
        source[row, -len(text):] = [SIGNS.index(sign) for sign in text]
        said = "".join(letter * int(count) for count, letter in
                       zip(text[::2], text[1::2], strict=True))
        target[row, :len(said) + 1] = [*map(LETTERS.index, said), END]
    return Expansion(source, target)


def expand(rng: Rng, n: int) -> Drawn:
    """Of 1 to `MOST_PAIRS` pairs."""
    return both(expansions(rng, rng.integers(1, MOST_PAIRS + 1, n), MOST_PAIRS))


def both(pairs: Expansion) -> Drawn:
    """Place by place a source beside what comes before each symbol of its target: the first part
    of the features is the encoder's, the second the decoder's. Both begin at the first place.
    """
    source, target = pairs
    read = np.full_like(target, -1)
    read[:, :source.shape[1]] = source
    before = np.concatenate([np.full_like(target[:, :1], -1), target[:, :-1]], 1)
    before[before == END] = -1
    x = np.concatenate([one_hot(read.T, len(SIGNS)), one_hot(before.T, len(LETTERS))], -1)
    return x, np.ascontiguousarray(one_hot(target, END + 1).transpose(2, 1, 0))


# --- many to many, the next symbol: a text ---------------------------------------------------

HOUSE = (
    "malt that lay in", "rat that ate", "cat that killed", "dog that worried",
    "cow with the crumpled horn that tossed", "maiden all forlorn that milked",
    "man all tattered and torn that kissed", "priest all shaven and shorn that married",
    "cock that crowed in the morn that waked", "farmer sowing his corn that kept",
)
TEXT = "".join(f"this is the {line}. " for line in accumulate(
    HOUSE, lambda rest, new: f"{new} the {rest}", initial="house that jack built"))
"""The house that Jack built, a rhyme printed in 1755: each verse goes before the one before."""
SYMBOLS = "".join(sorted(set(TEXT)))
KNOWN = frozenset(TEXT.replace(".", " ").split())
N_SYMBOLS = 24


def numbers(text: str) -> np.ndarray:
    return np.array([SYMBOLS.index(symbol) for symbol in text])


def cuts(rng: Rng, n: int) -> Drawn:
    """Pieces of the text, and at each place the symbol that comes next."""
    text = numbers(TEXT)
    at = rng.integers(len(text) - N_SYMBOLS, size=n) + np.arange(N_SYMBOLS + 1)[:, None]
    piece = text[at]  # (T + 1, n)
    return (one_hot(piece[:-1], len(SYMBOLS)),
            np.ascontiguousarray(np.moveaxis(one_hot(piece[1:], len(SYMBOLS)), -1, 0)))
PIECE = "this is the dog that worried the cat that killed the rat that"
"""Of the text: what is shown."""
