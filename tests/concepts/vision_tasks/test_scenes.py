"""The generated scenes: what is said of them is what is on them."""

from __future__ import annotations

import numpy as np
import pytest

from core.concepts.vision_tasks.scenes import N_CLASSES, NAMES, SIDE, Scenes, draw, tight


def scenes(n: int, n_shapes: int, noise: float = 0.15, clutter: int = 1) -> Scenes:
    return draw(n, n_shapes, np.random.default_rng(1), noise, clutter)


def test_classes_are_balanced_and_so_much_is_background() -> None:
    one, two = scenes(500, 1), scenes(500, 2)
    assert np.bincount(one.classes[:, 0]).tolist() == [100] * N_CLASSES
    assert 0.91 < (one.pixels == 0).mean() < 0.925
    assert 0.84 < (two.pixels == 0).mean() < 0.865


def test_a_box_is_the_tightest_around_its_pixels() -> None:
    """By hand, edge by edge, of the shapes that are alone."""
    drawn = scenes(60, 1)
    for pixels, (left, top, right, bottom) in zip(drawn.pixels, drawn.boxes[:, 0], strict=True):
        rows, columns = np.nonzero(pixels.reshape(SIDE, SIDE))
        assert (left, right) == (columns.min(), columns.max() + 1)
        assert (top, bottom) == (rows.min(), rows.max() + 1)
    mask = np.zeros((1, SIDE, SIDE), bool)
    mask[0, 3, 5:8] = True
    assert tight(mask.reshape(1, -1)).tolist() == [[5, 3, 8, 4]]


def test_closed_shapes_are_filled_and_open_ones_are_not() -> None:
    drawn = scenes(300, 1)
    middles = np.rint(drawn.centres[:, 0]).astype(int)
    shares = []
    for pixels, box, c in zip(drawn.pixels, drawn.boxes[:, 0], drawn.classes[:, 0], strict=True):
        left, top, right, bottom = box.astype(int)
        inside = pixels.reshape(SIDE, SIDE)[top:bottom, left:right]
        assert set(np.unique(inside)) <= {0, c + 1}
        shares.append((inside > 0).mean())
    mean = [np.mean(np.array(shares)[drawn.classes[:, 0] == c]) for c in range(N_CLASSES)]
    assert min(mean[NAMES.index(name)] for name in ("circle", "square")) > 0.7
    assert max(mean[NAMES.index(name)] for name in ("plus", "x")) < 0.5
    at = drawn.pixels.reshape(-1, SIDE, SIDE)[np.arange(300), middles[:, 1], middles[:, 0]]
    assert np.array_equal(at, drawn.classes[:, 0] + 1)


def test_two_shapes_do_not_touch_and_one_is_clearly_beside_the_other() -> None:
    drawn = scenes(200, 2)
    across, down = np.abs(drawn.centres[:, 0] - drawn.centres[:, 1]).T
    assert (np.abs(across - down) >= 3).all()
    for pixels, classes in zip(drawn.pixels, drawn.classes, strict=True):
        assert set(classes + 1) <= set(pixels)


def test_less_noise_draws_the_same_scenes() -> None:
    quiet, loud = scenes(20, 2, noise=0.0), scenes(20, 2, noise=0.3)
    assert np.array_equal(quiet.pixels, loud.pixels)
    assert quiet.images.min() == 0
    assert quiet.images.max() <= 1
    assert abs((loud.images - quiet.images).std() - 0.3) < 0.01
    assert (scenes(20, 2, noise=0.0, clutter=2).images >= quiet.images).all()


@pytest.mark.parametrize(("n_shapes", "clutter"), [(3, 0), (0, 1), (1, 3), (2, -1)])
def test_what_is_not_drawn_is_refused(n_shapes: int, clutter: int) -> None:
    with pytest.raises(ValueError, match=f"{n_shapes} shapes and {clutter} strokes"):
        scenes(5, n_shapes, clutter=clutter)
