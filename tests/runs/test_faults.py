"""Faults of the app as a whole: it is ended and restarted while runs go on; one visitor in many
tabs.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.frames import read_message
from devtools.browser import LIVE, LIVENESS, app, descendants, explore, free_port, visit, wait
from tests.runs.test_runs import ended, until
from tests.support.session import watched

ENGINES = ["fork", "spawn"] if sys.platform == "linux" else ["spawn"]
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGKILL]
LONG = explore("optimizers", "network", n_steps=1000, n_seeds=16, sweep_seeds=8)
LONGER = explore("transfer", "labels", n_seeds=16, n_pretraining=400, n_steps=300)
"""Still going on when two further pages have been opened, on a busy machine, too."""


SERVER_IS_GONE = ("net::ERR_", "WebSocket connection", "Failed to fetch", "dynamically", "404")
"""What the browser says of it: Streamlit, too, may just be loading a part of itself."""


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    with visit(chrome, expected=SERVER_IS_GONE) as page:
        yield page


def watch(page: Page, url: str, frame: int = 2) -> str:
    """Opens a long run and waits until it is seen to be at that frame; its token."""
    page.goto(url)
    wait(page, f"{LIVE}?.painted === {LIVE}?.token && {LIVE}?.current >= {frame}")
    return page.evaluate(f"{LIVE}.token")


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("engine", ENGINES)
def test_no_process_outlives_the_app(engine: str, number: signal.Signals) -> None:
    """However it ends, with a run at work that somebody watches."""
    with app(RUNS_ENGINE=engine) as (url, process), watched(url, LONG) as stream:
        assert all(read_message(stream) for _ in range(3))
        family = descendants(process.pid)
        assert len(family) >= 2, "the run, and the fork server or standbys"
        process.send_signal(number)
        process.wait(LIVENESS)
        for pid in family:
            until(lambda pid=pid: ended(pid))


def test_a_page_can_run_again_after_the_app_was_restarted_mid_run(page: Page) -> None:
    """The stale token is answered in words, and the page can run again without a reload."""
    port = free_port()
    with app(port=port) as (url, process):
        old = watch(page, url + LONG)
        process.kill()
        process.wait()
        wait(page, f"{LIVE}.state === 'lost'")
        expect(page.locator(".lv-where")).to_contain_text("connection lost, trying again")
    with app(port=port) as (url, process):
        for action in ("stop", "restart"):
            answer = page.request.post(f"{url}/live/{old}/{action}")
            assert (answer.status, answer.json()["error"]) == (404, "there is no such run")
        wait(page, f"{LIVE}.state === 'gone'")
        expect(page.locator(".lv-where")).to_contain_text(
            "this run is not on the server any more: press Run again")
        page.get_by_role("button", name="Run again").click()
        wait(page, f"{LIVE}.token !== '{old}' && {LIVE}.painted === {LIVE}.token")
        wait(page, f"{LIVE}.state === 'running' && {LIVE}.current > 1")


def test_the_tabs_of_a_browser_are_one_visitor(page: Page, chrome: Browser) -> None:
    """The second tab's run waits for that of the first, and says so; another browser's does not."""
    with app(RUNS_PER_VISITOR="1", RUNS_SECONDS="600", RUNS_NICE="19") as (url, _):
        watch(page, url + LONGER, 0)
        tab = page.context.new_page()
        tab.goto(url + LONGER + "&seed=1")
        expect(tab.locator(".lv-where")).to_contain_text("waiting: number 1 in the queue",
                                                         timeout=LIVENESS * 1000)
        with visit(chrome) as other:
            watch(other, url + LONGER + "&seed=2", 0)
            expect(tab.locator(".lv-where")).to_contain_text("waiting: number 1 in the queue")
            page.get_by_role("button", name="Stop").click()
            expect(tab.locator(".lv-where")).not_to_contain_text("waiting")
