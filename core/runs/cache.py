"""A dictionary that forgets what was not asked for longest, bounded by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class BoundedCache(Generic[V]):
    """Values with their sizes; not thread-safe.

    Args:
        max_bytes: Sum of the sizes that are kept. A value larger than that is not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self.n_bytes = 0

    def get(self, name: Hashable) -> V | None:
        """The value, which becomes the one asked for last; None when there is none."""
        if name not in self._entries:
            return None
        self._entries.move_to_end(name)
        return self._entries[name][0]

    def put(self, name: Hashable, value: V, n_bytes: int) -> None:
        """Keeps a value of `n_bytes`, and forgets the oldest ones until all fit."""
        self.drop(name)
        if n_bytes > self._max_bytes:
            return
        self._entries[name] = value, n_bytes
        self.n_bytes += n_bytes
        while self.n_bytes > self._max_bytes:
            self.drop(next(iter(self._entries)))

    def drop(self, name: Hashable) -> None:
        """Forgets a value, if it is there."""
        _, n_bytes = self._entries.pop(name, (None, 0))
        self.n_bytes -= n_bytes

    def __contains__(self, name: Hashable) -> bool:
        return name in self._entries
