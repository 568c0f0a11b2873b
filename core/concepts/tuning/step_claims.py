"""What one update of a deep net shows: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 200.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.tuning.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
XAVIER = Config(init="xavier")
SMALL = Config(init="small")
ZEROS = Config(init="zeros")

PRESETS = (
    Preset(
        "As much out as in", START,
        "Eight layers, weights as He draws them. By how much does each layer multiply what comes "
        "in?",
        ("he_keeps", "he_brings_back"),
    ),
    Preset(
        "A little less in each", XAVIER,
        "Xavier's weights have half the variance. What is left after eight layers?",
        ("xavier_loses",),
    ),
    Preset(
        "Nothing arrives", SMALL,
        "Weights with a standard deviation of 0.01. Watch the units, layer by layer: what can the "
        "last one still tell apart?",
        ("small_fades",),
    ),
    Preset(
        "All zeros", ZEROS,
        "All weights begin at 0. What goes through, and what comes back?", ("zeros_stay",),
    ),
)


def per_layer(h: xarray.Dataset, array: str) -> np.ndarray:
    """By how much a layer multiplies, as a mean from the first to the last one, (seed,)."""
    sizes = h[array].isel(step=-1)
    n = sizes.sizes["layer"] - 1
    return (sizes.isel(layer=-1) / sizes.isel(layer=0)).values ** (1 / n)


def _brings_back(h: xarray.Dataset) -> np.ndarray:
    times = 1 / per_layer(h, "gradient")
    return (times >= 0.8) & (times <= 1.25)


def _keeps(h: xarray.Dataset) -> np.ndarray:
    times = per_layer(h, "activation")
    return (times >= 0.8) & (times <= 1.25)


def _loses(h: xarray.Dataset) -> np.ndarray:
    times = per_layer(h, "activation")
    return (times >= 0.55) & (times <= 0.88)


def _stay(h: xarray.Dataset) -> np.ndarray:
    last = h.isel(step=-1)
    nothing = last["activation"].isnull().all("layer") & last["gradient"].isnull().all("layer")
    return (nothing & (last["moved"] == 0).all("weights")).values


CLAIMS = (
    Claim(
        "he_keeps",
        "With He's weights a layer multiplies the signal by 0.8 to 1.25, as a mean over the "
        "layers.",
        (START,), _keeps, source="He et al. 2015, section 2.2",
    ),
    Claim(
        "he_brings_back",
        "And so it does with the gradient on its way back.", (START,), _brings_back,
        source="He et al. 2015, section 2.2",
    ),
    Claim(
        "xavier_loses",
        "With Xavier's it is 0.55 to 0.88, as a mean: ReLU halves the mean square, and nothing "
        "makes up for it.",
        (XAVIER,), _loses, source="He et al. 2015, section 2.2",
    ),
    Claim(
        "small_fades",
        "With N(0, 0.01²) at most a tenth of the signal is left by each layer.",
        (SMALL,), lambda h: per_layer(h, "activation") <= 0.1,
    ),
    Claim(
        "zeros_stay",
        "All zeros: nothing goes through, no gradient comes back to a hidden layer, and no weight "
        "moves.",
        (ZEROS,), _stay,
    ),
)
