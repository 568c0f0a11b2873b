"""What one child may use: memory, time, and its place behind the app's own process."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypeVar

from core.words import Note

T = TypeVar("T")

MAX_HISTORY_BYTES = 32 * 2**20
"""Of the messages of one run, all together."""
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Limits:
    """The bounds of one run.

    Attributes:
        memory_bytes: Data that the child may hold, the libraries' own included. Windows
            has no such limit.
        seconds: Wall time of the training.
        nice: How far it goes behind the app's own process, which must not stutter: what
            `os.nice` adds. Half of it as long as nobody has seen anything of the run: it goes
            before the others.
    """

    memory_bytes: int = 3 * 2**30
    seconds: float = 120.0
    nice: int = 10

    @property
    def nice_at_first(self) -> int:
        """The part of `nice` that holds before there is something to see."""
        return self.nice // 2

    @property
    def out_of_memory(self) -> Note:
        """Says that a run reached the limit of memory."""
        return Note("run.out_of_memory", {"gib": f"{self.memory_bytes / 2**30:.3g}"})

    @property
    def out_of_time(self) -> Note:
        """Says that a run reached the limit of time."""
        return Note("run.out_of_time", {"seconds": f"{self.seconds:g}"})


class OutOfTimeError(TimeoutError):
    """The wall-time limit was reached."""


def be_nice(by: int) -> None:
    """Lets others go first, the app's process above all."""
    if hasattr(os, "nice"):
        os.nice(by)


def limit_memory(memory_bytes: int | None) -> None:
    """Sets how much data this process may hold, in bytes; None takes the limit away again."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard if memory_bytes is None else memory_bytes, hard))


def peak_bytes() -> int:
    """The most memory that this process has held so far; 0 on Windows, which has no limit."""
    if sys.platform == "win32":
        return 0
    if sys.platform == "linux":  # whose `ru_maxrss` begins with that of the process's parent
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when its parent ends (Linux only).

    Only for a parent with one thread: the kernel means the *thread* that forked, and a
    page's script thread ends while its run is wanted.

    Args:
        parent: The process id that the parent had before the fork.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)


def within(seconds: float, items: Iterator[T]) -> Iterator[T]:
    """The items, as long as making them all takes at most `seconds`.

    The alarm is off while the caller uses an item, so it never cuts a message in two.
    Where there is no alarm (Windows) the service is the one that ends a run.

    Raises:
        OutOfTimeError: From inside the code that makes an item.
    """
    if sys.platform == "win32":
        yield from items
        return
    signal.signal(signal.SIGALRM, _raise_out_of_time)
    left, end = seconds, object()
    while True:
        began = time.monotonic()
        try:
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-3))
            item = next(items, end)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        left -= time.monotonic() - began
        if item is end:
            return
        yield item  # type: ignore[misc]  # `end` is the only object that is no item


def _raise_out_of_time(number: int, frame: FrameType | None) -> None:
    raise OutOfTimeError
