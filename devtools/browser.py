"""The real app in a real browser, for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

from core.concepts import labs_of

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # Each window prepares two pages of its own for the address bar, which nobody sees here: four
    # fifths of what a new visitor costs. The list replaces Playwright's: what of it matters stands
    # in it too.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,DestroyProfileOnBrowserClose,"
    "HttpsUpgrades,MediaRouter,NetworkTimeServiceQuerying,OptimizationHints",
]
CONTEXT: dict[str, Any] = {"bypass_csp": True}
"""Playwright waits for a condition with `eval`, which the app's content policy forbids."""
LOOK: dict[str, Any] = {
    "color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none",
}
"""What a visitor's system says of how pages should look."""
LIVE = "document.querySelector('.lv')?.__live"
"""The live view's own account of itself."""
LIVENESS = 240.0  # seconds; only ever spent when something hangs


def chromium() -> str:
    """The browser to use; raises `FileNotFoundError` that says how to get one."""
    wanted = os.environ.get("CHROMIUM", "")
    found = wanted or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise FileNotFoundError(
            "the browser tests need a Chromium: install one, or name it in CHROMIUM"
        )
    return found


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Served(NamedTuple):
    """The address and the process of an app."""

    url: str
    process: subprocess.Popen[bytes]


def explore(slug: str, lab: str = "", **settings: object) -> str:
    """The address of a lab with these settings, without the server: the concept's first lab
    unless another is named.
    """
    first = labs_of(slug)[0].name.partition(".")[2]
    return f"/{slug}?{urlencode({'lab': lab or first, **settings}, safe=',:')}"


@contextmanager
def app(
    folder: Path = ROOT, script: str = "", cache: str = "off", port: int = 0, **environment: str
) -> Iterator[Served]:
    """`streamlit run` in a folder, bare unless a script is named; its address and process.

    Finished runs are kept in the folder `cache`; by default every run is computed. What else
    an operator may set is `environment`.
    """
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", *([script] if script else []),
         "--server.port", str(port), "--server.address", "127.0.0.1",
         "--server.headless", "true", "--server.fileWatcherType", "none",
         "--browser.gatherUsageStats", "false"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RUNS_CACHE": cache, **environment},
        stdout=subprocess.DEVNULL,
    )
    base = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    url = f"http://127.0.0.1:{port}{'/' * bool(base)}{base}"
    try:
        _wait_until_healthy(url, process)
        yield Served(url, process)
    finally:
        process.send_signal(signal.SIGCONT)  # a test may have stopped it
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with status {process.returncode}")
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the app did not come up")


def wait_for_opening(url: str, path: str) -> None:
    """Waits until the app knows what a page opens with: a moment after its start."""
    asked = urllib.request.Request(url + path, headers={"accept": "text/html"})
    deadline = time.monotonic() + LIVENESS
    while b"lv-opening" not in urllib.request.urlopen(asked).read():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the page {path} has no opening")
        time.sleep(0.02)


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def visit(
    opened: Browser, *, expected: tuple[str, ...] = (), local: tuple[str, ...] = (),
    fresh: bool = False, **context: Any
) -> Iterator[Page]:
    """A new visitor's page. It fails for an error in the browser or a request to elsewhere, in
    this tab or another one of the visitor's.

    Args:
        opened: The browser.
        expected: Parts of console errors that the test provokes on purpose.
        local: What addresses may begin with, beside the app's own.
        fresh: Whether the tab must be new too. Otherwise it may be one of an earlier visitor,
            emptied: what it still has are the app's scripts, compiled, which is most of the work
            of opening a page.
        context: For `Browser.new_context`: viewport, color_scheme.
    """
    options = {"viewport": {"width": 1440, "height": 900}} | LOOK | CONTEXT | context
    page = _tab(opened, options, fresh)
    problems: list[str] = []
    heard: dict[Any, Any] = {
        "weberror": lambda error: problems.append(str(error.error)),
        "console": lambda message: problems.extend(_error(message)),
        "request": lambda request: problems.extend(_foreign(request.url, local)),
    }
    for event, hear in heard.items():
        page.context.on(event, hear)
    try:
        yield page
    except BaseException:
        page.context.close()
        raise
    for event, hear in heard.items():
        page.context.remove_listener(event, hear)
    if fresh:
        page.context.close()
    else:
        _empty(page)
        _idle(opened, options).append(page)
    left = [problem for problem in problems if not any(part in problem for part in expected)]
    assert left == [], left  # pytest explains the asserts of tests only


_IDLE: WeakKeyDictionary[Browser, dict[str, list[Page]]] = WeakKeyDictionary()


def _idle(opened: Browser, options: dict[str, Any]) -> list[Page]:
    """Emptied tabs whose context was made with these options, but for what a tab can change."""
    fixed = {key: value for key, value in options.items() if key not in {"viewport", *LOOK}}
    return _IDLE.setdefault(opened, {}).setdefault(repr(sorted(fixed.items())), [])


def _tab(opened: Browser, options: dict[str, Any], fresh: bool) -> Page:
    """A tab with these options, where nobody has been or of which nothing is left."""
    idle = _idle(opened, options)
    if fresh or not idle:
        visitor = opened.new_context(**options)
        visitor.set_default_timeout(LIVENESS * 1000)
        return visitor.new_page()
    page = idle.pop()
    page.set_viewport_size(options["viewport"])
    page.emulate_media(media="null", **{key: options[key] for key in LOOK})
    return page


def _empty(page: Page) -> None:
    """Takes from a tab what its visitor had: other tabs, cookies, what the app keeps in the
    browser, history, routes, and where the mouse was.
    """
    for other in page.context.pages:
        if other is not page:
            other.close()
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.unroute_all(behavior="ignoreErrors")
    page.goto("about:blank")
    page.mouse.move(0, 0)
    page.context.clear_cookies()
    tools = page.context.new_cdp_session(page)
    tools.send("Page.resetNavigationHistory")
    tools.detach()


def wait(page: Page, condition: str) -> None:
    """Waits until a condition in the page's own language holds."""
    page.wait_for_function(condition, timeout=LIVENESS * 1000)


class Gate:
    """Holds back what is asked of these addresses until it is opened."""

    def __init__(self, page: Page, addresses: str) -> None:
        self._held: list[Route] | None = []
        page.route(addresses, self._pass)

    def _pass(self, route: Route) -> None:
        route.continue_() if self._held is None else self._held.append(route)

    def open(self) -> int:
        """Lets everything through; how many requests had waited."""
        held, self._held = self._held or [], None
        for route in held:
            route.continue_()
        return len(held)


def box_of(page: Page, selector: str) -> dict[str, float]:
    """Where an element is; a full drawing of a chart replaces its elements now and then."""
    for _ in range(50):
        box = page.locator(selector).bounding_box()
        if box:
            return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
        page.wait_for_timeout(100)
    raise AssertionError(f"there is no {selector}")


def _error(message: ConsoleMessage) -> list[str]:
    # Streamlit looks for its own endpoints below a page's path first, and is told no
    probing = "/_stcore/" in message.location.get("url", "") and "404" in message.text
    return [] if message.type != "error" or probing else [f"{message.text} {message.location}"]


def _foreign(url: str, local: tuple[str, ...]) -> list[str]:
    home = ("http://127.0.0.1", "ws://127.0.0.1", "blob:", "data:", *local)
    return [] if url.startswith(home) else [f"a request to {url}"]


def descendants(pid: int) -> list[int]:
    """All live processes below one, from /proc."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found, queue = [], [pid]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found
