"""What an update of an embedding shows: presets to open, and claims that are checked.

Settings were chosen on seeds below 1000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.language_models.step import Config
from core.experiment import Claim, Preset
from core.stacked import update

if TYPE_CHECKING:
    import xarray

READ = Config()
UNREAD = Config(word="unread")

PRESETS = (
    Preset(
        "A word that is read", READ,
        "A sentence of the batch has this word. Does the number with the largest gradient go "
        "farthest?",
        ("update_adds_up",),
    ),
    Preset(
        "A word that is not read", UNREAD,
        "No sentence of the batch has this word. What becomes of its embedding?",
        ("moves_unread",),
    ),
)


def _moves_unread(h: xarray.Dataset) -> np.ndarray:
    last = h["update"].isel(step=-1)
    gradient, move = (last.sel(quantity=name).values for name in ("gradient", "move"))
    return (gradient == 0).all(0) & (move != 0).all(0)  # (weight, seed)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "moves_unread",
        "The embedding of a word that no sentence of a batch has gets no gradient, and moves all "
        "the same: Adam remembers those of earlier batches.",
        (UNREAD,), _moves_unread, share=0.9,
    ),
    update.claim_of(READ),
)
