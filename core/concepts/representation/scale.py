"""The same measurements in other units: which models mind, and why?

A table of measurements is told to nets, linear models, nearest neighbours and trees: raw, with
every column standardised, as logarithms, or as which fifth a value belongs to. Beside it, the
condition number of each, and two weights whose loss can be drawn whole.

Papers: LeCun, Bottou, Orr & Müller 1998 (efficient backprop, section 4.3: normalizing the inputs),
Kingma & Ba 2015 (Adam: steps that do not depend on a gradient's scale).
Differs from the papers in: tables of 178 and 569 rows, nets of one hidden layer, 200 updates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.representation.learners import (
    FITTED,
    MODEL_NAMES,
    MODELS,
    RULES,
    Pair,
)
from core.concepts.representation.plane import ENDS, START, UNITS, Plane, grid
from core.concepts.representation.plane import RULES as PLANE_RULES
from core.concepts.representation.rates import OWN
from core.concepts.representation.scales import (
    SCALE_NAMES,
    SCALES,
    ScaleName,
    condition_number,
)
from core.concepts.representation.tables import Halves, halves, table_of
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.data.own import OrOwn, shape_of
from core.experiment import recorded_steps
from core.lazy import torch
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

MAX_FRAMES = 50
DataName = Annotated[Literal["wine", "breast_cancer"], OrOwn(
    "As the representations say, by the training half: raw as in the file. No good learning rates "
    "are known, so there is one for all.",
    lambda own: own.n_features >= 2, "Here at least two columns of numbers are needed.",
)]


class Config(BaseConfig):
    """Which table, told how, to whom."""

    data: DataName = setting(
        "wine", "The measurements: half of the rows to learn from, half to be tested on",
        label="Table", names={"wine": "Wine", "breast_cancer": "Breast cancer"},
    )
    scales: tuple[ScaleName, ...] = setting(
        ("raw", "standardised", "log", "binned"), "How every number is told to the models",
        label="Representations", names=SCALE_NAMES,
    )
    rates: Literal["own", "shared"] = setting(
        "own", "Every model and representation at its own good learning rate, or one for all",
        label="Learning rates", names={"own": "Own good rate", "shared": "One for all"},
    )
    learning_rate: float = setting(
        0.01, "The learning rate of all nets and linear models", ge=1e-6, le=1, log=True,
    )
    n_steps: int = setting(200, "Number of updates", ge=20, le=1000, unit="steps", log=True)
    unit: float = setting(
        10, "Two weights: how many times larger the second feature's numbers are than if it were "
        "standardised", ge=1, le=100, log=True, label="Unit: × larger numbers",
    )
    start_x: float = setting(
        START[0], "Where both rules begin: the first of two weights", ge=ENDS[0], le=ENDS[1],
        step=0.1, group="Two weights", label="Start: first weight",
    )
    start_y: float = setting(
        START[1], "Where both rules begin: the second of two weights", ge=ENDS[0], le=ENDS[1],
        step=0.1, group="Two weights", label="Start: second weight",
    )
    hidden: int = setting(
        16, "Of the nets' hidden layer", ge=2, le=64, unit="units", group="Models",
        label="Hidden units",
    )
    n_neighbors: int = setting(
        5, "How many neighbours vote", ge=1, le=25, unit="neighbours", group="Models",
        label="Neighbours",
    )
    n_seeds: int = setting(
        8, "Repetitions, each with its own halves, weights and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: halves, initial weights and batches", ge=0, le=9999, group="Seeds"
    )

    @model_validator(mode="after")
    def _some_scales(self) -> Config:
        each_once("scales", self.scales, get_args(ScaleName))
        return self


def rates_of(config: Config, scale: str, kind: str) -> list[float]:
    """The learning rate of each rule, for "net" or "linear" models."""
    if config.rates == "shared" or shape_of(config.data):
        return [config.learning_rate] * len(RULES)
    return [OWN[config.data, f"{kind}_{rule}", scale] for rule in RULES]


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets and linear models, update by update; what is fitted at once is so at the first."""
    rows = [halves(config.data, seed) for seed in config.seeds]
    told: dict[str, list[Halves]] = {
        scale: [as_told(one, scale) for one in rows] for scale in config.scales}
    n_classes = len(table_of(config.data).classes)
    pairs: dict[tuple[str, str], Pair] = {
        (kind, scale): Pair(told[scale], n_classes, hidden, rates_of(config, scale, kind),
                            config.seeds, config.n_steps)
        for kind, hidden in (("net", config.hidden), ("linear", 0)) for scale in config.scales
    }
    plane = Plane(config.data, config.unit, (config.start_x, config.start_y))
    fitted = _fitted(config, told)
    still = _still(config, rows, told) | {
        "landscape": plane.landscape(), "lowest": plane.lowest}
    t = 0

    def measure() -> Measured:
        said = {key: pair.said() for key, pair in pairs.items()}
        there = fitted if t else np.full_like(fitted, np.nan)  # not before the first update
        arrays = {"test_error": _errors(config, rows, said, there), **plane.arrays()}
        ready = {name: np.asarray(a, np.float32) for name, a in
                 (arrays | (still if t == 0 else {})).items()}
        return ready, _failures(config, t, said)

    yield t, measure
    for t in range(1, config.n_steps + 1):
        for pair in pairs.values():
            pair.step()
        plane.step()
        yield t, measure


def as_told(rows: Halves, scale: str) -> Halves:
    """One seed's rows in a representation that is learned from its training half."""
    transform = SCALES[scale].learn(rows.train_x)  # type: ignore[index]
    return Halves(transform(rows.train_x), rows.train_y, transform(rows.test_x), rows.test_y)


# --- what is measured --------------------------------------------------------------------


def _fitted(config: Config, told: Mapping[str, list[Halves]]) -> np.ndarray:
    """Errors of what scikit-learn fits, (model, scale, seed)."""
    return np.array([[[
        1 - model.make(config.n_neighbors, seed).fit(one.train_x, one.train_y).score(
            one.test_x, one.test_y)
        for one, seed in zip(told[scale], config.seeds, strict=True)]
        for scale in config.scales] for model in FITTED.values()])


def _errors(
    config: Config, rows: list[Halves], said: Mapping[tuple[str, str], Tensor],
    fitted: np.ndarray,
) -> np.ndarray:
    """Of all models, (model, scale, seed)."""
    truth = torch.from_numpy(np.stack([one.test_y for one in rows]))  # (seed, n)
    trained = [torch.stack([(said[kind, scale] != truth).double().mean(2)
                            for scale in config.scales], 1)
               for kind in ("net", "linear")]  # (rule, scale, seed) each
    return np.concatenate([*trained, fitted])


def _still(
    config: Config, rows: list[Halves], told: Mapping[str, list[Halves]]
) -> dict[str, np.ndarray]:
    """What training does not change: how the numbers lie, and how long the valley is."""
    spread = [told[scale][0].train_x.std(0) if scale != "binned"
              else np.full(rows[0].train_x.shape[1], np.nan) for scale in config.scales]
    return {
        "condition": np.array([[condition_number(one.train_x) for one in told[scale]]
                               for scale in config.scales]),
        "spread": np.array(spread),
    }


def _failures(
    config: Config, t: int, said: Mapping[tuple[str, str], Tensor]
) -> Iterator[Note]:
    """Who overflowed; at the end, who names one class for everything, in most seeds."""
    for kind in ("net", "linear"):
        for j, rule in enumerate(RULES):
            for scale in config.scales:
                answers = said[kind, scale][j]  # (seed, n)
                model = f"{kind}_{rule}"
                values = {"model": model, "scale": scale, "step": t}
                if (answers < 0).any():
                    yield Note("overflowed", values, about=f"{model} {scale}")
                elif t == config.n_steps and (answers == answers[:, :1]).all(1).float().median():
                    yield Note("one_class", values, about=f"{model} {scale}")


NOTES = {
    "overflowed": "{model}, {scale}: its numbers are too large for the computer by step {step}. A "
                  "lower learning rate helps.",
    "one_class": "{model}, {scale}: after {step} steps it names the same class for every row. "
                 "Another learning rate, or standardised numbers, help.",
    **names_of("model", MODEL_NAMES), **names_of("scale", SCALE_NAMES),
}

DIMS = {
    "test_error": ("step", "model", "scale", "seed"),
    "condition": ("scale", "seed"), "spread": ("scale", "feature"),
    "landscape": ("unit", "y", "x"), "lowest": ("unit", "xy"),
    "position": ("step", "unit", "rule", "xy"), "above": ("step", "unit", "rule"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "model": list(MODELS), "scale": list(config.scales), "seed": list(config.seeds),
        "feature": list(table_of(config.data).features), "unit": list(UNITS),
        "rule": list(PLANE_RULES), "xy": ["x", "y"], "x": grid().tolist(), "y": grid().tolist(),
    }
