"""Charts of the bias-variance page: fits, what an error is made of, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from explorer.charts import HEIGHT, annotated, axis, counted, pick
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, PAPER, Method
from pages.bias_variance.styles import SQUARED_ERRORS, ZERO_ONE_ERRORS

_STYLES = SQUARED_ERRORS | ZERO_ONE_ERRORS
CLASSES = ("light-dark(#6a3d9a, #b99ae0)", "light-dark(#a67c00, #f2c029)")
"""Of the points and of the votes for them."""


def line(method: Method, **more: Any) -> dict[str, Any]:
    """A line in the method's colour; one legend entry per method."""
    return {
        "type": "scatter", "mode": "lines", "name": method.label, "legendgroup": method.label,
        "line": {"color": method.color, "dash": method.dash, "width": 2.5},
        "hovertemplate": "%{y:.3g}", **more,
    }


def dotted(method: Method, size: int = 6, **more: Any) -> dict[str, Any]:
    return line(method, mode="markers", marker={
        "color": method.color, "symbol": method.symbol, "size": size,
        "line": {"color": PAPER, "width": 0.5},
    }, **more)


def fits(
    name: str, n_fits: int, step: float, y_range: Sequence[float], *, title: str, alt: str,
    has_truth: bool = True,
) -> Chart:
    """The truth, single fits on top of each other, their mean, and the newest data set.

    Uses the arrays `truth`, `main`, `latest` (x), `fits` (fit, x), `sample` (xy, point).

    Args:
        n_fits: How many single fits there are at most.
        step: Distance between the points of the grid, which begins at 0.
        has_truth: Whether it is known.
    """
    grid = {"x0": 0, "dx": step}
    thin = {"color": _STYLES["fits"].fill_faint, "width": 1.5}
    data = [
        line(_STYLES["fits"], uid=f"fit{i}", hoverinfo="skip", showlegend=i == 0,
               **grid) | {"line": thin if i else thin | {"color": _STYLES["fits"].fill_strong}}
        for i in range(n_fits)
    ]
    binds = [Bind(i, "state", y=Ref("fits", fit=i)) for i in range(n_fits)]
    for key in ("latest", "truth", "main") if has_truth else ("latest", "main"):
        binds.append(Bind(len(data), "state", y=Ref(key)))
        data.append(line(_STYLES[key], uid=key, **grid))
    binds.append(Bind(len(data), "state", x=Ref("sample", xy="x"), y=Ref("sample", xy="y")))
    data.append(dotted(_STYLES["latest"], 7, uid="sample", showlegend=False,
                      hovertemplate="(%{x:.3g}, %{y:.3g})"))
    layout = {
        "xaxis": axis("x", range=[0, 1], zeroline=False),
        "yaxis": axis("y", range=list(y_range), zeroline=False), "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT)


def stacked(
    name: str,
    array: str,
    levels: Mapping[str, Method],
    *,
    title: str,
    x_axis: dict[str, Any],
    y_title: str,
    y_max: float,
    alt: str,
    grid: dict[str, Any],
    more: Sequence[tuple[dict[str, Any], Bind]] = (),
    width: Literal["half", "third"] = "half",
    shown: int | None = None,
) -> Chart:
    """Areas on top of each other, from zero upwards, and what is drawn over them.

    Args:
        array: Has the dimensions (step, level, x), cumulated.
        levels: By label the areas' styles, the lowest first.
        x_axis: Of the layout.
        y_max: Where the picture ends at the latest.
        grid: The traces' `x`, or `x0` and `dx`.
        more: Traces over the areas; their binds count from 0.
        shown: Of places that a click chooses from, the one whose fits are drawn.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for level, method in levels.items():
        binds.append(Bind(len(data), "state", y=Ref(array, level=level)))
        data.append(line(method, uid=method.key, fill="tonexty" if data else "tozeroy",
                           fillcolor=method.fill_strong, hoverinfo="skip", **grid)
                    | {"line": {"color": method.color, "width": 1}})
    for trace, bind in more:
        binds.append(Bind(len(data), bind.mode, y=bind.y, x=bind.x))
        data.append(trace)
    layout = {
        "xaxis": x_axis, "hovermode": "closest",
        "yaxis": axis(y_title, rangemode="tozero", minallowed=0, maxallowed=y_max,
                      zeroline=False),
    }
    chart = Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, width,
                  height=HEIGHT, note=counted(y_title))
    if shown is None:
        return chart
    chart = replace(chart, clickable=True, invitation="click to choose",
                    note=counted(y_title, "a dot per repetition"))
    return marked(chart, shown, "fits drawn", left=shown > sum(x_axis["range"]) / 2)


def complexity_axis(title: str, values: Sequence[float]) -> dict[str, Any]:
    """Evenly spaced from stiff to flexible, whatever the numbers are."""
    return axis(
        title, tickvals=list(range(len(values))),
        ticktext=[f"{v:g}" for v in values], range=[-0.4, len(values) - 0.6], zeroline=False,
    )


def marked(chart: Chart, position: float, words: str, *, left: bool = False) -> Chart:
    """A chart with a line across it at what is drawn elsewhere, and the words beside it.

    Args:
        position: On the horizontal axis, in the axis's own numbers.
        left: Whether the words are on its left.
    """
    log = chart.figure["layout"]["xaxis"].get("type") == "log"
    line = {"type": "line", "x0": position, "x1": position, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": INK, "width": 1}}
    said = {"x": math.log10(position) if log else position, "yref": "paper", "y": 1,
            "yanchor": "top", "xanchor": "right" if left else "left", "xshift": -4 if left else 4,
            "text": words, "showarrow": False}
    return annotated(chart, line, said)


def measured(key: str, array: str, n_values: int, n_seeds: int) -> tuple[dict[str, Any], Bind]:
    """A dot per complexity and seed, of an array (step, complexity, seed)."""
    x = [c for i in range(n_values) for c in (*[i] * n_seeds, None)]
    return (dotted(_STYLES[key], uid=array, x=x, hovertemplate="%{y:.4f}"),
            Bind(0, "state", y=Ref(array)))


def mean_line(key: str, array: str, n_values: int) -> tuple[dict[str, Any], Bind]:
    """A line through the means over seeds, of an array (step, complexity, seed)."""
    return (line(_STYLES[key], uid=array, x=list(range(n_values)), hovertemplate="%{y:.4f}"),
            Bind(0, "state", y=Ref(array, reduce="mean")))


def curve(key: str, array: str, step: float) -> tuple[dict[str, Any], Bind]:
    """Small dots along a grid that begins at 0, of an array (step, x)."""
    return (dotted(_STYLES[key], 4, uid=array, x0=0, dx=step, hovertemplate="%{y:.4f}"),
            Bind(0, "state", y=Ref(array)))


def helped(array: str, n_values: int) -> tuple[dict[str, Any], Bind]:
    """The way back down from the top of the areas: the last level of a cumulated array."""
    method = _STYLES["variance_biased"]
    trace = line(method, uid="helped", x=list(range(n_values)), fill="tonexty",
                   fillpattern={"shape": "/", "fgcolor": method.color, "size": 6,
                                "fillmode": "overlay"}, hovertemplate="%{y:.4f}")
    return trace, Bind(0, "state", y=Ref(array, level="total"))


def lowest(array: str = "best") -> tuple[dict[str, Any], Bind]:
    """A star at (x, y) = the array's two numbers."""
    star = {"symbol": "star-open", "size": 18, "color": INK,
            "line": {"color": INK, "width": 2}}
    trace = {
        "type": "scatter", "mode": "markers", "name": "Lowest sum", "uid": array,
        "legendgroup": "Lowest sum", "showlegend": False, "marker": star,
        "hovertemplate": "lowest: %{y:.4f}", "cliponaxis": False,
    }
    return trace, Bind(0, "state", x=Ref(array, xy="x"), y=Ref(array, xy="y"))


def convergence(
    name: str, shown: float, n: int, *, bias: Method, seed: int, title: str, alt: str,
    y_max: float, has_truth: bool = True,
) -> Chart:
    """The estimates of one repetition against the number of its data sets.

    Uses `estimate` (step, part, seed), `interval` (step, part, end), `plug_in` (step, seed)
    and, where the truth is known, `exact` (part, complexity), of which the complexity `shown`.
    `bias` says how bias is called and drawn.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for key, method in (("bias_squared", bias), ("variance", _STYLES["variance"])):
        binds.append(Bind(len(data), "band", y=Ref("interval", part=key)))
        data.append(line(method, uid=key + "-interval", showlegend=False, fill="toself",
                           fillcolor=method.fill_faint, hoverinfo="skip") | {"line": {"width": 0}})
        binds.append(Bind(len(data), "series", y=Ref("estimate", part=key, seed=seed)))
        data.append(line(method, uid=key))
        if not has_truth:
            continue
        binds.append(Bind(len(data), "series", y=Ref("exact", part=key, complexity=shown)))
        exact = _STYLES["truth"]
        data.append(line(exact, uid=key + "-exact", name=method.label + ", exact",
                         showlegend=False)
                    | {"line": {"color": exact.color, "dash": exact.dash, "width": 1.5}})
    binds.append(Bind(len(data), "series", y=Ref("plug_in", seed=seed)))
    data.append(line(bias, uid="plug-in", name="Bias², uncorrected", showlegend=False)
                | {"line": {"color": bias.color, "dash": "dot", "width": 2}})
    layout = {
        "xaxis": axis("Data sets", log=True,
                      range=[0, math.log10(1.08 * n)],
                      tickvals=[1, 2, 5, 10, 20, 50, 100, 200, 500]),
        "yaxis": axis("Estimate", minallowed=-y_max / 4, maxallowed=y_max),
        "hovermode": "x unified",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, "third",
                 height=HEIGHT,
                 note=("dashed: exact, " if has_truth else "") + "dotted: bias² uncorrected")


def gap(
    name: str, sizes: Sequence[int], n_seeds: int, noise: float | None, *, title: str, alt: str,
    y_max: float, shown: float,
) -> Chart:
    """Error on the own and on fresh data against the size of the data set.

    Uses `gap` (step, data, size, seed): a dot per seed, a line through the medians, and another at
    the noise where that is known.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    each = [n for size in sizes for n in (*[size] * n_seeds, None)]
    for part in ("train", "test"):
        key = f"{part}_error"
        method = _STYLES[key]
        binds.append(Bind(len(data), "state", y=Ref("gap", data=part)))
        data.append(dotted(method, 5, uid=key + "-seeds", x=each, showlegend=False, opacity=0.6))
        binds.append(Bind(len(data), "state", y=Ref("gap", data=part, reduce="median")))
        data.append(line(method, uid=key, x=list(sizes)))
    if noise is not None:
        data.append(line(_STYLES["noise"], uid="noise", x=[5, 400], y=[noise, noise],
                         hoverinfo="skip"))
    layout = {
        "xaxis": axis("Points per data set", log=True,
                      range=[math.log10(9), math.log10(225)], tickvals=list(sizes)),
        "yaxis": axis("Mean squared error", minallowed=0, maxallowed=y_max, zeroline=False),
        "hovermode": "x unified",
    }
    chart = Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, "third",
                  height=HEIGHT, note=counted("Mean squared error", "a dot per repetition"))
    return marked(chart, shown, "as drawn", left=shown > sizes[len(sizes) // 2])


def surface(
    name: str,
    scale: str,
    x: Sequence[float],
    y: Sequence[float],
    *,
    title: str,
    colours: Mapping[str, Any],
    alt: str,
    sample: bool = False,
) -> Chart:
    """A value per point of the plane, with the optimal border between the classes.

    Uses the arrays `<scale>_map` and `posterior` (y, x), and `sample` (class, xy, point).

    Args:
        scale: Of what.
        colours: From `explorer.maps`.
        sample: Whether the newest data set is drawn over it.
    """
    border = _STYLES["optimal"]
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap", "x": list(x), "y": list(y), "z": [], "uid": scale,
            "showlegend": False, "hovertemplate": "%{z:.2f}<extra></extra>", "zsmooth": False,
            **colours,
        },
        {
            "type": "contour", "x": list(x), "y": list(y), "z": [], "uid": "border",
            "name": border.label, "legendgroup": border.label, "showscale": False,
            "autocontour": False, "hoverinfo": "skip",
            "contours": {"start": 0.5, "end": 0.5, "size": 1, "coloring": "none"},
            "line": {"color": border.color, "dash": border.dash, "width": 2},
        },
    ]
    binds = [Bind(0, "state", z=Ref(f"{scale}_map")), Bind(1, "state", z=Ref("posterior"))]
    if sample:
        for c, (color, symbol) in enumerate(zip(CLASSES, ("circle", "square"), strict=True)):
            binds.append(Bind(len(data), "state", x=pick("sample", {"class": c, "xy": "x"}),
                              y=pick("sample", {"class": c, "xy": "y"})))
            data.append({
                "type": "scatter", "mode": "markers", "uid": f"class{c}", "showlegend": False,
                "name": f"Class {c}", "hoverinfo": "skip",
                "marker": {"color": color, "symbol": symbol, "size": 8,
                           "line": {"color": PAPER, "width": 1.5}},
            })
    layout = {"xaxis": axis("x₁", zeroline=False), "yaxis": axis("x₂", zeroline=False),
              "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT)
