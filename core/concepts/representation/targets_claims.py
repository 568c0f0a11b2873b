"""What the lab of targets teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 200.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.representation.targets import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
LONG = Config(n_steps=2000)
DRAWN = Config(numbers="drawn")
ORDERED = Config(data="levels", n_steps=150)
THREE = Config(data="wine")

PRESETS = (
    Preset(
        "Is 7 more than 2?", START,
        "A net reads digits. One is to hit the number, one is to name one of ten. Which one makes "
        "more mistakes?",
        ("integers_fail", "squared_error_is_not_it"),
    ),
    Preset(
        "Give it time", LONG, "Is the net that is to hit the number only slow?",
        ("not_just_slow",),
    ),
    Preset(
        "Other numbers for the digits", DRAWN,
        "The ten digits get other numbers, drawn by lot. Does it matter?", ("any_numbers",),
    ),
    Preset(
        "Where the order is real", ORDERED,
        "Five levels of an illness, from 442 patients. Which target comes nearer to the true "
        "level?",
        ("ordered_integers_win",),
    ),
    Preset(
        "Three classes look harmless", THREE,
        "Three growers of wine, numbered 0, 1 and 2. How much do integers cost here?",
        ("three_are_harmless",),
    ),
)


def error(h: xarray.Dataset, target: str) -> np.ndarray:
    """On new rows at the last step, (seed,)."""
    return h["test_error"].isel(step=-1).sel(target=target).values


def distance(h: xarray.Dataset, target: str) -> np.ndarray:
    """How far off on new rows at the last step, (seed,)."""
    return h["distance"].isel(step=-1).sel(target=target).values


def _fail(h: xarray.Dataset) -> np.ndarray:
    return (error(h, "integer") >= 0.45) & (error(h, "one_hot") <= 0.08)


def _ordered(h: xarray.Dataset) -> np.ndarray:
    return distance(h, "integer") < distance(h, "one_hot")


CLAIMS = (
    Claim(
        "integers_fail",
        "Told the digit as a number to hit, the net gets at least 45 % wrong; told one of ten, at "
        "most 8 %.",
        (START,), _fail,
    ),
    Claim(
        "squared_error_is_not_it",
        "It is not the squared error: with one-hot targets that errs at most 15 %.",
        (START,), lambda h: error(h, "one_hot_squared") <= 0.15,
    ),
    Claim(
        "not_just_slow",
        "It is not just slow: after 2000 updates it still gets at least 45 % wrong.",
        (LONG,), lambda h: error(h, "integer") >= 0.45,
    ),
    Claim(
        "any_numbers",
        "With the digits' numbers drawn by lot, integers get at least 40 % wrong, too: 0 to 9 are "
        "no better an order than any.",
        (DRAWN,), lambda h: error(h, "integer") >= 0.4,
    ),
    Claim(
        "ordered_integers_win",
        "For levels that do have an order, the integer comes nearer to the true level than "
        "one-hot with the cross-entropy.",
        (ORDERED,), _ordered, share=0.8,
    ),
    Claim(
        "three_are_harmless",
        "With three classes integers look harmless: at most 25 % wrong.",
        (THREE,), lambda h: error(h, "integer") <= 0.25,
    ),
)
