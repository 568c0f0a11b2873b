"""The app's side of runs that are computed by a cluster: `RUNS_ENGINE=tls://host:port`.

The scheduler only decides where a run's supervisor works (`core.runs.supervisor`) and ends it
when no app server wants it any more, which includes those that died. The messages come from
the worker itself, asked for one after the other; when it is lost the same questions go to the
worker that computes the run again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar
from urllib.parse import urlsplit

from distributed import Client, Future, KilledWorker, Security

from core.runs.engine import CLOSED, VARIABLE, NoProcessError, Process, reason_in
from core.runs.job import Job
from core.runs.limits import Limits
from core.runs.stream import stream_of
from core.runs.supervisor import ASK_SECONDS, Order, next_digest, supervise
from core.words import Note

CONNECT_SECONDS = 5.0
LOST_SECONDS = 10.0
"""A worker that does not answer for so long is asked no more; without any, a run fails."""

_CERTIFICATES = (
    f"{VARIABLE} is {{address!r}}, which needs certificates: set "
    "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY to their files{error}"
)

_log = logging.getLogger(__name__)
T = TypeVar("T")


class ClusterEngine:
    """Runs on the workers of an existing Dask cluster; connects, and again, when it can.

    Args:
        address: The scheduler's.
        limits: What each child may use. The workers have limits of their own.

    Raises:
        ValueError: The address is none, or needs certificates that are not there.
    """

    n_previews = 0

    def __init__(self, address: str, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._address, self._security = address, _security(address)
        self._client: Client | None = None
        self._attempt: asyncio.Task[Client] | None = None
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cluster", daemon=True)
        self._thread.start()
        self._loop.call_soon_threadsafe(self._connect_early)

    def start(self, job: Job) -> Process:
        """Raises `NoProcessError` without a scheduler."""
        if self._closed:
            raise RuntimeError(CLOSED)
        return self.wait(self._start(job))

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.wait(self._leave())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns, which runs in the engine's thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def soon(self, action: Callable[[], object]) -> None:
        """Has the engine's thread call a function, without waiting for that."""
        if not self._closed:
            self._loop.call_soon_threadsafe(action)

    async def _start(self, job: Job) -> ClusterProcess:
        client = await self._connected()
        order = Order(json.dumps(job.to_json()))
        future = client.submit(supervise, order, job.sources, key=f"run-{job.key}")
        return ClusterProcess(self, client, future)

    async def _connected(self) -> Client:
        """The client; everybody who needs one waits for the same attempt to connect."""
        if self._client and self._client.status == "running":
            return self._client
        if self._attempt is None or self._attempt.done():
            self._attempt = asyncio.create_task(self._connect())
        return await asyncio.shield(self._attempt)

    async def _connect(self) -> Client:
        await self._disconnect()
        client = Client(
            self._address, security=self._security, timeout=CONNECT_SECONDS,
            asynchronous=True, set_as_default=False,
        )
        try:
            self._client = await client
        except (OSError, TimeoutError) as error:
            _log.warning("%s: no scheduler at %s: %s", VARIABLE, self._address, error)
            raise NoProcessError(Note("reason.no_scheduler")) from None
        finally:
            if self._client is None:
                await client.close()
        return client

    async def _leave(self) -> None:
        if self._attempt and not self._attempt.done():
            self._attempt.cancel()
            await asyncio.wait([self._attempt])
        await self._disconnect()

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client:
            await client.close()

    def _connect_early(self) -> None:
        """So that the first visitor need not wait, and the log tells of a wrong address."""
        self._attempt = asyncio.create_task(self._connect())
        self._attempt.add_done_callback(lambda attempt: attempt.cancelled() or attempt.exception())


class ClusterProcess:
    """One run on the cluster; the child is at its supervisor's machine."""

    def __init__(self, engine: ClusterEngine, client: Client, future: Future) -> None:
        self.stdout = stream_of(self._more)
        self._engine, self._client, self._future = engine, client, future
        self._worker: str | None = None
        self._since, self._digest = 0, b""
        self._killed = self._over = False
        self._reason: Note | None = None
        self._alone_since = float("inf")  # without any worker
        self._asking: asyncio.Task[Any] | None = None

    def kill(self) -> None:
        self._engine.soon(self._let_go)

    def wait_reason(self) -> Note | None:
        return self._reason

    def _let_go(self) -> None:
        """In the engine's thread, like all below but `_more`."""
        self._killed = True
        self._future.release()
        if self._asking:
            self._asking.cancel()

    def _more(self) -> bytes:
        """The next messages, b"" where the run ends; in the thread of who reads."""
        try:
            return self._engine.wait(self._next())
        except CancelledError:
            return b""
        except NoProcessError as error:
            self._reason = error.reason
            return b""

    async def _next(self) -> bytes:
        self._asking, pause = asyncio.current_task(), 0.005
        while not (self._killed or self._over):
            await self._check()
            answer = await self._ask()
            if answer is None:  # not yet, or no more
                await asyncio.sleep(pause)
                pause = min(2 * pause, 0.2)
            elif answer["messages"] or answer["over"]:
                return self._take(answer)
        return b""

    def _take(self, answer: dict[str, Any]) -> bytes:
        self._over, reason = answer["over"], answer["reason"]
        self._reason = reason and Note.read(reason)
        for message in answer["messages"]:
            self._digest = next_digest(self._digest, message)
        self._since += len(answer["messages"])
        return b"".join(answer["messages"])

    async def _check(self) -> None:
        """Raises `NoProcessError` when the run will not be done."""
        if self._future.status == "cancelled":
            raise NoProcessError(Note("reason.lost"))
        if self._future.status == "error":
            error = await self._future.exception()
            raise NoProcessError(Note("reason.all_lost") if isinstance(error, KilledWorker)
                                 else reason_in(error))

    async def _ask(self) -> dict[str, Any] | None:
        """A worker's answer; None when none is known to do the run, or it was lost."""
        try:
            self._worker = self._worker or await self._where()
            if self._worker:
                question = self._client.rpc(self._worker).run_messages(
                    key=self._future.key, since=self._since, digest=self._digest
                )
                answer = await asyncio.wait_for(question, ASK_SECONDS + LOST_SECONDS)
                if answer:
                    return answer
        except (OSError, TimeoutError) as error:
            _log.warning("a run's worker does not answer: %s", error)
        self._worker = None
        return None

    async def _where(self) -> str | None:
        """The address of the worker that does or did the run."""
        key = self._future.key
        processing = await self._client.scheduler.processing()
        if processing:
            self._alone_since = float("inf")
        else:
            self._alone_since = min(self._alone_since, time.monotonic())
            if time.monotonic() > self._alone_since + LOST_SECONDS:
                raise NoProcessError(Note("reason.no_worker"))
        for address, keys in processing.items():
            if key in keys:
                return address
        found = await self._client.scheduler.who_has(keys=[key])
        return next(iter(found[key]), None)


def _security(address: str) -> Security:
    """The certificates for an address, from Dask's own configuration."""
    parts = urlsplit(address)
    try:
        complete = parts.scheme in ("tls", "tcp") and parts.hostname and parts.port
    except ValueError:  # a port that is no number
        complete = False
    if not complete or address != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(
            f"{VARIABLE} is {address!r}; allowed for a cluster: tls://host:port, tcp://host:port"
        )
    security = Security()
    try:
        context = security.get_connection_args("client").get("ssl_context")
    except OSError as error:
        raise ValueError(_CERTIFICATES.format(address=address, error=f" ({error})")) from error
    if parts.scheme == "tls" and not (context and security.tls_client_cert):
        raise ValueError(_CERTIFICATES.format(address=address, error=""))
    return security
