"""What the app's own process asks of the operating system when it starts."""

from __future__ import annotations

import ctypes
import sys

MAX_FILES = 10_240
"""Open files of the app, which usually is 1024: a visitor takes up to five."""
_M_ARENA_MAX = -8


def allow_many_files() -> None:
    """Raises the limit of open files as far as it may."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft < wanted and soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def share_one_heap() -> None:
    """Has all threads allocate from one heap, where the C library is glibc.

    It would give each its own, and what a thread frees there the others could not use: with
    visitors in many threads the app's memory crept up by a megabyte a minute. Nothing is lost,
    since threads that run Python take turns anyway.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):  # not in musl, which has one heap
            libc.mallopt(_M_ARENA_MAX, 1)
