"""Every scene of every lesson, played through in a real browser as a class would see it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from devtools.browser import visit, wait
from explorer.catalog import CATALOG
from explorer.page import scenes_of
from explorer.scene import Scene, texts

LESSONS = [c.slug for c in CATALOG if scenes_of(c.slug)]
VIEW = "document.querySelector('.lv')?.parentElement.liveView"
BEAMER = {"width": 1280, "height": 720}
SHOWN = """() => [...document.querySelectorAll('.lv-chart')].filter((box) => box.offsetHeight)
  .map((box) => ({ id: box.dataset.chart, bottom: box.getBoundingClientRect().bottom,
    empty: !box.querySelector('canvas, .main-svg') }))"""
"""The panels that are to be seen."""


def asks(page: Page, scene: Scene) -> None:
    """Waits for a scene's question over its first frame."""
    wait(page, f"{VIEW}?.lesson?.key === '{scene.key}' && {VIEW}.live.current === 0 && "
               f"[...document.querySelectorAll('.lv-main:not(.lv-off)')].length && "
               f"!document.querySelector('.lv-main:not(.lv-off).lv-stale')")
    expect(page.locator(".lv-lesson")).to_have_attribute("data-phase", "ask")


def phase(page: Page, *phases: str) -> str:
    """Waits for one of these."""
    wait(page, f"{list(phases)}.includes(document.querySelector('.lv-lesson').dataset.phase)")
    return str(page.locator(".lv-lesson").get_attribute("data-phase"))


def played(page: Page, scene: Scene) -> list[str]:
    """Goes on at every stop, to the end; what was said at the stops."""
    said = []
    while phase(page, "stop", "told") == "stop":
        said.append(page.locator(".lv-stop").inner_text())
        if scene.stops[len(said) - 1].chart:
            chart = page.locator(f"[data-chart='{scene.stops[len(said) - 1].chart}']")
            expect(chart.locator(".annotation-arrow-g").last).to_be_attached()
        page.keyboard.press("PageDown")
    return said


@pytest.mark.parametrize("slug", LESSONS)
def test_each_scene_asks_first_and_answers_at_the_end(
    server: str, chrome: Browser, slug: str
) -> None:
    """By a clicker's keys alone, with reduced motion: from stop to stop, to the last reveal."""
    scenes, said = scenes_of(slug), texts(slug)
    with visit(chrome, viewport=BEAMER, reduced_motion="reduce") as page:
        page.goto(f"{server}/{slug}?scene=1")
        for i, scene in enumerate(scenes):
            text = said[scene.key]
            asks(page, scene)
            assert page.locator(".lv-lesson h3").inner_text() == text.question
            expect(page.locator(".lv-reveal")).to_be_hidden()
            expect(page.locator(".lv-bar input")).to_be_disabled()
            in_sight(page, scene)
            page.keyboard.press("1")
            stops = played(page, scene)
            assert len(stops) == len(scene.stops)
            reveal = page.locator(".lv-reveal").inner_text()
            assert text.answers[scene.right] in reveal
            assert re.search(r"\d", reveal)
            assert not re.search(r"[{}]|not finite", reveal + "".join(stops))
            page.locator("[data-scene=always]").click()
            expect(page.locator(".lv-always li")).to_have_count(len(scene.claims))
            expect(page.locator("nav .lv-seen")).to_have_count(i + 1)
            page.keyboard.press("PageDown")


def in_sight(page: Page, scene: Scene) -> None:
    """What the scene shows is above the transport, without scrolling."""
    shown = page.evaluate(SHOWN)
    foot = page.locator(".lv-foot").bounding_box()
    assert foot is not None
    assert foot["y"] + foot["height"] <= BEAMER["height"] + 1
    sides = 1 if scene.ghost else len(scene.configs)
    assert len(shown) == sides * len(scene.charts)
    assert all(panel["bottom"] <= foot["y"] + 1 for panel in shown), shown
    assert not any(panel["empty"] for panel in shown)
