"""The magnifying glass: which settings of a lab come along to the one that shows a step of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import pytest

from core.concepts import concepts
from core.config import Change, ChangingConfig, Config, setting, settings_of, with_changes
from core.experiment import Experiment
from explorer.page import lab_of
from explorer.slow_motion import slow_motion
from tests.support.visits import ends

LABS = [lab for labs in concepts().values() for lab in labs if lab_of(lab).slowly]
"""Those with a magnifying glass. Without one: labs that make no updates (the ridges, the search),
and those whose step would be another one than is shown: classification (no squared error), voting
(no bootstrap sample, no round of reweighting), the plane (no image), memory (other rules and rates,
nets of several lengths), pictures and blocks (other nets than the one that is looked into).
"""


@pytest.mark.parametrize("lab", LABS, ids=lambda e: e.name)
def test_what_comes_along(lab: Experiment) -> None:
    """Every setting that both labs have, at both ends of its control here, or at the end of the
    control there where that comes before it; but for what the page says is meant otherwise there,
    which then is the same at both ends.
    """
    slowly, room = lab_of(lab).slowly, lab_of(lab).narrower(lab.config())
    assert slowly
    there, _ = slowly(lab.config(), 60)
    assert there.name.partition(".")[0] == lab.name.partition(".")[0]
    carried = set()
    for name in settings_of(lab.config).keys() & settings_of(there.config).keys():
        given = room.get(name, ends(lab.config, name))
        found = [slowly(with_changes(lab.config(), **{name: end}), 60) for end in given]
        assert all(experiment is there for experiment, _ in found)
        values = [getattr(config, name) for _, config in found]
        if values == [nearest(there, name, end) for end in given]:
            carried.add(name)
        else:
            assert len(set(values)) == 1, (name, given, values)
    assert len(carried) >= 4


def nearest(lab: Experiment, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    allowed = ends(lab.config, name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = (float(end) for end in allowed if end is not None)
        return min(max(value, low), high)
    return value if value is None or value in allowed else lab.config.model_fields[name].default


# --- the way itself ----------------------------------------------------------------------


class Here(ChangingConfig):
    n_steps: int = setting(100, "Steps", ge=1, le=1000)
    rate: float = setting(0.3, "A rate", ge=0, le=10, changeable=True)
    world: Literal["moon", "sun"] = setting("moon", "Where")
    empty: float | None = setting(None, "A number or none", ge=0, le=1)


class There(Config):
    at: int = setting(5, "The step", ge=0, le=50)
    rate: float = setting(0.5, "A rate", ge=0.2, le=1)
    world: Literal["earth", "moon"] = setting("earth", "Where")
    empty: float | None = setting(0.5, "A number or none", ge=0, le=1)
    color: Literal["red", "blue"] = setting("red", "Which")


@pytest.mark.parametrize(("given", "at", "meant", "wanted"), [
    ({}, 7, {}, There(at=7, rate=0.3, world="moon", empty=None)),
    ({"seed": 4, "n_seeds": 2}, 0, {"n_seeds": 1},
     There(at=0, rate=0.3, world="moon", empty=None, seed=4)),
    ({"rate": 5, "world": "sun"}, 900, {}, There(at=50, rate=1, empty=None)),
    ({"rate": 0}, 5, {"color": "blue"}, There(rate=0.2, world="moon", empty=None, color="blue")),
    ({"changes": (Change(10, "rate", 0.8),)}, 9, {}, There(at=9, rate=0.3, world="moon",
                                                           empty=None)),
    ({"changes": (Change(10, "rate", 0.8),)}, 10, {}, There(at=10, rate=0.8, world="moon",
                                                            empty=None)),
])
def test_the_way_itself(
    given: dict[str, Any], at: int, meant: dict[str, Any], wanted: There,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Settings of the same name, the step, and what is meant otherwise; a number beyond the bounds
    comes to them, an unknown option to its default; what changed by then has its last value.
    """
    there = SimpleNamespace(config=There)
    monkeypatch.setattr("explorer.slow_motion.find", lambda name: there)
    assert slow_motion("some.step", Here(**given), at, **meant) == (there, wanted)
