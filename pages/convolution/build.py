"""Charts of the third lab: error against what a net costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.convolution import build
from explorer.charts import HEIGHT, PERCENT, axis, counted, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, Method, chosen
from pages.convolution.styles import BUILT

COSTS = (
    ("parameters", "Weights", "formula", "%{x:,} weights"),
    ("multiply_adds", "Multiply-adds", "one image, formula", "%{x:,} multiply-adds"),
    ("milliseconds", "Milliseconds", "an update, measured", "%{x:.2f} ms"),
)
"""Array, what it is, of what and whence, and how it is read out."""


def charts(config: build.Config, look: str) -> list[Chart]:
    """Errors over steps, then against three prices, then how far a block sees."""
    nets = chosen(BUILT, config.nets)
    errors: dict[str, Any] = {"by": "net", "n_seeds": config.n_seeds, "percent": True,
                              "y_range": [0, 1], "y_title": "Share wrong"}
    return [
        learning_curves(
            "test_error", "test_error", nets, title="Error on new images",
            alt="Test error of each net over steps.", **errors,
        ),
        learning_curves(
            "train_error", "train_error", nets, title="Error on the images learned from",
            alt="Training error of each net over steps.", **errors,
        ),
        *(price(*cost, nets) for cost in COSTS),
        sight(nets),
    ]


def price(array: str, title: str, whence: str, hover: str, nets: Sequence[Method]) -> Chart:
    """Median error of every net now, over one of its prices."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method in nets:
        binds.append(Bind(len(data), "state", x=Ref(array, net=method.key),
                          y=Ref("test_error", net=method.key, reduce="median")))
        data.append({
            "type": "scatter", "mode": "markers", "name": method.label, "uid": method.label,
            "legendgroup": method.label, "showlegend": False, "x": [None], "y": [None],
            "marker": {"symbol": method.symbol, "size": 14, "color": method.color},
            "hovertemplate": hover + ", %{y:.0%} wrong",
        })
    layout = {
        "xaxis": axis(f"{title} ({whence})", rangemode="tozero", tickformat="~s"),
        "yaxis": axis("Share wrong", range=[0, 1], **PERCENT), "hovermode": "closest",
    }
    return Chart(array, {"data": data, "layout": layout}, tuple(binds),
                 f"Against {title.lower()}",
                 f"Test error of each net over {title.lower()} ({whence}).", height=300,
                 note=counted("Share wrong", "medians"), width="third")


def sight(nets: Sequence[Method]) -> Chart:
    """How far a number of the last block sees, by formula and by the gradient."""
    rows = list(range(len(nets)))
    common: dict[str, Any] = {"type": "scatter", "mode": "markers", "y": rows, "x": [],
                              "showlegend": False}
    data = [
        {**common, "uid": "measured", "name": "By gradient",
         "marker": {"size": 14, "color": INK, "symbol": "circle"},
         "hovertemplate": "%{x} wide, by gradient"},
        {**common, "uid": "formula", "name": "Formula",
         "marker": {"size": 20, "color": INK, "symbol": "square-open", "line": {"width": 2}},
         "hovertemplate": "%{x} wide, formula"},
    ]
    layout = {
        "xaxis": axis("Side of the window (places)", range=[0, 8]),
        "yaxis": axis("", range=[len(nets) - 0.5, -0.5], tickvals=rows,
                      ticktext=[m.label for m in nets], zeroline=False),
        "hovermode": "closest",
    }
    binds = (Bind(0, "state", x=Ref("reach_measured")), Bind(1, "state", x=Ref("reach")))
    return Chart("sight", {"data": data, "layout": layout}, binds,
                 "How far a number of the last block sees",
                 "Side of the window that one number of each block sees.", height=HEIGHT,
                 note="filled: by gradient, open: formula")
