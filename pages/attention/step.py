"""Charts of one read of a decoder, looked at slowly. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.concepts.attention import step
from core.concepts.attention.tasks import TASKS
from explorer.charts import axis, bars
from explorer.live import Chart, Ref
from explorer.maps import columns
from explorer.update import update_charts
from pages.attention.pictures import SHARE
from pages.attention.styles import READS

HEIGHT = 195
VECTORS = {"state": "its state", "query": "query", "read": "is read"}
SHARES = {**SHARE, "range": [-0.12, 1.02]}  # with room for the arrows


def charts(config: step.Config, look: str) -> list[Chart]:
    if config.shows == "update":
        return update_charts(step.QUANTITIES, config.seed, "Weights of the query",
                             "Number of the decoder's state")
    task, pair = TASKS[config.task], step.example(config)
    source, target = pair.source[0], pair.target[0]
    symbols = [step.shown(task, source[[i]]) for i in range(len(source))]
    right = np.flatnonzero(task.aligned(source, target)[config.symbol - 1]).tolist()
    says, answer = list(task.symbols.replace(" ", "␣")), int(target[config.symbol - 1])
    read, mark, method = "Symbol that was read", "   (▲ to be said)", READS[config.attention]
    return [
        numbers("states", config, symbols, 1, "States",
                "For each symbol that was read its state, as colours.", read),
        numbers("vectors", config, list(VECTORS.values()), 3, "Decoder",
                "The decoder's state, its query and what it reads, as colours.", "Of the decoder"),
        numbers("products", config, symbols, 2, "Products",
                "For each symbol that was read what the query makes of its state, as colours.",
                read),
        bars("scores", config.seed, method, symbols, [], title="Scores", x_title=read,
             y_axis=axis("Score"), hover="%{y:.2f}", height=HEIGHT,
             alt="The score of each symbol that was read."),
        bars("weights", config.seed, method, symbols, right, title="Weights", x_title=read + mark,
             y_axis=axis("Weight", **SHARES), height=HEIGHT,
             alt="The weight of each symbol that was read."),
        bars("answer", config.seed, method, says, [answer], title="What it says",
             x_title="Next symbol" + mark, y_axis=axis("Chance", **SHARES), height=HEIGHT,
             alt="The chance of each symbol."),
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
