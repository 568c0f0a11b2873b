"""The grammar of pictures (`explorer/charts.py`), held by one battery over all labs and scenes:
what a colour, a dash and a map mean on one page, they mean on every page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from core.concepts import concepts
from core.config import Config
from core.experiment import Experiment
from explorer.catalog import CATALOG
from explorer.charts import BETTER, LOG
from explorer.grid import rows, width
from explorer.live import Chart, Panel
from explorer.maps import heat_map, two_sided
from explorer.page import charts_of as charts_of_page
from explorer.page import lab_of, scenes_of
from explorer.player import panels_of
from explorer.scene import texts
from explorer.theme import COLOURS, DASHES, NEUTRAL, SHADES, Method, palette
from tests.contract.test_pages import PALETTES

EXPERIMENTS = [e for labs in concepts().values() for e in labs]
every_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.name)
every_slug = pytest.mark.parametrize("slug", [c.slug for c in CATALOG])

SAID = {"dot": ("dotted", "···"), "dash": ("dashed", "- -"), "dashdot": ("dash-dotted",),
        "longdash": ("long dashes",), "longdashdot": ("long dashes and dots",)}
"""What a chart's words call a line that is no method's."""


def configs_of(experiment: Experiment) -> Iterator[Config]:
    """The defaults, and those presets that draw something else."""
    yield from {config.model_dump_json(): config for config in (
        experiment.config(), *(preset.config for preset in experiment.presets))}.values()


def charts_of(experiment: Experiment) -> Iterator[list[Chart]]:
    lab = lab_of(experiment)
    for config in configs_of(experiment):
        for look in lab.looks(config):
            yield only_charts(lab.charts(config, look))


def only_charts(panels: list[Panel] | Any) -> list[Chart]:
    return [panel for panel in panels if isinstance(panel, Chart)]


def methods_of(experiment: Experiment) -> dict[str, Method]:
    """All that the page draws in a colour of its own, by its name in the legend."""
    slug = experiment.name.partition(".")[0]
    return {m.label: m for name, methods in PALETTES.items() if name.startswith(f"{slug} ")
            for m in methods.values()}


def traces_of(charts: list[Chart]) -> Iterator[tuple[Chart, dict[str, Any]]]:
    for chart in charts:
        for trace in chart.figure["data"]:
            yield chart, trace


def group_of(trace: Mapping[str, Any]) -> str:
    return str(trace.get("legendgroup", trace.get("name", "")))


def family_of(group: str, methods: Mapping[str, Method]) -> str:
    """A variant has its method's colour."""
    by_key = {method.key: label for label, method in methods.items()}
    return by_key.get(methods[group].of, group) if group in methods else group


def colours_in(trace: Mapping[str, Any]) -> set[str]:
    parts = [trace.get("line") or {}, trace.get("marker") or {}]
    found = [part.get("color") for part in parts]
    solid = {re.sub(r"(#\w{6})\w\w", r"\1", c) for c in found if isinstance(c, str)}
    return solid - set(NEUTRAL)


# --- colours --------------------------------------------------------------------------


@every_experiment
def test_a_colour_is_one_method_in_all_charts_of_a_view(experiment: Experiment) -> None:
    """One colour is one entry of the legend, one entry one colour; what is neither has none."""
    methods = methods_of(experiment)
    for charts in charts_of(experiment):
        owners: dict[str, str] = {}
        painted: dict[str, str] = {}
        for chart, trace in traces_of(charts):
            for colour in colours_in(trace):
                family = family_of(group_of(trace), methods)
                where = f"{chart.id}: {trace.get('name')!r}"
                assert owners.setdefault(colour, family) == family, where
                assert painted.setdefault(family, colour) == colour, where


@every_experiment
def test_only_a_map_has_a_scale_of_colours(experiment: Experiment) -> None:
    """An amount is never a method's colour: shades of one kind, or two sides around a middle;
    whoever shows a scale has words at both its ends.
    """
    for charts in charts_of(experiment):
        for chart, trace in traces_of(charts):
            for part in (trace, trace.get("marker") or {}):
                scale = part.get("colorscale")
                if scale is None or scale == "Greys":  # of images
                    continue
                where = f"{chart.id}: {trace.get('uid')}"
                assert scale == SHADES or len(scale) in (2, 3), where
                assert scale == SHADES or not is_wide(scale), where
                if part.get("showscale", "colorbar" in part):
                    ends = part["colorbar"]["ticktext"]
                    assert all(re.search("[a-z]{2}", ends[i]) for i in (0, -1)), where


def is_wide(scale: Any) -> bool:
    """Whether its ends are two methods' colours without a middle: which of them is more?"""
    chosen = {f"light-dark({light}, {dark})" for light, dark in COLOURS.values()}
    return len(scale) == 2 and {colour for _, colour in scale} <= chosen


# --- lines ----------------------------------------------------------------------------


def test_dotted_is_no_methods_line() -> None:
    assert "dot" not in DASHES
    assert all(m.dash in DASHES for methods in PALETTES.values() for m in methods.values())


def test_a_variant_has_its_methods_colour_and_another_line() -> None:
    for methods in PALETTES.values():
        for method in methods.values():
            if method.of:
                parent = methods[method.of]
                assert (method.light, method.dark) == (parent.light, parent.dark)
                assert method.dash != parent.dash
                assert method.symbol == f"{parent.symbol}-open"
    made = palette({"a": "A", "b": "B"}, {"b": ("blue", "dash", "square-open")}, {"b": "a"})
    assert made["b"].of == "a"


def legend_of(charts: list[Chart]) -> dict[str, str]:
    """The line of each entry, which is that of its first trace (browser/legend.js)."""
    legend: dict[str, str] = {}
    for _, trace in traces_of(charts):
        line = {**(trace.get("marker") or {}), **(trace.get("line") or {})}
        if line.get("color") and trace.get("showlegend") is not False:
            legend.setdefault(group_of(trace), line.get("dash", "solid"))
    return legend


def words_of(chart: Chart) -> str:
    layout = chart.figure["layout"]
    axes = [layout[name]["title"]["text"] for name in layout if re.match(r"[xy]axis\d*$", name)
            and "title" in layout[name]]
    return " ".join([chart.title, chart.note, *axes])


@every_experiment
def test_a_dash_means_one_thing_in_a_chart(experiment: Experiment) -> None:
    """It is as in the legend, or the chart's words say what it means."""
    for charts in charts_of(experiment):
        legend = legend_of(charts)
        for chart in charts:
            own, other = set(), set()
            for trace in chart.figure["data"]:
                line = trace.get("line") or {}
                dash = line.get("dash", "solid")
                if trace.get("type") == "contour" or line.get("width") == 0 or dash == "solid":
                    continue
                (own if legend.get(group_of(trace)) == dash else other).add(dash)
            other |= {shape["line"]["dash"] for shape in chart.figure["layout"].get("shapes", ())
                      if shape["line"].get("dash", "solid") != "solid"}
            assert not own & other, f"{chart.id}: {own & other} is a method's, and something else"
            for dash in other:
                assert any(word in words_of(chart) for word in SAID[dash]), f"{chart.id}: {dash}"


# --- words ----------------------------------------------------------------------------

GOOD_OR_BAD = re.compile(
    r"\b(wrong|right|error|loss|entropy|likelihood|accuracy|reward|repeated)\b")
NEITHER = {"Difference of the shares right", "Margin (below 0: wrong)",
           "How often it is right",
           "Mean correlation of two members' errors"}


@every_experiment
def test_what_is_good_is_said(experiment: Experiment) -> None:
    """Where an axis has an error, an accuracy or their like, the title's note says which way is
    good; the names of such quantities are the same everywhere.
    """
    for charts in charts_of(experiment):
        for chart in charts:
            layout = chart.figure["layout"]
            titles = {layout[name]["title"]["text"] for name in ("xaxis", "yaxis")} - NEITHER
            titles = {title.removesuffix(LOG) for title in titles}
            titles = {re.sub(r" +\((pale|dotted|.*: diverged).*\)$", "", title) for title in titles}
            for title in titles:
                if GOOD_OR_BAD.search(title.lower()):
                    assert title in BETTER, f"{chart.id}: {title!r} has no entry in BETTER"
            if titles & BETTER.keys():
                assert "is better" in chart.note + chart.title, f"{chart.id}: {chart.note!r}"
            assert not re.search(r"seeds?\b.*seeds?\b|\(click", chart.title), chart.title


@every_experiment
def test_an_axis_title_fits_a_phone(experiment: Experiment) -> None:
    """Plotly cuts what is longer; what a chart's signs mean is in its note, which is wrapped."""
    for charts in charts_of(experiment):
        for chart in charts:
            layout = chart.figure["layout"]
            titles = [layout[name]["title"]["text"] for name in ("xaxis", "yaxis")]
            assert max(map(len, titles)) <= 45, chart.id


@every_experiment
def test_no_row_of_pictures_has_a_hole(experiment: Experiment) -> None:
    lab = lab_of(experiment)
    for config in configs_of(experiment):
        panels = charts_of_page(lab, config, lab.looks(config)[0])
        assert {width(row) for row in rows(panels)} == {6}


@every_experiment
def test_a_presets_name_fits_its_box(experiment: Experiment) -> None:
    """Longer ones are cut in the sidebar, which is 300 pixels wide."""
    assert [p.name for p in experiment.presets if len(p.name) > 30] == []


@every_slug
def test_a_scenes_main_charts_obey_too(slug: str) -> None:
    """Ghosts are pale, and no scene hides what its charts' words speak of."""
    for scene in scenes_of(slug):
        for panel in only_charts(panels_of(scene, texts(slug)[scene.key])):
            for trace in panel.figure["data"]:
                if str(trace.get("uid", "")).startswith("ghost"):
                    assert trace["opacity"] < 0.5
            assert "(click" not in panel.title
            assert not panel.invitation


def test_a_map_that_fills_takes_two_sided_colours() -> None:
    colours = two_sided("Sign", {-1: "below", 0: "0", 1: "above"}, ("#123", "#321"))
    chart = heat_map("sign", "sign", [1, 2], [1, 2], title="", x_title="", y_title="",
                     colours=colours, alt="")
    cells = chart.figure["data"][0]
    assert (cells["colorscale"], cells["reversescale"]) == (colours["colorscale"], False)
