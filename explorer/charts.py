"""From names of arrays to charts of the live view. Pure functions, no Streamlit.

A figure is a plain dict in Plotly's JSON form: building `plotly.graph_objects` would cost
the app half a second at its start. The tests hold every figure to Plotly's own schema.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal, cast

from core.config import Change
from explorer.live import Bind, Chart, Ref
from explorer.live.view import Label, Reduce
from explorer.theme import INK, Method

HEIGHT = 350
PERCENT: dict[str, Any] = {"tickformat": ".2~%"}
"""Of an axis of shares."""


def axis(title: str, *, log: bool = False, **more: Any) -> dict[str, Any]:
    """An axis with its title, unit included; the view chooses the ticks of a logarithmic one."""
    kind = {"type": "log"} if log else {}
    return {"title": {"text": title}, "automargin": True, **kind, **more}


def pick(array: str, labels: Mapping[str, Label], reduce: Reduce = "") -> Ref:
    """A part of an array, where the names of its dimensions are not known beforehand."""
    return Ref(array, reduce=reduce, **cast(dict[str, Any], labels))


def decade(k: int) -> str:
    """10^k as a label; `decade` in live/browser/axes.js writes the same."""
    return f"{10.0**k:g}" if -4 < k < 4 else f"10<sup>{k}</sup>"


def annotated(chart: Chart, shape: dict[str, Any], words: dict[str, Any]) -> Chart:
    """A chart with one more shape and the words beside it."""
    layout = chart.figure["layout"]
    more = {"shapes": [*layout.get("shapes", ()), shape],
            "annotations": [*layout.get("annotations", ()), words]}
    return replace(chart, figure={**chart.figure, "layout": layout | more})


def marked(chart: Chart, changes: Sequence[Change]) -> Chart:
    """A chart with a vertical line at each step at which a setting changes, if it is over steps."""
    if not any(bind.mode != "state" and bind.x is None for bind in chart.binds):
        return chart
    for step in sorted({change.step for change in changes}):
        line = {"type": "line", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": INK, "width": 2, "dash": "dash"}}
        words = {"x": step, "yref": "paper", "y": 1, "yanchor": "top", "xanchor": "left",
                 "text": "changed", "showarrow": False, "xshift": 4}
        chart = annotated(chart, line, words)
    return chart


def learning_curves(
    name: str,
    array: str,
    methods: Sequence[Method],
    *,
    by: str,
    title: str,
    y_title: str,
    alt: str,
    n_seeds: int,
    log: bool = False,
    y_range: Sequence[float] | None = None,
    x_axis: dict[str, Any] | None = None,
    percent: bool = False,
    where: Mapping[str, Label] | None = None,
    width: Literal["full", "half", "third"] = "half",
    height: int = HEIGHT,
) -> Chart:
    """A line per method through the median of its seeds, in a band from least to most.

    Args:
        array: Has the dimensions (step, method, seed), or more between the last two.
        methods: In the order of the legend.
        by: Name of the array's second dimension.
        n_seeds: One seed has no band.
        x_axis: Where a step is not an update: the axis of what it is.
        percent: Whether the values are shares.
        where: Labels in the dimensions between method and seed.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method in methods:
        labels = {by: method.key, **(where or {})}
        if n_seeds > 1:
            binds.append(Bind(len(data), "band", y=pick(array, labels)))
            data.append(band(method))
        binds.append(Bind(len(data), "series", y=pick(array, labels, "median")))
        data.append(curve(method))
    more: dict[str, Any] = {"range": list(y_range)} if y_range else {}
    if percent:
        more |= PERCENT
    layout = {
        "xaxis": x_axis or axis("Step (updates)"), "yaxis": axis(y_title, log=log, **more),
        "hovermode": "x unified",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt,
                 width=width, height=height)


def curve(method: Method, **more: Any) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": method.label, "uid": method.label,
        "legendgroup": method.label, "line": {"color": method.color, "dash": method.dash,
                                              "width": 2.5},
        "hovertemplate": "%{y:.3g}", **more,
    }


def band(method: Method) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": method.label,
        "uid": method.label + " range", "legendgroup": method.label, "showlegend": False,
        "fill": "toself", "fillcolor": method.fill_faint, "line": {"width": 0},
        "hoverinfo": "skip",
    }


def dots(
    name: str,
    array: str,
    methods: Sequence[Method],
    *,
    by: str,
    n_seeds: int,
    title: str,
    x_title: str,
    alt: str,
    x_range: Sequence[float] | None = None,
    log: bool = False,
    spread: float = 0,
    percent: bool = False,
) -> Chart:
    """A row per method with a dot per seed: the current values.

    Args:
        array: Has the dimensions (step, method, seed).
        by: Name of the second one.
        spread: Height of a row's dots, where many have the same value; 0 to 1.
        percent: Whether the values are shares.
        x_range: Ends of the axis; dots beyond them stand at its edge as arrows.
    """
    labels = [m.label for m in methods]
    offsets = [spread * ((s + 0.5) / n_seeds - 0.5) for s in range(n_seeds)]
    data = [
        {
            "type": "scatter", "mode": "markers", "name": m.label, "uid": m.label,
            "legendgroup": m.label, "showlegend": False, "x": [None] * n_seeds,
            "y": [i + offset for offset in offsets],
            "marker": {"symbol": m.symbol, "size": 10, "color": m.color, "opacity": 0.75},
            "hovertemplate": "%{customdata:.3g}" if x_range else "%{x:.3g}", "cliponaxis": False,
        }
        for i, m in enumerate(methods)
    ]
    binds = tuple(
        Bind(i, "state", x=pick(array, {by: m.key})) for i, m in enumerate(methods)
    )
    rows: dict[str, Any] = {
        "tickvals": list(range(len(labels))), "ticktext": labels, "zeroline": False,
        "range": [len(labels) - 0.5, -0.5],
    }
    ends: dict[str, Any] = {"range": list(x_range)} if x_range else {}
    if percent:
        ends |= PERCENT
    layout = {"xaxis": axis(x_title, log=log, **ends), "yaxis": axis("", **rows),
              "hovermode": "closest", "meta": {"pinned": bool(x_range)}}
    return Chart(name, {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT)


def _edges(centres: Sequence[float], log: bool) -> list[float]:
    """The edges of cells, one more than there are cells: halfway on the axis between centres."""
    at = [math.log10(c) if log else c for c in centres]
    inner = [(a + b) / 2 for a, b in pairwise(at)]
    edges = [2 * at[0] - inner[0], *inner, 2 * at[-1] - inner[-1]]
    return [float(f"{10**e:.6g}") for e in edges] if log else edges


def heat_map(
    name: str,
    array: str,
    x: Sequence[float],
    y: Sequence[float],
    *,
    title: str,
    x_title: str,
    y_title: str,
    z_title: str,
    z_max: float,
    alt: str,
    z_min: float = 0,
    z_hover: str = "%{z:.0f} steps",
    log_x: bool = False,
    log_y: bool = False,
    reverse: bool = True,
) -> Chart:
    """Cells that fill with time; an empty cell has no value yet.

    Args:
        array: Has the dimensions (step, y, x).
        x: Centres of the cells, as far apart as they like.
        y: The same for the rows.
        z_max: Upper end of the colours, so that they keep their meaning as it fills.
        z_min: Lower end.
        reverse: Whether low is bright, as where low is good.
    """
    edges_x, edges_y = _edges(x, log_x), _edges(y, log_y)
    colors = {"colorscale": "Cividis", "reversescale": reverse}
    data = [
        {"type": "heatmap", "x": edges_x, "y": edges_y, "z": [], "uid": name, "zmin": z_min,
         "zmax": z_max, **colors, "showscale": False, "hoverongaps": False,
         "hovertemplate": z_hover + "<extra></extra>"},
        # a map without a value has no colour bar, and would be wider than it is later;
        # a colour bar with a space in its uid is drawn again and again
        {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "uid": name + "-colours",
         "showlegend": False, "hoverinfo": "skip", "marker": {
             "color": [z_min], "cmin": z_min, "cmax": z_max, **colors, "showscale": True,
             "colorbar": {"title": {"text": z_title, "side": "right"}, "thickness": 10,
                          "outlinewidth": 0, "len": 0.9}}},
    ]
    layout = {
        "xaxis": axis(x_title, log=log_x, range=_ends(edges_x, log_x)),
        "yaxis": axis(y_title, log=log_y, range=_ends(edges_y, log_y)),
        "plot_bgcolor": "light-dark(#eef1f4, #262b33)", "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, (Bind(0, "state", z=Ref(array)),),
                 title, alt, height=HEIGHT)


def _ends(edges: Sequence[float], log: bool) -> list[float]:
    """The range of an axis in Plotly's terms."""
    return [math.log10(e) if log else e for e in (edges[0], edges[-1])]
