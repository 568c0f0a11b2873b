"""The transfer page's own pictures: errors over labels, images, and what is taken for what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from explorer.charts import (
    HEIGHT,
    PERCENT,
    annotated,
    axis,
    counted,
    curve,
    learning_curves,
    pick,
)
from explorer.live import Bind, Chart, Ref
from explorer.live.view import Label
from explorer.maps import shaded
from explorer.theme import INK, Method

ASIDE = 0.035  # between the dots of neighbouring methods, in factors of ten
GUESSING = 0.8
"""The error of a guess among five classes."""
PLANE = (-12.0, 12.0)
"""Of both pictures of features: the deviation within a class, before, is 1."""
GREYS = [[0, "light-dark(#ffffff, #16191f)"], [1, "light-dark(#101010, #ffffff)"]]
"""Ink on paper; in the dark, chalk on a board."""


def against_labels(
    name: str,
    array: str,
    methods: Sequence[Method],
    labels: Sequence[int],
    *,
    n_seeds: int,
    title: str,
    y_title: str,
    alt: str,
    level: tuple[float, str],
    y_range: tuple[float, float],
    note: str = "",
    height: int = HEIGHT,
) -> Chart:
    """A dot per seed, and a line through the medians of each method: the current values.

    Args:
        array: Shares of 1, with the dimensions (step, variant, n_labels, seed).
        level: A height that means something, and what.
        y_range: Of the axis.
        note: What is good, where the vertical axis does not say it.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, method in enumerate(methods):
        aside = 10 ** (ASIDE * (i - (len(methods) - 1) / 2))
        binds.append(Bind(len(data), "state", y=Ref(array, variant=method.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": method.label,
            "uid": method.label + " seeds", "legendgroup": method.label, "showlegend": False,
            "x": [x for n in labels for x in [*[round(n * aside, 3)] * n_seeds, None]], "y": [],
            "marker": {"symbol": method.symbol, "size": 8, "color": method.color, "opacity": 0.6},
            "hoverinfo": "skip",
        })
        binds.append(Bind(len(data), "state", y=Ref(array, variant=method.key, reduce="median")))
        data.append(curve(method, x=list(labels), y=[], hovertemplate="%{y:.1%}"))
    y_axis = axis(y_title, range=list(y_range), zeroline=False, **PERCENT)
    layout = {"xaxis": label_axis(labels), "yaxis": y_axis, "hovermode": "x unified"}
    chart = Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=height,
                  note=counted(y_title, note, "a dot per seed" if n_seeds > 1 else ""))
    return with_level(chart, *level)


def by_start(
    name: str, where: Mapping[str, Label], starts: Sequence[Method], *, n_seeds: int, title: str,
    alt: str,
) -> Chart:
    """A row per start: a dot per seed, and a stroke through their median; the current values.

    Args:
        where: Labels in the dimensions of `test_error` between step and start.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, start in enumerate(starts):
        labels = {**where, "start": start.key}
        common = {"type": "scatter", "mode": "markers", "name": start.label, "showlegend": False,
                  "legendgroup": start.label}
        binds.append(Bind(len(data), "state", x=pick("test_error", labels)))
        data.append({
            **common, "uid": start.label + " seeds", "x": [None] * n_seeds, "y": [i] * n_seeds,
            "marker": {"symbol": start.symbol, "size": 10, "color": start.color, "opacity": 0.6},
            "hovertemplate": "%{x:.1%}",
        })
        binds.append(Bind(len(data), "state", x=pick("test_error", labels, "median")))
        data.append({
            **common, "uid": start.label, "x": [None], "y": [i], "hovertemplate": "median %{x:.1%}",
            "marker": {"symbol": "line-ns", "size": 24,
                       "line": {"color": start.color, "width": 3}},
        })
    layout = {
        "xaxis": axis("Share wrong", range=[0, 0.85], zeroline=False, **PERCENT),
        "yaxis": axis("", tickvals=list(range(len(starts))), ticktext=[m.label for m in starts],
                      range=[len(starts) - 0.5, -0.5], zeroline=False),
        "hovermode": "closest",
    }
    who = "a dot per seed, and their median" if n_seeds > 1 else ""
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=300,
                 note=counted("Share wrong", who))


def label_axis(labels: Sequence[int]) -> dict[str, Any]:
    """In factors of ten, with a tick per number of labels."""
    return axis("Labelled images per class", log=True) | {
        "tickvals": list(labels), "ticktext": [str(n) for n in labels],
        "range": [math.log10(labels[0] / 1.5), math.log10(labels[-1] * 1.5)], "zeroline": False,
    }


def with_level(chart: Chart, y: float, text: str) -> Chart:
    """A chart with a thin line across it at a height that means something."""
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
            "line": {"color": INK, "width": 1}}
    words = {"xref": "paper", "x": 0.43, "xanchor": "center", "yanchor": "bottom", "text": text,
             "y": y, "showarrow": False}
    return annotated(chart, line, words)


def over_target_steps(chart: Chart, n_steps: int) -> Chart:
    """Learning curves over the updates on the target alone: what was before is not drawn."""
    binds = tuple(replace(bind, x=Ref("target_step")) for bind in chart.binds)
    steps = axis("Step on the target (updates)", range=[0, n_steps])
    layout = chart.figure["layout"] | {"xaxis": steps}
    return replace(chart, figure={**chart.figure, "layout": layout}, binds=binds)


def source_curves(
    methods: Sequence[Method], by: str, n_steps: int, n_seeds: int, **more: Any
) -> Chart:
    """The error of the nets that are pre-trained, over that time alone.

    Args:
        by: Name of their dimension of `source_error`; "" where there is one of a seed.
    """
    chart = learning_curves(
        "source", "source_error", methods, by=by, n_seeds=n_seeds, y_range=[-0.02, 1.02],
        percent=True, x_axis=axis("Step of pre-training", range=[0, max(n_steps, 1)]), **more)
    binds = tuple(replace(bind, x=Ref("source_step")) for bind in chart.binds)
    return replace(chart, binds=binds)


def images(
    name: str, side: int, n_columns: int, rows: Sequence[str], *, title: str, x_title: str,
    alt: str,
    width: Literal["half", "third"] = "third", height: int = 260,
) -> Chart:
    """Rows of images, dark on light. Uses the array `examples` (y, x), with a pixel between."""
    data = [{
        "type": "heatmap", "z": [], "uid": name, "colorscale": GREYS, "showscale": False,
        "hoverinfo": "skip", "zmin": -0.1, "zmax": 1.05,
    }]
    middle = [i * (side + 1) + (side - 1) / 2 for i in range(len(rows))]
    layout = {
        "xaxis": axis(x_title, showticklabels=False, showgrid=False, zeroline=False,
                      range=[-1, n_columns * (side + 1) - 1]),
        "yaxis": axis("", tickvals=middle, ticktext=list(rows), showgrid=False, zeroline=False,
                      range=[len(rows) * (side + 1) - 1, -1], scaleanchor="x"),
        "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, (Bind(0, "state", z=Ref("examples")),),
                 title, alt, width=width, height=height)


def taken_for(
    name: str, where: Mapping[str, Label], classes: Sequence[str], *, title: str, alt: str,
) -> Chart:
    """Which class the images of each class are taken for, of all seeds; right on the diagonal.

    Args:
        where: Labels in the dimensions of `taken_for` before the classes.
    """
    ticks = {0: "0 %", 0.5: "50 %", 1: "100 %"}
    data = [{
        "type": "heatmap", "x": list(classes), "y": list(classes), "z": [], "uid": name,
        **shaded("Share", ticks, ("none", "all"), light="high"), "texttemplate": "%{z:.0%}",
        "hovertemplate": "%{y}: %{z:.0%} taken for %{x}<extra></extra>",
    }]
    layout = {
        "xaxis": axis("Taken for", type="category"),
        "yaxis": axis("The image shows", type="category", autorange="reversed"),
        "hovermode": "closest",
    }
    fed = Bind(0, "state", z=pick("taken_for", where))
    return Chart(name, {"data": data, "layout": layout}, (fed,), title, alt, height=300)


def by_layer(
    array: str, dim: str, methods: Sequence[Method], where: Mapping[str, Label],
    layers: Sequence[str], *, title: str, y_title: str, alt: str, percent: bool = False,
    width: Literal["half", "third"] = "half", height: int = 300,
) -> Chart:
    """Bars: what each layer's weights are now, by one number, the median of the seeds.

    Args:
        array: Has the dimensions (step, `dim`, ..., layer, seed).
        dim: Name of the methods' dimension.
        where: Labels in the dimensions between them and the layers.
        percent: Whether the numbers are shares.
    """
    binds = tuple(
        Bind(i, "state", y=pick(array, {dim: m.key, **where}, "median"))
        for i, m in enumerate(methods))
    data = [{
        "type": "bar", "x": list(layers), "y": [], "name": m.label, "uid": m.label,
        "legendgroup": m.label, "marker": {"color": m.color},
        "hovertemplate": "%{y:.0%}" if percent else "%{y:.3g}",
    } for m in methods]
    layout = {
        "xaxis": axis("Layer", type="category"), "barmode": "group", "hovermode": "x unified",
        "yaxis": axis(y_title, rangemode="tozero", minallowed=0,
                      tickformat=".0%" if percent else ""),
    }
    return Chart(array, {"data": data, "layout": layout}, binds, title, alt, width=width,
                 height=height)


def moved(
    dim: str, methods: Sequence[Method], where: Mapping[str, Label], layers: Sequence[str], *,
    title: str, alt: str, y_title: str = "Change, as a share of the start's norm", **more: Any,
) -> Chart:
    """Bars: how far each layer's weights are from where they started."""
    return by_layer("moved", dim, methods, where, layers, title=title, alt=alt, percent=True,
                    y_title=y_title, **more)


def losses(methods: Sequence[Method], n_seeds: int) -> Chart:
    """The loss of the batch before and after the update, a line per seed. Uses `loss` (step, way,
    when, seed).
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, m in enumerate(methods):
        aside = 0.04 * (i - (len(methods) - 1) / 2)
        binds.append(Bind(len(data), "state", y=pick("loss", {"way": m.key})))
        data.append({
            "type": "scatter", "mode": "markers", "name": m.label, "uid": m.label + " seeds",
            "legendgroup": m.label, "showlegend": False, "y": [], "hoverinfo": "skip",
            "x": [x for place in (0, 1) for x in [*[place + aside] * n_seeds, None]],
            "marker": {"symbol": m.symbol, "size": 8, "color": m.color, "opacity": 0.5},
        })
        binds.append(Bind(len(data), "state", y=pick("loss", {"way": m.key}, "median")))
        data.append(curve(m, x=[aside, 1 + aside], y=[], hovertemplate="%{y:.3f}",
                          line={"color": m.color}))
    layout = {
        "xaxis": axis("The update", tickvals=[0, 1], ticktext=["before", "after"],
                      range=[-0.4, 1.4], zeroline=False),
        "yaxis": axis("Cross-entropy", rangemode="tozero"), "hovermode": "closest",
    }
    who = "a dot per seed" if n_seeds > 1 else ""
    return Chart("loss", {"data": data, "layout": layout}, tuple(binds), "Loss of this batch",
                 "The loss of the batch before and after the update, both ways.",
                 width="third", height=270,
                 note=counted("Cross-entropy", who))


def plane(
    name: str, where: Mapping[str, Label], classes: Sequence[Method], *, title: str, alt: str,
) -> Chart:
    """Images of each class as points, where a net's features have them: as they are now.

    Args:
        name: Of the array, which has the dimensions (class, point, xy) and those of `where`.
        where: Labels of other dimensions.
        classes: By number.
    """
    data = [{
        "type": "scatter", "mode": "markers", "name": c.label, "uid": c.label,
        "legendgroup": "class " + c.label, "x": [], "y": [], "hoverinfo": "name",
        "marker": {"symbol": c.symbol, "size": 8, "color": c.color, "opacity": 0.85},
    } for c in classes]
    binds = tuple(
        Bind(i, "state", x=pick(name, {**where, "class": i, "xy": "x"}),
             y=pick(name, {**where, "class": i, "xy": "y"}))
        for i in range(len(classes)))
    ends: dict[str, Any] = {"range": list(PLANE), "zeroline": False}
    layout = {"xaxis": axis("Direction that separates best", **ends),
              "yaxis": axis("Second best", **ends), "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout}, binds, title, alt, height=340,
                 note="first seed, in deviations within a class as pre-trained")
