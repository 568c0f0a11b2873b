"""What the voting lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims ensembles --first-seed 100`
checks them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.ensembles.voting import Config
from core.config import with_changes
from core.experiment import Claim, Holds, Preset

if TYPE_CHECKING:
    import xarray

POINT = 0.01
MOONS = Config(data="moons", n_samples=150)
EXPERT = Config(data="breast_cancer", n_samples=280)
TWINS = with_changes(MOONS, members=("logistic", "naive_bayes"))

PRESETS = (
    Preset(
        "Democracy needs diversity", Config(),
        "Four classifiers of different kinds, each wrong at about a quarter of the points. How "
        "often is their vote wrong?",
        ("soft_beats_mean", "soft_beats_best", "hard_beats_mean"),
    ),
    Preset(
        "The expert outvotes the crowd", EXPERT,
        "One of the four is far better than the others. Should it let them vote?",
        ("expert_wins", "hard_beats_mean"),
    ),
    Preset(
        "Twins", TWINS,
        "Two classifiers that are wrong at the same points. What does their vote gain?",
        ("twins_gain_nothing",),
    ),
    Preset(
        "A crowd on the moons", MOONS,
        "Nearest neighbours know moons best. Does the vote beat them?",
        ("soft_beats_mean", "stacking_near_best"),
    ),
)


def _final(h: xarray.Dataset, rule: str) -> np.ndarray:
    """Per seed the error once all have joined, (seed,)."""
    return h["error"].sel(rule=rule).isel(step=-1).values


def _beats_mean(rule: str) -> Holds:
    def check(*histories: xarray.Dataset) -> np.ndarray:
        return np.all([_final(h, rule) < _final(h, "mean_member") for h in histories], axis=0)

    return check


def _soft_beats_best(h: xarray.Dataset) -> np.ndarray:
    return _final(h, "soft") <= _final(h, "best_member")


def _expert_wins(h: xarray.Dataset) -> np.ndarray:
    best = _final(h, "best_member")
    return (_final(h, "soft") > best) & (_final(h, "hard") > best)


def _twins_gain_nothing(h: xarray.Dataset) -> np.ndarray:
    last = h.isel(step=-1)
    alike = last["alike"].sel(member="logistic", other="naive_bayes").item()
    return (np.abs(last["gain"].isel(subset=0).values) <= POINT) & (alike > 0.85)


def _stacking_near_best(*histories: xarray.Dataset) -> np.ndarray:
    return np.all([_final(h, "stacking") <= _final(h, "best_member") + 2 * POINT
                   for h in histories], axis=0)


CLAIMS = (
    Claim(
        "soft_beats_mean",
        "The soft vote errs less than the mean member, with twenty features and on the moons.",
        (Config(), MOONS), _beats_mean("soft"), share=0.85,
    ),
    Claim(
        "hard_beats_mean",
        "The hard vote errs less than the mean member, with twenty features and on breast "
        "cancer.",
        (Config(), EXPERT), _beats_mean("hard"), share=0.85,
    ),
    Claim(
        "soft_beats_best",
        "With twenty features, where no member stands out, the soft vote is at least as good as "
        "the best member.",
        (Config(),), _soft_beats_best, share=0.75,
    ),
    Claim(
        "expert_wins",
        "That a vote beats its best member is no law: on breast cancer one expert is better "
        "than the hard and the soft vote.",
        (EXPERT,), _expert_wins, share=0.75,
    ),
    Claim(
        "twins_gain_nothing",
        "On the moons logistic regression and naive Bayes err at the same points (correlation "
        "above 0.85): their vote is within a point of the mean member.",
        (TWINS,), _twins_gain_nothing, share=0.85,
    ),
    Claim(
        "stacking_near_best",
        "Stacking learns whom to trust: it is within two points of the best member, with twenty "
        "features, on the moons and on breast cancer.",
        (Config(), MOONS, EXPERT), _stacking_near_best, share=0.75, source="Wolpert 1992",
    ),
)
