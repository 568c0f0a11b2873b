"""What the lab of numbers teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.losses.noise import Noise
from core.concepts.losses.numbers import Config, noise_of
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

ONE_SIDE = Config()
BOTH_SIDES = Config(sides="both")
CLEAN = Config(outliers=0.0)
SKEWED = Config(outliers=0.0, noise="skewed", spread=0.6)

PRESETS = (
    Preset(
        "One bad sensor", ONE_SIDE,
        "One point in ten is 4 too high. Which loss still finds the curve?",
        ("outliers_ruin", "mean_and_median"),
    ),
    Preset(
        "Up and down", BOTH_SIDES,
        "Half of the outliers are too high, half too low: on average they cancel. Is squared error "
        "as good as the others now?",
        ("both_sides",),
    ),
    Preset(
        "No outliers", CLEAN,
        "Noise as in the textbook, and no outlier. What do the robust losses win?",
        ("no_gain_when_clean",),
    ),
    Preset(
        "The other question", SKEWED,
        "No outliers, but skewed noise: most points are a little too low, a few far too high. "
        "Which loss finds the curve, around which the noise has mean 0?",
        ("skew_moves_absolute", "each_its_own"),
    ),
)


def _end(h: xarray.Dataset, array: str, loss: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[array].sel(loss=loss).isel(step=-1).values


def _ruin(h: xarray.Dataset) -> np.ndarray:
    squared, absolute, huber = (_end(h, "to_curve", loss)
                                for loss in ("squared", "absolute", "huber"))
    return (squared > 3 * huber) & (squared > 3 * absolute)


def _near(h: xarray.Dataset, noise: Noise) -> np.ndarray:
    """Whether squared error is as high as the mean, and absolute error as high as the median."""
    return ((np.abs(_end(h, "offset", "squared") - noise.mean) < 0.12)
            & (np.abs(_end(h, "offset", "absolute") - noise.median) < 0.12))


def _mean_and_median(h: xarray.Dataset) -> np.ndarray:
    return _near(h, noise_of(ONE_SIDE))


def _both_sides(h: xarray.Dataset) -> np.ndarray:
    return ((_end(h, "to_curve", "squared") > 2 * _end(h, "to_curve", "huber"))
            & (np.abs(_end(h, "offset", "squared")) < 0.1))


def _no_gain(h: xarray.Dataset) -> list[bool]:
    squared = _end(h, "to_curve", "squared").mean()
    return [bool(all(_end(h, "to_curve", loss).mean() > 0.85 * squared
                     for loss in ("absolute", "huber")))]


def _skew(h: xarray.Dataset) -> np.ndarray:
    return ((_end(h, "to_curve", "squared") < _end(h, "to_curve", "absolute"))
            & (np.abs(_end(h, "offset", "absolute") - noise_of(SKEWED).median) < 0.12))


def _its_own(h: xarray.Dataset) -> np.ndarray:
    return ((_end(h, "to_curve", "squared") < _end(h, "to_median", "squared"))
            & (_end(h, "to_median", "absolute") < _end(h, "to_curve", "absolute")))


CLAIMS = (
    Claim(
        "outliers_ruin",
        "With one point in ten 4 too high, squared error ends more than three times as far from "
        "the curve as absolute error and as Huber's loss.",
        (ONE_SIDE,), _ruin, share=0.9,
    ),
    Claim(
        "mean_and_median",
        "With outliers on one side the fit by squared error lies as high as the mean of the noise, "
        "the one by absolute error as high as its median, to within 0.12.",
        (ONE_SIDE,), _mean_and_median, share=0.9,
    ),
    Claim(
        "both_sides",
        "With outliers on both sides squared error is right on average over x, but still more than "
        "twice as far from the curve as Huber's loss.",
        (BOTH_SIDES,), _both_sides, share=0.8,
    ),
    Claim(
        "no_gain_when_clean",
        "Without outliers the robust losses win next to nothing: on average over seeds they end at "
        "most 15 % nearer to the curve than squared error.",
        (CLEAN,), _no_gain, over="group", share=0.75,
    ),
    Claim(
        "skew_moves_absolute",
        "With skewed noise of mean 0 squared error is nearer to the curve, and absolute error lies "
        "lower, at the median of the noise, to within 0.12.",
        (SKEWED,), _skew, share=0.85,
    ),
    Claim(
        "each_its_own",
        "Each loss is nearer to what it estimates: squared error to the mean curve, absolute error "
        "to the median curve.",
        (SKEWED,), _its_own, share=0.8,
    ),
)
