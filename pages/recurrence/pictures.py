"""Charts of nets by the length of what they read. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from explorer.charts import HEIGHT, annotated, axis, band, counted, curve, pick, spread
from explorer.live import Bind, Chart, Ref
from explorer.theme import AWAY, Method

BETWEEN = 0.012
"""Between the dots of neighbouring cells, as a share of the axis."""
PALE = 0.4
"""How opaque is what was before."""


def against_length(
    methods: Sequence[Method], lengths: Sequence[int], *, n_seeds: int, title: str, y_title: str,
) -> Chart:
    """A dot per seed, and a line through the medians of each cell."""
    low, high = lengths[0] - 0.15 * lengths[-1], 1.15 * lengths[-1]
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, method in enumerate(methods):
        aside = BETWEEN * (high - low) * (i - (len(methods) - 1) / 2)
        binds.append(Bind(len(data), "state", y=Ref("accuracy", cell=method.key)))
        data.append({
            "type": "scatter", "mode": "markers", "name": method.label,
            "uid": method.label + " seeds", "legendgroup": method.label, "showlegend": False,
            "x": [x for n in lengths for x in [*[round(n + aside, 2)] * n_seeds, None]], "y": [],
            "marker": {"symbol": method.symbol, "size": 8, "color": method.color, "opacity": 0.6},
            "hoverinfo": "skip",
        })
        binds.append(Bind(len(data), "state", y=Ref("accuracy", cell=method.key, reduce="median")))
        data.append(curve(method, x=list(lengths), y=[], hovertemplate="%{y:.0%}"))
    layout = {
        "xaxis": axis("Length of the sequence (symbols)", range=[low, high], zeroline=False,
                      tickvals=list(lengths)),
        "yaxis": axis(y_title, range=[-0.03, 1.04], tickformat=".0%"), "hovermode": "x unified",
    }
    return Chart("accuracy", {"data": data, "layout": layout}, tuple(binds), title,
                 "Share of right answers of each cell over the length of what it reads, now.",
                 height=HEIGHT, note=counted(y_title, "a dot per seed" if n_seeds > 1 else ""))


def with_guess(chart: Chart, value: float, along: Literal["x", "y"]) -> Chart:
    """With a line at what the best answer gives that has read nothing."""
    other = "y" if along == "x" else "x"
    line = {"type": "line", f"{along}0": value, f"{along}1": value, f"{other}ref": "paper",
            f"{other}0": 0, f"{other}1": 1, "line": {"color": AWAY, "width": 1}}
    return annotated(chart, line, {
        along: value, f"{other}ref": "paper", other: 0, "yanchor": "bottom", "xanchor": "left",
        "xshift": 4, "text": "a guess", "showarrow": False})


def through_time(methods: Sequence[Method], length: int, *, n_seeds: int, title: str) -> Chart:
    """How strongly the loss depends on each state: now, at the start, and by theory."""
    back = list(range(length))
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method in methods:
        at, dotted = {"cell": method.key}, {"color": method.color, "dash": "dot", "width": 1.5}
        more: dict[str, dict[str, Any]] = {
            "gradient_first": {"opacity": PALE}, "gradient_theory": {"line": dotted}}
        for array, how in more.items():
            where = at | ({"length": length} if array == "gradient_first" else {})
            binds.append(Bind(len(data), "state", y=pick(array, where)))
            data.append(curve(method, x=back, y=[], uid=f"{method.label} {array}",
                              showlegend=False, hoverinfo="skip", **how))
        binds.append(Bind(len(data), "state", y=pick("gradient", {**at, "length": length})))
        data.append(curve(method, x=back, y=[]))
    layout = {
        "xaxis": axis("Symbols back from the end", range=[length - 0.5, -0.5], zeroline=False),
        "yaxis": axis("Gradient, as a share of the last", log=True, range=[-8.5, 2.5]),
        "hovermode": "x unified",
    }
    return Chart("gradient", {"data": data, "layout": layout}, tuple(binds), title,
                 "How strongly the loss depends on the state at each place, over how far back it "
                 "is: now, at the start, and by theory.", height=HEIGHT,
                 note="median of seeds, " * (n_seeds > 1) + "pale: at the start, dotted: theory")


def over_time(nets: Method, n_seeds: int, y_title: str, y_range: Sequence[float]) -> Chart:
    """The loss of the nets of one cell: the median of the seeds, and their range."""
    data: list[dict[str, Any]] = [curve(nets, showlegend=False)]
    binds = [Bind(0, "series", y=Ref("loss", reduce="median"))]
    if n_seeds > 1:
        data.append(band(nets))
        binds.append(Bind(1, "band", y=Ref("loss")))
    layout = {"xaxis": axis("Step (updates)"), "hovermode": "x unified",
              "yaxis": axis(y_title, log=True, range=list(y_range))}
    return Chart("loss", {"data": data, "layout": layout}, tuple(binds), "Loss",
                 "Loss of the nets on new sequences, over the updates.", height=HEIGHT,
                 note=counted(y_title, spread(n_seeds)))
