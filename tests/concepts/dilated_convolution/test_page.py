"""What is special to the page of dilated convolution; `tests/contract/test_pages.py` has the rest.
"""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from core.concepts import find
from core.concepts.dilated_convolution import reach
from devtools.browser import visit, wait
from explorer.page import view_of

REACH = find("dilated_convolution.reach")


def test_a_field_ends_between_the_last_lag_that_is_seen_and_the_first_that_is_not() -> None:
    (chart,) = [c for c in view_of(REACH, reach.Config())["charts"] if c["id"] == "right"]
    upright = [s["x0"] for s in chart["figure"]["layout"]["shapes"] if s["x0"] == s["x1"]]
    assert sorted(upright) == [4.5, 15.5]


def test_a_loss_per_lag_from_near_to_far() -> None:
    charts = view_of(REACH, reach.Config(lags=("8", "2")))["charts"]
    assert [c["id"] for c in charts] == ["tree", "right", "loss_2", "loss_8"]


def test_the_tree_begins_at_the_farthest_lag_that_the_first_net_sees() -> None:
    for settings, lag in (({}, 15), ({"nets": ("plain", "dilated")}, 4),
                          ({"nets": ("plain",), "lags": ("8", "9")}, 9)):
        stage = view_of(REACH, reach.Config(**settings))["charts"][0]["stage"]  # type: ignore[arg-type]
        assert stage["lag"] == lag


STAGE = "document.querySelector('[data-chart=tree]')?.__field"
SMALL = "lab=reach&lags=2,3&n_layers=2&n_steps=30&n_seeds=1&width=8"


def test_a_visitor_points_at_an_output_and_asks_for_another_lag(
    server: str, chrome: Browser
) -> None:
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/dilated_convolution?{SMALL}")
        wait(page, f"{STAGE}?.now?.step === 30 && {STAGE}.boxes.length === 2")
        said = page.locator(".lv-pole-said")
        expect(said).to_contain_text("3 back stood")
        page.get_by_role("button", name="2 back", exact=True).click()
        expect(said).to_contain_text("2 back stood")
        n = page.evaluate(f"{STAGE}.n")
        assert n == page.evaluate(f"{STAGE}.array('gradient').shape[3]") + reach.N_MORE
        x, y = page.evaluate(
            f"(({{ x, y, width }}) => [x + (5.5 / {n}) * width, y + 60])({STAGE}.boxes[0])")
        page.locator("[data-chart=tree] canvas").hover(position={"x": x, "y": y})
        assert page.evaluate(f"{STAGE}.output") == 5
        expect(said).to_contain_text(f"2 back stood {page.evaluate(f'{STAGE}.symbolAt(3)')}")


SONG = "document.querySelector('[data-chart=song]')?.__song"
TUNE = "lab=melody&n_layers=2&n_steps=20&n_seeds=1&width=8&batch_size=2"


def test_a_tune_sounds_when_it_is_asked_for_and_stops_when_told(
    server: str, chrome: Browser
) -> None:
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/dilated_convolution?{TUNE}")
        wait(page, f"{SONG}?.now?.step === 20")
        assert page.evaluate(f"{SONG}.sound === null"), "nothing that makes sound before a click"
        expect(page.locator(".lv-pole-said")).to_contain_text("places until the first mistake")
        button = page.locator("[data-song=rows] button").first
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        wait(page, f"{SONG}.at >= 1")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        assert page.evaluate(f"[{SONG}.playing, {SONG}.at]") == [-1, -1]
        assert "".join(page.evaluate(f"{SONG}.symbols(0)")).startswith("C-D-E-C-")
