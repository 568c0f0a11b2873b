"""What the lab of first lessons teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transfer.sources import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
CAREFUL = Config(rates="own")
BAD = ("position", "shuffled")

PRESETS = (
    Preset(
        "Good and bad first lessons", FIRST,
        "Nets have learned other shapes, or where the ink is, or nonsense. Then they get twenty "
        "labelled images each of new shapes. Which first lesson does damage?",
        ("small_when_fine_tuned", "large_when_frozen", "learned_well_and_useless",
         "shapes_teach_shapes"),
    ),
    Preset(
        "Bad lessons, carefully", CAREFUL,
        "The same starts, taught at a third of the rate of the nets from scratch. Are bad first "
        "lessons worse than they seemed?",
        ("careful_looks_worse",),
    ),
)


def _end(h: xarray.Dataset, what: str, way: str, start: str) -> np.ndarray:
    """Per seed at the last step, (seed,)."""
    return h[what].sel(way=way, start=start).isel(step=-1).values


def _gain(h: xarray.Dataset, way: str, start: str) -> np.ndarray:
    """Its test error less that of whole nets that learned nothing first, on the same seed."""
    return _end(h, "gain", way, start)


def _small(h: xarray.Dataset) -> list[bool]:
    return [all(_gain(h, "whole", start).mean() <= 0.09 for start in BAD)]


def _large(h: xarray.Dataset) -> np.ndarray:
    return np.all([_gain(h, "frozen", start) >= 0.18 for start in BAD], axis=0)


def _useless(h: xarray.Dataset) -> np.ndarray:
    learned = h["source_error"].sel(source="position").dropna("step").isel(step=-1).values
    return (learned <= 0.35) & (_gain(h, "frozen", "position") >= 0.25)


def _shapes(h: xarray.Dataset) -> np.ndarray:
    return np.all([_end(h, "test_error", "frozen", "classes")
                   <= _end(h, "test_error", "frozen", start) - 0.03 for start in BAD], axis=0)


def _careful(careful: xarray.Dataset, first: xarray.Dataset) -> np.ndarray:
    return np.all([_gain(careful, "whole", start) - _gain(first, "whole", start) >= 0.07
                   for start in BAD], axis=0)


CLAIMS = (
    Claim(
        "small_when_fine_tuned",
        "With 20 labels per class, on average over seeds, nets that first learned where the ink "
        "is, or shuffled labels, and are fine-tuned at the same rate end at most 9 points worse "
        "than nets from scratch.",
        (FIRST,), _small, over="group", share=0.75,
    ),
    Claim(
        "large_when_frozen",
        "Frozen after such a lesson they err at least 18 points more than a net from scratch.",
        (FIRST,), _large,
    ),
    Claim(
        "learned_well_and_useless",
        "A task may be learned well and be of no use: of where the ink is, a net gets at most 35 % "
        "of new images wrong, of four quarters; frozen it errs at least 25 points more on the new "
        "shapes than a net from scratch.",
        (FIRST,), _useless,
    ),
    Claim(
        "shapes_teach_shapes",
        "Of new shapes, frozen, the net that first learned other shapes gets at least 3 points "
        "fewer wrong than those that learned where the ink is, or shuffled labels.",
        (FIRST,), _shapes, share=0.8, source="Yosinski et al. 2014",
    ),
    Claim(
        "careful_looks_worse",
        "Taught shapes at 0.003, a third of the rate, after the same bad lessons, nets end at "
        "least 7 points farther behind those from scratch than at the same rate: most of that is "
        "too little training, not the lesson.",
        (CAREFUL, FIRST), _careful,
    ),
)
