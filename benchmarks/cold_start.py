"""From `streamlit run` to the first chart, beside a bare Streamlit page with one chart."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.promise import Measured, Promise, interleaved, medians
from devtools.browser import CONTEXT, ROOT, app, explore
from devtools.browser import browser as chromium

BARE = """import plotly.graph_objects as go
import streamlit as st

n = st.slider("points", 2, 50, 20)
st.plotly_chart(go.Figure(go.Scatter(y=[i * i for i in range(n)])))
"""
N_PAIRS = 7
OURS = "document.querySelector('.lv')?.__live?.current >= 0"
"""The first frame of the run is drawn, not only its empty axes."""
THEIRS = "document.querySelector('.js-plotly-plot .scatterlayer path.js-line')"


def fresh(browser: Browser) -> Page:
    """A page of a visitor who has never been there."""
    return browser.new_context(viewport={"width": 1280, "height": 720}, **CONTEXT).new_page()


def until(page: Page, seen: str, began: float) -> float:
    """Seconds until the condition holds in the page, which is closed."""
    page.wait_for_function(seen, timeout=60_000, polling=10)
    took = time.perf_counter() - began
    page.context.close()
    return took


def start(browser: Browser, folder: Path, path: str, drawn: str) -> float:
    """Seconds from the start of the server's process to its first chart in a fresh browser."""
    page, began = fresh(browser), time.perf_counter()
    with app(folder) as (url, _):
        page.goto(url + path, wait_until="commit")
        return until(page, drawn, began)


def measure() -> Measured:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        Path(folder, "streamlit_app.py").write_text(BARE)
        pairs = interleaved(
            lambda: start(browser, ROOT, explore("optimizers"), OURS),
            lambda: start(browser, Path(folder), "/", THEIRS),
            N_PAIRS + 1,
        )[1:]  # the first fills the file system's caches
    ours, theirs = medians(pairs)
    return Measured(tuple(a / b for a, b in pairs), f"{ours:.2f} s and {theirs:.2f} s")


PROMISES = (
    Promise("cold_start", "From `streamlit run` to the first chart with data, as a multiple of a "
            "bare Streamlit page with a slider and a Plotly chart", 1.5, measure, "at most"),
)
