"""The one loop that drives every lab's training.

A lab's algorithm is a generator that reads top to bottom in the paper's order. After every
update it yields the number of updates so far and a function that measures the state, and it
is handed the settings in force:

    @recorded(steps)
    def train(config: Config) -> Algorithm[Config]:
        ...
        now = yield 0, measure
        for t in range(1, config.n_steps + 1):
            ...                                  # one update, with the settings of `now`
            now = yield t, measure

The driver decides when to look: it calls `measure` at recorded steps only, says every note
once, keeps torch to one thread and hands in what changes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from core.config import Change, Config, changes_of, with_changes
from core.experiment import Frame
from core.words import Note

C = TypeVar("C", bound=Config)

Measured = tuple[Mapping[str, np.ndarray], Iterable[Note]]
"""The arrays of a frame, and what holds now; the driver says each of it once."""
Algorithm = Generator[tuple[int, Callable[[], Measured]], C, None]
"""Yields updates so far and how to measure the state; is sent the settings in force."""


@dataclass(frozen=True)
class Training(Generic[C]):
    """An algorithm, driven: called with a configuration, it yields the frames of a run.

    Attributes:
        algorithm: The generator function of the lab.
        steps: The steps that are recorded, first and last included.
    """

    algorithm: Callable[[C], Algorithm[C]]
    steps: Callable[[C], Sequence[int]]

    def __call__(self, config: C) -> Iterator[Frame]:
        """The frames of a run; between them torch has the caller's number of threads."""
        frames = self._frames(config)
        while True:
            with _one_thread(self.algorithm):
                frame = next(frames, None)
            if frame is None:
                return
            yield frame

    def recorded(self, config: C) -> list[int]:
        """The recorded steps, that of each change and the one after it included."""
        steps = self.steps(config)
        around = {step for c in changes_of(config) for step in (c.step, c.step + 1)}
        return sorted({*steps, *(step for step in around if step <= steps[-1])})

    def n_frames(self, config: C) -> int:
        """How many frames a run has, if nothing stops it early."""
        return len(self.recorded(config))

    def _frames(self, config: C) -> Iterator[Frame]:
        record = set(self.recorded(config))
        due: dict[int, list[Change]] = {}
        for change in changes_of(config):
            due.setdefault(change.step, []).append(change)
        said: set[tuple[str, str]] = set()
        algorithm, settings = self.algorithm(config), config
        at, measure = next(algorithm)
        while True:
            if at in record:
                arrays, notes = measure()
                changed = map(_note_of, due.get(at, ()))
                yield Frame(at, arrays, tuple(_new([*changed, *notes], said)))
            if at in due:
                settings = with_changes(settings, **{c.setting: c.value for c in due[at]})
            try:
                at, measure = algorithm.send(settings)
            except StopIteration:
                return


def recorded(steps: Callable[[C], Sequence[int]]) -> Callable[
        [Callable[[C], Algorithm[C]]], Training[C]]:
    """Makes an algorithm a training whose frames are those of the given steps."""
    return lambda algorithm: Training(algorithm, steps)


def _note_of(change: Change) -> Note:
    value = f"{change.value:g}" if isinstance(change.value, float) else change.value
    return Note("changed", {"step": change.step, "setting": change.setting, "value": value},
                f"{change.setting} {change.step}")


def _new(notes: Iterable[Note], said: set[tuple[str, str]]) -> Iterator[Note]:
    for note in notes:
        if (note.key, note.about) not in said:
            said.add((note.key, note.about))
            yield note


@contextmanager
def _one_thread(algorithm: Callable[..., Any]) -> Iterator[None]:
    """Runs share the machine: each has one thread. A notebook gets back what it had.

    A lab that computes with torch has it in its module; no other one pays for its import.
    """
    torch = getattr(algorithm, "__globals__", {}).get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
