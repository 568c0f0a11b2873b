"""What is special to the optimizers page, and what stands for all: labs, boxes, addresses.

`AppTest` runs the page without a browser. The live view is opaque to it (its drawing is
tested in a browser), so what is looked at here are controls, address, warnings, and the
run that the page started: the token of the view leads to it.
"""

from __future__ import annotations

from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from core.concepts.optimizers import surface
from core.config import label_of, settings_of
from explorer.controls import CUSTOM, box_key, grid, group_of
from tests.support.repairs import repaired
from tests.support.visits import (
    KINDS,
    Orders,
    Visits,
    address,
    ends,
    handle_of,
    healthy,
    open_box,
    page_of,
    warnings_of,
    widget,
)

VISITS = Visits("optimizers")
LABS = VISITS.labs
opened = VISITS.opened
SHORT = {"surface": {"n_steps": "10"},
         "network": {"n_steps": "20", "n_seeds": "1", "sweep_seeds": "0"}, "step": {"at": "3"}}
RACES = ("surface", "network")


# --- the page as it opens --------------------------------------------------------------


def test_the_first_lab_is_shown_without_an_address(orders: Orders) -> None:
    at = healthy(page_of("optimizers").run())
    assert orders.configs == [LABS["surface"].config()]
    assert at.selectbox(key="optimizers.surface preset").value == LABS["surface"].presets[0].name


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.usefixtures("own_runs")
def test_a_rerun_without_a_change_keeps_the_run(lab: str) -> None:
    """Streamlit reruns the page for many reasons: none of them may train again."""
    at = opened(lab, **SHORT[lab])
    before = handle_of(at)
    assert handle_of(healthy(at.run())) is before


# --- controls --------------------------------------------------------------------------


def test_a_start_that_another_surface_cannot_have_goes_with_it(orders: Orders) -> None:
    """Changing the surface gives its own start back: nothing to complain about."""
    at = opened(start_x="9", start_y="-5", **SHORT["surface"])
    widget(at, LABS["surface"], "surface").set_value("rosenbrock")
    healthy(at.run())
    assert warnings_of(at) == []
    config = orders.configs[-1]
    assert isinstance(config, surface.Config)
    assert (config.surface, config.start_x, config.start_y) == ("rosenbrock", None, None)


def test_no_optimizer_gives_a_warning_and_the_default(orders: Orders) -> None:
    """The last one taken away: the page says what it needs and goes on with the default."""
    for lab in RACES:
        at = opened(lab, **SHORT[lab])
        widget(at, LABS[lab], "optimizers").set_value([])
        healthy(at.run())
        (warning,) = warnings_of(at)
        assert warning.startswith("optimizers: () is not allowed. Allowed: at least one of sgd,")
        default = LABS[lab].config().optimizers
        assert orders.configs[-1].model_dump()["optimizers"] == default
        assert widget(at, LABS[lab], "optimizers").value == list(default)


@pytest.mark.parametrize(
    ("lab", "query", "hidden"),
    [("surface", {"map": "starts"}, {"learning_rate"}),
     ("surface", {"rates": "shared", "map": "rates"}, set()),
     ("surface", {"surface": "beale", "map": "starts"},
      {"learning_rate", "condition_number", "rotation"}),
     ("surface", {}, {"learning_rate", "map_optimizer"}),
     ("network", {}, {"learning_rate"}),
     ("network", {"task": "wilson"}, {"learning_rate", "width", "batch_size"})],
)
def test_what_makes_no_difference_is_hidden(
    lab: str, query: dict[str, str], hidden: set[str], orders: Orders
) -> None:
    at = opened(lab, **{"n_steps": "20", **query})
    absent = {f for f in settings_of(LABS[lab].config) if widget(at, LABS[lab], f) is None}
    assert absent == hidden


# --- boxes of controls -----------------------------------------------------------------


def boxed(lab: str) -> dict[str, set[str]]:
    """The keys of a lab's controls by their box."""
    boxes: dict[str, set[str]] = {}
    for field, info in settings_of(LABS[lab].config).items():
        boxes.setdefault(group_of(info), set()).add(f"{LABS[lab].name}:{field}")
    return boxes


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.usefixtures("own_runs")
def test_a_closed_box_sends_none_of_its_controls(lab: str) -> None:
    """What is sent again at every slider move is only what can be seen. A box that was opened
    stays so; opening it does not train again, and puts nothing into the address.
    """
    at = opened(lab, **SHORT[lab])
    run, boxes = handle_of(at), boxed(lab)
    seen = boxes.pop("")
    assert [box.label for box in at.sidebar.expander] == list(boxes)
    for group, keys in boxes.items():
        assert not keys & drawn(at)
        open_box(at, LABS[lab], group)
        healthy(at.run())
        seen |= keys
        assert drawn(at) & keys
        assert drawn(at) <= seen
    assert handle_of(at) is run
    assert set(at.query_params) == {"lab", *SHORT[lab]}


def drawn(at: AppTest) -> set[str]:
    return {item.key for kind in KINDS for item in getattr(at, kind) if ":" in item.key}


def test_a_closed_box_keeps_its_values(orders: Orders) -> None:
    """A value set in an open box holds when it is closed, over reruns, and is still there
    when it is opened again; and a preset reaches into a closed one.
    """
    at = opened("network", **SHORT["network"])
    widget(at, LABS["network"], "width").set_value(12)
    healthy(at.run())
    at.session_state[box_key(LABS["network"], "Network")] = False
    for _ in range(2):
        healthy(at.run())
        assert "optimizers.network:width" not in drawn(at)
        assert orders.configs[-1].model_dump()["width"] == 12
        assert at.query_params["width"] in ("12", ["12"])
    assert widget(at, LABS["network"], "width").value == 12
    at.session_state[box_key(LABS["network"], "Network")] = False
    healthy(at.run())
    at.selectbox(key="optimizers.network preset").set_value(LABS["network"].presets[0].name)
    healthy(at.run())
    assert orders.configs[-1] == LABS["network"].presets[0].config
    assert widget(at, LABS["network"], "width").value == LABS["network"].presets[0].config.width


# --- presets ---------------------------------------------------------------------------


def test_a_changed_preset_is_ones_own(orders: Orders) -> None:
    at = opened("surface")
    widget(at, LABS["surface"], "rotation").set_value(30)
    healthy(at.run())
    assert at.selectbox(key="optimizers.surface preset").value == CUSTOM


# --- the address -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lab", "query", "expected"),
    [("surface", {"surface": "beale", "n_steps": "77"}, {"surface": "beale", "n_steps": 77}),
     ("surface", {"optimizers": "lion,sgd"}, {"optimizers": ("lion", "sgd")}),
     ("surface", {"start_x": "-1.25", "surface": "rosenbrock"}, {"start_x": -1.25}),
     ("surface", {"start_y": "3"}, {"start_x": None, "start_y": 3.0}),
     ("surface", {"rates": "shared", "learning_rate": "0.0123"}, {"learning_rate": 0.0123}),
     ("surface", {"condition_number": "42.5", "rotation": "12"}, {"condition_number": 42.5}),
     ("surface", {"bias_correction": "false", "beta2": "0.9999"},
      {"bias_correction": False, "beta2": 0.9999}),
     ("network", {"task": "wilson", "width": "12"}, {"task": "wilson", "width": 12}),
     ("network", {"n_seeds": "2", "n_steps": "40", "weight_decay": "0.5"},
      {"n_seeds": 2, "n_steps": 40, "weight_decay": 0.5})],
)
def test_an_address_opens_its_configuration(
    lab: str, query: dict[str, str], expected: dict[str, Any], orders: Orders
) -> None:
    """Exactly: also values between two positions of a slider; and the address stays."""
    at = opened(lab, **query)
    assert warnings_of(at) == []
    assert orders.configs[-1] == LABS[lab].config(**expected | {
        k: v for k, v in query.items() if k not in expected and k != "optimizers"})
    kept = address(at)
    assert kept == {"lab": lab, **query}


REFUSED = {
    "too large": ("surface", {"n_steps": "99999"},
                  ["n_steps", "'99999'", "a whole number from 10 to 2000"]),
    "too small": ("network", {"width": "1"}, ["width", "'1'", "a whole number from 4 to 128"]),
    "infinite": ("surface", {"learning_rate": "inf", "rates": "shared"},
                 ["learning_rate", "inf", "a number from 0.0001 to 3"]),
    "nan": ("surface", {"momentum": "nan"}, ["momentum", "nan", "from 0 to 0.99"]),
    "no number": ("surface", {"rotation": "much"}, ["rotation", "'much'", "from 0 to 45"]),
    "half a step": ("network", {"n_steps": "20.5"}, ["n_steps", "'20.5'", "from 20 to 1000"]),
    "no option": ("surface", {"surface": "moon"}, ["surface", "'moon'", "quadratic, rosenbrock"]),
    "no truth": ("surface", {"bias_correction": "perhaps"},
                 ["bias_correction", "'perhaps'", "true or false"]),
    "unknown member": ("network", {"optimizers": "sgd,gauss"},
                       ["optimizers", "'gauss'", "sgd, momentum"]),
    "no member": ("surface", {"optimizers": ","}, ["optimizers", "()", "at least one of"]),
    "twice": ("surface", {"optimizers": "sgd,sgd"},
              ["optimizers", "'sgd', 'sgd'", "each at most once"]),
    "unknown name": ("surface", {"colour": "red"}, ["colour", "no such setting", "n_steps"]),
    "of the other lab": ("surface", {"width": "8"}, ["width", "no such setting", "n_steps"]),
    "off the surface": ("surface", {"surface": "beale", "start_x": "-3"},
                        ["start_x", "-3", "'beale'", "from -1 to 4.5"]),
    "off every surface": ("surface", {"start_y": "99"},
                          ["start_y", "'99'", "from -10 to 10"]),
    "unknown lab": ("moon", {}, ["lab", "'moon'", "surface, network, step"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_an_address_cannot_have_is_explained(case: str, orders: Orders) -> None:
    """A warning that names the field, the value and what is allowed; the page shows all the
    same, with the default in its place and the wrong value gone from the address.
    """
    lab, query, words = REFUSED[case]
    at = opened(lab, **query)
    (warning,) = warnings_of(at)
    for word in words:
        assert word in warning
    shown = lab if lab in LABS else "surface"
    config, default = orders.configs[-1], LABS[shown].config()
    wrong = words[0]
    if wrong in settings_of(LABS[shown].config):
        assert getattr(config, wrong) == getattr(default, wrong)
    assert wrong == "lab" or wrong not in at.query_params
    assert warnings_of(healthy(at.run())) == [], "said once, not at every rerun"


def test_good_values_survive_a_bad_one(orders: Orders) -> None:
    """Only what is wrong falls back to its default, and each is said."""
    at = opened(n_steps="40", momentum="7", beta1="0.5", colour="red", surface="beale")
    assert {w.partition(":")[0] for w in warnings_of(at)} == {"momentum", "colour"}
    assert orders.configs[-1] == LABS["surface"].config(n_steps=40, beta1=0.5, surface="beale")


@pytest.mark.parametrize("lab", RACES)
@pytest.mark.parametrize("position", ["least", "most"])
def test_no_control_is_outside_its_ends(lab: str, position: str, orders: Orders) -> None:
    """Every number at its end at once, from the address: no slider stands outside its range,
    and the value is the one that was asked for.
    """
    kind, query = LABS[lab].config, {}
    for field, info in settings_of(kind).items():
        bounds = [m for m in info.metadata if hasattr(m, "ge") or hasattr(m, "le")]
        if bounds and field not in {"start_x", "start_y", "n_seeds", "n_steps", "sweep_seeds"}:
            query[field] = str(ends(kind, field)[position == "most"])
    query |= {"rates": "shared", "n_steps": SHORT[lab]["n_steps"]}
    at = opened(lab, **query)
    assert warnings_of(at) == []
    for field, text in query.items():
        control = widget(at, LABS[lab], field)
        if type(control).__name__ in {"Slider", "NumberInput"}:
            assert control.min <= control.value <= control.max
            assert control.value == float(text)
        elif type(control).__name__ == "SelectSlider":
            assert f"{control.value:g}" in control.options
            assert control.value == float(text)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("value", [1, 3.3, 10, 999, 2000])
def test_slider_positions(value: float, whole: bool) -> None:
    """Both ends, the value itself, nothing outside, in order, no position twice."""
    steps = grid(1, 2000, value, whole)
    assert (steps[0], steps[-1]) == (1, 2000)
    assert steps == sorted(set(steps))
    assert (int(value) if whole else value) in steps
    assert {10, 15, 20, 30, 50, 70, 100} <= set(steps)


# --- labs and clicks -------------------------------------------------------------------


def test_each_lab_keeps_its_state(orders: Orders) -> None:
    """There and back again: both labs have what was last set in them, and the address names
    the one that is shown, without the other's settings.
    """
    at = opened("surface", **SHORT["surface"])
    widget(at, LABS["surface"], "beta1").set_value(0.5)
    healthy(at.run())
    assert switch(at, "network") == {"lab": "network"}
    widget(at, LABS["network"], "width").set_value(12)
    widget(at, LABS["network"], "n_seeds").set_value(1)
    healthy(at.run())
    assert switch(at, "surface") == {"lab": "surface", "beta1": "0.5", **SHORT["surface"]}
    assert widget(at, LABS["surface"], "beta1").value == 0.5
    assert orders.configs[-1] == LABS["surface"].config(n_steps=10, beta1=0.5)
    assert switch(at, "network") == {"lab": "network", "width": "12", "n_seeds": "1"}
    assert widget(at, LABS["network"], "width").value == 12
    assert orders.configs[-1].model_dump()["width"] == 12
    assert warnings_of(at) == []


def switch(at: AppTest, lab: str) -> dict[str, str]:
    """Chooses a lab; returns the address after one more rerun."""
    at.segmented_control(key="optimizers.surface lab").set_value(lab)
    healthy(at.run())
    healthy(at.run())
    return address(at)


@pytest.mark.usefixtures("own_runs")
def test_another_page_and_back() -> None:
    """Streamlit forgets a page's widgets when another one is shown, and the address with them:
    what the session still holds is enough to bring the settings back.
    """
    before = opened("network", **{**SHORT["network"], "beta1": "0.5"})
    at = page_of("optimizers")
    for key in ("labs", "viewer", "config optimizers.network"):
        at.session_state[key] = before.session_state[key]
    healthy(at.run())
    assert warnings_of(at) == []
    assert widget(at, LABS["network"], "beta1").value == 0.5
    assert at.query_params["beta1"] in ("0.5", ["0.5"])
    assert handle_of(at) is handle_of(before), "the same run, not another one"


def test_values_from_a_callback_reach_the_run(orders: Orders) -> None:
    """What a click into the surface sets is where the next run begins, and what is shown."""
    at = opened("surface", **SHORT["surface"])
    at.session_state["optimizers.surface:start_x"] = 2.5
    at.session_state["optimizers.surface:start_y"] = -3.0
    healthy(at.run())
    config = orders.configs[-1]
    assert isinstance(config, surface.Config)
    assert (config.start_x, config.start_y) == (2.5, -3.0)
    assert widget(at, LABS["surface"], "start_x").value == 2.5
    assert at.query_params["start_y"] in ("-3", ["-3"])


# --- what the view is told -------------------------------------------------------------


def test_names_on_the_controls_are_for_people(orders: Orders) -> None:
    """Options are shown by their names, not as the code spells them."""
    at = opened("surface", **SHORT["surface"])
    assert "1 / √step" in widget(at, LABS["surface"], "schedule").options
    options = at.selectbox(key="optimizers.surface:surface").options
    assert options == [label_of(LABS["surface"].config, "surface", v) for v in get_args(
        settings_of(LABS["surface"].config)["surface"].annotation)]


def test_what_repairs_a_net_that_diverged() -> None:
    one = {"rates": "shared", "optimizers": ["adam"], "n_seeds": 1}
    far = repaired("optimizers.network", "diverged", **one, learning_rate=1, n_steps=100)
    assert far == LABS["network"].config(**one, learning_rate=0.001, n_steps=100)
    cold = {**one, "learning_rate": 0.3, "n_steps": 60}
    assert repaired(
        "optimizers.network", "cold", **cold, bias_correction=False
    ) == LABS["network"].config(**cold)


def test_a_rule_that_left_the_surface_goes_on_from_before() -> None:
    """Everything there may change on the way, so the steps before are not taken again."""
    after = repaired("optimizers.surface", "above_limit", rates="shared", learning_rate=1,
                     n_steps=60)
    assert [str(change) for change in after.changes] == ["1:learning_rate=0.01"]
