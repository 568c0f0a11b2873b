"""The pictures of two worlds: where each island is mapped, and whether that is right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.concepts.gan import worlds
from explorer import charts
from explorer.charts import axis, counted
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, PAPER, chosen
from pages.gan.styles import ISLANDS, MAPS

EDGE = 1.6
NUMBER = 1.36
"""How far from the middle the number of an island stands."""

ISLAND = 0.1
"""Half of an island's width, where arrows say who belongs to whom."""


def panels(config: worlds.Config, look: str) -> list[Chart]:
    """The maps that are looked at, and all beside each other."""
    kinds, n = chosen(MAPS, config.maps), config.n_seeds
    returned = charts.learning_curves(
        "cycle", "cycle", kinds, by="map", n_seeds=n, log=True,
        title="There and back", y_title="Distance from the beginning",
        alt="How far points are from where they began after both maps, over the updates.")
    right = charts.learning_curves(
        "right", "right", kinds, by="map", n_seeds=n, y_range=[-0.2, 6.2],
        title="Islands mapped to those of their numbers", y_title="Islands at their number",
        alt="How many islands are mapped to the island of their number, over the updates.")
    return [mapped(config, look), sure(config), pairs(config, look), returned, right]


def mapped(config: worlds.Config, look: str) -> Chart:
    """The second world with the numbers of its islands, and points of the first one in it."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for island in ISLANDS.values():
        x, y = (Ref("made", map=look, island=int(island.key), xy=xy) for xy in ("x", "y"))
        binds.append(Bind(len(data), "state", x=x, y=y))
        data.append({
            "type": "scatter", "mode": "markers", "name": island.label, "uid": island.label,
            "legendgroup": island.label, "x": [], "y": [], "hoverinfo": "skip",
            "marker": {"symbol": island.symbol, "size": 7, "color": island.color,
                       "opacity": 0.85},
        })
    rings, numbers = [], []
    for i, (a, b) in enumerate(worlds.middles(config.turn).tolist()):
        r = worlds.NEAR
        rings.append({"type": "circle", "x0": a - r, "x1": a + r, "y0": b - r, "y1": b + r,
                      "line": {"color": INK, "width": 1}})
        numbers.append({"x": NUMBER * a, "y": NUMBER * b, "text": f"<b>{i + 1}</b>",
                        "showarrow": False, "font": {"size": 15, "color": INK}})
    ends: dict[str, Any] = {"range": [-EDGE, EDGE], "zeroline": False, "showgrid": False,
                            "constrain": "domain"}
    layout = {"xaxis": axis("x", **ends), "yaxis": axis("y", scaleanchor="x", **ends),
              "hovermode": "closest", "shapes": rings, "annotations": numbers}
    return Chart("mapped", {"data": data, "layout": layout}, tuple(binds),
                 f"{MAPS[look].label}: the first world in the second",
                 "Points of the first world where the map takes them, by the island from which "
                 "they come; circles with numbers: the islands of the second world.", height=430,
                 note="first seed; number: where that island belongs")


def pairs(config: worlds.Config, look: str) -> Chart:
    """Which island goes to which, and which comes back from which, as arrows between two rings."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for way, dash in (("there", "solid"), ("back", "dash")):
        for island in ISLANDS.values():
            x, y = (Ref("pairs", map=look, way=way, island=int(island.key), xy=xy)
                    for xy in ("x", "y"))
            binds.append(Bind(len(data), "state", x=x, y=y))
            data.append({
                "type": "scatter", "mode": "lines+markers", "name": island.label,
                "uid": f"{way} {island.key}", "legendgroup": island.label,
                "showlegend": way == "there", "x": [], "y": [], "hoverinfo": "skip",
                "line": {"color": island.color, "dash": dash, "width": 2.5},
                "marker": {"symbol": "arrow", "angleref": "previous", "color": island.color,
                           "size": [0, 13]},
            })
    islands = [(i, scale * a, scale * b)
               for middles, scale in ((worlds.middles(), worlds.INNER),
                                      (worlds.middles(config.turn), 1.0))
               for i, (a, b) in enumerate(middles.tolist())]
    rings = [{"type": "circle", "x0": x - ISLAND, "x1": x + ISLAND, "y0": y - ISLAND,
              "y1": y + ISLAND, "fillcolor": PAPER, "line": {"color": INK, "width": 1}}
             for _, x, y in islands]
    numbers = [{"x": x, "y": y, "text": f"<b>{i + 1}</b>", "showarrow": False,
                "font": {"size": 15, "color": INK}} for i, x, y in islands]
    ends: dict[str, Any] = {"range": [-1.2, 1.2], "zeroline": False, "showgrid": False,
                            "constrain": "domain", "showticklabels": False}
    layout = {"xaxis": axis("Inside: the first world", **ends),
              "yaxis": axis("Outside: the second world", scaleanchor="x", **ends),
              "hovermode": "closest", "shapes": rings, "annotations": numbers}
    return Chart("pairs", {"data": data, "layout": layout}, tuple(binds),
                 f"{MAPS[look].label}: who belongs to whom",
                 "Arrows from each island of the first world, inside, to the one of the second "
                 "world where it is mapped, and back.", height=430,
                 note="first seed; solid: there, dashed: back")


def sure(config: worlds.Config) -> Chart:
    """A dot per seed: how well points return, and how many islands are right."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for kind in chosen(MAPS, config.maps):
        binds.append(Bind(len(data), "state", x=Ref("cycle", map=kind.key),
                          y=Ref("right", map=kind.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": kind.label, "uid": kind.label,
            "legendgroup": kind.label, "x": [], "y": [], "cliponaxis": False,
            "hovertemplate": "returns to %{x:.2f}, %{y} at their number",
            "line": {"color": kind.color, "dash": kind.dash},  # for the legend
            "marker": {"symbol": kind.symbol, "size": 12, "color": kind.color, "opacity": 0.75,
                       "line": {"width": 1, "color": PAPER}},
        })
    layout = {
        "xaxis": axis("Distance after there and back", log=True, range=[-1.7, 0.7]),
        "yaxis": axis("Islands at their number", range=[-0.4, 6.4], dtick=1, zeroline=False),
        "hovermode": "closest",
    }
    chart = Chart("sure", {"data": data, "layout": layout}, tuple(binds), "Well back, and right?",
                  "Per seed how far points come back from where they began, and how many islands "
                  "are mapped to those of their numbers.", height=430)
    return replace(chart, note=counted("", "a dot per seed" if config.n_seeds > 1 else ""))
