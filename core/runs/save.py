"""A run's messages as a file, for those who take it away.

It is made in a process of its own: the app neither decodes frames nor loads what writes files.

    python -m core.runs.save .nc      messages on its standard input, the file on its output
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from core.checking import history
from core.concepts import find
from core.files import READERS
from core.frames import decode_frame, header_of, read_message
from core.runs.engine import surroundings
from core.runs.limits import be_nice
from core.runs.settings import from_environment
from core.scripts import WRITERS

if TYPE_CHECKING:
    import xarray

KINDS = (*READERS, ".py")
"""Those from which `core.files.open_history` makes the data set again, and a script; a table is
made by the browser.
"""
AT_A_TIME = 2
SECONDS = 60.0
REFUSED = 3
"""The status of a child that says why there can be no such file."""
_places = threading.Semaphore(AT_A_TIME)


def saved(messages: Sequence[bytes], kind: str) -> bytes:
    """The file with the frames of a run so far.

    Args:
        messages: Of the run, the start message first.
        kind: One of `KINDS`.

    Raises:
        ValueError: For another kind, where there is no frame yet, or no such file of this run.
        OSError: It could not be made, or not in time.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is not allowed. Allowed: {', '.join(KINDS)}")
    if len(messages) < 2:
        raise ValueError("there is no frame yet")
    if not _places.acquire(timeout=SECONDS):
        raise TimeoutError("too many files are being made")
    try:
        return _made(b"".join(messages), kind)
    finally:
        _places.release()


def _made(stream: bytes, kind: str) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, kind], input=stream, stdout=subprocess.PIPE,
            timeout=SECONDS, **surroundings())
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"it took longer than {SECONDS:g} s") from error
    if done.returncode == REFUSED:
        raise ValueError(done.stdout.decode())
    if done.returncode:
        raise OSError(f"its process ended with status {done.returncode}")
    return done.stdout


def data_of(stream: BinaryIO) -> xarray.Dataset:
    """The labelled data set of the frames in a run's messages."""
    start = header_of(read_message(stream) or b"")
    experiment = find(start["experiment"])
    config = experiment.config.model_validate(start["config"])
    messages = iter(lambda: read_message(stream), None)
    frames = [decode_frame(m) for m in messages if header_of(m)["type"] == "frame"]
    return history(experiment, config, frames)


def main() -> None:
    """The child."""
    be_nice(from_environment().limits.nice)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"run{sys.argv[1]}"
        data = data_of(sys.stdin.buffer)
        try:
            WRITERS[path.suffix](data, path)
        except ValueError as error:
            sys.stdout.buffer.write(str(error).encode())
            sys.exit(REFUSED)
        sys.stdout.buffer.write(path.read_bytes())


if __name__ == "__main__":
    main()
