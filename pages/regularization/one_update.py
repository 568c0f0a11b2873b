"""The charts of one update, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from typing import Any

from core.concepts.regularization import step
from explorer.charts import axis
from explorer.live import Bind, Chart, Ref
from explorer.theme import INK, Method, chosen
from pages.regularization.styles import REMEDIES

HEIGHT = 345
BLOCK, GAP = step.SIDE, 1.5
"""Of the squares for image and layers, in pixels of the image."""
CLASSES = list(range(10))
PIXELS = [[0, "#ffffff"], [1, "#101010"]]
UNITS = [[0, "light-dark(#e4e8ee, #2a303a)"], [1, INK]]
"""Silent units are there, and pale; dropped ones are not."""
NOTES = {"dropout": "×: dropped", "input_noise": "beyond black or white is cut"}
"""Behind the title."""
TAKEN = "Taken by decay"


def charts(config: step.Config, look: str) -> list[Chart]:
    """The image and the units, what is said of it, and what moves the weights."""
    methods = chosen(REMEDIES, step.variants(config))
    return [inside(methods, config), answers(methods), weights(methods, config)]


def inside(methods: list[Method], config: step.Config) -> Chart:
    """A column per net: the image as it sees it, and below it a square of units per layer."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for left, method in zip((0, BLOCK + GAP), methods, strict=True):
        binds.append(Bind(len(data), "state", z=Ref("seen", variant=method.key)))
        data.append(_block(f"seen {method.key}", step.SIDE, left, 0, PIXELS, "pixel: %{z:.2f}"))
        for layer in range(1, step.LAYERS + 1):
            top, side = layer * (BLOCK + GAP), step.square_side(config.width)
            where: dict[str, Any] = {"variant": method.key, "layer": layer}
            binds.append(Bind(len(data), "state", z=Ref("hidden", **where)))
            data.append(_block(f"hidden {layer} {method.key}", side, left, top, UNITS,
                               "unit: %{z:.2f} of the largest"))
            if method.key == "dropout":
                binds.append(Bind(len(data), "state", size=Ref("dropped", **where)))
                data.append(_crosses(method, layer, config.width, left, top))
    middle, end = (BLOCK - 1) / 2, 2 * BLOCK + GAP
    rows = [i * (BLOCK + GAP) + middle for i in range(step.LAYERS + 1)]
    layout = {
        "xaxis": axis("Net", range=[-1, end],
                      tickvals=[middle, BLOCK + GAP + middle],
                      ticktext=[m.label for m in methods], showgrid=False, zeroline=False),
        "yaxis": axis("", range=[rows[-1] + BLOCK / 2 + 0.5, -1], tickvals=rows,
                      ticktext=["image", *(f"layer {i}" for i in range(1, step.LAYERS + 1))],
                      showgrid=False, zeroline=False, scaleanchor="x", constrain="domain"),
        "hovermode": "closest",
    }
    return Chart("inside", {"data": data, "layout": layout}, tuple(binds),
                 "Image and hidden units",
                 "The image as each net sees it, and how much each of its hidden units says.",
                 width="third", height=HEIGHT, note=NOTES.get(config.remedy, ""))


def _block(
    uid: str, side: int, left: float, top: float, colors: list[list[Any]], hover: str
) -> dict[str, Any]:
    """A square of cells, as large as the image whatever their number."""
    cell = BLOCK / side
    at = [(i + 0.5) * cell - 0.5 for i in range(side)]
    return {
        "type": "heatmap", "uid": uid, "name": uid.partition(" ")[0], "z": [],
        "x": [left + x for x in at], "y": [top + y for y in at], "zmin": 0, "zmax": 1,
        "colorscale": colors, "showscale": False, "hoverongaps": False,
        "hovertemplate": hover + "<extra></extra>",
    }


def _crosses(method: Method, layer: int, n: int, left: float, top: float) -> dict[str, Any]:
    """One for each unit of a layer; of those that are not dropped without size."""
    side = step.square_side(n)
    cell = BLOCK / side
    return {
        "type": "scatter", "mode": "markers", "uid": f"dropped {layer}", "name": "Dropped",
        "legendgroup": method.label,
        "x": [left + (i % side + 0.5) * cell - 0.5 for i in range(n)],
        "y": [top + (i // side + 0.5) * cell - 0.5 for i in range(n)], "showlegend": False,
        "marker": {"symbol": "x-thin", "sizeref": 1 / 7, "sizemode": "diameter", "size": [0] * n,
                   "color": method.color, "line": {"color": method.color, "width": 1.5}},
        "hoverinfo": "skip",
    }


def answers(methods: list[Method]) -> Chart:
    """A bar per class and net; its frame is the target, and an arrow how the loss pulls."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, method in enumerate(methods):
        at = 0.4 * (i - 1)  # of its bars beside the class
        for array, name, marker in (
            ("target", "target", {"color": method.fill_faint,
                                  "line": {"color": method.color, "width": 1.5}}),
            ("said", "says", {"color": method.color}),
        ):
            binds.append(Bind(len(data), "state", y=Ref(array, variant=method.key)))
            data.append({
                "type": "bar", "orientation": "v", "name": method.label,
                "uid": f"{array} {method.key}", "legendgroup": method.label,
                "showlegend": array == "said", "x": CLASSES, "y": [None] * 10, "offset": at,
                "width": 0.38, "marker": marker,
                "hovertemplate": f"{name} %{{y:.3f}}",
            })
    for i, method in enumerate(methods):
        x = [digit + 0.4 * (i - 1) + 0.19 for digit in CLASSES for _ in range(3)]
        binds.append(Bind(len(data), "state", y=Ref("pull", variant=method.key)))
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": "Pull", "showlegend": False,
            "uid": f"pull {method.key}", "legendgroup": method.label, "hoverinfo": "skip", "x": x,
            "y": [None] * len(x),
            "line": {"color": INK, "width": 1.5},
            "marker": {"symbol": "arrow", "angleref": "previous", "size": [0, 9, 0] * 10,
                       "color": INK},
        })
    for array, name, y, symbol in (("label", "label", 1.04, "triangle-down"),
                                   ("true_class", "true", 1.2, "triangle-down-open")):
        binds.append(Bind(len(data), "state", x=Ref(array)))
        data.append({
            "type": "scatter", "mode": "markers+text", "name": name, "uid": array, "x": [None],
            "y": [y], "text": [name], "textposition": "top center", "showlegend": False,
            "marker": {"symbol": symbol, "size": 10, "color": INK}, "hoverinfo": "skip",
            "textfont": {"color": INK}, "cliponaxis": False,
        })
    layout = {
        "xaxis": axis("Class", range=[-0.7, 9.7], dtick=1, zeroline=False),
        "yaxis": axis("Probability", range=[0, 1.34],
                      tickvals=[0, 0.25, 0.5, 0.75, 1]),
        "barmode": "overlay", "hovermode": "closest",
    }
    return Chart("said", {"data": data, "layout": layout}, tuple(binds),
                 "What they say",
                 "Probability of each class, and its target, for both nets.", width="third",
                 height=HEIGHT, note="frames: targets")


def weights(methods: list[Method], config: step.Config) -> Chart:
    """How far some of the weights are moved, over what they were."""
    decays = config.remedy == "weight_decay"
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for array, method in [*(("moved", m) for m in methods), *[("decayed", methods[1])] * decays]:
        taken = array == "decayed"
        binds.append(Bind(len(data), "state", x=Ref("was", variant=method.key),
                          y=Ref(array, variant=method.key)))
        data.append({
            "type": "scatter", "mode": "markers", "uid": f"{array} {method.key}",
            "name": TAKEN if taken else method.label,
            "legendgroup": TAKEN if taken else method.label, "showlegend": taken,
            "marker": {"color": INK if taken else method.color, "size": 6, "opacity": 0.7,
                       "symbol": "line-ew-open" if taken else method.symbol},
            "hovertemplate": "weight %{x:.3f}: %{y:.5f}<extra></extra>",
        })
    far = config.learning_rate * (3 if decays else 1.5)
    layout = {"xaxis": axis("Weight before", range=[-0.8, 0.8]),
              "yaxis": axis("Change", range=[-far, far]), "hovermode": "closest"}
    return Chart("weights", {"data": data, "layout": layout}, tuple(binds),
                 f"Change of {step.N_WEIGHTS} weights",
                 "The change of some weights of both nets over what they were.", width="third",
                 height=HEIGHT)
