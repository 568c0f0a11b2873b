"""What one point and one update show: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 200.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.losses.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
NEAR = Config(point="near")

PRESETS = (
    Preset(
        "One outlier", START,
        "One point lies far above the others. What does each loss make of it, and how hard does it "
        "pull at the fit?",
        ("pulls", "share_of_pull"),
    ),
    Preset(
        "A point on the curve", NEAR,
        "Now the point that lies nearest to the curve. Which loss pulls hardest here?",
        ("nearby",),
    ),
)


def number(h: xarray.Dataset, name: str, loss: str) -> np.ndarray:
    """Of the point, at the end, (seed,)."""
    return h["numbers"].isel(step=-1).sel(number=name, loss=loss).values


def _pulls(h: xarray.Dataset) -> np.ndarray:
    squared, absolute, huber = (number(h, "pull", name)
                                for name in ("squared", "absolute", "huber"))
    return (squared >= 3) & (absolute == 1) & (abs(huber - 0.3) < 1e-4)


def _share(h: xarray.Dataset) -> np.ndarray:
    squared, absolute, huber = (number(h, "share", name)
                                for name in ("squared", "absolute", "huber"))
    return (squared >= 0.4) & (np.maximum(absolute, huber) <= 0.2)


def _nearby(h: xarray.Dataset) -> np.ndarray:
    return abs(number(h, "pull", "absolute")) > abs(number(h, "pull", "huber"))


CLAIMS = (
    Claim(
        "pulls",
        "The outlier pulls at the squared error's fit with at least 3, which is its residual; at "
        "the absolute error's with 1, and at Huber's with δ, 0.3, however far off it lies.",
        (START,), _pulls, source="Huber 1964",
    ),
    Claim(
        "share_of_pull",
        "The outliers are 10 % of the points. Of all pull they have at least 40 % with the squared "
        "error, and at most 20 % with the other two.",
        (START,), _share,
    ),
    Claim(
        "nearby",
        "A point near the curve pulls harder with the absolute error than with Huber's: always "
        "with 1, however little is left to mend.",
        (NEAR,), _nearby,
    ),
)
