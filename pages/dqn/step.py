"""Charts of one update, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

import math
from typing import Any

from core.concepts.dqn import step
from core.concepts.dqn.cartpole import THETA_LIMIT
from explorer.charts import axis
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, Method
from pages.dqn.styles import AGENTS

HEIGHT = 330
VALUES = ("Q(s, left)", "Q(s, right)", "next, left", "next, right", "target", "Q after")
"""What `step.MEASURED` is on the axis."""


def charts(config: step.Config, look: str) -> list[Chart]:
    agent = AGENTS[config.agent]
    return [poles(agent, config), values(agent, config.seed), batch(agent, config)]


def poles(agent: Method, config: step.Config) -> Chart:
    """The pole before and after, as lines from the cart to the tip, between those of a fall."""
    length = 2 * config.pole_length
    data: list[dict[str, Any]] = []
    binds = []
    for i, (moment, opacity) in enumerate((("before", 0.4), ("after", 1))):
        at: dict[str, Any] = {"moment": moment, "seed": config.seed}
        binds.append(Bind(i, "state", x=Ref("pole", xy="x", **at), y=Ref("pole", xy="y", **at)))
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": moment, "uid": f"pole {moment}",
            "legendgroup": agent.label,
            "showlegend": False, "opacity": opacity, "line": {"color": agent.color, "width": 6},
            "marker": {"symbol": ["square", "circle"], "size": [26, 9], "color": agent.color},
            "hovertemplate": f"{moment}: %{{x:.3f}} m<extra></extra>",
        })
    lean = [side * length * math.sin(THETA_LIMIT) for side in (-1, 1)]
    shapes = [{"type": "line", "x0": 0, "x1": x, "y0": 0, "y1": length * math.cos(THETA_LIMIT),
               "line": {"color": INK, "width": 1.5, "dash": "dot"}} for x in lean]
    layout = {
        "xaxis": axis("Metres from where it stood (dotted: a fall)",
                      range=[-0.6 * length, 0.6 * length], zeroline=False),
        "yaxis": axis("Height (m)", range=[-0.1 * length, 1.1 * length]),
        "shapes": shapes, "hovermode": "closest",
    }
    return Chart("pole", {"data": data, "layout": layout}, tuple(binds),
                 "The transition: the pole before (pale) and after",
                 "The pole before and after the drawn transition.", height=HEIGHT)


def values(agent: Method, seed: int) -> Chart:
    """A bar per value; those that the target is made of are full, the others pale."""
    data = [{
        "type": "bar", "orientation": "v", "name": name, "uid": f"values {array}",
        "legendgroup": agent.label,
        "showlegend": False, "x": list(range(len(VALUES))), "y": [None] * len(VALUES),
        "width": 0.7, "marker": {"color": agent.color, "opacity": opacity},
        "hovertemplate": "%{y:.3g}<extra></extra>",
    } for array, name, opacity in (("values", "Not counted", 0.3), ("counts", "Counts", 1))]
    layout = {
        "xaxis": axis("Of this state, of the next, and afterwards",
                      range=[-0.6, len(VALUES) - 0.4], tickvals=list(range(len(VALUES))),
                      ticktext=list(VALUES), zeroline=False),
        "yaxis": axis("Discounted return"), "barmode": "overlay", "hovermode": "closest",
    }
    binds = tuple(Bind(i, "state", y=Ref(array, seed=seed))
                  for i, array in enumerate(("values", "counts")))
    return Chart("values", {"data": data, "layout": layout}, binds,
                 "Its values, and its target (full: they count)",
                 "Values of both actions before and after, the target, and Q after the update.",
                 height=HEIGHT)


def batch(agent: Method, config: step.Config) -> Chart:
    """Q of all that was drawn over its targets, with the one that is taken apart."""
    seed, most = config.seed, 1 / (1 - config.gamma)
    points: dict[str, Any] = {"type": "scatter", "mode": "markers", "showlegend": False,
                              "legendgroup": agent.label,
                              "hovertemplate": "target %{x:.3g}, Q %{y:.3g}<extra></extra>"}
    data = [
        {**points, "uid": "batch", "name": "The others",
         "marker": {"color": agent.color, "size": 8, "opacity": 0.4}},
        {**points, "uid": "one", "name": "This one",
         "marker": {"color": agent.color, "size": 16, "symbol": "diamond",
                    "line": {"color": INK, "width": 2}}},
    ]
    binds = (
        Bind(0, "state", x=Ref("batch_target", seed=seed), y=Ref("batch_q", seed=seed)),
        Bind(1, "state", x=Ref("one", axis="target", seed=seed),
             y=Ref("one", axis="q", seed=seed)),
    )
    equal = {"type": "line", "x0": 0, "y0": 0, "x1": most, "y1": most,
             "line": {"color": INK, "width": 1.5, "dash": "dot"}}
    layout = {"xaxis": axis("Target"), "yaxis": axis("Q of the action"), "shapes": [equal],
              "hovermode": "closest"}
    return Chart("batch", {"data": data, "layout": layout}, binds,
                 "All that was drawn with it (dotted: no error)",
                 "Q of every drawn transition over its target.", height=HEIGHT)
