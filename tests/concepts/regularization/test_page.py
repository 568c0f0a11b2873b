"""The regularization page, driven as a visitor would, with real runs in real children."""

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
VISITS = Visits("regularization")
LABS = VISITS.labs
opened, started = VISITS.opened, VISITS.started
SHORT: dict[str, dict[str, str]] = {
    "double_descent": {"n_samples": "20", "n_seeds": "2"},
    "cross_validation": {"n_repeats": "1", "n_seeds": "2"},
    "search": {"n_trials": "6", "n_steps": "20", "n_seeds": "1", "width": "8"},
    "remedies": {"n_steps": "50", "n_train": "50", "n_seeds": "1", "width": "8"},
    "strength": {"n_steps": "50", "n_train": "50", "n_seeds": "1", "width": "8"},
    "plane": {"n_steps": "50", "n_train": "20", "n_seeds": "1", "width": "4"},
}


every_lab = pytest.mark.parametrize("lab", LABS)


@every_lab
def test_the_page_opens(lab: str) -> None:
    """Without a word of warning, with the default configuration, and a run that ends well
    with as many frames as announced.
    """
    at = opened(lab)
    assert not at.warning
    config = LABS[lab].config()
    assert started(at, lab) == config
    handle = handle_of(at)
    assert len(handle.frames()) == LABS[lab].n_frames(config) + 2


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
    query = address(at)
    assert opened(**query).selectbox(key=box).value == preset.name


REFUSED = {
    "too large": ("double_descent", {"n_samples": "999"}, "n_samples: '999'", "from 10 to 200"),
    "too small": ("double_descent", {"ridge": "0"}, "ridge: '0'", "from 1e-06 to 10"),
    "no number": ("double_descent", {"label_noise": "much"}, "label_noise: 'much'", "from 0"),
    "unknown": ("double_descent", {"colour": "red"}, "colour", "no such setting"),
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
    assert started(at, shown) == LABS[shown].config()
    assert not set(query) & set(at.query_params)
    assert not healthy(at.run()).warning, "said once, not at every rerun"


@every_lab
def test_charts_speak_of_arrays_that_the_run_has(lab: str) -> None:
    """Every reference of the view is an array of the frames, with a position per dimension
    that exists; every chart has a title and a text alternative.
    """
    at = opened(lab, **SHORT[lab])
    handle = handle_of(at)
    handle.wait(LIVENESS)
    shapes: dict[str, list[int]] = {}
    for message in handle.frames():
        for spec in header_of(message).get("arrays", ()):
            shapes[spec["name"]] = spec["shape"]
    charts = view_of(at)["charts"]
    assert len(charts) >= 3
    counted = {"double_descent": "features", "cross_validation": "folds", "search": "trials"}
    assert view_of(at)["step"] == counted.get(lab, "step")
    for chart in charts:
        assert chart["title"]
        assert chart["alt"].endswith(".")
        for ref in [bind[axis] for bind in chart["binds"] for axis in "xyz" if bind[axis]]:
            shape = shapes[ref["array"]]
            assert len(ref["index"]) <= len(shape)
            assert all(i is None or 0 <= i < n for i, n in zip(ref["index"], shape, strict=False))
