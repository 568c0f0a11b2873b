"""Labs that measure time: what a clock says is another number each time.

Everything else about such a lab is as everywhere: what it computes is the same twice, its claims
are about that and never about seconds, and its runs wait in the queue like all others. What it
measures is of the machine and of the moment, so that a run of it is its visitor's alone and is
never kept on disk (`core.runs`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.experiment import Experiment, Frame


@dataclass(frozen=True)
class Clocked(Experiment):
    """An experiment some of whose numbers a clock decides.

    Attributes:
        measured: The arrays of its frames, and the keys of its notes, that differ from one run of
            a configuration to the next.
    """

    measured: tuple[str, ...] = ()


def clocked(experiment: Experiment, *measured: str) -> Clocked:
    """An experiment that measures time.

    Args:
        experiment: As any.
        measured: Its arrays and notes that the clock decides.

    Raises:
        ValueError: It has no array or note of such a name.
    """
    if unknown := set(measured) - experiment.dims.keys() - experiment.notes.keys():
        raise ValueError(f"{experiment.name} has no array or note {sorted(unknown)[0]!r}")
    return Clocked(**vars(experiment), measured=measured)


def measured_by(experiment: Experiment) -> tuple[str, ...]:
    """The arrays and notes that a clock decides: none of most experiments."""
    return experiment.measured if isinstance(experiment, Clocked) else ()


def repeatable(experiment: Experiment, frame: Frame) -> Frame:
    """What of a frame is the same in every run of its configuration."""
    measured = measured_by(experiment)
    return replace(
        frame, arrays={name: a for name, a in frame.arrays.items() if name not in measured},
        notes=tuple(note for note in frame.notes if note.key not in measured))
