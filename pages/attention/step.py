"""Charts of one read of a decoder, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.attention import step
from core.concepts.attention.tasks import TASKS
from explorer.charts import axis, named
from explorer.live import Bind, Chart, Ref
from explorer.maps import columns
from pages.attention.pictures import SHARE
from pages.attention.styles import READS

HEIGHT = 195
VECTORS = {"state": "its state", "query": "query", "read": "is read"}
SHARES = {**SHARE, "range": [-0.12, 1.02]}  # with room for the arrows


def charts(config: step.Config, look: str) -> list[Chart]:
    task, pair = TASKS[config.task], step.example(config)
    source, target = pair.source[0], pair.target[0]
    symbols = [step.shown(task, source[[i]]) for i in range(len(source))]
    right = np.flatnonzero(task.aligned(source, target)[config.symbol - 1]).tolist()
    says, answer = list(task.symbols.replace(" ", "␣")), int(target[config.symbol - 1])
    read, mark = "Symbol that was read", "   (▲ to be said)"
    return [
        numbers("states", config, symbols, 1, "States",
                "For each symbol that was read its state, as colours.", read),
        numbers("vectors", config, list(VECTORS.values()), 3, "Decoder",
                "The decoder's state, its query and what it reads, as colours.", "Of the decoder"),
        numbers("products", config, symbols, 2, "Products",
                "For each symbol that was read what the query makes of its state, as colours.",
                read),
        bars("scores", config, symbols, [], "Scores", "The score of each symbol that was read.",
             read, axis("Score"), "%{y:.2f}"),
        bars("weights", config, symbols, right, "Weights",
             "The weight of each symbol that was read.", read + mark, axis("Weight", **SHARES)),
        bars("answer", config, says, [answer], "What it says", "The chance of each symbol.",
             "Next symbol" + mark, axis("Chance", **SHARES)),
    ]


def numbers(
    array: str, config: step.Config, texts: Sequence[str], most: float, title: str, alt: str,
    x_title: str,
) -> Chart:
    """A column of numbers for each of some things.

    Args:
        array: Has the dimensions (step, feature, column, seed).
        most: At which number, and at its opposite, the colours end.
    """
    return columns(Ref(array, seed=config.seed), texts, config.width, most, title, alt,
                   x_title=x_title, y_title="Number in the state", height=HEIGHT)


def bars(
    array: str, config: step.Config, texts: Sequence[str], right: Sequence[int], title: str,
    alt: str, x_title: str, y_axis: dict[str, Any], hover: str = "%{y:.0%}",
) -> Chart:
    """A bar for each of some things, and an arrow below those that are right.

    Args:
        array: Has the dimensions (step, column, seed).
        right: Which columns have an arrow.
    """
    read, places = READS[config.attention], list(range(len(texts)))
    data = [{
        "type": "bar", "name": read.label, "uid": array, "x": places, "y": [],
        "showlegend": False, "legendgroup": read.label, "marker": {"color": read.color},
        "hovertemplate": hover + "<extra></extra>",
    }]
    layout = {
        "xaxis": axis(x_title, **named(texts), range=[-0.6, len(texts) - 0.4]),
        "yaxis": y_axis, "bargap": 0.25, "hovermode": "closest",
        "annotations": [{"x": place, "y": 0, "yshift": -8, "text": "▲", "showarrow": False}
                        for place in right],
    }
    return Chart(array, {"data": data, "layout": layout},
                 (Bind(0, "state", y=Ref(array, seed=config.seed)),), title, alt, width="third",
                 height=HEIGHT)
