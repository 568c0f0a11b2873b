"""What the lab of blocks teaches: presets to open, and claims that are checked.

Weights, multiply-adds and how far a block sees depend on no seed. Settings were chosen on seeds
0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.convolution.build import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
GOOGLE = Config(nets=("wide_3x3", "bottleneck", "inception_reduced"), n_train=1000)
STILL = Config(nets=("dense", "dropout"), n_train=200)
MOVED = with_changes(STILL, moved="on")
COUNTED = Config(nets=("one_5x5", "two_3x3", "inception", "inception_reduced"), n_train=100,
                 n_steps=50)

PRESETS = (
    Preset(
        "Two small windows", START,
        "Two windows of 3 x 3, one on top of the other, see as far as one of 5 x 5, with fewer "
        "weights. Do they cost mistakes?",
        ("sees_as_far", "two_do_as_well"),
    ),
    Preset(
        "Few maps, then wide windows", GOOGLE,
        "Windows of 1 x 1 make 8 maps of 40 before a wide one looks. Bottleneck: all has to pass "
        "through these 8. Inception: several ways side by side. Which of the two loses something?",
        ("bottleneck_costs", "inception_keeps", "fewer_weights"),
    ),
    Preset(
        "Dropout, or the image moved", MOVED,
        "200 images, moved a little at random each time. AlexNet had dropout as well. Does it "
        "help on top?",
        ("moving_helps", "dropout_on_top"),
    ),
)


def _error(h: xarray.Dataset, net: str) -> np.ndarray:
    """On new images at the end, (seed,)."""
    return h["test_error"].isel(step=-1).sel(net=net).values


def _sees_as_far(h: xarray.Dataset) -> list[bool]:
    far = {int(h[array].sel(net=net)) for array in ("reach", "reach_measured")
           for net in ("one_5x5", "two_3x3")}
    weights = h["parameters"].sel(net=["two_3x3", "one_5x5"]).values
    return [far == {5} and bool(weights[0] < 0.75 * weights[1])]


def _fewer_weights(h: xarray.Dataset) -> list[bool]:
    few, many = (np.stack([h[array].sel(net=net) for array in ("parameters", "multiply_adds")])
                 for net in ("inception_reduced", "inception"))
    return [bool((few / many < [1 / 2, 2 / 3]).all())]


def _as_well(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_error(h, "two_3x3") - _error(h, "one_5x5")) <= 0.1


def _bottleneck(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "bottleneck") - _error(h, "wide_3x3") >= 0.03


def _inception(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_error(h, "inception_reduced") - _error(h, "wide_3x3")) <= 0.04


def _moving(moved: xarray.Dataset, still: xarray.Dataset) -> np.ndarray:
    return _error(still, "dense") - _error(moved, "dense") >= 0.08


def _on_top(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "dropout") - _error(h, "dense") >= 0.12


CLAIMS = (
    Claim(
        "sees_as_far",
        "Two layers of 3 x 3 see 5 x 5 pixels, as one of 5 x 5 does, by formula and by gradient, "
        "and the net has less than three quarters of its weights.",
        (COUNTED,), _sees_as_far, share=1, over="nothing", source="Simonyan & Zisserman 2015",
    ),
    Claim(
        "two_do_as_well",
        "With 300 images, nets of two 3 x 3 and of one 5 x 5 end within 10 points of each other: "
        "fewer weights cost nothing, and here they gain nothing either.",
        (START,), _as_well, share=0.8,
    ),
    Claim(
        "fewer_weights",
        "With 1 x 1 windows before the wide ones, the inception net has less than half of the "
        "weights and needs less than two thirds of the multiply-adds.",
        (COUNTED,), _fewer_weights, share=1, over="nothing", source="Szegedy et al. 2015",
    ),
    Claim(
        "bottleneck_costs",
        "A single bottleneck is not free: it makes at least 3 points more mistakes than the wide "
        "window that it stands for.",
        (GOOGLE,), _bottleneck, share=0.85,
    ),
    Claim(
        "inception_keeps",
        "Inception with 1 x 1 ends within 4 points of the wide window, with about a third of its "
        "weights.",
        (GOOGLE,), _inception, share=0.85, source="Szegedy et al. 2015",
    ),
    Claim(
        "moving_helps",
        "With 200 images, moving them at random while it learns takes at least 8 points off the "
        "error.",
        (MOVED, STILL), _moving, source="Krizhevsky et al. 2012",
    ),
    Claim(
        "dropout_on_top",
        "Dropout on top of moved images does not help in 200 steps: the net errs at least 12 "
        "points more than without it, since it has learned too little.",
        (MOVED,), _on_top, share=0.85,
    ),
)
