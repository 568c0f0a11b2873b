"""The app and a bare Streamlit page side by side: their servers, and a browser for both."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync"]
START_SECONDS = 60.0
BYTECODE = Path(tempfile.gettempdir(), "benchmarks-bytecode")
"""Python's bytecode cache: without one the app would be compiled at every start, Streamlit not."""


class Server:
    """`streamlit run` in a process of its own, on a free port of this machine.

    Args:
        script: Relative to `folder`.
        folder: Where it is started.
    """

    def __init__(self, script: str, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, f"--server.port={self.port}",
             "--server.address=127.0.0.1", "--server.headless=true",
             "--browser.gatherUsageStats=false"],
            cwd=folder, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        """Until it answers; raises `TimeoutError`."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                urlopen(f"{self.url}_stcore/health", timeout=5).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise TimeoutError(f"the server of port {self.port} did not start") from None
                time.sleep(0.01)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(BYTECODE)}


@contextmanager
def serving(script: str, folder: Path = ROOT) -> Iterator[Server]:
    """A server that ends with the block."""
    server = Server(script, folder)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """In a context of its own: nothing is in its cache."""
    return browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
