"""The page of skip connections, driven as a visitor would, with real runs in real children."""

from __future__ import annotations

from typing import Any

import pytest

from core.frames import header_of
from explorer.controls import CUSTOM
from tests.support.visits import (
    LIVENESS,
    Visits,
    address,
    claims_of,
    ends,
    handle_of,
    healthy,
    view_of,
    widget,
)

pytestmark = pytest.mark.usefixtures("own_runs")
VISITS = Visits("skip_connections")
LABS = VISITS.labs
opened, started = VISITS.opened, VISITS.started
SHORT: dict[str, dict[str, str]] = {
    "depth": {"n_steps": "20", "n_seeds": "1", "depths": "2,4"},
    "inside": {"n_steps": "20", "n_seeds": "1", "depth": "4"},
}


every_lab = pytest.mark.parametrize("lab", LABS)


@every_lab
def test_the_page_opens(lab: str) -> None:
    """Without a word of warning, with the default configuration, its preset named, and a run that
    ends well with as many frames as announced.
    """
    at = opened(lab)
    assert not at.warning
    config = LABS[lab].config()
    assert started(at, lab) == config
    assert at.selectbox(key=f"{LABS[lab].name} preset").value == LABS[lab].presets[0].name
    assert len(handle_of(at).frames()) == LABS[lab].n_frames(config) + 2


FIELDS = [(lab, field) for lab, e in LABS.items() for field in e.config.model_fields]


@pytest.mark.parametrize(("lab", "field"), FIELDS)
def test_every_control_at_its_ends(lab: str, field: str) -> None:
    """A visitor drags each control to each end: the page shows the run of exactly this value,
    puts it into the address, and has nothing to complain about.
    """
    at = opened(lab, **SHORT[lab])
    kind = LABS[lab].config
    for value in ends(kind, field):
        widget(at, LABS[lab], field).set_value(value)
        healthy(at.run())
        assert not at.warning
        wanted = tuple(value) if isinstance(value, list) else value
        assert getattr(started(at, lab), field) == wanted
        default = kind.model_fields[field].get_default()
        assert (field in at.query_params) == (wanted != default)
        assert widget(at, LABS[lab], field).value == value


@pytest.mark.parametrize(
    ("lab", "query", "hidden"),
    [("depth", {}, set()), ("depth", {"rates": "tuned"}, {"learning_rate"}),
     ("depth", {"net": "cnn"}, {"width"}), ("inside", {}, set()),
     ("inside", {"net": "cnn"}, {"width"})],
)
def test_what_makes_no_difference_is_hidden(
    lab: str, query: dict[str, str], hidden: set[str]
) -> None:
    at = opened(lab, **SHORT[lab], **query)
    fields = LABS[lab].config.model_fields
    assert {f for f in fields if widget(at, LABS[lab], f) is None} == hidden


@every_lab
def test_nothing_chosen_gives_a_warning_and_the_default(lab: str) -> None:
    for field in ("kinds", "depths") if lab == "depth" else ("kinds",):
        at = opened(lab, **SHORT[lab])
        widget(at, LABS[lab], field).set_value([])
        healthy(at.run())
        (warning,) = (item.value for item in at.warning)
        assert warning.startswith(f"{field}: () is not allowed. Allowed: at least one of")
        default = LABS[lab].config.model_fields[field].default
        assert getattr(started(at, lab, to_the_end=False), field) == default


PRESETS = [(lab, preset) for lab, e in LABS.items() for preset in e.presets]


@pytest.mark.parametrize(("lab", "preset"), PRESETS, ids=[preset.name for _, preset in PRESETS])
def test_presets_open(lab: str, preset: Any) -> None:
    """Chosen from the list, a preset's configuration runs, its question is asked, its claims
    come first; and its address opens it elsewhere.
    """
    at = opened(lab, **SHORT[lab])
    box = f"{LABS[lab].name} preset"
    assert at.selectbox(key=box).value == CUSTOM
    at.selectbox(key=box).set_value(preset.name)
    healthy(at.run())
    assert not at.warning
    assert started(at, lab, to_the_end=False) == preset.config
    assert any(preset.question in item.value for item in at.markdown)
    assert set(claims_of(at)[: len(preset.claims)]) == set(preset.claims)
    elsewhere = opened(**address(at))
    assert elsewhere.selectbox(key=box).value == preset.name
    handle_of(elsewhere).close()


REFUSED = {
    "too deep": ("inside", {"depth": "65"}, "depth: '65'", "from 2 to 64"),
    "no depth": ("depth", {"depths": "2,3"}, "depths: '3'", "2, 4, 8, 16, 32, 64"),
    "none": ("depth", {"depths": ","}, "depths: ()", "at least one of 2"),
    "twice": ("inside", {"kinds": "plain,plain"}, "kinds: ('plain', 'plain')", "at most once"),
    "too narrow": ("depth", {"width": "8"}, "width: '8'", "from 16 to 64"),
    "no number": ("depth", {"learning_rate": "fast"}, "learning_rate: 'fast'", "from 0.0001 to 1"),
    "no gain": ("inside", {"gain": "2"}, "gain: '2'", "half, one, he"),
    "of the other lab": ("inside", {"depths": "2"}, "depths", "no such setting"),
    "unknown lab": ("moon", {}, "lab: 'moon'", ", ".join(LABS)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_an_address_cannot_have_is_explained(case: str) -> None:
    """A warning that names the field, the value and what is allowed; the default takes its place
    and the wrong value is gone from the address.
    """
    lab, query, *words = REFUSED[case]
    at = opened(lab, **query)
    (warning,) = (item.value for item in at.warning)
    for word in words:
        assert word in warning
    shown = lab if lab in LABS else next(iter(LABS))
    assert started(at, shown, to_the_end=False) == LABS[shown].config()
    assert not set(query) & set(at.query_params)
    assert not healthy(at.run()).warning, "said once, not at every rerun"
    handle_of(at).close()


@every_lab
@pytest.mark.parametrize("more", [{}, {"net": "cnn", "batch_norm": "both"}], ids=str)
def test_charts_speak_of_arrays_that_the_run_has(lab: str, more: dict[str, str]) -> None:
    """Every reference of the view is an array of the frames, with a position per dimension that
    exists, and a place for every value; every chart has a title and a text alternative.
    """
    at = opened(lab, **SHORT[lab], **more)
    handle_of(at).wait(LIVENESS)
    shapes: dict[str, list[int]] = {}
    for message in handle_of(at).frames():
        for spec in header_of(message).get("arrays", ()):
            shapes[spec["name"]] = spec["shape"]
    charts = view_of(at)["charts"]
    assert len(charts) >= 3
    for chart in charts:
        assert chart["title"]
        assert chart["alt"].endswith(".")
        for bind in chart["binds"]:
            for ref in (bind[axis] for axis in "xyz" if bind[axis]):
                shape = shapes[ref["array"]]
                assert len(ref["index"]) <= len(shape)
                pairs = zip(ref["index"], shape, strict=False)
                assert all(i is None or 0 <= i < n for i, n in pairs)
            trace = chart["figure"]["data"][bind["trace"]]
            if bind["mode"] == "state" and bind["y"] and bind["y"]["reduce"]:
                kept = [n for i, n in zip(bind["y"]["index"], shapes[bind["y"]["array"]],
                                          strict=True) if i is None]
                assert len(trace["x"]) == kept[0]
