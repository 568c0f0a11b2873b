"""The pictures that the labs of this page share. Pure functions, no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from explorer.charts import HEIGHT, PERCENT, annotated, axis, counted, curve, decade, pick
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, Method

THIN: dict[str, Any] = {"color": INK, "width": 1}


def by_layer(
    name: str, array: str, first: str, inits: Sequence[Method], depth: int, *, title: str,
    y_title: str, ends: tuple[int, int], n_seeds: int, alt: str,
) -> Chart:
    """A line over the layers for every start, now, and dotted before the first update.

    Args:
        array: Has the dimensions (step, init, layer, seed), and `first` the same but for steps.
        ends: Of the vertical axis, as powers of ten; what lies beyond is not drawn.
    """
    layers = list(range(1, depth + 1))
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for m in inits:
        binds.append(Bind(len(data), "state", y=Ref(array, init=m.key, reduce="median")))
        data.append(curve(m, mode="lines+markers", x=layers, y=[], hovertemplate="%{y:.1e}",
                          marker={"symbol": m.symbol, "size": 8}))
        binds.append(Bind(len(data), "state", y=Ref(first, init=m.key, reduce="median")))
        data.append({
            "type": "scatter", "mode": "lines", "name": m.label, "uid": f"{m.label} first",
            "x": layers, "y": [], "legendgroup": m.label, "showlegend": False,
            "hoverinfo": "skip", "line": {"color": m.color, "dash": "dot", "width": 2},
        })
    ticks = powers(*ends)
    layout = {
        "xaxis": axis("Hidden layer, from the images on", range=[0.7, depth + 0.3], dtick=1,
                      zeroline=False),
        "yaxis": axis(y_title, log=True, range=[ends[0] - 0.5, ends[1] + 0.5],
                      tickvals=[10.0**k for k in ticks], ticktext=[decade(k) for k in ticks]),
        "hovermode": "x unified",
    }
    who = f"median of {n_seeds} seeds" if n_seeds > 1 else ""
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note=who)


def powers(low: int, high: int) -> list[int]:
    """Exponents for an axis: every fourth, or every eighth where there are many."""
    by = 4 if high - low <= 28 else 8
    return list(range(-by * (-low // by), high + 1, by))


def upright(chart: Chart, x: float, words: str, *, left: bool = False) -> Chart:
    """A map with a thin vertical line at a value that means something, and its name."""
    line = {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": "#ffffff", "width": 1}}
    log = chart.figure["layout"]["xaxis"].get("type") == "log"
    return annotated(chart, line, {
        "x": math.log10(x) if log else x, "yref": "paper", "y": 0.99, "yanchor": "top",
        "xanchor": "right" if left else "left", "text": words, "showarrow": False,
        "font": {"color": "#ffffff"}})





def against(
    name: str, array: str, methods: Sequence[Method], x: Sequence[float], *, by: str, n_seeds: int,
    title: str, x_title: str, alt: str, y_range: tuple[float, float],
    ticks: Sequence[float] | None = None,
) -> Chart:
    """Shares wrong over a setting, now: a pale dot per seed, and a line through the medians.

    Args:
        array: Has the dimensions (step, method, setting, seed).
        x: The setting's values.
        by: Of the methods.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for m in methods:
        if n_seeds > 1:
            binds.append(Bind(len(data), "state", y=pick(array, {by: m.key})))
            data.append({
                "type": "scatter", "mode": "markers", "name": m.label, "uid": f"{m.label} seeds",
                "legendgroup": m.label, "showlegend": False, "hoverinfo": "skip", "y": [],
                "x": [at for each in x for at in [*[each] * n_seeds, None]],
                "marker": {"symbol": m.symbol, "size": 6, "color": m.color, "opacity": 0.4},
            })
        binds.append(Bind(len(data), "state", y=pick(array, {by: m.key}, "median")))
        data.append(curve(m, mode="lines+markers", x=list(x), y=[], hovertemplate="%{y:.1%}",
                          marker={"symbol": m.symbol, "size": 9}))
    labels = {} if ticks is None else {
        "tickvals": list(ticks), "ticktext": [f"{t:g}" for t in ticks]}
    ends: dict[str, Any] = {"range": list(y_range), "zeroline": False, **PERCENT}
    layout = {"xaxis": axis(x_title, log=True, **labels),
              "yaxis": axis("Share wrong", **ends), "hovermode": "x unified"}
    who = "a dot per seed, line: median" if n_seeds > 1 else ""
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note=counted("Share wrong", who))
