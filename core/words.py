"""Words are put in at the edge: shared data hold keys and values, never finished sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENGLISH = {
    "refused.unknown": "{field}: there is no such setting. Known settings: {known}.",
    "refused.misspelt": "{field}: there is no such setting. Did you mean {nearest}?",
    "refused.value": "{field}: {value} is not allowed. Allowed: {allowed}.",
    "refused.with": "{field}: {value} is not allowed with {given}. Allowed: {allowed}.",
    "allowed.between": "from {low} to {high}",
    "allowed.integer": "a whole number from {low} to {high}",
    "allowed.number": "a number from {low} to {high}",
    "allowed.boolean": "true or false",
    "allowed.options": "{options}",
    "allowed.list": "a list of {options}",
    "allowed.some": "at least one of {options}",
    "allowed.at_most": "from 1 to {most} of {options}",
    "allowed.once": "each at most once",
}
"""Refusals in English; another language is another dictionary."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Note:
    """What a run has to say, without words: they are the visitor's (`phrase`).

    Attributes:
        key: Of a template.
        values: By placeholder: numbers, text made of numbers, or keys of names.
        about: What it is about. A run says a note once per key and `about`.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""


def phrase(note: Note, words: Mapping[str, str]) -> str:
    """A note in words; `phrase` of `explorer/live` does the same in the browser.

    A value that is itself a key is put into words as well: "rule.adam" for the "adam" of a
    {rule}. What has no words is shown as it is.
    """

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name not in note.values:
            return match[0]
        value = note.values[name]
        return words.get(f"{name}.{value}", str(value))

    return _PLACEHOLDER.sub(fill, words.get(note.key, note.key))


def names(placeholder: str, labels: Mapping[str, str]) -> dict[str, str]:
    """Words for the values of a placeholder: "rule.adam" and so on."""
    return {f"{placeholder}.{key}": label for key, label in labels.items()}
