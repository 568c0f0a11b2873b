"""Finished runs on disk: they outlast the app, and nothing in the folder can harm it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.concepts import find
from core.experiment import Experiment, Frame
from core.frames import encode_end, encode_frame, encode_message
from core.runs import DiskCache, Runs, Viewer
from core.runs.job import Job, TrainJob
from core.runs.limits import Limits

KEY, OTHER = "a" * 64, "b" * 64
SURFACE: Experiment = find("optimizers")


def a_run(size: int = 10, state: str = "finished") -> list[bytes]:
    frame = encode_frame(Frame(0, {"loss": np.arange(size, dtype=np.float32)}))
    return [encode_message({"type": "start"}), frame, encode_end(state)]


@pytest.fixture
def disk(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "kept")


def only_file(disk: DiskCache) -> Path:
    (path,) = disk._folder.iterdir()
    return path


def test_a_run_comes_back_byte_for_byte(disk: DiskCache) -> None:
    assert disk.get(KEY) is None
    disk.put(KEY, a_run())
    assert disk.get(KEY) == a_run()
    assert disk.get(OTHER) is None
    assert DiskCache(disk._folder).get(KEY) == a_run(), "for another server too"


@pytest.mark.parametrize("key", ["../../etc/passwd", "A" * 64, "a" * 63, ""])
def test_only_keys_are_looked_up(disk: DiskCache, key: str) -> None:
    with pytest.raises(ValueError, match="not the key of a run"):
        disk.get(key)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign", "no end", "not finished"])
def test_a_damaged_file_is_reported_removed_and_computed_again(
    disk: DiskCache, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    disk.put(KEY, a_run(state="failed") if damage == "not finished" else
             a_run()[: 2 if damage == "no end" else 3])
    path = only_file(disk)
    content = path.read_bytes()
    path.write_bytes({
        "flip": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:], "cut": content[:-5],
        "empty": b"", "foreign": b"\x80\x04\x95pickle" + content,
    }.get(damage, content))
    assert disk.get(KEY) is None
    assert f"{KEY}.run is damaged" in caplog.text
    assert not path.exists()
    disk.put(KEY, a_run())
    assert disk.get(KEY) == a_run()


def test_runs_not_asked_for_longest_go_first(tmp_path: Path) -> None:
    size = len(b"".join(a_run(1000)))
    disk = DiskCache(tmp_path, max_bytes=round(2.5 * size))
    keys = [letter * 64 for letter in "abc"]
    for age, key in zip((300, 200), keys[:2], strict=True):
        disk.put(key, a_run(1000))
        os.utime(tmp_path / f"{key}.run", (time.time() - age,) * 2)
    assert disk.get(keys[0])  # the older one is asked for
    disk.put(keys[2], a_run(1000))
    assert [disk.get(key) is not None for key in keys] == [True, False, True]


def test_a_run_larger_than_the_folder_may_be_is_not_kept(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path, max_bytes=100)
    disk.put(KEY, a_run(1000))
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_left_alone_and_old_leftovers_removed(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path, max_bytes=400)
    for name in ("notes.txt", ".new-run-old", ".new-run-fresh", "A" * 64 + ".run"):
        (tmp_path / name).write_bytes(bytes(500))
    os.utime(tmp_path / ".new-run-old", (0, 0))
    disk.put(KEY, a_run(1))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["notes.txt", ".new-run-fresh", "A" * 64 + ".run", f"{KEY}.run"])


def test_a_full_disk_is_said_in_the_log_and_harms_nothing(tmp_path: Path) -> None:
    """A file size limit of the kernel stands in for a full disk: the write itself fails."""
    code = (
        "import logging, resource, signal, sys; from pathlib import Path\n"
        "from core.runs import DiskCache\n"
        "logging.basicConfig(stream=sys.stdout)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        f"disk = DiskCache(Path({str(tmp_path)!r}))\n"
        f"disk.put({KEY!r}, [bytes(100_000)])\n"
        f"print('got', disk.get({KEY!r}), 'left', list(Path({str(tmp_path)!r}).iterdir()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True,
                          cwd=Path(__file__).parents[2])
    assert "a finished run is not kept on disk" in done.stdout
    assert "got None left []" in done.stdout


FULL = """
import contextlib, ctypes, io, logging, os, resource, signal, sys
from pathlib import Path

folder, n_bytes = Path(sys.argv[1]), 65536
libc, user, group = ctypes.CDLL(None), os.getuid(), os.getgid()
mounted = False
if libc.unshare(0x10020000) == 0:  # namespaces of its own for users and mounts: a tiny disk
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    mounted = libc.mount(b"full", os.fsencode(folder), b"tmpfs", 0, b"size=%d" % n_bytes) == 0
if not mounted:  # the kernel does not allow it here: no file may grow beyond some bytes
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))

from core.runs import DiskCache, Runs, Viewer
from tests.runs.test_disk import KEY, SURFACE, Scripted, a_run

log = io.StringIO()
logging.basicConfig(stream=log)
disk = DiskCache(folder)
disk.put(KEY, a_run())
runs = Runs(Scripted(a_run(size=n_bytes)), disk=disk)
for seed in (1, 2):
    handle = runs.start(SURFACE, SURFACE.config(seed=seed), Viewer("ada"))
    assert handle.wait(180) and handle.state == "finished", handle.error
while log.getvalue().count("a finished run is not kept on disk") < 2:
    pass
assert not mounted or log.getvalue().count("No space left on device") == 2, log.getvalue()
assert disk.get(KEY) == a_run(), "what was kept before"
assert [path.name for path in folder.iterdir()] == [f"{KEY}.run"], "no half of a file is left"
runs._engine.messages = a_run()  # one that fits
assert runs.start(SURFACE, SURFACE.config(seed=3), Viewer("bob")).wait(180)
while len(list(folder.glob("*.run"))) < 2:
    pass
runs.close()
print("mounted" if mounted else "limited")
"""


def test_on_a_full_disk_runs_finish_as_ever(tmp_path: Path) -> None:
    """A tiny file system of its own that is full; where none may be mounted, a limit."""
    done = subprocess.run([sys.executable, "-c", FULL, tmp_path], text=True, capture_output=True,
                          cwd=Path(__file__).parents[2], timeout=180)
    assert done.returncode == 0, done.stderr
    assert done.stdout in ("mounted\n", "limited\n")
    assert list(tmp_path.iterdir()) == [] or done.stdout == "limited\n"


def test_a_folder_that_cannot_be_made_harms_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    disk = DiskCache(tmp_path / "file" / "kept")
    disk.put(KEY, a_run())
    assert disk.get(KEY) is None
    assert "not kept on disk" in caplog.text


# --- in the service ----------------------------------------------------------------------


class Scripted:
    """An engine that computes nothing: every child sends the same messages."""

    limits = Limits()
    n_previews = 0

    def __init__(self, messages: list[bytes]) -> None:
        self.messages, self.started = messages, 0

    def start(self, job: Job) -> Any:
        self.started += 1
        return Child(self.messages)

    def close(self) -> None:
        pass


class Child:
    def __init__(self, messages: list[bytes]) -> None:
        self.stdout = io.BytesIO(b"".join(messages))

    def kill(self) -> None:
        pass

    def wait_reason(self) -> None:
        return None


def watch(engine: Scripted, disk: DiskCache | None) -> tuple[str, list[bytes]]:
    """What a visitor of a freshly started app sees in the end."""
    runs = Runs(engine, disk=disk)
    handle = runs.start(SURFACE, SURFACE.config(), Viewer("ada"))
    assert handle.wait(20)
    seen = handle.state, handle.frames()
    deadline = time.monotonic() + 20  # the run is written after it was shown
    while disk and seen[0] == "finished" and not any(disk._folder.glob("*.run")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    runs.close()
    return seen


def test_a_restarted_app_shows_the_run_at_once(disk: DiskCache) -> None:
    engine = Scripted(a_run())
    first, second = watch(engine, disk), watch(engine, disk)
    assert first == second == ("finished", a_run())
    assert engine.started == 1


def test_without_a_disk_it_computes_again() -> None:
    engine = Scripted(a_run())
    watch(engine, None)
    watch(engine, None)
    assert engine.started == 2


def test_failed_runs_are_not_kept(disk: DiskCache) -> None:
    engine = Scripted(a_run(state="failed"))
    assert watch(engine, disk)[0] == "failed"
    assert watch(engine, disk)[0] == "failed"
    assert engine.started == 2


def test_a_damaged_file_costs_a_computation_and_nothing_else(disk: DiskCache) -> None:
    engine = Scripted(a_run())
    watch(engine, disk)
    only_file(disk).write_bytes(b"damaged")
    assert watch(engine, disk) == ("finished", a_run())
    assert engine.started == 2


def test_a_private_run_never_touches_the_disk_and_is_nobody_elses(disk: DiskCache) -> None:
    engine, shared = Scripted(a_run()), TrainJob.of(SURFACE, SURFACE.config())
    runs = Runs(engine, disk=disk)
    for owner in ("ada", "bob"):
        own = TrainJob(shared.experiment, shared.config, owner=owner)
        handle = runs._open("run", Viewer(owner), own)
        assert handle.wait(20)
        assert handle.frames() == a_run()
    runs.close()
    assert engine.started == 2
    assert not disk._folder.exists()


def test_what_a_clock_measured_is_nobody_elses(disk: DiskCache) -> None:
    """Each visitor has the same run measured for themselves, and it is not kept."""
    lab = find("faster.machine")
    engine = Scripted(a_run())
    runs = Runs(engine, disk=disk)
    for visitor in ("ada", "ada", "bob"):
        assert runs.start(lab, lab.config(), Viewer(visitor)).wait(20)
    runs.close()
    assert engine.started == 2
    assert not disk._folder.exists()
