"""What is special to the page of recurrence; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

import pytest

from explorer.page import view_of
from tests.support.repairs import repaired
from tests.support.visits import Orders, Visits, widget

VISITS = Visits("recurrence")
LABS = VISITS.labs
opened = VISITS.opened


@pytest.mark.parametrize(
    ("query", "hidden"),
    [({}, {"update_bias", "learning_rate"}),
     ({"cells": "gru"}, {"forget_bias", "gain", "learning_rate"}),
     ({"rates": "shared"}, {"update_bias"})],
)
def test_what_makes_no_difference_is_hidden(
    query: dict[str, str], hidden: set[str], orders: Orders
) -> None:
    at = opened("memory", **query)
    fields = LABS["memory"].config.model_fields
    assert {f for f in fields if widget(at, LABS["memory"], f) is None} == hidden


REFUSED = {
    "too long": ({"lags": "7"}, "lags: '7'", "5, 10, 15, 20, 30, 40, 60"),
    "nobody": ({"cells": ","}, "cells: ()", "at least one of rnn"),
    "twice": ({"lags": "5,5"}, "lags: ('5', '5')", "at most once"),
    "too strong": ({"forget_bias": "9"}, "forget_bias: '9'", "from -1 to 5"),
    "no task": ({"task": "parity"}, "task: 'parity'", "copy, order, adding"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_an_address_cannot_have_is_explained(case: str, orders: Orders) -> None:
    query, *words = REFUSED[case]
    (warning,) = (item.value for item in opened("memory", **query).warning)
    assert all(word in warning for word in words)
    assert orders.configs == [LABS["memory"].config()]


def test_the_lstm_says_its_forget_bias() -> None:
    """And is told apart from the one that always has 0."""
    lab = LABS["memory"]
    for bias, label in ((3, "LSTM, forget bias 3"), (0, "LSTM, forget bias 0, as set")):
        chart = view_of(lab, lab.config(forget_bias=bias))["charts"][0]
        names = [trace["name"] for trace in chart["figure"]["data"]]
        assert label in names
        assert "LSTM, forget bias 0" in names


def test_what_repairs_a_gradient_that_explodes() -> None:
    explode = next(p for p in LABS["memory"].presets if p.name == "Explode")
    settings = explode.config.model_dump() | {"n_seeds": 1, "n_steps": 60}
    assert repaired("recurrence.memory", "diverged", **settings).clipping


@pytest.mark.parametrize("settings", [{"n_steps": 100}, {"n_steps": 200, "update_bias": 5.0}])
def test_what_repairs_a_net_that_guesses(settings: dict[str, float]) -> None:
    after = repaired("recurrence.inside", "guesses", length=10, n_seeds=1, **settings)
    assert (after.n_steps, after.update_bias) == (400, 1.0)
