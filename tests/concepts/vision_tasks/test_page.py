"""What is special to the page of vision tasks; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from core.concepts import find
from core.concepts.vision_tasks import captions, shared
from core.concepts.vision_tasks.asking import KINDS as ASKED
from core.concepts.vision_tasks.asking import Answerer
from core.concepts.vision_tasks.find import Config
from core.concepts.vision_tasks.heads import HEADS, Answering
from core.concepts.vision_tasks.nets import Finder, Trunk, WhatAndWhere, folded_shapes
from core.concepts.vision_tasks.scenes import N_CLASSES, NAMES, SIDE
from core.concepts.vision_tasks.segment import KINDS as SHAPES
from core.concepts.vision_tasks.segment import Segmenter
from core.stacked.traced import Program
from devtools.browser import visit, wait
from explorer.page import view_of
from tests.concepts.vision_tasks.test_nets import unfolded
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
    (("class",), ["scenes", "wrong", "wrong_now", "composed"]),
    (("box",), ["scenes", "iou", "iou_now", "composed"]),
    (("both",), ["scenes", "iou", "iou_now", "wrong", "composed"]),
])
def test_a_chart_per_question_that_is_asked(nets: tuple[str, ...], charts: list[str]) -> None:
    config = Config.model_validate({"nets": nets})
    assert [c["id"] for c in view_of(FIND, config)["charts"]] == charts


def test_where_nobody_looks_there_is_no_picture_of_it() -> None:
    for nets, either, more in (("nic", False, set()), ("attend", False, {"looks"}),
                               ("nic", True, {"same"})):
        config = captions.Config.model_validate({"nets": (nets,), "either": either})
        ids = {c["id"] for c in view_of(find("vision_tasks.captions"), config)["charts"]}
        assert ids == {"scenes", "true", "words", "well_formed", "composed"} | more


STAGE = "document.querySelector('[data-chart=scenes]')?.__found"
SMALL = "lab=find&nets=class,both&n_scenes=40&n_steps=20&n_seeds=1"


def test_a_visitor_points_at_a_scene(server: str, chrome: Browser) -> None:
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/vision_tasks?{SMALL}")
        wait(page, f"{STAGE}?.now?.step === 20 && {STAGE}.places.length > 6")
        said = page.locator("[data-chart=scenes] .lv-pole-said")
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


# --- a scene of the visitor's own ------------------------------------------------------------

COMPOSED = "(box => box?.__composed ?? box?.__answered_own ?? box?.__asked_own)(" \
    "document.querySelector('[data-chart=composed]'))"
SCENES = {
    "find": "nets=class,both&n_scenes=40&n_steps=20&n_seeds=1",
    "find&padding=circular&everywhere=true": "nets=both&n_scenes=40&n_steps=20&n_seeds=1",
    "pixels": "nets=unet,down_up,full,one&n_scenes=50&n_steps=20&n_seeds=1",
    "shared": "nets=class,box,pixels,sentence,all&n_scenes=50&n_steps=20&n_seeds=1",
    "questions": "nets=look,product,picture,question&n_scenes=50&n_steps=20&n_seeds=1",
    "captions": "nets=nic,attend,at_once&n_scenes=50&n_steps=20&n_seeds=1",
}


def nets_of(lab: str) -> list[Program]:
    if lab == "pixels":
        return [Segmenter(SHAPES[name]) for name in ("unet", "down_up", "full", "one")]
    if lab == "shared":
        return [shared.net_of(shared.Config(), name) for name in (*HEADS, "all")]
    if lab == "questions":
        return [Answerer(kind) for kind in ASKED.values()]
    if lab == "captions":
        return [captions.net_of(name) for name in ("nic", "attend", "at_once")]
    if "circular" in lab:
        return [Finder(WhatAndWhere(1, 1), Trunk("circular"), everywhere=True)]
    return [Finder(WhatAndWhere(1, 1))] * 2


@pytest.mark.parametrize("lab", SCENES)
def test_every_net_answers_a_composed_scene_as_torch_does(
    lab: str, server: str, chrome: Browser
) -> None:
    with visit(chrome, viewport={"width": 1280, "height": 900}) as page:
        compose(page, f"{server}/vision_tasks?lab={lab}&{SCENES[lab]}")
        page.locator("[data-composed=another]").click()
        found = page.evaluate(f"""(() => {{ const s = {COMPOSED};
          return {{ image: Array.from(s.drawn.image), answers: s.each ?? s.answers, read: s.read(),
                    weights: Array.from(s.array("weights").values) }}; }})()""")
        x = torch.tensor(found["image"] + found["read"], dtype=torch.float64)[None, :, None]
        weights, at = np.array(found["weights"]), 0
        for net, answer in zip(nets_of(lab), found["answers"], strict=True):
            n = sum(int(np.prod(shape)) for shape in folded_shapes(net).values())
            p = unfolded(net, weights[at : at + n])
            z = net.forward(p, x)
            at += n
            if isinstance(net, Answerer):
                assert z[0, :, 0].argmax().item() == answer["reply"]
            elif isinstance(net, Answering):
                assert answer == expected(net, p, z)
            elif lab == "captions":
                assert z[0, 0].tolist() == answer["said"]
            elif lab == "pixels":
                assert z[0, :, 0].argmax(0).tolist() == answer["kinds"]
            else:
                chances = z[0, :N_CLASSES, 0].softmax(0)
                assert answer["chances"] == pytest.approx(chances.tolist(), abs=1e-6)
                assert answer["box"] == pytest.approx(z[0, N_CLASSES:, 0].tolist(), abs=1e-5)
        assert at == len(weights)


def expected(net: Answering, p: dict[str, torch.Tensor], maps: torch.Tensor) -> dict[str, Any]:
    """What heads say of the maps of one scene, as the stage keeps it."""
    said = {name: HEADS[name].said(p, maps, False)[0, 0] for name in net.asked}
    keys = {"class": "classes", "box": "boxes", "pixels": "kinds", "sentence": "said"}
    found = {"class": lambda z: z.argmax(-1).tolist(), "pixels": lambda z: z.argmax(0).tolist(),
             "box": lambda z: [pytest.approx(box, abs=1e-5) for box in z.tolist()],
             "sentence": lambda z: z.tolist()}
    return {keys[name]: found[name](z) for name, z in said.items()}


def test_a_visitor_composes_a_scene(server: str, chrome: Browser) -> None:
    """Clicks put shapes and take them away, drags and arrows move them; what is true is known."""
    with visit(chrome, viewport={"width": 1280, "height": 900}) as page:
        compose(page, f"{server}/vision_tasks?{SMALL}")
        page.locator("[data-composed=clear]").click()
        assert shapes(page) == []
        page.locator("[data-composed=shape]").select_option("square")
        page.locator("[data-composed=size]").select_option("big")
        press(page, (8, 8))
        (square,) = shapes(page)
        assert [NAMES[square["shape"]], square["big"]] == ["square", True]
        assert [square["x"], square["y"]] == pytest.approx([8, 8], abs=0.6)
        left, top, right, bottom = page.evaluate(f"{COMPOSED}.drawn.boxes[0]")
        assert (left + right) / 2 == pytest.approx(8.5, abs=1)
        assert (top + bottom) / 2 == pytest.approx(8.5, abs=1)
        assert right - left == pytest.approx(2 * 0.8 * 4.7 + 1, abs=2)
        drag(page, (8, 8), (14, 12))
        (moved,) = shapes(page)
        assert [moved["x"], moved["y"]] == pytest.approx([14, 12], abs=0.6)
        page.locator("[data-chart=composed] canvas").focus()
        page.keyboard.press("ArrowLeft")
        assert shapes(page)[0]["x"] == pytest.approx(moved["x"] - 1)
        for _ in range(5):
            page.locator("[data-composed=add]").click()
        said = page.locator("[data-chart=composed] .lv-pole-said")
        expect(said).to_contain_text("At most 4 shapes")
        assert len(shapes(page)) == 4
        page.keyboard.press("Tab")
        page.locator("[data-chart=composed] canvas").focus()
        page.keyboard.press("Delete")
        assert len(shapes(page)) == 3
        page.locator("[data-composed=clear]").click()
        press(page, (12, 12))
        press(page, (12, 12))
        assert shapes(page) == [], "a click on a shape takes it away"


def compose(page: Page, address: str) -> None:
    """Opens a page and waits for its nets' last answers; a stage out of sight does nothing."""
    page.goto(address)
    wait(page, COMPOSED)
    page.locator("[data-chart=composed]").scroll_into_view_if_needed()
    wait(page, f"{COMPOSED}?.now?.step === 20 && {COMPOSED}.own.side")


def shapes(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(f"{COMPOSED}.shapes")
    return found


def on_screen(page: Page, at: tuple[float, float]) -> list[float]:
    """Of a pixel of the visitor's scene its middle on the screen."""
    canvas = page.locator("[data-chart=composed] canvas")
    canvas.scroll_into_view_if_needed()
    box, own = canvas.bounding_box(), page.evaluate(f"{COMPOSED}.own")
    assert box is not None
    corner = (box["x"] + own["x"], box["y"] + own["y"])
    return [from_ + (i + 0.5) * own["side"] / SIDE for from_, i in zip(corner, at, strict=True)]


def press(page: Page, at: tuple[float, float]) -> None:
    page.mouse.click(*on_screen(page, at))


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*on_screen(page, start))
    page.mouse.down()
    page.mouse.move(*on_screen(page, end), steps=4)
    page.mouse.up()
