"""Made digits: what varies, and what does not; and nets that learn from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from core.concepts.self_supervised import drawing, made
from core.concepts.self_supervised.images import N_CLASSES, SIDE

DRAWN = drawing.draws(30, np.random.default_rng(0))


def test_a_pen_leaves_a_gaussian_across_its_line() -> None:
    line = np.array([[[[4, -9], [4, 20]]]], np.float32)
    image = drawing._ink(line, np.array([0.5], np.float32)).reshape(SIDE, SIDE)
    assert image[:, 4] == pytest.approx(1)
    assert image[:, 5] == pytest.approx(math.exp(-2))
    assert image[:, 2] == pytest.approx(math.exp(-8))


def test_digits_that_do_not_vary_are_alike_and_differ_by_class() -> None:
    images = drawing.made(DRAWN, 0.0, drawing.KNOWN).reshape(30, N_CLASSES, -1)
    assert (images == images[0]).all()
    assert min(np.abs(a - b).max() for i, a in enumerate(images[0]) for b in images[0][:i]) > 0.3


@pytest.mark.parametrize("name", drawing.KNOWN)
def test_each_that_is_known_makes_a_difference(name: str) -> None:
    """And all the more, the more they vary; the same draws."""
    still, some, more = (drawing.made(DRAWN, variety, [name]) for variety in (0.0, 0.5, 1.0))
    assert 0 < np.abs(some - still).mean() < np.abs(more - still).mean()


def test_a_digit_is_at_most_a_pixel_off() -> None:
    def middles(variety: float) -> np.ndarray:
        images = drawing.made(DRAWN, variety, ["place"]).reshape(-1, SIDE, SIDE)
        across = (images.sum(1) * np.arange(SIDE)).sum(1) / images.sum((1, 2))
        return np.asarray(across)

    moved = middles(1.0) - middles(0.0)
    assert moved == pytest.approx(DRAWN.even[:, 0], abs=0.08)
    assert 0.9 < np.abs(moved).max() <= 1.08


def test_half_of_a_mixed_batch_is_real() -> None:
    of_made, real = torch.arange(400).view(2, 200), torch.arange(60).view(2, 30) + 1000
    rows = made.evenly(of_made, real)
    assert (rows >= 1000).float().mean() == pytest.approx(0.5, abs=0.03)
    assert made.evenly(of_made[:, :10], real).shape == (2, 40)
