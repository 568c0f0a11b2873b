"""The optimizers page's own pictures: paths over a surface, losses over learning rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.concepts.optimizers import surface
from core.concepts.optimizers.surfaces import SURFACES
from explorer.charts import HEIGHT, axis, curve
from explorer.live import Bind, Chart, Ref
from explorer.maps import heat_map, shaded
from explorer.theme import INK, PAPER, Method

CONTOURS: dict[str, Any] = {
    "type": "contour", "showlegend": False, "ncontours": 24, "hoverinfo": "skip",
    "colorscale": [[0, "light-dark(#ffffff, #5f7d9c)"], [1, "light-dark(#9fb3c8, #0e1117)"]],
    "line": {"width": 0.6, "color": "light-dark(#b6c2cf, #33475b)"},
}
"""A landscape behind arrows and paths: high is dark."""


def trajectories(
    name: str,
    methods: Sequence[Method],
    x: Sequence[float],
    y: Sequence[float],
    *,
    title: str,
    alt: str,
    seed: int,
    minima: Sequence[tuple[float, float]],
) -> Chart:
    """Paths over a landscape, with arrows at their heads: dotted downhill, solid the step.

    A ring marks where it is lowest.

    Uses the arrays `landscape` (y, x), `position` (step, method, seed, xy), of which the
    `seed` leaves a path and all show their place, and `gradient_arrow` and
    `step_arrow` (step, method, xy, end).
    """
    data: list[dict[str, Any]] = [{
        **CONTOURS, "x": list(x), "y": list(y), "z": [], "uid": "landscape", "showscale": False,
    }]
    data.append({
        "type": "scatter", "mode": "markers", "uid": "minima", "name": "Lowest point",
        "x": [x for x, _ in minima], "y": [y for _, y in minima], "showlegend": False,
        "hovertemplate": "lowest point (%{x:.3g}, %{y:.3g})",
        "marker": {"symbol": "circle-open", "size": 20, "color": INK, "line": {"width": 2.5}},
    })
    binds = [Bind(0, "state", z=Ref("landscape"))]
    for method in methods:
        key = method.key
        here = {"legendgroup": method.label, "showlegend": False, "hoverinfo": "skip"}
        line = {"color": method.color, "width": 2}
        for array, dash in (("gradient_arrow", "dot"), ("step_arrow", "solid")):
            binds.append(Bind(len(data), "state", x=Ref(array, optimizer=key, xy="x"),
                              y=Ref(array, optimizer=key, xy="y")))
            data.append({
                "type": "scatter", "mode": "lines+markers", "uid": f"{method.label} {array}",
                "name": method.label, "line": line | {"dash": dash},
                "marker": {"symbol": "arrow", "angleref": "previous", "size": [0, 11],
                           "color": method.color}, **here,
            })
        binds.append(Bind(len(data), "series", x=Ref("position", optimizer=key, seed=seed, xy="x"),
                          y=Ref("position", optimizer=key, seed=seed, xy="y")))
        data.append(curve(method, hovertemplate="(%{x:.3g}, %{y:.3g})", line={
            "color": method.color, "dash": method.dash, "width": 1.8}))
        binds.append(Bind(len(data), "state", x=Ref("position", optimizer=key, xy="x"),
                          y=Ref("position", optimizer=key, xy="y")))
        data.append({
            "type": "scatter", "mode": "markers", "name": method.label,
            "uid": method.label + " now", "cliponaxis": False,
            "marker": {"symbol": method.symbol, "size": 11, "color": method.color,
                       "line": {"width": 1, "color": PAPER}}, **here,
        })
    layout = {
        "xaxis": axis("x", range=[x[0], x[-1]], zeroline=False),
        "yaxis": axis("y", range=[y[0], y[-1]], zeroline=False),
        "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt,
                 height=HEIGHT, clickable=True, invitation="click to place the start",
                 note="light: low, ring: lowest, dotted: downhill")


def sensitivity(
    name: str,
    array: str,
    methods: Sequence[Method],
    rates: Sequence[float],
    *,
    title: str,
    y_title: str,
    alt: str,
    note: str,
) -> Chart:
    """A line per method over the learning rates: the median of its seeds, now.

    Args:
        array: Has the dimensions (step, method, rate, seed).
    """
    data = [
        curve(m, x=list(rates), mode="lines+markers", marker={"symbol": m.symbol, "size": 8})
        for m in methods
    ]
    binds = tuple(
        Bind(i, "state", y=Ref(array, optimizer=m.key, reduce="median"))
        for i, m in enumerate(methods)
    )
    layout = {
        "xaxis": axis("Learning rate", log=True), "yaxis": axis(y_title, log=True),
        "hovermode": "x unified", "meta": {"fullRange": True},
    }
    return Chart(name, {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT,
                 note=note)


def convergence_map(config: surface.Config, rule: str) -> Chart:
    """When, or where, descents arrive: a cell each."""
    by_rates, which = config.map == "rates", config.map == "valleys"
    memory = surface.SECOND_COEFFICIENT.get(config.map_optimizer, "unused")
    labels, minima = surface.coords(config), SURFACES[config.surface].minima
    chart = heat_map(
        "map", "map", labels["map_x"], labels["map_y"],
        note="empty: at none at the end" if which else "empty: not there at the end",
        colours=shaded("Minimum", {1: "1", max(len(minima), 2): ""}, ("", ""), light="low")
        if which else shaded("Steps", {0: "0", config.n_steps: f"{config.n_steps}"},
                             ("at once", "late"), light="low"),
        title=f"{rule}: " + ("which minimum, by start" if which else "step from which it stays, by "
                             + ("coefficients" if by_rates else "start")),
        x_title="Learning rate" if by_rates else "Start x", log_x=by_rates,
        y_title=f"Memory ({memory})" if by_rates else "Start y",
        z_hover="minimum %{z:.0f}" if which else "%{z:.0f} steps",
        alt="Convergence map: a cell fills when the descent from there has arrived, and is "
        "emptied when it leaves.",
    )
    if not which:
        return chart
    names = [{"x": x, "y": y, "text": f"{n}", "showarrow": False, "bgcolor": PAPER,
              "font": {"color": INK}} for n, (x, y) in enumerate(minima, 1)]
    data, layout = chart.figure["data"][:1], chart.figure["layout"] | {"annotations": names}
    return replace(chart, figure={"data": data, "layout": layout})  # numbers are the key
