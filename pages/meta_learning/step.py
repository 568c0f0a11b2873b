"""Charts of one task, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from typing import Any

from core.concepts.meta_learning import step
from explorer.charts import axis, counted
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK
from pages.meta_learning.styles import NETS

HEIGHT = 310
HIGH = 6
"""How high the picture of a curve goes, and how low."""
WHEN = {"before": ("Before its step", 0.4, "solid"), "after": ("After its step", 1, "solid"),
        "again": ("After update and step", 1, "dot")}
KINDS = {"inner": "Inner", "outer": "Outer", "first_order": "Outer, first order"}


def charts(config: step.Config, look: str) -> list[Chart]:
    return [curves(config), errors(config), slopes(config)]


def curves(config: step.Config) -> Chart:
    """What the net says, and the points."""
    net, at = NETS[config.learner], step.coords(config)
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for when, (label, opacity, dash) in WHEN.items():
        binds.append(Bind(len(data), "state", y=Ref("curves", when=when)))
        data.append({
            "type": "scatter", "mode": "lines", "name": label, "uid": when, "x": at["place"],
            "y": [], "opacity": opacity, "line": {"color": net.color, "width": 2.5, "dash": dash},
            "legendgroup": net.label, "hoverinfo": "skip", "showlegend": False,
        })
    for array, label, symbol in (("given", "Its points", "circle"),
                                 ("asked", "Asked", "circle-open")):
        binds.append(Bind(len(data), "state", x=Ref(array, xy="x"), y=Ref(array, xy="y")))
        data.append({
            "type": "scatter", "mode": "markers", "name": label, "uid": array, "x": [], "y": [],
            "marker": {"color": INK, "size": 9, "symbol": symbol}, "hoverinfo": "skip",
            "showlegend": False,
        })
    layout = {
        "xaxis": axis("x", range=list(step.ENDS), zeroline=False),
        "yaxis": axis("y", range=[-HIGH, HIGH]), "hovermode": "closest",
    }
    return Chart("task", {"data": data, "layout": layout}, tuple(binds),
                 f"{net.label} on a new curve",
                 "What the net says before and after its step on the points of a new curve.",
                 width="third", height=HEIGHT, note="pale: before its step; dotted: updated; "
                 "hollow: elsewhere")


def errors(config: step.Config) -> Chart:
    """How wrong the net is where it has seen the curve, and elsewhere, as far as that is known."""
    net, at = NETS[config.learner], [0, 1, 2.6, 3.6, 4.6]
    data = [{
        "type": "bar", "orientation": "v", "name": net.label, "uid": "errors",
        "legendgroup": net.label, "showlegend": False, "x": at, "y": [None] * len(at),
        "width": 0.8, "marker": {"color": net.color, "opacity": [0.4, 1, 0.4, 1, 0.7]},
        "hovertemplate": "%{y:.3g}<extra></extra>",
    }]
    layout = {
        "xaxis": axis("Where on the curve", tickvals=[0.5, 3.6],
                      ticktext=["At its points", "Elsewhere"], range=[-0.7, 5.3], zeroline=False,
                      showgrid=False),
        "yaxis": axis("Mean squared error", rangemode="tozero"), "hovermode": "closest",
    }
    return Chart("errors", {"data": data, "layout": layout},
                 (Bind(0, "state", y=Ref("errors")),), "How wrong it is",
                 "The squared error at the task's points and elsewhere on its curve, before the "
                 "step and after it.", width="third", height=HEIGHT,
                 note=counted("Mean squared error", "pale: before its step"))


def slopes(config: step.Config) -> Chart:
    """How long each gradient is, layer by layer."""
    net = NETS[config.learner]
    data: list[dict[str, Any]] = [{
        "type": "bar", "orientation": "v", "name": label, "uid": kind, "legendgroup": net.label,
        "showlegend": False, "y": [None] * len(step.LAYERS), "offset": -0.42 + 0.28 * i,
        "x": list(range(len(step.LAYERS))), "width": 0.26,
        "marker": {"color": net.color, "opacity": 1 - 0.3 * i},
        "hovertemplate": f"{label}: %{{y:.3g}}<extra></extra>",
    } for i, (kind, label) in enumerate(KINDS.items())]
    layout = {
        "xaxis": axis("Layer",
                      tickvals=list(range(len(step.LAYERS))), ticktext=["1", "2", "Output"],
                      range=[-0.6, len(step.LAYERS) - 0.4], zeroline=False, showgrid=False),
        "yaxis": axis("Length of the gradient", rangemode="tozero"), "barmode": "overlay",
        "hovermode": "closest",
    }
    binds = tuple(Bind(i, "state", y=Ref("slopes", kind=kind)) for i, kind in enumerate(KINDS))
    return Chart("slopes", {"data": data, "layout": layout}, binds,
                 "The gradients, layer by layer",
                 "How long the inner and the outer gradient of this task are at each layer.",
                 width="third", height=HEIGHT,
                 note="full to pale: inner, outer, first order")
