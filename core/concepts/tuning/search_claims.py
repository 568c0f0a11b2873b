"""What the lab of searches teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.tuning.search import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

NET = Config()
FOUR = Config(objective="four", n_trials=81, searches=("grid_search", "random_search"))
TWO = Config(objective="both", n_trials=25, searches=("grid_search", "random_search"))
BRANIN = Config(objective="branin", n_trials=25)

PRESETS = (
    Preset(
        "Five knobs, 32 trials", NET,
        "A grid of 32 trials has two values for each of five knobs. Random search has 32 values of "
        "each. Who finds the better net, and which knob decides?",
        ("bayes_beats_grid", "rate_matters_most"),
    ),
    Preset(
        "Four knobs, two matter", FOUR,
        "81 trials: a grid has three values of each of four knobs, two of which hardly matter. "
        "Does chance beat it?",
        ("random_wins_in_four",),
    ),
    Preset(
        "Two knobs: a coin toss", TWO,
        "The same with two knobs and a grid of 5 × 5. Does chance still beat it?",
        ("no_sure_winner_in_two",),
    ),
    Preset(
        "A smooth valley", BRANIN,
        "Branin's function is smooth and without noise. What does a model of the trials find in "
        "25 of them?",
        ("bayes_on_branin",),
    ),
)


def _best(h: xarray.Dataset, search: str) -> np.ndarray:
    """The least value that a search has found, (seed,)."""
    return h["best"].sel(search=search).isel(step=-1).values


def _bayes_grid(h: xarray.Dataset) -> np.ndarray:
    return _best(h, "bayesian_search") < _best(h, "grid_search")


def _random_grid(h: xarray.Dataset) -> np.ndarray:
    return _best(h, "random_search") < _best(h, "grid_search")


def _rate_most(h: xarray.Dataset) -> np.ndarray:
    share = h["importance"].isel(step=-1)
    return share.sel(knob="rate").values > share.drop_sel(knob="rate").max("knob").values


def _no_sure(h: xarray.Dataset) -> list[bool]:
    return [bool((_best(h, "grid_search") <= _best(h, "random_search")).any())]


def _bayes_random(h: xarray.Dataset) -> np.ndarray:
    return _best(h, "bayesian_search") < _best(h, "random_search")


CLAIMS = (
    Claim(
        "bayes_beats_grid",
        "With five knobs and 32 trials Bayesian optimization finds a better net than a grid of two "
        "values for each knob.",
        (NET,), _bayes_grid, share=0.9, source="Snoek et al. 2012",
    ),
    Claim(
        "rate_matters_most",
        "Of the five knobs the learning rate explains more of the differences than any other.",
        (NET,), _rate_most, share=0.85, source="Hutter et al. 2014",
    ),
    Claim(
        "random_wins_in_four",
        "With four knobs, two of which matter, 81 random trials come nearer to the lowest point "
        "than a grid of three values for each.",
        (FOUR,), _random_grid, share=0.75, source="Bergstra & Bengio 2012",
    ),
    Claim(
        "no_sure_winner_in_two",
        "With two knobs random search is no sure winner: among eight seeds there are some in which "
        "a grid of 5 x 5 comes as near or nearer.",
        (TWO,), _no_sure, over="group", share=0.75,
    ),
    Claim(
        "bayes_on_branin",
        "On a smooth function without noise a model of the trials pays: after 25 trials Bayesian "
        "optimization is nearer to the lowest point than random search.",
        (BRANIN,), _bayes_random, share=0.8,
    ),
)
