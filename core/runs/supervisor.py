"""The cluster's side of a run: a Dask task that looks after a killable child on its machine.

A worker is started with `--preload core.runs.supervisor` and so has an engine of its own,
warm before the first run. The task is named after the run's key: however many app servers
ask, the scheduler computes it once, and again elsewhere when its worker is lost. When nobody
wants it any more the scheduler releases it, and the child is killed.

Messages never pass through the scheduler, which would keep them. App servers ask the worker
itself (`messages`): whoever comes late gets everything from the first message on, and who has
a part from a lost worker gets the rest, if that part is what was computed here as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import threading
from typing import Any

from distributed import Reschedule, Worker, WorkerPlugin, get_worker

from core.frames import read_message
from core.runs.engine import Engine, Process, reason_in
from core.runs.job import from_json
from core.runs.limits import MAX_HISTORY_BYTES
from core.runs.local import local_engine
from core.runs.settings import from_environment
from core.sources import digests
from core.words import Note

NAME = "runs"
ASK_SECONDS = 2.0
"""How long a question waits for news before it is answered without any."""
ANSWER_BYTES = 4 * 2**20
"""About so much is told at once."""


def next_digest(digest: bytes, message: bytes) -> bytes:
    """Of a history that is one message longer; that of the empty one is `b""`."""
    return hashlib.sha256(digest + message).digest()


class History:
    """The messages of one run so far. Only ever changed in the worker's event loop.

    Attributes:
        digests: Of the first n messages, for each n.
        over: No further message comes.
        reason: Then why the run has no end marker; None when it has one.
        released: Nobody wants the run any more.
    """

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.digests = [b""]
        self.over = self.released = False
        self.reason: Note | None = None
        self.process: Process | None = None
        self._lock = threading.Lock()
        self._news = asyncio.Event()

    def add(self, message: bytes) -> None:
        self.digests.append(next_digest(self.digests[-1], message))
        self.messages.append(message)
        self._news.set()

    def end(self, reason: Note | None) -> None:
        self.over, self.reason = True, reason
        self._news.set()

    def attend(self, process: Process) -> None:
        """From now on releasing the run kills this process; at once if that has happened."""
        with self._lock:
            self.process = process
        if self.released:
            process.kill()

    def release(self) -> None:
        with self._lock:
            self.released = True
            process = self.process
        if process:
            process.kill()
        self.end(Note("reason.unwanted"))

    async def wait(self, since: int) -> None:
        """Returns when there are messages from that number on, or none will come."""
        while len(self.messages) <= since and not self.over:
            self._news.clear()
            await self._news.wait()

    def part(self, since: int) -> list[bytes]:
        """Messages from that number on, about `ANSWER_BYTES` of them."""
        part, n_bytes = [], 0
        for message in self.messages[since:]:
            part.append(message)
            n_bytes += len(message)
            if n_bytes >= ANSWER_BYTES:
                break
        return part


class Supervisor(WorkerPlugin):
    """All runs of one Dask worker.

    Args:
        engine: Starts the children; closed with the worker.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._closing = False
        self._histories: dict[str, History] = {}

    def setup(self, worker: Worker) -> None:
        self._worker, self._loop = worker, asyncio.get_running_loop()
        worker.handlers["run_messages"] = self.messages

    def teardown(self, worker: Worker) -> None:
        self._closing = True
        self.engine.close()

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Called by the worker in its loop: before a task begins, and when it is released."""
        if finish == "executing":
            self._histories[key] = History()
        elif finish == "released" and (history := self._histories.pop(key, None)):
            history.release()

    def supervise(self, key: str, job: Any, source: str) -> None:
        """Does the job to its end, in a thread of the worker.

        Raises:
            Reschedule: The run was released meanwhile: Dask forgets the task, unless
                somebody asked again. Or the worker closes: another one begins anew.
        """
        history = self._histories.get(key)
        if history is None:
            raise Reschedule
        reason = self._do(history, job, source)
        if history.released or self._closing:
            raise Reschedule
        self._loop.call_soon_threadsafe(history.end, reason)

    def _do(self, history: History, job: Any, source: str) -> Note | None:
        try:
            known = from_json(job)
            if source != known.sources:
                return Note("reason.other_sources", {"address": self._worker.address})
            return self._relay(history, self.engine.start(known))
        except Exception as error:  # no job, no process, or bytes that are no messages
            return reason_in(error)

    def _relay(self, history: History, process: Process) -> Note | None:
        history.attend(process)
        n_bytes = 0
        with process.stdout:
            while (message := read_message(process.stdout)) is not None:
                self._loop.call_soon_threadsafe(history.add, message)
                n_bytes += len(message)
                if n_bytes > MAX_HISTORY_BYTES:  # the app servers say so in words
                    process.kill()
                    break
        return process.wait_reason()

    async def messages(self, key: str, since: int, digest: bytes) -> dict[str, Any]:
        """Answers an app server that has the first `since` messages, with that digest.

        Returns:
            "messages" that follow, none after some time without news; "over" when there will
            be no others, "reason" as in `History`. Nothing at all when the run is not here.
        """
        history = self._histories.get(key)
        if history is None:
            return {}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(history.wait(since), ASK_SECONDS)
        n_messages = len(history.messages)
        if since > n_messages and not history.over:
            return {"messages": [], "over": False}
        if history.digests[min(since, n_messages)] != digest:
            differs = Note("reason.differs", {"address": self._worker.address})
            return {"messages": [], "over": True, "reason": differs.plain()}
        part = history.part(since)
        over = history.over and since + len(part) == n_messages
        reason = history.reason and history.reason.plain()
        return {"messages": part, "over": over, "reason": reason}


class Order(str):
    """A job as text. Dask's logs show what a task was given: here no visitor's own data."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<a job>"


def supervise(job: str, source: str) -> None:
    """The Dask task.

    Args:
        job: A `Job.to_json`: names and values, checked here and by the child.
        source: The `Job.sources` of who asks.
    """
    worker = get_worker()
    plugin = worker.plugins.get(NAME)
    if not isinstance(plugin, Supervisor):
        raise RuntimeError(f"the cluster's worker at {worker.address} was not started with "
                           f"--preload {__name__}")
    plugin.supervise(worker.get_current_task(), json.loads(job), source)


async def dask_setup(worker: Worker) -> None:
    """Called by `dask worker --preload core.runs.supervisor`."""
    await install(worker, local_engine(limits=from_environment().limits))


async def install(worker: Worker, engine: Engine) -> None:
    """Makes a worker one that does runs, with that engine."""
    # the worker keeps the code that it started with; reading it must not hold up its greeting
    threading.Thread(target=digests, name="sources", daemon=True).start()
    await worker.plugin_add(plugin=Supervisor(engine), name=NAME)
