"""What is special to the page of convolution; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser

from core.concepts import find
from core.concepts.convolution import inside
from devtools.browser import explore, visit, wait
from pages.convolution import LABS
from tests.support.repairs import repaired
from tests.support.visits import Orders, Visits, widget

VISITS = Visits("convolution")
MAPS = "document.querySelector('[data-chart=maps]')?.__maps"


@pytest.mark.parametrize(("query", "hidden"), [
    ({}, {"learning_rate", "augment_shift", "augment_rotation"}),
    ({"rates": "shared", "augment": "shift"}, {"augment_rotation"}),
    ({"data": "digits", "augment": "rotation"},
     {"learning_rate", "augment_shift", "noise", "shift", "rotation", "clutter"}),
])
def test_what_makes_no_difference_is_hidden(
    query: dict[str, str], hidden: set[str], orders: Orders
) -> None:
    at = VISITS.opened("pictures", **query)
    lab = VISITS.labs["pictures"]
    fields = lab.config.model_fields
    assert {f for f in fields if widget(at, lab, f) is None} == hidden


def test_augmented_images_are_shown_where_there_are_some() -> None:
    config = find("convolution.pictures").config
    without, with_some = (
        [chart.id for chart in LABS["pictures"].charts(config(augment=names), "")]
        for names in ((), ("flip",)))
    assert "changed" not in without
    assert with_some == [*without[:2], "changed", *without[2:]]


def test_a_number_is_pointed_at_and_an_image_is_drawn(server: str, chrome: Browser) -> None:
    """The pointer shows a number's sum, as the frame's weights give it; a stroke of the visitor's
    changes what the net sees; the arrows move on.
    """
    with visit(chrome, viewport={"width": 1280, "height": 900}) as page:
        page.goto(server + explore("convolution", lab="inside", data="digits", n_train=250,
                                   n_steps=50, n_seeds=1))
        wait(page, f"{MAPS}?.sum && {MAPS}.places.length === 3")
        box = page.locator("[data-chart=maps] canvas").bounding_box()
        assert box is not None
        place = page.evaluate(f"(() => {MAPS}.places[0][2])()")
        at = [box[way] + place[way] + place["size"] * 0.6 for way in ("x", "y")]
        page.mouse.move(*at)
        wait(page, f"{MAPS}.chosen.layer === 1 && {MAPS}.spot.channel === 2")
        checked = f"""(() => {{ const m = {MAPS}, {{ sum }} = m;
          return [Math.max(sum.sum * sum.scale + sum.offset, 0), sum.value,
                  m.seen.layers[0].maps[m.chosen.at]]; }})()"""
        by_hand, value, in_map = page.evaluate(checked)
        assert value == in_map
        assert by_hand == pytest.approx(value, abs=1e-4)
        page.locator("[data-chart=maps] canvas").focus()
        before = page.evaluate(f"{MAPS}.spot.column")
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(f"{MAPS}.spot.column") == max(before - 1, 0)
        page.locator("[data-maps=clear]").click()
        empty = page.evaluate(f"{MAPS}.image.reduce((a, b) => a + b, 0)")
        image = page.evaluate(f"{MAPS}.picture")
        middle = [box[way] + image[way] + image["size"] / 2 for way in ("x", "y")]
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 20, middle[1])
        page.mouse.up()
        assert page.evaluate(f"{MAPS}.image.reduce((a, b) => a + b, 0)") > empty + 3
        page.locator("[data-maps=image]").select_option("3")
        assert page.evaluate(f"{MAPS}.picked") == 3
        wait(page, f"{MAPS}.now.step === 50")
        chosen, sum_of = page.evaluate(f"[{MAPS}.chosen, {MAPS}.sum]")
        x, value, window = by_torch(3, chosen["at"])
        assert sum_of["value"] == pytest.approx(value, abs=1e-4)
        np.testing.assert_allclose(sum_of["window"], window.ravel(), atol=1e-6)
        np.testing.assert_allclose(page.evaluate(f"Array.from({MAPS}.image)"), x.ravel())
        page.locator("[data-maps=show]").select_option("covering")
        assert page.evaluate(f"{MAPS}.counts.length === 64 && {MAPS}.untrained.length === 64")
        page.locator("[data-maps=show]").select_option("sum")
        assert page.evaluate(f"{MAPS}.counts") is None


def by_torch(picked: int, at: int) -> tuple[np.ndarray, float, np.ndarray]:
    """The same run once more, and its net's first layer by torch: the image that is picked, a
    number of the maps, and the window behind it.
    """
    config = inside.Config(data="digits", n_train=250, n_steps=50, n_seeds=1)
    first, *_, last = (frame.arrays for frame in inside.train(config))
    x = torch.from_numpy(first["images"][picked]).view(1, 1, 8, 8)
    kernel, scale, offset = (torch.from_numpy(last[f"{what}1"]) for what in
                             ("kernel", "scale", "offset"))
    sums = torch.nn.functional.conv2d(x, kernel, padding=2)[0]
    normed = scale[:, None, None] * sums + offset[:, None, None]
    maps, where = torch.nn.functional.max_pool2d(normed, 2, return_indices=True)
    channel, place = divmod(at, 16)
    row, column = divmod(int(where[channel].flatten()[place]), 8)
    padded = torch.nn.functional.pad(x[0, 0], (2, 2, 2, 2))
    window = padded[row : row + 5, column : column + 5].numpy()
    return x.numpy(), float(maps[channel].flatten()[place].relu()), window


@pytest.mark.parametrize("rate", [0.1, 0.0003])
def test_what_repairs_nets_that_guess(rate: float) -> None:
    after = repaired("convolution.pictures", "guesses", rates="shared", learning_rate=rate,
                     n_seeds=1, n_steps=60)
    assert after.rates == "own"
