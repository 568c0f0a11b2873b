"""What is special to the ensembles page; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.checking import trained
from core.concepts.ensembles import growing
from tests.support.visits import Orders, Visits, healthy, view_of, warnings_of, widget

VISITS = Visits("ensembles")
LABS = VISITS.labs
opened = VISITS.opened


@pytest.mark.parametrize("lab", ["growing", "voting"])
@pytest.mark.parametrize("data", get_args(growing.Config.model_fields["data"].annotation))
def test_the_smallest_and_noisiest_of_every_set(lab: str, data: str) -> None:
    """Fifty points, two in five with a wrong label: an ensemble all the same."""
    small = {"n_seeds": 1, "n_samples": 50, "data": data, "flip": 0.4}
    few = {"n_estimators": 2} if lab == "growing" else {}
    history = trained(LABS[lab], LABS[lab].config(**small, **few))
    error = history["test_error" if lab == "growing" else "error"]
    assert np.isfinite(error).any()


@pytest.mark.parametrize("lab", ["growing", "voting"])
def test_nobody_chosen(lab: str, orders: Orders) -> None:
    """Without anything to compare with, the watched ensemble alone; without voters, all."""
    field = {"growing": "methods", "voting": "members"}[lab]
    at = opened(lab)
    widget(at, LABS[lab], field).set_value([])
    healthy(at.run())
    assert warnings_of(at) == []
    assert all(LABS[lab].coords(orders.configs[-1]).values())


def test_a_set_with_fewer_points_gives_the_default_back(orders: Orders) -> None:
    at = opened("growing", n_samples="500")
    widget(at, LABS["growing"], "data").set_value("breast_cancer")
    healthy(at.run())
    assert warnings_of(at) == []
    assert orders.configs[-1].model_dump()["n_samples"] == 200
    assert widget(at, LABS["growing"], "n_samples").max == 300


def test_depth_goes_by_whole_numbers(orders: Orders) -> None:
    opened("growing", max_depth="3")
    assert orders.configs[-1].model_dump()["max_depth"] == 3


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
    lab: str, query: dict[str, str], words: list[str], orders: Orders
) -> None:
    at = opened(lab, **query)
    (warning,) = warnings_of(at)
    for word in words:
        assert word in warning
    assert warnings_of(healthy(at.run())) == [], "said once, not at every rerun"


# --- what is looked at -----------------------------------------------------------------


def votes_of(at: AppTest) -> dict[str, Any]:
    """Ensemble and place that the chart of votes reads."""
    chart = next(c for c in view_of(at)["charts"] if c["id"] == "votes")
    return chart["binds"][0]["y"]["labels"]


def test_a_click_asks_the_members_without_another_run(orders: Orders) -> None:
    """The point that a click sets moves the votes; the run, and what it trains, stay."""
    at = opened("growing")
    asked = votes_of(at)
    at.session_state["ensembles.growing:query_x"] = -1.0
    at.session_state["ensembles.growing:query_y"] = 1.5
    healthy(at.run())
    assert orders.configs[0] == orders.configs[-1]
    row, column = growing.query_cell(growing.Config(query_x=-1, query_y=1.5))
    places = growing.coords(growing.Config())
    assert votes_of(at) == {"ensemble": asked["ensemble"], "x": places["x"][column],
                            "y": places["y"][row]}
    assert at.query_params["query_x"] in ("-1", ["-1"])


def test_looking_into_another_method_needs_no_other_run(orders: Orders) -> None:
    at = opened("growing", methods="tree,bagging,forest,extra_trees,adaboost,gradient_boosting")
    asked = votes_of(at)
    widget(at, LABS["growing"], "watch").set_value("adaboost")
    healthy(at.run())
    assert orders.configs[0] == orders.configs[-1]
    assert votes_of(at) == asked | {"ensemble": "adaboost"}


@pytest.mark.parametrize(("query", "hidden"), [
    ({}, set()), ({"data": "digits"}, {"noise", "query_x", "query_y"}),
    ({"data": "synthetic"}, {"noise", "query_x", "query_y"}),
])
def test_what_makes_no_difference_is_hidden(
    query: dict[str, str], hidden: set[str], orders: Orders
) -> None:
    at = opened("growing", **query)
    absent = {f for f in growing.Config.model_fields if widget(at, LABS["growing"], f) is None}
    assert absent == hidden
