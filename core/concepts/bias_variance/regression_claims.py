"""What the regression lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims bias_variance --first-seed 100`
checks them on others.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.bias_variance.regression import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

SINE = Config()
STIFF = with_changes(SINE, degree=1, n_resamples=20)
WIGGLY = with_changes(STIFF, degree=12)
WIGGLY_AT_LENGTH = with_changes(SINE, degree=12)
NOISES = (SINE, with_changes(SINE, noise_sd=0.6))
RANDOM = with_changes(SINE, design="random")
NEIGHBORS = with_changes(SINE, family="nearest_neighbors")
STEP = with_changes(SINE, truth="step", family="decision_tree", max_depth=1)
TREES = with_changes(RANDOM, family="decision_tree", n_samples=50, n_resamples=100)
FOREST = with_changes(TREES, family="bagged_trees", n_resamples=60)
RIDGE = with_changes(RANDOM, family="ridge_regression")
NETWORK = with_changes(SINE, family="mlp", width=100, n_resamples=40, n_seeds=4)

PRESETS = (
    Preset(
        "Just right", SINE,
        "Thirty noisy points of a sine, again and again. Which degree will have the lowest "
        "error on fresh data?",
        ("cubic_is_best", "parts_meet_error", "identity"),
    ),
    Preset(
        "Too stiff", with_changes(SINE, degree=1),
        "A straight line hardly changes from data set to data set. Does that make it good?",
        ("even_degrees", "bias_falls_variance_grows", "variance_is_not_spread"),
    ),
    Preset(
        "Wiggly", with_changes(SINE, degree=12),
        "Degree 12 can follow the sine almost exactly. Why is it worse than degree 3?",
        ("too_flexible", "design_law", "training_error_misleads"),
    ),
    Preset(
        "Random x, wild edges", with_changes(RANDOM, degree=9),
        "The x are now random. What will degree 9 do where there happen to be no points?",
        ("random_design_explodes", "mean_is_uncertain"),
    ),
    Preset(
        "Noise floor", with_changes(SINE, noise_sd=0.6),
        "The noise is doubled. Can a better model get below it?",
        ("noise_floor", "noise_and_variance"),
    ),
    Preset(
        "Ask the neighbours", NEIGHBORS,
        "The mean of k neighbours: what does a larger k do to the variance, and what to the bias?",
        ("neighbor_law", "neighbors_best"),
    ),
    Preset(
        "How deep a tree?", TREES,
        "A tree may ask three questions, or as many as it likes. Which is better?",
        ("depth_three", "deepest_tree"),
    ),
    Preset(
        "Bagging removes variance only", FOREST,
        "Thirty trees instead of one. Which of the two falls: bias or variance?",
        ("bagging",),
    ),
    Preset(
        "The price of large weights", RIDGE,
        "Degree 12 at random x, where plain polynomials explode. What does a penalty change?",
        ("ridge_tames",),
    ),
    Preset(
        "A jump", STEP,
        "The truth is a step. Which family knew that before it saw any data?",
        ("no_best_family",),
    ),
    Preset(
        "Wide networks", NETWORK,
        "A hundred hidden units are 301 weights for 30 points. Is that too many?",
        ("width_is_flat",),
    ),
)


def _last(h: xarray.Dataset, name: str) -> xarray.DataArray:
    """(complexity, seed)"""
    return h[name].isel(step=-1)


def _noise(h: xarray.Dataset) -> float:
    return float(json.loads(h.attrs["config"])["noise_sd"]) ** 2


def _sum(h: xarray.Dataset) -> xarray.DataArray:
    """Bias squared + variance + noise, (complexity, seed)."""
    return _last(h, "bias_squared") + _last(h, "variance") + _noise(h)


def _at(values: xarray.DataArray, complexity: float) -> np.ndarray:
    """(seed,)"""
    return values.sel(complexity=complexity).values


def _best(h: xarray.Dataset) -> np.ndarray:
    """Per seed the complexity with the lowest sum, (seed,)."""
    return h["complexity"].values[_sum(h).argmin("complexity").values]


def _parts_meet(h: xarray.Dataset) -> np.ndarray:
    ratio = _last(h, "test_error") / _sum(h)
    return (abs(ratio - 1) <= 0.04).all("complexity").values


def _falls_and_grows(h: xarray.Dataset) -> np.ndarray:
    bias = _last(h, "bias_squared").sel(complexity=[0, 1, 3, 5]).diff("complexity")
    variance = _last(h, "variance").diff("complexity")
    return ((bias < 0).all("complexity") & (variance > 0).all("complexity")).values


def _even_degrees(h: xarray.Dataset) -> np.ndarray:
    bias = _last(h, "bias_squared")
    return np.all([
        np.abs(_at(bias, odd + 1) / _at(bias, odd) - 1) <= 0.1 for odd in (1, 3)
    ], axis=0) & (_at(_sum(h), 2) > _at(_sum(h), 1)) & (_at(_sum(h), 4) > _at(_sum(h), 3))


def _design_law(h: xarray.Dataset) -> np.ndarray:
    law = _noise(h) * (h["complexity"] + 1) / h.sizes["point"]
    ratio = _last(h, "design_variance") / law
    return (abs(ratio.sel(complexity=slice(3, None)) - 1) <= 0.1).all("complexity").values


def _neighbor_law(h: xarray.Dataset) -> np.ndarray:
    ratio = _last(h, "design_variance") / (_noise(h) / h["complexity"])
    few = ratio.where(h["complexity"] <= 10, drop=True)
    return (abs(few - 1) <= 0.15).all("complexity").values


def _misleads(h: xarray.Dataset) -> np.ndarray:
    train = _last(h, "train_error")
    falls = (train.diff("complexity") < 0).all("complexity").values
    law = _noise(h) * (1 - 13 / h.sizes["point"])
    return falls & (np.abs(_at(train, 12) / law - 1) <= 0.1) & (
        _at(_sum(h), 12) > _at(_sum(h), 3))


def _explodes(fixed: xarray.Dataset, random: xarray.Dataset) -> np.ndarray:
    return (_at(_sum(random), 9) >= 5 * _at(_sum(fixed), 9)) & (_best(random) == 3)


def _mean_is_uncertain(few: xarray.Dataset, many: xarray.Dataset) -> np.ndarray:
    return _at(_last(few, "bias_squared"), 9) >= 5 * _at(_last(many, "bias_squared"), 9)


def _sure(h: xarray.Dataset) -> np.ndarray:
    exact = h["exact"].sel(complexity=3)
    miss = abs(h["estimate"].isel(step=-1) - exact) / h["standard_error"].isel(step=-1)
    return (miss <= 3).all("part").values


def _quadruples(one: xarray.Dataset, two: xarray.Dataset) -> np.ndarray:
    ratio = _last(two, "variance") / _last(one, "variance")
    bias = np.abs(_at(_last(two, "bias_squared"), 1) / _at(_last(one, "bias_squared"), 1) - 1)
    return (abs(ratio - 4) <= 0.01).all("complexity").values & (bias <= 0.02)


def _floor(*histories: xarray.Dataset) -> np.ndarray:
    return np.all([(_last(h, "test_error") >= _noise(h)).all("complexity").values
                   for h in histories], axis=0)


def _line_stays(h: xarray.Dataset) -> np.ndarray:
    variance = _at(_last(h, "variance"), 1)
    return (10 * variance <= _at(_last(h, "bias_squared"), 1)) & (5 * variance <= _noise(h))


def _twelve_moves(stiff: xarray.Dataset, wiggly: xarray.Dataset) -> np.ndarray:
    variance, bias = (
        [_at(_last(stiff, name), 1), _at(_last(wiggly, name), 12)]
        for name in ("variance", "bias_squared"))
    return (variance[1] >= 5 * variance[0]) & (10 * bias[1] <= bias[0])


def _three_of_four(h: xarray.Dataset) -> np.ndarray:
    error = _last(h, "test_error").sel(complexity=[1, 3, 7, 15])
    return error["complexity"].values[error.argmin("complexity").values] == 3


def _neighbors(h: xarray.Dataset) -> np.ndarray:
    grows = (_last(h, "variance").diff("complexity") > 0).all("complexity").values
    best = _best(h)
    bias = _last(h, "bias_squared").sel(complexity=[20, 10, 5, 3, 1]).diff("complexity")
    return grows & (best >= 3) & (best <= 5) & (bias < 0).all("complexity").values


def _deepest(tree: xarray.Dataset, nearest: xarray.Dataset) -> np.ndarray:
    return np.abs(_at(_sum(tree), 12) / _at(_sum(nearest), 1) - 1) <= 0.02


def _bagging(h: xarray.Dataset) -> np.ndarray:
    bias, variance = _last(h, "bias_squared"), _last(h, "variance")
    return (_at(variance, 30) <= 0.6 * _at(variance, 1)) & (
        np.abs(_at(bias, 30) - _at(bias, 1)) <= 0.003)


def _tames(h: xarray.Dataset) -> np.ndarray:
    best = _best(h)
    return (best >= 0.3) & (best <= 1) & (_at(_sum(h), 1e-6) >= 10 * _at(_sum(h), 1))


def _flat(h: xarray.Dataset) -> np.ndarray:
    total = _sum(h)
    return (np.abs(_at(total, 100) / _at(total, 10) - 1) <= 0.05) & (
        _at(total, 1) >= 1.3 * _at(total, 10))


def _gap_closes(h: xarray.Dataset) -> np.ndarray:
    error = h["gap"].isel(step=-1)
    gap = error.sel(data="test") - error.sel(data="train")
    return (gap.sel(size=[10, 30, 200]).diff("size") < 0).all("size").values


def _depends(
    sine_tree: xarray.Dataset, sine: xarray.Dataset, step_tree: xarray.Dataset,
    step: xarray.Dataset,
) -> np.ndarray:
    lowest = [_sum(h).min("complexity").values for h in (sine_tree, sine, step_tree, step)]
    return (lowest[0] > lowest[1]) & (lowest[2] < lowest[3])


CLAIMS = (
    Claim(
        "line_stays",
        "A straight line hardly moves from one data set to the next, and is wrong in the same "
        "places: on 20 data sets its variance is at most a fifth of the noise and a tenth of its "
        "bias².",
        (STIFF,), _line_stays,
    ),
    Claim(
        "twelve_moves",
        "Degree 12 has at least five times the variance of a straight line, and at most a tenth "
        "of its bias².",
        (STIFF, WIGGLY), _twelve_moves,
    ),
    Claim(
        "three_of_four",
        "Of the degrees 1, 3, 7 and 15, degree 3 has the smallest error on fresh data.",
        (WIGGLY_AT_LENGTH,), _three_of_four,
    ),
    Claim(
        "cubic_is_best",
        "Of the degrees from 0 to 15, degree 3 has the lowest sum of noise, bias² and variance.",
        (SINE,), lambda h: _best(h) == 3,
    ),
    Claim(
        "parts_meet_error",
        "The error on fresh data is measured by itself, without the parts: it meets noise + bias² "
        "+ variance within 4 % at every degree.",
        (SINE,), _parts_meet, share=0.85, source="Geman, Bienenstock & Doursat 1992",
    ),
    Claim(
        "identity",
        "Without the noise the sum is no approximation: at every x and degree bias² + variance "
        "equals the mean squared distance from the truth, to ten digits.",
        (SINE,), lambda h: h["identity_gap"].isel(step=-1).values <= 1e-10,
    ),
    Claim(
        "bias_falls_variance_grows",
        "Variance grows with every degree; bias² falls from degree 0 to 1, 3 and 5.",
        (SINE,), _falls_and_grows,
    ),
    Claim(
        "even_degrees",
        "An even degree is no better than the odd one below it: the sine is odd around its "
        "middle, so bias² changes by less than 10 % from 1 to 2 and from 3 to 4, and the sum "
        "grows.",
        (SINE,), _even_degrees,
    ),
    Claim(
        "too_flexible",
        "Degree 15 has at least three times the error of degree 3, nearly all of it variance.",
        (SINE,), lambda h: (_at(_sum(h), 15) >= 3 * _at(_sum(h), 3)) & (
            _at(_last(h, "variance"), 15) >= 0.7 * _at(_sum(h), 15)),
    ),
    Claim(
        "design_law",
        "At the n points of a fixed design a polynomial of degree d has the variance "
        "σ² (d + 1) / n: measured on 500 data sets within 10 % for degrees from 3 to 15.",
        (with_changes(SINE, n_resamples=500),), _design_law, share=0.85,
        source="Hastie et al. 2009, eq. 7.12",
    ),
    Claim(
        "training_error_misleads",
        "Bias is not training error: the training error falls with every degree and is "
        "σ² (n − 13) / n at degree 12, below the noise, where the error on fresh data is higher "
        "than at degree 3.",
        (WIGGLY_AT_LENGTH,), _misleads,
    ),
    Claim(
        "variance_is_not_spread",
        "Variance is not how scattered the points are but how much the fitted curve changes from "
        "one data set to the next: a constant's is below 1 % of the scatter.",
        (SINE,), lambda h: _at(_last(h, "variance"), 0) <= 0.01 * _at(_sum(h), 0),
    ),
    Claim(
        "random_design_explodes",
        "At random x degree 9 has at least five times the error that it has at evenly spaced "
        "ones; degree 3 stays the best.",
        (SINE, RANDOM), _explodes,
    ),
    Claim(
        "mean_is_uncertain",
        "For teachers: without a correction, bias² of degree 9 would look at least five times as "
        "large with 20 data sets as with 500. What one then measures is how uncertain the mean is.",
        tuple(with_changes(SINE, n_resamples=r) for r in (20, 500)), _mean_is_uncertain,
    ),
    Claim(
        "how_sure",
        "At degree 3 the exact bias² and variance lie within three standard errors of what 200 "
        "data sets say.",
        (SINE,), _sure, share=0.85,
    ),
    Claim(
        "noise_floor",
        "No degree gets below the noise: the error on fresh data is over 0.09 at all of them with "
        "σ = 0.3, and over 0.36 with σ = 0.6.",
        NOISES, _floor, share=0.85,
    ),
    Claim(
        "noise_and_variance",
        "Twice the σ makes every variance four times as large, and leaves a straight line's "
        "bias² where it was.",
        NOISES, _quadruples,
    ),
    Claim(
        "neighbor_law",
        "At the points of a fixed design the variance of k neighbours is σ² / k: measured "
        "within 15 % for k up to 10.",
        (NEIGHBORS,), _neighbor_law, source="Hastie et al. 2009, eq. 7.10",
    ),
    Claim(
        "neighbors_best",
        "More neighbours have less variance and more bias; 3, 4 or 5 of them are best.",
        (NEIGHBORS,), _neighbors,
    ),
    Claim(
        "depth_three",
        "Of trees on 50 random points, those that ask three questions are best.",
        (TREES,), lambda h: _best(h) == 3, share=0.85,
    ),
    Claim(
        "deepest_tree",
        "A tree grown to the end is the rule of the nearest neighbour: on the same data the two "
        "errors are within 2 % of each other.",
        (TREES, with_changes(TREES, family="nearest_neighbors")), _deepest,
    ),
    Claim(
        "bagging",
        "Thirty bagged trees have at most 0.6 times the variance of one; bias² moves by less "
        "than 0.003.",
        (FOREST,), _bagging, source="Breiman 1996",
    ),
    Claim(
        "ridge_tames",
        "At random x a penalty of 0.3 or 1 is best for a polynomial of degree 12; at 0.000001 "
        "the error is at least ten times as large as at 1.",
        (RIDGE,), _tames, share=0.85,
    ),
    Claim(
        "width_is_flat",
        "A hundred hidden units have the error of ten within 5 %: at these settings the "
        "variance of a network does not grow with its width. One unit has 1.3 times that error.",
        (NETWORK,), _flat, share=0.85, source="Neal et al. 2018",
    ),
    Claim(
        "gap_closes",
        "With more data training error and error on fresh data approach each other: at degree 3 "
        "the gap shrinks from 10 to 30 and to 200 points.",
        (SINE,), _gap_closes, share=0.85,
    ),
    Claim(
        "no_best_family",
        "Which family is better depends on the truth: on the sine the best polynomial beats the "
        "best tree, on the step the best tree beats the best polynomial.",
        (with_changes(SINE, family="decision_tree"), SINE, STEP,
         with_changes(STEP, family="polynomial")),
        _depends,
    ),
)
