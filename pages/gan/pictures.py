"""The GAN page's own pictures: points over the discriminator's map, and what they are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.concepts.gan import plane
from explorer.charts import HEIGHT, PERCENT, axis, band, counted, curve, pick, spread
from explorer.live import Bind, Chart, Ref
from explorer.live.view import Label
from explorer.maps import shaded, two_sided
from explorer.theme import AWAY, INK, PAPER, Method
from pages.gan.styles import PLAYERS, SIDES

VERDICT = two_sided(
    "Verdict", {0: "made", 0.5: "cannot<br>tell", 1: "real"},
    ("light-dark(#efb3ef, #6a1a78)", "light-dark(#9fd6de, #0d5a66)"),
)
"""What the discriminator takes a place for."""
ENDS = [-plane.EDGE, plane.EDGE]
Of = Mapping[str, Label]


def square() -> dict[str, Any]:
    """The plane's axes, as long as each other."""
    ends: dict[str, Any] = {"range": ENDS, "zeroline": False, "showgrid": False,
                            "constrain": "domain"}
    return {
        "xaxis": axis("x", **ends), "yaxis": axis("y", scaleanchor="x", **ends),
        "hovermode": "closest",
    }


def placed(trace: int, array: str, of: Of) -> Bind:
    """A trace of places in the plane."""
    return Bind(trace, "state", x=pick(array, {**of, "xy": "x"}), y=pick(array, {**of, "xy": "y"}))


def points(side: Method, size: int, opacity: float, **more: Any) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": side.label, "uid": side.label,
        "legendgroup": side.label, "x": [], "y": [], "hoverinfo": "skip",
        "marker": {"symbol": side.symbol, "size": size, "color": side.color, "opacity": opacity},
        **more,
    }


def game(name: str, played: Method, of: Of, *, height: int = 420) -> Chart:
    """Made points and real ones over the discriminator's map, with the pull on some of them.

    Args:
        played: Which game it is.
        of: Where among the labels of the arrays it is found.
    """
    cells = plane.coords(plane.Config())["x"]
    made = SIDES["made"]
    data = [
        {"type": "heatmap", "x": list(cells), "y": list(cells), "z": [], "uid": "verdict",
         **VERDICT, "zsmooth": "best", "hovertemplate": "%{z:.2f}<extra></extra>"},
        points(SIDES["real"], 5, 0.55),
        points(made, 5, 0.8),
        {"type": "scatter", "mode": "lines+markers", "name": made.label, "uid": "pull",
         "legendgroup": made.label, "showlegend": False, "x": [], "y": [], "hoverinfo": "skip",
         "line": {"color": INK, "width": 1},
         "marker": {"symbol": "arrow", "angleref": "previous", "color": INK,
                    "size": [0, 7, 0] * plane.N_ARROWS}},
    ]
    binds = (
        Bind(0, "state", z=pick("map", of)), placed(1, "real", {}), placed(2, "made", of),
        placed(3, "arrows", of),
    )
    return Chart(
        name, {"data": data, "layout": square()}, binds,
        f"{played.label}: what it makes",
        f"{played.label}: real points, points of the generator, and what the discriminator takes "
        "each place for. Arrows show how it pulls some of the made points.",
        height=height, note="first seed; colours: the discriminator's verdict; arrows: its pull",
    )


def seed_dots(method: Method, hover: str) -> dict[str, Any]:
    """A trace of a dot per seed, in the colour and sign of a method."""
    return {
        "type": "scatter", "mode": "markers", "name": method.label, "uid": method.label,
        "legendgroup": method.label, "x": [], "y": [], "cliponaxis": False,
        "hovertemplate": hover,
        "line": {"color": method.color, "dash": method.dash},  # for the legend
        "marker": {"symbol": method.symbol, "size": 12, "color": method.color,
                   "opacity": 0.75, "line": {"width": 1, "color": PAPER}},
    }


def quality(
    name: str, methods: Sequence[Method], n_pieces: int, n_seeds: int, by: str = "game"
) -> Chart:
    """A dot per seed: how many pieces its points lie on, and how many of them are good.

    Args:
        by: What the arrays call those who make points.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method in methods:
        of = {by: method.key}
        binds.append(Bind(len(data), "state", x=pick("effective", of), y=pick("good", of)))
        data.append(seed_dots(method, "%{x:.1f} pieces, %{y:.0%} good"))
    binds.append(Bind(len(data), "state", x=Ref("real_effective"), y=Ref("real_good")))
    data.append({
        "type": "scatter", "mode": "markers", "name": "Real points", "uid": "real level",
        "showlegend": False, "x": [], "y": [], "cliponaxis": False,
        "hovertemplate": "real points: %{x:.1f} pieces, %{y:.0%} good",
        "marker": {"symbol": "cross-thin", "size": 14, "color": INK,
                   "line": {"width": 2, "color": INK}},
    })
    layout = {
        "xaxis": axis("Pieces of the target that it makes", range=[0.5, n_pieces * 1.08],
                      zeroline=False),
        "yaxis": axis("Good points", range=[-0.04, 1.06], zeroline=False, **PERCENT),
        "hovermode": "closest",
    }
    chart = Chart(name, {"data": data, "layout": layout}, tuple(binds),
                  "Good, and of all kinds?",
                  "Per seed how many pieces of the target the made points lie on, and the share of "
                  "good ones.",
                  height=420, note=counted("", "a dot per seed" if n_seeds > 1 else "",
                                           "cross: real points"))
    for words, x, y, ax, ay in (("collapsed", 0.05, 0.62, "left", "top"),
                                ("blurred", 0.98, 0.03, "right", "bottom"),
                                ("as real", 0.9, 0.86, "right", "top")):
        chart = worded(chart, words, x, y, ax, ay)
    return chart


def worded(chart: Chart, text: str, x: float, y: float, x_anchor: str, y_anchor: str) -> Chart:
    """A chart with words in one of its corners."""
    layout = chart.figure["layout"]
    words = {"xref": "paper", "yref": "paper", "x": x, "y": y, "xanchor": x_anchor,
             "yanchor": y_anchor, "text": text, "showarrow": False, "font": {"color": AWAY}}
    more = {"annotations": [*layout.get("annotations", ()), words]}
    return Chart(**{**vars(chart), "figure": {**chart.figure, "layout": layout | more}})


def floor_of(chart: Chart, label: str, reference: Ref) -> Chart:
    """Learning curves with a thin line at what two samples of real points measure."""
    trace = {
        "type": "scatter", "mode": "lines", "name": label, "uid": "floor", "showlegend": False,
        "x": [0, 1], "y": [], "hoverinfo": "skip", "line": {"color": INK, "width": 1},
    }
    return Chart(**{**vars(chart), "figure": {**chart.figure,
                                              "data": [*chart.figure["data"], trace]},
                    "binds": (*chart.binds, Bind(len(chart.figure["data"]), "series",
                                                 y=reference))})


def losses(name: str, played: Method, of: Of, n_seeds: int) -> Chart:
    """What each player pays, over the updates."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for player in PLAYERS.values():
        array = f"{player.key}_loss"
        if n_seeds > 1:
            binds.append(Bind(len(data), "band", y=pick(array, of)))
            data.append(band(player))
        binds.append(Bind(len(data), "series", y=pick(array, of, "median")))
        data.append(curve(player))
    layout = {"xaxis": axis("Step (updates)"), "yaxis": axis("What it pays"),
              "hovermode": "x unified"}
    return Chart(name, {"data": data, "layout": layout}, tuple(binds),
                 f"{played.label}: what each player pays",
                 f"{played.label}: the losses of discriminator and generator over the updates.",
                 height=HEIGHT, note=counted("", "against the other one: no progress bar",
                                             spread(n_seeds)))


def in_turns(chart: Chart, turn: int, n_turns: int) -> Chart:
    """A chart over updates with a line where a turn begins, and whose it is in its middle."""
    layout = chart.figure["layout"]
    lines = [{"type": "line", "x0": i * turn, "x1": i * turn, "yref": "paper", "y0": 0, "y1": 1,
              "line": {"color": AWAY, "width": 1}} for i in range(1, n_turns)]
    words = [{"x": (i + 0.5) * turn, "yref": "paper", "y": 1, "yanchor": "top", "showarrow": False,
              "text": ("discriminator", "generator")[i % 2]} for i in range(n_turns)]
    more = {"shapes": lines, "annotations": words,
            "xaxis": axis("Update", range=[0, turn * n_turns])}
    return Chart(**{**vars(chart), "figure": {**chart.figure, "layout": layout | more}})


def shares(name: str, played: Method, n_pieces: int, seeds: Sequence[int]) -> Chart:
    """Of each seed the share of its good points on each piece of the target."""
    fair = 1 / n_pieces
    ticks = {0.0: "0 %", fair: f"{fair:.0%} fair", 3 * fair: f"{3 * fair:.0%}"}
    data = [{
        "type": "heatmap", "x": list(range(1, n_pieces + 1)), "y": [str(s) for s in seeds], "z": [],
        "uid": name, **shaded("Share of its points", ticks, ("none", "or more"), light="high"),
        "hovertemplate": "seed %{y}: %{z:.0%} of its points on piece %{x}<extra></extra>",
    }]
    layout = {"xaxis": axis("Piece of the target", dtick=1 if n_pieces <= 12 else 4),
              "yaxis": axis("Seed", type="category", autorange="reversed"),
              "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout},
                 (Bind(0, "state", z=Ref("shares", game=played.key)),),
                 f"{played.label}: which pieces each seed makes",
                 f"{played.label}: of each seed the share of its points that are good and on each "
                 "piece of the target.", height=HEIGHT)


def warped(name: str, played: Method, of: Of) -> Chart:
    """The grid in the generator's two random numbers, as the generator lays it into the plane."""
    made = SIDES["made"]
    data = [
        points(SIDES["real"], 5, 0.5),
        {"type": "scatter", "mode": "lines", "name": made.label, "uid": "lines",
         "legendgroup": made.label, "x": [], "y": [], "hoverinfo": "skip",
         "line": {"color": made.color, "width": 1.2}},
    ]
    binds = (placed(0, "real", {}), placed(1, "lines", of))
    return Chart(name, {"data": data, "layout": square()}, binds,
                 f"{played.label}: the sheet that the generator folds",
                 f"{played.label}: a grid in the generator's two random numbers, as it lies in the "
                 "plane.", height=HEIGHT, note="a grid of its two random numbers; first seed")
