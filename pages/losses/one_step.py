"""Charts of one point and one update, looked at slowly. Pure functions of the configuration."""

from __future__ import annotations

from typing import Any

from core.concepts.losses import numbers, step
from explorer.charts import axis, curve
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, chosen
from pages.losses import pictures
from pages.losses.numbers import height
from pages.losses.styles import NUMBERS

HEIGHT = 330
HIGHEST = 6.0
"""Of losses and pulls that are drawn."""


def charts(config: step.Config, look: str) -> list[Chart]:
    """The point and the fits, what its residual costs, and how hard it pulls."""
    return [
        fits(config),
        at_residual("losses", "value", ("residual_at", "loss_at"), title="What it costs",
                    y_title="Cost of the point", y_range=(-0.3, HIGHEST + 4),
                    alt="Each loss over the residual, and where the point is on it."),
        at_residual("slopes", "slope", ("slope_from", "pull_at"), title="How hard it pulls",
                    y_title="Pull on the fit (gradient)", y_range=(-HIGHEST, HIGHEST),
                    alt="The slope of each loss over the residual, and where the point is on it."),
    ]


def fits(config: step.Config) -> Chart:
    """The points, the one that is looked at, and the fits before and after the update."""
    x = numbers.GRID.round(2).tolist()
    data: list[dict[str, Any]] = [pictures.points()]
    binds = [Bind(0, "state", x=Ref("x"), y=Ref("y"))]
    for m in chosen(NUMBERS, step.LOSSES):
        for when, opacity in (("before", 0.4), ("after", 1)):
            binds.append(Bind(len(data), "state", y=Ref("fit", loss=m.key, when=when)))
            data.append(curve(m, x=x, y=[], opacity=opacity, showlegend=when == "before",
                              uid=f"{m.label} {when}", hoverinfo="skip"))
    binds.append(Bind(len(data), "state", x=Ref("here", xy="x"), y=Ref("here", xy="y")))
    data.append({
        "type": "scatter", "mode": "markers", "name": "The point", "uid": "here", "x": [], "y": [],
        "showlegend": False, "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": 18, "color": INK, "line": {"width": 3}},
    })
    layout = {"xaxis": axis("x", range=[0, 1], zeroline=False),
              "yaxis": axis("y", range=list(height(step.lab_config(config))), zeroline=False),
              "hovermode": "closest"}
    return Chart("point", {"data": data, "layout": layout}, tuple(binds), "The point and the fits",
                 "The points, the one that is looked at, and the fit of each loss.",
                 width="third", height=HEIGHT, note="ring: the point; pale: before the update")


def at_residual(
    name: str, array: str, now: tuple[str, str], *, title: str, y_title: str, alt: str,
    y_range: tuple[float, float],
) -> Chart:
    """A curve per loss over the residual, and on it the point.

    Args:
        array: Of the curves, (loss, residual).
        now: The arrays of where the point is.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for m in chosen(NUMBERS, step.LOSSES):
        binds.append(Bind(len(data), "state", y=Ref(array, loss=m.key)))
        data.append(curve(m, x=step.RESIDUALS.round(2).tolist(), y=[], hoverinfo="skip"))
        binds.append(Bind(len(data), "state", x=Ref(now[0], loss=m.key),
                          y=Ref(now[1], loss=m.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": m.label, "uid": f"{m.label} now",
            "legendgroup": m.label, "showlegend": False, "x": [], "y": [],
            "hovertemplate": "%{y:.3g}",
            "marker": {"symbol": m.symbol, "size": 14, "color": m.color},
        })
    layout = {"xaxis": axis("Residual (point less fit)", range=[-HIGHEST, HIGHEST]),
              "yaxis": axis(y_title, range=list(y_range)), "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, width="third",
                 height=HEIGHT)


def without_effect(config: step.Config) -> set[str]:
    return set() if config.outliers else {"outlier_size", "sides"}
