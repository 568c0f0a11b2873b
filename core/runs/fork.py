"""Runs as children of a warm fork server. Linux."""

from __future__ import annotations

import itertools
import json
import os
import socket
import threading
from collections.abc import Sequence
from typing import Any, BinaryIO

from core.runs.engine import CLOSED, EXIT_SECONDS, Process, launch, reason_of, settings_of
from core.runs.job import Job
from core.runs.limits import Limits
from core.words import Note


class ForkProcess:
    """A child of the fork server."""

    def __init__(self, server: _ForkServer, number: int, stdout: BinaryIO) -> None:
        self.stdout = stdout
        self._server, self._number = server, number
        self._ended = threading.Event()
        self._reason: Note | None = None

    def kill(self) -> None:
        self._server.say({"kill": self._number})

    def wait_reason(self) -> Note | None:
        if not self._ended.wait(EXIT_SECONDS):
            self.kill()
            self._ended.wait(EXIT_SECONDS)
        return self._reason

    def end(self, reason: Note | None) -> None:
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
        reason = reason_of(self.popen.wait()) or Note("reason.exit", {"status": 0})
        with self._lock:
            self._gone = True
            left, self._processes = self._processes, {}
            self._control.close()
        for process in left.values():
            process.end(Note("reason.server", {"reason": reason}))

    def _hear(self, notice: dict[str, Any]) -> None:
        with self._lock:
            process = self._processes.pop(notice["exited"])
        process.end(reason_of(notice["status"]))


class ForkEngine:
    """One warm fork server, started again when it has died. Linux.

    Args:
        limits: What each child may use.
        modules: Modules outside `core` whose `EXPERIMENTS` may be run too.
    """

    n_previews = 4

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
