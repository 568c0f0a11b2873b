"""What an operator may set: defaults, what is refused, and that the README says it all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.runs.settings import Settings, cores, from_environment, variable
from explorer.server import service

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def test_defaults_suit_this_machine() -> None:
    settings = from_environment()
    assert settings.at_once == 4 * cores() >= 4
    assert settings.per_visitor < settings.at_once
    assert settings.limits.memory_bytes == 3 * 2**30
    assert settings.folder == ROOT / ".cache" / "runs"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("RUNS_AT_ONCE", "0", "a whole number from 1 to 1000"),
        ("RUNS_AT_ONCE", "many", "a whole number from 1 to 1000"),
        ("RUNS_PER_VISITOR", "2.5", "a whole number from 1 to 1000"),
        ("RUNS_MEMORY_MB", "64", "a whole number from 512 to 1048576"),
        ("RUNS_SECONDS", "nan", "a number from 1 to 86400"),
        ("RUNS_LEASE_SECONDS", "-1", "a number from 1 to 3600"),
        ("RUNS_KEPT_MB", "1e12", "a whole number from 0 to 1048576"),
        ("RUNS_CACHE", __file__, "a folder, or off"),
        ("RUNS_CACHE_MB", "0", "a whole number from 1 to 16777216"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=re.escape(f"{name} is {value!r}; allowed: {allowed}")):
        from_environment()


def test_the_app_does_not_start_with_a_bad_value() -> None:
    command = [sys.executable, "-m", "streamlit", "run", "--server.headless", "true"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"RUNS_PER_VISITOR": "none"},
                          capture_output=True, text=True, timeout=180)
    assert done.returncode == 1
    said = "ValueError: RUNS_PER_VISITOR is 'none'; allowed: a whole number from 1 to 1000"
    assert done.stderr.strip().endswith(said)


def test_the_app_runs_with_what_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {"AT_ONCE": "5", "PER_VISITOR": "2", "MEMORY_MB": "1024", "SECONDS": "7.5", "NICE": "3",
             "LEASE_SECONDS": "20", "KEPT_MB": "3", "CACHE": str(tmp_path), "CACHE_MB": "4"}
    assert {f"RUNS_{name}" for name in given} == set(map(variable, Settings.model_fields))
    for name, value in given.items():
        monkeypatch.setenv(f"RUNS_{name}", value)
    runs = service.runs.__wrapped__()
    runs.close()
    queue, limits = runs._queue, runs._engine.limits
    assert (queue._max_running, queue._max_per_visitor) == (5, 2)
    assert (limits.memory_bytes, limits.seconds, limits.nice) == (2**30, 7.5, 3)
    assert runs._lease_seconds == 20
    assert runs._over._max_bytes == 3 * 2**20
    assert (runs._disk._folder, runs._disk._max_bytes) == (tmp_path, 4 * 2**20)


def test_the_readme_lists_every_setting_with_its_default() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(RUNS_\w+)` \| (.+?) \|", text, re.MULTILINE))
    for name, info in Settings.model_fields.items():
        shown = {"at_once": "4 per core", "cache": "`.cache/runs`"}.get(name, str(info.default))
        assert rows[variable(name)] == shown
