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
from typing import BinaryIO, Protocol

from core.runs.job import Job
from core.runs.limits import Limits

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

    def wait_reason(self) -> str | None:
        """Waits for the run's end: in words how it ended, None when it ended well."""


class Engine(Protocol):
    """Starts children. Thread-safe.

    Attributes:
        limits: What each child may use.
    """

    limits: Limits

    def start(self, job: Job) -> Process:
        """A child that does the job (see `worker.run_job`); raises `OSError` without one."""

    def close(self) -> None:
        """Ends all children."""


def reason_of(status: int) -> str | None:
    """An exit status in words; negative ones are signals; None for success."""
    if status == 0:
        return None
    if status > 0:
        return f"exit status {status}"
    if status == -9:
        return "killed by signal 9, out of memory or from outside"
    return f"killed by signal {-status}, {signal.strsignal(-status)}"


def launch(
    module: str, arguments: Sequence[str], pass_fds: Sequence[int] = (), pipes: int | None = None
) -> subprocess.Popen[bytes]:
    """Starts `python -m module` in the checkout, wherever the app was started."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | _ONE_THREAD,
        stdin=pipes or subprocess.DEVNULL,
        stdout=pipes,
        pass_fds=pass_fds,
    )


def settings_of(limits: Limits, modules: Sequence[str]) -> str:
    """The child's command line argument; `worker.read_settings` reads it."""
    return json.dumps({"limits": asdict(limits), "modules": list(modules)})
