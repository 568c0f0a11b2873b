"""The charts of one data set: the fit, the distances at one place, and what they add up to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.concepts.bias_variance import regression, step
from explorer.charts import axis
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, Method
from pages.bias_variance.pictures import dotted, fits, line
from pages.bias_variance.styles import SQUARED_ERRORS

HEIGHT = 340
ARROWS = {"bias_arrow": ("bias_squared", "From truth to mean"),
          "variance_arrow": ("variance", "From mean to this fit")}
SUM = ("bias²", "variance", "sum")


def step_charts(config: step.Config, look: str) -> list[Chart]:
    """The curves, their values at one x with the distances that count, and the sum of both."""
    return [_curves(config), _distances(config), _sum(config)]


def _arrow(method: Method, **more: Any) -> dict[str, Any]:
    return line(method, mode="lines+markers", hoverinfo="skip") | {
        "line": {"color": method.color, "width": 4},
        "marker": {"symbol": "arrow", "angleref": "previous", "size": [0, 16],
                   "color": method.color}, **more}


def _curves(config: step.Config) -> Chart:
    number = regression.complexity(config)
    chart = fits(
        "fits", regression.N_FITS, regression.STEP, regression.y_range(config),
        title=f"Data set {config.n_resamples}, {number.say(number.shown(config))}",
        alt="The data set, its fit, earlier fits, their mean and the truth.",
    )
    at = float(regression.GRID[step.place(config)])
    chart.figure["layout"]["shapes"] = [{
        "type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": INK, "width": 1.5, "dash": "dot"}}]
    return replace(chart, note="dotted: where it is measured")


def _distances(config: step.Config) -> Chart:
    """A dot per data set at its fit's value; truth and mean as lines; bias left, variance right."""
    last = config.n_resamples
    data: list[dict[str, Any]] = [
        dotted(SQUARED_ERRORS["fits"], 8, uid="there", x=list(range(1, last + 1)),
               showlegend=False),
        dotted(SQUARED_ERRORS["latest"], 12, uid="newest", showlegend=False),
    ]
    binds = [Bind(0, "state", y=Ref("there")),
             Bind(1, "state", x=Ref("newest", xy="x"), y=Ref("newest", xy="y"))]
    for key, label in (("main", "mean"), ("truth", "truth")):
        binds.append(Bind(len(data), "state", y=Ref("lines", line=label)))
        data.append(line(SQUARED_ERRORS[key], uid=label, x=[0, last + 1], showlegend=False))
    for i, (array, (key, called)) in enumerate(ARROWS.items()):
        binds.append(Bind(len(data), "state", y=Ref(array)))
        x = last + 0.5 if i else 0.5
        data.append(_arrow(SQUARED_ERRORS[key], uid=array, x=[x, x],
                           name=called, legendgroup=called))
    layout = {
        "xaxis": axis("Data set", range=[0, last + 1], zeroline=False),
        "yaxis": axis("Value of the fit", zeroline=False), "hovermode": "closest",
    }
    return Chart("distances", {"data": data, "layout": layout}, tuple(binds),
                 f"At x = {regression.GRID[step.place(config)]:.2g}: every fit, and the distances",
                 "The value of every fit at one place, their mean, the truth and the distances.",
                 height=HEIGHT)


def _sum(config: step.Config) -> Chart:
    """A bar each for bias squared, variance and their sum, with the number."""
    colors = [SQUARED_ERRORS["test_error" if key == "error" else key].color for key in step.SUM]
    bars = {"type": "bar", "orientation": "h", "uid": "sum", "name": "At this x",
            "showlegend": False, "x": [], "y": list(range(len(SUM))),
            "marker": {"color": colors}, "hovertemplate": "%{x:.4f}"}
    layout = {
        "xaxis": axis("Squared distance"),
        "yaxis": axis("", range=[len(SUM) - 0.5, -0.5], tickvals=list(range(len(SUM))),
                      ticktext=list(SUM), zeroline=False, showgrid=False),
        "hovermode": "closest",
    }
    return Chart("sum", {"data": [bars], "layout": layout}, (Bind(0, "state", x=Ref("sum")),),
                 "Bias² and variance there, and their sum",
                 "Bias squared, variance and their sum at one place.", width="full", height=200)
