"""What the lab of categories teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 200.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.representation.categories import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
FEW_ORDERED = Config(order="ordered", n_train=30, noise=1)

PRESETS = (
    Preset(
        "Is kind 7 more than kind 2?", START,
        "Twelve kinds, numbered as they happen to stand in a list. A linear model is told the "
        "number. What can it say of them?",
        ("line_cannot", "net_half_way", "one_hot_can", "tree_does_not_mind"),
    ),
    Preset(
        "Where the number is right", FEW_ORDERED,
        "Now kind 1 has the smallest effect and kind 12 the largest, and there are only 30 rows. "
        "Which code helps most?",
        ("integers_win", "integers_help_the_net"),
    ),
)


def explained(h: xarray.Dataset, model: str, code: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h["explained"].isel(step=-1).sel(model=model, code=code).values


def _half_way(h: xarray.Dataset) -> np.ndarray:
    net = explained(h, "net", "integer")
    return (net > explained(h, "linear", "integer")) & (net <= 0.9)


def _one_hot(h: xarray.Dataset) -> np.ndarray:
    return np.minimum(explained(h, "linear", "one_hot"), explained(h, "net", "one_hot")) >= 0.95


def _embedding(h: xarray.Dataset) -> np.ndarray:
    return abs(explained(h, "net", "embedding") - explained(h, "net", "one_hot")) <= 0.02


def _tree(h: xarray.Dataset) -> np.ndarray:
    return abs(explained(h, "tree", "integer") - explained(h, "tree", "one_hot")) <= 0.02


def _integers_win(h: xarray.Dataset) -> np.ndarray:
    return explained(h, "linear", "integer") - explained(h, "linear", "one_hot") >= 0.1


def _net_too(h: xarray.Dataset) -> np.ndarray:
    return explained(h, "net", "integer") - explained(h, "net", "one_hot") >= 0.1


CLAIMS = (
    Claim(
        "line_cannot",
        "Told numbers without an order, a linear model explains at most 50 % of the effects: it "
        "can only say that they rise or fall with the number.",
        (START,), lambda h: explained(h, "linear", "integer") <= 0.5, share=0.85,
    ),
    Claim(
        "net_half_way",
        "A net that is told the number explains more than the linear model, but at most 90 %, "
        "after 300 updates.",
        (START,), _half_way, share=0.85,
    ),
    Claim(
        "one_hot_can",
        "Told one-hot, the linear model and the net explain at least 95 %.", (START,), _one_hot,
    ),
    Claim(
        "embedding_is_as_good",
        "An embedding of two numbers per kind is as good as one-hot, to 2 points: it is one-hot "
        "times a table that is learned.",
        (START,), _embedding, source="Guo & Berkhahn 2016",
    ),
    Claim(
        "tree_does_not_mind",
        "A tree does not mind: it explains as much with integers as one-hot, to 2 points.",
        (START,), _tree,
    ),
    Claim(
        "integers_win",
        "With 30 rows, and kinds that are numbered by their effects, the integer is better by at "
        "least 10 points in a linear model: neighbouring kinds tell of each other.",
        (FEW_ORDERED,), _integers_win, share=0.8,
    ),
    Claim(
        "integers_help_the_net", "So it is in a net.", (FEW_ORDERED,), _net_too, share=0.8,
    ),
)
