"""Optimizers on a network: who learns digits fastest, and at which learning rate?

A multilayer perceptron on scikit-learn's digits. Every optimizer starts from the same
weights and sees the same batches, seed by seed, so that nothing but the update rule
differs; all optimizers, seeds and learning rates train as one stacked program.

Papers: Kingma & Ba 2015 (Adam), Loshchilov & Hutter 2019 (AdamW), Wilson et al. 2017 (the
construction on which adaptive methods generalise worse), Schmidt et al. 2021 (tuning
decides benchmarks of optimizers).
Differs from the papers in: nets and data are small enough for a classroom; rates are
constant over time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.optimizers.fair import coefficients
from core.concepts.optimizers.wilson import wilson
from core.config import ChangingConfig, each_once, setting
from core.data.own import OrOwn, shape_of
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split, batches, digits
from core.stacked.losses import SQUARED_ERROR
from core.stacked.nets import MLP
from core.stacked.own import SCALING, own_split
from core.stacked.race import Race, Runner
from core.stacked.rules import RULE_NAMES, RULES
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

OptimizerName = Literal[
    "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "amsgrad", "lion"
]
MAX_FRAMES = 60
N_TRAIN = 1000
SWEEP_RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
SWEEP_IMAGES = 250
"""The sensitivity's loss is measured on this many of the training images."""
LOSS_CEILING = 10.0
"""Losses are drawn up to here; guessing gives ln 10 = 2.3 on digits. More means diverged."""


@dataclass(frozen=True)
class Task:
    """What the nets learn.

    Attributes:
        label: For people.
        rates: Per optimizer its learning rate: on digits the best of `SWEEP_RATES` by the
            final training loss, mean over seeds; on Wilson's construction one at which it
            fits the training points without oscillating.
    """

    label: str
    rates: Mapping[str, float]


TASKS = {
    "digits": Task("Digits", {
        "sgd": 1.0, "momentum": 0.3, "nesterov": 0.3, "adagrad": 0.1, "rmsprop": 0.01,
        "adam": 0.03, "adamw": 0.03, "amsgrad": 0.03, "lion": 0.003,
    }),
    "wilson": Task("Wilson's construction", {
        "sgd": 0.3, "momentum": 0.03, "nesterov": 0.03, "adagrad": 0.03, "rmsprop": 0.01,
        "adam": 0.01, "adamw": 0.01, "amsgrad": 0.01, "lion": 0.003,
    }),
}


TaskName = Annotated[Literal["digits", "wilson"], OrOwn(
    f"{SCALING} The best rate of each rule is the one for digits: on other data it need not be."
)]


class Config(ChangingConfig):
    """Who races, on what, and how it is tuned."""

    task: TaskName = setting("digits", "The data to learn",
        names={name: task.label for name, task in TASKS.items()},
    )
    optimizers: tuple[OptimizerName, ...] = setting(
        ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion"),
        "The update rules that race",
        names=RULE_NAMES,
    )
    rates: Literal["tuned", "shared"] = setting(
        "tuned", "Each rule at its own best learning rate, or one rate for all",
        names={"tuned": "Own best rate", "shared": "One for all"},
    )
    learning_rate: float = setting(
        0.001, "The learning rate of all rules when rates are shared", ge=1e-4, le=3, log=True,
        changeable=True,
    )
    n_steps: int = setting(
        300, "Number of updates", ge=20, le=1000, unit="steps", step=20
    )
    batch_size: int = setting(
        64, "Images per update", ge=8, le=256, unit="images", step=8, group="Network"
    )
    width: int = setting(
        64, "Units of the hidden layer", ge=4, le=128, unit="units", step=4, group="Network"
    )
    momentum: float = setting(
        0.9, "Of Momentum and Nesterov", ge=0, le=0.99, group="Coefficients", step=0.01
    )
    beta1: float = setting(
        0.9, "Memory of the mean gradient in Adam, AdamW, AMSGrad and Lion", ge=0, le=0.99,
        group="Coefficients", step=0.01,
    )
    beta2: float = setting(
        0.999, "Memory of the squared gradient in Adam, AdamW and AMSGrad", ge=0, le=0.9999,
        group="Coefficients", step=0.0001,
    )
    weight_decay: float = setting(
        0.01, "Decoupled decay of AdamW", ge=0, le=1, group="Coefficients", step=0.01
    )
    bias_correction: bool = setting(
        True, "Whether Adam, AdamW and AMSGrad undo their start at zero", group="Coefficients"
    )
    sweep_seeds: int = setting(
        2, "Seeds of the learning-rate sensitivity; 0 leaves it out", ge=0, le=8,
        unit="seeds", label="Sensitivity", group="Seeds",
    )
    n_seeds: int = setting(
        8, "Nets per optimizer, each with its own split, weights and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: splits, initial weights and batches", ge=0, le=9999, group="Seeds"
    )

    @model_validator(mode="after")
    def _some_optimizers(self) -> Config:
        each_once("optimizers", self.optimizers, get_args(OptimizerName))
        return self


def learning_rates(config: Config) -> dict[str, float]:
    """The rate of each optimizer of the race."""
    if config.rates == "shared":
        return dict.fromkeys(config.optimizers, config.learning_rate)
    task = TASKS["digits" if shape_of(config.task) else config.task]
    return {name: task.rates[name] for name in config.optimizers}


def rate_factor(config: Config, now: Config) -> float:
    """By how much the rates of the race have changed; those that are tuned never do."""
    return now.learning_rate / config.learning_rate if config.rates == "shared" else 1.0


def n_sweep(config: Config) -> int:
    """Seeds of the sensitivity: never more than the race has."""
    return min(config.sweep_seeds, config.n_seeds)


def net_of(config: Config) -> MLP:
    """64-width-10 with ReLU for digits; for Wilson's construction a linear model."""
    if config.task == "wilson":
        return MLP((303, 1), loss=SQUARED_ERROR, bias=False)
    own = shape_of(config.task)
    n_inputs, n_classes = (own.n_features, own.n_classes) if own else (64, 10)
    return MLP((n_inputs, config.width, n_classes))


def initial_parameters(config: Config, net: MLP) -> Tensor:
    """Per seed the weights that all its nets start from, (S, P); zero for Wilson's."""
    drawn = [net.init(np.random.default_rng((seed, 0))) for seed in config.seeds]
    start = torch.from_numpy(np.stack(drawn))
    return torch.zeros_like(start) if config.task == "wilson" else start


def data_of(config: Config) -> Split:
    if own := shape_of(config.task):  # two thirds to learn from
        return own_split(config.task, config.seeds, min(N_TRAIN, own.n * 2 // 3), N_TRAIN)
    return wilson(config.seeds) if config.task == "wilson" else digits(config.seeds, N_TRAIN)


def race_of(config: Config, net: MLP, start: Tensor) -> Race:
    """Every optimizer at its rate, every seed: K = optimizers x seeds."""
    rates = learning_rates(config)
    runners = [
        Runner(name, {**coefficients(config, name), "learning_rate": rates[name]}, s)
        for name in config.optimizers for s in range(config.n_seeds)
    ]
    return Race(net, runners, start, config.batch_size)


def sweep_of(config: Config, net: MLP, start: Tensor) -> Race | None:
    """Every optimizer at every rate of the grid: K = optimizers x rates x sweep seeds."""
    if n_sweep(config) == 0:
        return None
    runners = [
        Runner(name, {**coefficients(config, name), "learning_rate": rate}, s)
        for name in config.optimizers for rate in SWEEP_RATES for s in range(n_sweep(config))
    ]
    return Race(net, runners, start[: n_sweep(config)], config.batch_size)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The race and, beside it, the sensitivity sweep; a shared rate may change on the way."""
    net, data = net_of(config), data_of(config)
    start = initial_parameters(config, net)
    race, sweep = race_of(config, net, start), sweep_of(config, net, start)
    few, t, now = n_sweep(config), 0, config

    def measure() -> Measured:
        return _measured(now, t, race, sweep, data)

    now = yield t, measure
    schedule = batches(data, config.seeds, config.batch_size, config.n_steps)
    for t, (x, y) in enumerate(schedule, start=1):
        race.step(x, y, rate_factor(config, now))
        if sweep is not None:
            sweep.step(x[:few], y[:few])
        now = yield t, measure


def _measured(config: Config, t: int, race: Race, sweep: Race | None, data: Split) -> Measured:
    shape = (len(config.optimizers), config.n_seeds)
    train_loss, train_accuracy = race.losses(data.train_x, data.train_y)
    _, test_accuracy = race.losses(data.test_x, data.test_y)
    arrays = {
        "train_loss": train_loss.view(shape),
        "train_accuracy": train_accuracy.view(shape),
        "test_accuracy": test_accuracy.view(shape),
    }
    if sweep is not None:
        few = n_sweep(config)
        some = (slice(few), slice(None), slice(SWEEP_IMAGES))
        loss, _ = sweep.losses(data.train_x[some], data.train_y[some])
        arrays["sweep_loss"] = loss.view(len(config.optimizers), len(SWEEP_RATES), few)
    ready = {name: _capped(name, a) for name, a in arrays.items()}
    return ready, _diverged(config, t, train_loss.view(shape))


def _capped(name: str, a: Tensor) -> np.ndarray:
    # a loss that overflowed is drawn at the ceiling, where the axis says what it means
    if name.endswith("loss"):
        a = a.nan_to_num(nan=LOSS_CEILING).clamp_max(LOSS_CEILING)
    return a.numpy().astype(np.float32)


def _diverged(config: Config, t: int, loss: Tensor) -> Iterator[Note]:
    """Who has diverged by now."""
    for i, name in enumerate(config.optimizers):
        bad = ~(loss[i] < LOSS_CEILING)  # true for nan as well
        if bad.any():
            yield Note("cold" if _starts_cold(config, name) else "diverged", {
                "rule": name, "step": t, "n": int(bad.sum()), "n_seeds": config.n_seeds,
                "rate": f"{learning_rates(config)[name]:g}", "ceiling": f"{LOSS_CEILING:g}",
                "repair": _repair(config, name),
            }, about=name)


def _starts_cold(config: Config, name: str) -> bool:
    """Whether a rule's means begin at zero, and nothing corrects for it."""
    return not config.bias_correction and "bias_correction" in RULES[name].defaults


def _repair(config: Config, name: str) -> str:
    """Which control to move when a rule diverges."""
    if config.rates == "shared":
        return "learning_rate"
    return next((c for c in ("momentum", "beta1") if c in RULES[name].defaults), "share")


NOTES = {
    "diverged": "{rule} diverged by step {step} in {n} of {n_seeds} seeds: the learning rate "
                "{rate} is too large for this net, so its loss passed {ceiling}. To repair it, "
                "{repair}.",
    "cold": "{rule} diverged by step {step} in {n} of {n_seeds} seeds: its means begin at zero, "
            "and without bias correction its first steps are too long; at the learning rate "
            "{rate} its loss passed {ceiling}. To repair it, switch Bias correction on, or "
            "{repair}.",
    **names("repair", {
        "learning_rate": "lower Learning rate", "momentum": "lower Momentum",
        "beta1": "lower Beta1", "share": "set Rates to One for all and lower Learning rate",
    }),
    **names("rule", {name: rule.label for name, rule in RULES.items()}),
}


DIMS = {
    "train_loss": ("step", "optimizer", "seed"),
    "train_accuracy": ("step", "optimizer", "seed"),
    "test_accuracy": ("step", "optimizer", "seed"),
    "sweep_loss": ("step", "optimizer", "rate", "sweep_seed"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "optimizer": list(config.optimizers),
        "seed": list(config.seeds),
        "rate": list(SWEEP_RATES),
        "sweep_seed": list(config.seeds)[: n_sweep(config)],
    }
