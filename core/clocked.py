"""Labs that measure time: what a clock says is another number each time.

Everything else about such a lab is as everywhere: what it computes is the same twice, its claims
are about that and never about seconds, and its runs wait in the queue like all others. Where what
it measures is of the moment, a run of it is its visitor's alone and is never kept on disk
(`core.runs`). Where it is a price beside others, counted in the processor's time so that a busy
moment hardly shows, a run is shared and kept like any.
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
        shared: Whether its runs are others', too.
    """

    measured: tuple[str, ...] = ()
    shared: bool = False


def clocked(experiment: Experiment, *measured: str, shared: bool = False) -> Clocked:
    """An experiment that measures time.

    Args:
        experiment: As any.
        measured: Its arrays and notes that the clock decides.
        shared: Whether whoever asks later is content with what was measured before.

    Raises:
        ValueError: It has no array or note of such a name.
    """
    if unknown := set(measured) - experiment.dims.keys() - experiment.notes.keys():
        raise ValueError(f"{experiment.name} has no array or note {sorted(unknown)[0]!r}")
    return Clocked(**vars(experiment), measured=measured, shared=shared)


def measured_by(experiment: Experiment) -> tuple[str, ...]:
    """The arrays and notes that a clock decides: none of most experiments."""
    return experiment.measured if isinstance(experiment, Clocked) else ()


def repeatable(experiment: Experiment, frame: Frame) -> Frame:
    """What of a frame is the same in every run of its configuration."""
    measured = measured_by(experiment)
    return replace(
        frame, arrays={name: a for name, a in frame.arrays.items() if name not in measured},
        notes=tuple(note for note in frame.notes if note.key not in measured))
