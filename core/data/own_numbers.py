"""A visitor's own pairs of numbers, as a run sees them: one that is known, one to be predicted.

`numbers-150-0123456789abcdef` are 150 pairs, and their digest. As with own points (`core.data.own`)
a configuration knows how many they are; they themselves are only where their run is computed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.data.own import LARGEST, LEAST_POINTS, MOST_POINTS, OrOwn

_NAME = re.compile(r"numbers-(?P<n>\d{1,4})-[0-9a-f]{16}")


def length_of(name: Any) -> int | None:
    """How many own pairs there are, from their name; None where it is the name of something else.
    """
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    n = int(found["n"]) if found else 0
    return n if LEAST_POINTS <= n <= MOST_POINTS else None


@dataclass(frozen=True, eq=False)
class OwnNumbers:
    """Pairs of numbers.

    Attributes:
        x: What is known, (n,), float32.
        y: What is to be predicted, (n,), float32.

    Raises:
        ValueError: There are too few or too many, one is not finite, or all are the same.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        pairs = np.stack([self.x, self.y])
        if pairs.ndim != 2 or not LEAST_POINTS <= pairs.shape[1] <= MOST_POINTS:
            raise ValueError(f"{pairs.shape} is no shape of own numbers")
        if not (np.abs(pairs) <= LARGEST).all() or (np.ptp(pairs, axis=1) == 0).any():
            raise ValueError("own numbers are finite, and not all the same")

    @cached_property
    def name(self) -> str:
        """What a setting calls them: the same for the same pairs."""
        digest = hashlib.sha256(self.x.tobytes() + self.y.tobytes()).hexdigest()[:16]
        return f"numbers-{len(self.x)}-{digest}"

    def plain(self) -> dict[str, Any]:
        """They as they travel in JSON."""
        told = np.stack([self.x, self.y]).astype("<f4").tobytes()
        return {"pairs": base64.b64encode(told).decode()}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> OwnNumbers:
        """What `plain` described; raises `ValueError` for anything else."""
        try:
            told = base64.b64decode(plain["pairs"], validate=True)
            return cls(*np.frombuffer(told, "<f4").reshape(2, -1))
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError("these are no own numbers") from error

    def between(self, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        """They as models learn from them, in double precision: x moved and stretched until it
        reaches from `low` to `high`, y until its mean is 0 and its standard deviation 1.
        """
        x, y = self.x.astype(float), self.y.astype(float)
        return low + (high - low) * (x - x.min()) / np.ptp(x), (y - y.mean()) / y.std()


_at_hand: ContextVar[OwnNumbers | None] = ContextVar("own numbers", default=None)


@contextmanager
def at_hand(numbers: OwnNumbers | None) -> Iterator[None]:
    """While it is held, a run of a configuration that names these numbers finds them."""
    before = _at_hand.set(numbers)
    try:
        yield
    finally:
        _at_hand.reset(before)


def numbers(name: str) -> OwnNumbers:
    """Those of that name; raises `LookupError` where they are not at hand."""
    found = _at_hand.get()
    if found is None or found.name != name:
        raise LookupError("these numbers were private to the visit that they came from")
    return found


@dataclass(frozen=True)
class OrOwnNumbers(OrOwn):
    """Lets a choice among curves be own pairs of numbers too, as `OrOwn` does with own points."""

    def takes(self, name: Any) -> bool:
        """Whether these are own numbers."""
        return length_of(name) is not None
