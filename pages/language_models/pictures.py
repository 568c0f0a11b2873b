"""The page's own pictures. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.charts import HEIGHT, annotated, axis, counted
from explorer.live import Bind, Chart, Ref
from explorer.maps import two_sided
from explorer.theme import INK, PAPER, Method

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
