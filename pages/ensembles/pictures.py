"""The ensembles page's own pictures: surfaces with points, members, margins, diversity.

Votes come as whole numbers from -100 (all for class 0) to 100 (all for class 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.charts import HEIGHT, PERCENT, axis, band, counted, curve, spread
from explorer.live import Bind, Chart, Ref
from explorer.maps import shaded, two_sided
from explorer.theme import AWAY, INK, PAPER, Method

CLASSES = (
    ("Class 0", "circle", "light-dark(#15508a, #9fd0ff)"),
    ("Class 1", "diamond", "light-dark(#9a3d00, #ffc08a)"),
)
VOTES = two_sided(
    "", {-100: "class 0", 0: "tie", 100: "class 1"},
    ("light-dark(#8ebce6, #1f5c99)", "light-dark(#f6bd84, #a3541a)"),
    "light-dark(#f7f7f7, #14181f)",
)
RIM = {"width": 1, "color": PAPER}
QUIET = {"showlegend": False, "hoverinfo": "skip"}


def field(
    x: Sequence[float] | None = None, y: Sequence[float] | None = None, scale: bool = True
) -> dict[str, Any]:
    """Votes over the plane as a heat map whose colours are the classes'."""
    trace: dict[str, Any] = {
        "type": "heatmap", "z": [], "uid": "votes", **VOTES, "showscale": scale, **QUIET,
    }
    if x is not None and y is not None:
        trace |= {"x": list(x), "y": list(y)}
    return trace


def decision_surface(
    name: str,
    array: str,
    method: str,
    x: Sequence[float],
    y: Sequence[float],
    *,
    title: str,
    alt: str,
    query: Sequence[float],
    invitation: str = "",
    note: str = "",
    weights: str = "",
    scale: bool = True,
) -> Chart:
    """A surface with the training points on it; a click chooses where votes are shown.

    Uses `points` (label, point, xy) and `wrong` (point, xy), with gaps where a point is of
    another label, or right.

    Args:
        array: Has the dimensions (step, method, y, x).
        method: Key of the ensemble.
        query: Where the votes are shown.
        invitation: What a click does.
        weights: An array (step, method, point) that sizes the points; "" leaves them alike.
    """
    data = [field(x, y, scale)]
    binds = [Bind(0, "state", z=Ref(array, ensemble=method))]
    for k, (label, symbol, color) in enumerate(CLASSES):
        marker = {"symbol": symbol, "size": 7, "color": color, "opacity": 0.85, "line": RIM}
        if weights:
            marker |= {"sizemode": "area", "sizeref": 0.022, "sizemin": 1.5}
        binds.append(Bind(
            len(data), "state", x=Ref("points", label=k, xy="x"), y=Ref("points", label=k, xy="y"),
            size=Ref(weights, ensemble=method) if weights else None,
        ))
        data.append({"type": "scatter", "mode": "markers", "name": label, "uid": f"class{k}",
                     "marker": marker, **QUIET})
    binds.append(Bind(len(data), "state", x=Ref("wrong", xy="x"), y=Ref("wrong", xy="y")))
    data.append({"type": "scatter", "mode": "markers", "name": "Wrong label", "uid": "wrong",
                 "marker": {"symbol": "x-thin", "size": 9, "color": INK,
                            "line": {"width": 1.5, "color": INK}},
                 **QUIET})
    data.append({"type": "scatter", "mode": "markers", "name": "Query", "uid": "query",
                 "x": [query[0]], "y": [query[1]],
                 "marker": {"symbol": "circle-cross-open", "size": 17,
                            "color": INK, "line": {"width": 2}},
                 **QUIET})
    layout = {
        "xaxis": axis("Feature 1", range=[x[0], x[-1]], zeroline=False, showgrid=False),
        "yaxis": axis("Feature 2", range=[y[0], y[-1]], zeroline=False, showgrid=False),
        "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt,
                 height=HEIGHT, clickable=True, invitation=invitation, note=note)


def tiles(
    name: str,
    array: Ref,
    labels: Sequence[Sequence[str]],
    cells: int,
    *,
    title: str,
    x_title: str,
    y_title: str,
    alt: str,
    points: bool = False,
) -> Chart:
    """Small surfaces side by side, sent as one picture.

    Args:
        array: Its rows and columns; row 0 is the lowest.
        labels: What is written into each tile, row by row from the top.
        cells: Of a tile, along each side.
        points: Whether to draw `points` (label, point, xy), in cells, over it.
    """
    n_rows, n_columns = len(labels), max(map(len, labels))
    height, width = cells * n_rows, cells * n_columns
    gap = {"type": "line", "layer": "above",
           "line": {"width": 3, "color": PAPER}}
    lines = [gap | {"x0": at, "x1": at, "y0": -0.5, "y1": height - 0.5}
             for i in range(1, n_columns) for at in [cells * i - 0.5]]
    lines += [gap | {"x0": -0.5, "x1": width - 0.5, "y0": at, "y1": at}
              for i in range(1, n_rows) for at in [cells * i - 0.5]]
    words = [
        {"text": text, "x": cells * c, "y": cells * (n_rows - r) - 1, "showarrow": False,
         "xanchor": "left", "yanchor": "top", "font": {"size": 12},
         "bgcolor": "light-dark(#ffffffb0, #0e1117b0)", "borderpad": 1}
        for r, row in enumerate(labels) for c, text in enumerate(row)
    ]
    data, binds = [field(scale=False)], [Bind(0, "state", z=array)]
    for k, (label, symbol, color) in enumerate(CLASSES if points else ()):
        binds.append(Bind(len(data), "state", x=Ref("points", label=k, xy="x"),
                          y=Ref("points", label=k, xy="y")))
        data.append({"type": "scatter", "mode": "markers", "name": label, "uid": f"class{k}",
                     "marker": {"symbol": symbol, "size": 4, "color": color}, **QUIET})
    layout = {
        "xaxis": axis(x_title, range=[-0.5, width - 0.5], showgrid=False, zeroline=False,
                      showticklabels=False),
        "yaxis": axis(y_title, range=[-0.5, height - 0.5], showgrid=False, zeroline=False,
                      showticklabels=False),
        "shapes": lines, "annotations": words, "hovermode": False,
    }
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT)


def votes(
    name: str, method: Method, at: tuple[float, float], n: int, *, title: str, alt: str
) -> Chart:
    """The vote of each new member at one point, and of the ensemble so far.

    Uses `member_surface` and `surface`, (step, method, y, x).

    Args:
        at: x and y of the point, which are labels of the arrays.
        n: How many members there will be.
    """
    data = [
        {"type": "scatter", "mode": "markers", "name": "New member", "uid": "member",
         "marker": {"symbol": method.symbol, "size": 8, "color": AWAY}, "showlegend": False,
         "hovertemplate": "%{y}"},
        curve(method, name="Ensemble", uid="ensemble", hovertemplate="%{y}", showlegend=False),
    ]
    binds = tuple(
        Bind(i, "series", y=Ref(array, ensemble=method.key, x=at[0], y=at[1]))
        for i, array in enumerate(("member_surface", "surface"))
    )
    layout = {
        "xaxis": axis("Members", range=[0.5, n + 0.5]),  # no member, no vote
        "yaxis": axis("", range=[-112, 112], tickvals=[-100, 0, 100], ticklabelstandoff=4,
                      ticktext=["class 0", "tie", "class 1"]),
        "hovermode": "x unified",
    }
    return Chart(name, {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT)


def three_errors(
    name: str, method: Method, n: int, *, out_of_bag: bool, n_seeds: int, alt: str
) -> Chart:
    """Test, training and out-of-bag error of one method, told apart by their lines.

    Uses `test_error`, `train_error` and `oob_error`, (step, method, seed).

    Args:
        out_of_bag: Whether the method leaves points out, by which it can be judged.
    """
    title = f"{method.label}: test —, training ···" + ", out of bag - -" * out_of_bag
    kinds = [("test_error", "Test", "solid"), ("train_error", "Training", "dot"),
             ("oob_error", "Out of bag", "dash")][: 2 + out_of_bag]
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for array, words, dash in kinds:
        if n_seeds > 1:
            binds.append(Bind(len(data), "band", y=Ref(array, ensemble=method.key)))
            data.append(band(method) | {"uid": words + " range"})
        binds.append(Bind(len(data), "series", y=Ref(array, ensemble=method.key, reduce="median")))
        data.append(curve(method, name=words, uid=words, hovertemplate="%{y:.1%}",
                          showlegend=False,
                          line={"color": method.color, "dash": dash, "width": 2.5}))
    layout = {"xaxis": axis("Trees", range=[0, n]),
              "yaxis": axis("Share wrong", rangemode="tozero", **PERCENT),
              "hovermode": "x unified"}
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note=counted("Share wrong", spread(n_seeds)))


def margins(name: str, methods: Sequence[Method], values: Sequence[float], *, title: str,
            alt: str) -> Chart:
    """Per method the share of training points with at most each margin, now.

    Uses `margins` (step, method, margin, seed).
    """
    data = [curve(m, x=list(values), hovertemplate="%{y:.0%}") for m in methods]
    binds = tuple(Bind(i, "state", y=Ref("margins", ensemble=m.key, reduce="median"))
                  for i, m in enumerate(methods))
    layout = {"xaxis": axis("Margin (below 0: wrong)", range=[-1, 1]),
              "yaxis": axis("Share of training points", range=[0, 1.02], **PERCENT),
              "hovermode": "x unified"}
    return Chart(name, {"data": data, "layout": layout}, binds, title, alt, height=HEIGHT)


def gain(name: str, methods: Sequence[Method], *, n_seeds: int, title: str, alt: str) -> Chart:
    """How alike the members' errors are, against what their vote gains: a dot per seed, now.

    Uses `correlation` and `gain`, (step, method, seed).
    """
    data = [
        {"type": "scatter", "mode": "markers", "name": m.label, "uid": m.key,
         "legendgroup": m.label, "showlegend": False,
         "marker": {"symbol": m.symbol, "size": 10, "color": m.color,
                    "opacity": 0.75}, "hovertemplate": "(%{x:.2f}, %{y:.1%})"}
        for m in methods
    ]
    binds = tuple(
        Bind(i, "state", x=Ref("correlation", ensemble=m.key), y=Ref("gain", ensemble=m.key))
        for i, m in enumerate(methods)
    )
    return Chart(name, {"data": data, "layout": _diversity()}, binds, title, alt, height=HEIGHT,
                 note=counted("Gain of the vote"))


def crowds(name: str, subsets: Mapping[str, int], *, title: str, alt: str) -> Chart:
    """The same for every crowd of voters, by its size: a dot per crowd and seed.

    Uses `correlation` and `gain`, (step, subset, seed).

    Args:
        subsets: The size of each, by its label.
    """
    symbols = {2: "circle", 3: "triangle-up", 4: "square"}
    data = [
        {"type": "scatter", "mode": "markers", "name": f"{n} members", "uid": str(i),
         "showlegend": False, "marker": {
             "symbol": symbols[n], "size": 9, "color": INK, "opacity": 0.6},
         "hovertemplate": "(%{x:.2f}, %{y:.1%})"}
        for i, n in enumerate(subsets.values())
    ]
    binds = tuple(Bind(i, "state", x=Ref("correlation", subset=s), y=Ref("gain", subset=s))
                  for i, s in enumerate(subsets))
    return Chart(name, {"data": data, "layout": _diversity()}, binds, title, alt, height=HEIGHT,
                 note=counted("Gain of the vote"))


def _diversity() -> dict[str, Any]:
    return {
        "xaxis": axis("Mean correlation of two members' errors"),
        "yaxis": axis("Gain of the vote", **PERCENT),
        "hovermode": "closest", "meta": {"fullRange": True},
    }


def bias_and_variance(name: str, methods: Sequence[Method], *, title: str, alt: str) -> Chart:
    """From each method's single member (open) to its ensemble (filled), on lines of equal error.

    Uses `bias` and `net_variance`, (step, method, size), size 0 the single member.
    """
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, style in enumerate(methods):
        hover = style.label + ": variance %{x:.1%}, bias %{y:.1%}<extra></extra>"
        binds.append(Bind(i, "state", x=Ref("net_variance", ensemble=style.key),
                          y=Ref("bias", ensemble=style.key)))
        data.append(curve(style, mode="lines+markers", hovertemplate=hover, marker={
            "symbol": [style.symbol + "-open", style.symbol], "size": [9, 13],
            "color": style.color,
        }))
    equal = [
        {"type": "line", "layer": "below", "x0": 0, "y0": e / 100, "x1": e / 100, "y1": 0,
         "line": {"width": 1, "dash": "dot", "color": AWAY}}
        for e in range(5, 65, 5)
    ]
    layout = {"xaxis": axis("Net variance (dotted: equal error)", **PERCENT),
              "yaxis": axis("Bias", **PERCENT),
              "shapes": equal, "hovermode": "closest", "meta": {"fullRange": True}}
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note=counted("Bias"))


def alike(name: str, members: Sequence[Method], *, title: str, alt: str) -> Chart:
    """A cell for each two voters: the correlation of their errors, mean over seeds.

    Uses `alike` (step, member, other).
    """
    labels = [m.label for m in members]
    at = list(range(len(labels)))
    data = [{
        "type": "heatmap", "x": at, "y": at, "z": [], "uid": "alike",
        "texttemplate": "%{z:.2f}", "hoverinfo": "skip",
        **shaded("Correlation", {0: "0", 0.5: "0.5", 1: "1"}, ("unlike", "alike"), light="low"),
    }]
    ends = [-0.5, len(labels) - 0.5]
    layout = {
        "xaxis": axis("The same members, in this order", range=ends, showgrid=False,
                      showticklabels=False),
        "yaxis": axis("", tickvals=at, ticktext=labels, range=ends[::-1], showgrid=False),
        "hovermode": False,
    }
    return Chart(name, {"data": data, "layout": layout},
                 (Bind(0, "state", z=Ref("alike")),), title, alt, height=HEIGHT)
