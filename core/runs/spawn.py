"""Runs in warm processes that are used again, for platforms that cannot fork safely.

A process is given one job after the other. A run that nobody wants is stopped between two
frames; a process that does not answer such a request is killed, and one whose run failed ends
by itself, since what it left behind is unknown.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import Any, BinaryIO, cast

from core.frames import header_of, read_message
from core.runs.engine import (
    CLOSED,
    EXIT_SECONDS,
    NoProcessError,
    Process,
    launch,
    reason_of,
    settings_of,
)
from core.runs.job import Job
from core.runs.limits import Limits
from core.runs.stream import stream_of
from core.words import Note

ANSWER_SECONDS = 0.2
"""How long a process may take to stop a run before it is killed."""


class SpawnProcess:
    """One job of a standby."""

    def __init__(self, standby: _Standby, number: int) -> None:
        self.number = number
        self._standby = standby
        self._messages: SimpleQueue[bytes] = SimpleQueue()
        self.stdout = stream_of(self._messages.get)
        self._ended = threading.Event()
        self._reason: Note | None = None

    def kill(self) -> None:
        if not self.ended:
            self._standby.stop(self)

    def wait_reason(self) -> Note | None:
        if not self._ended.wait(EXIT_SECONDS):
            self._standby.popen.kill()
            self._ended.wait(EXIT_SECONDS)
        return self._reason

    @property
    def ended(self) -> bool:
        """Whether no further message comes."""
        return self._ended.is_set()

    def receive(self, message: bytes) -> None:
        """Called by the standby's listener."""
        self._messages.put(message)

    def end(self, reason: Note | None) -> None:
        """Called by the standby's listener; the first time counts."""
        if not self.ended:
            self._reason = reason
            self._ended.set()
            self._messages.put(b"")


class _Standby:
    """The app's side of one process.

    Args:
        settings: Its command line argument.
        on_ready: Called when it has done a job and may be given another.
        on_end: Called when it has ended.
    """

    def __init__(
        self,
        settings: str,
        on_ready: Callable[[_Standby], None],
        on_end: Callable[[_Standby], None],
    ) -> None:
        self.popen = launch("core.runs.worker", [settings], pipes=subprocess.PIPE)
        self.idle_since = time.monotonic()
        self._on_ready, self._on_end = on_ready, on_end
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._numbers = itertools.count()
        threading.Thread(target=self._listen, name="standby", daemon=True).start()

    def give(self, job: Job) -> SpawnProcess | None:
        """Starts a job; None when the process has died."""
        process = SpawnProcess(self, next(self._numbers))
        with self._lock:
            if self.popen.poll() is not None:
                return None
            self._process = process
        try:
            self._say({"run": process.number, "job": job.to_json()})
        except OSError:
            return None
        return process

    def stop(self, process: SpawnProcess) -> None:
        """Asks for the end of a job, and sees to it."""
        with contextlib.suppress(OSError):  # it has died, which is an end too
            self._say({"stop": process.number})
        timer = threading.Timer(ANSWER_SECONDS, self._kill_unless_ended, [process])
        timer.daemon = True
        timer.start()

    def retire(self) -> None:
        """Lets an idle process end: without an app it has nothing to do."""
        assert self.popen.stdin
        with contextlib.suppress(OSError):
            self.popen.stdin.close()

    def _say(self, order: dict[str, Any]) -> None:
        assert self.popen.stdin
        self.popen.stdin.write(json.dumps(order).encode() + b"\n")
        self.popen.stdin.flush()

    def _kill_unless_ended(self, process: SpawnProcess) -> None:
        with self._lock:  # else it might end, and be given the next job, meanwhile
            if not process.ended:
                self.popen.kill()

    def _listen(self) -> None:
        """A thread that passes on what the process writes, to the process's end."""
        stdout = cast(BinaryIO, self.popen.stdout)
        try:
            while (message := read_message(stdout)) is not None:
                self._hear(message)
        except ValueError:  # bytes that are no messages
            self.popen.kill()
        status = self.popen.wait()
        with self._lock:
            if self._process:
                self._process.end(reason_of(status))
        self._on_end(self)
        stdout.close()
        self.retire()

    def _hear(self, message: bytes) -> None:
        header = header_of(message)
        if header["type"] == "ready":
            self.idle_since = time.monotonic()
            self._on_ready(self)
            return
        with self._lock:
            assert self._process
            self._process.receive(message)
            if header["type"] == "end" and header["state"] != "failed":
                self._process.end(None)


class SpawnEngine:
    """Warm processes that do one job after the other. Every platform.

    Args:
        limits: What each job may use.
        modules: Modules outside `core` whose `EXPERIMENTS` may be run too.
        n_standbys: How many are kept when all is quiet; each holds torch, about 250 MB.
    """

    n_previews = 0
    REFILL_SECONDS = 0.3
    """After a start: a standby that warms up at once would slow down the run's first frames."""
    IDLE_SECONDS = 10.0
    """So long more than `n_standbys` are kept: a class that is busy now will be so in a moment."""

    def __init__(
        self, limits: Limits | None = None, modules: Sequence[str] = (), n_standbys: int = 2
    ) -> None:
        self.limits = limits or Limits()
        self._settings = settings_of(self.limits, modules)
        self._n_standbys = n_standbys
        self._lock = threading.Lock()
        self._closed = False
        self._idle: deque[_Standby] = deque()  # those idle for the longest first
        self._all: set[_Standby] = set()
        _after(0, self._refill, n_standbys)

    def start(self, job: Job) -> Process:
        given = (standby.give(job) for standby in self._candidates())
        process = next((process for process in given if process), None)
        _after(self.REFILL_SECONDS, self._refill, 1)  # the next visitor's; others come back
        if process is None:
            raise NoProcessError(Note("reason.no_process"))
        return process

    def close(self) -> None:
        with self._lock:
            self._closed = True
            standbys = list(self._all)
            self._idle.clear()
        for standby in standbys:
            standby.popen.kill()
        for standby in standbys:
            standby.popen.wait()

    def _candidates(self) -> Iterator[_Standby]:
        """The standbys, the one used last first, then a new one for want of a living one."""
        while True:
            with self._lock:
                if self._closed:
                    raise RuntimeError(CLOSED)
                if not self._idle:
                    standby = self._new()
                    break
                standby = self._idle.pop()
            yield standby
        yield standby

    def _refill(self, n: int) -> None:
        with self._lock:
            while len(self._idle) < n and not self._closed:
                self._idle.appendleft(self._new())

    def _new(self) -> _Standby:
        standby = _Standby(self._settings, self._take_back, self._forget)
        self._all.add(standby)
        return standby

    def _take_back(self, standby: _Standby) -> None:
        with self._lock:
            self._idle.append(standby)
            if len(self._idle) > self._n_standbys:
                _after(self.IDLE_SECONDS, self._retire)

    def _retire(self) -> None:
        latest = time.monotonic() - self.IDLE_SECONDS
        with self._lock:
            while len(self._idle) > self._n_standbys and self._idle[0].idle_since <= latest:
                self._idle.popleft().retire()

    def _forget(self, standby: _Standby) -> None:
        with self._lock:
            self._all.discard(standby)
            if standby in self._idle:
                self._idle.remove(standby)


def _after(seconds: float, action: Callable[..., None], *arguments: Any) -> None:
    timer = threading.Timer(seconds, action, arguments)
    timer.daemon = True
    timer.start()
