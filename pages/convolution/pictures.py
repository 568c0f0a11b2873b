"""Charts of the main lab: nets over steps, over distances, and what they say of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.convolution import pictures
from explorer.charts import HEIGHT, PERCENT, axis, counted, curve, learning_curves, pick
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, VERDICTS, Method, chosen
from pages.convolution.styles import NETS

INK_COLOURS = "Greys"


def charts(config: pictures.Config, look: str) -> list[Chart]:
    """Errors over steps first, then the images, the moved ones, the classes and the price."""
    nets, labels = chosen(NETS, config.nets), pictures.coords(config)
    errors: dict[str, Any] = {"by": "net", "n_seeds": config.n_seeds, "percent": True,
                              "y_range": [0, 1], "y_title": "Share wrong"}
    return [
        learning_curves(
            "test_error", "test_error", nets, title="Error on new images",
            alt="Test error of each net over steps.", **errors,
        ),
        answers(config, nets),
        *([changed(config)] if config.augment else []),
        against(
            "moved", "moved_error", nets, by="net", over="move", ticks=[str(d) for d in
                                                                        labels["move"]],
            n_seeds=config.n_seeds, title="Shapes in the middle, then moved to the right",
            x_title="Moved by (pixels)",
            alt="Test error of each net over the distance that images were moved.",
        ),
        against(
            "classes", "class_error", nets, by="net", over="class", ticks=labels["class"],
            n_seeds=config.n_seeds, title="Error by class", x_title="Class",
            alt="Test error of each net for each class.", joined=False,
        ),
        learning_curves(
            "train_error", "train_error", nets, title="Error on the images learned from",
            alt="Training error of each net over steps.", **errors,
        ),
        price(nets),
    ]


def against(
    name: str,
    array: str,
    methods: Sequence[Method],
    *,
    by: str,
    over: str,
    ticks: Sequence[str],
    n_seeds: int,
    title: str,
    x_title: str,
    alt: str,
    joined: bool = True,
) -> Chart:
    """What an array (step, by, over, seed) of errors is now: medians, and a dot per seed.

    Args:
        by: The dimension of the methods.
        over: The dimension along the horizontal axis.
        ticks: Its labels.
        joined: Whether a line joins the medians.
    """
    places = list(range(len(ticks)))
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, method in enumerate(methods):
        aside = 0.1 * (i - (len(methods) - 1) / 2)
        if n_seeds > 1:
            binds.append(Bind(len(data), "state", y=pick(array, {by: method.key})))
            data.append({
                "type": "scatter", "mode": "markers", "name": method.label,
                "uid": method.label + " seeds", "legendgroup": method.label, "showlegend": False,
                "x": [x for p in places for x in [*[p + aside] * n_seeds, None]], "y": [],
                "marker": {"symbol": method.symbol, "size": 6, "color": method.color,
                           "opacity": 0.45}, "hoverinfo": "skip",
            })
        binds.append(Bind(len(data), "state", y=pick(array, {by: method.key}, "median")))
        data.append(curve(
            method, x=[p + aside for p in places], y=[], hovertemplate="%{y:.0%}",
            mode="lines+markers" if joined else "markers",
            marker={"symbol": method.symbol, "size": 9, "color": method.color},
        ))
    layout = {
        "xaxis": axis(x_title, tickvals=places, ticktext=list(ticks), zeroline=False,
                      range=[-0.5, len(places) - 0.5]),
        "yaxis": axis("Share wrong", range=[-0.02, 1.02], **PERCENT), "hovermode": "closest",
    }
    who = "a dot per seed, medians large" if n_seeds > 1 else ""
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note=counted("Share wrong", who))


def answers(config: pictures.Config, nets: Sequence[Method]) -> Chart:
    """A test image of every class, and what every net says of it now."""
    labels = pictures.coords(config)
    n, side = len(labels["class"]), len(labels["pixel_row"])
    columns = [(side + 1) * i + (side - 1) / 2 for i in range(n)]
    rows = [m.label for m in nets]
    data: list[dict[str, Any]] = [_images("images", "x", "y2")]
    binds = [Bind(0, "state", z=Ref("images"))]
    for i, method in enumerate(nets):
        binds.append(Bind(len(data), "state", color=Ref("verdict", net=method.key),
                          text=Ref("said", net=method.key)))
        data.append({
            "type": "scatter", "mode": "markers+text", "x": columns, "y": [i] * n,
            "uid": f"says {method.key}", "name": method.label, "showlegend": False,
            "texttemplate": "%{text}", "hoverinfo": "skip", "xaxis": "x", "yaxis": "y",
            "textfont": {"color": "#ffffff", "size": 12},
            "marker": {"size": 19, "cmin": -1, "cmax": 1, "colorscale": VERDICTS,
                       "color": [0] * n},
        })
    layout = {
        "xaxis": axis("Class, as its number", range=[-1, (side + 1) * n - 1], tickvals=columns,
                      ticktext=[str(i) for i in range(n)], showgrid=False,
                      zeroline=False, anchor="y"),
        "yaxis2": {"range": [side - 0.5, -0.5], "domain": [0.62, 1], "visible": False,
                   "scaleanchor": "x", "constrain": "domain", "constraintoward": "bottom"},
        "yaxis": axis("", range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))),
                      ticktext=rows, domain=[0, 0.58], zeroline=False, showgrid=False),
        "hovermode": False,
    }
    return Chart(
        "answers", {"data": data, "layout": layout}, tuple(binds),
        "What they say of new images now",
        "A new image of every class, first seed, and what every net says of it.", height=HEIGHT,
        note="green: right, red: wrong",
    )


def changed(config: pictures.Config) -> Chart:
    """Training images as they are, and twice as augmentation changes them."""
    labels = pictures.coords(config)
    side, n = len(labels["pixel_row"]), len(labels["class"])
    rows = ["As it is", "Learned from", "or from"]
    layout = {
        "xaxis": axis("Class", range=[-1, (side + 1) * n - 1], showgrid=False, zeroline=False,
                      tickvals=[(side + 1) * i + (side - 1) / 2 for i in range(n)],
                      ticktext=labels["class"]),
        "yaxis": axis("", range=[3 * side + 1.5, -0.5], showgrid=False, zeroline=False,
                      tickvals=[(side + 1) * i + (side - 1) / 2 for i in range(3)], ticktext=rows,
                      scaleanchor="x", constrain="domain"),
        "hovermode": False,
    }
    return Chart(
        "changed", {"data": [_images("augmented", "x", "y")], "layout": layout},
        (Bind(0, "state", z=Ref("augmented")),), "What augmentation makes of an image",
        "A training image of every class, and two changed ones made of it.", height=HEIGHT,
    )


def _images(uid: str, x: str, y: str) -> dict[str, Any]:
    return {"type": "heatmap", "z": [], "uid": uid, "name": "Images", "showscale": False,
            "hoverinfo": "skip", "colorscale": INK_COLOURS, "zmin": -0.8, "zmax": 2.4, "xaxis": x,
            "yaxis": y, "hoverongaps": False}


def price(nets: Sequence[Method]) -> Chart:
    """Weights and multiply-adds of every net: counted, not measured."""
    rows = list(range(len(nets)))
    marks = {"size": 13, "color": INK}
    common: dict[str, Any] = {"type": "scatter", "mode": "markers", "y": rows, "showlegend": False}
    data = [
        {**common, "x": [], "uid": "weights", "name": "Weights",
         "marker": {**marks, "symbol": "circle"}, "hovertemplate": "%{x:,} weights"},
        {**common, "x": [], "uid": "multiply-adds", "name": "Multiply-adds for one image",
         "marker": {**marks, "symbol": "square-open", "line": {"width": 3}},
         "hovertemplate": "%{x:,} multiply-adds"},
    ]
    layout = {
        "xaxis": axis("Number (formula)", log=True, range=[3.3, 5.5]),
        "yaxis": axis("", range=[len(nets) - 0.5, -0.5], tickvals=rows,
                      ticktext=[m.label for m in nets], zeroline=False),
        "hovermode": "closest",
    }
    binds = (Bind(0, "state", x=Ref("parameters")), Bind(1, "state", x=Ref("multiply_adds")))
    return Chart("price", {"data": data, "layout": layout}, binds,
                 "Few weights, much work",
                 "Weights and multiply-adds of every net.", height=HEIGHT,
                 note="filled: weights, open: multiply-adds for one image")
