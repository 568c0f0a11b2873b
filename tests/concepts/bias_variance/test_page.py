"""The bias-variance page, driven as a visitor would, with real runs in real children."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.concepts.bias_variance import classification, regression
from tests.support.visits import Visits, claims_of, ends, handle_of, healthy, view_of, warnings_of

pytestmark = pytest.mark.usefixtures("own_runs")
VISITS = Visits("bias_variance")
LABS = VISITS.labs
opened, started = VISITS.opened, VISITS.started
MODULES = {"regression": regression, "classification": classification}
SHORT = {"n_resamples": "20", "n_seeds": "1"}


def shown(at: AppTest, lab: str) -> set[str]:
    """The fields whose controls are on the page."""
    kinds = ("slider", "select_slider", "number_input", "selectbox", "segmented_control")
    keys = {item.key for kind in kinds for item in getattr(at, kind)}
    return {f for f in LABS[lab].config.model_fields if f"{LABS[lab].name}:{f}" in keys}


@pytest.mark.parametrize("lab", LABS)
def test_the_page_opens(lab: str) -> None:
    at = opened(lab)
    assert warnings_of(at) == []
    assert started(at, lab) == LABS[lab].config()
    assert len(handle_of(at).frames()) == LABS[lab].n_frames(LABS[lab].config()) + 2


@pytest.mark.parametrize(
    ("lab", "family"), [(lab, f) for lab, module in MODULES.items() for f in module.FAMILIES]
)
def test_only_the_number_of_the_family_is_asked(lab: str, family: str) -> None:
    at = opened(lab, family=family, **SHORT)
    numbers = {f.complexity.setting for f in MODULES[lab].FAMILIES.values()}
    assert shown(at, lab) & numbers == {MODULES[lab].FAMILIES[family].complexity.setting}
    assert started(at, lab).model_dump()["family"] == family


FIELDS = [(lab, f, value) for lab, e in LABS.items() for f in e.config.model_fields
          for value in ends(e.config, f)]


@pytest.mark.parametrize(("lab", "field", "value"), FIELDS)
def test_every_control_at_its_ends(lab: str, field: str, value: Any) -> None:
    """From an address: the run is of exactly this value, and there is nothing to complain
    about. A family's number comes with its family, and with data sets that are large enough.
    """
    query = {**SHORT, field: f"{value:g}" if isinstance(value, float) else str(value)}
    for family, its in MODULES[lab].FAMILIES.items():
        if its.complexity.setting == field:
            query |= {"family": family, "n_samples": "100"}
    at = opened(lab, **query)
    assert warnings_of(at) == []
    assert getattr(started(at, lab), field) == value


PRESETS = [(lab, preset) for lab, e in LABS.items() for preset in e.presets]


@pytest.mark.parametrize(("lab", "preset"), PRESETS, ids=[p.name for _, p in PRESETS])
def test_presets_open(lab: str, preset: Any) -> None:
    """Chosen from the list, a preset's configuration runs, its question is asked and its
    claims come first.
    """
    at = opened(lab, **SHORT)
    at.selectbox(key=f"{LABS[lab].name} preset").set_value(preset.name)
    healthy(at.run())
    assert warnings_of(at) == []
    assert started(at, lab) == preset.config
    assert any(preset.question in item.value for item in at.markdown)
    assert set(claims_of(at)[: len(preset.claims)]) == set(preset.claims)


@pytest.mark.parametrize(
    ("lab", "query", "words"),
    [("regression", {"degree": "99"}, ["degree", "'99'", "from 0 to 15"]),
     ("regression", {"degree": "12", "n_samples": "10"},
      ["degree: 12", "with 10 points", "from 0 to 9"]),
     ("regression", {"family": "nearest_neighbors", "n_neighbors": "20", "n_samples": "15"},
      ["n_neighbors: 20", "with 15 points", "from 1 to 15"]),
     ("regression", {"alpha": "nan"}, ["alpha", "nan", "from 1e-06 to 100"]),
     ("regression", {"truth": "moon"}, ["truth", "'moon'", "sine, line"]),
     ("regression", {"noise_sd": "-1"}, ["noise_sd", "'-1'", "from 0 to 1"]),
     ("classification", {"n_samples": "7"}, ["n_samples", "'7'", "from 20 to 400"]),
     ("classification", {"degree": "3"}, ["degree", "no such setting"])],
)
def test_what_an_address_cannot_have_is_explained(
    lab: str, query: dict[str, str], words: list[str]
) -> None:
    """In one warning that names field, value and what is allowed; the page shows all the same."""
    at = opened(lab, **SHORT, **query)
    (warning,) = warnings_of(at)
    for word in words:
        assert word in warning
    assert words[0].partition(":")[0] not in at.query_params
    assert started(at, lab)


def test_the_slider_ends_where_the_data_end() -> None:
    """Ten points allow degrees up to 9; with fewer points the chosen degree goes back to 3."""
    at = opened("regression", n_samples="10", degree="9", **SHORT)
    slider = at.slider(key="bias_variance.regression:degree")
    assert (slider.min, slider.max, slider.value) == (0, 9, 9)
    at = opened("regression", n_samples="20", degree="15", **SHORT)
    at.slider(key="bias_variance.regression:n_samples").set_value(10)
    healthy(at.run())
    assert ["degree: 15 is not allowed with 10 points" in w for w in warnings_of(at)] == [True]
    config = started(at, "regression")
    assert isinstance(config, regression.Config)
    assert (config.n_samples, config.degree) == (10, 3)


@pytest.mark.parametrize(("lab", "family"), [("regression", "ridge_regression"),
                                              ("classification", "nearest_neighbors")])
def test_charts_speak_of_arrays_that_the_run_has(lab: str, family: str) -> None:
    """Every reference of the view is an array of the frames, with positions that exist; traces
    with an x of their own have as many as there are complexities.
    """
    at = opened(lab, family=family, **SHORT)
    config = started(at, lab)
    sizes = {d: len(labels) for d, labels in LABS[lab].coords(config).items()}
    for chart in view_of(at)["charts"]:
        for ref in [bind[axis] for bind in chart["binds"] for axis in "xyz" if bind[axis]]:
            dims = [d for d in LABS[lab].dims[ref["array"]] if d != "step"]
            assert len(ref["index"]) <= len(dims)
            for dim, i in zip(dims, ref["index"], strict=False):
                assert i is None or -sizes[dim] <= i < sizes[dim]
    (parts,) = (c for c in view_of(at)["charts"] if c["id"] == "parts")
    assert len(parts["figure"]["data"][0]["x"]) == sizes["complexity"]
    assert len(parts["figure"]["layout"]["xaxis"]["tickvals"]) == sizes["complexity"]


def test_a_chosen_complexity_reaches_the_run() -> None:
    """What a click into the chart sets is what is drawn next."""
    at = opened("regression", family="ridge_regression", **SHORT)
    at.session_state["bias_variance.regression:alpha"] = 1e-4
    healthy(at.run())
    config = started(at, "regression")
    assert isinstance(config, regression.Config)
    assert config.alpha == 1e-4
