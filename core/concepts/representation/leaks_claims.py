"""What the lab of leaks teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 100.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.representation.leaks import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
SIGNAL = Config(n_signal=10)

PRESETS = (
    Preset(
        "The leak that matters", START,
        "2000 columns of pure noise, labels drawn by lot. The 20 best columns are chosen, then a "
        "model is cross-validated. How many labels does it get right?",
        ("selection_leaks", "nothing_was_learned", "inside_is_honest", "scaler_is_harmless"),
    ),
    Preset(
        "Something to find", SIGNAL,
        "Ten of the columns do say something, a little. Does the leak matter less now?",
        ("promises_too_much",),
    ),
)


def accuracy(h: xarray.Dataset, way: str) -> np.ndarray:
    """With all columns, (seed,)."""
    return h["accuracy"].isel(step=-1).sel(way=way).values


def _inside(h: xarray.Dataset) -> np.ndarray:
    return abs(accuracy(h, "inside") - 0.5) <= 0.2


def _scaler(h: xarray.Dataset) -> np.ndarray:
    return abs(accuracy(h, "scaler") - accuracy(h, "inside")) <= 0.04


def _too_much(h: xarray.Dataset) -> np.ndarray:
    return accuracy(h, "selection") - accuracy(h, "truth") >= 0.1


CLAIMS = (
    Claim(
        "selection_leaks",
        "Columns chosen on all rows: the cross-validation says at least 75 % right, out of "
        "nothing.",
        (START,), lambda h: accuracy(h, "selection") >= 0.75,
        source="Ambroise & McLachlan 2002",
    ),
    Claim(
        "nothing_was_learned",
        "Of new rows the same model gets between 44 and 56 % right.",
        (START,), lambda h: abs(accuracy(h, "truth") - 0.5) <= 0.06, share=0.85,
    ),
    Claim(
        "inside_is_honest",
        "Chosen anew inside every fold, the cross-validation says 30 to 70 %: a guess, as far as "
        "60 rows can tell.",
        (START,), _inside, share=0.85,
    ),
    Claim(
        "scaler_is_harmless",
        "Means and deviations taken from all rows change the cross-validation by at most 4 points.",
        (START,), _scaler,
    ),
    Claim(
        "promises_too_much",
        "Where ten columns do say something, choosing before still promises at least 10 points "
        "more than new rows give.",
        (SIGNAL,), _too_much, share=0.75,
    ),
)
