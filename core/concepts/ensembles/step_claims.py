"""What one member shows: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.ensembles.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

MANY = Config(at=60)
BOOSTED = Config(method="adaboost")
HALF = Config(method="adaboost", learning_rate=0.5)

PRESETS = (
    Preset(
        "One bootstrap sample", Config(),
        "60 points, and 60 draws with replacement. How many points are not drawn at all?",
        ("a_third_is_left_out",),
    ),
    Preset(
        "The 61st tree", MANY,
        "60 trees have voted. How much of the map does one more tree change?",
        ("one_of_many_changes_little", "a_third_is_left_out"),
    ),
    Preset(
        "One round of reweighting", BOOSTED,
        "The new stump gets some points wrong. After their weights were raised, how large would "
        "its weighted error be?",
        ("then_no_better_than_chance",),
    ),
    Preset(
        "Half a say", HALF,
        "Each member has only half of its say. Are its errors still made up for at once?",
        ("half_a_say_leaves_it_better",),
    ),
)


def _number(h: xarray.Dataset, name: str) -> np.ndarray:
    """(seed,)"""
    return h["numbers"].isel(step=-1).sel(number=name).values


def _left_out(h: xarray.Dataset) -> np.ndarray:
    share = _number(h, "left_out")
    return (share > 0.25) & (share < 0.5)


def _changes_little(h: xarray.Dataset) -> np.ndarray:
    return _number(h, "changed") < 0.1


def _chance(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_number(h, "wrong_after") - 0.5) < 1e-4


def _better(h: xarray.Dataset) -> np.ndarray:
    after = _number(h, "wrong_after")
    return (after > _number(h, "error")) & (after < 0.499)


CLAIMS = (
    Claim(
        "a_third_is_left_out",
        "Between a quarter and a half of the points are not drawn; of very many it would be 1/e, "
        "37 %.",
        (Config(),), _left_out, source="Breiman 1996, section 6.1",
    ),
    Claim(
        "one_of_many_changes_little",
        "The 61st tree changes the decision on less than 10 % of the plane.",
        (MANY,), _changes_little,
    ),
    Claim(
        "then_no_better_than_chance",
        "With the new weights the same stump would be wrong about exactly half: the next one has "
        "to find something else.",
        (BOOSTED,), _chance, source="Freund & Schapire 1997",
    ),
    Claim(
        "half_a_say_leaves_it_better",
        "With half a say its weighted error rises too, but stays below one half.",
        (HALF,), _better,
    ),
)
