"""What every page must do, held to by one battery over all concepts and their labs.

A stand-in for the runs' service takes the orders, so that hundreds of visits train nothing;
each lab is trained once. A page's own tests (`tests/concepts/<slug>/test_page.py`) keep what
is special to it.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pkgutil import iter_modules
from typing import Any, Literal, get_args, get_origin

import plotly.graph_objects as go
import pytest
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from core.concepts import concepts
from core.config import Change, Config, changeable, changes_of, names_of, settings_of
from core.experiment import Experiment, Preset
from explorer.catalog import CATALOG
from explorer.controls import CUSTOM, box_key, group_of
from explorer.intervention import BOX
from explorer.live import Stage
from explorer.page import lab_of, labs_on, view_of
from explorer.theme import Method, palette
from tests.support.visits import (
    Orders,
    Visits,
    address,
    claims_of,
    ends,
    healthy,
    page_of,
    warnings_of,
    widget,
)
from tests.support.visits import view_of as told

EXPERIMENTS = [e for labs in concepts().values() for e in labs]
every_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.name)
every_preset = pytest.mark.parametrize(
    ("experiment", "preset"), [(e, p) for e in EXPERIMENTS for p in e.presets],
    ids=[f"{e.name}: {p.name}" for e in EXPERIMENTS for p in e.presets],
)


def opened(experiment: Experiment, **query: str) -> AppTest:
    slug, _, lab = experiment.name.partition(".")
    return Visits(slug).opened(lab, **query)


def fields_of(experiment: Experiment) -> Mapping[str, Any]:
    return settings_of(experiment.config)


# --- what a page says ------------------------------------------------------------------


@pytest.mark.parametrize("slug", [c.slug for c in CATALOG])
def test_a_page_describes_its_concepts_labs(slug: str) -> None:
    labs = [e.name.partition(".")[2] for e in concepts()[slug]]
    described = labs_on(slug)
    assert set(described) == set(labs)
    names = [described[lab].name for lab in labs]
    assert len(set(names)) == len(names)
    assert all(name[:1].isupper() for name in names)


@pytest.mark.parametrize(
    ("experiment", "name"), [(e, name) for e in EXPERIMENTS for name in fields_of(e)],
    ids=[f"{e.name}: {name}" for e in EXPERIMENTS for name in fields_of(e)],
)
def test_options_have_names_for_people(experiment: Experiment, name: str) -> None:
    """What a select box shows is a label, not a name of the code; no two options share one."""
    annotation = fields_of(experiment)[name].annotation
    inner = get_args(annotation)[0] if get_origin(annotation) is tuple else annotation
    names = names_of(experiment.config, name)
    if get_origin(inner) is not Literal:
        assert names == {}
        return
    labels = [names[value] for value in get_args(inner)]
    assert len(set(labels)) == len(labels)
    for value, label in zip(get_args(inner), labels, strict=True):
        assert label != value or value[:1].isupper(), value


# --- colours ---------------------------------------------------------------------------


def palettes() -> Iterator[tuple[str, dict[str, Method]]]:
    """Every palette of every page, by where it stands."""
    for concept in CATALOG:
        page = importlib.import_module(f"pages.{concept.slug}")
        inside = iter_modules(getattr(page, "__path__", ()), f"{page.__name__}.")
        seen: set[int] = set()
        for module in (page, *(importlib.import_module(m.name) for m in inside)):
            for name, value in vars(module).items():
                public = name[:1].isalpha() and name.isupper()
                if public and id(value) not in seen and is_palette(value):
                    seen.add(id(value))
                    yield f"{concept.slug} {name}", value


def is_palette(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(
        isinstance(method, Method) for method in value.values())


PALETTES = {**dict(palettes()), "not chosen": palette({str(i): f"Method {i}" for i in range(14)})}
"""Of all pages, and what a new one gets without choosing."""
every_palette = pytest.mark.parametrize("name", PALETTES)


def rgb(color: str) -> tuple[float, ...]:
    """Linear light of #rrggbb, for contrast and for what the colour-blind see."""
    values = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)


def lab_colour(linear: tuple[float, ...]) -> tuple[float, ...]:
    """CIE L*a*b* (D65) of linear light: distances in it are differences as seen."""
    r, g, b = linear
    xyz = ((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b,
           (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@every_palette
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_distinct(theme: str, name: str) -> None:
    """No two methods closer than five times the smallest difference that is seen (CIE76); a variant
    has its method's colour.
    """
    seen = {key: lab_colour(rgb(getattr(m, theme))) for key, m in PALETTES[name].items()
            if not m.of}
    for a, b in combinations(seen, 2):
        distance = sum((p - q) ** 2 for p, q in zip(seen[a], seen[b], strict=True)) ** 0.5
        assert distance > 5 * 2.3, (a, b, distance)


@every_palette
@pytest.mark.parametrize(("theme", "background"), [("light", "#ffffff"), ("dark", "#171614")])
def test_colours_stand_out_from_the_background(theme: str, background: str, name: str) -> None:
    """At least 3:1, which WCAG 2.2 (1.4.11) asks of graphics."""
    def luminance(color: str) -> float:
        r, g, b = rgb(color)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    for key, method in PALETTES[name].items():
        both = sorted([luminance(getattr(method, theme)), luminance(background)])
        assert (both[1] + 0.05) / (both[0] + 0.05) >= 3, key


@every_palette
def test_methods_are_told_apart_without_colour(name: str) -> None:
    """By line and marker together, for grey prints and beamers; every marker is another one."""
    methods = PALETTES[name].values()
    assert len({method.symbol for method in methods}) == len(methods)
    assert len({method.label for method in methods}) == len(methods)
    assert [method.key for method in methods] == list(PALETTES[name])


def test_a_palette_says_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match="without a label: b"):
        palette({"a": "A"}, {"b": ("blue", "solid", "circle")})
    with pytest.raises(ValueError, match="too many methods"):
        palette({str(i): f"Method {i}" for i in range(15)})


# --- figures ---------------------------------------------------------------------------


def themed(value: Any, position: int) -> Any:
    """The figure in one theme: "light-dark(a, b)" becomes a or b."""
    def choose(match: re.Match[str]) -> str:
        color = match.groups()[position].strip()
        return color[:7] if color.startswith("#") else color  # Plotly.py has no #rrggbbaa

    text = re.sub(r"light-dark\(([^,]+),([^)]+)\)", choose, json.dumps(value))
    assert "light-dark" not in text
    return json.loads(text)


@every_preset
def test_figures_pass_plotlys_validation(experiment: Experiment, preset: Preset) -> None:
    """Figures are written as plain dicts; Plotly's own schema says whether they mean something.
    Every one has titles on both axes, or labelled ticks, and a text alternative.
    """
    for chart in view_of(experiment, preset.config)["charts"]:
        assert chart["title"]
        assert chart["alt"].endswith(".")
        if "stage" in chart:
            continue
        for position in (0, 1):
            figure = go.Figure(themed(chart["figure"], position))
            assert len(figure.data) == len(chart["figure"]["data"])
        layout = chart["figure"]["layout"]
        assert layout["xaxis"]["title"]["text"]
        assert layout["yaxis"]["title"]["text"] or layout["yaxis"]["ticktext"]


def test_validation_would_notice() -> None:
    """The test above can fail: a misspelt key or value is refused."""
    for trace in ({"type": "scatter", "modus": "lines"}, {"type": "scatter", "mode": "wavy"}):
        with pytest.raises(ValueError, match=r"modus|mode"):
            go.Figure({"data": [trace]})


def refs_of(view: Mapping[str, Any]) -> list[Any]:
    return [ref for chart in view["charts"] for bind in chart.get("binds", ())
            for key, ref in bind.items() if key not in ("trace", "mode") and ref]


@every_preset
def test_charts_name_arrays_and_labels_that_exist(experiment: Experiment, preset: Preset) -> None:
    """Whatever is looked at: every reference is an array of the frames, taken at labels that its
    dimensions have.
    """
    lab = lab_of(experiment)
    coords = experiment.coords(lab.trained(preset.config))
    for look in lab.looks(preset.config):
        panels = lab.charts(preset.config, look)
        assert len(panels) >= 3
        stages = [panel for panel in panels if isinstance(panel, Stage)]
        assert all(array in experiment.dims for stage in stages for array in stage.arrays)
        view = view_of(experiment, preset.config, look)
        for ref in refs_of(view):
            dims = [dim for dim in experiment.dims[ref["array"]] if dim != "step"]
            for dim, label in ref["labels"].items():
                assert dim in dims, ref
                assert label in coords[dim] if dim in coords else label >= 0, ref


@every_experiment
def test_a_run_has_what_its_charts_show(experiment: Experiment) -> None:
    """In its first frame every array that is drawn has a place for whatever is drawn of it."""
    config = lab_of(experiment).trained(experiment.config())
    first, coords = next(iter(experiment.train(config))), experiment.coords(config)
    for ref in refs_of(view_of(experiment, config)):
        dims = [dim for dim in experiment.dims[ref["array"]] if dim != "step"]
        shape = first.arrays[ref["array"]].shape
        assert len(dims) == len(shape)
        for dim, size in zip(dims, shape, strict=True):
            label = ref["labels"].get(dim)
            if label is not None:
                assert (list(coords[dim]).index(label) if dim in coords else label) < size


# --- what changes while a run trains ---------------------------------------------------

CHANGING = [e for e in EXPERIMENTS if changeable(e.config)]


@pytest.mark.parametrize("experiment", CHANGING, ids=lambda e: e.name)
def test_a_setting_changes_from_the_step_on_screen(experiment: Experiment, orders: Orders) -> None:
    """What is chosen in the dialog is in the run, in the address, and marked in the charts over
    steps; and it can be taken back in the sidebar.
    """
    at = opened(experiment, **({"rates": "shared"} if "rates" in fields_of(experiment) else {}))
    plain = told(at)
    assert plain["fork"]["changes"] == []
    at.session_state[f"{experiment.name} change step"] = 20
    at.session_state[box_key(experiment, BOX)] = True
    (ask,) = [b for b in healthy(at.run()).button if b.label == "Change a setting …"]
    ask.click().run()
    (value,) = [n for n in at.number_input if n.label.startswith("New value")]
    value.set_value(value.max)
    (button,) = [b for b in at.button if b.label == "Change it"]
    button.click()
    name = changeable(experiment.config)[0]
    change = Change(20, name, value.max)
    healthy(at.run())
    assert changes_of(orders.configs[-1]) == (change,)
    assert address(at)["changes"] == str(change)
    forked = told(at)
    assert forked["fork"]["run"] == plain["fork"]["run"]
    assert [step for step, _ in forked["fork"]["changes"]] == [20]
    marks = [s for chart in forked["charts"] if "figure" in chart
             for s in chart["figure"]["layout"].get("shapes", ())
             if s.get("x0") == s.get("x1") == 20]
    assert marks
    (away,) = [b for b in at.button if b.label == "✕"]
    away.click()
    healthy(at.run())
    assert changes_of(orders.configs[-1]) == ()
    assert "changes" not in address(at)


# --- controls --------------------------------------------------------------------------

Settings = dict[str, Any]


def shown(experiment: Experiment, settings: Settings) -> Config | None:
    """The configuration of these settings, where it is allowed and all their controls are on the
    page with room for the values.
    """
    lab = lab_of(experiment)
    try:
        config = experiment.config(**settings)
    except ValidationError:
        return None
    bounds = lab.narrower(config)
    room = all(bounds[f][0] <= v <= bounds[f][1] for f, v in settings.items()
               if f in bounds and v is not None)
    set_back = {g for f in settings for g in (lab.resets or {}).get(f, ())}
    apart = not set_back & set(settings)
    return config if room and apart and not lab.hidden(config) & set(settings) else None


def ends_of(experiment: Experiment) -> list[tuple[str, Any]]:
    """Both ends of every control, all options; of a list its first, and as many as may be."""
    found = []
    for field in fields_of(experiment):
        for value in ends(experiment.config, field):
            end, bounds = value, lab_of(experiment).narrower(experiment.config()).get(field)
            if bounds:
                end = min(max(value, bounds[0]), bounds[1])
            while isinstance(end, list) and len(end) > 1 and not shown(experiment, {field: end}):
                end = end[1:]
            found.append((field, end))
    return found


def sets_of_ends(experiment: Experiment) -> list[Settings]:
    """Every end of every control, in few sets of settings that go together."""
    left, found = ends_of(experiment), []
    while left:
        together: Settings = {}
        for field, end in left:
            if field not in together and shown(experiment, {**together, field: end}):
                together[field] = end
        found.append(together or context_of(experiment, *left[0]))
        left = [(f, end) for f, end in left if f not in found[-1] or found[-1][f] != end]
    return found


def context_of(experiment: Experiment, field: str, end: Any) -> Settings:
    """One or two settings of others with which a control is there and has that end."""
    others = [(f, v) for f, v in ends_of(experiment) if f != field]
    for some in (*combinations(others, 1), *combinations(others, 2)):
        if shown(experiment, {**dict(some), field: end}):
            return {**dict(some), field: end}
    raise AssertionError(f"nothing shows the control of {field} at {end}")


@every_experiment
def test_every_control_at_its_ends(experiment: Experiment, orders: Orders) -> None:
    """A visitor drags each control to each end: the run of exactly these values is ordered, the
    controls show them, nothing is complained about, and the address opens the same elsewhere.
    """
    slug, _, lab = experiment.name.partition(".")
    for settings in sets_of_ends(experiment):
        at = page_of(slug)
        at.query_params["lab"] = lab
        for info in fields_of(experiment).values():
            at.session_state[box_key(experiment, group_of(info))] = True
        at.run()
        dragged: set[str] = set()
        while dragged != set(settings):  # a control may come into sight with another's value
            controls = {f: widget(at, experiment, f) for f in set(settings) - dragged}
            assert any(controls.values()), controls
            for field, control in controls.items():
                if control is not None:
                    control.set_value(settings[field])
                    dragged.add(field)
            healthy(at.run())
        assert warnings_of(at) == [], settings
        config = experiment.config(**settings)
        assert orders.configs[-1] == lab_of(experiment).trained(config)
        for field, value in settings.items():
            assert widget(at, experiment, field).value == value
        default = experiment.config()
        changed = {f for f in settings if getattr(config, f) != getattr(default, f)}
        assert set(address(at)) - {"lab", "look"} == changed
        Visits(slug).opened(**address(at))
        assert orders.configs[-1] == lab_of(experiment).trained(config)


def test_the_ends_of_controls_are_all_there() -> None:
    """The sets above leave nothing out."""
    for experiment in EXPERIMENTS:
        in_sets = {(f, str(v)) for settings in sets_of_ends(experiment)
                   for f, v in settings.items()}
        assert {(f, str(v)) for f, v in ends_of(experiment)} <= in_sets
        assert {f for f, _ in in_sets} == set(fields_of(experiment))


# --- visits ----------------------------------------------------------------------------


@every_experiment
def test_a_page_opens_as_the_preset_of_its_defaults(
    experiment: Experiment, orders: Orders
) -> None:
    """Without a word of warning; the address names the lab and nothing else. A rerun without a
    change orders the same run.
    """
    at = opened(experiment)
    lab, default = experiment.name.partition(".")[2], experiment.config()
    assert warnings_of(at) == []
    assert orders.configs == [lab_of(experiment).trained(default)]
    named = [preset.name for preset in experiment.presets if preset.config == default]
    assert [at.selectbox(key=f"{experiment.name} preset").value] == named
    assert address(at) == ({"lab": lab} if lab else {})
    healthy(at.run())
    assert orders.configs[0] == orders.configs[1]


@every_experiment
def test_presets_open(experiment: Experiment, orders: Orders) -> None:
    """Chosen from the list, a preset's configuration runs, its question is asked, its claims
    come first; and its address opens it elsewhere.
    """
    box = f"{experiment.name} preset"
    at = opened(experiment, seed="77")
    assert at.selectbox(key=box).value == CUSTOM
    for preset in experiment.presets:
        at.selectbox(key=box).set_value(preset.name)
        healthy(at.run())
        assert warnings_of(at) == []
        assert at.selectbox(key=box).value == preset.name
        assert orders.configs[-1] == lab_of(experiment).trained(preset.config)
        assert any(preset.question in item.value for item in at.markdown)
        assert set(claims_of(at)[: len(preset.claims)]) == set(preset.claims)
        assert len(claims_of(at)) == len(experiment.claims)
        slug, query = experiment.name.partition(".")[0], address(at)
        elsewhere = Visits(slug).opened(**query)
        assert elsewhere.selectbox(key=box).value == preset.name
        assert orders.configs[-1] == orders.configs[-2]


@every_experiment
@pytest.mark.parametrize("wrong", ["no value of its kind", "too small", "too large"])
def test_what_an_address_cannot_have_is_explained(
    wrong: str, experiment: Experiment, orders: Orders
) -> None:
    """Every setting refused at once, and a name that there is not: each is said, once, with the
    field, the value and what is allowed; the defaults take their place.
    """
    query = {"colour": "red"}
    for field, info in fields_of(experiment).items():
        bounds = {int, float} & {info.annotation, *get_args(info.annotation)}
        if bounds and wrong != "no value of its kind":
            low, high = ends(experiment.config, field)
            query[field] = str(low - 1 if wrong == "too small" else high + 1)
        elif wrong == "no value of its kind":
            query[field] = "much"
    at = opened(experiment, **query)
    said = {text.partition(":")[0]: text for text in warnings_of(at)}
    assert set(said) == set(query)
    assert "no such setting" in said.pop("colour")
    for field, text in said.items():
        assert "is not allowed. Allowed: " in text
        assert query[field] in text
    assert orders.configs == [lab_of(experiment).trained(experiment.config())]
    assert not set(query) & set(at.query_params)
    assert warnings_of(healthy(at.run())) == [], "said once, not at every rerun"


@pytest.mark.parametrize("slug", [c.slug for c in CATALOG])
def test_an_unknown_lab_is_explained(slug: str, orders: Orders) -> None:
    labs = Visits(slug).labs
    at = Visits(slug).opened("moon")
    assert warnings_of(at) == [f"lab: 'moon' is not allowed. Allowed: {', '.join(labs)}."]
    first = next(iter(labs.values()))
    assert orders.configs == [lab_of(first).trained(first.config())]
    assert at.query_params["lab"] in (next(iter(labs)), [next(iter(labs))])
