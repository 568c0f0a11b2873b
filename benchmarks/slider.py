"""From a key on a slider to the first frame of the new run, beside Streamlit's bare rerun."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.promise import Measured, Promise, interleaved, medians
from devtools.browser import CONTEXT, explore
from devtools.browser import app as serving
from devtools.browser import browser as chromium

BARE = """import streamlit as st
value = st.slider("value", 0, 90, 20)
st.write(f"value: {value}")
"""
N_PAIRS = 15
PAUSE = 0.3
"""Seconds between a run's end and the next key, so that both apps are idle."""

# Milliseconds from the next key to the first change of the document after which `arrived`
# holds: that is what a MutationObserver sees, in the same task that made the change.
WATCH = """(arrived) => {
  const holds = new Function("before", `return ${arrived}`);
  window.took = new Promise((resolve) => {
    addEventListener("keydown", () => {
      const began = performance.now(), before = window.before;
      const observer = new MutationObserver(() => {
        if (!holds(before)) return;
        observer.disconnect();
        resolve(performance.now() - began);
      });
      observer.observe(document.body,
        { subtree: true, childList: true, characterData: true, attributes: true });
    }, { capture: true, once: true });
  });
}"""
TEXT = "[...document.querySelectorAll('[data-testid=stMarkdown] p')].map((p) => p.innerText).join()"
FRAME = "document.querySelector('.lv')?.__live"


class App:
    """A page with a slider, and how to see that it answered.

    Args:
        page: Open at the address.
        slider: The slider's name.
        state: What changes with the answer, in JavaScript.
        arrived: That the answer is there, of `before`, the earlier state.
        idle: That nothing goes on. It is asked again and again, so that it may also help.
    """

    def __init__(self, page: Page, slider: str, state: str, arrived: str, idle: str) -> None:
        self.page, self.state, self.arrived, self.idle = page, state, arrived, idle
        self.thumb = page.get_by_role("slider", name=slider)
        self.thumb.wait_for(timeout=60_000)
        self.move()  # the first move after loading is warmth, not a measurement

    def move(self) -> float:
        """Moves the slider by one to the right; milliseconds to the answer."""
        self.page.wait_for_function(self.idle, timeout=60_000)
        time.sleep(PAUSE)
        self.thumb.focus()
        self.page.evaluate(f"window.before = {self.state}")
        self.page.evaluate(WATCH, self.arrived)
        self.thumb.press("ArrowRight")
        return float(self.page.evaluate("window.took"))


def live_app(page: Page, url: str, **settings: float) -> App:
    """The optimizers page: each position of the valley's rotation is a run of its own."""
    page.goto(url + explore("optimizers", "surface", **settings))
    return App(
        page, "Rotation", f"{FRAME}.painted",
        f"{FRAME}.painted !== before && {FRAME}.painted === {FRAME}.token",
        # not played to its end, which can take as long as it likes on a busy machine
        f"{FRAME}?.state === 'finished' && ({FRAME}.current === {FRAME}.frames - 1 "
        "|| document.querySelector('[data-do=latest]').click())",
    )


def bare_app(page: Page, url: str) -> App:
    page.goto(url)
    return App(page, "value", TEXT, f"{TEXT} !== before", f"{TEXT}.includes('value')")


def measure() -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "streamlit_app.py").write_text(BARE)
        with serving() as (app, _), serving(Path(folder)) as (bare, _), chromium() as browser:
            # each page in a context of its own, so that neither is a hidden tab
            ours = live_app(browser.new_context(**CONTEXT).new_page(), app)
            theirs = bare_app(browser.new_context().new_page(), bare)
            pairs = interleaved(ours.move, theirs.move, N_PAIRS)
    mine, bares = medians(pairs)
    return Measured(tuple(a / b for a, b in pairs), f"{mine:.0f} ms and {bares:.0f} ms")


PROMISES = (
    Promise("slider", "From a key on a slider to the first frame of the new run, as a multiple "
            "of a bare Streamlit rerun (a slider and a text)", 4.0, measure, "at most"),
)
