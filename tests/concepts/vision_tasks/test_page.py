"""What is special to the page of vision tasks; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from core.concepts import find
from core.concepts.vision_tasks.find import Config
from devtools.browser import visit, wait
from explorer.page import view_of
from tests.support.visits import Orders, Visits, widget

VISITS = Visits("vision_tasks")
FIND = find("vision_tasks.find")


@pytest.mark.parametrize(("nets", "hidden"), [
    ("class", {"box_weight", "n_before", "box_loss", "everywhere"}), ("both", {"n_before"}),
    ("box,after", {"box_weight"}), ("class,box,both,after", set()),
])
def test_settings_of_what_nobody_is_taught_are_hidden(
    nets: str, hidden: set[str], orders: Orders
) -> None:
    at = VISITS.opened("find", nets=nets)
    assert {f for f in Config.model_fields if widget(at, FIND, f) is None} == hidden


@pytest.mark.parametrize(("nets", "charts"), [
    (("class",), ["scenes", "wrong", "wrong_now"]), (("box",), ["scenes", "iou", "iou_now"]),
    (("both",), ["scenes", "iou", "iou_now", "wrong"]),
])
def test_a_chart_per_question_that_is_asked(nets: tuple[str, ...], charts: list[str]) -> None:
    config = Config.model_validate({"nets": nets})
    assert [c["id"] for c in view_of(FIND, config)["charts"]] == charts


STAGE = "document.querySelector('[data-chart=scenes]')?.__found"
SMALL = "lab=find&nets=class,both&n_scenes=40&n_steps=20&n_seeds=1"


def test_a_visitor_points_at_a_scene(server: str, chrome: Browser) -> None:
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/vision_tasks?{SMALL}")
        wait(page, f"{STAGE}?.now?.step === 20 && {STAGE}.places.length > 6")
        said = page.locator(".lv-pole-said")
        expect(said).to_contain_text("Point at a scene")
        second = page.evaluate(
            f"{STAGE}.places.filter(({{cell}}) => cell.row === 1 && cell.column === 1)[0].place")
        page.locator("[data-chart=scenes] canvas").hover(
            position={"x": second["x"] + 9, "y": second["y"] + 9})
        box, true = (page.evaluate(f"{STAGE}.part({at})") for at in (
            "'said_box', 1, 1", "'true_box', 1"))
        expect(said).to_contain_text("Both on one trunk says")
        expect(said).to_contain_text(f"the true one to {covered(box, true):.2f} (IoU)")


def covered(a: list[float], b: list[float]) -> float:
    across, down = (max(min(a[i + 2], b[i + 2]) - max(a[i], b[i]), 0) for i in (0, 1))
    areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return across * down / (sum(areas) - across * down)
