"""The page's own pictures. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.charts import HEIGHT, PERCENT, annotated, axis, counted, curve
from explorer.live import Bind, Chart, Ref
from explorer.maps import heat_map, shaded
from explorer.theme import AWAY, Method

ERROR, RIGHT = "Mean squared error", "Share right"
ASIDE = 0.05
"""Between the dots of neighbouring nets, in steps."""
MOST = 5.2
"""Squared error: a little more than that of a net that was not trained."""
DARK = 6
"""Squared error: what is this wrong, or more, is dark."""


def by_steps(nets: Sequence[Method], most: int, n_seeds: int) -> Chart:
    """A dot per seed, and a line through the medians of each net: now, over steps on a new task."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, net in enumerate(nets):
        aside = ASIDE * (i - (len(nets) - 1) / 2)
        binds.append(Bind(len(data), "state", y=Ref("error", net=net.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": net.label, "uid": f"{net.label} seeds",
            "legendgroup": net.label, "showlegend": False, "y": [], "hoverinfo": "skip",
            "x": [x for k in range(most + 1) for x in [*[round(k + aside, 3)] * n_seeds, None]],
            "marker": {"symbol": net.symbol, "size": 8, "color": net.color, "opacity": 0.6},
        })
        binds.append(Bind(len(data), "state", y=Ref("error", net=net.key, reduce="median")))
        data.append(curve(net, x=list(range(most + 1)), y=[]))
    layout = {
        "xaxis": axis("Steps on a new curve", range=[-0.3, most + 0.3], dtick=1, zeroline=False),
        "yaxis": axis(ERROR, range=[0, MOST]),
        "hovermode": "x unified",
    }
    return Chart(
        "taken", {"data": data, "layout": layout}, tuple(binds), "Step by step on a new curve",
        "The error of each net on new curves over its steps on their points, now.", width="full",
        height=HEIGHT, note=counted(ERROR, "a dot per seed" if n_seeds > 1 else ""))


def by_task(net: Method, taken: int, amplitudes: np.ndarray, phases: np.ndarray) -> Chart:
    """A map of the errors of one net on all new tasks."""
    when = "Before any step" if taken == 0 else f"After {taken} step{'s' * (taken > 1)}"
    colours = shaded("Error", {0: "0", 2: "2", 4: "4", DARK: f"{DARK}+"}, ("right", "far off"),
                     light="low")
    chart = heat_map(
        f"task_{taken}", "by_task", phases.round(2).tolist(), amplitudes.round(2).tolist(),
        title=f"{net.label}: {when.lower()}", x_title="Phase of the curve", y_title="Its amplitude",
        colours=colours, z_hover="%{z:.2f}",
        alt=f"The error of {net.label} on each new curve, {when.lower()}.",
        note="each curve's squared error, mean of the seeds")
    return replace(chart, width="third", height=280,
                   binds=(Bind(0, "state", z=Ref("by_task", net=net.key, after=taken)),))


def by_shots(
    readers: Sequence[Method], references: Mapping[str, str], n_shots: int, n_seeds: int,
    guess: float,
) -> Chart:
    """A dot per seed, and a line through the medians of each net, over how many examples it saw;
    between the lines of who has learned nothing and of who knows all.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    rounds = list(range(1, n_shots + 1))
    for key, label in references.items():
        binds.append(Bind(len(data), "state", y=Ref("known", reference=key, reduce="median")))
        data.append({
            "type": "scatter", "mode": "lines", "name": label, "uid": label,
            "legendgroup": "references", "showlegend": False, "x": rounds, "y": [],
            "line": {"color": AWAY, "width": 1.5}, "hovertemplate": "%{y:.0%}",
        })
    for i, reader in enumerate(readers):
        aside = ASIDE * (i - (len(readers) - 1) / 2)
        binds.append(Bind(len(data), "state", y=Ref("right", net=reader.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": reader.label,
            "uid": f"{reader.label} seeds", "legendgroup": reader.label, "showlegend": False,
            "x": [x for k in rounds for x in [*[round(k + aside, 3)] * n_seeds, None]], "y": [],
            "marker": {"symbol": reader.symbol, "size": 8, "color": reader.color, "opacity": 0.6},
            "hoverinfo": "skip",
        })
        binds.append(Bind(len(data), "state", y=Ref("right", net=reader.key, reduce="median")))
        data.append(curve(reader, x=rounds, y=[], hovertemplate="%{y:.0%}"))
    layout = {
        "xaxis": axis("Examples of each class so far", range=[0.6, n_shots + 0.4], dtick=1,
                      zeroline=False),
        "yaxis": axis(RIGHT, range=[guess - 0.08, 1.02], **PERCENT), "hovermode": "x unified",
    }
    chart = Chart(
        "shots", {"data": data, "layout": layout}, tuple(binds), "New classes, few examples",
        "The share of new examples that each net names rightly, over how many examples of each "
        "class it has seen, now.", width="full", height=HEIGHT,
        note=counted(RIGHT, "a dot per seed" if n_seeds > 1 else "",
                     "grey above: best possible; grey below: nearest mean, nothing learned"))
    return annotated(
        chart, {"type": "line", "y0": guess, "y1": guess, "xref": "paper", "x0": 0, "x1": 1,
                "line": {"color": AWAY, "width": 1}},
        {"y": guess, "xref": "paper", "x": 0, "yanchor": "top", "xanchor": "left", "xshift": 4,
         "text": "a guess", "showarrow": False})
