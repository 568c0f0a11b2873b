"""The pictures that the labs of this page share. Pure functions, no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from explorer.charts import HEIGHT, annotated, axis, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, Method

THIN: dict[str, Any] = {"color": INK, "width": 1}


def with_other(chart: Chart, methods: Sequence[Method], by: str, array: str) -> Chart:
    """Learning curves with a dotted line per method: the same of another array, its median."""
    data, binds = list(chart.figure["data"]), list(chart.binds)
    for method in methods:
        binds.append(Bind(len(data), "series",
                          y=Ref(array, reduce="median", **{by: method.key})))
        data.append({
            "type": "scatter", "mode": "lines", "name": method.label, "showlegend": False,
            "uid": f"{method.label} {array}", "legendgroup": method.label, "hoverinfo": "skip",
            "line": {"color": method.color, "dash": "dot", "width": 2},
        })
    figure = {**chart.figure, "data": data}
    return Chart(chart.id, figure, tuple(binds), chart.title, chart.alt, height=chart.height,
                 note=chart.note)


def both_losses(
    methods: Sequence[Method], by: str, train: str, test: str, **more: Any
) -> Chart:
    """A loss on fresh examples over the steps, dotted on those of training."""
    return with_other(learning_curves("loss", test, methods, by=by, **more), methods, by, train)


def pulls(
    methods: Sequence[Method], x: str, *, title: str, x_title: str, y_title: str, alt: str,
    x_range: tuple[float, float], y_range: tuple[float, float], note: str,
) -> Chart:
    """A dot per training example and loss: where it stands, and how hard it pulls, now.

    Args:
        x: The array of where they stand, (step, loss, point), as `pull` is.
    """
    data = [{
        "type": "scatter", "mode": "markers", "name": m.label, "uid": m.label,
        "legendgroup": m.label, "x": [], "y": [], "hovertemplate": "%{y:.2g}",
        "marker": {"symbol": m.symbol, "size": 7, "color": m.color, "opacity": 0.7},
    } for m in methods]
    binds = tuple(Bind(i, "state", x=Ref(x, loss=m.key), y=Ref("pull", loss=m.key))
                  for i, m in enumerate(methods))
    layout = {"xaxis": axis(x_title, range=list(x_range)),
              "yaxis": axis(y_title, range=list(y_range)), "hovermode": "closest"}
    return Chart("pull", {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT,
                 note=note)


def upright(chart: Chart, x: float, words: str, *, top: bool = True) -> Chart:
    """A chart with a thin vertical line at a value that means something."""
    line = {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": THIN}
    said = {"x": x, "yref": "paper", "y": 1 if top else 0, "yanchor": "top" if top else "bottom",
            "xanchor": "left", "text": words, "showarrow": False, "xshift": 4}
    return annotated(chart, line, said)


def level(chart: Chart, y: float, words: str) -> Chart:
    """A chart with a thin line across it at a height that means something."""
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": THIN}
    said = {"xref": "paper", "x": 0.01, "xanchor": "left", "yanchor": "bottom", "text": words,
            "y": y, "showarrow": False}
    return annotated(chart, line, said)


def points(uid: str = "points") -> dict[str, Any]:
    """Training points, in no method's colour."""
    return {"type": "scatter", "mode": "markers", "name": "Training points", "uid": uid,
            "legendgroup": "Training points", "x": [], "y": [], "hoverinfo": "skip",
            "marker": {"size": 6, "color": INK, "opacity": 0.45}}


def truth(x: Sequence[float], y: Sequence[float], uid: str) -> dict[str, Any]:
    """A dotted line of what the points come from."""
    return {"type": "scatter", "mode": "lines", "name": "Truth", "uid": uid, "showlegend": False,
            "legendgroup": "truth", "x": list(x), "y": list(y), "hoverinfo": "skip",
            "line": {"color": INK, "dash": "dot", "width": 2}}
