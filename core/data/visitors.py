"""What visitors bring, points with classes, pairs of numbers or a text, for who keeps it, sends it
on or asks what a name is.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from core.data import own, own_numbers, text
from core.data.own import OwnPoints, shape_of
from core.data.own_numbers import OwnNumbers, length_of
from core.data.text import OwnText, size_of

Own = OwnPoints | OwnNumbers | OwnText


def is_own(name: Any) -> bool:
    """Whether a setting's value is the name of something that a visitor brought."""
    return any(found(name) is not None for found in (shape_of, length_of, size_of))


def read(plain: Mapping[str, Any]) -> Own:
    """What `Own.plain` described; raises `ValueError` for anything else."""
    if "text" in plain:
        return OwnText.read(plain)
    return OwnNumbers.read(plain) if "pairs" in plain else OwnPoints.read(plain)


def at_hand(found: Own | None) -> AbstractContextManager[None]:
    """While it is held, a run of a configuration that names it finds it."""
    if isinstance(found, OwnText):
        return text.at_hand(found)
    return own_numbers.at_hand(found) if isinstance(found, OwnNumbers) else own.at_hand(found)
