"""What is special to the page of losses; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

import pytest

from core.concepts.losses import numbers as numbers_lab
from core.config import with_changes
from explorer.live import Click
from explorer.page import view_of
from pages.losses import numbers
from tests.support.repairs import repaired
from tests.support.visits import Orders, Visits, widget

VISITS = Visits("losses")
LABS = VISITS.labs
opened = VISITS.opened


@pytest.mark.parametrize(
    ("lab", "query", "hidden"),
    [("classes", {}, {"learning_rate"}),
     ("classes", {"losses": "outputs"}, {"learning_rate", "temperature"}),
     ("numbers", {"outliers": "0"}, {"outlier_size", "sides", "n_each"}),
     ("numbers", {"losses": "squared", "painted": "0.5:3"}, {"delta"}),
     ("likelihood", {"heads": "learned"}, {"beta"})],
)
def test_what_makes_no_difference_is_hidden(
    lab: str, query: dict[str, str], hidden: set[str], orders: Orders
) -> None:
    at = opened(lab, **query)
    fields = LABS[lab].config.model_fields
    assert {f for f in fields if widget(at, LABS[lab], f) is None} == hidden


def test_a_temperature_trains_nothing_anew(orders: Orders) -> None:
    """The same run is ordered, and its numbers at that temperature are shown."""
    for text in ("1.0", "2.5"):
        opened("classes", temperature=text)
    assert orders.configs[0] == orders.configs[-1] == LABS["classes"].config()
    lab = LABS["classes"]
    chart = next(c for c in view_of(lab, lab.config(temperature=2.5))["charts"]
                 if c["id"] == "reliability")
    assert {bind["x"]["labels"]["temperature"] for bind in chart["binds"]} == {2.5}
    between = next(c for c in view_of(lab, lab.config(temperature=2.3))["charts"]
                   if c["id"] == "reliability")
    assert between["binds"] == [
        {**bind, "x": {**bind["x"], "labels": {**bind["x"]["labels"], "temperature": 2.25}},
         "y": {**bind["y"], "labels": {**bind["y"]["labels"], "temperature": 2.25}}}
        for bind in chart["binds"]]


def test_clicks_paint_points_and_take_them_away() -> None:
    config = numbers_lab.Config()
    for click in (Click("fits", 0.3333, 2.04), Click("fits", -0.2, 99.0)):
        config = with_changes(config, **numbers.put(click, config))
    assert config.painted == ("0.35:2", "0:6")
    assert numbers.put(Click("fits", 0.34, 1.8), config) == {"painted": ("0:6",)}
    assert numbers.height(config)[1] > 6


def test_mean_and_median_are_marked_where_they_differ() -> None:
    lab = LABS["numbers"]

    def said(**settings: object) -> list[str]:
        chart = next(c for c in view_of(lab, lab.config(**settings))["charts"]
                     if c["id"] == "estimates")
        return [note["text"] for note in chart["figure"]["layout"]["annotations"]]

    assert said() == ["mean", "median"]
    assert said(outliers=0) == ["mean and median"]


def test_what_repairs_a_net_that_is_stuck() -> None:
    assert repaired("losses.classes", "stuck", rates="shared", learning_rate=1,
                    n_seeds=1) == LABS["classes"].config(learning_rate=1, n_seeds=1)
