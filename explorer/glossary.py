"""The field's words in one line each, and a small drawing where that says more.

What is said is in `lessons/<language>/glossary.toml`; the drawings, which are the same in all
languages, in `lessons/drawings/<key>.svg`. They take the page's colour, and its accent at whatever
has the class `lv-accent`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

LESSONS = Path(__file__).parent / "lessons"
DRAWINGS = LESSONS / "drawings"
FIELDS = {"word", "line"}


@dataclass(frozen=True)
class Entry:
    """A word of the field.

    Attributes:
        key: By which scenes name it.
        word: As it stands in a sentence.
        line: What it means, for somebody who has never met it.
        drawing: An SVG, or "".
    """

    key: str
    word: str
    line: str
    drawing: str


@cache
def glossary(language: str = "en") -> dict[str, Entry]:
    """All words by their keys.

    Raises:
        ValueError: Names the entry that is no table, lacks something or has something unknown, or
            the drawing of no word.
    """
    text = (LESSONS / language / "glossary.toml").read_text("utf-8")
    found = {key: _entry(key, told) for key, told in tomllib.loads(text).items()}
    if spare := {path.stem for path in DRAWINGS.glob("*.svg")} - found.keys():
        raise ValueError(f"drawings of no word: {', '.join(sorted(spare))}")
    return found


def _entry(key: str, told: Any) -> Entry:
    where = f"glossary, [{key}]"
    if not isinstance(told, dict):
        raise ValueError(f"{where}: is no table")
    if missing := sorted(name for name in FIELDS if not told.get(name)):
        raise ValueError(f"{where}: lacks {', '.join(missing)}")
    if unknown := sorted(told.keys() - FIELDS):
        raise ValueError(f"{where}: {', '.join(unknown)} is not known")
    drawing = DRAWINGS / f"{key}.svg"
    return Entry(key, **told, drawing=drawing.read_text("utf-8") if drawing.exists() else "")


def entries(keys: Iterable[str], language: str = "en") -> list[dict[str, str]]:
    """Some words, as the browser is told of them (browser/glossary.js).

    Raises:
        ValueError: Names a key that the glossary does not have.
    """
    known, wanted = glossary(language), list(keys)
    if missing := [key for key in wanted if key not in known]:
        raise ValueError(f"not in the glossary: {', '.join(missing)}")
    return [asdict(known[key]) for key in wanted]
