"""Charts of nets by their depth and by their layers. Pure functions, like `charts`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from explorer.charts import HEIGHT, axis, counted, curve, decade, named, pick
from explorer.live import Bind, Chart, Ref
from explorer.live.view import Label
from explorer.maps import EMPTY, shaded
from explorer.theme import Method

SIDE_BY_SIDE = 0.09  # between the dots of neighbouring methods, in factors of two
WIDEST = 0.4  # from the first to the last
FEW = 2  # depths, which have bars: a line through two points says what was not measured
BAR_GAP = 0.6  # between the bars of two depths, as a share of the way
PALE = 0.4
"""How opaque is what was before."""


def against_depth(
    name: str,
    array: str,
    methods: Sequence[Method],
    depths: Sequence[int],
    *,
    n_seeds: int,
    title: str,
    y_title: str,
    alt: str,
    rates: str = "",
    height: int = HEIGHT,
) -> Chart:
    """A dot per seed, and a line through the medians of each method, or a bar up to it where there
    are few depths: the current values.

    Args:
        array: Shares of 1, with the dimensions (step, method, depth, seed).
        rates: An array (step, method, depth) of learning rates to tell beside the values.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    few = len(depths) <= FEW
    between = min(SIDE_BY_SIDE, WIDEST / len(methods))
    for i, method in enumerate(methods):
        aside = between * (i - (len(methods) - 1) / 2)
        places = list(range(len(depths))) if few else [
            round(depth * 2**aside, 3) for depth in depths]
        group = {"offsetgroup": method.label} if few else {}  # Plotly puts them side by side
        binds.append(Bind(len(data), "state", y=Ref(array, variant=method.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": method.label,
            "uid": method.label + " seeds", "legendgroup": method.label, "showlegend": False,
            "x": [x for place in places for x in [*[place] * n_seeds, None]],
            "y": [],
            "marker": {"symbol": method.symbol, "size": 8, "color": method.color, "opacity": 0.6},
            "hoverinfo": "skip", **group,
        })
        hover = "%{y:.1%}" + " at rate %{text:.3g}" * bool(rates)
        if few:
            data.append(curve(method, x=[], y=[]))  # its line in the legend, as in other charts
        binds.append(Bind(len(data), "state", y=Ref(array, variant=method.key, reduce="median"),
                          text=Ref(rates, variant=method.key) if rates else None))
        data.append({
            "type": "bar", "name": method.label, "uid": f"{method.label} bar", "x": places,
            "y": [], "legendgroup": method.label, "showlegend": False,
            "textposition": "none", "marker": {"color": method.color, "opacity": PALE},
            "hovertemplate": hover, **group,
        } if few else curve(method, x=list(depths), y=[], hovertemplate=hover))
    layout = {
        "xaxis": depth_axis(depths),
        "yaxis": axis(y_title, range=[-0.02, 1.02], tickformat=".0%"), "hovermode": "x unified",
        **({"scattermode": "group", "bargap": BAR_GAP, "scattergap": BAR_GAP} if few else {}),
    }
    middle = "bars: medians" if few else "lines: medians"
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=height,
                 note=counted(y_title, *[f"a dot per seed, {middle}"] * (n_seeds > 1)))


def depth_axis(depths: Sequence[int]) -> dict[str, Any]:
    """A place for each of a few depths; of many in factors of two, with a tick per depth."""
    ends, names = depth_ends(depths), [str(depth) for depth in depths]
    if len(depths) <= FEW:
        return axis("Depth (layers)") | named(names) | {"range": list(ends)}
    return axis("Depth (layers)", log=True, tickvals=list(depths), ticktext=names,
                range=[math.log10(end) for end in ends], zeroline=False)


def depth_ends(depths: Sequence[int]) -> tuple[float, float]:
    """From where to where the axis of depths goes, in its own numbers."""
    if len(depths) <= FEW:
        return -0.6, len(depths) - 0.4
    return depths[0] / 1.4, depths[-1] * 1.4


def by_layer(
    name: str,
    array: str,
    methods: Sequence[Method],
    x: Sequence[float],
    *,
    title: str,
    x_title: str,
    y_title: str,
    alt: str,
    first: str = "",
    theory: str = "",
    note: str = "",
    marked: bool = False,
    ticks: Sequence[str] = (),
    **y_axis: Any,
) -> Chart:
    """A line per method over its layers, or over anything else that is no time: as it is now.

    Args:
        array: Has the dimensions (step, method, x, seed): drawn is the median of the seeds.
        first: An array (method, x) of how it was at the start: pale.
        theory: An array (method, x) of what theory says: dotted.
        note: Who is counted.
        marked: Whether points carry the method's marker.
        ticks: Names of the points of the horizontal axis.
        y_axis: Further properties of the vertical axis.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method in methods:
        for other, dash, opacity in ((first, method.dash, PALE), (theory, "dot", 1)):
            if not other:
                continue
            binds.append(Bind(len(data), "state", y=Ref(other, variant=method.key)))
            data.append(curve(
                method, x=list(x), y=[], uid=f"{method.label} {other}", showlegend=False,
                line={"color": method.color, "dash": dash, "width": 2}, hoverinfo="skip",
                opacity=opacity,
            ))
        binds.append(Bind(len(data), "state", y=Ref(array, variant=method.key, reduce="median")))
        marks: dict[str, Any] = {
            "mode": "lines+markers", "marker": {"symbol": method.symbol, "size": 7},
        } if marked else {}
        data.append(curve(method, x=list(x), y=[], **marks))
    named: dict[str, Any] = {"tickvals": list(x), "ticktext": list(ticks)} if ticks else {}
    layout = {
        "xaxis": axis(x_title, range=[x[0] - 0.5, x[-1] + 0.5], zeroline=False, **named),
        "yaxis": axis(y_title, **y_axis), "hovermode": "x unified",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note=note)


def decades_map(
    name: str,
    array: str,
    where: Mapping[str, Label],
    x: Sequence[float],
    y: Sequence[float],
    *,
    title: str,
    x_title: str,
    y_title: str,
    z_title: str,
    z_range: tuple[int, int],
    ends: tuple[str, str],
    light: Literal["low", "high"],
    alt: str,
) -> Chart:
    """Cells whose colours are powers of ten; what lies outside the range has its end's colour.

    Args:
        array: Logarithms to base 10; at the labels `where` it has the dimensions (y, x).
        z_range: Exponents. Fixed, so that charts side by side can be compared.
        ends: What the two ends mean.
        light: Which of them is light.
    """
    ticks = {float(k): decade(k) for k in range(z_range[0], z_range[1] + 1, 2)}
    data = [{
        "type": "heatmap", "x": list(x), "y": list(y), "z": [], "uid": name,
        **shaded(z_title, ticks, ends, light=light),
        "hovertemplate": "10^%{z:.1f}<extra></extra>",
    }]
    layout = {
        "xaxis": axis(x_title, range=[x[0], x[-1]]), "yaxis": axis(y_title, range=[y[0], y[-1]]),
        "plot_bgcolor": EMPTY, "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout},
                 (Bind(0, "state", z=pick(array, where)),), title, alt, height=300)
