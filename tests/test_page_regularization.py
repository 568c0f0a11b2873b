"""The regularization page, driven as a visitor would, with real runs in real children."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from streamlit.testing.v1 import AppTest

from core.experiment import Config, concepts
from core.frames import header_of
from core.runs import Handle
from explorer import service
from explorer.controls import CUSTOM
from tests.controls import widget

PAGE = Path(__file__).parents[1] / "pages" / "regularization.py"
LABS = {e.name.partition(".")[2]: e for e in concepts()["regularization"]}
SHORT: dict[str, dict[str, str]] = {
    "double_descent": {"n_samples": "20", "n_seeds": "2"},
    "cross_validation": {"n_repeats": "1", "n_seeds": "2"},
    "search": {"n_trials": "6", "n_steps": "20", "n_seeds": "1", "width": "8"},
    "remedies": {"n_steps": "50", "n_train": "50", "n_seeds": "1", "width": "8"},
    "strength": {"n_steps": "50", "n_train": "50", "n_seeds": "1", "width": "8"},
    "plane": {"n_steps": "50", "n_train": "20", "n_seeds": "1", "width": "4"},
}
LIVENESS = 180  # seconds; only ever spent when something hangs


@pytest.fixture(scope="module", autouse=True)
def _end_of_all_runs() -> Iterator[None]:
    """A service of these tests' own, so that closing it harms no other module."""
    service.runs.cache_clear()
    yield
    service.runs().close()
    service.runs.cache_clear()


def opened(lab: str, **query: str) -> AppTest:
    """The page after its first run, at an address with these settings."""
    at = AppTest.from_file(str(PAGE), default_timeout=LIVENESS)
    at.query_params["lab"] = lab
    for name, text in query.items():
        at.query_params[name] = text
    return healthy(at.run())


def healthy(at: AppTest) -> AppTest:
    """No exception, and everything that makes the page is there: run, claims and lesson."""
    assert not at.exception
    assert handle_of(at) is not None
    assert [item.value for item in at.header] == ["What to notice"]
    boxes = [item.label.strip("*") for item in at.main.expander]
    assert boxes == ["Try this", "The equations", "Code and papers"]
    return at


def handle_of(at: AppTest) -> Handle | None:
    """The run that the view on the page was given."""
    view, _claims = at.get("bidi_component")
    return service.runs().handle(data_of(view)["token"])


def data_of(view: Any) -> dict[str, Any]:
    (data,) = json.loads(view.proto.json)
    return data


def started(at: AppTest, lab: str, to_the_end: bool = True) -> Config:
    """The configuration that the children were given, of a run that ended well, or at least
    had its first frame.
    """
    handle = handle_of(at)
    assert handle is not None
    if to_the_end:
        handle.wait(LIVENESS)
    deadline = time.monotonic() + LIVENESS
    while len(handle.frames()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert handle.error is None
    header = header_of(handle.frames()[0])
    assert header["experiment"] == LABS[lab].name
    return LABS[lab].config.model_validate(header["config"])


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
    assert handle is not None
    assert len(handle.frames()) == LABS[lab].n_frames(config) + 2


def ends(kind: type[Config], field: str) -> list[Any]:
    """Both ends of a field, or all of its options."""
    info = kind.model_fields[field]
    if info.annotation is bool:
        return [False, True]
    if get_origin(info.annotation) is Literal:
        return [*get_args(info.annotation)[::-1]]
    if get_origin(info.annotation) is tuple:
        names = get_args(get_args(info.annotation)[0])
        return [[names[0]], list(names)]
    low = next(m.ge for m in info.metadata if hasattr(m, "ge"))
    high = next(m.le for m in info.metadata if hasattr(m, "le"))
    return [low, high]


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
    _, claims = at.get("bidi_component")
    listed = [claim["name"] for claim in data_of(claims)["claims"]]
    assert set(listed[: len(preset.claims)]) == set(preset.claims)
    query = {k: v[0] if isinstance(v, list) else v for k, v in at.query_params.items()}
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
    view, _claims = at.get("bidi_component")
    handle = handle_of(at)
    assert handle is not None
    handle.wait(LIVENESS)
    shapes: dict[str, list[int]] = {}
    for message in handle.frames():
        for spec in header_of(message).get("arrays", ()):
            shapes[spec["name"]] = spec["shape"]
    charts = data_of(view)["charts"]
    assert len(charts) >= 3
    counted = {"double_descent": "features", "cross_validation": "folds", "search": "trials"}
    assert data_of(view)["step"] == counted.get(lab, "step")
    for chart in charts:
        assert chart["title"]
        assert chart["alt"].endswith(".")
        for ref in [bind[axis] for bind in chart["binds"] for axis in "xyz" if bind[axis]]:
            shape = shapes[ref["array"]]
            assert len(ref["index"]) <= len(shape)
            assert all(i is None or 0 <= i < n for i, n in zip(ref["index"], shape, strict=False))
