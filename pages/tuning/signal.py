"""What the lab of signals shows. Pure functions of the configuration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from core.concepts.tuning import signal, step
from core.config import with_changes
from explorer.charts import HEIGHT, PERCENT, axis, counted, decade, learning_curves
from explorer.live import Bind, Chart, Click, Ref
from explorer.maps import SIGNS, heat_map, shaded
from explorer.theme import INK, VERDICTS, Method, chosen
from pages.tuning import pictures
from pages.tuning.styles import INITS

GAINS = {"xavier": 1.0, "he": 2**0.5}
"""Standard deviations times sqrt(inputs), in layers as wide as the one before."""
MOST = 2.5
"""From this number on a unit's colour is full."""


def charts(config: signal.Config, look: str) -> Sequence[Chart]:
    inits, n_seeds = chosen(INITS, config.inits), config.n_seeds
    low, high = reach(config)
    activation = pictures.by_layer(
        "activation", "activation", "first_activation", inits, config.depth, n_seeds=n_seeds,
        title="What arrives in each layer (dotted: before training)",
        y_title="Activations (root mean square)", ends=(low, high),
        alt="The size of the activations in every hidden layer, now and before training.",
    )
    gradient = pictures.by_layer(
        "gradient", "gradient", "first_gradient", inits, config.depth, n_seeds=n_seeds,
        title="What comes back of the gradient (dotted: before training)",
        y_title="Gradient (root mean square)", ends=(low, high),
        alt="The size of the gradient at every hidden layer, now and before training.",
    )
    accuracy = learning_curves(
        "accuracy", "accuracy", inits, by="init", n_seeds=n_seeds, percent=True,
        y_range=(-0.02, 1.02), title="What training makes of it: new images",
        y_title="Share right",
        alt="The share of new images that is right, over the updates, for every start.",
    )
    shown = [activation, gradient, accuracy, prediction(config, inits), inside(config)]
    return [*shown, scales(config)] if config.map == "on" else shown


def reach(config: signal.Config | step.Config) -> tuple[int, int]:
    """Powers of ten between which the signals of so many layers are."""
    more = config.depth - 1
    return -4 * math.ceil(0.36 * more), 4 * math.ceil(0.21 * more)


def prediction(config: signal.Config, inits: Sequence[Method]) -> Chart:
    """A dot per net: its gradients' balance before training, and its share right now."""
    data = [{
        "type": "scatter", "mode": "markers", "name": m.label, "uid": m.label,
        "legendgroup": m.label, "x": [], "y": [], "hovertemplate": "%{y:.0%}",
        "marker": {"symbol": m.symbol, "size": 11, "color": m.color, "opacity": 0.75},
    } for m in inits]
    binds = tuple(Bind(i, "state", x=Ref("balance", init=m.key), y=Ref("accuracy", init=m.key))
                  for i, m in enumerate(inits))
    low, high = reach(config)
    ticks = pictures.powers(low, high)
    ends: dict[str, Any] = {"range": [-0.02, 1.02], **PERCENT}
    layout = {
        "xaxis": axis("Before training: first layer's / last layer's",
                      range=[low - 0.5, high + 0.5], tickvals=ticks,
                      ticktext=[decade(k) for k in ticks]),
        "yaxis": axis("Share right", zeroline=False, **ends), "hovermode": "closest",
    }
    return Chart("prediction", {"data": data, "layout": layout}, binds,
                 "Does the gradient before training say how it ends?",
                 "Share right now, against how much of the gradient came back to the first layer "
                 "before training.", height=HEIGHT,
                 note=counted("Share right", "a dot per seed; 1: as much in the first hidden layer "
                              "as in the last"))


def scales(config: signal.Config) -> Chart:
    """What nets of every depth and scale have learned by now."""
    colours = shaded("Share right", {0: "0 %", 0.5: "50 %", 1: "100 %"}, ("none", "all"),
                     light="high")
    chart = heat_map(
        "map", "mapped", signal.GAINS, signal.DEPTHS, colours=colours, log_x=True, log_y=True,
        title="Every depth and every scale: share right, now",
        x_title="Spread of the weights × √inputs", y_title="Hidden layers", z_hover="%{z:.0%}",
        alt="The share of new images that is right, for each depth and scale of the weights.",
        note="higher is better, one net per cell, first seed",
    )
    for name, values in (("xaxis", (0.25, 0.5, 1, 2, 4)), ("yaxis", signal.DEPTHS)):
        chart.figure["layout"][name] |= {
            "tickvals": list(values), "ticktext": [f"{value:g}" for value in values]}
    for name, gain in GAINS.items():
        chart = pictures.upright(chart, gain, INITS[name].label, left=name == "xavier")
    return chart


def inside(config: signal.Config) -> Chart:
    """A new image of each digit and what one net takes it for; of one of them every unit."""
    net, side, digits = INITS[opened(config)], signal.SIDE, get_args(signal.Digit)
    columns = [(side + 1) * i + (side - 1) / 2 for i in range(len(digits))]
    chosen_column = columns[digits.index(config.digit)]
    data: list[dict[str, Any]] = [
        {"type": "heatmap", "z": [], "uid": "images", "name": "Images", "showscale": False,
         "hoverinfo": "skip", "colorscale": "Greys", "zmin": -0.8, "zmax": 2.4, "xaxis": "x",
         "yaxis": "y", "hoverongaps": False},
        {"type": "scatter", "mode": "markers+text", "x": columns, "y": [side + 2.5] * len(digits),
         "uid": "said", "name": net.label, "showlegend": False, "texttemplate": "%{text}",
         "hoverinfo": "skip", "xaxis": "x", "yaxis": "y",
         "textfont": {"color": "#ffffff", "size": 12},
         "marker": {"size": 19, "cmin": 0, "cmax": 1, "colorscale": VERDICTS}},
        {"type": "heatmap", "z": [], "uid": "units", "name": "Units", "showscale": False,
         "colorscale": SIGNS, "zmin": -MOST, "zmax": MOST, "hoverongaps": False, "xaxis": "x2",
         "yaxis": "y2", "x": list(range(1, config.width + 1)),
         "y": list(range(1, config.depth + 1)),
         "hovertemplate": "layer %{y}, unit %{x}: %{z:.2g}<extra></extra>"},
    ]
    bare = {"showgrid": False, "zeroline": False}
    layout = {
        "xaxis": axis("New images; below, one of them unit by unit", anchor="y",
                      range=[-1, (side + 1) * len(digits) - 1], showticklabels=False, **bare),
        "yaxis": axis("", range=[side + 4.5, -1], domain=[0.66, 1], ticktext=["Image", "Says"],
                      tickvals=[(side - 1) / 2, side + 2.5], **bare),
        "xaxis2": axis("Unit (over its layer's root mean square)", anchor="y2",
                       range=[0.5, config.width + 0.5], **bare),
        "yaxis2": axis("Hidden layer", range=[config.depth + 0.5, 0.5], domain=[0, 0.52],
                       anchor="x2", dtick=1 if config.depth < 10 else 3, tick0=1, **bare),
        "hovermode": "closest",
        "shapes": [{"type": "rect", "x0": chosen_column - side / 2 - 0.5, "y0": -0.9,
                    "x1": chosen_column + side / 2 + 0.5, "y1": side + 4.4,
                    "line": {"color": INK, "width": 2}}],
    }
    binds = (
        Bind(0, "state", z=Ref("images")),
        Bind(1, "state", color=Ref("verdict", init=net.key), text=Ref("said", init=net.key)),
        Bind(2, "state", z=Ref("units", init=net.key, digit=config.digit)),
    )
    return Chart(
        "inside", {"data": data, "layout": layout}, binds,
        f"Inside one net of {net.label}: a {config.digit} goes through",
        "New images, what one net takes each for, and of one image what every unit of every "
        "layer says.", height=HEIGHT, clickable=True, invitation="click an image",
        note="first seed; orange: above 0, blue: below")


def opened(config: signal.Config) -> str:
    """The start whose net is looked into: of those that are shown."""
    return config.opened if config.opened in config.inits else config.inits[0]


def pick(click: Click, config: signal.Config) -> Mapping[str, Any]:
    """A click on an image sends it through the net."""
    at = int((click.x + 1) / (signal.SIDE + 1))
    digits = get_args(signal.Digit)
    return {"digit": digits[min(max(at, 0), len(digits) - 1)]}


def whoever_is_opened(config: signal.Config) -> signal.Config:
    """What is looked into changes nothing in training: all of it is in the frames of one run."""
    return with_changes(config, opened="he", digit="3")


def without_effect(config: signal.Config | step.Config) -> set[str]:
    return set() if config.rates == "shared" else {"learning_rate"}
