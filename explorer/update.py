"""The charts of a net's next update, looked at slowly (`core.stacked.update`). Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.stacked.update import N_SOME, N_WEIGHTS
from explorer.charts import axis
from explorer.live import Bind, Chart, Ref
from explorer.maps import EMPTY, ORANGE_BLUE
from explorer.theme import INK

TALL, LOW = 360, 240
NUMBERS = {
    "weight": ("weight", ".4f"), "gradient": ("gradient", ".1e"), "clipped": ("clipped", ".1e"),
    "decayed": ("with decay", ".1e"), "mean": ("mean", ".1e"), "squares": ("squares", ".1e"),
    "ratio": ("mean / √squares", ".2f"), "move": ("step", ".1e"), "after": ("weight after", ".4f"),
}
"""What the rows are called, and how their numbers are written."""


def update_charts(
    quantities: Sequence[str], seed: int, whose: str, x_title: str, n_weights: int = N_WEIGHTS
) -> list[Chart]:
    """What the update makes of the weights that are followed, and how far others go.

    Args:
        quantities: The rows, as the core has them.
        seed: Whose net is shown.
        whose: The weights, in the title.
        x_title: What the weights are numbered by.
    """
    return [_numbers(quantities, seed, whose, x_title, n_weights),
            _directions(quantities, seed, x_title, n_weights), _others()]


def _numbers(
    quantities: Sequence[str], seed: int, whose: str, x_title: str, n_weights: int
) -> Chart:
    """A row for each number of the update, a column for each weight."""
    weights, rows = list(range(n_weights)), list(range(len(quantities)))
    data: list[dict[str, Any]] = [{
        "type": "heatmap", "uid": "shade", "x": weights, "y": rows, "z": [], "zmin": -1, "zmax": 1,
        "colorscale": [[0, ORANGE_BLUE[0]], [0.5, "#f2f2f2"], [1, ORANGE_BLUE[1]]],
        "opacity": 0.45, "showscale": False, "hoverongaps": False, "xgap": 1, "ygap": 1,
        "hoverinfo": "skip",
    }]
    binds = [Bind(0, "state", z=Ref("update_shade"))]
    for row, name in enumerate(quantities):
        label, form = NUMBERS[name]
        binds.append(Bind(len(data), "state", x=Ref("update_place", quantity=name),
                          text=Ref("update", quantity=name, seed=seed)))
        data.append({
            "type": "scatter", "mode": "text", "uid": name, "name": label, "showlegend": False,
            "x": [], "y": [row] * n_weights, "hoverinfo": "skip",
            "texttemplate": f"%{{text:{form}}}", "textfont": {"color": INK, "size": 13},
        })
    layout = {
        "xaxis": axis(x_title, tickvals=weights, ticktext=[str(i + 1) for i in weights],
                      range=[-0.5, n_weights - 0.5], showgrid=False, zeroline=False),
        "yaxis": axis("", range=[len(rows) - 0.5, -0.5], tickvals=rows,
                      ticktext=[NUMBERS[name][0] for name in quantities], showgrid=False,
                      zeroline=False),
        "plot_bgcolor": EMPTY, "hovermode": False,
    }
    return Chart("update", {"data": data, "layout": layout}, tuple(binds), whose,
                 "A row for each part of the update, a column for each weight, as numbers.",
                 note="orange: below 0", width="half",
                 height=TALL)


def _directions(
    quantities: Sequence[str], seed: int, x_title: str, n_weights: int
) -> Chart:
    """What Adam is given of each weight, and the mean that it follows."""
    given = quantities[quantities.index("mean") - 1]
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for name, label, opacity in ((given, "this gradient", 0.3), ("mean", "mean", 1.0)):
        binds.append(Bind(len(data), "state", y=Ref("update", quantity=name, seed=seed)))
        data.append({
            "type": "bar", "uid": f"bar {name}", "name": label, "showlegend": False,
            "x": list(range(1, n_weights + 1)), "y": [None] * n_weights,
            "marker": {"color": INK, "opacity": opacity, "line": {"color": INK, "width": 1}},
            "hovertemplate": f"{label}: %{{y:.2e}}<extra></extra>",
        })
    layout = {"xaxis": axis(x_title, dtick=1, zeroline=False), "yaxis": axis("Gradient"),
              "barmode": "group", "bargap": 0.3, "hovermode": "closest"}
    return Chart("directions", {"data": data, "layout": layout}, tuple(binds),
                 "What Adam follows", "For each weight the gradient of this batch, and the mean of "
                 "the gradients so far.", note="pale: this gradient",
                 width="half", height=TALL)


def _others() -> Chart:
    """How far weights of the whole net go, over their gradients."""
    data = [{"type": "scatter", "mode": "markers", "uid": "others", "name": "Weights",
             "showlegend": False, "marker": {"color": INK, "size": 6, "opacity": 0.6},
             "hovertemplate": "gradient %{x:.2e}, step %{y:.2f} × rate<extra></extra>"}]
    layout = {"xaxis": axis("Gradient"),
              "yaxis": axis("Step, in learning rates", range=[-1.3, 1.3],
                            tickvals=[-1, -0.5, 0, 0.5, 1]),
              "hovermode": "closest"}
    fed = Bind(0, "state", x=Ref("some_gradient"), y=Ref("some_move"))
    return Chart("others", {"data": data, "layout": layout}, (fed,),
                 f"Steps of {N_SOME} weights of the net",
                 "The step of some weights of the whole net, over their gradient.", width="full",
                 height=LOW)
