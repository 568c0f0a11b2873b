"""A run: one computation, from its place in the queue to its end marker."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from core.config import Config
from core.experiment import Experiment
from core.frames import encode_end, header_of
from core.runs.counts import Counts
from core.runs.engine import Process
from core.runs.job import ClaimJob, Job, TrainJob
from core.runs.limits import MAX_HISTORY_BYTES
from core.words import RUN, Note, phrase

State = Literal["waiting", "running", "finished", "failed", "stopped"]

OVERDUE_SECONDS = 5.0
"""How long after its time limit a child that did not end itself is killed."""

_log = logging.getLogger(__name__)


def run_name(experiment: Experiment, config: Config) -> str:
    """The name of that configuration's run, the same for everybody: twelve digits."""
    return name_of(TrainJob.of(experiment, config).key)


def name_of(key: str) -> str:
    """A run's name, from the key of its job."""
    return key[:12]


class Watcher(Protocol):
    """What a run knows of those who look at it."""

    @property
    def visitor(self) -> str:
        """Whose turn in the queue it takes."""

    def tell(self) -> None:
        """Says that there is news."""


class Run:
    """One computation, however many look at it. It owns its life, and the child's.

    Args:
        key: Of the job.
        job: What is computed.
        changed: The service's lock, which guards everything here, and notifies of news.
        counts: The service's.
        put_away: Called, with the lock held, when the run is over.

    Attributes:
        watchers: Who looks at it.
        process: The child that computes it.
        preview: The child that computes, while it waits, what it begins with.
        previewed: Whether there was or is such a child.
        deadline: When its child is killed, on the monotonic clock.
        asked: When it was asked for, on the same clock.
        from_disk: It was read from the disk, and nobody has asked for it since.
    """

    def __init__(
        self, key: str, job: Job, changed: threading.Condition, counts: Counts,
        put_away: Callable[[Run], None],
    ) -> None:
        self.key, self.job = key, job
        self.state: State = "waiting"
        self.error: Note | None = None
        self.messages: list[bytes] = []
        self.n_bytes = 0
        self.watchers: set[Watcher] = set()
        self.process: Process | None = None
        self.preview: Process | None = None
        self.previewed = False
        self._n_previewed = 0  # messages that its own child says once more
        self.deadline = float("inf")
        self.asked = time.monotonic()
        self.from_disk = False
        self._changed, self._counts, self._put_away = changed, counts, put_away

    @property
    def over(self) -> bool:
        """Whether no further message comes."""
        return self.state in ("finished", "failed", "stopped")

    def log(self, event: str, **fields: Any) -> None:
        """Notes an event with the seconds since the run was asked for; not who asked."""
        about = {"run": name_of(self.key), "experiment": self.job.experiment}
        if isinstance(self.job, ClaimJob):
            about["claim"] = self.job.claim
        seconds = round(time.monotonic() - self.asked, 3)
        _log.info(event, extra={"fields": {**about, "seconds": seconds, **fields}})

    def recall(self, messages: Sequence[bytes]) -> None:
        """Takes the whole history of a run that finished before the app started."""
        for message in messages:
            self._add(message)
        self.state, self.from_disk = "finished", True

    def foresee(self, message: bytes) -> bool:
        """Takes the preview's next message; whether it still waits, and more is of use."""
        with self._changed:
            if self.state != "waiting" or header_of(message)["type"] == "end":
                return False
            self._take(message)
            self._n_previewed += 1
            return True

    def receive(self, message: bytes, seconds: float) -> None:
        """Takes the child's next message.

        Args:
            message: As in `core.frames`.
            seconds: How long the child may compute, counted from its first message.
        """
        header = header_of(message)
        with self._changed:
            if self.over:
                return
            if self.deadline == float("inf"):  # it is warm and begins now
                self.deadline = time.monotonic() + seconds + OVERDUE_SECONDS
            if header["type"] == "end":
                error = header["error"]
                self._settle(header["state"], error and Note.read(error), message)
            elif self._n_previewed:  # the same bytes: there is no clock in a message
                self._n_previewed -= 1
            elif self.n_bytes + len(message) > MAX_HISTORY_BYTES:
                self.fail(Note("run.too_long", {"mb": MAX_HISTORY_BYTES // 2**20}))
            else:
                self._take(message)

    def lose(self, reason: Note) -> None:
        """Its child has ended, or never began; a run that is not over fails with it."""
        if not self.over:
            self.fail(Note("run.ended" if self.process else "run.not_begun", {"reason": reason}))
        self.process = None

    def fail(self, error: Note) -> None:
        """Ends it for all, and says why; the lock is held."""
        self._settle("failed", error, encode_end("failed", error))

    def abandon(self) -> None:
        """Nobody looks at it any more; the lock is held."""
        self.state = "stopped"
        self._counts.ends["stopped"] += 1
        self.log("run ended", state="stopped", frames=max(len(self.messages) - 1, 0))
        self._put_away(self)
        for process in (self.process, self.preview):
            if process:
                process.kill()

    def tell(self) -> None:
        """Says to all who look at it that there is news; without the lock."""
        with self._changed:
            watchers = list(self.watchers)
        for watcher in watchers:
            watcher.tell()

    def _take(self, message: bytes) -> None:
        if len(self.messages) == 1:  # after the start message
            self._counts.first_frame(time.monotonic() - self.asked)
            self.log("first frame")
        self._add(message)
        self._changed.notify_all()

    def _settle(self, state: State, error: Note | None, end: bytes) -> None:
        self._add(end)
        self.state, self.error = state, error
        self._counts.ends[state] += 1
        why = error and (error.key if self.job.private else phrase(error, RUN))
        self.log("run ended", state=state, reason=why,
                 frames=len(self.messages) - 2)
        self._put_away(self)
        self._changed.notify_all()

    def _add(self, message: bytes) -> None:
        self.messages.append(message)
        self.n_bytes += len(message)
