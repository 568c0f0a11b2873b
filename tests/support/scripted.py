"""An engine whose children do what a test says, so that it can choose what happens next."""

from __future__ import annotations

import threading
import time
from typing import Any

from core.config import Config
from core.frames import encode_end, encode_message
from core.runs import Runs
from core.runs.job import ClaimJob, Job
from core.runs.limits import Limits
from core.words import Note
from devtools.browser import LIVENESS


class Script:
    """Starts children that say nothing of their own accord.

    Attributes:
        children: All that were started, in that order.
        n_refusals: So many times there is no process to be had.
    """

    limits = Limits()
    n_previews = 0

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.threads: list[tuple[threading.Thread, Child | None]] = []
        self.n_refusals = 0

    def start(self, job: Job) -> Child:
        child = None if self.n_refusals else Child(job)
        self.threads.append((threading.current_thread(), child))
        if child is None:
            self.n_refusals -= 1
            raise ChildProcessError("no more processes")
        self.children.append(child)
        return child

    def close(self) -> None:
        for child in self.children:
            child.die()


class Child:
    """One child; also the stream of its messages.

    Attributes:
        killed: The service wants its end, which only comes with `die`.
        ended: It said how the run ended.
        idle: Whoever reads it waits.
    """

    def __init__(self, job: Job) -> None:
        self.job, self.stdout = job, self
        self.killed = self.ended = self.dead = self.idle = False
        self.n_said = 0
        self._bytes = b""
        self._news = threading.Condition()

    def say(self) -> None:
        """The next message of the run."""
        self._put(message(self.job, self.n_said))
        self.n_said += 1

    def end(self, state: str = "finished", error: Note | None = None) -> None:
        self.ended = True
        self._put(encode_end(state, error))

    def die(self) -> None:
        """The process is gone."""
        with self._news:
            self.dead, self.idle = True, False
            self._news.notify_all()

    def _put(self, message: bytes) -> None:
        with self._news:
            self._bytes += message
            self.idle = False
            self._news.notify_all()

    # --- what the service sees -----------------------------------------------------------

    def read(self, n: int) -> bytes:
        with self._news:
            self._wait_for(lambda: len(self._bytes) >= n or self.dead)
            found, self._bytes = self._bytes[:n], self._bytes[n:]
            return found

    def kill(self) -> None:
        self.killed = True

    def wait_reason(self) -> Note | None:
        with self._news:
            self._wait_for(lambda: self.dead)
        return None if self.ended else Note("reason.killed")

    def _wait_for(self, condition: Any) -> None:
        while not condition():
            self.idle = True
            self._news.wait()
        self.idle = False

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *error: object) -> None:
        pass


class Tiny(Config):
    """What distinguishes the runs of these tests is their seed."""


def seed_of(job: Job) -> int:
    """By which the jobs of one kind differ."""
    return job.first_seed if isinstance(job, ClaimJob) else job.config["seed"]


def message(job: Job, index: int) -> bytes:
    """A run's message of that number: the same for every computation of the job."""
    kind = "frame" if index else "start"
    return encode_message({"type": kind, "job": job.to_json(), "index": index}, bytes(50))


def settle(runs: Runs, script: Script) -> None:
    """Waits until every thread of the service waits for a child, or has ended."""
    deadline = time.monotonic() + LIVENESS
    while not _settled(runs, script):
        assert time.monotonic() < deadline, "the service does not come to rest"
        time.sleep(0.0002)


def _settled(runs: Runs, script: Script) -> bool:
    with runs._changed:
        started = [run.process for run in runs._queue.running]
    script.threads = [(t, child) for t, child in script.threads if t.is_alive()]
    return all(child is not None and child.idle for child in started) and all(
        child is not None and child.idle for _, child in script.threads
    )
