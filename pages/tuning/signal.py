"""What the lab of signals shows. Pure functions of the configuration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.concepts.tuning import signal, step
from explorer.charts import HEIGHT, PERCENT, axis, counted, decade, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.maps import heat_map, shaded
from explorer.theme import Method, chosen
from pages.tuning import pictures
from pages.tuning.styles import INITS

GAINS = {"xavier": 1.0, "he": 2**0.5}
"""Standard deviations times sqrt(inputs), in layers as wide as the one before."""


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
    shown = [activation, gradient, accuracy, prediction(config, inits)]
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


def without_effect(config: signal.Config | step.Config) -> set[str]:
    return set() if config.rates == "shared" else {"learning_rate"}
