"""What a failure calls for: by the key of a run's note the settings that would have prevented it.

A page names them (`explorer.page.Lab.repairs`), and the live view offers them behind the note's
sentence. Settings that may change while a run trains change from the last frame before the failure
on: what came before is not trained again. With any others it trains from its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from core.config import (
    MAX_CHANGES,
    Change,
    Config,
    changeable,
    changes_of,
    with_changes,
)
from explorer.controls import bounds_of, label_of, value_in_words

Repairs = Mapping[str, Mapping[str, Any]]
"""By the key of a note the settings that repair it, with their new values."""
Hidden = Callable[[Any], set[str]]
"""The settings that make no difference at a configuration."""


def slower(*notes: str, **more: Any) -> Callable[[Any], Repairs]:
    """What repairs nets whose numbers grow beyond all bounds: the lab's own learning rate, or a
    tenth of what it is where that is no lower.

    Args:
        notes: The keys of the notes that call for it.
        more: Other settings that are to be set with it.
    """
    def repairs(config: Any) -> Repairs:
        usual = type(config).model_fields["learning_rate"].default
        lower = usual if config.learning_rate > 2 * usual else config.learning_rate / 10
        return {note: {"learning_rate": lower, **more} for note in notes}

    return repairs


def offered(config: Config, repairs: Callable[[Any], Repairs], hidden: Hidden) -> dict[str, Any]:
    """What the live view is told: by the key of a note the repair in words, and whether the run
    goes on with it from a frame on. What is no other configuration is not offered.
    """
    now = _in_force(config)
    found: dict[str, Any] = {}
    for key, settings in repairs(now).items():
        after = _repaired(now, settings, hidden)
        if after:
            words = ", ".join(_in_words(after, name) for name in settings
                              if getattr(after, name) != getattr(now, name))
            found[key] = {"settings": words, "here": _may_change(config, settings)}
    return found


def settings_after(
    config: Config, repairs: Callable[[Any], Repairs], hidden: Hidden, note: str, step: int
) -> dict[str, Any]:
    """What the repair of a note sets: from that step on where it may change there, else at all.
    Nothing where it is none any more.
    """
    now = _in_force(config)
    settings = repairs(now).get(note, {})
    after = _repaired(now, settings, hidden)
    if after is None:
        return {}
    values = {name: getattr(after, name) for name in settings}
    if step <= 0 or not _may_change(config, settings):
        return values
    earlier = [change for change in changes_of(config) if change.step < step]
    return {"changes": [*earlier, *(Change(step, name, v) for name, v in values.items())]}


def _in_force(config: Config) -> Config:
    """The configuration as its last change leaves it."""
    last = with_changes(config, **{c.setting: c.value for c in changes_of(config)})
    assert isinstance(last, Config)
    return last


def _repaired(config: Config, settings: Mapping[str, Any], hidden: Hidden) -> Config | None:
    """None where that is no other configuration, one that a rule forbids, or one in which a setting
    makes no difference.
    """
    kept = {name: _within(config, name, value) for name, value in settings.items()}
    try:
        after = with_changes(config, **kept)
    except ValidationError:
        return None
    assert isinstance(after, Config)
    return None if after == config or hidden(after) & kept.keys() else after


def _within(config: Config, name: str, value: Any) -> Any:
    """A number within the setting's bounds, of three digits; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    low, high = bounds_of(type(config).model_fields[name])
    return min(max(float(f"{value:.3g}"), low), high)


def _may_change(config: Config, settings: Mapping[str, Any]) -> bool:
    room = MAX_CHANGES - len(changes_of(config)) >= len(settings)
    return room and settings.keys() <= set(changeable(type(config)))


def _in_words(config: Config, name: str) -> str:
    return f"{label_of(type(config), name)} {value_in_words(config, name)}"
