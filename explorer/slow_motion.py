"""The way from a lab to the one that shows a step of it slowly: its settings come along."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from core.concepts import find
from core.config import Config, changes_of, settings_of, with_changes
from core.experiment import Experiment


def slow_motion(name: str, config: Config, at: int, **meant: Any) -> tuple[Experiment, Config]:
    """For `Lab.slowly`: a lab of one step, with every setting that has the same name in both labs.

    A number that it does not allow becomes the nearest that it does, an option that it does not
    have stays at its default. Of settings that changed on the way the last value counts, as if it
    had held from the start.

    Args:
        name: Of the experiment that shows one step.
        config: Of the lab that is left.
        at: The step at the playhead, for its setting `at`.
        meant: Its settings that are something else there, or are called otherwise.
    """
    experiment = find(name)
    kind = experiment.config
    now = with_changes(config, **{c.setting: c.value for c in changes_of(config) if c.step <= at})
    wanted = {**dict(now), "at": at, **meant}
    return experiment, kind(**{field: _fitting(kind, field, wanted[field])
                               for field in settings_of(kind) if field in wanted})


def _fitting(kind: type[Config], field: str, value: Any) -> Any:
    """The value, or what comes nearest to it among those that are allowed."""
    info = kind.model_fields[field]
    if get_origin(info.annotation) is Literal:
        return value if value in get_args(info.annotation) else info.default
    if isinstance(value, int | float):
        for bound in info.metadata:
            value = max(value, getattr(bound, "ge", value))
            value = min(value, getattr(bound, "le", value))
    return value
