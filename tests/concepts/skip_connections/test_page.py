"""What is special to the page of skip connections; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

import pytest

from explorer.page import view_of
from tests.support.repairs import repaired
from tests.support.visits import Orders, Visits, healthy, widget

VISITS = Visits("skip_connections")
LABS = VISITS.labs
opened = VISITS.opened


every_lab = pytest.mark.parametrize("lab", ["depth", "inside"])


@pytest.mark.parametrize(
    ("lab", "query", "hidden"),
    [("depth", {}, set()), ("depth", {"rates": "tuned"}, {"learning_rate"}),
     ("depth", {"net": "cnn"}, {"width"}), ("inside", {}, set()),
     ("inside", {"net": "cnn"}, {"width"})],
)
def test_what_makes_no_difference_is_hidden(
    lab: str, query: dict[str, str], hidden: set[str], orders: Orders
) -> None:
    at = opened(lab, **query)
    fields = LABS[lab].config.model_fields
    assert {f for f in fields if widget(at, LABS[lab], f) is None} == hidden


@every_lab
def test_nothing_chosen_gives_a_warning_and_the_default(lab: str, orders: Orders) -> None:
    for field in ("kinds", "depths") if lab == "depth" else ("kinds",):
        at = opened(lab)
        widget(at, LABS[lab], field).set_value([])
        healthy(at.run())
        (warning,) = (item.value for item in at.warning)
        assert warning.startswith(f"{field}: () is not allowed. Allowed: at least one of")
        default = LABS[lab].config.model_fields[field].default
        assert getattr(orders.configs[-1], field) == default


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
def test_what_an_address_cannot_have_is_explained(case: str, orders: Orders) -> None:
    """A warning that names the field, the value and what is allowed; the default takes its place
    and the wrong value is gone from the address.
    """
    lab, query, *words = REFUSED[case]
    at = opened(lab, **query)
    (warning,) = (item.value for item in at.warning)
    for word in words:
        assert word in warning
    shown = lab if lab in LABS else next(iter(LABS))
    assert orders.configs == [LABS[shown].config()]
    assert not set(query) & set(at.query_params)
    assert not healthy(at.run()).warning, "said once, not at every rerun"


@every_lab
def test_states_have_a_place_for_every_value(lab: str) -> None:
    """A trace that is drawn from a reduced array has as many points as the dimension it keeps."""
    experiment, seen = LABS[lab], 0
    config = experiment.config(net="cnn", batch_norm="both")
    sizes = {dim: len(labels) for dim, labels in experiment.coords(config).items()}
    for chart in view_of(experiment, config)["charts"]:
        for bind in chart["binds"]:
            y, trace = bind["y"], chart["figure"]["data"][bind["trace"]]
            if bind["mode"] == "state" and y and y["reduce"]:
                dims = [d for d in experiment.dims[y["array"]] if d != "step"]
                kept = [d for d in dims if d not in y["labels"]]
                assert len(trace["x"]) == sizes[kept[0]]
                seen += 1
    assert seen


def test_what_repairs_a_net_that_overflowed() -> None:
    for lab in ("depth", "inside"):
        after = repaired(f"skip_connections.{lab}", "overflowed", learning_rate=1, n_steps=30,
                         n_seeds=1)
        assert after.learning_rate == LABS[lab].config().learning_rate
