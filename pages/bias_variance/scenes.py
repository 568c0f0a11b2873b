"""The lesson on bias and variance: one curve, drawn again and again on new points."""

from __future__ import annotations

from core.concepts.bias_variance import EXPERIMENTS
from core.concepts.bias_variance.regression import GRID
from core.concepts.bias_variance.regression_claims import (
    FOREST,
    NOISES,
    STIFF,
    WIGGLY,
    WIGGLY_AT_LENGTH,
)
from core.config import with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

REGRESSION = EXPERIMENTS[0]
CREST = float(GRID[50])
"""Where the sine is highest."""


def _mean(array: str, complexity: int, run: int = 0) -> Value:
    """An error or a part of it, mean over the repetitions."""
    return Value(Ref(array, complexity=complexity, reduce="mean"), run=run)


SCENES = (
    Scene(
        "line", REGRESSION, (STIFF,), ("fits",), ("line_stays", "variance_is_not_spread"), 0,
        values={"bias": _mean("bias_squared", 1), "variance": _mean("variance", 1)},
        stops=(Stop(1), Stop(2), Stop(10, "fits", CREST, Ref("main", x=CREST))),
        words=("degree", "bias", "variance"),
    ),
    Scene(
        "twelve", REGRESSION, (STIFF, WIGGLY), ("fits",),
        ("twelve_moves", "bias_falls_variance_grows"), 2,
        values={f"{part}_{side}": _mean(array, degree, run)
                for run, (side, degree) in enumerate((("left", 1), ("right", 12)))
                for part, array in (("bias", "bias_squared"), ("variance", "variance"))},
        stops=(Stop(3), Stop(10)), words=("degree", "bias", "variance"),
    ),
    Scene(
        "degree", REGRESSION, (WIGGLY_AT_LENGTH,), ("parts", "fits"),
        ("three_of_four", "cubic_is_best", "parts_meet_error"), 1,
        values={"bias": _mean("bias_squared", 3), "variance": _mean("variance", 3),
                "three": _mean("test_error", 3), "one": _mean("test_error", 1),
                "fifteen": _mean("test_error", 15)},
        stops=(Stop(20), Stop(200, "parts", Ref("best", xy="x"), Ref("best", xy="y"))),
        hidden=("Lowest sum", "Training error"),
        words=("degree", "bias", "variance", "noise", "test_error"),
    ),
    Scene(
        "training", REGRESSION, (WIGGLY_AT_LENGTH,), ("parts", "fits"),
        ("training_error_misleads", "too_flexible"), 3,
        values={"train": _mean("train_error", 15), "fresh": _mean("test_error", 15),
                "three": _mean("test_error", 3)},
        stops=(Stop(30, "parts", 15.0, Ref("train_error", complexity=15, reduce="mean")),),
        hidden=("Bias²", "Variance", "Lowest sum"),
        words=("training_error", "test_error", "degree"),
    ),
    Scene(
        "floor", REGRESSION, NOISES, ("parts",), ("noise_floor", "noise_and_variance"), 2,
        values={"lowest": Value(Ref("best", xy="y"), run=1),
                "variance_left": _mean("variance", 3), "variance_right": _mean("variance", 3, 1)},
        stops=(Stop(50),), hidden=("Training error", "Lowest sum"),
        marks=False, words=("noise", "variance", "test_error"),
    ),
    Scene(
        "bagging", REGRESSION, (with_changes(FOREST, n_seeds=3),), ("parts", "fits"),
        ("bagging",), 1,
        values={f"{part}_{n}": _mean(array, n) for n in (1, 30)
                for part, array in (("bias", "bias_squared"), ("variance", "variance"))},
        stops=(Stop(20),), hidden=("Training error", "Lowest sum"),
        words=("tree", "bootstrap", "bagging", "variance"),
    ),
)
