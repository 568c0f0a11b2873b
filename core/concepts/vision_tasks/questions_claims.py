"""What the lab of questions teaches: scenarios, and the checks of its sentences.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.questions import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()

PRESETS = (
    Preset(
        "What is left of the circle?", DEFAULT,
        "One net looks where the question says; one has no question, and one no picture. How many "
        "answers does each get right? And what if \"left\" becomes \"right\"?",
        ("both_are_needed", "left_is_not_heard"),
    ),
)


def _end(h: xarray.Dataset, array: str, net: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[array].sel(net=net).isel(step=-1).values


def _needed(h: xarray.Dataset) -> np.ndarray:
    both = _end(h, "right", "look")
    return np.asarray((both > _end(h, "right", "picture") + 0.2)
                      & (both > _end(h, "right", "question") + 0.35))


def _not_heard(h: xarray.Dataset) -> np.ndarray:
    return np.greater(_end(h, "same", "look"), 0.85)


CLAIMS = (
    Claim(
        "both_are_needed",
        "A net that looks where the question says answers at least 20 points more questions "
        "rightly than one without the question, and 35 more than one without the picture.",
        (DEFAULT,), _needed, source="Antol et al. 2015, from another measurement",
    ),
    Claim(
        "left_is_not_heard",
        "To at least 85 % of the questions it says the same when \"left\" becomes \"right\", and "
        "\"above\" \"below\": every question that it learned from could be answered without the "
        "word.",
        (DEFAULT,), _not_heard, share=0.85,
    ),
)
