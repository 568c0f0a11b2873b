"""The lesson on optimizers: from one ball in a valley to rules that share a landscape."""

from __future__ import annotations

from core.concepts.optimizers import EXPERIMENTS
from core.concepts.optimizers.network_claims import RATES
from core.concepts.optimizers.surface_claims import (
    ALIGNED,
    EDGE,
    EGG_CARTON,
    EVERY_STEP,
    MEMORY,
    SCALES,
)
from core.config import with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

SURFACE, NETWORK, _ = EXPERIMENTS
OUT = 75
"""Steps after which a descent just over its limit has left the picture."""


def _arrival(rule: str, run: int = 0) -> Value:
    """The step at which a rule has arrived."""
    return Value(Ref("arrival", optimizer=rule, reduce="median"), "whole", run=run)


def _at(rule: str, xy: str) -> Ref:
    """A coordinate of a rule's first point."""
    return Ref("position", optimizer=rule, xy=xy, seed=0)


def _height(rule: str, run: int = 0, step: int | None = None) -> Value:
    """Of the lowest of a rule's points."""
    return Value(Ref("loss", optimizer=rule, reduce="min"), run=run, step=step)


def _accuracy(rule: str, run: int) -> Value:
    return Value(Ref("test_accuracy", optimizer=rule, reduce="median"), "percent", run=run)


SCENES = (
    Scene(
        "valley", SURFACE,
        (with_changes(ALIGNED, optimizers=("sgd",), n_steps=EVERY_STEP),), ("paths",),
        ("zigzag",), 1,
        values={"x": Value(_at("sgd", "x"), step=24)},
        stops=(Stop(2, "paths", _at("sgd", "x"), _at("sgd", "y")),
               Stop(10, "paths", _at("sgd", "x"), _at("sgd", "y"))),
        until=24, words=("gradient", "step", "sgd", "learning_rate"),
    ),
    Scene(
        "too_far", SURFACE,
        tuple(with_changes(ALIGNED, optimizers=("sgd",), rates="shared", n_steps=EVERY_STEP,
                           learning_rate=factor * EDGE) for factor in (0.99, 1.01)),
        ("paths",), ("gd_limit", "momentum_limit"), 2,
        values={"start": _height("sgd", step=0), "left": _height("sgd", step=OUT),
                "right": _height("sgd", run=1, step=OUT)},
        stops=(Stop(20, "paths", _at("sgd", "x"), _at("sgd", "y")),), until=OUT,
        words=("learning_rate", "step", "sgd"),
    ),
    Scene(
        "memory", SURFACE, (MEMORY,), ("paths", "loss"),
        ("momentum_first", "momentum_halves"), 2,
        values={"momentum": _arrival("momentum"), "x": Value(_at("sgd", "x"))},
        stops=(Stop(20, "paths", _at("momentum", "x"), _at("momentum", "y")),
               Stop(105, "loss", y=Ref("loss", optimizer="momentum", reduce="median"))),
        words=("momentum", "sgd", "update_rule", "learning_rate"),
    ),
    Scene(
        "scales", SURFACE,
        tuple(with_changes(SCALES, rotation=angle) for angle in (0, 45)), ("paths", "loss"),
        ("order_turns", "rotation_hurts", "rotation_unnoticed"), 2,
        values={"rmsprop": _arrival("rmsprop"), "momentum": _arrival("momentum"),
                "momentum_right": _arrival("momentum", 1), "height": _height("rmsprop", 1)},
        stops=(Stop(20, "loss", y=Ref("loss", optimizer="rmsprop", reduce="median")),
               Stop(105, "loss", y=Ref("loss", optimizer="momentum", reduce="median"))),
        words=("rmsprop", "momentum", "update_rule", "adam"),
    ),
    Scene(
        "race", NETWORK, tuple(with_changes(c, n_seeds=4) for c in RATES), ("test_accuracy",),
        ("rate_decides", "unfair_race", "same_test_accuracy", "wider_window"), 2,
        values={f"{rule}_{side}": _accuracy(rule, run)
                for run, side in enumerate(("left", "right")) for rule in ("sgd", "adam")},
        stops=(Stop(40, "test_accuracy",
                    y=Ref("test_accuracy", optimizer="adam", reduce="median")),),
        words=("network", "adam", "sgd", "accuracy", "seed"),
    ),
    Scene(
        "deepest", SURFACE, (with_changes(EGG_CARTON, n_seeds=8),), ("paths",),
        ("no_escape", "start_decides"), 3,
        values={rule: _height(rule) for rule in ("momentum", "adam")},
        stops=(Stop(30, "paths", _at("momentum", "x"), _at("momentum", "y")),),
        words=("local_minimum", "sgd", "momentum", "adam"),
    ),
)
