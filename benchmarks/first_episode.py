"""From opening the page of the pole to its moving, beside a bare Streamlit page with one chart.

Both servers are warm and both browsers fresh: what is measured is what a visitor waits for. The
pole is in the page's document and moves before Streamlit has started in the browser; a click from
another page does not wait for that start.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from benchmarks.cold_start import BARE, THEIRS, fresh, until
from benchmarks.promise import Measured, Promise, interleaved, medians
from devtools.browser import app, wait_for_opening
from devtools.browser import browser as chromium

MOVES = "document.querySelector('[data-chart=pole]')?.__pole?.agent?.steps > 1"
N_PAIRS = 7


def opened(browser: Browser, address: str, seen: str) -> float:
    page, began = fresh(browser), time.perf_counter()
    page.goto(address, wait_until="commit")
    return until(page, seen, began)


def clicked(browser: Browser, url: str) -> float:
    """From a click on the front door's link to the laboratory: a lesson asks first."""
    page = fresh(browser)
    page.goto(url, wait_until="networkidle")
    page.get_by_role("button", name="I want to play").click()
    link = page.get_by_role("link", name="The pole").first
    link.wait_for()
    began = time.perf_counter()
    link.click(no_wait_after=True)
    return until(page, MOVES, began)


def measure() -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "streamlit_app.py").write_text(BARE)
        with chromium() as browser, app() as (url, _), app(Path(folder)) as (bare, _):
            wait_for_opening(url, "/dqn")
            pairs = interleaved(
                lambda: opened(browser, f"{url}/dqn", MOVES),
                lambda: opened(browser, bare, THEIRS),
                N_PAIRS + 1,
            )[1:]  # the first warms both servers
            clicks = [clicked(browser, url) for _ in range(N_PAIRS)]
    ours, theirs = medians(pairs)
    return Measured(
        tuple(a / b for a, b in pairs),
        f"{ours:.2f} s and {theirs:.2f} s; from a click in the app {median(clicks):.2f} s",
    )


PROMISES = (
    Promise("first_episode", "From opening the page of the pole until it moves, as a multiple of "
            "a bare Streamlit page with a slider and a Plotly chart", 0.5, measure, "at most"),
)
