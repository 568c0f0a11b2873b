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
MORE = Config(nets=("blocks_1", "two_3x3", "blocks_3"))
POOLED = Config(nets=("one_3x3", "overlap"))
BENT = Config(nets=("relu", "tanh", "sigmoid"), n_train=1200, n_steps=300)
BENT_SLOWLY = with_changes(BENT, learning_rate=0.003)
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
    Preset(
        "ReLU, six times as fast?", BENT,
        "AlexNet's paper has a net with ReLU learn its images six times as fast as one with tanh. "
        "Here are both, and the sigmoid, without batch norm. How many updates does each take until "
        "a quarter of its images is wrong?",
        ("relu_is_no_faster", "sigmoid_waits"),
    ),
    Preset(
        "One block, two, three", MORE,
        "The same block once, twice and three times. With 300 images, are more blocks better?",
        ("more_blocks_err_more",),
    ),
    Preset(
        "Windows that overlap", POOLED,
        "AlexNet pools over windows of 3 x 3 that overlap, instead of 2 x 2 side by side. It costs "
        "no weight. Does it help?",
        ("overlap_is_no_loss",),
    ),
)
LEARNED = 0.25
"""Training error until which Krizhevsky et al. 2012, figure 1, count."""


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


def _updates(h: xarray.Dataset, net: str) -> np.ndarray:
    """Until so few training images are wrong, between recorded steps on a line, (seed,): infinite
    where it never comes to that.
    """
    errors, steps = h["train_error"].sel(net=net).values, h["step"].values
    found = []
    for of_seed in errors.T:
        below = np.flatnonzero(of_seed <= LEARNED)
        if not len(below):
            found.append(np.inf)
            continue
        i = max(int(below[0]), 1)
        found.append(np.interp(-LEARNED, -of_seed[i - 1 : i + 1], steps[i - 1 : i + 1]))
    return np.array(found)


def _no_faster(fast: xarray.Dataset, slow: xarray.Dataset) -> np.ndarray:
    relu, tanh = (np.minimum(_updates(fast, net), _updates(slow, net)) for net in ("relu", "tanh"))
    return np.isfinite(relu) & np.isfinite(tanh) & (relu >= tanh / 2) & (relu <= 2 * tanh)


def _waits(fast: xarray.Dataset, slow: xarray.Dataset) -> np.ndarray:
    return np.all([h["train_error"].isel(step=-1).sel(net="sigmoid").values >= 0.5
                   for h in (fast, slow)], axis=0)


def _more_blocks(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "blocks_3") - _error(h, "blocks_1") >= 0.02


def _overlap(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "overlap") - _error(h, "one_3x3") <= 0.03


CLAIMS = (
    Claim(
        "sees_as_far",
        "Two layers of 3 x 3 see 5 x 5 pixels, as one of 5 x 5 does, by formula and by gradient, "
        "and the net has less than three quarters of its weights.",
        (COUNTED,), _sees_as_far, share=1, over="nothing", source="Simonyan & Zisserman 2015",
    ),
    Claim(
        "two_do_as_well",
        "With 300 strokes, nets of two 3 x 3 and of one 5 x 5 end within 10 points of each other: "
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
        "A single bottleneck is not free: of strokes it gets at least 3 points more wrong than the "
        "wide window that it stands for.",
        (GOOGLE,), _bottleneck, share=0.85,
    ),
    Claim(
        "inception_keeps",
        "On strokes Inception with 1 x 1 ends within 4 points of the wide window, with about a "
        "third of its weights.",
        (GOOGLE,), _inception, share=0.85, source="Szegedy et al. 2015",
    ),
    Claim(
        "moving_helps",
        "With 200 strokes, moving them at random while it learns takes at least 8 points off the "
        "error.",
        (MOVED, STILL), _moving, source="Krizhevsky et al. 2012",
    ),
    Claim(
        "dropout_on_top",
        "Dropout on top of moved strokes does not help in 200 steps: the net errs at least 12 "
        "points more than without it, since it has learned too little.",
        (MOVED,), _on_top, share=0.85,
    ),
    Claim(
        "relu_is_no_faster",
        "On strokes, until a quarter of those learned from is wrong, at the better of the rates "
        "0.003 and 0.01, a net with ReLU takes at least half and at most twice the updates of one "
        "with tanh, each begun at the scale that suits it.",
        (BENT, BENT_SLOWLY), _no_faster,
    ),
    Claim(
        "sigmoid_waits",
        "Without batch norm a net with the sigmoid still has half or more of the strokes that it "
        "learns from wrong after 300 updates, at either rate.",
        (BENT, BENT_SLOWLY), _waits,
    ),
    Claim(
        "more_blocks_err_more",
        "With 300 strokes the block of two 3 x 3, three times one after the other, errs at least 2 "
        "points more than once alone.",
        (MORE,), _more_blocks, share=0.75,
    ),
    Claim(
        "overlap_is_no_loss",
        "With 300 strokes a net whose windows of pooling overlap errs at most 3 points more than "
        "one whose windows do not.",
        (POOLED,), _overlap, share=0.75, source="Krizhevsky et al. 2012",
    ),
)
