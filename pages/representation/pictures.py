"""The representation page's own pictures: errors model by model, and two weights on their loss."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from explorer.charts import HEIGHT, PERCENT, axis, counted, curve, pick
from explorer.live import Bind, Chart, Ref
from explorer.live.view import Label
from explorer.theme import INK, PAPER, Method

CONTOURS: dict[str, Any] = {
    "type": "contour", "showlegend": False, "ncontours": 18, "hoverinfo": "skip",
    "colorscale": [[0, "light-dark(#ffffff, #5f7d9c)"], [1, "light-dark(#9fb3c8, #0e1117)"]],
    "line": {"width": 0.6, "color": "light-dark(#b6c2cf, #33475b)"}, "showscale": False,
}
"""A loss behind paths: high is dark."""


def against(
    name: str,
    array: str,
    methods: Sequence[Method],
    *,
    by: str,
    ticks: Mapping[str, str],
    over: str,
    n_seeds: int,
    title: str,
    x_title: str,
    y_title: str,
    alt: str,
    y: Mapping[str, Any],
    where: Mapping[str, Label] | None = None,
    note: str = "",
    **more: Any,
) -> Chart:
    """Beside each other the methods at every tick: a dot per seed, and the median, now.

    Args:
        array: Has the dimensions `by`, `over`, those of `where`, and seed.
        by: Of the methods.
        ticks: By their keys in `over` what stands at the horizontal axis.
        y: Of the vertical axis, beside its title.
    """
    aside = 0.62 / max(len(methods), 1)
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, method in enumerate(methods):
        for at, key in enumerate(ticks):
            x = at + aside * (i - (len(methods) - 1) / 2)
            labels = {by: method.key, over: key, **(where or {})}
            common = {"type": "scatter", "name": method.label, "legendgroup": method.label}
            if n_seeds > 1:
                binds.append(Bind(len(data), "state", y=pick(array, labels)))
                data.append({
                    **common, "mode": "markers", "x": [x] * n_seeds, "y": [], "hoverinfo": "skip",
                    "uid": f"{method.label} {key} seeds", "showlegend": False,
                    "marker": {"symbol": method.symbol, "size": 5, "color": method.color,
                               "opacity": 0.4},
                })
            # a list of one: a state's y is a list
            binds.append(Bind(len(data), "state", y=pick(array, labels, "median")))
            data.append({
                **common, "mode": "markers", "x": [x], "y": [], "showlegend": at == 0,
                "uid": f"{method.label} {key}", "hovertemplate": f"{ticks[key]}: %{{y:.3g}}",
                "marker": {"symbol": method.symbol, "size": 11, "color": method.color},
            })
    layout = {
        "xaxis": axis(x_title, tickvals=list(range(len(ticks))), ticktext=list(ticks.values()),
                      zeroline=False, range=[-0.5, len(ticks) - 0.5]),
        "yaxis": axis(y_title, **y), "hovermode": "closest",
    }
    who = "a dot per seed, medians large" if n_seeds > 1 else ""
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt,
                 **{"height": HEIGHT, **more}, note=counted(y_title, note, who))


SHARE: dict[str, Any] = {"range": [-0.02, 0.82], **PERCENT}


def spreads(
    scales: Sequence[Method], features: Sequence[str], *, title: str, alt: str,
) -> Chart:
    """The standard deviation of every feature, as it is told."""
    data = [{
        "type": "scatter", "mode": "markers", "name": m.label, "uid": m.label,
        "legendgroup": m.label, "x": list(features), "y": [],
        "marker": {"symbol": m.symbol, "size": 9, "color": m.color},
        "hovertemplate": "%{x}: %{y:.2g}",
    } for m in scales]
    layout = {
        "xaxis": axis("Measurement", type="category"),
        "yaxis": axis("Standard deviation", log=True), "hovermode": "closest",
    }
    binds = tuple(Bind(i, "state", y=Ref("spread", scale=m.key)) for i, m in enumerate(scales))
    return Chart("spread", {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT,
                 note="training half of the first seed")


def valley(
    name: str, unit: str, rules: Sequence[Method], ends: tuple[float, float],
    grid: Sequence[float], features: tuple[str, str], *, title: str, alt: str,
) -> Chart:
    """Two weights: the loss from above, and the way that each rule has gone.

    Args:
        unit: Which of the two losses.
        rules: The key of each begins with the rule's.
        ends: Of both axes.
        grid: Both weights of the map's cells.
        features: What the weights belong to.
    """
    data: list[dict[str, Any]] = [{
        **CONTOURS, "x": list(grid), "y": list(grid), "z": [], "uid": "loss", "name": "Loss"}]
    binds = [Bind(0, "state", z=Ref("landscape", unit=unit))]
    for method in rules:
        rule = method.key.partition(" ")[0]
        x, y = (Ref("position", unit=unit, rule=rule, xy=way) for way in ("x", "y"))
        binds.append(Bind(len(data), "series", x=x, y=y))
        data.append(curve(method, mode="lines", hovertemplate="(%{x:.2f}, %{y:.2f})"))
        binds.append(Bind(len(data), "state", x=x, y=y))
        data.append({
            "type": "scatter", "mode": "markers", "name": method.label, "hoverinfo": "skip",
            "uid": f"{method.label} now", "legendgroup": method.label, "showlegend": False,
            "marker": {"symbol": method.symbol.removesuffix("-open"), "size": 12,
                       "color": method.color, "line": {"width": 1, "color": PAPER}},
        })
    binds.append(Bind(len(data), "state", x=Ref("lowest", unit=unit, xy="x"),
                      y=Ref("lowest", unit=unit, xy="y")))
    data.append({
        "type": "scatter", "mode": "markers", "uid": "lowest", "name": "Lowest point", "x": [],
        "y": [], "showlegend": False, "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": 20, "color": INK, "line": {"width": 2.5}},
    })
    layout = {
        "xaxis": axis(f"Weight of {features[0]}", range=list(ends), zeroline=False,
                      constrain="domain"),
        "yaxis": axis(f"Weight of {features[1]}", range=list(ends), zeroline=False,
                      scaleanchor="x", constrain="domain"),
        "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note="light: low, ring: lowest", clickable=True,
                 invitation="click to place the start")


def heights(rules: Sequence[Method], unit: float, *, title: str, alt: str) -> Chart:
    """How far above the lowest point each rule is, in both units; the height at the start grows
    with the square of `unit`.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method in rules:
        rule, _, same = method.key.partition(" ")
        binds.append(Bind(len(data), "series", y=Ref("above", rule=rule, unit=same or "unit")))
        data.append(curve(method))
    layout = {
        "xaxis": axis("Step (updates)"),
        "yaxis": axis("Height above the lowest point", log=True,
                      range=[-4.2, math.log10(5 * unit**2)]),
        "hovermode": "x unified",
    }
    return Chart("heights", {"data": data, "layout": layout}, tuple(binds), title, alt,
                 height=HEIGHT, note="lower is better")
