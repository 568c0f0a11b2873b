"""Points clicked in and a temperature dragged, in a real browser."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from devtools.browser import LIVE, box_of, explore, visit, wait


def painted(page: Page) -> str:
    """Waits until the current run is on screen; its token."""
    wait(page, f"{LIVE}?.painted && {LIVE}.painted === {LIVE}.token && {LIVE}.current >= 1")
    return str(page.evaluate(f"{LIVE}.token"))


def test_clicks_paint_points_into_the_data(server: str, chrome: Browser) -> None:
    """Where they were: the nets learn anew, with points at each of the two places."""
    with visit(chrome) as page:
        page.goto(server + explore("losses", "numbers", n_steps=50, n_seeds=1))
        for across in (0.25, 0.75):
            before = painted(page)
            area = box_of(page, "[data-chart=fits] .nsewdrag")
            page.mouse.click(area["x"] + across * area["width"], area["y"] + 0.2 * area["height"])
            wait(page, f"{LIVE}.token !== '{before}'")
        painted(page)
        (places,) = parse_qs(urlsplit(page.url).query)["painted"]
        assert places == "0.25:4,0.75:4"


def test_a_temperature_is_dragged_over_one_run(server: str, chrome: Browser) -> None:
    with visit(chrome) as page:
        page.goto(server + explore("losses", "classes", n_steps=20, n_seeds=1))
        before = painted(page)
        slider = page.get_by_role("slider", name="Temperature").first
        slider.focus()
        for _ in range(4):  # faster than the browser has the address of the one before
            page.keyboard.press("ArrowRight")
        title = page.locator("[data-chart=reliability] figcaption")
        expect(title).to_contain_text("At temperature 2 ")
        assert page.evaluate(f"{LIVE}.token") == before
