"""A visitor's own text, as a run sees it: characters, and a name that says how many.

`own-text-1200-41-0123456789abcdef` has 1200 characters, 41 different ones, and a digest. As with
own points (`core.data.own`), the text itself is only where its run is computed (`at_hand`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.data.own import OrOwn

LEAST_CHARACTERS, MOST_CHARACTERS = 500, 5000
LEAST_DIFFERENT, MOST_DIFFERENT = 5, 600
LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x85")
"""All that ends a line somewhere is read as one line feed."""
MARK = "\ufeff"
"""Some files begin with it; it is no part of a text."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of what is shown after them, on whatever page."""
_NAME = re.compile(r"own-text-(?P<n>\d{1,4})-(?P<different>\d{1,3})-[0-9a-f]{16}")


class RefusedTextError(ValueError):
    """Why a text is not taken.

    Attributes:
        key: Of the reason: "empty", "short", "long", "same", "mixed" or "character".
        values: What the text has: `n`, or `code` and `place` of a character, from 1.
    """

    def __init__(self, key: str, **values: Any) -> None:
        self.key, self.values = key, values
        super().__init__(key)


@dataclass(frozen=True)
class Size:
    """What the name of an own text says of it."""

    n: int
    different: int


def size_of(name: Any) -> Size | None:
    """The size of an own text from its name; None where it is the name of something else."""
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    if not found:
        return None
    size = Size(int(found["n"]), int(found["different"]))
    fits = (LEAST_CHARACTERS <= size.n <= MOST_CHARACTERS
            and LEAST_DIFFERENT <= size.different <= MOST_DIFFERENT)
    return size if fits else None


@dataclass(frozen=True)
class OwnText:
    """A text that can be learned from.

    Attributes:
        text: It.

    Raises:
        RefusedTextError: It is too short, too long or too much of the same, or has a character
            that nobody sees.
    """

    text: str

    def __post_init__(self) -> None:
        n = len(self.text)
        if not self.text.strip():
            raise RefusedTextError("empty")
        if n > MOST_CHARACTERS:  # before each of them is looked at
            raise RefusedTextError("long", n=n)
        for place, character in enumerate(self.text, 1):
            if not shown(character):
                raise RefusedTextError("character", code=f"U+{ord(character):04X}", place=place)
        if n < LEAST_CHARACTERS:
            raise RefusedTextError("short", n=n)
        different = len(set(self.text))
        if not LEAST_DIFFERENT <= different <= MOST_DIFFERENT:
            key = "same" if different < LEAST_DIFFERENT else "mixed"
            raise RefusedTextError(key, n=different)

    @classmethod
    def written(cls, text: str) -> OwnText:
        """From what somebody wrote or pasted: any end of a line is a line feed, no space or line
        feed stands at either end, and no mark of a file's encoding anywhere.
        """
        return cls(LINE_ENDS.sub("\n", text).replace(MARK, "").strip())

    @cached_property
    def name(self) -> str:
        """What a setting calls it: the same for the same text."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:16]
        return f"own-text-{len(self.text)}-{len(set(self.text))}-{digest}"

    def plain(self) -> dict[str, Any]:
        """It as it travels in JSON."""
        return {"text": base64.b64encode(self.text.encode()).decode()}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> OwnText:
        """What `plain` described; raises `ValueError` for anything else."""
        try:
            return cls(base64.b64decode(plain["text"], validate=True).decode())
        except (KeyError, TypeError, binascii.Error, UnicodeDecodeError) as error:
            raise ValueError("this is no own text") from error


def shown(character: str) -> bool:
    """Whether a character can be learned and shown: no control character but tab and line feed,
    no half of a pair, and none that turns the direction of what comes after it.
    """
    return character in "\n\t" or (unicodedata.category(character) not in ("Cc", "Cs")
                                   and character != MARK and character not in _TURNING)


# --- where it is -----------------------------------------------------------------------------

_at_hand: ContextVar[OwnText | None] = ContextVar("own text", default=None)


@contextmanager
def at_hand(text: OwnText | None) -> Iterator[None]:
    """While it is held, a run of a configuration that names this text finds it."""
    before = _at_hand.set(text)
    try:
        yield
    finally:
        _at_hand.reset(before)


def text_of(name: str) -> str:
    """The visitor's own text of that name.

    Raises:
        LookupError: It is not at hand.
    """
    own = _at_hand.get()
    if own is None or own.name != name:
        raise LookupError("this text was private to the visit that it came from")
    return own.text


# --- as a setting ----------------------------------------------------------------------------


class OrOwnText(OrOwn):
    """Lets a choice among texts be a visitor's own too: `Annotated[Literal[...], OrOwnText(...)]`.
    """

    def takes(self, name: Any) -> bool:
        return size_of(name) is not None
