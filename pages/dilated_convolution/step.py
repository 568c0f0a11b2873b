"""Charts of one dilated convolution, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.concepts.dilated_convolution import step
from explorer.charts import axis, named
from explorer.live import Bind, Chart, Ref
from explorer.maps import columns
from explorer.update import update_charts
from pages.dilated_convolution.styles import NETS

HEIGHT = 195
PARTS = {"products": "products", "bias": "bias", "tanh": "tanh", "sigmoid": "gate", "out": "says"}


def charts(config: step.Config, look: str) -> list[Chart]:
    if config.shows == "update":
        return update_charts(
            step.QUANTITIES, config.seed,
            f"Weights of channel {config.channel}, layer {config.layer}",
            "Channel of the layer below")
    places, taps = step.shown(config), [back_in_words(n) for n in step.back(config)]
    ticks = [str(n) if n % (1 + len(places) // 12) == 0 else "" for n in places]
    below = numbers("below", config, ticks, 3, "Layer below",
                    "The numbers of the layer below at each place, as colours.",
                    "Places back   (▲ is read)")
    return [
        arrows(below, [places.index(n) for n in step.back(config)]),
        numbers("seen", config, taps, 3, "What it reads",
                "The numbers of the layer below at the places that are read, as colours.",
                "Place"),
        numbers("weights", config, taps, 0.5, "Weights",
                "The weight of each number that is read, as colours.", "Place"),
        numbers("products", config, taps, 1, "Products",
                "Each number that is read times its weight, as colours.", "Place"),
        sums(config),
        numbers("above", config, ticks, 3, "The layer", "The numbers of the layer itself at each "
                "place, as colours.", "Places back"),
    ]


def back_in_words(n: int) -> str:
    return f"{n} back" if n else "itself"


def numbers(
    array: str, config: step.Config, texts: Sequence[str], most: float, title: str, alt: str,
    x_title: str,
) -> Chart:
    """A column of numbers for each place.

    Args:
        array: Has the dimensions (step, state, place, seed).
        most: At which number, and at its opposite, the colours end.
    """
    return columns(Ref(array, seed=config.seed), texts, config.width, most, title, alt,
                   x_title=x_title, y_title="Channel below" if array != "above" else "Channel",
                   height=HEIGHT)


def arrows(chart: Chart, at: Sequence[int]) -> Chart:
    """A chart with arrows below some of its columns."""
    layout = chart.figure["layout"]
    marks = [{"x": place, "yref": "paper", "y": 0, "yanchor": "middle", "text": "▲",
              "showarrow": False} for place in at]
    return replace(chart, figure={**chart.figure, "layout": layout | {"annotations": marks}})


def sums(config: step.Config) -> Chart:
    """What the channel is made of at the last place."""
    net, parts = NETS[config.net], step.parts_of(config)
    data: list[dict[str, Any]] = [{
        "type": "bar", "name": net.label, "uid": "sums", "x": list(range(len(parts))), "y": [],
        "showlegend": False, "legendgroup": net.label, "marker": {"color": net.color},
        "hovertemplate": "%{y:.2f}<extra></extra>",
    }]
    layout = {
        "xaxis": axis("One after the other", **named([PARTS[part] for part in parts]),
                      range=[-0.6, len(parts) - 0.4]),
        "yaxis": axis("Number", zeroline=True), "bargap": 0.25, "hovermode": "closest",
    }
    return Chart("sums", {"data": data, "layout": layout},
                 (Bind(0, "state", y=Ref("sums", seed=config.seed)),), "Their sum",
                 "The sum of the products, the bias, and what gates make of them.", width="third",
                 height=HEIGHT)
