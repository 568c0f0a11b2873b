"""What a visitor may give to a run: points with classes, or pairs of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.data import own, own_numbers
from core.data.own import OwnPoints, shape_of
from core.data.own_numbers import OwnNumbers, length_of

Own = OwnPoints | OwnNumbers


def is_own(name: Any) -> bool:
    """Whether something is the name of a visitor's own data."""
    return shape_of(name) is not None or length_of(name) is not None


def read(plain: Mapping[str, Any]) -> Own:
    """What `Own.plain` described; raises `ValueError` for anything else."""
    return OwnNumbers.read(plain) if "pairs" in plain else OwnPoints.read(plain)


@contextmanager
def at_hand(found: Own | None) -> Iterator[None]:
    """While it is held, a run of a configuration that names these data finds them."""
    points = found if isinstance(found, OwnPoints) else None
    pairs = found if isinstance(found, OwnNumbers) else None
    with own.at_hand(points), own_numbers.at_hand(pairs):
        yield
