"""Charts of nets by how far back they are asked to see. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.charts import HEIGHT, annotated, axis, counted, curve, learning_curves
from explorer.live import Bind, Chart, Ref, Stage
from explorer.theme import AWAY, Method

RIGHT = "Share right"
BETWEEN = 0.012
"""Between the dots of neighbouring nets, as a share of the axis."""


def against_lag(
    nets: Sequence[Method], lags: Sequence[int], fields: Mapping[str, int], *, n_seeds: int,
    guess: float,
) -> Chart:
    """A dot per seed, a line through the medians of each net, and where its field ends."""
    low, high = 0, lags[-1] + max(1.5, 0.12 * lags[-1])
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, net in enumerate(nets):
        aside = BETWEEN * (high - low) * (i - (len(nets) - 1) / 2)
        binds.append(Bind(len(data), "state", y=Ref("right", net=net.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": net.label,
            "uid": net.label + " seeds", "legendgroup": net.label, "showlegend": False,
            "x": [x for n in lags for x in [*[round(n + aside, 2)] * n_seeds, None]], "y": [],
            "marker": {"symbol": net.symbol, "size": 8, "color": net.color, "opacity": 0.6},
            "hoverinfo": "skip",
        })
        binds.append(Bind(len(data), "state", y=Ref("right", net=net.key, reduce="median")))
        data.append(curve(net, x=list(lags), y=[], hovertemplate="%{y:.0%}"))
    layout = {
        "xaxis": axis("Lag (places back)", range=[low, high], zeroline=False,
                      tickvals=list(lags)),
        "yaxis": axis(RIGHT, range=[-0.03, 1.09], tickformat=".0%"), "hovermode": "x unified",
    }
    chart = Chart(
        "right", {"data": data, "layout": layout}, tuple(binds), "Right answers against lag",
        "Share of right answers of each net over how far back the symbol stands that it is asked "
        "for, now, and how far each net sees.", width="full", height=HEIGHT,
        note=counted(RIGHT, "a dot per seed" if n_seeds > 1 else "",
                     "upright: the last lag that a net sees, by formula"))
    chart = annotated(
        chart, {"type": "line", "y0": guess, "y1": guess, "xref": "paper", "x0": 0, "x1": 1,
                "line": {"color": AWAY, "width": 1}},
        {"y": guess, "xref": "paper", "x": 0, "yanchor": "bottom", "xanchor": "left", "xshift": 4,
         "text": "a guess", "showarrow": False})
    for last, names in edges(nets, fields).items():
        if last <= high:
            chart = annotated(chart, *edge(last, " and ".join(names), last > high / 2))
    return chart


def edges(nets: Sequence[Method], fields: Mapping[str, int]) -> dict[int, list[str]]:
    """By the last lag that is seen, who sees so far."""
    found: dict[int, list[str]] = {}
    for net in nets:
        found.setdefault(fields[net.key] - 1, []).append(net.label)
    return found


def edge(last: int, names: str, left: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """An upright line between the last lag that is seen and the first that is not.

    Args:
        last: That is seen.
        names: Of the nets that see so far.
        left: Whether the words stand left of the line.
    """
    line = {"type": "line", "x0": last + 0.5, "x1": last + 0.5, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": AWAY, "width": 1}}
    side = "right" if left else "left"
    words = {"x": last + 0.5, "yref": "paper", "y": 0.8, "yanchor": "top", "xanchor": side,
             "xshift": -6 if left else 6, "text": f"{names}:<br>sees {last} back", "align": side,
             "showarrow": False}
    return line, words


def tree(
    nets: Sequence[Method], dilations: Mapping[str, Sequence[int]], lags: Sequence[int],
    kernel: int, symbols: str, first: int,
) -> Stage:
    """What each output of each net can see, which symbol it needs, and which it uses."""
    options = {
        "nets": [{"label": net.label, "color": net.color, "dilations": list(dilations[net.key])}
                 for net in nets],
        "lags": list(lags), "lag": first, "kernel": kernel, "symbols": symbols,
    }
    deepest = max(len(d) for d in dilations.values())
    return Stage(
        "tree", "field", ("gradient", "said", "symbol", "right"), options, "What an output sees",
        "Each net as a tree: its layers, from an output down to the symbols that it sees, and how "
        "strongly the answer depends on each.", width="full", height=250 + 12 * deepest,
        note="nets and example of the first seed; point at an output")


def song(nets: Sequence[Method], notes: str, beats: float, label: str) -> Stage:
    """The tune as it goes on, and what each net plays in its place."""
    options = {
        "nets": [{"label": net.label, "color": net.color} for net in nets],
        "notes": notes, "beats": beats, "tune": label,
    }
    return Stage(
        "song", "song", ("song", "tune"), options, "How each net goes on",
        "The tune, and what each net plays that has heard it once: notes as bars, those that are "
        "not the tune's underlined.", width="full", height=110 * (len(nets) + 1),
        note="the first seed's nets, each after hearing the tune once; underlined: not the tune")


def against_formula(
    nets: Sequence[Method], n_seeds: int, known: Mapping[str, float]
) -> Chart:
    """Notes that are known over the steps, and how many could be known from what each net sees."""
    chart = learning_curves(
        "known", "right", nets, by="net", n_seeds=n_seeds, percent=True, y_range=[0, 1.06],
        title="Next notes that are right", y_title=RIGHT,
        alt="The share of next notes that are right, given the true ones before, over the steps; "
            "and the most that can be right for as many notes as each net sees.")
    for value, names in levels(nets, known).items():
        line = {"type": "line", "y0": value, "y1": value, "xref": "paper", "x0": 0, "x1": 1,
                "line": {"color": AWAY, "width": 1}}
        words = {"y": value, "xref": "paper", "x": 0.99, "xanchor": "right", "yanchor": "top",
                 "text": f"most, by formula: {' and '.join(names)}", "showarrow": False}
        chart = annotated(chart, line, words)
    return chart


def levels(nets: Sequence[Method], known: Mapping[str, float]) -> dict[float, list[str]]:
    """By the most that can be right, for whom."""
    found: dict[float, list[str]] = {}
    for net in nets:
        found.setdefault(known[net.key], []).append(net.label)
    return found
