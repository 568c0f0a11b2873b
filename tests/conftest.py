from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, expect
from streamlit.components.v2 import manifest_scanner

from devtools.browser import LIVENESS, Served, app, browser
from explorer.server import service
from tests.support.live_harness import HARNESS
from tests.support.visits import Orders

MAIN = sys.modules["__main__"]
# Several tests share a machine: a run that lets all their browsers go first is over when the test
# has lost its patience.
os.environ.setdefault("RUNS_NICE", "0")


def pytest_collection_finish() -> None:
    """What was collected stays to the end: it need not be looked through for garbage again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def one_scan_of_packages() -> Iterator[None]:
    """`AppTest` looks for components in all installed packages at every visit, which takes ten
    times as long as the visit; they do not change meanwhile.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests",
                      cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """`AppTest` leaves its script behind as `__main__`, which a process that is spawned later would
    run again.
    """
    monkeypatch.setitem(sys.modules, "__main__", MAIN)


@pytest.fixture(scope="module")
def own_runs() -> Iterator[None]:
    """A service of the module's own, so that closing it harms no other module."""
    service.runs.cache_clear()
    yield
    service.runs().close()
    service.runs.cache_clear()


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Orders:
    """A stand-in for the service, which trains nothing."""
    made = Orders()
    monkeypatch.setattr(service, "runs", lambda: made)
    return made


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """The app, which all tests share that do not end it or set it otherwise."""
    with app() as running:
        yield running


@pytest.fixture(scope="session")
def server(served: Served) -> str:
    """Its address."""
    return served.url


@pytest.fixture(scope="session")
def harness() -> Iterator[Served]:
    """The live view alone, with runs that are made up."""
    with app(script=HARNESS) as running:
        yield running


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """A real browser, with patience: a busy machine is no reason to fail. All tests share it, and
    with it the app's scripts, compiled. While it is there nothing else in this thread can run an
    event loop: `tests.support.loops` has another thread.
    """
    expect.set_options(timeout=LIVENESS * 1000)
    with browser() as opened:
        yield opened
