"""What the cross-validation lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.regularization.cross_validation import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

ONCE = Config(n_repeats=1)
CUBIC = with_changes(ONCE, degree=3)

PRESETS = (
    Preset(
        "Fold after fold", Config(),
        "30 noisy points, a polynomial of degree 15. The training error is lowest without a "
        "ridge: where will the error on held-out points be lowest?",
        ("beats_no_ridge", "near_oracle", "training_error_misleads"),
    ),
    Preset(
        "Nothing to regularize", with_changes(Config(), degree=3),
        "The polynomial has degree 3. How much will cross-validation gain now?",
        ("nothing_to_gain", "right_model"),
    ),
    Preset(
        "Degree 25", with_changes(Config(), degree=25),
        "Nearly as many coefficients as points. How far off is the fit, with and without a "
        "ridge?",
        ("high_degree",),
    ),
    Preset(
        "Data instead of a ridge", with_changes(Config(), n_samples=200),
        "200 points instead of 30. What is still to be gained by a ridge?",
        ("data_beat_ridge",),
    ),
    Preset(
        "Ten times ten folds", with_changes(Config(), n_folds=10, n_repeats=10),
        "Will a hundred folds choose better than five?",
        ("more_folds", "more_partitions"),
    ),
    Preset(
        "Play it safe", with_changes(Config(), noise=1.0),
        "Much noise. One rule takes the ridge with the lowest mean, the other the largest within "
        "one standard error of it. Whose fit is flatter? Whose is closer to the truth?",
        ("larger_ridge",),
    ),
)


def _excess(h: xarray.Dataset, choice: str = "cross_validated") -> np.ndarray:
    """Per seed the mean squared distance from the true function, at the end, (seed,)."""
    return h["excess_error"].sel(choice=choice).isel(step=-1).values


def _beats_none(h: xarray.Dataset) -> np.ndarray:
    return _excess(h) < _excess(h, "no_ridge")


def _near_oracle(h: xarray.Dataset) -> np.ndarray:
    cv, oracle = _excess(h), _excess(h, "oracle")
    medians = np.median(cv) <= min(0.1, 2 * np.median(oracle))
    return (cv <= 3 * oracle) & medians


def _held_out_choose(h: xarray.Dataset) -> np.ndarray:
    chosen = h["chosen_ridge"].isel(step=-1).sel(choice="cross_validated").values
    return (h["train_error"].argmin("ridge").values == 0) & (chosen >= 0.01) & (chosen <= 10)


def _misleads(h: xarray.Dataset) -> np.ndarray:
    lowest = h["train_error"].argmin("ridge").values == 0
    return lowest & (_excess(h, "no_ridge") >= 3 * _excess(h, "oracle"))


def _within_twice(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first <= 2 * second) & (second <= 2 * first)


def _no_gain(h: xarray.Dataset) -> np.ndarray:
    return _within_twice(_excess(h), _excess(h, "no_ridge"))


def _right_model(cubic: xarray.Dataset, fifteen: xarray.Dataset) -> np.ndarray:
    return _excess(cubic, "no_ridge") < _excess(fifteen)


def _high_degree(ten: xarray.Dataset, more: xarray.Dataset) -> np.ndarray:
    without = _excess(more, "no_ridge") >= 1000 * _excess(ten, "no_ridge")
    return without & (_excess(more) <= 3 * _excess(ten))


def _data_beat_ridge(few: xarray.Dataset, many: xarray.Dataset) -> np.ndarray:
    return _excess(many, "no_ridge") < _excess(few)


def _same(first: xarray.Dataset, second: xarray.Dataset) -> np.ndarray:
    return _within_twice(_excess(first), _excess(second))


def _larger(h: xarray.Dataset) -> np.ndarray:
    last = h["chosen_ridge"].isel(step=-1)
    one, lowest = (last.sel(choice=c).values for c in ("one_standard_error", "cross_validated"))
    return one > lowest


CLAIMS = (
    Claim(
        "held_out_choose",
        "The error on points that were held out is lowest at a ridge between 0.01 and 10, of those "
        "from 0 to 100; the training error at none.",
        (ONCE,), _held_out_choose, source="Stone 1974",
    ),
    Claim(
        "beats_no_ridge",
        "The ridge that five folds choose brings the fit closer to the true function than no "
        "ridge does.",
        (ONCE,), _beats_none, share=0.85, source="Stone 1974",
    ),
    Claim(
        "near_oracle",
        "Five folds choose well: the excess error is at most three times that of the best "
        "ridge; its median is below 0.1 and at most twice the oracle's.",
        (ONCE,), _near_oracle, share=0.75,
    ),
    Claim(
        "training_error_misleads",
        "The training error is lowest without a ridge, where the excess error is at least "
        "three times that of the best ridge.",
        (ONCE,), _misleads, share=0.75,
    ),
    Claim(
        "nothing_to_gain",
        "With a polynomial of degree 3 there is little to regularize: cross-validation and no "
        "ridge at all are within a factor of two of each other.",
        (CUBIC,), _no_gain, share=0.85,
    ),
    Claim(
        "right_model",
        "A ridge does not replace the right model: degree 3 without a ridge comes closer than "
        "degree 15 with a cross-validated one.",
        (CUBIC, ONCE), _right_model, share=0.75,
    ),
    Claim(
        "high_degree",
        "Without a ridge, degree 25 is at least a thousand times further off than degree 10; "
        "each with its cross-validated ridge, at most three times.",
        (with_changes(ONCE, degree=10), with_changes(ONCE, degree=25)), _high_degree, share=0.75,
    ),
    Claim(
        "data_beat_ridge",
        "Data beat the ridge: 200 points without one give a better fit than 30 points with a "
        "cross-validated one.",
        (ONCE, with_changes(ONCE, n_samples=200)), _data_beat_ridge, share=0.75,
    ),
    Claim(
        "more_folds",
        "Ten folds instead of five change the excess error by less than a factor of two.",
        (ONCE, with_changes(ONCE, n_folds=10)), _same, share=0.75,
    ),
    Claim(
        "more_partitions",
        "Averaging over ten partitions instead of one changes the excess error by less than a "
        "factor of two.",
        (ONCE, with_changes(ONCE, n_repeats=10)), _same, share=0.75,
    ),
    Claim(
        "larger_ridge",
        "The one-standard-error rule chooses a larger ridge than the lowest mean does.",
        (ONCE,), _larger, share=0.85, source="Breiman et al. 1984, section 3.4.3",
    ),
)
