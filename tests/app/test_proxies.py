"""Between the app and a visitor there may be a proxy, with the habits of real ones."""

from __future__ import annotations

import http.client
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette

from core.frames import header_of, read_message
from devtools.browser import LIVE, ROOT, app, explore, free_port, visit, wait
from explorer.live import routes, stream
from tests.support.live_harness.fake_runs import FakeRuns
from tests.support.proxy import proxy

PAGE = explore("bias_variance", n_resamples=20, n_seeds=1)
LONG = explore("optimizers", "network", n_steps=1000, n_seeds=16, sweep_seeds=8, batch_size=256,
               seed=41)
"""A run that is not over when the view knows what the proxy does."""
DONE = f"{LIVE}?.state === 'finished' && {LIVE}.painted === {LIVE}.token"


@contextmanager
def serving(runs: FakeRuns) -> Iterator[str]:
    """The routes alone, in a server of this process."""
    port = free_port()
    config = uvicorn.Config(Starlette(routes=routes(runs)), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = server.force_exit = True
    thread.join()


def kind_of(answer: Any) -> str:
    """Of the next message."""
    message = read_message(answer)
    assert message is not None
    return str(header_of(message)["type"])


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


EXAMPLE = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")


def habits_of(text: str) -> dict[str, Any]:
    """What a proxy with these lines of nginx's does; nginx's defaults where they say nothing."""
    lines = dict(re.findall(r"^ *(proxy_\w+(?: [A-Z][\w-]+)?) (.+);$", text, re.MULTILINE))
    (prefix,) = re.findall(r"location (/\w+)/ ", text)
    passes_on = "$http_upgrade" in lines.get("proxy_set_header Upgrade", "")
    (upgrade,) = re.findall(r"default (\w+);", text)
    timeout = lines.get("proxy_read_timeout", "60s")
    return {
        "strip": prefix if lines["proxy_pass"].endswith("/") else "",
        "upgrades": passes_on and upgrade == "upgrade" and lines["proxy_http_version"] == "1.1"
        and lines["proxy_set_header Connection"] == "$connection_upgrade",
        "holds": lines.get("proxy_buffering", "on") != "off",
        "silence": float(timeout[:-1]) * {"s": 1, "m": 60, "h": 3600}[timeout[-1]],
    }


def test_the_example_of_a_proxy(server: str, chrome: Browser) -> None:
    """With the habits that its lines give it the app works: path, websocket, frames as made."""
    habits = habits_of(EXAMPLE)
    assert habits == {"strip": "/explorer", "upgrades": True, "holds": False, "silence": 3600}
    assert "proxy_set_header Host $http_host;" in EXAMPLE, "else Streamlit refuses the websocket"
    assert EXAMPLE.count(" 3m;") == 2, "else a visitor's own data are refused, or on the disk"
    with proxy(server, **habits) as (address, _about), visit(chrome) as page:
        works(page, address)


@pytest.mark.parametrize(("line", "habit"), [
    ("proxy_set_header Upgrade $http_upgrade;", {"upgrades": False}),
    ("proxy_buffering off;", {"holds": True}),
    ("proxy_read_timeout 1h;", {"silence": 60}),
])
def test_every_line_of_the_example_counts(line: str, habit: dict[str, Any]) -> None:
    assert habits_of(EXAMPLE.replace(line, "")) == habits_of(EXAMPLE) | habit


def test_a_prefix_that_is_stripped(server: str, chrome: Browser) -> None:
    """As JupyterHub's proxy does it: the server knows nothing of the path."""
    with proxy(server, strip="/user/ada/proxy/8501") as (address, about), visit(chrome) as page:
        works(page, address)
        assert any(path.startswith("/live/assets/") for path in about.asked)
        assert any("/check/" in path for path in about.asked)


def test_a_prefix_that_is_kept(chrome: Browser) -> None:
    with app(STREAMLIT_SERVER_BASE_URL_PATH="hall/room") as (url, _process), proxy(
        url
    ) as (address, _about), visit(chrome) as page:
        works(page, f"{address}/hall/room")


def test_a_proxy_that_passes_no_websocket_on(server: str, chrome: Browser) -> None:
    """The page, which can do nothing, says what it lacks."""
    with proxy(server, upgrades=False) as (address, _about), visit(
        chrome, expected=("WebSocket",)
    ) as page:
        page.goto(address + PAGE)
        said = page.get_by_role("alert").filter(has_text="a websocket, which does not come through")
        expect(said).to_be_visible(timeout=60_000)


def test_two_servers_behind_one_address(server: str, chrome: Browser) -> None:
    """Even where nothing keeps a visitor on one of them: who reaches the wrong one asks again."""
    with app() as (other, _process), proxy(server, other) as (address, about), visit(
        chrome, expected=("404",)
    ) as page:
        page.goto(address + PAGE)
        wait(page, DONE)
        token = page.evaluate(f"{LIVE}.token")
        page.get_by_role("slider", name="Degree").first.press("ArrowRight")
        wait(page, f"{LIVE}.token !== '{token}' && {DONE}")
        page.get_by_role("button", name="Check now").first.click()
        expect(page.get_by_text("now (").first).to_be_visible(timeout=60_000)
        assert sum("since=" in path for path in about.asked) >= 3


def test_nothing_is_said_of_a_connection_that_is_there(server: str, chrome: Browser) -> None:
    with visit(chrome) as page:
        page.goto(server)
        wait(page, "document.querySelector('[data-test-connection-state=CONNECTED]')")
        page.wait_for_timeout(11_000)  # longer than its patience
        assert page.locator(".lv-no-connection").count() == 0


def test_a_proxy_that_holds_streams_back(server: str, chrome: Browser) -> None:
    """The frames are asked for instead, while the run goes on; the next run knows it at once. It
    may still be asked about the run before when the server has let that go.
    """
    with proxy(server, holds=True) as (address, about), visit(chrome, expected=("404",)) as page:
        page.goto(address + LONG)
        expect(page.locator(".lv-where")).to_contain_text("holds the frames back", timeout=60_000)
        wait(page, f"{LIVE}.state === 'running' && {LIVE}.frames > 3")
        streams = [path for path in about.asked if "since=" in path and "&now" not in path]
        assert len(streams) == 1
        token = page.evaluate(f"{LIVE}.token")
        page.get_by_role("slider", name="Steps").first.press("ArrowLeft")
        wait(page, f"{LIVE}.token !== '{token}' && {LIVE}.painted === {LIVE}.token")
        assert [path for path in about.asked if "since=" in path and "&now" not in path] == streams


def test_a_proxy_that_cuts_off_what_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that waits says nothing; its stream stays open all the same."""
    runs = FakeRuns()
    handle = runs.start(1, "waits")
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.2)
    with serving(runs) as app_url, proxy(app_url, silence=1.0) as (address, about):
        with urllib.request.urlopen(f"{address}/live/{handle.token}?since=0") as answer:
            assert [kind_of(answer) for _ in range(12)] == ["start"] + ["queue"] * 11
        handle.stop()
        assert about.cut == 0
        monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 60.0)
        with urllib.request.urlopen(
            f"{address}/live/{runs.start(1, 'waits').token}?since=0"
        ) as answer:
            assert kind_of(answer) == "start"
            with pytest.raises(http.client.IncompleteRead):
                answer.read()
        assert about.cut == 1, "the proxy does what it is said to do"
