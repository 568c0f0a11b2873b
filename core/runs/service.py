"""One service for all visitors: start, follow, share, stop and cache runs.

A run is identified by what it computes (experiment, configuration, source code), so two
visitors who ask for the same share one computation. It lives as long as somebody looks at
it. Everything here is guarded by one lock, held only for bookkeeping.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from core.clocked import Clocked
from core.config import Config
from core.experiment import Claim, Experiment
from core.frames import read_message
from core.runs.cache import BoundedCache
from core.runs.choose import choose_engine
from core.runs.counts import Counts
from core.runs.disk import DiskCache
from core.runs.engine import Engine, NoProcessError, Process, reason_in
from core.runs.handle import Handle, Slot
from core.runs.job import ClaimJob, Job, PreviewJob, Private, TrainJob
from core.runs.queue import FairQueue
from core.runs.run import Run
from core.runs.viewer import Viewer
from core.words import Note

FORGET_SECONDS = 3600.0
"""When the handle of a run that is over is forgotten after its last stream."""

_log = logging.getLogger(__name__)


class Runs:
    """All runs of this app. Thread-safe.

    Args:
        engine: Where runs are computed; `choose_engine()` when omitted. Closed with this.
        max_cache_bytes: Of the histories of runs that are over.
        max_runs: How many children compute at a time; further runs wait, and start in turns
            of those who asked for them.
        max_per_visitor: How many of them may be one visitor's.
        lease_seconds: For how long an unfinished run is kept without a stream that reads it;
            `FIRST_LEASES` times as long before the first one comes, and `LEFT_SECONDS` at most
            after its viewer said that they leave.
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
        self._slots: dict[Slot, Handle] = {}
        # Waiting, running and finished runs that somebody (a handle, the cache) still holds.
        self._by_key: WeakValueDictionary[str, Run] = WeakValueDictionary()
        self._over: BoundedCache[Run] = BoundedCache(max_cache_bytes)
        # A run counts as running until its child has been seen to end.
        self._queue: FairQueue[Run] = FairQueue(max_runs, max_per_visitor)
        self._foreseeing: set[Run] = set()
        self._counts = Counts()
        self._watching = threading.Thread(target=self._watch, name="runs", daemon=True)
        self._watching.start()

    def start(
        self, experiment: Experiment, config: Config, viewer: Viewer,
        private: Private | None = None,
    ) -> Handle:
        """The viewer's hold on the run of that configuration; their previous one is closed.

        Asked again for the same, it returns the same handle, even when that run failed or
        was stopped: only `Handle.restart` computes again.

        Args:
            experiment: What to train.
            config: Its validated configuration.
            viewer: The visitor, whose runs take turns with those of others, and which of
                their views: each has one run.
            private: Whose own data it is about, if any: such a run is found by nobody else,
                never kept, and gone when its handles are (`forget`).
        """
        job = TrainJob.of(experiment, config, private)
        if isinstance(experiment, Clocked) and not experiment.shared:
            # seconds are of the moment in which somebody asked
            job = replace(job, owner=job.owner or f"clocked for {viewer.visitor}")
        return self._open(("run", viewer), viewer, job)

    def check(
        self, experiment: Experiment, claim: Claim, n_seeds: int, first_seed: int, viewer: Viewer
    ) -> Handle:
        """The viewer's hold on the check of a claim on the seeds from `first_seed` on.

        Its one frame has the array "held": per seed 1 or 0. A viewer may have one check
        per claim at a time, beside their run.
        """
        job = ClaimJob(experiment.name, claim.name, n_seeds, first_seed)
        return self._open(("claim", experiment.name, claim.name, viewer), viewer, job)

    def handle(self, token: str) -> Handle | None:
        """The open handle of that token."""
        with self._changed:
            return self._handles.get(token)

    def forget(self, owner: str) -> None:
        """Ends and drops all private runs of a visit that is over."""
        with self._changed:
            theirs = [handle for handle in self._handles.values()
                      if isinstance(handle.run.job, TrainJob) and handle.run.job.private
                      and handle.run.job.owner == owner]
        for handle in theirs:
            handle.close()

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

    # --- what handles ask for -------------------------------------------------------------

    def place(self, run: Run) -> int:
        """How many runs start before this one, itself included; 0 once it has begun."""
        return self._queue.place(run)

    def stop(self, handle: Handle) -> None:
        """Ends the run for that handle; see `Handle.stop`."""
        with self._changed:
            if handle.over:
                return
            self._cut(handle)
            if handle.run.over:
                self._keep(handle.run)
        handle.tell()

    def restart(self, handle: Handle) -> None:
        """Computes its run again; see `Handle.restart`."""
        with self._changed:
            if handle.token not in self._handles:
                raise RuntimeError("this handle is closed; start the run again")
            if handle.state not in ("failed", "stopped"):
                return
            handle.run.watchers.discard(handle)
            handle.take(self._find(handle.run.key, handle.run.job))
            self._join(handle)
            self._start_waiting()

    def release(self, handle: Handle) -> None:
        """Forgets the handle; see `Handle.close`."""
        with self._changed:
            if handle.token not in self._handles:
                return
            self._forget(handle)
        handle.tell()

    # --- from a request to a run ------------------------------------------------------------

    def _open(self, slot: Slot, viewer: Viewer, job: Job) -> Handle:
        key = job.key
        self._recall(key, job)
        with self._changed:
            if self._closing.is_set():
                raise RuntimeError("the runs of this app are closed")
            previous = self._slots.get(slot)
            if previous and previous.run.key == key:
                previous.ask_again()
                return previous
            handle = Handle(self, self._changed, slot, viewer, self._find(key, job))
            self._join(handle)
            if previous:  # only now: who waits keeps their turn when they move a slider
                self._forget(previous)
            self._handles[handle.token] = self._slots[slot] = handle
            self._start_waiting()
        if previous:
            previous.tell()
        return handle

    def _new(self, key: str, job: Job) -> Run:
        run = Run(key, job, self._changed, self._counts, self._put_away)
        self._by_key[key] = run
        return run

    def _find(self, key: str, job: Job) -> Run:
        """The run of that key: somebody's, the cache's, or a new one."""
        run = self._by_key.get(key)
        if run is None:
            answer, run = "computed", self._new(key, job)
        elif run.over:
            answer = "disk" if run.from_disk else "memory"
            run.from_disk = False
            self._keep(run)  # asked for last
        else:
            answer = "shared"
        self._counts.answers[answer] += 1
        run.log("run asked for", answer=answer)
        return run

    def _join(self, handle: Handle) -> None:
        handle.run.watchers.add(handle)
        if handle.run.state == "waiting":
            self._queue.wait(handle.run, handle.visitor)

    def _recall(self, key: str, job: Job) -> None:
        """Takes a run that finished before the app started from the disk."""
        if self._disk is None or job.private or key in self._by_key:
            return
        messages = self._disk.get(key)
        with self._changed:
            if messages and key not in self._by_key:
                run = self._new(key, job)
                run.recall(messages)
                self._keep(run)

    def _keep(self, run: Run) -> None:
        if not run.job.private:  # else its handles alone hold it
            self._over.put(run, run, run.n_bytes)

    def _put_away(self, run: Run) -> None:
        """A run is over, and the lock is held: where it is found from now on, if anywhere."""
        if run.state == "stopped":
            self._queue.withdraw(run)
        else:
            self._keep(run)
        if run.state != "finished":  # who asks next has it computed again
            self._by_key.pop(run.key, None)

    # --- from a handle to nobody ------------------------------------------------------------

    def _forget(self, handle: Handle) -> None:
        del self._handles[handle.token], self._slots[handle.slot]
        if handle.over:
            handle.run.watchers.discard(handle)
        else:
            self._cut(handle)

    def _cut(self, handle: Handle) -> None:
        """Ends an unfinished run for one handle; for all when it was the last."""
        run = handle.run
        handle.cut()
        if not run.watchers:
            run.abandon()
        elif all(other.visitor != handle.visitor for other in run.watchers):
            self._queue.leave(run, handle.visitor)
        self._start_waiting()
        self._changed.notify_all()

    # --- children ---------------------------------------------------------------------------

    def _start_waiting(self) -> None:
        while not self._closing.is_set() and (run := self._queue.start()):
            run.state = "running"
            run.log("run started")
            threading.Thread(target=self._follow, args=(run,), name="run", daemon=True).start()
        self._preview_waiting()

    def _preview_waiting(self) -> None:
        """Who has to wait sees at least what their run begins with, those who came first first."""
        for run in self._queue.waiting:
            if self._closing.is_set() or len(self._foreseeing) >= self._engine.n_previews:
                return
            if isinstance(run.job, TrainJob) and not run.previewed:
                run.previewed = True
                self._foreseeing.add(run)
                threading.Thread(
                    target=self._foresee, args=(run,), name="preview", daemon=True).start()

    def _foresee(self, run: Run) -> None:
        """A reader thread: of a child that ends after the first frame."""
        assert isinstance(run.job, TrainJob)
        try:
            process = self._engine.start(PreviewJob.of_job(run.job))
            with self._changed:
                run.preview = process
            with process.stdout:
                while (message := read_message(process.stdout)) and run.foresee(message):
                    run.tell()
            process.kill()  # what it may still do, nobody waits for
            process.wait_reason()
        except (NoProcessError, OSError) as error:  # its own child will tell
            _log.warning("a run has no preview: %s", error)
        finally:
            with self._changed:
                run.preview = None
                self._foreseeing.discard(run)
                self._preview_waiting()

    def _follow(self, run: Run) -> None:
        """A reader thread: from the child's start to its end."""
        try:
            reason = self._relay(run, self._engine.start(run.job))
        except (NoProcessError, OSError) as error:
            _log.warning("a run has no process: %s", error)
            reason = reason_in(error)
        except Exception as error:  # bytes that are no messages
            _log.exception("a run's process failed")
            reason = reason_in(error)
        with self._changed:
            run.lose(reason)
            self._queue.end(run)
            self._start_waiting()
        run.tell()
        if self._disk and run.state == "finished" and not run.job.private:
            self._disk.put(run.key, run.messages)

    def _relay(self, run: Run, process: Process) -> Note:
        """Takes the child's messages until the run is over or the child ends; says how."""
        with self._changed:
            run.process = process
        with process.stdout:
            try:
                while not run.over and (message := read_message(process.stdout)) is not None:
                    run.receive(message, self._engine.limits.seconds)
                    run.tell()
            finally:
                if run.over:
                    process.kill()  # what it may still do, nobody waits for
                reason = process.wait_reason()
        return reason or Note("reason.silent")

    # --- leases -----------------------------------------------------------------------------

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
            run.tell()
        for handle in expired:
            handle.close()
        for run in overdue:
            self._end_overdue(run)

    def _expired(self, handle: Handle, now: float) -> bool:
        if not handle.unread(now, self._lease_seconds):
            return False
        run = handle.run
        forgotten = run.over and run not in self._over and not run.job.private
        return not handle.over or forgotten or now - handle.idle_since > FORGET_SECONDS

    def _end_overdue(self, run: Run) -> None:
        with self._changed:
            if not run.over and run.process:
                run.fail(self._engine.limits.out_of_time)
                run.process.kill()
        run.tell()
