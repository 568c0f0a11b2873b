"""Pictures of the smallest game: paths of two numbers, their radius, and the game itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.concepts.gan import dirac
from explorer.charts import HEIGHT, axis, counted, curve, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import AWAY, INK, PAPER, Method, chosen
from pages.gan.styles import MOVES, PLAYERS, SIDES

ENDS = [-dirac.REACH, dirac.REACH]


def charts(config: dirac.Config, look: str) -> list[Chart]:
    moves = chosen(MOVES, config.moves)
    return [paths(moves, config.seed), radius(moves, config), game(MOVES[look]),
            eigenvalues(moves)]


def paths(moves: Sequence[Method], seed: int) -> Chart:
    """Where the two numbers go, over the field of what both players want."""
    data: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines+markers", "uid": "field", "name": "Field",
         "showlegend": False, "x": [], "y": [], "hoverinfo": "skip",
         "line": {"color": AWAY, "width": 1}, "opacity": 0.55,
         "marker": {"symbol": "arrow", "angleref": "previous", "color": AWAY,
                    "size": [0, 7, 0] * dirac.N_FIELD**2}},
        {"type": "scatter", "mode": "markers", "uid": "solution", "name": "Solution",
         "showlegend": False, "x": [0], "y": [0], "hovertemplate": "the solution",
         "marker": {"symbol": "circle-open", "size": 18, "color": INK, "line": {"width": 2.5}}},
    ]
    binds = [Bind(0, "state", x=Ref("field", xy="x"), y=Ref("field", xy="y"))]
    for move in moves:
        key = move.key
        binds.append(Bind(len(data), "series", x=Ref("position", move=key, xy="x", seed=seed),
                          y=Ref("position", move=key, xy="y", seed=seed)))
        data.append(curve(move, hovertemplate="(%{x:.3g}, %{y:.3g})", line={
            "color": move.color, "dash": move.dash, "width": 1.8}))
        binds.append(Bind(len(data), "state", x=Ref("position", move=key, xy="x"),
                          y=Ref("position", move=key, xy="y")))
        data.append({
            "type": "scatter", "mode": "markers", "name": move.label, "uid": f"{move.label} now",
            "legendgroup": move.label, "showlegend": False, "x": [], "y": [], "hoverinfo": "skip",
            "marker": {"symbol": move.symbol, "size": 11, "color": move.color,
                       "line": {"width": 1, "color": PAPER}}})
    layout = {
        "xaxis": axis("Generator: its point θ", range=ENDS, zeroline=False, showgrid=False,
                      constrain="domain"),
        "yaxis": axis("Discriminator: its slope ψ", range=ENDS, zeroline=False, showgrid=False,
                      scaleanchor="x", constrain="domain"),
        "hovermode": "closest",
    }
    return Chart("path", {"data": data, "layout": layout}, tuple(binds),
                 "Where the two players go",
                 "Paths of the generator's point and the discriminator's slope from one start.",
                 height=420, note="ring: the solution; arrows: where each player wants to go")


def radius(moves: Sequence[Method], config: dirac.Config) -> Chart:
    """How far from the solution, with the formula where there is one."""
    chart = learning_curves(
        "radius", "radius", moves, by="move", n_seeds=config.n_seeds, log=True, y_range=[-6, 1],
        title="How far from the solution", y_title="Radius", height=420,
        alt="The radius of each way to move over the updates, and what the formulas say.",
    )
    data, binds = list(chart.figure["data"]), list(chart.binds)
    exact = [move for move in moves if not math.isnan(dirac.predicted(config, move.key, 1))]
    for move in exact:
        binds.append(Bind(len(data), "series", y=Ref("formula", move=move.key)))
        data.append({
            "type": "scatter", "mode": "lines", "name": move.label, "uid": f"{move.label} formula",
            "legendgroup": move.label, "showlegend": False, "hoverinfo": "skip",
            "line": {"color": INK, "width": 1.5, "dash": "dot"}})
    return Chart(**{**vars(chart), "figure": {**chart.figure, "data": data}, "binds": tuple(binds),
                    "note": counted("", chart.note, "dotted: formula" if exact else "")})


def game(move: Method) -> Chart:
    """The line of the discriminator's scores, with the real point and the made one."""
    line, real, made = PLAYERS["discriminator"], SIDES["real"], SIDES["made"]
    key = move.key

    def point(side: Method, x: Sequence[float]) -> dict[str, Any]:
        return {
            "type": "scatter", "mode": "markers", "name": side.label, "uid": side.label,
            "legendgroup": side.label, "x": list(x), "y": list(x), "hoverinfo": "skip",
            "marker": {"symbol": side.symbol, "size": 15, "color": side.color,
                       "line": {"width": 1, "color": PAPER}}}

    data = [curve(line, x=[], y=[], hoverinfo="skip"), point(real, [0]), point(made, [])]
    data[0].pop("hovertemplate")
    binds = (
        Bind(0, "state", x=Ref("line", move=key, xy="x"), y=Ref("line", move=key, xy="y")),
        Bind(2, "state", x=Ref("made", move=key, xy="x"), y=Ref("made", move=key, xy="y")),
    )
    layout = {"xaxis": axis("Place of a point", range=ENDS, zeroline=False),
              "yaxis": axis("Score: how real it looks", range=[-3, 3], zeroline=False),
              "hovermode": "closest"}
    return Chart("game", {"data": data, "layout": layout}, binds, f"{move.label}: the game itself",
                 "The discriminator's score of each place, the real point and the made one.",
                 height=HEIGHT, note="the made point climbs the line, the line tilts against it")


def eigenvalues(moves: Sequence[Method]) -> Chart:
    """Of one update near the solution, in the complex plane, with the unit circle."""
    turns = [2 * math.pi * i / 120 for i in range(121)]
    data: list[dict[str, Any]] = [{
        "type": "scatter", "mode": "lines", "uid": "circle", "name": "Unit circle",
        "showlegend": False, "hoverinfo": "skip", "line": {"color": INK, "width": 1},
        "x": [round(math.cos(t), 4) for t in turns], "y": [round(math.sin(t), 4) for t in turns]}]
    binds = []
    for move in moves:
        binds.append(Bind(len(data), "state", x=Ref("eigenvalues", move=move.key, part="real"),
                          y=Ref("eigenvalues", move=move.key, part="imaginary")))
        data.append({
            "type": "scatter", "mode": "markers", "name": move.label,
            "uid": f"{move.label} eigenvalues", "legendgroup": move.label, "showlegend": False,
            "x": [], "y": [], "hovertemplate": "%{x:.3f}, %{y:.3f}",
            "marker": {"symbol": move.symbol, "size": 11, "color": move.color, "opacity": 0.8}})
    layout = {"xaxis": axis("Real part", range=[-1.2, 1.3], zeroline=False, constrain="domain"),
              "yaxis": axis("Imaginary part", range=[-1.15, 1.15], zeroline=False,
                            scaleanchor="x", constrain="domain"),
              "hovermode": "closest"}
    return Chart("eigenvalues", {"data": data, "layout": layout}, tuple(binds),
                 "Eigenvalues of one update (formula)",
                 "Eigenvalues of the update near the solution: within the unit circle it is drawn "
                 "in, outside it is driven away.", height=HEIGHT,
                 note="within the circle: drawn in; outside: driven away")
