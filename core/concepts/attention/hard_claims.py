"""What the lab of hard attention teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7; `python -m core claims attention.hard --first-seed 100`
checks them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.attention.hard import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
ALL = Config(reads=("marginal", "straight_through", "reinforce"))

PRESETS = (
    Preset(
        "Look at one only", DEFAULT,
        "Soft attention takes the mean of all states. A hard one reads a single state for each "
        "symbol. Is it worse?",
        ("as_good", "pure"),
    ),
    Preset(
        "Three ways to train a choice", ALL,
        "A choice has no gradient. Draw and pay for what served (REINFORCE), pretend that it was "
        "soft (straight-through), or sum over all choices (exact): which way learns fastest?",
        ("drawing_costs", "reinforce_learns"),
    ),
)


def exact(h: xarray.Dataset, read: str, length: int = 8) -> np.ndarray:
    """Per seed the share of sequences that are right as a whole at the end, (seed,)."""
    return h["exact"].sel(read=read, length=length).isel(step=-1).values


def mass(h: xarray.Dataset, read: str) -> np.ndarray:
    """Per seed the share of the attention that is on the right place at the end, (seed,)."""
    return h["mass"].sel(read=read).isel(step=-1).values


def _as_good(h: xarray.Dataset) -> np.ndarray:
    return (exact(h, "marginal") >= exact(h, "dot") - 0.05) & (exact(h, "marginal") >= 0.55)


def _pure(h: xarray.Dataset) -> np.ndarray:
    return (mass(h, "marginal") >= 0.93) & (mass(h, "dot") <= mass(h, "marginal") - 0.04)


def _drawing_costs(h: xarray.Dataset) -> np.ndarray:
    return exact(h, "reinforce") <= exact(h, "marginal") - 0.35


def _reinforce_learns(h: xarray.Dataset) -> np.ndarray:
    return exact(h, "reinforce", 4) >= 0.6


CLAIMS = (
    Claim(
        "as_good",
        "Reading one state is not worse than the mean of all: trained with the exact likelihood, "
        "hard attention says at least 55 % of the sequences of 8 digits without a mistake, and at "
        "most 5 points fewer than soft attention.",
        (DEFAULT,), _as_good, share=0.85,
    ),
    Claim(
        "pure",
        "Its map is purer: at least 93 % of it is on the right place, at least 4 points more than "
        "of soft attention.",
        (DEFAULT,), _pure, share=0.85,
    ),
    Claim(
        "drawing_costs",
        "What costs is to draw the place at random: REINFORCE says at least 35 points fewer of the "
        "sequences of 8 right than the exact likelihood.",
        (DEFAULT,), _drawing_costs, share=0.85,
    ),
    Claim(
        "reinforce_learns",
        "REINFORCE learns all the same: at least 60 % of the sequences of 4 digits are right.",
        (DEFAULT,), _reinforce_learns, share=0.85, source="Xu et al. 2015",
    ),
)
