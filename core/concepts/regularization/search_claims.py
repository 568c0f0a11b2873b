"""What the search lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 31.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.regularization.search import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

LONG = Config(n_trials=40)
FEW_IMAGES = Config(n_trials=40, n_validation=50)
CLEAN = Config(label_noise=0.0)

PRESETS = (
    Preset(
        "One budget, two searches", Config(),
        "20 trials each, the first five the same. Whose best trial will be better, and by how "
        "much?",
        ("not_behind", "better_trials", "strong_rival"),
    ),
    Preset(
        "All labels right", CLEAN,
        "No training label is wrong. How much better will the best trial be than with a fifth of "
        "them flipped?",
        ("labels_cost",),
    ),
    Preset(
        "A small validation set", FEW_IMAGES,
        "40 trials are judged on the same 50 images. Is the winner as good as it looks?",
        ("optimism",),
    ),
    Preset(
        "Twice the budget", LONG,
        "Chance has no surrogate to fit and can run on two machines. Do 40 random trials reach "
        "what 20 Bayesian ones do?",
        ("twice_the_budget",),
    ),
)


def _best(h: xarray.Dataset, method: str, t: int | None = None) -> np.ndarray:
    """Per seed the best validation accuracy after t trials, (seed,)."""
    best = h["best_accuracy"].sel(search=method)
    return (best.isel(step=-1) if t is None else best.sel(step=t)).values


def _not_behind(h: xarray.Dataset) -> np.ndarray:
    return _best(h, "bayesian_search") - _best(h, "random_search") >= -0.02


def _better_trials(h: xarray.Dataset) -> np.ndarray:
    mean = h["mean_accuracy"].isel(step=-1)  # the first five trials are the same
    random, bayes = (mean.sel(search=m).values for m in ("random_search", "bayesian_search"))
    return bayes > random


def _strong_rival(h: xarray.Dataset) -> np.ndarray:
    return _best(h, "bayesian_search") - _best(h, "random_search") <= 0.05


def _labels_cost(clean: xarray.Dataset, flipped: xarray.Dataset) -> np.ndarray:
    either = [h["best_accuracy"].isel(step=-1).max("search").values for h in (clean, flipped)]
    return either[0] - either[1] >= 0.02


def _optimism(h: xarray.Dataset) -> np.ndarray:
    test = h["test_accuracy"].sel(search="bayesian_search").isel(step=-1).values
    return np.array([(_best(h, "bayesian_search") - test).mean() > 0])  # on average: one answer


def _twice(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_best(h, "random_search", 40) - _best(h, "bayesian_search", 20)) <= 0.03


CLAIMS = (
    Claim(
        "not_behind",
        "After 20 trials the best validation accuracy of Bayesian optimization is at most two "
        "points below that of random search.",
        (Config(),), _not_behind, share=0.85, source="Snoek et al. 2012",
    ),
    Claim(
        "better_trials",
        "Chosen trials are better trials: from the sixth on, their mean accuracy is higher than "
        "that of random ones.",
        (Config(),), _better_trials, share=0.85,
    ),
    Claim(
        "strong_rival",
        "Random search is a strong rival: after 20 trials its best is at most five points lower.",
        (Config(),), _strong_rival, share=0.75, source="Bergstra & Bengio 2012",
    ),
    Claim(
        "twice_the_budget",
        "Twice the budget makes up for chance: 40 random trials and 20 Bayesian ones end within "
        "three points of each other.",
        (LONG,), _twice, share=0.75,
    ),
    Claim(
        "labels_cost",
        "No search makes up for wrong labels: with 20 % of them flipped, the best trial of both "
        "searches is at least two points worse than with right ones.",
        (CLEAN, Config()), _labels_cost, share=0.85,
    ),
    Claim(
        "optimism",
        "The winner of 40 trials on 50 images looks better than it is: on average over the "
        "searches, its accuracy on test images is lower.",
        (FEW_IMAGES,), _optimism, share=0.75, over="group",
    ),
)
