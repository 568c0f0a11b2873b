"""A readable stream of what a function provides."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast


def stream_of(more: Callable[[], bytes]) -> BinaryIO:
    """Bytes as the function returns them, in the thread of who reads; it ends with `b""`."""
    return cast(BinaryIO, io.BufferedReader(_Raw(more), 2**16))


class _Raw(io.RawIOBase):
    def __init__(self, more: Callable[[], bytes]) -> None:
        self._more, self._rest = more, memoryview(b"")
        self._over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest and not self._over:
            self._rest = memoryview(self._more())
            self._over = not self._rest
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n
