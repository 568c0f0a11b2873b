"""Charts of what happens in a cell. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from explorer.charts import HEIGHT, axis, pick
from explorer.live import Bind, Chart, Ref
from explorer.live.view import Label
from explorer.maps import EMPTY, ORANGE_BLUE, scale, shaded, two_sided
from explorer.theme import AWAY, INK, Method

GATE = shaded("", {0: "0", 1: "1"}, ("closed", "open"), light="high")
STATE = two_sided("", {-1: "−1<br>negative", 0: "0", 1: "+1<br>positive"}, ORANGE_BLUE,
                  middle="#f2f2f2")
SHARE = shaded("", {0: "0", 1: "1"}, ("none", "largest"), light="high")
"""Colours of what is shown on a map, by the grammar in `explorer.charts`."""


def over_places(
    name: str, array: str, where: Mapping[str, Label], rows: Sequence[float], length: int, *,
    colours: dict[str, Any], title: str, y_title: str, alt: str, note: str = "",
    ticks: Sequence[float] = (), width: Literal["half", "third"] = "third", height: int = 260,
) -> Chart:
    """Rows over the places of one sequence, as colours; arrows below them at its events.

    Args:
        array: At the labels `where` it has the dimensions (row, place).
    """
    low, high = colours["zmin"], colours["zmax"]
    labelled: dict[str, Any] = {"tickvals": list(ticks)} if ticks else {}
    shades = {"colorscale": colours["colorscale"],
              "reversescale": colours.get("reversescale", False)}
    data = [
        {"type": "heatmap", "x": list(range(1, length + 1)), "y": list(rows), "z": [],
         "uid": name, "zmin": low, "zmax": high, **shades, "showscale": False,
         "hoverongaps": False, "hovertemplate": "place %{x}: %{z:.2f}<extra></extra>"},
        scale(name, colours),
        _events(name, _below(rows)),
    ]
    layout = {
        "xaxis": axis("Place in the sequence   (▲ event)", range=[0.5, length + 0.5]),
        "yaxis": axis(y_title, range=[_below(rows) - _gap(rows) / 2, rows[-1] + _gap(rows) / 2],
                      **labelled),
        "plot_bgcolor": EMPTY, "hovermode": "closest",
    }
    binds = (Bind(0, "state", z=pick(array, where)), Bind(2, "state", x=Ref("event_places")))
    return Chart(name, {"data": data, "layout": layout}, binds, title, alt, width=width,
                 height=height, note=note)


def _events(name: str, y: float) -> dict[str, Any]:
    """Arrows at the places of the events."""
    return {"type": "scatter", "mode": "markers", "name": "Event", "uid": name + "-events",
            "showlegend": False, "x": [], "y": [y] * 2, "cliponaxis": False,
            "marker": {"symbol": "triangle-up", "size": 12, "color": INK},
            "hovertemplate": "event at place %{x}<extra></extra>"}


def _gap(rows: Sequence[float]) -> float:
    return (rows[-1] - rows[0]) / (len(rows) - 1)


def _below(rows: Sequence[float]) -> float:
    """Where the arrows are: a row below the first."""
    return rows[0] - max(_gap(rows), 0.06 * (rows[-1] - rows[0]))


def shifts(gates: Sequence[Method], seeds: Sequence[int], n_units: int) -> Chart:
    """A dot per unit and seed, in a column per gate: how far it moves at an event."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, gate in enumerate(gates):
        spread = [0.5 * ((s + 0.5) / len(seeds) - 0.5) for s in range(len(seeds))]
        binds.append(Bind(i, "state", y=pick("shift", {"gate": gate.key})))
        data.append({
            "type": "scatter", "mode": "markers", "name": gate.label, "uid": gate.label,
            "showlegend": False, "y": [],
            "x": [x for s in spread for x in [*[round(i + s, 3)] * n_units, None]],
            "marker": {"symbol": gate.symbol, "size": 8, "color": gate.color, "opacity": 0.7},
            "hovertemplate": "%{y:+.2f}<extra></extra>",
        })
    ticks: dict[str, Any] = {"tickvals": list(range(len(gates))),
                             "ticktext": [gate.label for gate in gates]}
    layout = {
        "xaxis": axis("Gate", range=[-0.5, len(gates) - 0.5], zeroline=False, **ticks),
        "yaxis": axis("At an event, less elsewhere", range=[-1, 1]), "hovermode": "closest",
    }
    return Chart("shift", {"data": data, "layout": layout}, tuple(binds),
                 "How far gates move at an event",
                 "For each gate and unit: its mean at an event less that at all other places.",
                 height=HEIGHT, note="a dot per unit and seed")


def places_now(length: int) -> Chart:
    """How much each symbol matters for the answer, a bar per place of the shown sequence."""
    places = list(range(1, length + 1))
    data = [
        {"type": "bar", "name": "Influence", "uid": "influence", "showlegend": False, "x": places,
         "y": [], "marker": {"color": AWAY},
         "hovertemplate": "place %{x}: %{y:.3f}<extra></extra>"},
        _events("influence", 0),
    ]
    layout = {
        "xaxis": axis("Place in the sequence   (▲ event)", range=[0.5, length + 0.5]),
        "yaxis": axis("Size of d answer / d input", rangemode="tozero"), "hovermode": "closest",
    }
    binds = (Bind(0, "state", y=Ref("influence")), Bind(1, "state", x=Ref("event_places")))
    return Chart("influence", {"data": data, "layout": layout}, binds,
                 "How much each symbol matters for the answer",
                 "The size of the derivative of the answer by what came in, place by place.",
                 height=HEIGHT, note="one sequence")
