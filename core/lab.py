"""An experiment out of the modules of its lab."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from core.config import Config
from core.experiment import Experiment


def experiment(
    name: str,
    title: str,
    lab: ModuleType,
    lessons: ModuleType | None = None,
    *,
    small: Config,
    notes: Mapping[str, str] | None = None,
) -> Experiment:
    """One lab; see `Experiment` for what the words mean.

    Args:
        name: `<slug>.<lab>`.
        title: For lists.
        lab: The module with `Config`, `DIMS`, `coords`, `train` and, if it says any, `NOTES`.
        lessons: The module with `PRESETS` and `CLAIMS`, where that is another one.
        small: A configuration that trains in a moment.
        notes: Where the lab's notes are not its own.

    Raises:
        AttributeError: Names what a module does not have.
    """
    lessons = lessons or lab
    return Experiment(
        name=name,
        title=title,
        config=lab.Config,
        dims=lab.DIMS,
        coords=lab.coords,
        train=lab.train,
        n_frames=lab.train.n_frames,
        notes=getattr(lab, "NOTES", {}) if notes is None else notes,
        small=small,
        presets=lessons.PRESETS,
        claims=lessons.CLAIMS,
    )
