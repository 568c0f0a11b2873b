"""A run's messages as a file: what comes out is what a notebook would have had."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.concepts import find
from core.files import READERS, open_history
from core.frames import encode_end, encode_run
from core.runs import save

LAB = find("optimizers.surface")
MESSAGES = list(encode_run(LAB, LAB.small))


@pytest.mark.parametrize("kind", READERS)
def test_the_file_is_the_history(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"run{kind}"
    path.write_bytes(save.saved([*MESSAGES, encode_end("finished")], kind))
    assert open_history(path).identical(LAB.run(**LAB.small.model_dump(exclude_defaults=True)))


def test_of_a_run_that_goes_on_there_are_the_frames_so_far(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    path.write_bytes(save.saved(MESSAGES[:3], ".nc"))
    assert open_history(path)["step"].values.tolist() == [0, 1]


@pytest.mark.parametrize(("messages", "kind", "why"), [
    (MESSAGES, ".exe", r"kind: '\.exe' is not allowed\. Allowed: \.json, \.nc, \.py"),
    (MESSAGES[:1], ".nc", "there is no frame yet"),
    ([], ".nc", "there is no frame yet"),
])
def test_what_cannot_be_saved_says_why(messages: list[bytes], kind: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        save.saved(messages, kind)


def test_a_script_is_made_of_a_whole_run_that_has_one() -> None:
    text = save.saved([*MESSAGES, encode_end("finished")], ".py").decode()
    assert "def race_on_surface(" in text
    with pytest.raises(ValueError, match="has not come to its end"):
        save.saved(MESSAGES[:3], ".py")


def test_a_process_that_fails_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError, match="its process ended with status 1"):
        save.saved([encode_end("finished"), encode_end("finished")], ".nc")
    assert "KeyError" in capfd.readouterr().err


def test_no_more_at_a_time_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long is told, and a place is given back after a failure."""
    monkeypatch.setattr(save, "SECONDS", 0.01)
    for _ in range(save.AT_A_TIME + 1):
        with pytest.raises(TimeoutError, match=r"it took longer than 0\.01 s"):
            save.saved(MESSAGES, ".nc")
    for _ in range(save.AT_A_TIME):
        assert save._places.acquire(timeout=1)
    with pytest.raises(TimeoutError, match="too many files"):
        save.saved(MESSAGES, ".nc")
    save._places.release(save.AT_A_TIME)


def test_the_app_loads_nothing_for_it() -> None:
    import subprocess

    code = ("import sys, core.runs.save; "
            "print([m for m in ('xarray', 'scipy', 'pandas', 'torch') if m in sys.modules])")
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
