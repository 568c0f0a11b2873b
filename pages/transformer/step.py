"""Charts of a forward pass, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.transformer import common, step
from explorer.charts import axis, bars
from explorer.live import Chart, Ref
from explorer.maps import columns
from explorer.update import update_charts
from pages.transformer.styles import NET

HEIGHT = 170
ROW, AROUND = 20, 80
"""Pixels of a row of numbers that are written out, and around all of them."""
MOST_WRITTEN = 32
"""Numbers one below the other; more are colours alone."""
SHARE: dict[str, Any] = {"range": [-0.12, 1.02], "tickformat": ".0%"}  # with room for the arrows
VECTORS = {
    "symbol": "symbol", "position": "place", "state": "state", "norm1": "norm", "query": "query",
    "mix": "mix", "attention": "attention", "sum1": "sum", "norm2": "norm", "hidden": "hidden",
    "hidden_2": "hidden", "mlp": "MLP", "sum2": "sum", "norm": "norm",
}


def charts(config: step.Config, look: str) -> list[Chart]:
    if config.shows == "update":
        return update_charts(step.QUANTITIES, config.seed,
                             f"Weights of the query, layer {step.layer_of(config)}",
                             "Number that comes in")
    task = common.task_of(step.lab_config(config))
    x, y, source = (a[0] for a in step.example(config))
    symbols = [task.symbols[n] for n in x]
    here = config.place - 1
    stands = np.flatnonzero(source[here]).tolist() if y[here] >= 0 else []
    right = [int(y[here])] if y[here] >= 0 else []
    read, mark = "Symbol at each place", "   (▲ the answer)" if stands else ""
    d = config.width // int(config.n_heads)
    of_place = columns(
        Ref("vectors", seed=config.seed), [VECTORS[name] for name in step.vectors(config)],
        config.width, 3, f"Place {config.place}, which has a {symbols[here]}",
        "The numbers of the place at each stage of the layer, a column for each.",
        x_title="Stage of the layer, in this order", y_title="Number",
        numbers=".1f" if config.width <= MOST_WRITTEN else "", width="full",
        height=AROUND + ROW * min(config.width, MOST_WRITTEN), tickangle=None,
    )
    return [
        of_place,
        numbers("states", config, symbols, config.width, "All places",
                "The state of each place, as colours.", read),
        numbers("keys", config, symbols, d, "Keys", "The key of each place, as colours.", read),
        bars("scores", config.seed, NET, symbols, [], title="Scores", x_title=read,
             y_axis=axis("Score"), hover="%{y:.2f}", height=HEIGHT,
             alt="How well the key of each place fits the query."),
        bars("weights", config.seed, NET, symbols, stands, title="Weights", x_title=read + mark,
             y_axis=axis("Weight", **SHARE), height=HEIGHT, alt="The weight of each place."),
        numbers("values", config, symbols, d, "Values", "The value of each place, as colours.",
                read),
        bars("answer", config.seed, NET, list(task.answers), right, title="What it says",
             x_title="Answer" + "   (▲ to be said)" * bool(right), y_axis=axis("Chance", **SHARE),
             height=HEIGHT, alt="The chance of each answer."),
    ]


def numbers(
    array: str, config: step.Config, texts: Sequence[str], n_rows: int, title: str, alt: str,
    x_title: str,
) -> Chart:
    """A column of numbers for each place."""
    return columns(Ref(array, seed=config.seed), texts, n_rows, 3, title, alt, x_title=x_title,
                   y_title="Number", height=HEIGHT)
