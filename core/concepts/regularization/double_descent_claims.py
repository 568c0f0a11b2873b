"""What the double-descent lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.regularization.double_descent import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

HALF = Config(n_samples=50)
CLEAN = Config(label_noise=0.0)
WEAK = Config(ridge=0.001)

PRESETS = (
    Preset(
        "The second descent", Config(),
        "100 noisy points, and ever more features. At how many features is the test error "
        "worst, and is the largest model better or worse than the best small one?",
        ("peak", "second_descent", "thin_direction"),
    ),
    Preset(
        "Half the data", HALF,
        "Half of the training points are taken away. Where is the peak now, and what becomes "
        "of the model with 100 features?",
        ("peak_follows_n", "more_data_hurts"),
    ),
    Preset(
        "Clean labels", CLEAN,
        "No label is wrong any more. Is there still a peak?",
        ("peak_without_noise", "ridge_can_hurt"),
    ),
    Preset(
        "Too weak a ridge", WEAK,
        "A ridge of 0.1 takes the peak away. Does one of 0.001?",
        ("weak_ridge", "no_peak_with_ridge"),
    ),
)


def _test(h: xarray.Dataset, fit: str = "no_ridge") -> xarray.DataArray:
    """Test error, (step, seed), where a step is a number of features."""
    return h["test_error"].sel(fit=fit).transpose("step", "seed")


def _at(h: xarray.Dataset, p: int, fit: str = "no_ridge") -> np.ndarray:
    """Per seed the test error with p features, (seed,)."""
    return _test(h, fit).sel(step=p).values


def _small(h: xarray.Dataset, fit: str = "no_ridge") -> np.ndarray:
    """Per seed the lowest test error with at most 80 features, (seed,)."""
    return _test(h, fit).sel(step=slice(None, 80)).min("step").values


def _worst(h: xarray.Dataset) -> np.ndarray:
    """Per seed the number of features with the largest test error, (seed,)."""
    return _test(h).idxmax("step").values


def _peak(h: xarray.Dataset) -> np.ndarray:
    return (np.abs(_worst(h) - 100) <= 10) & (_at(h, 100) >= 10 * _at(h, 2000))


def _second_descent(h: xarray.Dataset) -> np.ndarray:
    return _at(h, 2000) < _small(h)


def _thin_direction(h: xarray.Dataset) -> np.ndarray:
    thinnest = h["smallest_singular_value"].isel(matrix=0).idxmin("step").values
    longest = h["weight_norm"].sel(fit="no_ridge").idxmax("step").values
    return (np.abs(thinnest - 100) <= 5) & (np.abs(longest - 100) <= 5)


def _same_training_error(h: xarray.Dataset) -> np.ndarray:
    fitted = h["train_error"].sel(fit="no_ridge", step=[100, 2000]).max("step").values < 1e-6
    return fitted & (_at(h, 100) >= 10 * _at(h, 2000))


def _no_peak(h: xarray.Dataset) -> np.ndarray:
    after = _test(h, "ridge").sel(step=slice(100, None)).max("step").values
    medians = [np.median(_at(h, p, "ridge")) for p in (100, 2000)]
    return (after < _at(h, 50, "ridge")) & (medians[0] < 3 * medians[1])


def _bump(h: xarray.Dataset) -> np.ndarray:
    return _at(h, 100, "ridge") >= 1.5 * _small(h, "ridge")


def _peak_follows(fewer: xarray.Dataset, more: xarray.Dataset) -> np.ndarray:
    return (np.abs(_worst(fewer) - 50) <= 5) & (np.abs(_worst(more) - 200) <= 20)


def _more_hurts(fewer: xarray.Dataset, more: xarray.Dataset) -> np.ndarray:
    return _at(more, 100) >= 5 * _at(fewer, 100)


def _still_peaks(h: xarray.Dataset) -> np.ndarray:
    return (np.abs(_worst(h) - 100) <= 10) & (_at(h, 100) >= 3 * _small(h))


def _ridge_hurts(h: xarray.Dataset) -> np.ndarray:
    return _at(h, 2000, "ridge") > 1.5 * _at(h, 2000)


def _best_never_rises(h: xarray.Dataset) -> np.ndarray:
    best = 10 ** h["ridge_map"].isel(step=-1).min("ridge").values
    return np.array([(best <= 1.1 * np.minimum.accumulate(best)).all()])  # of medians: one answer


CLAIMS = (
    Claim(
        "peak",
        "Without ridge the test error is worst with about as many features as training points "
        "(90 to 110 for 100), and at least ten times as large there as with 2000 features.",
        (Config(),), _peak, share=0.85, source="Belkin et al. 2019",
    ),
    Claim(
        "second_descent",
        "More parameters do not mean more overfitting: with 2000 features the test error is "
        "lower than with any number up to 80.",
        (Config(),), _second_descent, share=0.85, source="Belkin et al. 2019",
    ),
    Claim(
        "thin_direction",
        "At about as many features as points the one fit through all of them needs enormous "
        "weights: there, within 5 features, the smallest singular value is smallest and the "
        "weights are longest.",
        (Config(),), _thin_direction, share=0.85, source="Advani & Saxe 2017",
    ),
    Claim(
        "same_training_error",
        "With 100 features and with 2000 no training error is left, and the test errors are ten "
        "times apart: of fits through all points, the one with the smaller weights is better.",
        (Config(),), _same_training_error, share=0.85,
    ),
    Claim(
        "no_peak_with_ridge",
        "With a ridge of 0.1 there is no peak: from 100 features on the test error stays below "
        "that of 50, and its median at 100 is less than three times that at 2000.",
        (Config(ridge=0.1),), _no_peak, share=0.85, source="Nakkiran et al. 2021",
    ),
    Claim(
        "weak_ridge",
        "A ridge of 0.001 is too weak: with 100 features the test error is still at least 1.5 "
        "times that of the best smaller model.",
        (WEAK,), _bump, share=0.85,
    ),
    Claim(
        "best_ridge_never_rises",
        "With the best ridge for each number of features, the median test error never rises by "
        "more than a tenth when features are added.",
        (Config(),), _best_never_rises, source="Nakkiran et al. 2021", share=0.75, over="group",
    ),
    Claim(
        "peak_follows_n",
        "The peak follows the number of training points: it is near 50 features for 50 points "
        "and near 200 for 200 (within a tenth).",
        (HALF, Config(n_samples=200)), _peak_follows, share=0.85, source="Belkin et al. 2019",
    ),
    Claim(
        "more_data_hurts",
        "With 100 features, 100 training points give at least five times the test error that 50 "
        "points give.",
        (HALF, Config()), _more_hurts, share=0.85, source="Nakkiran 2019",
    ),
    Claim(
        "peak_without_noise",
        "Clean labels do not take the peak away: what the features cannot express acts like "
        "noise, and 100 of them are at least three times worse than the best smaller model.",
        (CLEAN,), _still_peaks, share=0.85,
    ),
    Claim(
        "ridge_can_hurt",
        "With clean labels and 2000 features a ridge of 0.1 hurts: the test error is at least "
        "1.5 times that without a ridge.",
        (CLEAN,), _ridge_hurts, share=0.85,
    ),
)
