"""What the growing lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims ensembles --first-seed 100`
checks them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.ensembles.growing import Config
from core.concepts.ensembles.methods import MethodName
from core.config import with_changes
from core.experiment import Claim, Holds, Preset

if TYPE_CHECKING:
    import xarray

POINT = 0.01  # a percentage point of the error


def _only(*methods: MethodName, **changes: Any) -> Config:
    """These methods alone."""
    return Config(watch=methods[0], methods=methods, **changes)


STUMPS = _only("bagging", "tree", "adaboost", max_depth=1)
CALM = _only("bagging", "tree")
BAGGED_STUMPS = _only("bagging", "tree", max_depth=1)
BOOSTED_STUMPS = _only("adaboost", "tree", max_depth=1, n_estimators=100)
TUMOURS, POISONED_TUMOURS = (
    _only("adaboost", "bagging", data="breast_cancer", n_samples=300, flip=f) for f in (0, 0.2)
)
MOONS, POISONED_MOONS = (_only("bagging", "adaboost", flip=f) for f in (0, 0.2))
POISONED = Config(
    watch="adaboost", methods=("forest",), data="breast_cancer", n_samples=300, flip=0.2,
    n_estimators=400,
)
OOB = _only("forest", n_samples=400, n_estimators=200)

PRESETS = (
    Preset(
        "Bagging calms the tree", Config(),
        "Draw as many points as there are, with repetition, and grow a tree. Do it 50 times, and "
        "let the trees vote. How much of one tree's error is left?",
        ("bagging_calms", "variance_falls", "forest_unlike"),
    ),
    Preset(
        "You can't bag away bias",
        with_changes(STUMPS, methods=("tree", "adaboost")),
        "Every tree may ask a single question. Will fifty of them, each on other points, make "
        "fewer errors than one?",
        ("stumps_stay", "boosting_stumps"),
    ),
    Preset(
        "A hundred weak rules",
        Config(watch="adaboost", methods=("tree", "gradient_boosting"), n_estimators=100),
        "Each rule is a single cut. Which points will weigh most after a hundred of them?",
        ("boosting_stumps", "bias_falls", "margins_grow"),
    ),
    Preset(
        "Poisoned labels", POISONED,
        "Every fifth training label is wrong. Who suffers more from it, AdaBoost or the forest?",
        ("noise_hurts_boosting", "rounds_hurt", "noise_on_moons"),
    ),
    Preset(
        "Poisoned moons",
        Config(watch="forest", methods=("bagging", "adaboost"), flip=0.2, n_estimators=100),
        "The same poison, two features. Is AdaBoost again the one that suffers most?",
        ("noise_on_moons",),
    ),
    Preset(
        "Free validation: out of bag", with_changes(OOB, methods=("bagging",)),
        "A tree has not seen a third of the points. Can they take the test set's place, and "
        "from how many trees on?",
        ("oob_pessimistic", "oob_right", "trees_do_not_overfit"),
    ),
    Preset(
        "Ten digits", Config(data="digits", watch="forest", methods=("tree", "bagging"),
                             n_samples=400),
        "64 pixels, ten classes. How much does a crowd of trees gain here?",
        ("bagging_digits", "forest_unlike"),
    ),
)


def _error(h: xarray.Dataset, method: str, step: int | None = None,
           array: str = "test_error") -> np.ndarray:
    """Per seed the error after so many steps, by default all, (seed,)."""
    of_method = h[array].sel(ensemble=method)
    at = of_method.isel(step=-1) if step is None else of_method.sel(step=step, method="nearest")
    return at.values


def _gap(worse: str, better: str, points: float) -> Holds:
    def check(h: xarray.Dataset) -> np.ndarray:
        return _error(h, worse) - _error(h, better) >= points * POINT

    return check


def _fewer_but_some(h: xarray.Dataset) -> list[bool]:
    tree, bagged = (np.median(_error(h, m)) for m in ("tree", "bagging"))
    return [bool(tree / 2 < bagged <= 0.96 * tree)]


def _as_many(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_error(h, "tree") - _error(h, "bagging")) <= 3 * POINT


def _stumps_stay(h: xarray.Dataset) -> np.ndarray:
    bagged, boosted = (_error(h, "tree") - _error(h, m) for m in ("bagging", "adaboost"))
    return (np.abs(bagged) <= 4 * POINT) & (boosted >= 3 * bagged)


def _noise_hurts_boosting(
    clean: xarray.Dataset, noisy: xarray.Dataset, clean_forest: xarray.Dataset,
    noisy_forest: xarray.Dataset,
) -> np.ndarray:
    boosting = _error(noisy, "adaboost") - _error(clean, "adaboost")
    forest = _error(noisy_forest, "forest") - _error(clean_forest, "forest")
    return (boosting >= forest + 5 * POINT) & (forest <= 8 * POINT)


def _harm(clean: xarray.Dataset, noisy: xarray.Dataset, method: str) -> np.ndarray:
    """Per seed what the wrong labels cost a method, (seed,)."""
    return _error(noisy, method) - _error(clean, method)


def _boosting_loses_more(clean: xarray.Dataset, noisy: xarray.Dataset) -> np.ndarray:
    bagging = _harm(clean, noisy, "bagging")
    return _harm(clean, noisy, "adaboost") >= bagging + 2 * POINT


def _bagging_loses_more(clean: xarray.Dataset, noisy: xarray.Dataset) -> list[bool]:
    bagging, boosting = (np.median(_error(noisy, m)) - np.median(_error(clean, m))
                         for m in ("bagging", "adaboost"))
    return [bool(bagging >= boosting + 1 * POINT)]


def _rounds_hurt(noisy: xarray.Dataset) -> np.ndarray:
    return _error(noisy, "adaboost") > _error(noisy, "adaboost", 100)


def _noise_on_moons(clean: xarray.Dataset, noisy: xarray.Dataset) -> np.ndarray:
    harm = {m: _error(noisy, m) - _error(clean, m) for m in ("adaboost", "forest", "bagging")}
    return (harm["forest"] > harm["adaboost"]) & (harm["bagging"] > harm["adaboost"])


def _oob_pessimistic(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "forest", 5, "oob_error") > _error(h, "forest", 5)


def _oob_right(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_error(h, "forest", None, "oob_error") - _error(h, "forest")) <= 5 * POINT


def _oob_meets_test(h: xarray.Dataset) -> np.ndarray:
    test, oob, train = (_error(h, "bagging", None, array)
                        for array in ("test_error", "oob_error", "train_error"))
    return (np.abs(oob - test) <= 5 * POINT) & (train <= 1 * POINT)


def _trees_do_not_overfit(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "forest") <= _error(h, "forest", 50) + 1 * POINT


def _forest_unlike(h: xarray.Dataset) -> np.ndarray:
    alike = [_error(h, m, None, "correlation") for m in ("forest", "bagging")]
    gain = [_error(h, m, None, "gain") for m in ("forest", "bagging")]
    return (alike[0] < alike[1]) & (gain[0] > gain[1])


def _parts(h: xarray.Dataset, method: str) -> np.ndarray:
    """Bias and net variance (rows) of one member and of all (columns)."""
    last = h.isel(step=-1).sel(ensemble=method)
    return np.stack([last["bias"].values, last["net_variance"].values])


def _variance_falls(h: xarray.Dataset) -> np.ndarray:
    (bias, bias_of_all), (variance, variance_of_all) = _parts(h, "bagging")
    return np.array([variance_of_all <= 0.6 * variance and abs(bias_of_all - bias) <= 2 * POINT])


def _bias_falls(h: xarray.Dataset) -> np.ndarray:
    (bias, bias_of_all), _ = _parts(h, "adaboost")
    return np.array([bias_of_all <= 0.7 * bias])


def _margins_grow(h: xarray.Dataset) -> np.ndarray:
    # the smallest margin is where the cumulative share leaves zero, on the grid of margins
    below = (h["margins"].sel(ensemble="adaboost") == 0).sum("margin")
    early, late = (below.sel(step=s, method="nearest").values for s in (30, 200))
    return (_error(h, "adaboost", 30, "train_error") == 0) & (late > early)


CLAIMS = (
    Claim(
        "bagging_calms",
        "On the two moons, fifty bagged trees make fewer mistakes than one tree.",
        (CALM,), _gap("tree", "bagging", 0), share=0.85, source="Breiman 1996",
    ),
    Claim(
        "fewer_but_some",
        "On the two moons, by the medians over the seeds, fifty bagged trees make at least 4 % "
        "fewer mistakes than one tree, and more than half as many.",
        (CALM,), _fewer_but_some, share=0.75, over="group", source="Breiman 1996",
    ),
    Claim(
        "bagging_digits",
        "On the digits, fifty bagged trees are wrong at least eight points less often than one.",
        (_only("bagging", "tree", data="digits", n_samples=400),), _gap("tree", "bagging", 8),
    ),
    Claim(
        "variance_falls",
        "Bagging lowers the net variance of the tree by 40 % or more and leaves its bias where "
        "it was, within two points.",
        (CALM,), _variance_falls, share=0.75, over="group",
    ),
    Claim(
        "forest_unlike",
        "The mistakes of a forest's trees are less alike than those of bagged trees, and their "
        "vote gains more.",
        (_only("forest", "bagging"),), _forest_unlike, share=0.85, source="Breiman 2001",
    ),
    Claim(
        "stumps_stay",
        "You cannot bag away bias: fifty bagged stumps fail as often as one, within four points; "
        "boosting them gains at least three times as much.",
        (STUMPS,), _stumps_stay, share=0.85,
    ),
    Claim(
        "bagged_stumps_as_one",
        "Fifty bagged stumps make as many mistakes as one stump, within three points.",
        (BAGGED_STUMPS,), _as_many, share=0.8,
    ),
    Claim(
        "boosting_stumps",
        "The error of a hundred boosted stumps is at least five points below that of one stump.",
        (BOOSTED_STUMPS,), _gap("tree", "adaboost", 5), share=0.85, source="Freund & Schapire 1997",
    ),
    Claim(
        "bias_falls",
        "Boosting lowers the bias of the stump by 30 % or more.",
        (_only("adaboost", n_estimators=100),), _bias_falls, share=0.75, over="group",
    ),
    Claim(
        "margins_grow",
        "On breast cancer AdaBoost makes no training error any more after 30 stumps, and yet "
        "goes on: up to 200 the smallest margin grows.",
        (_only("adaboost", data="breast_cancer", n_estimators=200),), _margins_grow,
        share=0.85, source="Schapire et al. 1998",
    ),
    Claim(
        "noise_hurts_boosting",
        "On breast cancer, a fifth of wrong labels costs AdaBoost of 400 stumps at least five "
        "points more than a forest of 100 trees.",
        (*(with_changes(POISONED, methods=("adaboost",), flip=f) for f in (0, 0.2)),
         *(with_changes(POISONED, watch="forest", methods=(), n_estimators=100, flip=f)
           for f in (0, 0.2))),
        _noise_hurts_boosting, share=0.75,
    ),
    Claim(
        "boosting_loses_more",
        "On breast cancer, a fifth of wrong labels costs AdaBoost of 50 stumps at least two points "
        "more than 50 bagged trees.",
        (TUMOURS, POISONED_TUMOURS), _boosting_loses_more, share=0.75,
    ),
    Claim(
        "rounds_hurt",
        "With a fifth of wrong labels on breast cancer, AdaBoost is worse after 400 stumps than "
        "after 100.",
        (with_changes(POISONED, methods=("adaboost",)),), _rounds_hurt, share=0.75,
    ),
    Claim(
        "noise_on_moons",
        "That boosting suffers most is no law: on the two moons the same wrong labels cost "
        "bagging and the forest more than AdaBoost.",
        tuple(_only("forest", "bagging", "adaboost", flip=f, n_estimators=100)
              for f in (0, 0.2)),
        _noise_on_moons, share=0.75,
    ),
    Claim(
        "bagging_loses_more",
        "On the two moons, by the medians over the seeds, a fifth of wrong labels costs bagging at "
        "least one point more than AdaBoost.",
        (MOONS, POISONED_MOONS), _bagging_loses_more, share=0.75, over="group",
    ),
    Claim(
        "oob_meets_test",
        "On the two moons the out-of-bag error of fifty bagged trees is within five points of "
        "their error on new points; on the points that they have seen they err in at most 1 %.",
        (CALM,), _oob_meets_test, share=0.85, source="Breiman 1996",
    ),
    Claim(
        "oob_pessimistic",
        "Out of bag, each point is judged by the trees that never saw it. Of five trees these are "
        "two, which is too few: the estimate is too high.",
        (with_changes(OOB, n_estimators=5),), _oob_pessimistic, share=0.75,
    ),
    Claim(
        "oob_right",
        "With 200 trees the out-of-bag error is within five points of the test error.",
        (OOB,), _oob_right, share=0.85, source="Breiman 2001",
    ),
    Claim(
        "trees_do_not_overfit",
        "More trees do not overfit a forest: with 200 it errs no more than a point more than "
        "with 50.",
        (OOB,), _trees_do_not_overfit, share=0.85, source="Breiman 2001",
    ),
)
