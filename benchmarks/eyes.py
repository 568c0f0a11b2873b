"""Two people at real browsers: from a key on a slider to the first new frame that is drawn."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Error

from benchmarks.slider import live_app
from devtools.browser import CONTEXT, browser

N_PEOPLE = 2
N_ALONE = 5
"""Moves of each while nobody else is there."""


@dataclass
class Eyes:
    """What they saw.

    Attributes:
        alone: Seconds per move while nobody else was there.
        moves: And afterwards.
        failures: What went wrong, in sentences.
    """

    alone: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@asynccontextmanager
async def eyes(url: str) -> AsyncIterator[Eyes]:
    """Two pages that are at it by turns until the block ends; it begins with their first moves."""
    seen, warm, leave = Eyes(), threading.Event(), threading.Event()
    looking = asyncio.create_task(asyncio.to_thread(_look, url, seen, warm, leave))
    try:
        while not (warm.is_set() or looking.done()):
            await asyncio.sleep(0.1)
        yield seen
    finally:
        leave.set()
        await looking


def _look(url: str, seen: Eyes, warm: threading.Event, leave: threading.Event) -> None:
    # their own machines would not take the server's processor: behind it, beside the runs.
    # On Linux this is about the thread, and the processes that it starts.
    # Where the kernel shares by session (autogroup), Chromium has a share of its own all the same.
    os.nice(10)
    try:
        with browser() as chromium:
            people = [_Person(chromium, url, i) for i in range(N_PEOPLE)]
            for _ in range(N_ALONE):
                seen.alone += [person.move() for person in people]
            warm.set()
            while not leave.is_set():
                seen.moves += [person.move() for person in people]
    except Error as error:
        seen.failures.append(f"in Chromium: {error}")


class _Person:
    """Moves a slider to the right, and takes another seed before it comes to its end."""

    N_MOVES = 30

    def __init__(self, chromium: Browser, url: str, number: int) -> None:
        context = chromium.new_context(**CONTEXT)  # one each: nobody's is a hidden tab
        self._page = context.new_page()
        self._url, self._number, self._left = url, number, 0

    def move(self) -> float:
        """Seconds to the first new frame."""
        if not self._left:
            self._app = live_app(self._page, self._url, seed=4000 + self._number, rotation=0)
            self._number, self._left = self._number + N_PEOPLE, self.N_MOVES
        self._left -= 1
        return self._app.move() / 1000
