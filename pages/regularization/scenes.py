"""The lesson on overfitting: a network that learns mistakes by heart, and what keeps it from it."""

from __future__ import annotations

from core.concepts.regularization import (
    EXPERIMENTS,
    cross_validation_claims,
    double_descent,
    plane,
    remedies_claims,
    strength,
)
from core.config import with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

REMEDIES, STRENGTH, PLANE, DESCENT, FOLDS, _, _ = EXPERIMENTS
N_SEEDS = 4
BEST_MOMENT = 100
ONE_BORDER = 3
"""The first of the seeds whose net draws a single line before it draws islands."""
ONCE = cross_validation_claims.ONCE
(FOUR,) = REMEDIES.claim("who_memorises").configs


def _of(array: str, remedy: str, step: int | None = None) -> Value:
    """A share of a remedy's nets, median over seeds."""
    return Value(Ref(array, remedy=remedy, reduce="median"), "percent", step=step)


def _accuracy(dropout: float, step: int | None = None) -> Value:
    return Value(Ref("test_accuracy", curve="treated", position=dropout, reduce="median"),
                 "percent", step=step)


def _test_error(features: int) -> Value:
    return Value(Ref("test_error", fit="no_ridge", reduce="median"), step=features)


def _of_fold(array: str, choice: str) -> Value:
    return Value(Ref(array, choice=choice, seed=ONCE.seed))


SCENES = (
    Scene(
        "heart", REMEDIES, (with_changes(remedies_claims.PLAIN, n_seeds=N_SEEDS),),
        ("pictures", "test_accuracy"), ("memorises", "past_its_best"), 2,
        values={"seen": _of("seen_through", "none", BEST_MOMENT),
                "memorised": _of("memorised", "none"), "end": _of("test_accuracy", "none"),
                "best": Value(Ref("best_accuracy", remedy="none"), "percent")},
        stops=(Stop(BEST_MOMENT, "test_accuracy", Ref("best_step", remedy="none"),
                    Ref("best_accuracy", remedy="none")),),
        words=("overfitting", "label", "accuracy", "seed"),
    ),
    Scene(
        "islands", PLANE, (plane.Config(remedies=("none",), n_seeds=N_SEEDS, seed=ONE_BORDER),),
        ("surface_none", "test_accuracy"), ("islands",), 2,
        values={"memorised": _of("memorised", "none"), "end": _of("test_accuracy", "none"),
                "early": _of("test_accuracy", "none", 56)},
        stops=(Stop(56, "test_accuracy", y=Ref("test_accuracy", remedy="none", reduce="median")),),
        words=("overfitting", "label", "network"),
    ),
    Scene(
        "remedies", REMEDIES, (with_changes(FOUR, n_seeds=N_SEEDS),),
        ("memorised", "test_accuracy"),
        ("who_memorises", "dropout", "input_noise", "weight_decay"), 3,
        values={remedy: _of("memorised", remedy) for remedy in REMEDIES.coords(FOUR)["remedy"]},
        stops=(Stop(75),),
        words=("regularization", "weight_decay", "dropout"),
    ),
    Scene(
        "dose", STRENGTH, (strength.Config(n_seeds=2),), ("test_accuracy",),
        ("too_much", "too_much_decay"), 1,
        values={"early": _accuracy(0, BEST_MOMENT), "none": _accuracy(0), "some": _accuracy(0.375),
                "most": _accuracy(0.875)},
        stops=(Stop(BEST_MOMENT),),
        words=("dropout", "accuracy"),
    ),
    Scene(
        "folds", FOLDS, (ONCE,), ("errors", "fits"),
        ("held_out_choose", "beats_no_ridge", "training_error_misleads", "near_oracle"), 1,
        values={"chosen": _of_fold("chosen_ridge", "cross_validated"),
                "far": _of_fold("excess_error", "no_ridge"),
                "near": _of_fold("excess_error", "cross_validated")},
        stops=(Stop(1), Stop(2)),
        hidden=("True error", "One standard error", "Oracle"),
        words=("ridge", "fold", "cross_validation", "training_error"),
    ),
    Scene(
        "descent", DESCENT, (double_descent.Config(n_seeds=6),), ("test_error", "weight_norm"),
        ("peak", "second_descent", "thin_direction", "no_peak_with_ridge"), 1,
        values={"few": _test_error(30), "peak": _test_error(100), "many": _test_error(2000)},
        stops=(Stop(30, "test_error", y=Ref("test_error", fit="no_ridge", reduce="median")),
               Stop(100, "test_error", y=Ref("test_error", fit="no_ridge", reduce="median"))),
        words=("feature", "ridge", "test_error", "weight"), marks=False,
    ),
)
