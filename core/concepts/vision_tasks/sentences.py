"""Sentences about scenes with two shapes: which one is true, and what each word is.

    big circle left of small x

A sentence is five words: size and shape of one, how it stands to the other, size and shape of
that. Two are true of every scene: either shape may be named first.
"""

from __future__ import annotations

import numpy as np

from core.concepts.vision_tasks.scenes import NAMES, Scenes

RELATIONS = ("left of", "above", "right of", "below")
"""One, and from the other side two places on."""
WORDS = ("small", "big", *NAMES, *RELATIONS)
"""In the order of their numbers."""
N_WORDS = len(WORDS)
SLOTS = ("size", "shape", "relation", "other size", "other shape")
"""Places of a sentence."""
LENGTH = len(SLOTS)
_KINDS = (range(2), range(2, 2 + len(NAMES)), range(2 + len(NAMES), N_WORDS))
FITTING = (_KINDS[0], _KINDS[1], _KINDS[2], _KINDS[0], _KINDS[1])
"""The words that may stand at each place."""


def truths(scenes: Scenes) -> np.ndarray:
    """Both sentences that are true, (n, 2, length), in the order of `order`."""
    of, rows = order(scenes), np.arange(len(scenes.images))[:, None]
    down = _is_above(scenes).astype(int)
    relations = _KINDS[2][0] + np.stack([down, down + 2], 1)
    sizes, kinds = scenes.big.astype(int), _KINDS[1][0] + scenes.classes
    named = [[a[rows, of[:, :, i]] for a in (sizes, kinds)] for i in (0, 1)]
    return np.stack([*named[0], relations, *named[1]], 2)


def order(scenes: Scenes) -> np.ndarray:
    """Which shape either sentence names first, and which second: (n, sentences, shapes).

    The first sentence begins with the left one, or the upper one.
    """
    away = scenes.centres[:, 1] - scenes.centres[:, 0]  # from shape 0 to shape 1, (n, 2)
    first = (np.where(_is_above(scenes), away[:, 1], away[:, 0]) < 0).astype(int)
    return np.stack([np.stack([first, 1 - first], 1), np.stack([1 - first, first], 1)], 1)


def in_order(scenes: Scenes) -> tuple[np.ndarray, np.ndarray]:
    """Classes (n, 2) and boxes (n, 2, 4), the left shape first, or the upper one."""
    of, rows = order(scenes)[:, 0], np.arange(len(scenes.images))[:, None]
    return scenes.classes[rows, of], scenes.boxes[rows, of]


def _is_above(scenes: Scenes) -> np.ndarray:
    """Whether one stands above the other, not beside it: where they are farther apart, (n,)."""
    across, down = np.abs(scenes.centres[:, 1] - scenes.centres[:, 0]).T
    return np.greater(down, across)


def well_formed(said: np.ndarray) -> np.ndarray:
    """Whether every word is of the kind that its place asks for: (..., length) to (...)."""
    return np.logical_and.reduce([
        np.isin(said[..., i], list(words)) for i, words in enumerate(FITTING)])


def is_true(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Whether it is one of the sentences that are: (..., length), (..., 2, length) to (...)."""
    found: np.ndarray = (said[..., None, :] == true).all(-1).any(-1)
    return found
