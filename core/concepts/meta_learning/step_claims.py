"""What one task shows: presets to open, and claims that are checked.

Settings were chosen on seeds 100 to 115.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.meta_learning.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

TRAINED = Config()
UNTRAINED = Config(at=0)

PRESETS = (
    Preset(
        "After 100 updates", TRAINED,
        "A step on five points brings the net nearer to them. What becomes of the error elsewhere "
        "on the curve?",
        ("better_at_its_points", "better_elsewhere"),
    ),
    Preset(
        "Before any update", UNTRAINED,
        "The same step, by a net that has not learned how to learn: what does it gain at the five "
        "points?",
        ("better_at_its_points",),
    ),
)


def _number(h: xarray.Dataset, name: str) -> np.ndarray:
    """(seed,)"""
    return h["numbers"].isel(step=-1).sel(number=name).values


def _at_points(trained: xarray.Dataset, untrained: xarray.Dataset) -> np.ndarray:
    return np.all([_number(h, "adapt_after") < _number(h, "adapt_before")
                   for h in (trained, untrained)], 0)


def _elsewhere(h: xarray.Dataset) -> np.ndarray:
    return _number(h, "ask_after") < _number(h, "ask_before")


CLAIMS = (
    Claim(
        "better_at_its_points",
        "A step on five points lowers the error at them, with training or without.",
        (TRAINED, UNTRAINED), _at_points,
    ),
    Claim(
        "better_elsewhere",
        "After 100 updates it lowers the error at other points of the curve, too, which it has not "
        "seen.",
        (TRAINED,), _elsewhere, share=0.75,
    ),
)
