"""What the lab of tunes teaches: scenarios, and the checks of its sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.dilated_convolution.melody import N_PLAYED, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
JOY = Config(tune="joy", nets=("dilated",), n_steps=220)
JOY_FIVE = Config(tune="joy", nets=("dilated",), n_layers=5, n_steps=220)

PRESETS = (
    Preset(
        "One bar for ever", DEFAULT,
        "Both nets have learned the same tune, heard it once, and go on by themselves. What does "
        "the one play that sees five places back?",
        ("plain_loses_it", "no_better_than_it_sees"),
    ),
    Preset(
        "Ode to Joy, half of it", JOY,
        "The two halves of this tune begin alike and end differently. Does a net of four dilated "
        "layers know which end is due?",
        ("one_layer_more_plays_it",),
    ),
    Preset(
        "Ode to Joy, all of it", JOY_FIVE,
        "And one of five layers?",
        ("one_layer_more_plays_it",),
    ),
)


def kept(h: xarray.Dataset, net: str) -> np.ndarray:
    """Per seed the places until the first mistake, at the end, (seed,)."""
    return h["kept"].sel(net=net).isel(step=-1).values


def _loses(h: xarray.Dataset) -> np.ndarray:
    return kept(h, "plain") <= 32


def _plays(h: xarray.Dataset) -> np.ndarray:
    return np.equal(kept(h, "dilated"), N_PLAYED)


def _bounded(h: xarray.Dataset) -> np.ndarray:
    right = h["right"].isel(step=-1).transpose("net", "seed").values
    most = h["most"].values[:, None]
    bounded: np.ndarray = np.all((right <= most + 1e-6) & (right >= most - 0.05), 0)
    return bounded


def _one_more(four: xarray.Dataset, five: xarray.Dataset) -> np.ndarray:
    return np.less(kept(four, "dilated"), N_PLAYED) & _plays(five)


CLAIMS = (
    Claim(
        "plain_loses_it",
        "After 150 steps four plain layers, which see five places, lose Frère Jacques within its "
        "first half when they go on by themselves.",
        (DEFAULT,), _loses,
    ),
    Claim(
        "dilated_plays_it",
        "Four dilated layers, which see 16 places, go on with the whole tune without a mistake.",
        (DEFAULT,), _plays,
    ),
    Claim(
        "no_better_than_it_sees",
        "No net says more next notes right than can be known from the places that it sees, and "
        "both come within five points of that.",
        (DEFAULT,), _bounded,
    ),
    Claim(
        "one_layer_more_plays_it",
        "Ode to Joy takes 28 places back to know which of its two ends is due: four dilated layers "
        "(16 places) go wrong within its 64 places, five (32 places) play all of it.",
        (JOY, JOY_FIVE), _one_more, share=0.75,
    ),
)
