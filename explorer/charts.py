"""From names of arrays to charts of the live view. Pure functions, no Streamlit.

A figure is a plain dict in Plotly's JSON form: building `plotly.graph_objects` would cost
the app half a second at its start. The tests hold every figure to Plotly's own schema.

The grammar of pictures: what a sign means, it means on every page. `tests/contract/test_grammar.py`
holds the pages to what a test can see of it.

1. A colour is a method (or a class, or one part of a sum), the same in all charts of a view; what
   is no method is `theme.NEUTRAL`. A colour is never an amount: that is a map's shade, a size, a
   place on an axis, or a number.
2. Pale is earlier, or another run: what was before the step, a scene's second run. A variant of a
   method ("with batch norm") has its colour, with another line and an open marker.
3. A line that is not solid is a method's, as in the legend, or it is explained in the chart's
   words: "(dotted: at the start)". Never both in one chart; dotted is no method's. A line with
   words beside it is thin and solid.
4. A map of an amount runs from dark, bad or little, to light, good or much, in both themes, and
   words stand at both ends of its colours (`maps.shaded`). A map of two sides has a colour at
   each end and none in the middle (`maps.two_sided`).
5. What has not arrived is a hollow arrow at the edge (`dots(..., missing=...)`), what lies beyond
   an axis one with its value, and a line that broke off ends in a cross: the view draws all three
   (live/browser/marks.js).
6. The dead are counted: where some seeds have no number any more, the view writes how many are
   left at the line's end. What was counted as a guess because it overflowed is hatched.
7. Behind a title stands what is good ("lower is better") and who is counted ("median, range of
   8 seeds"), not in it: `note`, from `counted`. One quantity has one name, and stands in `BETTER`
   if more or less of it is good.
8. An empty chart is not shown: a chart that can have nothing to say is not among a lab's charts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from core.config import Change
from explorer.live import Bind, Chart, Ref
from explorer.live.view import Label, Reduce
from explorer.theme import AWAY, INK, Method

BETTER = {
    "Share right": "higher", "Share wrong": "lower", "Share repeated": "lower",
    "Cross-entropy": "lower", "Negative log-likelihood": "lower", "Training loss": "lower",
    "Mean squared error": "lower", "Squared error": "lower", "Squared error / 2": "lower",
    "Mean squared distance": "lower", "Steps (reward)": "higher", "Step of arrival": "lower",
    "Height": "lower", "Gain of the vote": "higher", "Bias": "lower",
    "|δ|": "lower", "Net variance": "lower", "Share of the effects explained": "higher",
    "Mean distance of the numbers": "lower",
    "Bits per character": "lower", "Own loss": "lower", "Calibration error": "lower",
    "Distance to the curve": "lower", "Distance to the median": "lower", "Mean IoU": "higher",
}
"""What is good, by the title of an axis."""
HEIGHT = 350
LOG = ", log scale"
"""Behind the title of an axis on which equal steps are equal factors."""
PERCENT: dict[str, Any] = {"tickformat": ".2~%"}
"""Of an axis of shares."""


def axis(title: str, *, log: bool = False, **more: Any) -> dict[str, Any]:
    """An axis with its title, unit included; of a logarithmic one the title says so, and the view
    chooses the ticks.
    """
    kind = {"type": "log"} if log else {}
    return {"title": {"text": title + LOG * log}, "automargin": True, **kind, **more}


def named(texts: Sequence[str]) -> dict[str, Any]:
    """Of an axis with words at its places, which are counted from 0."""
    return {"tickvals": list(range(len(texts))), "ticktext": list(texts), "tickangle": 0,
            "showgrid": False, "zeroline": False}


def counted(quantity: str, *who: str) -> str:
    """What stands behind a title: what is good of a quantity, and who is counted.

        counted("Share wrong", "a dot per seed") == "lower is better, a dot per seed"
    """
    good = [f"{BETTER[quantity]} is better"] if quantity in BETTER else []
    return ", ".join([*good, *filter(None, who)])


def spread(n_seeds: int) -> str:
    """Who is counted in a line in its band; a single seed needs no words."""
    return f"median, range of {n_seeds} seeds" if n_seeds > 1 else ""


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


def hatched(
    chart: Chart, ends: tuple[float, float], y: tuple[float, float], words: str
) -> Chart:
    """A chart with a hatched strip, where what overflowed is drawn though it was not measured.

    Args:
        ends: Of the strip on the horizontal axis.
        y: On the vertical one.
        words: Written into it.
    """
    layout = chart.figure["layout"]
    strip = {
        "type": "scatter", "mode": "lines", "fill": "toself", "uid": "hatched", "name": words,
        "showlegend": False, "hoverinfo": "skip", "line": {"width": 0, "color": AWAY},
        "x": [ends[0], ends[1], ends[1], ends[0]], "y": [y[0], y[0], y[1], y[1]],
        "fillcolor": "rgba(0, 0, 0, 0)",
        "fillpattern": {"shape": "/", "fgcolor": AWAY, "size": 9, "solidity": 0.2,
                        "fillmode": "overlay"},
    }
    log = layout["yaxis"].get("type") == "log"
    said = {"xref": "paper", "x": 0.99, "xanchor": "right", "y": math.log10(y[0]) if log else y[0],
            "yanchor": "top", "text": words, "showarrow": False}
    data = [*chart.figure["data"], strip]
    layout = layout | {"annotations": [*layout.get("annotations", ()), said]}
    return replace(chart, figure={"data": data, "layout": layout})


def marked(chart: Chart, changes: Sequence[Change]) -> Chart:
    """A chart with a vertical line at each step at which a setting changes, if it is over steps."""
    if not any(bind.mode != "state" and bind.x is None for bind in chart.binds):
        return chart
    for step in sorted({change.step for change in changes}):
        line = {"type": "line", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": INK, "width": 1}}
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
        by: Name of the array's second dimension; "" where it has none, for one method.
        n_seeds: One seed has no band.
        x_axis: Where a step is not an update: the axis of what it is.
        percent: Whether the values are shares.
        where: Labels in the dimensions between method and seed.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method in methods:
        labels = {**({by: method.key} if by else {}), **(where or {})}
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
                 width=width, height=height, note=counted(y_title, spread(n_seeds)))


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
    of: str = "seed",
    percent: bool = False,
    missing: str = "",
) -> Chart:
    """A row per method with a dot per seed: the current values.

    Args:
        array: Has the dimensions (step, method, seed).
        by: Name of the second one.
        spread: Height of a row's dots, where many have the same value; 0 to 1.
        of: What a dot is.
        percent: Whether the values are shares.
        x_range: Ends of the axis; dots beyond them stand at its edge as arrows.
        missing: What it means that a seed has no value (yet), if it is to stand at the upper edge:
            "not there".
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
              "hovermode": "closest", "meta": {"pinned": bool(x_range), "missing": missing}}
    who = [f"a dot per {of}"] + [f"hollow: {missing}"] * bool(missing)
    return Chart(name, {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT,
                 note=counted(x_title, *who))


def bars(
    array: str, seed: int, method: Method, texts: Sequence[str], right: Sequence[int], *,
    title: str, x_title: str, y_axis: dict[str, Any], alt: str, hover: str = "%{y:.0%}",
    height: int = HEIGHT,
) -> Chart:
    """A bar for each of some things as it is now, and an arrow below those that are right.

    Args:
        array: Has the dimensions (step, thing, seed).
        texts: What is written below each bar.
        right: Which things have an arrow.
    """
    places = list(range(len(texts)))
    data = [{
        "type": "bar", "name": method.label, "uid": array, "x": places, "y": [],
        "showlegend": False, "legendgroup": method.label, "marker": {"color": method.color},
        "hovertemplate": hover + "<extra></extra>",
    }]
    layout = {
        "xaxis": axis(x_title, **named(texts), range=[-0.6, len(texts) - 0.4]),
        "yaxis": y_axis, "bargap": 0.25, "hovermode": "closest",
        "annotations": [{"x": place, "y": 0, "yshift": -8, "text": "▲", "showarrow": False}
                        for place in right],
    }
    return Chart(array, {"data": data, "layout": layout},
                 (Bind(0, "state", y=Ref(array, seed=seed)),), title, alt, width="third",
                 height=height)
