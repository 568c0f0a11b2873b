"""What asking for a digit teaches: a preset to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.gan.asked import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()

PRESETS = (
    Preset("Draw me a seven", FIRST,
           "A generator is told which digit is wanted. In one game the discriminator is told it, "
           "too; in the other one it sees only the image. In which games is the wanted digit made?",
           ("obeys", "at_chance", "as_good_digits")),
)


def _end(h: xarray.Dataset, what: str, game: str) -> np.ndarray:
    """Per seed at the last step."""
    return h[what].sel(game=game).isel(step=-1).values


CLAIMS = (
    Claim("obeys",
          "If both players are told the class, the judge reads what was asked for in more than "
          "80 % of the images after 400 updates.",
          (FIRST,), lambda h: _end(h, "obeyed", "both") > 0.8, source="Mirza & Osindero 2014"),
    Claim("at_chance",
          "If the generator alone is told it, the judge reads what was asked for in fewer than "
          "20 %: hardly more than the 10 % of a guess.",
          (FIRST,), lambda h: _end(h, "obeyed", "generator") < 0.2),
    Claim("as_good_digits",
          "Yet that generator's images are digits: more than half are read with confidence.",
          (FIRST,), lambda h: _end(h, "confident", "generator") > 0.5, share=0.85),
)
