"""What the smallest game teaches: presets to open, and claims that are checked.

All is exact; seeds only turn the start around the solution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.gan.dirac import Config, predicted
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
WASSERSTEIN = Config(loss="wasserstein", n_steps=1000, moves=(
    "simultaneous", "alternating", "averaged", "optimistic", "extragradient"))
KEPT_SLOPES = Config(loss="wasserstein", moves=("penalty", "clip", "r1"))
BRAKE = Config(moves=("r1",), n_steps=300)
HARD_BRAKE = Config(moves=("r1",), r1_weight=2.0, n_steps=300)
NON_SATURATING = Config(loss="non_saturating", moves=("alternating", "r1"), n_steps=2000)

PRESETS = (
    Preset("The smallest game", FIRST,
           "Two players, one number each, and each goes downhill. Where do they end?",
           ("never_there", "outwards", "r1_arrives")),
    Preset("Exact circles", WASSERSTEIN,
           "Both move at once, or in turns, or each expects what the other will do. Which of them "
           "arrives?",
           ("wasserstein_law", "alternating_bounded", "mean_arrives", "looking_ahead")),
    Preset("Slopes kept small", KEPT_SLOPES,
           "A critic whose slope is clipped, one that is to have slope 1, one with R1. Which "
           "game comes to rest at the solution?",
           ("penalty_elsewhere", "clip_circles")),
    Preset("A harder brake", HARD_BRAKE,
           "R1 brakes the discriminator. Does twice the weight arrive sooner?",
           ("more_is_slower", "rate_is_the_eigenvalue")),
    Preset("Not for ever", NON_SATURATING,
           "The non-saturating game, players in turns. Does it circle for ever, too?",
           ("non_saturating_slowly",)),
)


def _radius(h: xarray.Dataset, move: str) -> np.ndarray:
    """Over the steps and starts, (step, seed)."""
    return h["radius"].sel(move=move).values


def _never_there(h: xarray.Dataset) -> np.ndarray:
    return np.minimum(_radius(h, "simultaneous").min(0), _radius(h, "alternating").min(0)) > 0.9


def _outwards(h: xarray.Dataset) -> np.ndarray:
    return _radius(h, "simultaneous")[-1] > 1.5


def _r1_arrives(h: xarray.Dataset) -> np.ndarray:
    return _radius(h, "r1")[-1] < 1e-6


def _law(h: xarray.Dataset) -> np.ndarray:
    expected = [predicted(WASSERSTEIN, "simultaneous", int(t)) for t in h["step"]]
    return np.all(np.isclose(_radius(h, "simultaneous"), np.array(expected)[:, None], rtol=1e-5),
                  axis=0)


def _bounded(h: xarray.Dataset) -> np.ndarray:
    r, most = _radius(h, "alternating"), np.sqrt(1.05 / 0.95)
    return (r.min(0) > 1 / most - 1e-6) & (r.max(0) < most + 1e-6)


def _mean(h: xarray.Dataset) -> np.ndarray:
    return (_radius(h, "averaged")[-1] < 0.05) & (_radius(h, "alternating")[-1] > 0.95)


def _ahead(h: xarray.Dataset) -> np.ndarray:
    ends = [_radius(h, move)[-1] for move in ("optimistic", "extragradient")]
    return np.max(ends, axis=0) < 0.01


def _elsewhere(h: xarray.Dataset) -> np.ndarray:
    late = h["step"].values >= 400
    return _radius(h, "penalty")[late].min(0) > 1.9


def _clip(h: xarray.Dataset) -> np.ndarray:
    late = _radius(h, "clip")[h["step"].values >= 400]
    return (late.min(0) > 0.45) & (late.max(0) < 0.6)


def _slower(brake: xarray.Dataset, hard: xarray.Dataset) -> np.ndarray:
    return _radius(hard, "r1")[-1] > 100 * _radius(brake, "r1")[-1]


def _rate(h: xarray.Dataset) -> np.ndarray:
    r, steps = _radius(h, "r1"), h["step"].values
    begin = int(np.searchsorted(steps, 150))
    found = (r[-1] / r[begin]) ** (1 / (steps[-1] - steps[begin]))
    return np.abs(found - predicted(HARD_BRAKE, "r1", 1)) < 0.002


def _slowly(h: xarray.Dataset) -> np.ndarray:
    end = _radius(h, "alternating")[-1]
    return (end > 0.15) & (end < 0.25) & (_radius(h, "r1")[-1] < 1e-6)


CLAIMS = (
    Claim("never_there",
          "In 500 updates neither simultaneous nor alternating players come nearer to the solution "
          "than 0.9 of the distance at which they began.",
          (FIRST,), _never_there, share=0.9),
    Claim("outwards",
          "Simultaneous players spiral outwards: after 500 updates they are at least 1.5 times as "
          "far away as at the start.",
          (FIRST,), _outwards),
    Claim("r1_arrives", "With R1 the same players are within a millionth after 500 updates.",
          (FIRST,), _r1_arrives, source="Mescheder et al. 2018"),
    Claim("wasserstein_law",
          "With the Wasserstein loss the radius of simultaneous players grows by the factor "
          "√(1 + h²) per update, exactly.",
          (WASSERSTEIN,), _law),
    Claim("alternating_bounded",
          "Alternating Wasserstein players go round for ever: their radius stays between 0.95 and "
          "1.06, and they never arrive.",
          (WASSERSTEIN,), _bounded),
    Claim("mean_arrives",
          "The mean of all places of alternating players comes within 0.05, while the players "
          "themselves are still farther than 0.95.",
          (WASSERSTEIN,), _mean),
    Claim("looking_ahead",
          "Optimistic and extragradient players are within 0.01 after 1000 updates.",
          (WASSERSTEIN,), _ahead, source="Daskalakis et al. 2018"),
    Claim("penalty_elsewhere",
          "A gradient penalty that wants a slope of 1 does not arrive: the players stay farther "
          "than 1.9 from the solution.",
          (KEPT_SLOPES,), _elsewhere, source="Mescheder et al. 2018"),
    Claim("clip_circles",
          "A slope that is clipped at 0.5 makes the circle smaller, and leaves it a circle: from "
          "update 400 on the radius is between 0.45 and 0.6.",
          (KEPT_SLOPES,), _clip),
    Claim("more_is_slower",
          "With R1 of weight 2 the players are at least 100 times as far away after 300 updates as "
          "with weight 1.",
          (BRAKE, HARD_BRAKE), _slower),
    Claim("rate_is_the_eigenvalue",
          "With R1 of weight 2 the radius shrinks per update by the absolute value of the larger "
          "eigenvalue, to 0.002.",
          (HARD_BRAKE,), _rate),
    Claim("non_saturating_slowly",
          "Alternating non-saturating players do come nearer, slowly: after 2000 updates they are "
          "at 0.15 to 0.25, those with R1 within a millionth.",
          (NON_SATURATING,), _slowly),
)
