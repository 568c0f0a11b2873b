"""Charts of agents that learn by trial and error, and the stage on which one is watched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.concepts.dqn.cartpole import EARTH, World
from core.concepts.dqn.learner import PLAYED_SIZES
from core.concepts.dqn.tabular import EDGES
from explorer.charts import HEIGHT, annotated, axis, learning_curves
from explorer.live import Bind, Chart, Ref, Stage
from explorer.theme import INK, ON_MAP, Method
from pages.dqn.styles import AGENTS

PUSHES = ("#0072b2", "#d55e00")
"""Of a push to the left, and to the right."""
POLE_HEIGHT = HEIGHT - 68  # of the canvas: its controls and its sentence take the rest


def pole(
    agents: Sequence[Mapping[str, Any]],
    look: str,
    *,
    alt: str,
    worlds: Sequence[tuple[int, World]] = ((0, EARTH),),
) -> Stage:
    """The cart of one agent, moved in the browser by what the current frame knows.

    Args:
        agents: Per agent `name`, the array that is its `source` ("weights" or "table"), the
            `row` in it and the `index` among all variants.
        look: Name of the agent that is watched.
        worlds: At which steps the cart's world changes, the first at 0, and to what.
    """
    shown = [
        {**agent, "label": AGENTS[agent["name"]].label, "color": AGENTS[agent["name"]].color}
        for agent in agents
    ]
    options = {
        "agents": shown, "look": look, "sizes": PLAYED_SIZES,
        "edges": [cuts.tolist() for cuts in EDGES],
        "worlds": [
            {"step": step, "world": {"gravity": world.gravity, "length": world.pole_length}}
            for step, world in worlds
        ],
    }
    arrays = ("n_episodes", *sorted({agent["source"] for agent in agents}))
    return Stage("pole", "pole", arrays, options, "The agent at its cart, now", alt,
                 height=POLE_HEIGHT)


def curves(name: str, array: str, agents: Sequence[Method], **more: Any) -> Chart:
    """Learning curves over the steps in the environment."""
    steps = axis("Step in the environment", tickformat=",d")
    chart = learning_curves(name, array, agents, by="variant", x_axis=steps, **more)
    chart.figure["layout"]["meta"] = {"fullRange": True}  # values that run away are the point
    return chart


def with_trace(chart: Chart, trace: dict[str, Any], **fed: Any) -> Chart:
    """A chart with one more trace, and what feeds it (as in `Bind`)."""
    data = list(chart.figure["data"])
    bind = Bind(len(data), **fed)
    data.append({"type": "scatter", "showlegend": False, "hoverinfo": "skip", **trace})
    return replace(chart, figure={**chart.figure, "data": data}, binds=(*chart.binds, bind))


def with_level(chart: Chart, y: float, text: str) -> Chart:
    """A chart with a thin line across it at a height that means something."""
    log = chart.figure["layout"]["yaxis"].get("type") == "log"
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
            "line": {"color": INK, "width": 1}}
    words = {"xref": "paper", "x": 0.01, "xanchor": "left", "yanchor": "bottom", "text": text,
             "y": math.log10(y) if log else y, "showarrow": False}
    return annotated(chart, line, words)


def with_reach(chart: Chart, low: float, high: float) -> Chart:
    """A chart whose logarithmic axis begins at one value and reaches another at least."""
    ends = {"type": "scatter", "mode": "markers", "x": [0, 0], "y": [low, high], "uid": "reach",
            "name": "reach", "showlegend": False, "hoverinfo": "skip", "opacity": 0,
            "marker": {"color": INK}}
    above = chart.figure["layout"]
    layout = {**above, "yaxis": above["yaxis"] | {"minallowed": math.log10(low)}}
    return replace(chart, figure={"data": [*chart.figure["data"], ends], "layout": layout})


def with_earned(chart: Chart, array: str, agent: Method) -> Chart:
    """A chart with what one agent's greedy episodes truly paid: the median of its seeds."""
    trace = {"mode": "lines", "uid": "earned", "name": "earned", "legendgroup": agent.label,
             "line": {"color": agent.color, "width": 2, "dash": "dot", "shape": "hv"}}
    return with_trace(chart, trace, mode="series", y=Ref(array, variant=agent.key, reduce="median"))


def with_epsilon(chart: Chart, array: str, agent: str) -> Chart:
    """The share of random actions of one agent, in a strip of its own below the curves."""
    above = chart.figure["layout"]
    layout = {
        **above,
        "xaxis": above["xaxis"] | {"anchor": "y2"},
        "yaxis": above["yaxis"] | {"domain": [0.3, 1]},
        "yaxis2": axis("Random", range=[0, 1.05], domain=[0, 0.2], tickvals=[0, 1],
                       ticktext=["0", "all"], zeroline=False),
    }
    trace = {
        "mode": "lines", "uid": "epsilon", "name": "ε", "yaxis": "y2",
        "line": {"color": INK, "width": 1.5}, "hovertemplate": "%{y:.2f}", "hoverinfo": "all",
    }
    chart = replace(chart, figure={**chart.figure, "layout": layout})
    return with_trace(chart, trace, mode="series", y=Ref(array, variant=agent))


def state_map(
    name: str,
    array: str,
    agent: str,
    theta: Sequence[float],
    theta_dot: Sequence[float],
    *,
    title: str,
    colours: Mapping[str, Any],
    alt: str,
    note: str,
    visited: str = "",
) -> Chart:
    """A map over angle and angular velocity, the cart at rest in the middle.

    Args:
        array: Has the dimensions (step, agent, theta_dot, theta).
        colours: From `explorer.maps`.
        visited: An array (step, agent, angle, transition) that is drawn as points.
    """
    data = [{
        "type": "heatmap", "x": list(theta), "y": list(theta_dot), "z": [], "uid": name,
        "hovertemplate": "θ %{x:.2f}, θ̇ %{y:.2f}: %{z:.3g}<extra></extra>", **colours,
    }]
    layout = {
        "xaxis": axis("θ, the pole's angle (rad)", range=[theta[0], theta[-1]], zeroline=False),
        "yaxis": axis("θ̇ (rad/s)", range=[theta_dot[0], theta_dot[-1]], zeroline=False),
        "hovermode": "closest",
    }
    chart = Chart(name, {"data": data, "layout": layout},
                  (Bind(0, "state", z=Ref(array, variant=agent)),), title, alt, height=HEIGHT,
                  note=note)
    if not visited:
        return chart
    points = {"mode": "markers", "uid": "visited", "name": "Replay memory",
              "marker": {"size": 5, "color": ON_MAP[1], "opacity": 0.55}}
    return with_trace(chart, points, mode="state", x=Ref(visited, variant=agent, angle="theta"),
                      y=Ref(visited, variant=agent, angle="theta_dot"))


def with_contour(chart: Chart, level: float) -> Chart:
    """A map with a line around what is above a level."""
    cells, bind = chart.figure["data"][0], chart.binds[0]
    line = {
        "type": "contour", "x": cells["x"], "y": cells["y"], "z": [], "uid": "level",
        "showscale": False, "line": {"color": ON_MAP[0], "width": 3}, "contours": {
            "type": "constraint", "operation": "=", "value": level, "showlabels": False},
    }
    return with_trace(chart, line, mode="state", z=bind.z)


def shares(
    name: str, array: str, agent: Method, x: Sequence[float], *, title: str, x_title: str,
    y_title: str, alt: str,
) -> Chart:
    """Bars: the shares of one agent now.

    Args:
        array: Has the dimensions (step, agent, bin).
        x: Middle of each bin.
    """
    data = [{"type": "bar", "x": list(x), "uid": name, "name": agent.label, "showlegend": False,
             "marker": {"color": agent.color},
             "hovertemplate": "%{x:.2g}: %{y:.1%}<extra></extra>"}]
    layout = {"xaxis": axis(x_title, zeroline=False),
              "yaxis": axis(y_title, range=[0, 0.4], tickformat=".0%"),
              "bargap": 0.06, "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout},
                 (Bind(0, "state", y=Ref(array, variant=agent.key)),), title, alt, height=HEIGHT)
