"""The address and the history of the browser: what can be sent, and what Back leads to."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import LIVE, LIVENESS, app, visit, wait

SMALL = "/bias_variance?lab=regression&n_resamples=20&n_seeds=1"

OVERTAKEN = "404"
"""A run that another one replaced before the browser had asked for it."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with app() as (url, _process):
        yield url


def shown(page: Page, query: str) -> None:
    """Waits until a setting is in the address and its run on screen."""
    page.wait_for_function("query => location.search.includes(query)", arg=query,
                           timeout=LIVENESS * 1000)
    wait(page, f"{LIVE}?.painted && {LIVE}.painted === {LIVE}.token && !document.querySelector("
               "'[data-test-script-state=running]')")


def where(page: Page) -> str:
    parts = urlsplit(page.url)
    return parts.path + ("?" + parts.query if parts.query else "")


def degree(page: Page, value: str) -> None:
    expect(page.get_by_role("slider", name="Degree").first).to_have_value(value,
                                                                        timeout=LIVENESS * 1000)


def test_back_gives_the_setting_before(server: str, chrome: Browser) -> None:
    """Down to the defaults, which are not in the address; and forward again."""
    with visit(chrome, expected=OVERTAKEN) as page:
        page.goto(server + SMALL)
        shown(page, "n_resamples=20")
        slider = page.get_by_role("slider", name="Degree").first
        start = int(slider.input_value())
        first = where(page)
        for step in (1, 2):
            slider.press("ArrowRight")
            shown(page, f"degree={start + step}")
        for go, value in ((page.go_back, start + 1), (page.go_back, start),
                          (page.go_forward, start + 1), (page.go_back, start)):
            go()
            degree(page, str(value))
        assert where(page) == first


def test_defaults_are_an_entry_too(server: str, chrome: Browser) -> None:
    """Of a page at its bare address; one more press leads to where the visitor came from."""
    with visit(chrome, expected=OVERTAKEN) as page:
        page.goto(server + "/")
        page.get_by_test_id("stMain").get_by_role("link", name="Bias and variance").click()
        shown(page, "lab=regression")
        page.get_by_role("slider", name="Degree").first.press("ArrowRight")
        shown(page, "degree=")
        page.go_back()
        page.wait_for_function("!location.search.includes('degree')")
        wait(page, "document.querySelector('[data-test-script-state=notRunning]')")
        assert where(page) == "/bias_variance?lab=regression"
        page.go_back()
        expect(page.get_by_role("heading", name="Training, live")).to_be_visible(timeout=30_000)
        assert where(page) == "/"


def test_a_held_key_is_one_entry(server: str, chrome: Browser) -> None:
    with visit(chrome, expected=OVERTAKEN) as page:
        page.goto(server + SMALL)
        shown(page, "n_resamples=20")
        slider, before = page.get_by_role("slider", name="Degree").first, where(page)
        slider.focus()
        n = page.evaluate("history.length")
        for _ in range(3):  # the first goes down, the others repeat
            page.keyboard.down("ArrowRight")
            page.wait_for_timeout(400)
        page.keyboard.up("ArrowRight")
        shown(page, "degree=")
        assert page.evaluate("history.length") == n + 1
        page.go_back()
        page.wait_for_function("!location.search.includes('degree')")
        assert where(page) == before
