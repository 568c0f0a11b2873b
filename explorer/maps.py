"""Charts whose colours say how much: maps, as the grammar in `charts` has them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from explorer.charts import HEIGHT, axis, named
from explorer.grid import Width
from explorer.live import Bind, Chart, Ref
from explorer.theme import PAPER, SHADES

EMPTY = "light-dark(#eef1f4, #262b33)"
"""Behind the cells of a map: of one that has no value."""
ORANGE_BLUE = ("#b35806", "#2166ac")
"""Of numbers in a net, below and above 0."""
WRITTEN = 14
"""Pixels of numbers that are written into narrow columns; a phone has none (view.css)."""


def shaded(
    title: str, ticks: Mapping[float, str], ends: tuple[str, str], *,
    light: Literal["low", "high"],
) -> dict[str, Any]:
    """Colours of an amount on a map, for its trace: from dark, bad or little, to light.

    Args:
        title: Of the colours.
        ticks: By value the label; the first and the last are the ends of the colours.
        ends: What they mean, in a word or two: "at once", "late".
        light: Which end is light, as the better one, or the larger where none is.
    """
    first, *_, last = ticks
    labels = dict(ticks)
    for at, word in zip((first, last), ends, strict=True):
        labels[at] = f"{labels[at]}<br>{word}"
    return {
        "colorscale": SHADES, "reversescale": light == "low", "zmin": first, "zmax": last,
        "colorbar": _bar(title) | {"tickvals": list(labels), "ticktext": list(labels.values())},
    }


def two_sided(
    title: str, ends: Mapping[float, str], colours: tuple[str, str], middle: str = PAPER,
) -> dict[str, Any]:
    """Colours of one thing or its opposite, for a map's trace: none in the middle.

    Args:
        ends: By value what is said at the colours: the two ends, with the middle between them.
        colours: Of the two ends.
        middle: The colour between them.
    """
    low, *_, high = ends
    return {
        "colorscale": [[0, colours[0]], [0.5, middle], [1, colours[1]]],
        "zmin": low, "zmax": high,
        "colorbar": _bar(title) | {"tickvals": list(ends), "ticktext": list(ends.values())},
    }


def _bar(title: str) -> dict[str, Any]:
    return {"title": {"text": title, "side": "right"}, "thickness": 10, "outlinewidth": 0,
            "len": 0.9}


def scale(name: str, colours: dict[str, Any]) -> dict[str, Any]:
    """The colour bar of a map as a trace of its own: one without a value has none, and would be
    wider than it is later.

    Args:
        name: Of the map, without a space: else its bar is drawn again and again.
        colours: From `shaded` or `two_sided`.
    """
    low, high = colours["zmin"], colours["zmax"]
    return {
        "type": "scatter", "mode": "markers", "x": [None], "y": [None], "uid": name + "-colours",
        "showlegend": False, "hoverinfo": "skip", "marker": {
            "color": [low], "cmin": low, "cmax": high, "colorscale": colours["colorscale"],
            "reversescale": colours.get("reversescale", False), "showscale": True,
            "colorbar": colours["colorbar"]},
    }


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
    colours: dict[str, Any],
    alt: str,
    z_hover: str = "%{z:.0f} steps",
    log_x: bool = False,
    log_y: bool = False,
    note: str = "",
) -> Chart:
    """Cells that fill with time; an empty cell has no value yet.

    Args:
        array: Has the dimensions (step, y, x).
        x: Centres of the cells, as far apart as they like.
        y: The same for the rows.
        colours: From `shaded` or `two_sided`; their ends are fixed, so that they keep their meaning
            as it fills.
        note: What an empty cell means.
    """
    edges_x, edges_y = _edges(x, log_x), _edges(y, log_y)
    low, high = colours["zmin"], colours["zmax"]
    shades = {"colorscale": colours["colorscale"],
              "reversescale": colours.get("reversescale", False)}
    data = [
        {"type": "heatmap", "x": edges_x, "y": edges_y, "z": [], "uid": name, "zmin": low,
         "zmax": high, **shades, "showscale": False, "hoverongaps": False,
         "hovertemplate": z_hover + "<extra></extra>"},
        scale(name, colours),
    ]
    layout = {
        "xaxis": axis(x_title, log=log_x, range=_ends(edges_x, log_x)),
        "yaxis": axis(y_title, log=log_y, range=_ends(edges_y, log_y)),
        "plot_bgcolor": EMPTY, "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, (Bind(0, "state", z=Ref(array)),),
                 title, alt, height=HEIGHT, note=note)


SIGNS = [[0, "#0072b2"], [0.5, "light-dark(#ffffff, #15171b)"], [1, "#d55e00"]]
"""Of weights and products: below 0, 0, above."""


def squares(
    name: str, side: int, title: str, alt: str, colours: dict[str, Any], *, numbers: str = "",
    around: float = 0, height: int = HEIGHT,
) -> Chart:
    """What an array (step, row, column) holds now, a square for each number, counted from 1.

    Args:
        name: Of the array.
        side: Of its rows and columns.
        colours: Of the trace.
        numbers: How they are written into the squares: ".2f"; not at all where left out.
        around: How much room is left around them, in squares.
    """
    trace: dict[str, Any] = {
        "type": "heatmap", "z": [], "uid": name, "name": title, "showscale": False,
        "hovertemplate": "%{z:.2f}<extra></extra>", "hoverongaps": False, "xgap": 1, "ygap": 1,
        **colours,
    }
    if numbers:
        trace["texttemplate"] = f"%{{z:{numbers}}}"
    ticks = list(range(0, side, 1 if side < 8 else 5))
    common: dict[str, Any] = {"showgrid": False, "zeroline": False, "constrain": "domain",
                              "tickvals": ticks, "ticktext": [str(i + 1) for i in ticks]}
    low, high = -0.5 - around, side - 0.5 + around
    layout = {
        "xaxis": axis("Column", range=[low, high], **common),
        "yaxis": axis("Row", range=[high, low], scaleanchor="x", **common),
        "hovermode": "closest",
    }
    return Chart(name, {"data": [trace], "layout": layout}, (Bind(0, "state", z=Ref(name)),), title,
                 alt, width="third", height=height)


def columns(
    ref: Ref, texts: Sequence[str], n_rows: int, most: float, title: str, alt: str, *,
    x_title: str, y_title: str, numbers: str = "", width: Width = "third", height: int = HEIGHT,
    **x_axis: Any,
) -> Chart:
    """A column of numbers below or above 0 for each of some things, as colours.

    Args:
        ref: To an array (step, row, column), rows from below; it names the chart.
        texts: What is written below each column.
        most: At which number, and at its opposite, the colours end.
        numbers: How they are written into the cells: ".2f"; not at all where left out.
        x_axis: More of the axis below.
    """
    name, rows = ref.array, list(range(1, n_rows + 1))
    colours = two_sided("", {-most: f"−{most:g}<br>negative", 0: "0",
                             most: f"+{most:g}<br>positive"}, ORANGE_BLUE, middle="#f2f2f2")
    written: dict[str, Any] = {}
    if numbers:
        written = {"texttemplate": f"%{{z:{numbers}}}", "textfont": {"size": WRITTEN}}
    data = [
        {"type": "heatmap", "x": list(range(len(texts))), "y": rows, "z": [], "uid": name,
         "zmin": -most, "zmax": most, "colorscale": colours["colorscale"], "showscale": False,
         "hoverongaps": False, "xgap": int(len(texts) < 40),
         "hovertemplate": "%{y}: %{z:.2f}<extra></extra>",
         **written},
        scale(name, colours),
    ]
    layout = {
        "xaxis": axis(x_title, **named(texts) | x_axis, range=[-0.5, len(texts) - 0.5]),
        "yaxis": axis(y_title, range=[0.5, n_rows + 0.5], zeroline=False,
                      tickvals=[1, *rows[(many := max(8, n_rows // 8)) - 1 :: many]]),
        "plot_bgcolor": EMPTY, "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, (Bind(0, "state", z=ref),), title, alt,
                 width=width, height=height)


def _ends(edges: Sequence[float], log: bool) -> list[float]:
    """The range of an axis in Plotly's terms."""
    return [math.log10(e) if log else e for e in (edges[0], edges[-1])]
