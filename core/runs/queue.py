"""Whose turn it is: runs start in turns of the visitors who wait, not in order of arrival."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class FairQueue(Generic[T]):
    """What waits, what runs, and what starts next; not thread-safe.

    Visitors stand in a ring. The first one who may starts their oldest run and goes to the
    ring's end: however many runs somebody lets wait, everybody else's turn comes between
    two of them. A run that several wait for starts with the first turn of any of them, and
    counts for that one only.

    Args:
        max_running: How many run at a time.
        max_per_visitor: How many of them count for one visitor.
    """

    def __init__(self, max_running: int, max_per_visitor: int) -> None:
        self._max_running, self._max_per_visitor = max_running, max_per_visitor
        self._ring: OrderedDict[str, dict[T, None]] = OrderedDict()  # their waiting runs, in order
        self._waiting: dict[T, set[str]] = {}  # and who waits for each
        self._running: dict[T, str | None] = {}  # for whom each counts, in order of their start
        self._counts: Counter[str] = Counter()  # running ones, by visitor
        self._places: dict[T, int] | None = None

    @property
    def waiting(self) -> list[T]:
        """The runs that wait, each once."""
        return list(self._waiting)

    @property
    def running(self) -> list[T]:
        """The runs that were started and have not ended."""
        return list(self._running)

    def place(self, run: T) -> int:
        """How many runs start before this one, itself included, if runs end in the order of
        their start and nothing else changes; 0 if it does not wait.
        """
        if run not in self._waiting:
            return 0
        if self._places is None:
            self._places = {run: i for i, run in enumerate(self._order(), 1)}
        return self._places[run]

    def wait(self, run: T, visitor: str) -> None:
        """A visitor waits for a run. They keep their place in the ring while they wait for any."""
        self._places = None
        self._ring.setdefault(visitor, {})[run] = None
        self._waiting.setdefault(run, set()).add(visitor)

    def leave(self, run: T, visitor: str) -> None:
        """A visitor has no more interest in a run that others wait for or look at.

        If it counted for them, it counts for nobody from now on.
        """
        self._places = None
        if visitor in self._waiting.get(run, ()):
            self._waiting[run].discard(visitor)
            self._forget(run, visitor)
        elif self._running.get(run) == visitor:
            self._uncount(run)
            self._running[run] = None

    def withdraw(self, run: T) -> None:
        """Nobody wants a run any more. One that was started counts until it has ended."""
        self._places = None
        for visitor in self._waiting.pop(run, ()):
            self._forget(run, visitor)

    def start(self) -> T | None:
        """The run whose turn it is, which now counts as running; None when none may start."""
        if len(self._running) >= self._max_running:
            return None
        for visitor, runs in self._ring.items():
            if self._counts[visitor] < self._max_per_visitor:
                run = next(iter(runs))
                self.withdraw(run)
                if visitor in self._ring:
                    self._ring.move_to_end(visitor)
                self._running[run] = visitor
                self._counts[visitor] += 1
                return run
        return None

    def end(self, run: T) -> None:
        """A run that was started has ended."""
        self._places = None
        self._uncount(run)
        del self._running[run]

    def _uncount(self, run: T) -> None:
        visitor = self._running[run]
        if visitor is not None:
            self._counts[visitor] -= 1
            if not self._counts[visitor]:
                del self._counts[visitor]

    def _forget(self, run: T, visitor: str) -> None:
        del self._ring[visitor][run]
        if not self._ring[visitor]:
            del self._ring[visitor]

    def _order(self) -> list[T]:
        """What would start one after the other if runs ended in the order of their start."""
        ahead: FairQueue[T] = FairQueue(self._max_running, self._max_per_visitor)
        ahead._ring = OrderedDict((visitor, dict(runs)) for visitor, runs in self._ring.items())
        ahead._waiting = {run: set(visitors) for run, visitors in self._waiting.items()}
        ahead._running, ahead._counts = dict(self._running), Counter(self._counts)
        order: list[T] = []
        while ahead._waiting:
            order += iter(ahead.start, None)
            ahead.end(next(iter(ahead._running)))
        return order
