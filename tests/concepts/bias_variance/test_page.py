"""What is special to the bias-variance page; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.concepts.bias_variance import classification, regression
from explorer.page import view_of
from tests.support.visits import Orders, Visits, healthy, warnings_of

VISITS = Visits("bias_variance")
LABS = VISITS.labs
opened = VISITS.opened
MODULES = {"regression": regression, "classification": classification}


def shown(at: AppTest, lab: str) -> set[str]:
    """The fields whose controls are on the page."""
    kinds = ("slider", "select_slider", "number_input", "selectbox", "segmented_control")
    keys = {item.key for kind in kinds for item in getattr(at, kind)}
    return {f for f in LABS[lab].config.model_fields if f"{LABS[lab].name}:{f}" in keys}


@pytest.mark.parametrize(
    ("lab", "family"), [(lab, f) for lab, module in MODULES.items() for f in module.FAMILIES]
)
def test_only_the_number_of_the_family_is_asked(
    lab: str, family: str, orders: Orders
) -> None:
    at = opened(lab, family=family)
    numbers = {f.complexity.setting for f in MODULES[lab].FAMILIES.values()}
    assert shown(at, lab) & numbers == {MODULES[lab].FAMILIES[family].complexity.setting}
    assert orders.configs[-1].model_dump()["family"] == family


@pytest.mark.parametrize(
    ("lab", "query", "words"),
    [("regression", {"degree": "99"}, ["degree", "'99'", "from 0 to 15"]),
     ("regression", {"degree": "12", "n_samples": "10"},
      ["degree: 12", "n_samples = 10", "from 0 to 9"]),
     ("regression", {"family": "nearest_neighbors", "n_neighbors": "20", "n_samples": "15"},
      ["n_neighbors: 20", "n_samples = 15", "from 1 to 15"]),
     ("regression", {"alpha": "nan"}, ["alpha", "nan", "from 1e-06 to 100"]),
     ("regression", {"truth": "moon"}, ["truth", "'moon'", "sine, line"]),
     ("regression", {"noise_sd": "-1"}, ["noise_sd", "'-1'", "from 0 to 1"]),
     ("classification", {"n_samples": "7"}, ["n_samples", "'7'", "from 20 to 400"]),
     ("classification", {"degree": "3"}, ["degree", "no such setting"])],
)
def test_what_an_address_cannot_have_is_explained(
    lab: str, query: dict[str, str], words: list[str], orders: Orders
) -> None:
    """In one warning that names field, value and what is allowed; the page shows all the same."""
    at = opened(lab, **query)
    (warning,) = warnings_of(at)
    for word in words:
        assert word in warning
    assert words[0].partition(":")[0] not in at.query_params
    assert len(orders.configs) == 1


def test_the_slider_ends_where_the_data_end(orders: Orders) -> None:
    """Ten points allow degrees up to 9; with fewer points the chosen degree goes back to 3."""
    at = opened("regression", n_samples="10", degree="9")
    slider = at.slider(key="bias_variance.regression:degree")
    assert (slider.min, slider.max, slider.value) == (0, 9, 9)
    at = opened("regression", n_samples="20", degree="15")
    at.slider(key="bias_variance.regression:n_samples").set_value(10)
    healthy(at.run())
    assert ["degree: 15 is not allowed with n_samples = 10" in w for w in warnings_of(at)] == [True]
    config = orders.configs[-1]
    assert isinstance(config, regression.Config)
    assert (config.n_samples, config.degree) == (10, 3)


@pytest.mark.parametrize(("lab", "family"), [("regression", "ridge_regression"),
                                              ("classification", "nearest_neighbors")])
def test_a_bar_per_complexity(lab: str, family: str) -> None:
    """Traces with an x of their own have as many as there are complexities."""
    experiment = LABS[lab]
    config = experiment.config(family=family)
    n_complexities = len(experiment.coords(config)["complexity"])
    (parts,) = (c for c in view_of(experiment, config)["charts"] if c["id"] == "parts")
    assert len(parts["figure"]["data"][0]["x"]) == n_complexities
    assert len(parts["figure"]["layout"]["xaxis"]["tickvals"]) == n_complexities


def test_a_chosen_complexity_reaches_the_run(orders: Orders) -> None:
    """What a click into the chart sets is what is drawn next."""
    at = opened("regression", family="ridge_regression")
    at.session_state["bias_variance.regression:alpha"] = 1e-4
    healthy(at.run())
    config = orders.configs[-1]
    assert isinstance(config, regression.Config)
    assert config.alpha == 1e-4
