"""Where runs are computed: one killable child process per run.

`ForkEngine` (Linux) asks a warm fork server, `SpawnEngine` (everywhere) keeps warm standbys,
`ClusterEngine` asks other machines. Children are started as `python -m ...`: a child of
`multiprocessing` would execute the app's `__main__`, which under Streamlit is the page's script.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Protocol

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


def choose_engine(limits: Limits | None = None) -> Engine:
    """The engine that `RUNS_ENGINE` names: "fork", "spawn" or a cluster; else the platform's.

    Args:
        limits: What each child may use.

    Raises:
        ValueError: Another value, "fork" where the platform has no safe fork, or a cluster
            without what it needs.
    """
    name = os.environ.get(VARIABLE, "")
    return _cluster_engine(name, limits) if "://" in name else local_engine(name, limits)


def _cluster_engine(address: str, limits: Limits | None) -> Engine:
    try:
        from core.runs.cluster import ClusterEngine  # loads a library that nothing else needs
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{VARIABLE} is {address!r}, which needs the packages in requirements-cluster.txt"
        ) from error
    return ClusterEngine(address, limits)


def local_engine(name: str = "", limits: Limits | None = None) -> Engine:
    """An engine of this machine: "fork", "spawn", or the platform's when omitted."""
    from core.runs.spawn import SpawnEngine  # which needs what is defined here

    forks = sys.platform == "linux"
    engines = {"fork": ForkEngine, "spawn": SpawnEngine} if forks else {"spawn": SpawnEngine}
    name = name or ("fork" if forks else "spawn")
    if name not in engines:
        allowed = ", ".join(engines)
        raise ValueError(
            f"{VARIABLE} is {name!r}; allowed on this platform: {allowed}, "
            "or a cluster's scheduler: tls://host:port, tcp://host:port"
        )
    return engines[name](limits)


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


class ForkProcess:
    """A child of the fork server."""

    def __init__(self, server: _ForkServer, number: int, stdout: BinaryIO) -> None:
        self.stdout = stdout
        self._server, self._number = server, number
        self._ended = threading.Event()
        self._reason: str | None = None

    def kill(self) -> None:
        self._server.say({"kill": self._number})

    def wait_reason(self) -> str | None:
        if not self._ended.wait(EXIT_SECONDS):
            self.kill()
            self._ended.wait(EXIT_SECONDS)
        return self._reason

    def end(self, reason: str | None) -> None:
        """Called by the server's listener."""
        self._reason = reason
        self._ended.set()


class _ForkServer:
    """The app's side of one fork server process."""

    def __init__(self, settings: str) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            fd = theirs.fileno()
            self.popen = launch("core.runs.forkserver", [str(fd), settings], pass_fds=[fd])
        self.ready = threading.Event()
        self._lock = threading.Lock()
        self._processes: dict[int, ForkProcess] = {}
        self._numbers = itertools.count()
        self._gone = False
        threading.Thread(target=self._listen, name="fork server", daemon=True).start()

    def start(self, job: Job) -> ForkProcess:
        """Raises `ConnectionError` when the server has ended."""
        read, write = os.pipe()
        process = ForkProcess(self, next(self._numbers), os.fdopen(read, "rb"))
        try:
            self._request(process, job, write)
        except OSError:
            process.stdout.close()
            raise
        finally:
            os.close(write)
        return process

    def _request(self, process: ForkProcess, job: Job, write: int) -> None:
        line = json.dumps({"run": process._number, "job": job.to_json()}).encode() + b"\n"
        with self._lock:
            if self._gone:
                raise ConnectionResetError("the fork server has ended")
            sent = socket.send_fds(self._control, [line], [write])
            self._control.sendall(line[sent:])
            self._processes[process._number] = process

    def say(self, request: dict[str, Any]) -> None:
        """Sends a request; one to a server that has ended needs no answer."""
        with self._lock:
            try:
                self._control.sendall(json.dumps(request).encode() + b"\n")
            except OSError:
                self._gone = True

    def _listen(self) -> None:
        """Passes on how each child ended; with the server all of them end."""
        with self._control.makefile("rb") as notices:
            try:
                for line in notices:
                    self._hear(json.loads(line))
            except (OSError, ValueError):
                pass  # it died within a line: the same as at its end
        status = self.popen.wait()
        with self._lock:
            self._gone = True
            left, self._processes = self._processes, {}
            self._control.close()
        for process in left.values():
            process.end(f"the process that starts runs ended: {reason_of(status)}")

    def _hear(self, notice: dict[str, Any]) -> None:
        if "ready" in notice:
            self.ready.set()
            return
        with self._lock:
            process = self._processes.pop(notice["exited"])
        process.end(reason_of(notice["status"]))


class ForkEngine:
    """One warm fork server, started again when it has died. Linux.

    Args:
        limits: What each child may use.
        modules: Modules outside `core` whose `EXPERIMENTS` may be run too.
    """

    def __init__(self, limits: Limits | None = None, modules: Sequence[str] = ()) -> None:
        self.limits = limits or Limits()
        self._settings = settings_of(self.limits, modules)
        self._lock = threading.Lock()
        self._closed = False
        self._server = _ForkServer(self._settings)

    @property
    def pid(self) -> int:
        """The fork server's process id."""
        return self._server.popen.pid

    def wait_ready(self, timeout: float) -> bool:
        """Whether the server was warm within so many seconds. Nobody needs to wait for it."""
        return self._server.ready.wait(timeout)

    def start(self, job: Job) -> Process:
        with self._lock:
            if self._closed:
                raise RuntimeError(CLOSED)
            try:
                return self._server.start(job)
            except ConnectionError:  # killed from outside: only its own runs are lost
                self._server = _ForkServer(self._settings)
                return self._server.start(job)

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._server.popen.kill()  # the kernel ends its children with it
        self._server.popen.wait()
