"""What people read for a setting's value: on the page, in a table, in an exported script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.config import Config, label_of


def words_for(
    kind: type[Config], name: str, value: Any, known: Callable[[Any], str | None] = str
) -> str:
    """A value of the setting `name` in words.

    Args:
        kind: Whose setting.
        name: Of the setting.
        value: Any that it may have.
        known: What is called otherwise than the setting's own choices, or None: data of a visitor.
    """
    if isinstance(value, tuple):
        return ", ".join(words_for(kind, name, one, known) for one in value) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "automatic"
    if isinstance(value, str):
        named = label_of(kind, name, value)
        return named if named != value else known(value) or value
    return number_as_text(value)


def number_as_text(value: Any) -> str:
    """A number as short as it can be without another value; anything else as it is."""
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)
