"""A viewer's hold on a run: what a page and a stream see of it."""

from __future__ import annotations

import functools
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from core.frames import encode_end
from core.runs.run import Run, State, name_of
from core.runs.viewer import Viewer
from core.words import Note

FIRST_LEASES = 6
"""For how many leases a handle waits for its first stream: a busy machine's browser is late."""

LEFT_SECONDS = 2.0
"""How long a viewer who said that they leave may take to come back: a page that is opened again."""

Slot = tuple[str | Viewer, ...]
"""What of a viewer's a handle fills: their run, or their check of a claim."""

_log = logging.getLogger(__name__)


class Service(Protocol):
    """What a handle asks of the service that made it."""

    def place(self, run: Run) -> int:
        """How many runs start before this one, itself included; 0 once it has begun."""

    def stop(self, handle: Handle) -> None:
        """Ends the run for that handle."""

    def restart(self, handle: Handle) -> None:
        """Computes its failed or stopped run again."""

    def release(self, handle: Handle) -> None:
        """Forgets the handle."""


class Handle:
    """A viewer's hold on a run. Thread-safe; made by `Runs.start` and `Runs.check`.

    Attributes:
        token: Unguessable name under which `Runs.handle` finds it; begins with the
            run's name (`run_name`), so that two holds on the same run are known as such.
        viewer: Who asked.
        slot: What of the viewer's it fills: there is one handle per slot.
        run: What it holds; another one after a restart.
        idle_since: When it was last used, on the monotonic clock.
    """

    def __init__(
        self, service: Service, changed: threading.Condition, slot: Slot, viewer: Viewer, run: Run
    ) -> None:
        self.token = f"{name_of(run.key)}-{secrets.token_urlsafe(16)}"
        self.viewer, self.slot, self.run = viewer, slot, run
        self.idle_since = time.monotonic()
        self._service, self._changed = service, changed
        self._cut: int | None = None  # how many messages the viewer had when they stopped
        self._n_streams = 0
        self._was_read = self._was_left = False
        self._callbacks: list[Callable[[], None]] = []

    @property
    def visitor(self) -> str:
        """The visitor, whose views take turns as one."""
        return self.viewer.visitor

    @property
    def experiment(self) -> str:
        """The name of the experiment that it is about."""
        return self.run.job.experiment

    @property
    def state(self) -> State:
        """The run's, or "stopped" where this viewer stopped it."""
        with self._changed:
            return self.run.state if self._cut is None else "stopped"

    @property
    def over(self) -> bool:
        """Whether no further message comes for this viewer."""
        return self._cut is not None or self.run.over

    @property
    def error(self) -> Note | None:
        """Why the run failed; its words are in `core.words.RUN`."""
        with self._changed:
            return self.run.error if self._cut is None else None

    @property
    def place(self) -> int:
        """How many runs start before this one, itself included; 0 once it has begun."""
        with self._changed:
            return self._service.place(self.run) if self._cut is None else 0

    def frames(self, since: int = 0) -> list[bytes]:
        """The messages from that index on; 0 is the start message, the last the end marker."""
        with self._changed:
            if self._cut is None:
                return self.run.messages[since:]
            return [*self.run.messages[: self._cut], encode_end("stopped")][since:]

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Has a function called after each new message; returns what ends that.

        It is called in a thread of the service, so it must be cheap and must not wait; once
        it raised it is not called again.
        """
        with self._changed:
            self._callbacks.append(callback)
        return functools.partial(self._unsubscribe, callback)

    def wait(self, timeout: float | None = None, n_messages: float = float("inf")) -> bool:
        """Waits until the run is over or has `n_messages`; False after `timeout` seconds."""
        with self.attach(), self._changed:
            return self._changed.wait_for(
                lambda: self.over or len(self.run.messages) >= n_messages, timeout
            )

    @contextmanager
    def attach(self) -> Iterator[None]:
        """Held by a stream while it is read: the lease does not end meanwhile."""
        with self._changed:
            self._n_streams += 1
            self._was_read, self._was_left = True, False
        try:
            yield
        finally:
            with self._changed:
                self._n_streams -= 1
                self.idle_since = time.monotonic()

    def stop(self) -> None:
        """Ends the run for this viewer; the computation when nobody else looks at it."""
        self._service.stop(self)

    def restart(self) -> None:
        """Computes a failed or stopped run again; streams opened from now on see it all.

        Does nothing in another state. Raises `RuntimeError` for a closed handle.
        """
        self._service.restart(self)

    def leave(self) -> None:
        """The viewer's page is gone. The lease is short, unless they look again within it."""
        with self._changed:
            self._was_left = True

    def close(self) -> None:
        """Lets go: the token is forgotten, and a run that nobody else looks at is killed."""
        self._service.release(self)

    # --- for the service, which holds the lock -------------------------------------------

    def take(self, run: Run) -> None:
        """Looks at a run from now on, at all of it."""
        self.run, self._cut = run, None
        self.idle_since = time.monotonic()

    def cut(self) -> None:
        """Sees no further message of its run, and looks at it no more."""
        self._cut = len(self.run.messages)
        self.run.watchers.discard(self)

    def ask_again(self) -> None:
        """The same viewer wants the same run: they are here."""
        self.idle_since, self._was_left = time.monotonic(), False

    def unread(self, now: float, lease_seconds: float) -> bool:
        """Whether no stream has read it for a lease: for `FIRST_LEASES` in the beginning, for
        `LEFT_SECONDS` at most once the viewer has left.
        """
        lease = lease_seconds * (1 if self._was_read else FIRST_LEASES)
        if self._was_left:
            lease = min(lease, LEFT_SECONDS)
        return not self._n_streams and now - self.idle_since >= lease

    def tell(self) -> None:
        """Calls those who subscribed; without the lock."""
        with self._changed:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            try:
                callback()
            except Exception:  # a viewer's fault must not end the run for the others
                _log.exception("a subscriber of a run failed")
                self._unsubscribe(callback)

    def _unsubscribe(self, callback: Callable[[], None]) -> None:
        with self._changed:
            if callback in self._callbacks:
                self._callbacks.remove(callback)
