"""What visitors bring, points or a text, for who keeps it, sends it on or asks what a name is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from core.data import own, text
from core.data.own import OwnPoints, shape_of
from core.data.text import OwnText, size_of

Own = OwnPoints | OwnText


def is_own(name: Any) -> bool:
    """Whether a setting's value is the name of something that a visitor brought."""
    return shape_of(name) is not None or size_of(name) is not None


def read(plain: Mapping[str, Any]) -> Own:
    """What `Own.plain` described; raises `ValueError` for anything else."""
    return OwnText.read(plain) if "text" in plain else OwnPoints.read(plain)


def at_hand(found: Own | None) -> AbstractContextManager[None]:
    """While it is held, a run of a configuration that names it finds it."""
    return text.at_hand(found) if isinstance(found, OwnText) else own.at_hand(found)
