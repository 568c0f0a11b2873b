"""What turns teach: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.gan.turns import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()

PRESETS = (
    Preset("Turn by turn", FIRST,
           "The discriminator learns for a while, then the generator, and so on. What does each do "
           "to the other one's loss?",
           ("at_the_others_cost",)),
)


def _at_the_others_cost(h: xarray.Dataset) -> np.ndarray:
    ends = h.isel(step=slice(None, None, FIRST.turn))  # of all turns
    changes = ends.diff("step", label="lower")
    held = []
    for first, (own, other) in enumerate((("discriminator_loss", "generator_loss"),
                                          ("generator_loss", "discriminator_loss"))):
        turns = changes.isel(step=slice(first, None, 2)).sum("step")
        held += [(turns[own] < 0).values, (turns[other] > 0).values]
    return np.all(held, axis=0)


CLAIMS = (
    Claim("at_the_others_cost",
          "In its two turns of 20 updates together a player's own loss falls, and the other one's "
          "rises.",
          (FIRST,), _at_the_others_cost, share=0.75, source="Goodfellow et al. 2014"),
)
