"""What an operator relies on: health, the log, and the container file."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from core.runs import Runs, Viewer
from devtools.browser import ROOT, free_port
from explorer.server.health import health_route
from explorer.server.logs import set_up
from tests.runs.test_disk import SURFACE, Scripted, a_run

HEAPS = """
import ctypes, sys, threading
from explorer.server.process import share_one_heap

if sys.argv[1] == "one":
    share_one_heap()
gate = threading.Barrier(8)
def work():
    gate.wait()
    kept = [bytes(2000) for _ in range(20_000)]
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="about glibc")
@pytest.mark.parametrize("kind", ["one", "usual"])
def test_threads_share_one_heap(kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", HEAPS, kind], cwd=ROOT, capture_output=True,
                          text=True, check=True)
    heaps = done.stdout.count("<heap nr=")
    assert heaps == 1 if kind == "one" else heaps > 1


# ------------------------------------------------------------------------------- health


@pytest.fixture
def runs() -> Iterator[Runs]:
    service = Runs(Scripted(a_run()))
    yield service
    service.close()


def health(runs: Runs) -> tuple[int, dict[str, Any]]:
    scope = {"type": "http", "method": "GET", "path": "/healthz", "headers": []}
    answer = health_route(runs).endpoint(Request(scope))
    return answer.status_code, json.loads(answer.body)


def test_health_says_what_is_going_on_and_when_it_is_over(runs: Runs) -> None:
    assert health(runs) == (
        200, {"status": "ok", "engine": "Scripted", "active": 0, "waiting": 0})
    runs.close()
    status, said = health(runs)
    assert (status, said["status"]) == (503, "closed")


def test_health_sees_that_nothing_is_computed(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "snapshot", lambda: {"active": 0, "waiting": 3})
    assert health(runs)[0] == 503
    assert health(runs)[1]["status"] == "stuck"


# ---------------------------------------------------------------------------------- log


def in_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], list[dict[str, Any]]]:
    """Begins a log; what is returned ends it and has its lines."""
    monkeypatch.setenv("LOG_FORMAT", "json")
    stop = set_up()

    def read() -> list[dict[str, Any]]:
        stop()
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return read


def test_what_happens_to_a_run_is_a_line_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], runs: Runs
) -> None:
    lines = in_json(monkeypatch, capsys)
    handle = runs.start(SURFACE, SURFACE.config(), Viewer("a1b2c3 optimizers"))
    assert handle.wait(60)
    runs.start(SURFACE, SURFACE.config(), Viewer("another one"))
    found = [line for line in lines() if line["logger"] == "core.runs.run"]
    assert [line["event"] for line in found] == [
        "run asked for", "run started", "first frame", "run ended", "run asked for"]
    asked, _, first, ended, again = found
    assert (asked["answer"], again["answer"]) == ("computed", "memory")
    assert (ended["state"], ended["frames"]) == ("finished", len(a_run()) - 2)
    assert {line["experiment"] for line in found} == {SURFACE.name}
    assert len({line["run"] for line in found}) == 1
    assert 0 <= first["seconds"] <= ended["seconds"]
    text = json.dumps(found)
    assert "a1b2c3" not in text
    assert handle.token not in text


def test_an_error_is_one_line_with_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = in_json(monkeypatch, capsys)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("core.runs.service").exception("it failed")
    (line,) = lines()
    assert (line["level"], line["event"]) == ("error", "it failed")
    assert "ValueError: two\nlines" in line["traceback"]


def test_text_for_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_FORMAT", "text")
    stop = set_up()
    fields = {"run": "0a", "answer": "disk"}
    logging.getLogger("core.x").info("run asked for", extra={"fields": fields})
    stop()
    assert capsys.readouterr().err.endswith(" INFO run asked for run=0a answer=disk\n")


def test_an_unknown_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ValueError, match="LOG_FORMAT is 'xml'; allowed: json, text"):
        set_up()


# ---------------------------------------------------------------------------- container


def steps() -> list[tuple[str, str]]:
    """The instructions of the container file, each on one line."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8"))
    pairs = (line.partition(" ") for line in text.splitlines())
    return [(name, rest.strip()) for name, _, rest in pairs if name and not name.startswith("#")]


def only(name: str) -> str:
    (found,) = (rest for step, rest in steps() if step == name)
    return found


@pytest.mark.parametrize("base", ["", "hall/room"])
def test_the_container_starts_as_it_is_built(tmp_path: Path, base: str) -> None:
    """What is copied into it is enough, written nowhere else, healthy at any port and below any
    path, and ends by signal.
    """
    home, kept = tmp_path / "app", tmp_path / "runs"
    home.mkdir()
    for name, rest in steps():
        if name == "COPY":
            source, target = rest.split()
            place = home / target
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, place / source if target == "./" else place)
    given = dict(pair.split("=", 1) for pair in only("ENV").split())
    assert given["RUNS_CACHE"] == only("VOLUME")
    before = {path for path in home.rglob("*") if "__pycache__" not in path.parts}
    port = str(free_port())
    command, check = json.loads(only("CMD")), json.loads(only("HEALTHCHECK").partition("CMD ")[2])
    assert given["STREAMLIT_SERVER_PORT"] == only("EXPOSE")
    environment = {
        **os.environ, **given, "HOME": str(tmp_path / "home"), "RUNS_CACHE": str(kept),
        "STREAMLIT_SERVER_PORT": port, "STREAMLIT_SERVER_BASE_URL_PATH": base,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=home, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, env=environment)
    try:
        deadline = time.monotonic() + 180
        while subprocess.run([sys.executable, *check[1:]], cwd=home, env=environment,
                             stderr=subprocess.DEVNULL).returncode:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        below = f"/{base}" if base else ""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{below}/healthz") as answer:
            assert json.load(answer)["status"] == "ok"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)
    after = {path for path in home.rglob("*") if "__pycache__" not in path.parts}
    assert after == before


def test_the_container_takes_nothing_else_and_is_nobody_special() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"
    copied = {rest.split()[0] for name, rest in steps() if name == "COPY"}
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert only("USER") == "app"
    last = [name for name, _ in steps()].index("USER")
    assert all(name != "RUN" for name, _ in steps()[last:])
