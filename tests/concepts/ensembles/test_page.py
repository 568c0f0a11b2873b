"""The ensembles page, driven as a visitor would, with real runs in real children."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from core.concepts.ensembles import growing
from core.config import Config
from core.frames import header_of
from explorer.controls import CUSTOM
from tests.support.visits import (
    Visits,
    address,
    claims_of,
    ends,
    handle_of,
    healthy,
    view_of,
    warnings_of,
    widget,
)

pytestmark = pytest.mark.usefixtures("own_runs")
VISITS = Visits("ensembles")
LABS = VISITS.labs
opened, started = VISITS.opened, VISITS.started
SHORT = {"growing": {"n_estimators": "2", "n_seeds": "1", "n_samples": "50"},
         "voting": {"n_seeds": "1", "n_samples": "50"}}


def trained(config: Config) -> Config:
    """What the page trains for what the controls say."""
    return growing.shared_run(config) if isinstance(config, growing.Config) else config


@pytest.mark.parametrize("lab", LABS)
def test_the_page_opens(lab: str) -> None:
    at = opened(lab)
    assert warnings_of(at) == []
    default = LABS[lab].config()
    assert started(at, lab) == trained(default)
    handle = handle_of(at)
    assert handle.state == "finished"
    assert len(handle.frames()) == LABS[lab].n_frames(default) + 2
    assert at.selectbox(key=f"{LABS[lab].name} preset").value == LABS[lab].presets[0].name


PRESETS = [(lab, preset) for lab, e in LABS.items() for preset in e.presets]


@pytest.mark.parametrize(("lab", "preset"), PRESETS, ids=[p.name for _, p in PRESETS])
def test_presets_open(lab: str, preset: Any) -> None:
    """Chosen from the list, a preset's settings are the page's, its question is asked, and its
    claims come first; its address opens it elsewhere.
    """
    at = opened(lab, **SHORT[lab])
    box = f"{LABS[lab].name} preset"
    assert at.selectbox(key=box).value == CUSTOM
    at.selectbox(key=box).set_value(preset.name)
    healthy(at.run())
    assert warnings_of(at) == []
    assert at.selectbox(key=box).value == preset.name
    assert any(preset.question in item.value for item in at.markdown)
    assert set(claims_of(at)[: len(preset.claims)]) == set(preset.claims)
    elsewhere = opened(**address(at))
    assert elsewhere.selectbox(key=box).value == preset.name


# --- the ends of every control ---------------------------------------------------------


SLOW = {"n_estimators": 20, "n_seeds": 2}
"""Ends that take a second of training or more are tried at these values instead."""
FIELDS = [(lab, field) for lab, e in LABS.items() for field in e.config.model_fields]


@pytest.mark.parametrize(("lab", "field"), FIELDS)
def test_every_control_at_its_ends(lab: str, field: str) -> None:
    """From the address: the control shows it, nothing is complained about, the run ends well."""
    for value in ends(LABS[lab].config, field):
        if isinstance(value, int) and value > 1:
            value = min(value, SLOW.get(field, value))
        text = ",".join(value) if isinstance(value, list) else str(value)
        at = opened(lab, **{**SHORT[lab], field: text})
        assert warnings_of(at) == []
        config = started(at, lab)
        if field not in {"watch", "methods", "members", "query_x", "query_y"}:
            assert getattr(config, field) == value


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("data", get_args(growing.Config.model_fields["data"].annotation))
def test_the_smallest_and_noisiest_of_every_set(lab: str, data: str) -> None:
    """Fifty points, two in five with a wrong label: an ensemble all the same."""
    at = opened(lab, **SHORT[lab], data=data, flip="0.4")
    assert warnings_of(at) == []
    assert started(at, lab).data == data


@pytest.mark.parametrize("lab", LABS)
def test_nobody_chosen(lab: str) -> None:
    """Without anything to compare with, the watched ensemble alone; without voters, all."""
    field = {"growing": "methods", "voting": "members"}[lab]
    at = opened(lab, **SHORT[lab])
    widget(at, LABS[lab], field).set_value([])
    healthy(at.run())
    assert warnings_of(at) == []
    started(at, lab)


def test_a_set_with_fewer_points_gives_the_default_back() -> None:
    at = opened("growing", **SHORT["growing"] | {"n_samples": "500"})
    widget(at, LABS["growing"], "data").set_value("breast_cancer")
    healthy(at.run())
    assert warnings_of(at) == []
    assert started(at, "growing").n_samples == 200
    assert widget(at, LABS["growing"], "n_samples").max == 300


def test_depth_goes_by_whole_numbers() -> None:
    at = opened("growing", **SHORT["growing"], max_depth="3")
    assert started(at, "growing").max_depth == 3


@pytest.mark.parametrize(("lab", "query", "words"), [
    ("growing", {"n_samples": "400", "data": "breast_cancer"},
     ["n_samples", "400", "'breast_cancer'", "from 50 to 300"]),
    ("growing", {"max_depth": "2.5"}, ["max_depth", "'2.5'", "a whole number from 1 to 12"]),
    ("growing", {"watch": "oracle"}, ["watch", "'oracle'", "tree, bagging"]),
    ("growing", {"methods": "tree,oak"}, ["methods", "'oak'", "tree, bagging"]),
    ("growing", {"learning_rate": "0"}, ["learning_rate", "'0'", "from 0.05 to 1"]),
    ("growing", {"flip": "nan"}, ["flip", "nan", "from 0 to 0.4"]),
    ("growing", {"query_x": "7"}, ["query_x", "'7'", "from -2.0 to 3.0"]),
    ("voting", {"members": "knn,svm"}, ["members", "'svm'", "logistic, knn"]),
    ("voting", {"n_neighbors": "0"}, ["n_neighbors", "'0'", "a whole number from 1 to 30"]),
    ("voting", {"watch": "tree"}, ["watch", "no such setting", "n_neighbors"]),
])
def test_what_an_address_cannot_have_is_explained(
    lab: str, query: dict[str, str], words: list[str]
) -> None:
    at = opened(lab, **{**SHORT[lab], **query})
    (warning,) = warnings_of(at)
    for word in words:
        assert word in warning
    assert warnings_of(healthy(at.run())) == [], "said once, not at every rerun"


# --- what is looked at -----------------------------------------------------------------


def votes_of(at: AppTest) -> dict[str, Any]:
    """Ensemble and place that the chart of votes reads."""
    chart = next(c for c in view_of(at)["charts"] if c["id"] == "votes")
    return chart["binds"][0]["y"]["labels"]


def test_a_click_asks_the_members_without_another_run() -> None:
    """The point that a click sets moves the votes; the run, and what it trains, stay."""
    at = opened("growing", **SHORT["growing"])
    before, asked = handle_of(at), votes_of(at)
    at.session_state["ensembles.growing:query_x"] = -1.0
    at.session_state["ensembles.growing:query_y"] = 1.5
    healthy(at.run())
    assert handle_of(at) is before
    row, column = growing.query_cell(growing.Config(query_x=-1, query_y=1.5))
    places = growing.coords(growing.Config())
    assert votes_of(at) == {"ensemble": asked["ensemble"], "x": places["x"][column],
                            "y": places["y"][row]}
    assert at.query_params["query_x"] in ("-1", ["-1"])


def test_looking_into_another_method_needs_no_other_run() -> None:
    at = opened("growing", **SHORT["growing"],
                methods="tree,bagging,forest,extra_trees,adaboost,gradient_boosting")
    before, asked = handle_of(at), votes_of(at)
    widget(at, LABS["growing"], "watch").set_value("adaboost")
    healthy(at.run())
    assert handle_of(at) is before
    assert votes_of(at) == asked | {"ensemble": "adaboost"}


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("data", ["moons", "digits"])
def test_charts_speak_of_arrays_that_the_run_has(lab: str, data: str) -> None:
    at = opened(lab, **SHORT[lab], data=data)
    started(at, lab)
    handle = handle_of(at)
    messages = [header_of(message) for message in handle.frames()]
    shapes = {spec["name"]: spec["shape"] for spec in messages[1]["arrays"]}
    for chart in view_of(at)["charts"]:
        for ref in [bind[part] for bind in chart["binds"] for part in ("x", "y", "z", "size")
                    if bind[part]]:
            shape = shapes[ref["array"]]
            assert len(ref["index"]) <= len(shape)
            assert all(i is None or 0 <= i < n for i, n in zip(ref["index"], shape, strict=False))


@pytest.mark.parametrize(("query", "hidden"), [
    ({}, set()), ({"data": "digits"}, {"noise", "query_x", "query_y"}),
    ({"data": "synthetic"}, {"noise", "query_x", "query_y"}),
])
def test_what_makes_no_difference_is_hidden(query: dict[str, str], hidden: set[str]) -> None:
    at = opened("growing", **SHORT["growing"], **query)
    absent = {f for f in growing.Config.model_fields if widget(at, LABS["growing"], f) is None}
    assert absent == hidden
