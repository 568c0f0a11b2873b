"""What is learned first, the source, and what is to be learned from few labels, the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data import DATA
from core.data.strokes import Strokes

N_CLASSES = 5
"""Of the target; the source has as many, or fewer."""
MOST_LABELS = 100
"""Labelled images per class that the target has for training, at most."""
N_SOURCE, N_SOURCE_TEST, N_TEST = 2000, 200, 1000
"""Images to pre-train on, to test that, and to test the target; digits have fewer."""

Labelled = tuple[np.ndarray, np.ndarray]  # images (n, side, side) and labels (n,)


@dataclass(frozen=True)
class Tasks:
    """Source and target of one seed: images (n, side, side) and labels (n,).

    Attributes:
        source: To pre-train on.
        source_test: New images of the same kind.
        pool: Of the target, `MOST_LABELS` per class: class by class, in random order within each.
        test: New images of the target.
    """

    source: Labelled
    source_test: Labelled
    pool: Labelled
    test: Labelled


# --- images ----------------------------------------------------------------------------


def _strokes(rng: np.random.Generator) -> Tasks:
    """Circle, square, triangle, plus and x first; then T, L, Z, arrow and U."""
    old, new = Strokes(classes=range(5)), Strokes(classes=range(5, 10))
    images, labels = new.draw(N_CLASSES * MOST_LABELS, rng)
    order = np.argsort(labels, kind="stable")
    return Tasks(old.draw(N_SOURCE, rng), old.draw(N_SOURCE_TEST, rng),
                 (images[order], labels[order]), new.draw(N_TEST, rng))


def _digits(rng: np.random.Generator) -> Tasks:
    """Handwritten 0 to 4 first, then 5 to 9: what is not in a training set is in the test."""
    pixels, y = DATA["digits"].everything()
    images = (pixels / 16).astype(np.float32).reshape(-1, 8, 8)
    old = rng.permutation(np.flatnonzero(y < N_CLASSES))
    each = [rng.permutation(np.flatnonzero(y == N_CLASSES + c)) for c in range(N_CLASSES)]
    pool = np.concatenate([rows[:MOST_LABELS] for rows in each])
    test = rng.permutation(np.concatenate([rows[MOST_LABELS:] for rows in each]))
    parts = (old[N_SOURCE_TEST:], old[:N_SOURCE_TEST], pool, test)
    return Tasks(*((images[rows], y[rows] % N_CLASSES) for rows in parts))


IMAGES: dict[str, Callable[[np.random.Generator], Tasks]] = {"strokes": _strokes, "digits": _digits}
IMAGE_NAMES = {"strokes": "Strokes (16 × 16)", "digits": "Digits (8 × 8)"}
SIDES = {"strokes": 16, "digits": 8}
CLASS_NAMES = {
    "strokes": (("circle", "square", "triangle", "plus", "x"), ("T", "L", "Z", "arrow", "U")),
    "digits": (tuple("01234"), tuple("56789")),
}
"""Of the source, when it is the other classes, and of the target."""


# --- sources ---------------------------------------------------------------------------


def _as_they_are(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Labelled:
    return images, labels


def _permuted(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Labelled:
    """Pixels in another order, the same for all images: no shape is left."""
    order = rng.permutation(images[0].size)
    return images.reshape(len(images), -1)[:, order].reshape(images.shape), labels


def _position(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Labelled:
    """In which quarter of the image its ink has its centre: 0 to 3, whatever the shape."""
    ink = images.clip(0)
    middle = (images.shape[1] - 1) / 2
    along = np.arange(images.shape[1]) - middle
    down, right = (ink.sum(2) @ along > 0), (ink.sum(1) @ along > 0)
    return images, 2 * down + right


def _shuffled(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Labelled:
    """Labels dealt out anew: they say nothing about the images."""
    return images, rng.permutation(labels)


SOURCES: dict[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], Labelled]] = {
    "classes": _as_they_are, "permuted": _permuted, "position": _position, "shuffled": _shuffled,
}
"""What becomes of the other classes' images and labels before anything is learned from them."""
SOURCE_NAMES = {
    "classes": "Other classes", "permuted": "Their pixels permuted",
    "position": "Where the ink is", "shuffled": "Shuffled labels",
}


def tasks_of(data: str, seed: int) -> Tasks:
    """Both tasks of a seed, pixels at mean 0 and variance 1 by those of the source."""
    raw = IMAGES[data](np.random.default_rng((seed, 1)))
    mean, sd = raw.source[0].mean(), raw.source[0].std()
    return Tasks(*(((images - mean) / sd, labels) for images, labels in vars(raw).values()))


def source_of(tasks: Tasks, source: str, seed: int) -> tuple[Labelled, Labelled]:
    """What is learned first, and new images of it."""
    n = len(tasks.source[0])
    images, labels = (np.concatenate(parts)
                      for parts in zip(tasks.source, tasks.source_test, strict=True))
    images, labels = SOURCES[source](images, labels, np.random.default_rng((seed, 5)))
    return (images[:n], labels[:n]), (images[n:], labels[n:])
