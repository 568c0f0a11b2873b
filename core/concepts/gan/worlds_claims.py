"""What two worlds teach: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.gan.worlds import N_ISLANDS, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
HALF_TURN = Config(maps=("near",), turn=180)

PRESETS = (
    Preset("There and back", FIRST,
           "Six islands in each world, and nobody has said which belongs to which. The cycle loss "
           "asks that there and back is where one began. Is each island now mapped to the one of "
           "its number?",
           ("cycle_fixes_no_pairs", "no_cycle_no_return", "start_decides")),
    Preset("The truth is a half turn", HALF_TURN,
           "The maps begin at the identity, with the cycle loss. Now the second world is turned "
           "by half a circle, with all its numbers. Which islands are found?",
           ("as_sure_when_wrong",)),
)


def _end(h: xarray.Dataset, what: str, kind: str) -> np.ndarray:
    """Per seed at the last step."""
    return h[what].sel(map=kind).isel(step=-1).values


def _no_pairs(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "cycle", "cycle") < 0.2) & (_end(h, "right", "cycle") < N_ISLANDS)


def _sure(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "right", "near") == 0) & (_end(h, "cycle", "near") < 0.2)


CLAIMS = (
    Claim("cycle_fixes_no_pairs",
          "With the cycle loss points come back to less than 0.2 from where they began, and yet "
          "the islands are not all mapped to those of their numbers.",
          (FIRST,), _no_pairs, share=0.75),
    Claim("no_cycle_no_return",
          "Without it points come back to more than 0.6 from where they began.",
          (FIRST,), lambda h: _end(h, "cycle", "free") > 0.6, share=0.75,
          source="Zhu et al. 2017"),
    Claim("start_decides",
          "With the cycle loss and maps that begin at the identity all six islands are mapped to "
          "those of their numbers.",
          (FIRST,), lambda h: _end(h, "right", "near") == N_ISLANDS, share=0.85),
    Claim("as_sure_when_wrong",
          "Where the second world is turned by half a circle, such maps get none of the six "
          "right, and points come back to less than 0.2 all the same.",
          (HALF_TURN,), _sure),
)
