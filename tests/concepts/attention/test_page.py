"""What is special to the page of attention; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from core.concepts import find
from core.concepts.attention import common
from core.concepts.attention.translate import Config
from core.words import phrase
from devtools.browser import visit, wait
from explorer.page import view_of
from tests.support.visits import Orders, Visits, widget

LAB = find("attention.translate")


def panels(config: Config) -> dict[str, dict[str, object]]:
    return {panel["id"]: panel for panel in view_of(LAB, config)["charts"]}


def test_dates_have_lengths_of_their_own(orders: Orders) -> None:
    at = Visits("attention").opened("translate", task="date")
    assert widget(at, LAB, "longest") is None
    assert common.lengths(Config(task="date")) == list(range(10, 18))


def test_what_is_beside_the_right_place_is_shown_where_there_is_one() -> None:
    assert "offsets" in panels(Config(task="copy"))
    assert "offsets" not in panels(Config(task="sort"))
    assert {"mass", "offsets"}.isdisjoint(panels(Config(reads=("none",))))


def test_the_stage_knows_the_net_of_the_frame() -> None:
    """As many numbers as a row of the weights has, and a row for each decoder."""
    config = Config(reads=("none", "additive"), width=16)
    told = panels(config)["look"]["stage"]
    assert isinstance(told, dict)
    sizes = [shape[0] * (shape[1] if len(shape) > 1 else 1) * (shape[2] if len(shape) > 2 else 1)
             for shape in told["net"]["shapes"].values()]
    assert sum(sizes) == common.net_of(config).n_parameters
    assert [(d["name"], d["row"], d["score"]) for d in told["decoders"]] == [
        ("none", 0, ""), ("additive", 1, "additive")]


def test_a_net_that_breaks_is_named() -> None:
    """What is no number any more is said, with the remedy; and no frame has an infinity."""
    config = Config(reads=("dot",), longest=6, n_seeds=2, n_steps=20, width=16, batch_size=8)
    net = common.net_of(config)
    race, exam = common.race_of(config, net), common.exam_of(config, net, 4, 3)
    race.p[1] = float("nan")
    arrays = common.measured(config, race, exam)
    assert arrays["loss"][0, 1] == common.LOSS_CEILING > arrays["loss"][0, 0]
    (note,) = common.news(config, 7, arrays)
    said = phrase(note, LAB.words)
    assert said == ("Dot attention: by step 7 the numbers of 1 of 2 nets have grown beyond all "
                    "bounds. A smaller learning rate mends it.")


STAGE = "document.querySelector('.lv-translator')?.__translator"
SMALL = "lab=translate&longest=6&n_steps=20&n_seeds=1&width=16&batch_size=8"


def test_a_visitor_writes_points_and_goes_back_in_time(server: str, chrome: Browser) -> None:
    """What is written is translated by the net of the frame at the playhead; a pointer is told
    what its symbol looks at; what cannot be read is refused, and what was there stays.
    """
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/attention?{SMALL}")
        wait(page, f"{STAGE}?.now?.step === 20 && {STAGE}.shown")
        field, said = page.locator("[data-translator=field]"), page.locator(".lv-pole-said")
        field.fill("2718")
        assert page.evaluate(f"{STAGE}.shown.truth.answer") == "8172"
        expect(said).to_contain_text("of 4 symbols right")
        before = page.evaluate(f"{STAGE}.shown.own.looks[0]")
        x, y = page.evaluate(f"[{STAGE}.grid.x, {STAGE}.grid.y + {STAGE}.grid.cell / 2]")
        page.locator(".lv-translator canvas").hover(position={"x": x, "y": y})
        expect(said).to_contain_text("Symbol 1: says")
        field.fill("27x")
        expect(said).to_have_text('"x" is none of its symbols. It knows: 0123456789.')
        expect(field).to_have_attribute("aria-invalid", "true")
        assert page.evaluate(f"{STAGE}.shown.source") == "2718"
        field.fill("2718")
        page.locator("figcaption").first.click()  # keys are the view's again
        page.keyboard.press("Home")
        wait(page, f"{STAGE}.now.step === 0")
        assert page.evaluate(f"{STAGE}.shown.own.looks[0]") != before
        page.locator("figure:has(.lv-translator-tools) [data-tool=table]").click()
        numbers = page.get_by_role("dialog").get_by_role("table").first
        expect(numbers.locator("thead th").first).to_contain_text("weights")
        assert page.get_by_role("dialog").get_by_role("heading").inner_text().endswith("step 0")
