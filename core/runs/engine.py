"""What every engine is: it starts one killable child process per run.

Children are started as `python -m ...`: a child of `multiprocessing` would execute the app's
`__main__`, which under Streamlit is the page's script.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from core.runs.job import Job
from core.runs.limits import Limits
from core.words import RUN, Note, phrase

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = "RUNS_ENGINE"
EXIT_SECONDS = 5.0
"""How long a child may take to end after its last message."""
CLOSED = "the engine is closed"

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # scikit-learn loads pandas loads Arrow
}


class Process(Protocol):
    """One run's child."""

    stdout: BinaryIO
    """The run's messages; ends when the run does."""

    def kill(self) -> None:
        """Ends the run at once, without waiting for that; does nothing when it has ended."""

    def wait_reason(self) -> Note | None:
        """Waits for the run's end: how it ended, None when it ended well."""


class Engine(Protocol):
    """Starts children. Thread-safe.

    Attributes:
        limits: What each child may use.
        n_previews: So many children more it may start at a time, only for what a run that waits
            begins with; 0 where a child's start costs more than the wait.
    """

    limits: Limits
    n_previews: int

    def start(self, job: Job) -> Process:
        """A child that does the job (see `worker.run_job`); raises `NoProcessError` or
        `OSError` without one.
        """

    def close(self) -> None:
        """Ends all children."""


class NoProcessError(Exception):
    """There is no child for a run, or no longer.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: Note) -> None:
        super().__init__(phrase(reason, RUN))
        self.reason = reason


def reason_of(status: int) -> Note | None:
    """What an exit status means; negative ones are signals; None for success."""
    if status == 0:
        return None
    if status > 0:
        return Note("reason.exit", {"status": status})
    if status == -9:
        return Note("reason.killed")
    return Note("reason.signal", {"number": -status, "name": signal.strsignal(-status)})


def reason_in(error: Exception) -> Note:
    """Why there is no child, from what was raised instead."""
    if isinstance(error, NoProcessError):
        return error.reason
    return Note("reason.other", {"text": str(error)})


def launch(
    module: str, arguments: Sequence[str], pass_fds: Sequence[int] = (), pipes: int | None = None
) -> subprocess.Popen[bytes]:
    """Starts `python -m module` in the checkout, wherever the app was started."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=pipes or subprocess.DEVNULL,
        stdout=pipes,
        pass_fds=pass_fds,
        **surroundings(),
    )


def surroundings() -> dict[str, Any]:
    """Where a child of the app lives: in the checkout, with one thread for each library."""
    return {"cwd": ROOT, "env": os.environ | _ONE_THREAD}


def settings_of(limits: Limits, modules: Sequence[str]) -> str:
    """The child's command line argument; `worker.read_settings` reads it."""
    return json.dumps({"limits": asdict(limits), "modules": list(modules)})
