"""Event loops beside that of Playwright, which has this thread as long as its browser is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def elsewhere(call: Callable[..., T], *arguments: Any) -> T:
    """What a call returns or raises in a thread of its own, where it may run a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call, *arguments).result()


def in_a_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    return elsewhere(asyncio.run, coroutine)
