"""What one update in two units shows: presets to open, and claims that are checked.

Settings were chosen on seeds below 200; only the row that is looked at is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.representation.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
ADAM = Config(rule="adam", at=0)

PRESETS = (
    Preset(
        "Ten times the number", START,
        "One wine, told in two units: the second number is ten times larger in one of them. What "
        "becomes of its pull, and of the step?",
        ("pull_times_unit", "slower_rate"),
    ),
    Preset(
        "Adam's first step", ADAM,
        "Adam sees the same two gradients for the first time. How far does it go in each unit?",
        ("adam_goes_as_far",),
    ),
)


def _pulls(h: xarray.Dataset) -> np.ndarray:
    pull = h["found"].isel(step=-1).sel(quantity="pull")  # (unit, seed, xy)
    ratio = pull.sel(xy="y") / pull.sel(xy="x")
    return (abs(ratio.sel(unit="unit") / ratio.sel(unit="same") / START.unit - 1) < 1e-3).values


def _step_over_gradient(h: xarray.Dataset, unit: str) -> np.ndarray:
    of = h["found"].isel(step=-1).sel(unit=unit)
    return abs(of.sel(quantity="step") / of.sel(quantity="gradient")).max("xy").values


def _rate(h: xarray.Dataset) -> np.ndarray:
    return _step_over_gradient(h, "same") >= 50 * _step_over_gradient(h, "unit")


def _as_far(h: xarray.Dataset) -> np.ndarray:
    far = abs(h["found"].isel(step=-1).sel(quantity="step"))
    return (abs(far - 0.05) < 1e-4).all(("unit", "xy")).values


CLAIMS = (
    Claim(
        "pull_times_unit",
        "In the unit with numbers ten times as large, a row's pull at the second weight is ten "
        "times as large, compared with its pull at the first.",
        (START,), _pulls, source="LeCun et al. 1998, section 4.3",
    ),
    Claim(
        "slower_rate",
        "A gradient of 1 makes a step at least 50 times as long with standardised numbers: the "
        "rate must suit the steepest direction, and that is about 100 times as curved in the other "
        "unit.",
        (START,), _rate,
    ),
    Claim(
        "adam_goes_as_far",
        "Adam's first step moves both weights by its rate, 0.05, in either unit.",
        (ADAM,), _as_far, source="Kingma & Ba 2015, section 2.1",
    ),
)
