"""The generated images: balanced, the same twice, and every difficulty does what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.data.strokes import NAMES, SHAPES, SIDE, Strokes, standardised

CLEAN = Strokes(noise=0, shift=0, rotation=0, clutter=0, sizes=(4, 4))


def draw(strokes: Strokes, n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return strokes.draw(n, np.random.default_rng(seed))


def test_images_are_what_they_say() -> None:
    images, labels = draw(Strokes(), 1000)
    assert images.shape == (1000, SIDE, SIDE)
    assert images.dtype == np.float32
    assert np.bincount(labels).tolist() == [100] * len(NAMES)


def test_the_same_twice_and_another_for_another_seed() -> None:
    (x, y), (again, labels), (other, _) = draw(Strokes()), draw(Strokes()), draw(Strokes(), seed=1)
    assert np.array_equal(x, again)
    assert np.array_equal(y, labels)
    assert not np.array_equal(x, other)


def test_a_difficulty_changes_nothing_else() -> None:
    """Less noise or clutter: the same images with less of it."""
    x, y = draw(Strokes())
    quiet, same = draw(Strokes(noise=0))
    assert np.array_equal(y, same)
    assert (x - quiet).std() == pytest.approx(0.15, rel=0.02)
    tidy, _ = draw(Strokes(noise=0, clutter=0))
    assert (quiet >= tidy).all()
    assert (quiet > tidy).any()


def test_ink_is_where_the_lines_are() -> None:
    """Against the distance to a row of points on the shape, at the best contrast and stretch."""
    images, labels = draw(CLEAN, 40, seed=3)
    for label, name in enumerate(NAMES):
        lines = np.array(SHAPES[name]).reshape(-1, 2, 2)
        found = images[labels == label][0].ravel()
        off = []
        for aspect in np.linspace(0.85, 1.15, 25):
            ink = _ink_of(lines, aspect)
            contrast = ink @ found / (ink @ ink)
            off.append(np.abs(contrast * ink - found).max())
        assert min(off) < 0.05, name


def _ink_of(lines: np.ndarray, aspect: float) -> np.ndarray:
    pixels = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2)
    share = np.linspace(0, 1, 60)[:, None]
    on = np.concatenate([(1 - share) * start + share * end for start, end in lines])
    placed = 7.5 + 4 * on * [aspect, 1 / aspect]
    distance = np.sqrt(((pixels[:, None] - placed) ** 2).sum(-1)).min(1)
    return np.asarray(np.clip(1.25 - distance / 1.5, 0, 1))


def test_a_shape_moves_no_further_than_it_may() -> None:
    still, _ = draw(replace(CLEAN, classes=(3,)), 50)  # a plus is its own mirror image
    moved, _ = draw(replace(CLEAN, classes=(3,), shift=3.0), 50)
    at = np.arange(SIDE) - 7.5

    def column(images: np.ndarray) -> np.ndarray:
        return (images.sum(1) * at).sum(1) / images.sum((1, 2))

    assert np.abs(column(still)).max() < 1e-3
    assert 2 < np.abs(column(moved)).max() < 3.1


def test_some_classes_only() -> None:
    images, labels = draw(replace(CLEAN, classes=(5, 9)), 21)
    assert sorted(np.bincount(labels)) == [10, 11]
    assert images.max((1, 2)).min() > 0.5


def test_one_image_is_drawn() -> None:
    images, labels = draw(Strokes(), 1)
    assert images.shape == (1, SIDE, SIDE)
    assert labels.tolist() == [0]


@pytest.mark.parametrize(("strokes", "field"), [
    (Strokes(clutter=3), "clutter"), (Strokes(classes=(0, 10)), "classes"),
])
def test_what_is_not_there_is_refused(strokes: Strokes, field: str) -> None:
    with pytest.raises(ValueError, match=field):
        draw(strokes)


def test_standardised() -> None:
    images, _ = draw(Strokes())
    scaled = standardised(images, float(images.mean()), float(images.std()))
    assert scaled.dtype == np.float32
    assert scaled.mean() == pytest.approx(0, abs=1e-5)
    assert scaled.std() == pytest.approx(1, abs=1e-5)
