"""The magnifying glass: which settings of a lab come along to the one that shows a step of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import pytest

from core.concepts import find
from core.config import Change, ChangingConfig, Config, setting, settings_of, with_changes
from core.experiment import Experiment
from explorer.page import lab_of
from explorer.slow_motion import slow_motion
from tests.support.visits import ends

STEP = {"optimizers.surface": "optimizers.step", "optimizers.network": "optimizers.step",
        "regularization.remedies": "regularization.step",
        "regularization.strength": "regularization.step",
        "bias_variance.regression": "bias_variance.step", "ensembles.growing": "ensembles.step",
        "dqn.understand": "dqn.step", "dqn.solve": "dqn.step",
        "skip_connections.depth": "skip_connections.step",
        "skip_connections.inside": "skip_connections.step", "recurrence.inside": "recurrence.step",
        "convolution.inside": "convolution.step", "convolution.explain": "convolution.step",
        "transfer.labels": "transfer.step", "transfer.sources": "transfer.step",
        "meta_learning.sinusoids": "meta_learning.step",
        "attention.translate": "attention.step", "attention.hard": "attention.step",
        "dilated_convolution.reach": "dilated_convolution.step",
        "transformer.parts": "transformer.step", "transformer.inside": "transformer.step"}
"""Where the labs' magnifying glasses lead. Without one: labs that make no updates (the ridges, the
search), and those whose step would be another one than is shown there: classification (no squared
error), voting (no bootstrap sample, no round of reweighting), the plane (no image), memory (other
rules and rates, nets of several lengths), pictures and blocks (other nets than the one that is
looked into).
"""

CARRIED = {
    "optimizers.surface": {
        "surface", "condition_number", "rotation", "start_x", "start_y", "momentum", "beta1",
        "beta2", "bias_correction", "schedule", "spread", "seed"},
    "optimizers.network": {"momentum", "beta1", "beta2", "bias_correction"},
    "regularization.remedies": {
        "weight_decay", "dropout", "input_noise", "label_smoothing", "n_train", "label_noise",
        "width", "learning_rate", "batch_size", "n_seeds", "seed"},
    "regularization.strength": {
        "n_train", "label_noise", "width", "learning_rate", "n_seeds", "seed"},
    "bias_variance.regression": {
        "family", "degree", "n_neighbors", "max_depth", "alpha", "n_estimators", "width", "truth",
        "noise_sd", "n_samples", "design", "seed"},
    "ensembles.growing": {
        "data", "n_samples", "noise", "flip", "max_depth", "boosting_depth", "learning_rate",
        "subsample", "n_seeds", "seed"},
    "dqn.understand": {
        "target_update_interval", "buffer_size", "learning_rate", "gamma", "epsilon_start",
        "epsilon_end", "epsilon_decay_steps", "loss", "double", "dueling", "n_step", "batch_size",
        "tau", "gravity", "pole_length", "n_seeds", "seed"},
    "dqn.solve": {
        "n_step", "learning_rate", "gamma", "tau", "double", "batch_size", "n_seeds", "seed"},
    "skip_connections.depth": {
        "net", "batch_norm", "optimizer", "learning_rate", "gain", "width", "batch_size", "n_seeds",
        "seed"},
    "skip_connections.inside": {
        "net", "batch_norm", "optimizer", "learning_rate", "gain", "depth", "width", "batch_size",
        "n_seeds", "seed"},
    "recurrence.inside": {
        "task", "cell", "length", "width", "n_steps", "forget_bias", "update_bias", "n_seeds",
        "seed"},
    **{lab: {"data", "kernel", "start", "n_train", "n_steps", "learning_rate", "batch_size",
             "seed"} for lab in ("convolution.inside", "convolution.explain")},
    "transfer.labels": {
        "source", "rates", "learning_rate", "fine_tuning_rate", "n_steps", "n_pretraining", "width",
        "n_seeds", "seed", "data"},
    "transfer.sources": {
        "n_labels", "rates", "learning_rate", "fine_tuning_rate", "n_steps", "n_pretraining",
        "width", "n_seeds", "seed", "data"},
    "meta_learning.sinusoids": {
        "n_shots", "inner_rate", "learning_rate", "n_tasks", "width", "n_seeds", "seed"},
    **{lab: {"task", "encoder", "longest", "n_steps", "learning_rate", "width", "batch_size",
             "seed"} for lab in ("attention.translate", "attention.hard")},
    "dilated_convolution.reach": {
        "lags", "n_layers", "kernel", "gate", "residual", "learning_rate", "start", "batch_size",
        "width", "seed"},
    **{lab: {"task", "n_layers", "learning_rate", "warm_up", "start", "batch_size", "positions",
             "norm", "residual", "mlp", "sees", "scale", "n_heads", "width", "seed"}
       for lab in ("transformer.parts", "transformer.inside")},
}
"""The settings that come along, by lab."""
ANOTHER = {
    "optimizers.surface": {"learning_rate", "n_seeds"},
    "optimizers.network": {"learning_rate", "n_seeds", "seed"},
    "regularization.strength": {"remedy"},
    "bias_variance.regression": {"n_resamples", "n_seeds"},
    "convolution.inside": {"n_seeds"}, "convolution.explain": {"n_seeds"},
    "attention.translate": {"n_seeds"}, "attention.hard": {"n_seeds"},
    "dilated_convolution.reach": {"n_seeds"},
    "transformer.parts": {"n_seeds"}, "transformer.inside": {"n_seeds"},
}
"""Those of the same name that mean something else there."""


@pytest.mark.parametrize("lab", [find(name) for name in STEP], ids=lambda e: e.name)
def test_what_comes_along(lab: Experiment) -> None:
    """Every setting that both labs have, at both ends of its control here, or at the end of the
    control there where that comes before it.
    """
    slowly, there = lab_of(lab).slowly, find(STEP[lab.name])
    assert slowly
    both = set(settings_of(lab.config)) & set(settings_of(there.config))
    assert both == CARRIED[lab.name] | ANOTHER.get(lab.name, set())
    room = lab_of(lab).narrower(lab.config())
    for name in CARRIED[lab.name]:
        for end in room.get(name, ends(lab.config, name)):
            experiment, config = slowly(with_changes(lab.config(), **{name: end}), 60)
            assert experiment is there
            assert getattr(config, name) == nearest(there, name, end), (name, end)


def nearest(lab: Experiment, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    allowed = ends(lab.config, name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = (float(end) for end in allowed if end is not None)
        return min(max(value, low), high)
    return value if value is None or value in allowed else lab.config.model_fields[name].default


# --- the way itself ----------------------------------------------------------------------


class Here(ChangingConfig):
    n_steps: int = setting(100, "Steps", ge=1, le=1000)
    rate: float = setting(0.3, "A rate", ge=0, le=10, changeable=True)
    world: Literal["moon", "sun"] = setting("moon", "Where")
    empty: float | None = setting(None, "A number or none", ge=0, le=1)


class There(Config):
    at: int = setting(5, "The step", ge=0, le=50)
    rate: float = setting(0.5, "A rate", ge=0.2, le=1)
    world: Literal["earth", "moon"] = setting("earth", "Where")
    empty: float | None = setting(0.5, "A number or none", ge=0, le=1)
    color: Literal["red", "blue"] = setting("red", "Which")


@pytest.mark.parametrize(("given", "at", "meant", "wanted"), [
    ({}, 7, {}, There(at=7, rate=0.3, world="moon", empty=None)),
    ({"seed": 4, "n_seeds": 2}, 0, {"n_seeds": 1},
     There(at=0, rate=0.3, world="moon", empty=None, seed=4)),
    ({"rate": 5, "world": "sun"}, 900, {}, There(at=50, rate=1, empty=None)),
    ({"rate": 0}, 5, {"color": "blue"}, There(rate=0.2, world="moon", empty=None, color="blue")),
    ({"changes": (Change(10, "rate", 0.8),)}, 9, {}, There(at=9, rate=0.3, world="moon",
                                                           empty=None)),
    ({"changes": (Change(10, "rate", 0.8),)}, 10, {}, There(at=10, rate=0.8, world="moon",
                                                            empty=None)),
])
def test_the_way_itself(
    given: dict[str, Any], at: int, meant: dict[str, Any], wanted: There,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Settings of the same name, the step, and what is meant otherwise; a number beyond the bounds
    comes to them, an unknown option to its default; what changed by then has its last value.
    """
    there = SimpleNamespace(config=There)
    monkeypatch.setattr("explorer.slow_motion.find", lambda name: there)
    assert slow_motion("some.step", Here(**given), at, **meant) == (there, wanted)
