"""Words are put in at the edge: shared data hold keys and values, never finished sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    "allowed.changes": "at most {most} of STEP:SETTING=VALUE, a step from 0 to {high} and one of "
                       "the settings {settings}",
}
"""Refusals in English; another language is another dictionary."""

RUN = {
    "changed": "From step {step} on: {setting} {value}.",
    "run.raised": "{error}",
    "run.out_of_memory": "The run needed more memory than a run may use ({gib} GiB). "
                         "Choose a smaller model, or fewer seeds or methods.",
    "run.out_of_time": "The run took longer than a run may take ({seconds} s). "
                       "Choose fewer steps, seeds or methods.",
    "run.too_long": "The run produced more than {mb} MB of frames. Choose fewer seeds or methods.",
    "run.ended": "The process that trained this run ended unexpectedly ({reason}). "
                 "Press Run again, or change a setting.",
    "run.not_begun": "This run could not be started ({reason}). "
                     "Press Run again, or change a setting.",
    "reason.other": "{text}",
    "reason.exit": "exit status {status}",
    "reason.killed": "killed by signal 9, out of memory or from outside",
    "reason.signal": "killed by signal {number}, {name}",
    "reason.server": "the process that starts runs ended: {reason}",
    "reason.silent": "it closed its channel too early",
    "reason.no_process": "no process could be started for the run",
    "reason.unwanted": "nobody wants it any more",
    "reason.no_scheduler": "the cluster that computes runs does not answer",
    "reason.lost": "the connection to the cluster that computes runs was lost",
    "reason.no_worker": "the cluster that computes runs has no worker at the moment",
    "reason.all_lost": "each worker of the cluster that computed it was lost",
    "reason.other_sources": "the cluster's worker at {address} has another version of the program "
                            "than this server; they must be the same",
    "reason.differs": "the worker that computed this run was lost, and the worker at {address} "
                      "that computed it again got other numbers",
}
"""What any run may say, and how it may end, in English."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Note:
    """What a run has to say, without words: they are the visitor's (`phrase`).

    Attributes:
        key: Of a template.
        values: By placeholder: numbers, text made of numbers, keys of names, or notes.
        about: What it is about. A run says a note once per key and `about`.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    def plain(self) -> list[Any]:
        """Key and values, as they travel in JSON; `read` makes a note of them again."""
        return [self.key, {name: value.plain() if isinstance(value, Note) else value
                           for name, value in self.values.items()}]

    @classmethod
    def read(cls, plain: Sequence[Any]) -> Note:
        """The note that `plain` described."""
        key, values = plain
        return cls(key, {name: cls.read(value) if isinstance(value, list) else value
                         for name, value in values.items()})


def phrase(note: Note, words: Mapping[str, str]) -> str:
    """A note in words; `phrase` of `explorer/live` does the same in the browser.

    A value that is itself a key or a note is put into words as well: "rule.adam" for the
    "adam" of a {rule}. What has no words is shown as it is.
    """

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name not in note.values:
            return match[0]
        value = note.values[name]
        if isinstance(value, Note):
            return phrase(value, words)
        return words.get(f"{name}.{value}", str(value))

    return _PLACEHOLDER.sub(fill, words.get(note.key, note.key))


def names(placeholder: str, labels: Mapping[str, str]) -> dict[str, str]:
    """Words for the values of a placeholder: "rule.adam" and so on."""
    return {f"{placeholder}.{key}": label for key, label in labels.items()}
