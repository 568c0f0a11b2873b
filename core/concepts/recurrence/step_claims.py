"""What one step of a cell shows: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.recurrence.step import Config
from core.experiment import Claim, Preset
from core.stacked import update

if TYPE_CHECKING:
    import xarray

LSTM = Config()
GRU = Config(cell="gru")
UPDATE = Config(shows="update", at=100)

PRESETS = (
    Preset(
        "An LSTM at a marked number", LSTM,
        "A marked number comes in. What does each gate do to what the cell remembers?",
        ("parts_add_up",),
    ),
    Preset(
        "A GRU at a marked number", GRU,
        "The GRU has one gate less. Which one does the work of two?",
        ("parts_add_up", "no_further_than_one"),
    ),
    Preset(
        "Next update of a forget gate", UPDATE,
        "Six weights that decide how much one unit keeps. Does the one with the largest gradient "
        "go farthest?",
        ("update_adds_up",),
    ),
)


def _part(h: xarray.Dataset, name: str) -> np.ndarray:
    """At the end, (unit, seed)."""
    return h["parts"].sel(part=name).isel(step=-1).values


def _add_up(*histories: xarray.Dataset) -> np.ndarray:
    return np.all([np.isclose(_part(h, "kept") + _part(h, "written"), _part(h, "after"), atol=1e-5)
                   .all(0) for h in histories], axis=0)


def _bounded(h: xarray.Dataset) -> np.ndarray:
    return (np.abs(_part(h, "after")) <= 1).all(0)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "parts_add_up",
        "What is remembered is what stays and what is written, added: in the LSTM and in the GRU.",
        (LSTM, GRU), _add_up,
    ),
    Claim(
        "no_further_than_one",
        "What a GRU keeps and what it writes are shares of a whole, so that it never remembers "
        "more than 1 or less than −1.",
        (GRU,), _bounded, source="Cho et al. 2014",
    ),
    update.claim_of(UPDATE),
)
