"""What one block shows: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.skip_connections.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

HALF = Config(gain="half")
NAIVE = Config(kind="naive")
REZERO = Config(kind="rezero")

PRESETS = (
    Preset(
        "With and without h", Config(),
        "Both blocks have the same weights. On its way back, which one lets more of the gradient "
        "through to the block below?",
        ("parts_add_up", "shortcut_keeps"),
    ),
    Preset(
        "Small weights, and a way past", HALF,
        "The weights are small, so a layer passes on only a little of the gradient. How much "
        "arrives below the block that has a shortcut?",
        ("small_weights", "parts_add_up"),
    ),
    Preset(
        "Added as it is", NAIVE,
        "The layer's answer is added without a scale. How much larger is what goes on than what "
        "came in?",
        ("naive_grows",),
    ),
    Preset(
        "ReZero at birth", REZERO,
        "The scale of the layer's answer begins at 0. What does the block do to the image, and to "
        "the gradient?",
        ("rezero_passes",),
    ),
)


def _norm(h: xarray.Dataset, variant: str, part: str) -> np.ndarray:
    """(seed,)"""
    return h["norm"].isel(step=-1).sel(variant=variant, measured=part).values


def _let_through(h: xarray.Dataset, variant: str) -> np.ndarray:
    return _norm(h, variant, "leaves") / _norm(h, variant, "arrives")


def _parts_add_up(h: xarray.Dataset) -> np.ndarray:
    up, back = h["forward"].isel(step=-1, variant=1), h["back"].isel(step=-1)
    off_up = up.sel(part="in") + up.sel(part="layer") - up.sel(part="out")
    off_back = back.sel(way="through") + back.sel(way="past") - back.sel(way="leaves")
    return ((off_up**2).sum("unit") + (off_back**2).sum(["unit", "variant"]) < 1e-10).values


def _keeps(h: xarray.Dataset) -> np.ndarray:
    share = _let_through(h, "residual")
    return (share > 0.75) & (share < 1.5)


def _small_weights(h: xarray.Dataset) -> np.ndarray:
    return (_let_through(h, "plain") < 0.6) & (_let_through(h, "residual") > 0.75)


def _grows(h: xarray.Dataset) -> np.ndarray:
    return _norm(h, "naive", "out") > 1.2 * _norm(h, "naive", "in")


def _passes(h: xarray.Dataset) -> np.ndarray:
    same = ("out", "in"), ("leaves", "arrives")
    return np.all([_norm(h, "rezero", a) == _norm(h, "rezero", b) for a, b in same], axis=0)


CLAIMS = (
    Claim(
        "parts_add_up",
        "What goes on is the sum of both ways, forward and back: what came in and the layer's "
        "answer; what comes past the layer and what comes through it.",
        (Config(),), _parts_add_up, source="He et al. 2016, Identity mappings, eqs. 1 and 5",
    ),
    Claim(
        "shortcut_keeps",
        "Past block 8 of 16 the residual net's gradient hardly changes: 0.75 to 1.5 times what "
        "arrives goes on.",
        (Config(),), _keeps,
    ),
    Claim(
        "small_weights",
        "With gain 0.5 a plain layer lets less than 0.6 of the gradient through, the residual "
        "block more than 0.75.",
        (HALF,), _small_weights,
    ),
    Claim(
        "naive_grows",
        "Added without a scale, the layer's answer makes what goes on more than 1.2 times as "
        "large as what came in.",
        (NAIVE,), _grows,
    ),
    Claim(
        "rezero_passes",
        "At birth a ReZero block passes on exactly what came in, and exactly the gradient that "
        "arrived.",
        (REZERO,), _passes, source="Bachlechner et al. 2021",
    ),
)
