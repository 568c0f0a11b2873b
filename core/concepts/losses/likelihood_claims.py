"""What the lab of likelihood teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.losses.likelihood import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
FEW = Config(n_samples=30)
HARD = Config(standardised=False)
MANY = Config(n_samples=1000)

PRESETS = (
    Preset(
        "Know where you are unsure", DEFAULT,
        "The noise grows from left to right. A net may say a spread at every x. Does its 95 % band "
        "hold 95 % of fresh points everywhere?",
        ("constant_covers_wrongly", "learned_covers", "overall_hides", "learned_is_likelier"),
    ),
    Preset(
        "Too sure with 30 points", FEW,
        "The same with 30 points instead of 300. What becomes of the learned spread?",
        ("few_points_overfit", "few_points_undercover"),
    ),
    Preset(
        "The mean is given up", HARD,
        "Now x is not standardised, and the curve is hard to learn. Who still finds the mean?",
        ("mean_given_up", "beta_repairs"),
    ),
    Preset(
        "A thousand points", MANY,
        "With 1000 points and standardised x: is a learned spread bad for the mean here, too?",
        ("mean_unharmed",),
    ),
)


def _end(h: xarray.Dataset, array: str, head: str) -> np.ndarray:
    """At the last step, (seed,) or (bin, seed)."""
    return h[array].sel(head=head).isel(step=-1).values


def _likelier(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "test_nll", "constant") - _end(h, "test_nll", "learned") > 0.15


def _constant_covers(h: xarray.Dataset) -> np.ndarray:
    covered = _end(h, "coverage_at", "constant")
    return (covered[0] > 0.98) & (covered[-1] < 0.88)


def _learned_covers(h: xarray.Dataset) -> np.ndarray:
    ends = _end(h, "coverage_at", "learned")[[0, -1]]
    return np.all((ends > 0.85) & (ends < 0.99), axis=0)


def _overall(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_end(h, "coverage", "constant") - _end(h, "coverage", "learned")) < 0.04


def _gap(h: xarray.Dataset, head: str) -> np.ndarray:
    """By how much fresh points are less likely than those of training, (seed,)."""
    return _end(h, "test_nll", head) - _end(h, "train_nll", head)


def _few(h: xarray.Dataset) -> list[bool]:
    gaps = [_gap(h, head).mean() for head in ("learned", "constant")]
    return [bool(gaps[0] > 1.5 and gaps[0] > 1.5 * gaps[1])]


def _undercover(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "coverage", "learned") < 0.9


def _given_up(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "mean_error", "learned") > 1.4 * _end(h, "mean_error", "constant")


def _beta(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "mean_error", "weighted") < 0.8 * _end(h, "mean_error", "learned")


def _unharmed(h: xarray.Dataset) -> list[bool]:
    learned, constant = (_end(h, "mean_error", head).mean() for head in ("learned", "constant"))
    return [bool(0.75 < learned / constant < 1.35)]


CLAIMS = (
    Claim(
        "learned_is_likelier",
        "With 300 points, fresh ones have a negative log-likelihood that is lower by more than "
        "0.15 where the spread is learned than with one spread for all.",
        (DEFAULT,), _likelier, share=0.9,
    ),
    Claim(
        "constant_covers_wrongly",
        "With one spread for all, the 95 % band holds over 98 % of fresh points in the quiet fifth "
        "of x and under 88 % in the noisy one.",
        (DEFAULT,), _constant_covers, share=0.9,
    ),
    Claim(
        "learned_covers",
        "With a learned spread it holds from 85 to 99 % in both.",
        (DEFAULT,), _learned_covers, share=0.9,
    ),
    Claim(
        "overall_hides",
        "Over all x together the two bands hold nearly the same: within 4 points.",
        (DEFAULT,), _overall, share=0.9,
    ),
    Claim(
        "few_points_overfit",
        "With 30 points, on average over seeds, the learned spread's negative log-likelihood is "
        "over 1.5 higher on fresh points than on those of training, and the gap is over 1.5 times "
        "that of one spread for all.",
        (FEW,), _few, over="group", share=0.75,
    ),
    Claim(
        "few_points_undercover",
        "With 30 points the 95 % band of the learned spread holds under 90 % of fresh points.",
        (FEW,), _undercover, share=0.9,
    ),
    Claim(
        "mean_given_up",
        "Where the curve is hard to learn, the mean that is learned with its spread ends more than "
        "1.4 times as far from the curve as the mean alone.",
        (HARD,), _given_up, share=0.9, source="Seitzer et al. 2022",
    ),
    Claim(
        "beta_repairs",
        "With β = 0.5, β-NLL takes at least a fifth off that distance.",
        (HARD,), _beta, share=0.9, source="Seitzer et al. 2022",
    ),
    Claim(
        "mean_unharmed",
        "Where x is standardised, a learned spread neither harms nor helps the mean: on average "
        "over seeds the distances differ by less than about a third.",
        (MANY,), _unharmed, over="group", share=0.75,
    ),
)
