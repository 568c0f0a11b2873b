"""One service for all visitors: start, follow, share, stop and cache runs.

A run is identified by what it computes (experiment, configuration, source code), so two
visitors who ask for the same share one computation. It lives as long as somebody looks at
it. Everything here is guarded by one lock, held only for bookkeeping.
"""

from __future__ import annotations

import functools
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal
from weakref import WeakValueDictionary

from core.config import Config
from core.experiment import Change, Claim, Experiment
from core.frames import encode_end, header_of, read_message
from core.runs.cache import BoundedCache
from core.runs.choose import choose_engine
from core.runs.counts import Counts
from core.runs.disk import DiskCache
from core.runs.engine import Engine, Process
from core.runs.job import ClaimJob, Job, TrainJob
from core.runs.limits import MAX_HISTORY_BYTES
from core.runs.queue import FairQueue

State = Literal["waiting", "running", "finished", "failed", "stopped"]

FORGET_SECONDS = 3600.0
"""After so long without a stream the handle of a run that is over is forgotten."""
FIRST_LEASES = 6
"""So many leases long a handle waits for its first stream: a busy machine's browser is late."""
OVERDUE_SECONDS = 5.0
"""So long after its time limit a child that did not end itself is killed."""

_ENDED = (
    "The process that trained this run ended unexpectedly ({reason}). "
    "Press Run again, or change a setting."
)
_NOT_BEGUN = "This run could not be started ({reason}). Press Run again, or change a setting."
_TOO_LONG = (
    f"The run produced more than {MAX_HISTORY_BYTES // 2**20} MB of frames. "
    "Choose fewer seeds or methods."
)

_log = logging.getLogger(__name__)


def run_name(experiment: Experiment, config: Config, changes: Sequence[Change] = ()) -> str:
    """The name of that configuration's run, the same for everybody: twelve digits."""
    return _name(TrainJob.of(experiment, config, changes).key)


def _name(key: str) -> str:
    return key[:12]


class _Run:
    """One computation, however many handles look at it. `handles` holds the open ones."""

    def __init__(self, key: str, job: Job) -> None:
        self.key, self.job = key, job
        self.state: State = "waiting"
        self.error: str | None = None
        self.messages: list[bytes] = []
        self.n_bytes = 0
        self.handles: set[Handle] = set()
        self.process: Process | None = None
        self.deadline = float("inf")
        self.asked = time.monotonic()
        self.from_disk = False

    @property
    def over(self) -> bool:
        return self.state in ("finished", "failed", "stopped")

    def log(self, event: str, **fields: Any) -> None:
        """Notes an event, so many seconds after the run was asked for; not who asked."""
        about = {"run": _name(self.key), "experiment": self.job.experiment}
        if isinstance(self.job, ClaimJob):
            about["claim"] = self.job.claim
        seconds = round(time.monotonic() - self.asked, 3)
        _log.info(event, extra={"fields": {**about, "seconds": seconds, **fields}})

    def add(self, message: bytes) -> None:
        self.messages.append(message)
        self.n_bytes += len(message)


class Handle:
    """A viewer's hold on a run. Thread-safe; made by `Runs.start` and `Runs.check`.

    Attributes:
        token: Unguessable name under which `Runs.handle` finds it; begins with the
            run's name (`run_name`), so that two holds on the same run are known as such.
        viewer: Who asked.
    """

    def __init__(self, runs: Runs, slot: str, viewer: str, name: str) -> None:
        self.token = f"{name}-{secrets.token_urlsafe(16)}"
        self.viewer = viewer
        self._runs, self._slot = runs, slot
        self._run: _Run  # by `Runs._join`
        self._changed = runs._changed
        self._cut: int | None = None  # how many messages this viewer had when he stopped
        self._n_streams = 0
        self._was_read = False
        self._idle_since = time.monotonic()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def experiment(self) -> str:
        """The name of the experiment that it is about."""
        return self._run.job.experiment

    @property
    def state(self) -> State:
        with self._changed:
            return self._run.state if self._cut is None else "stopped"

    @property
    def error(self) -> str | None:
        """A full sentence when the run failed."""
        with self._changed:
            return self._run.error if self._cut is None else None

    @property
    def place(self) -> int:
        """How many runs start before this one, itself included; 0 once it has begun."""
        with self._changed:
            return self._runs._queue.place(self._run) if self._cut is None else 0

    def frames(self, since: int = 0) -> list[bytes]:
        """The messages from that index on; 0 is the start message, the last the end marker."""
        with self._changed:
            if self._cut is None:
                return self._run.messages[since:]
            return [*self._run.messages[: self._cut], encode_end("stopped")][since:]

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Has a function called after each new message; returns what ends that.

        It is called in a thread of the service, so it must be cheap and must not wait; once
        it raised it is not called again.
        """
        with self._changed:
            self._callbacks.append(callback)
        return functools.partial(self._unsubscribe, callback)

    def _unsubscribe(self, callback: Callable[[], None]) -> None:
        with self._changed:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def wait(self, timeout: float | None = None, n_messages: float = float("inf")) -> bool:
        """Whether the run was over, in any way, or so far, within so many seconds."""
        with self.attach(), self._changed:
            return self._changed.wait_for(
                lambda: self._over or len(self._run.messages) >= n_messages, timeout
            )

    @contextmanager
    def attach(self) -> Iterator[None]:
        """Held by a stream while it is read: the lease does not end meanwhile."""
        with self._changed:
            self._n_streams += 1
            self._was_read = True
        try:
            yield
        finally:
            with self._changed:
                self._n_streams -= 1
                self._idle_since = time.monotonic()

    def stop(self) -> None:
        """Ends the run for this viewer; the computation when nobody else looks at it."""
        self._runs._stop(self)

    def restart(self) -> None:
        """Computes a failed or stopped run again; streams opened from now on see it all.

        Does nothing in another state. Raises `RuntimeError` for a closed handle.
        """
        self._runs._restart(self)

    def close(self) -> None:
        """Lets go: the token is forgotten, and a run that nobody else looks at is killed."""
        self._runs._close(self)

    @property
    def _visitor(self) -> str:
        return self.viewer.partition("/")[0]

    @property
    def _over(self) -> bool:
        return self._cut is not None or self._run.over

    def _tell(self) -> None:
        with self._changed:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            try:
                callback()
            except Exception:  # a viewer's fault must not end the run for the others
                _log.exception("a subscriber of a run failed")
                self._unsubscribe(callback)


class Runs:
    """All runs of this app. Thread-safe.

    Args:
        engine: Where runs are computed; `choose_engine()` when omitted. Closed with this.
        max_cache_bytes: Of the histories of runs that are over.
        max_runs: How many children compute at a time; further runs wait, and start in turns
            of those who asked for them.
        max_per_visitor: How many of them may be one visitor's.
        lease_seconds: So long an unfinished run is kept without a stream that reads it;
            `FIRST_LEASES` times as long before the first one comes.
        disk: Where finished runs outlast the app; nowhere when omitted.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        max_cache_bytes: int = 256 * 2**20,
        max_runs: int = 8,
        max_per_visitor: int = 3,
        lease_seconds: float = 10.0,
        disk: DiskCache | None = None,
    ) -> None:
        self._engine = engine or choose_engine()
        self._disk = disk
        self._lease_seconds = lease_seconds
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._handles: dict[str, Handle] = {}  # by token
        self._slots: dict[str, Handle] = {}
        # Waiting, running and finished runs that somebody (a handle, the cache) still holds.
        self._by_key: WeakValueDictionary[str, _Run] = WeakValueDictionary()
        self._over: BoundedCache[_Run] = BoundedCache(max_cache_bytes)
        # A run counts as running until its child has been seen to end.
        self._queue: FairQueue[_Run] = FairQueue(max_runs, max_per_visitor)
        self._counts = Counts()
        self._watching = threading.Thread(target=self._watch, name="runs", daemon=True)
        self._watching.start()

    def start(
        self, experiment: Experiment, config: Config, viewer: str, changes: Sequence[Change] = ()
    ) -> Handle:
        """The viewer's hold on the run of that configuration; his previous one is closed.

        Asked again for the same, it returns the same handle, even when that run failed or
        was stopped: only `Handle.restart` computes again.

        Args:
            experiment: What to train.
            config: Its validated configuration.
            viewer: The visitor, whose runs take turns with those of others, and after a slash
                which of his views: "ada/first tab optimizers". Each view has one run.
            changes: What changes while it trains.
        """
        return self._open(f"run {viewer}", viewer, TrainJob.of(experiment, config, changes))

    def check(
        self, experiment: Experiment, claim: Claim, n_seeds: int, first_seed: int, viewer: str
    ) -> Handle:
        """The viewer's hold on the check of a claim on the seeds from `first_seed` on.

        Its one frame has the array "held": per seed 1 or 0. A viewer may have one check
        per claim at a time, beside his run.
        """
        job = ClaimJob(experiment.name, claim.name, n_seeds, first_seed)
        return self._open(f"claim {experiment.name} {claim.name} {viewer}", viewer, job)

    def handle(self, token: str) -> Handle | None:
        """The open handle of that token."""
        with self._changed:
            return self._handles.get(token)

    def snapshot(self) -> dict[str, Any]:
        """What is going on, and the counters of `Counts`, at one moment."""
        with self._changed:
            counts = self._counts
            return {
                "active": len(self._queue.running), "waiting": len(self._queue.waiting),
                "viewers": len(self._handles), "cache_bytes": self._over.n_bytes,
                "answers": dict(counts.answers), "ends": dict(counts.ends),
                "first_frames": list(counts.first_frames),
                "first_frame_seconds": counts.first_frame_seconds,
            }

    @property
    def engine(self) -> str:
        """The kind of the engine, for example "ForkEngine"."""
        return type(self._engine).__name__

    @property
    def alive(self) -> bool:
        """Whether it is open, and looked after."""
        return self._watching.is_alive() and not self._closing.is_set()

    def close(self) -> None:
        """Ends everything: handles, children, the engine."""
        self._closing.set()
        with self._changed:
            handles = list(self._handles.values())
        for handle in handles:
            handle.close()
        self._engine.close()

    def _open(self, slot: str, viewer: str, job: Job) -> Handle:
        key = job.key
        self._recall(key, job)
        with self._changed:
            if self._closing.is_set():
                raise RuntimeError("the runs of this app are closed")
            previous = self._slots.get(slot)
            if previous and previous._run.key == key:
                previous._idle_since = time.monotonic()
                return previous
            handle = Handle(self, slot, viewer, _name(key))
            self._join(handle, key, job)
            if previous:  # only now: who waits keeps his turn when he moves a slider
                self._forget(previous)
            self._handles[handle.token] = self._slots[slot] = handle
            self._start_waiting()
        if previous:
            previous._tell()
        return handle

    def _join(self, handle: Handle, key: str, job: Job) -> None:
        """Gives a handle the run of that key: somebody's, the cache's, or a new one."""
        run = self._by_key.get(key)
        if run is None:
            answer, run = "computed", _Run(key, job)
            self._by_key[key] = run
        elif run.over:
            answer = "disk" if run.from_disk else "memory"
            run.from_disk = False
            self._over.put(run, run, run.n_bytes)  # asked for last
        else:
            answer = "shared"
        self._counts.answers[answer] += 1
        run.log("run asked for", answer=answer)
        handle._run = run
        run.handles.add(handle)
        if run.state == "waiting":
            self._queue.wait(run, handle._visitor)

    def _recall(self, key: str, job: Job) -> None:
        """Takes a run that finished before the app started from the disk."""
        if self._disk is None or job.private or key in self._by_key:
            return
        messages = self._disk.get(key)
        with self._changed:
            if messages and key not in self._by_key:
                run = self._by_key[key] = _Run(key, job)
                for message in messages:
                    run.add(message)
                run.state, run.from_disk = "finished", True
                self._over.put(run, run, run.n_bytes)

    def _stop(self, handle: Handle) -> None:
        with self._changed:
            if handle._over:
                return
            self._cut(handle)
            if handle._run.over:
                self._over.put(handle._run, handle._run, handle._run.n_bytes)
        handle._tell()

    def _close(self, handle: Handle) -> None:
        with self._changed:
            if handle.token not in self._handles:
                return
            self._forget(handle)
        handle._tell()

    def _forget(self, handle: Handle) -> None:
        del self._handles[handle.token], self._slots[handle._slot]
        if handle._over:
            handle._run.handles.discard(handle)
        else:
            self._cut(handle)

    def _cut(self, handle: Handle) -> None:
        """Ends an unfinished run for one handle; for all when it was the last."""
        run = handle._run
        handle._cut = len(run.messages)
        run.handles.discard(handle)
        if not run.handles:
            self._abandon(run)
        elif all(other._visitor != handle._visitor for other in run.handles):
            self._queue.leave(run, handle._visitor)
        self._start_waiting()
        self._changed.notify_all()

    def _abandon(self, run: _Run) -> None:
        run.state = "stopped"
        self._counts.ends["stopped"] += 1
        run.log("run ended", state="stopped", frames=max(len(run.messages) - 1, 0))
        self._by_key.pop(run.key, None)
        self._queue.withdraw(run)
        if run.process:
            run.process.kill()

    def _restart(self, handle: Handle) -> None:
        with self._changed:
            if handle.token not in self._handles:
                raise RuntimeError("this handle is closed; start the run again")
            if handle.state not in ("failed", "stopped"):
                return
            handle._run.handles.discard(handle)
            handle._cut = None
            handle._idle_since = time.monotonic()
            self._join(handle, handle._run.key, handle._run.job)
            self._start_waiting()

    def _start_waiting(self) -> None:
        while not self._closing.is_set() and (run := self._queue.start()):
            run.state = "running"
            run.log("run started")
            threading.Thread(target=self._follow, args=(run,), name="run", daemon=True).start()

    def _follow(self, run: _Run) -> None:
        """A reader thread: from the child's start to its end."""
        try:
            reason = self._relay(run, self._engine.start(run.job))
        except OSError as error:  # no process
            _log.warning("a run has no process: %s", error)
            reason = str(error)
        except Exception as error:  # bytes that are no messages
            _log.exception("a run's process failed")
            reason = str(error)
        with self._changed:
            if not run.over:
                self._fail(run, (_ENDED if run.process else _NOT_BEGUN).format(reason=reason))
            run.process = None
            self._queue.end(run)
            self._start_waiting()
        self._tell(run)
        if self._disk and run.state == "finished" and not run.job.private:
            self._disk.put(run.key, run.messages)

    def _relay(self, run: _Run, process: Process) -> str:
        """Takes the child's messages until the run is over or the child ends; says how."""
        with self._changed:
            run.process = process
        with process.stdout:
            try:
                while not run.over and (message := read_message(process.stdout)) is not None:
                    self._receive(run, message)
                    self._tell(run)
            finally:
                if run.over:
                    process.kill()  # what it may still do, nobody waits for
                reason = process.wait_reason()
        return reason or "it closed its channel too early"

    def _receive(self, run: _Run, message: bytes) -> None:
        header = header_of(message)
        with self._changed:
            if run.over:
                return
            if not run.messages:  # it is warm and begins now
                run.deadline = time.monotonic() + self._engine.limits.seconds + OVERDUE_SECONDS
            if header["type"] == "end":
                self._settle(run, header["state"], header["error"], message)
            elif run.n_bytes + len(message) > MAX_HISTORY_BYTES:
                self._fail(run, _TOO_LONG)
            else:
                if len(run.messages) == 1:  # after the start message
                    self._counts.first_frame(time.monotonic() - run.asked)
                    run.log("first frame")
                run.add(message)
                self._changed.notify_all()

    def _fail(self, run: _Run, error: str) -> None:
        self._settle(run, "failed", error, encode_end("failed", error))

    def _settle(self, run: _Run, state: State, error: str | None, end: bytes) -> None:
        run.add(end)
        run.state, run.error = state, error
        self._counts.ends[state] += 1
        run.log("run ended", state=state, reason=error, frames=len(run.messages) - 2)
        self._over.put(run, run, run.n_bytes)
        if state != "finished":  # who asks next has it computed again
            self._by_key.pop(run.key, None)
        self._changed.notify_all()

    def _tell(self, run: _Run) -> None:
        with self._changed:
            handles = list(run.handles)
        for handle in handles:
            handle._tell()

    def _watch(self) -> None:
        """A thread that looks after the runs until the service is closed."""
        while not self._closing.wait(min(1.0, self._lease_seconds / 4)):
            self._look_after(time.monotonic())

    def _look_after(self, now: float) -> None:
        """Closes handles which nobody reads, ends runs that do not end, and tells those who
        wait.
        """
        with self._changed:
            expired = [h for h in self._handles.values() if self._expired(h, now)]
            overdue = [run for run in self._queue.running if now > run.deadline]
            waiting = self._queue.waiting
        for run in waiting:  # somebody before them may have begun or left
            self._tell(run)
        for handle in expired:
            handle.close()
        for run in overdue:
            self._end_overdue(run)

    def _expired(self, handle: Handle, now: float) -> bool:
        idle = now - handle._idle_since
        n_leases = 1 if handle._was_read else FIRST_LEASES
        if handle._n_streams or idle < n_leases * self._lease_seconds:
            return False
        run = handle._run
        forgotten = run.over and run not in self._over
        return not handle._over or forgotten or idle > FORGET_SECONDS

    def _end_overdue(self, run: _Run) -> None:
        with self._changed:
            if not run.over and run.process:
                self._fail(run, self._engine.limits.out_of_time)
                run.process.kill()
        self._tell(run)
