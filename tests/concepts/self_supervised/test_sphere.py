"""The sphere in a real browser: turned by hand, and asked for neighbours."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from devtools.browser import LIVE, box_of, explore, visit, wait

SPHERE = "document.querySelector('[data-chart=sphere]')?.__sphere"


def test_it_is_turned_and_shows_the_neighbours_of_what_is_pointed_at(
    server: str, chrome: Browser
) -> None:
    with visit(chrome) as page:
        page.goto(server + explore("self_supervised", "pretrain", n_steps=10, n_seeds=1,
                                   labels_alone="False"))
        wait(page, f"{SPHERE}?.spots.length === 160 && {LIVE}.current >= 1")
        sphere = page.locator("[data-chart=sphere]")
        before = page.evaluate(f"[{SPHERE}.yaw, {SPHERE}.pitch]")
        area = box_of(page, "[data-chart=sphere] canvas")
        x, y = area["x"] + area["width"] / 3, area["y"] + area["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 50, y + 20)
        page.mouse.up()
        after = page.evaluate(f"[{SPHERE}.yaw, {SPHERE}.pitch]")
        assert after == pytest.approx([before[0] + 0.5, before[1] + 0.2])
        front = page.evaluate(f"{SPHERE}.spots.at(-1)")
        page.mouse.move(area["x"] + front["x"], area["y"] + front["y"])
        picked = page.evaluate(f"{SPHERE}.picked")
        assert len(page.evaluate(f"{SPHERE}.nearest")) == 5
        digit = page.evaluate(f"{SPHERE}.now.arrays.class.values[{picked}]")
        expect(sphere.locator(".lv-pole-said")).to_contain_text(f"nearest to this {digit}, ")
