"""The page's own pictures. Pure functions, like `charts`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from explorer.charts import HEIGHT, PERCENT, annotated, axis, counted, curve
from explorer.live import Bind, Chart, Ref
from explorer.maps import two_sided
from explorer.theme import INK, PAPER, Method

ASIDE = 0.035  # between the dots of neighbouring nets, in factors of ten
SIDES = ("#b35806", "#2166ac")
"""Of opposite and alike."""


def with_floors(chart: Chart, floors: Mapping[str, float]) -> Chart:
    """With a thin line at each floor and its words above it."""
    for words, value in floors.items():
        line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value,
                "line": {"color": INK, "width": 1}}
        chart = annotated(chart, line, {
            "xref": "paper", "x": 0.01, "xanchor": "left", "y": value, "yanchor": "top",
            "text": words, "showarrow": False})
    return chart


def by_kind(
    methods: Sequence[Method], floors: Mapping[str, Sequence[float]], kinds: Sequence[str],
    n_seeds: int, x_range: Sequence[float],
) -> Chart:
    """A row per kind of word: what each net leaves open there, and what the language does."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    step = 0.8 / len(methods)
    for i, m in enumerate(methods):
        rows = [k + step * (i - (len(methods) - 1) / 2) for k in range(len(kinds))]
        data.append({
            "type": "scatter", "mode": "markers", "name": f"{m.label}: at best",
            "uid": f"{m.label} floor", "legendgroup": "least", "showlegend": False,
            "x": list(floors[m.key]), "y": rows, "cliponaxis": False,
            "marker": {"symbol": "line-ns-open", "size": 13, "color": INK,
                       "line": {"width": 2, "color": INK}},
            "hovertemplate": "at best %{x:.2f}<extra></extra>",
        })
        binds.append(Bind(len(data), "state",
                          x=Ref("by_kind", reader=m.key, reduce="median")))
        data.append({
            "type": "scatter", "mode": "markers", "name": m.label, "uid": m.label,
            "legendgroup": m.label, "x": [None] * len(kinds), "y": rows,
            "marker": {"symbol": m.symbol, "size": 10, "color": m.color,
                       "line": {"width": 1, "color": PAPER}},
            "hovertemplate": "%{x:.2f}", "cliponaxis": False,
        })
    layout = {
        "xaxis": axis("Cross-entropy", range=list(x_range)), "hovermode": "closest",
        "yaxis": axis("", tickvals=list(range(len(kinds))), ticktext=list(kinds), zeroline=False,
                      range=[len(kinds) - 0.5, -0.5]),
        "meta": {"pinned": True, "missing": ""},
    }
    return Chart(
        "kinds", {"data": data, "layout": layout}, tuple(binds), "Which words are hard",
        "Cross-entropy of each kind of word for each net, beside the least that is possible.",
        height=HEIGHT, note=counted("Cross-entropy", "upright line: the least possible",
                                    f"median of {n_seeds} seeds" if n_seeds > 1 else ""))


def likeness(net: str, nouns: Sequence[str], name: str) -> Chart:
    """A map of the cosines between embeddings of nouns, which stand topic by topic."""
    data = [{
        "type": "heatmap", "x": list(nouns), "y": list(nouns), "z": [], "uid": net,
        **two_sided("Cosine", {-1: "−1<br>opposite", 0: "0", 1: "1<br>alike"}, SIDES),
        "hovertemplate": "%{y}, %{x}: %{z:.2f}<extra></extra>",
    }]
    layout = {
        "xaxis": axis("By topic, singular first", type="category"),
        "yaxis": axis("Noun", type="category", autorange="reversed"), "hovermode": "closest",
    }
    return Chart(
        f"likeness_{net}", {"data": data, "layout": layout},
        (Bind(0, "state", z=Ref("likeness", net=net)),), f"{name}: which nouns are alike",
        "The cosine between the embeddings of each two nouns, of the first net.", height=HEIGHT,
        note="first seed; each topic four singular, four plural")


def against_labels(methods: Sequence[Method], labels: Sequence[int], n_seeds: int) -> Chart:
    """A dot per seed, and a line through the medians of each net: the current values."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, m in enumerate(methods):
        aside = 10 ** (ASIDE * (i - (len(methods) - 1) / 2))
        binds.append(Bind(len(data), "state", y=Ref("right", variant=m.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": m.label, "uid": f"{m.label} seeds",
            "legendgroup": m.label, "showlegend": False, "y": [], "hoverinfo": "skip",
            "x": [x for n in labels for x in [*[round(n * aside, 3)] * n_seeds, None]],
            "marker": {"symbol": m.symbol, "size": 8, "color": m.color, "opacity": 0.7},
        })
        binds.append(Bind(len(data), "state", y=Ref("right", variant=m.key, reduce="median")))
        data.append(curve(m, x=list(labels), y=[], hovertemplate="%{y:.0%}"))
    layout = {
        "xaxis": axis("Labelled sentences", log=True, tickvals=list(labels),
                      ticktext=[str(n) for n in labels], zeroline=False,
                      range=[math.log10(labels[0] / 1.5), math.log10(labels[-1] * 1.5)]),
        "yaxis": axis("Share right", range=[-0.02, 1.02], **PERCENT), "hovermode": "x unified",
    }
    return Chart(
        "against", {"data": data, "layout": layout}, tuple(binds), "Few labels and many",
        "The share of new sentences that is right, over the number of labelled ones.",
        height=HEIGHT, note=counted("Share right", "a dot per seed" if n_seeds > 1 else ""))


def over_labelled_steps(chart: Chart, n_steps: int) -> Chart:
    """Learning curves over the updates with labels alone."""
    binds = tuple(replace(bind, x=Ref("labelled_step")) for bind in chart.binds)
    steps = axis("Step with labels (updates)", range=[0, n_steps])
    layout = chart.figure["layout"] | {"xaxis": steps}
    return replace(chart, figure={**chart.figure, "layout": layout}, binds=binds)
