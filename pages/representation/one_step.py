"""Charts of one update of two weights, looked at slowly: its numbers, and both losses."""

from __future__ import annotations

from typing import Any

from core.concepts.representation import step
from core.concepts.representation.plane import ENDS, grid
from core.concepts.representation.tables import table_of
from explorer.charts import axis
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, PAPER, Method
from pages.representation.pictures import CONTOURS
from pages.representation.styles import PATHS

HEIGHT = 330
TICKS = (0.001, 0.1, 10, 1000)


def charts(config: step.Config, look: str) -> list[Chart]:
    """Sizes of all that is computed, then the two losses with the step on them."""
    features = [table_of(config.data).features[i].partition(",")[0]
                for i in table_of(config.data).pair]
    here, same = PATHS[config.rule], PATHS[f"{config.rule} same"]
    return [sizes(here, same, features, config.unit),
            loss("unit", here, features, f"{features[1]} × {config.unit:.3g}"),
            loss("same", same, features, "Standardised")]


def sizes(here: Method, same: Method, features: list[str], unit: float) -> Chart:
    """A row for each quantity of each weight, in both units."""
    places = [(f"{quantity} {i}", quantity, way)
              for quantity in step.QUANTITIES for i, way in ((1, "x"), (2, "y"))]
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method, key in ((here, "unit"), (same, "same")):
        for i, (label, quantity, way) in enumerate(places):
            # a list of one: a state's x is a list
            binds.append(Bind(len(data), "state", x=Ref("size", quantity=quantity, unit=key,
                                                        xy=way)))
            data.append({
                "type": "scatter", "mode": "markers", "x": [], "y": [i], "uid": f"{key} {label}",
                "name": method.label, "legendgroup": method.label, "showlegend": i == 0,
                "hovertemplate": f"{label}: %{{x:.3g}}",
                "marker": {"symbol": method.symbol, "size": 12, "color": method.color,
                           "line": {"width": 2, "color": method.color}},
            })
    layout = {
        "xaxis": axis("Size (without sign)", log=True, range=[-3.5, 2 + len(f"{unit:.0f}") / 2],
                      tickvals=TICKS, ticktext=[f"{tick:g}" for tick in TICKS]),
        "yaxis": axis(f"1: {features[0]}, 2: {features[1]}", range=[len(places) - 0.5, -0.5],
                      zeroline=False, tickvals=list(range(len(places))),
                      ticktext=[label for label, *_ in places]),
        "hovermode": "closest",
    }
    return Chart("sizes", {"data": data, "layout": layout}, tuple(binds),
                 "The numbers, part by part",
                 "Size of the row's number, its pull, the gradient and the step, for each weight.",
                 width="third", height=HEIGHT, note="hollow: standardised")


def loss(key: str, method: Method, features: list[str], title: str) -> Chart:
    """The loss of two weights, the way here, and the step as an arrow."""
    cells = [round(float(w), 4) for w in grid()]
    now = Ref("moved", unit=key, when="before", xy="x"), Ref("moved", unit=key, when="before",
                                                             xy="y")
    common: dict[str, Any] = {"type": "scatter", "name": method.label, "hoverinfo": "skip",
                              "legendgroup": method.label, "showlegend": False}
    data = [
        {**CONTOURS, "x": cells, "y": cells, "z": [], "uid": "loss", "name": "Loss"},
        {**common, "mode": "lines", "uid": "path", "x": [], "y": [], "opacity": 0.45,
         "line": {"color": method.color, "width": 2}},
        {**common, "mode": "lines+markers", "uid": "step", "x": [], "y": [],
         "line": {"color": method.color, "width": 4},
         "marker": {"symbol": "arrow", "angleref": "previous", "size": [0, 16],
                    "color": method.color}},
        {**common, "mode": "markers", "uid": "now", "x": [], "y": [],
         "marker": {"symbol": method.symbol.removesuffix("-open"), "size": 12,
                    "color": method.color, "line": {"width": 1, "color": PAPER}}},
        {**common, "mode": "markers", "uid": "lowest", "name": "Lowest point",
         "legendgroup": "lowest", "x": [], "y": [],
         "marker": {"symbol": "circle-open", "size": 20, "color": INK, "line": {"width": 2.5}}},
    ]
    binds = (
        Bind(0, "state", z=Ref("landscape", unit=key)),
        Bind(1, "state", x=Ref("path", unit=key, xy="x"), y=Ref("path", unit=key, xy="y")),
        Bind(2, "state", x=Ref("moved", unit=key, xy="x"), y=Ref("moved", unit=key, xy="y")),
        Bind(3, "state", x=now[0], y=now[1]),
        Bind(4, "state", x=Ref("lowest", unit=key, xy="x"), y=Ref("lowest", unit=key, xy="y")),
    )
    layout = {
        "xaxis": axis(f"Weight of {features[0]}", range=list(ENDS), zeroline=False,
                      constrain="domain"),
        "yaxis": axis(f"Weight of {features[1]}", range=list(ENDS), zeroline=False,
                      scaleanchor="x", constrain="domain"),
        "hovermode": "closest",
    }
    return Chart(f"loss_{key}", {"data": data, "layout": layout}, binds, title,
                 f"{title}: the loss of two weights, the way here and the step.", width="third",
                 height=HEIGHT, note="light: low, ring: lowest; pale: the way here",
                 clickable=True, invitation="click to place the start")
