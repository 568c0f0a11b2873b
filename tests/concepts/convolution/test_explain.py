"""The lab of explanations: its three maps, and the measures of how alike they are."""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import spearmanr

from core.concepts import find
from core.concepts.convolution import explain, inside
from core.concepts.convolution.explain import (
    Asked,
    Config,
    alike,
    covers,
    drawn,
    on_shape,
    shapes_of,
)
from core.concepts.convolution.nets import Stack
from core.concepts.convolution.tasks import task_of
from core.config import with_changes

SMALL = Config(data="digits", n_train=250, n_steps=50, n_seeds=2, batch_size=16)


def test_maps_are_slopes_and_falls_of_the_score() -> None:
    """The gradient against differences of the score in float64, covering by hand."""
    config = with_changes(SMALL, n_seeds=2)
    task, net = task_of(config), inside.net_of(config)
    stack = Stack(net, config.seeds, 0.01)
    x, y = task.split.test_x[:, :, :3], task.split.test_y[:, :, :3]
    asked = Asked(net, stack, x, y, task.background)
    gradient, times_input, covering = asked.maps(range(2))
    empty = task.background[:, None, None].numpy()
    np.testing.assert_allclose(times_input, gradient * (x.numpy() - empty), atol=1e-6)

    def score(images: torch.Tensor) -> np.ndarray:
        return (stack.outputs(images) * y).sum(1).numpy()  # (S, n)

    step = 1e-2
    for p in (9, 27, 44):
        there, back = x.clone(), x.clone()
        there[:, p] += step
        back[:, p] -= step
        slope = (score(there) - score(back)) / (2 * step)
        np.testing.assert_allclose(gradient[:, p], slope, atol=2e-2)
        covered = x.reshape(2, 8, 8, 3).clone()
        row, column = divmod(p, 8)
        covered[:, row - 1 : row + 2, column - 1 : column + 2] = torch.from_numpy(empty)[..., None]
        np.testing.assert_allclose(covering[:, p], score(x) - score(covered.flatten(1, 2)),
                                   atol=1e-5)


def test_a_patch_is_nine_pixels_and_fewer_at_the_border() -> None:
    found = covers(8).sum(0)
    assert found[0] == 4
    assert found[1] == 6
    assert found[9] == 9


def test_alike_is_spearmans_correlation_of_amounts() -> None:
    """scipy's, with ties, per image, and their mean."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(-4, 5, (2, 2, 3, 40, 5)).astype(float)
    found = alike(a, b)
    assert found.shape == (2, 3)
    expected = [spearmanr(np.abs(a[1, 2, :, i]), np.abs(b[1, 2, :, i])).statistic for i in range(5)]
    np.testing.assert_allclose(found[1, 2], np.mean(expected))
    np.testing.assert_allclose(alike(a, -a), 1)


def test_how_much_lies_on_the_shape_by_hand() -> None:
    maps = np.array([1.0, -3.0, 0.0, 4.0]).reshape(1, 1, 4, 1)
    shape = np.array([True, True, False, False]).reshape(1, 4, 1)
    assert on_shape(maps, shape).item() == 0.5


def test_the_shape_is_what_is_left_without_noise_and_stray_lines() -> None:
    """It lies in the ink of the image that the nets see."""
    config = Config(n_seeds=1)
    task = task_of(config)
    shape, x = shapes_of(config, task)[0], task.split.test_x[0]
    assert 0.1 < (shape > 0).float().mean() < 0.4
    inked = x[shape > 0.5].mean()
    assert inked > x[shape == 0].mean() + 1.5


def test_pictures_stand_in_rows() -> None:
    x, now = np.ones((16, 2)), np.full((3, 16, 2), 2.0)
    now[1] = 0
    found = drawn(x, now, now)
    assert found.shape == (7 * 5 - 1, 2 * 5 - 1)
    assert np.isnan(found[4]).all()
    assert found[5, 0] == 1
    assert found[15, 0] == 0


def test_an_untrained_net_is_like_itself() -> None:
    """At the first step; one net has no other to be like."""
    history = find("convolution.explain").run(**with_changes(SMALL, n_seeds=1).model_dump())
    np.testing.assert_allclose(history["untrained"].isel(step=0), 1)
    assert np.isnan(history["again"]).all()
    assert tuple(history["way"].values) == explain.WAYS
