"""The slow lab: every number is the trained net's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.convolution import inside, step
from core.concepts.convolution.step import AT_A_PLACE, N_PLACES, PARTS, Config
from core.config import with_changes

SMALL = Config(data="digits", kernel="3", n_train=250, n_steps=50, at=50, batch_size=16, channel=3)


@pytest.fixture(scope="module")
def frames() -> list[dict[str, np.ndarray]]:
    return [dict(frame.arrays) for frame in step.train(SMALL)]


def test_the_net_is_the_one_of_the_look_inside(frames: list[dict[str, np.ndarray]]) -> None:
    """Its kernel after all updates, with the same settings."""
    same = {name: getattr(SMALL, name) for name in inside.Config.model_fields}
    *_, last = inside.train(inside.Config(**same))
    np.testing.assert_array_equal(frames[0]["kernel"], last.arrays["kernel1"][2, 0])


def test_window_times_kernel_is_torchs_convolution(frames: list[dict[str, np.ndarray]]) -> None:
    """At every place, and as a whole; then batch norm, pooling, ReLU."""
    whole = frames[PARTS.index("all")]
    x, w = (torch.from_numpy(whole[name])[None, None] for name in ("image", "kernel"))
    theirs = torch.nn.functional.conv2d(x, w, padding=1)[0, 0].numpy()
    np.testing.assert_allclose(whole["sums"], theirs, atol=1e-5)
    for i in range(N_PLACES):
        window, products, added = frames[3 * i : 3 * i + len(AT_A_PLACE)]
        row, column = (int(v) for v in added["place"][0])
        assert np.isnan(window["products"]).all()
        np.testing.assert_allclose(products["products"].sum(), theirs[row, column], atol=1e-5)
        assert added["sum"][0] == pytest.approx(theirs[row, column], abs=1e-5)
        assert np.isfinite(added["sums"]).sum() == i + 1
        middle = (added["frame"].min(0) + added["frame"].max(0)) / 2
        np.testing.assert_array_equal(middle, [row, column])
    normed = frames[PARTS.index("norm")]["sums"]
    slope, offset = np.polyfit(theirs.ravel(), normed.ravel(), 1)
    np.testing.assert_allclose(normed, slope * theirs + offset, atol=1e-4)
    pooled = torch.nn.functional.max_pool2d(torch.from_numpy(normed)[None], 2)[0]
    np.testing.assert_array_equal(frames[PARTS.index("pooled")]["pooled"], pooled)
    np.testing.assert_array_equal(frames[-1]["pooled"], pooled.relu())


def test_every_part_says_something() -> None:
    assert all(len(frame.notes) == 1 for frame in step.train(with_changes(SMALL, at=0)))


@pytest.mark.parametrize("picture", [1, 20])
def test_all_places_are_in_the_image(picture: int) -> None:
    for frame in step.train(with_changes(SMALL, picture=picture, at=0)):
        place = frame.arrays["place"]
        assert ((place >= 0) & (place < 8)).all()
