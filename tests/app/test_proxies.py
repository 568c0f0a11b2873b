"""Between the app and a visitor there may be a proxy, with the habits of real ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import LIVE, app, visit, wait
from tests.support.proxy import proxy

PAGE = "/bias_variance?n_resamples=20&n_seeds=1"
DONE = f"{LIVE}?.state === 'finished' && {LIVE}.painted === {LIVE}.token"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with app() as (url, _process):
        yield url


def works(page: Page, address: str) -> None:
    """A run to its end, another one, a claim's check, and another page that has an opening."""
    page.goto(address + PAGE)
    wait(page, DONE)
    token = page.evaluate(f"{LIVE}.token")
    page.get_by_role("slider", name="Degree").first.press("ArrowRight")
    wait(page, f"{LIVE}.token !== '{token}' && {DONE}")
    page.get_by_role("button", name="Check now").first.click()
    expect(page.get_by_text("now (").first).to_be_visible(timeout=60_000)
    page.goto(address + "/dqn")
    wait(page, f"{LIVE}?.painted && {LIVE}.painted === {LIVE}.token")


def test_a_prefix_that_is_stripped(url: str, chrome: Browser) -> None:
    """As JupyterHub's proxy does it: the server knows nothing of the path."""
    with proxy(url, strip="/user/ada/proxy/8501") as (address, about), visit(chrome) as page:
        works(page, address)
        assert any(path.startswith("/live/assets/") for path in about.asked)
        assert any("/check/" in path for path in about.asked)


def test_a_prefix_that_is_kept(chrome: Browser) -> None:
    with app(STREAMLIT_SERVER_BASE_URL_PATH="hall/room") as (url, _process), proxy(
        url
    ) as (address, _about), visit(chrome) as page:
        works(page, f"{address}/hall/room")
