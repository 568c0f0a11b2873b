"""What is special to the page of transfer; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

import pytest

from explorer.page import view_of
from tests.support.visits import Orders, Visits, healthy, widget

VISITS = Visits("transfer")
LAB = VISITS.labs["labels"]


@pytest.mark.parametrize(("rates", "hidden"), [("shared", {"fine_tuning_rate"}), ("own", set())])
def test_a_rate_of_its_own_has_a_control(rates: str, hidden: set[str], orders: Orders) -> None:
    at = VISITS.opened("labels", rates=rates)
    assert {f for f in LAB.config.model_fields if widget(at, LAB, f) is None} == hidden


@pytest.mark.parametrize("lab", ["sources", "step"])
def test_so_it_has_in_the_other_labs(lab: str, orders: Orders) -> None:
    at = VISITS.opened(lab, rates="shared")
    assert widget(at, VISITS.labs[lab], "fine_tuning_rate") is None


def test_no_number_of_labels_gives_a_warning_and_the_default(orders: Orders) -> None:
    at = VISITS.opened("labels")
    widget(at, LAB, "labels").set_value([])
    healthy(at.run())
    (warning,) = (item.value for item in at.warning)
    assert warning.startswith("labels: () is not allowed. Allowed: at least one of 2, 5")
    assert orders.configs[-1].labels == LAB.config().labels


def test_states_have_a_place_for_every_value() -> None:
    """A trace that is drawn from a reduced array has as many points as the dimension it keeps."""
    config, seen = LAB.config(labels=("2", "20", "100")), 0
    sizes = {dim: len(labels) for dim, labels in LAB.coords(config).items()}
    for chart in view_of(LAB, config)["charts"]:
        for bind in chart["binds"]:
            y, trace = bind["y"], chart["figure"]["data"][bind["trace"]]
            if bind["mode"] == "state" and y and y["reduce"]:
                (kept,) = (d for d in LAB.dims[y["array"]]
                           if d not in ("step", "seed") and d not in y["labels"])
                assert len(trace["x"]) == sizes[kept]
                seen += 1
    assert seen == 4 + 3 + 2  # errors, differences to the net from scratch, moved layers


def test_images_are_drawn_as_large_as_they_are(orders: Orders) -> None:
    """Of digits, smaller ones, and under their classes' names."""
    charts = {c["id"]: c for c in view_of(LAB, LAB.config(data="digits"))["charts"]}
    rows = charts["examples"]["figure"]["layout"]["yaxis"]["tickvals"]
    assert rows == [3.5, 12.5]
    assert charts["taken_frozen"]["figure"]["data"][0]["x"] == list("56789")
