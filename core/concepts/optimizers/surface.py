"""Optimizers on a surface: which way do eight update rules take, and how soon do they arrive?

Two parameters, so that everything can be seen: path, gradient, step, loss, and from where
(or with which coefficients) a rule arrives at all. All rules, all starts and all cells of
the convergence map move in one stacked update.

Papers: Polyak 1964 and Nesterov 1983 (momentum), Duchi et al. 2011 (AdaGrad), Kingma & Ba
2015 (Adam), Reddi et al. 2018 (AMSGrad), Chen et al. 2023 (Lion); Goh 2017 for the view.
Differs from the papers in: gradients are exact, without sampling noise, except on the
online problem; AMSGrad has Adam's bias correction, as torch's has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.optimizers.fair import coefficients
from core.concepts.optimizers.surfaces import SURFACES
from core.config import ChangingConfig, RefusedError, between, each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.rules import RULE_NAMES, RULES, Updater
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

if TYPE_CHECKING:
    from torch import Tensor

OptimizerName = Literal[
    "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "amsgrad", "lion"
]
SurfaceName = Literal[
    "quadratic", "rosenbrock", "beale", "himmelblau", "saddle", "rastrigin", "online"
]
LANDSCAPE_CELLS = 96
MAP_CELLS = 40
MAP_RATES = (1e-4, 3.0)

SECOND_COEFFICIENT = {  # what the map varies beside the learning rate
    "momentum": "momentum", "nesterov": "momentum", "rmsprop": "beta2",
    "adam": "beta1", "amsgrad": "beta1", "lion": "beta1",
}


class Config(ChangingConfig):
    """What to descend, from where, with which rules."""

    surface: SurfaceName = setting("quadratic", "The function to descend",
        names={name: land.label for name, land in SURFACES.items()},
    )
    optimizers: tuple[OptimizerName, ...] = setting(
        ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "amsgrad", "lion"),
        "The update rules that race",
        names=RULE_NAMES,
    )
    rates: Literal["tuned", "shared"] = setting(
        "tuned", "Each rule at its own best learning rate, or one rate for all",
        names={"tuned": "Own best rate", "shared": "One for all"},
    )
    learning_rate: float = setting(
        0.01, "The learning rate of all rules when rates are shared", ge=1e-4, le=3, log=True,
        changeable=True,
    )
    n_steps: int = setting(300, "Number of updates", ge=10, le=2000, unit="steps", log=True)
    condition_number: float = setting(
        100, "Steepest over flattest curvature of the quadratic valley", ge=1, le=1000, log=True
    )
    rotation: float = setting(
        20, "Angle between the quadratic valley and the axes; 45 is as far from both as it gets",
        ge=0, le=45, unit="degrees", step=1,
    )
    start_x: float | None = setting(
        None, "Where the descent begins; empty: the surface's own start", ge=-10, le=10
    )
    start_y: float | None = setting(
        None, "Where the descent begins; empty: the surface's own start", ge=-10, le=10
    )
    momentum: float = setting(
        0.9, "Of Momentum and Nesterov", ge=0, le=0.99, group="Coefficients", step=0.01
    )
    beta1: float = setting(
        0.9, "Memory of the mean gradient in Adam, AMSGrad and Lion", ge=0, le=0.99,
        group="Coefficients", step=0.01,
    )
    beta2: float = setting(
        0.999, "Memory of the squared gradient in Adam and AMSGrad", ge=0, le=0.9999,
        group="Coefficients", step=0.0001,
    )
    bias_correction: bool = setting(
        True, "Whether Adam and AMSGrad undo their start at zero", group="Coefficients"
    )
    schedule: Literal["constant", "inverse_sqrt"] = setting(
        "constant", "Learning rate over time: constant, or divided by the root of the step",
        group="Coefficients",
        names={"constant": "Constant", "inverse_sqrt": "1 / √step"},
    )
    map: Literal["off", "starts", "valleys", "rates"] = setting(
        "off", "Over starting points: the step from which a descent stays at a minimum, or which "
        "minimum that is; over learning rate x memory: the step",
        label="Convergence map", group="Convergence map",
        names={"off": "Off", "starts": "Starts", "valleys": "Valleys", "rates": "Rates"},
    )
    map_optimizer: OptimizerName = setting(
        "adam", "The rule that the convergence map is drawn for", group="Convergence map",
        names=RULE_NAMES,
    )
    n_seeds: int = setting(
        1, "Number of starts; the first is exact, the others are scattered", ge=1, le=16,
        group="Scatter of starts", unit="starts",
    )
    spread: float = setting(
        0.3, "Standard deviation of the scattered starts", ge=0, le=3, step=0.1,
        group="Scatter of starts",
    )
    seed: int = setting(
        0, "Chooses the scattered starts", ge=0, le=9999, group="Scatter of starts"
    )

    @model_validator(mode="after")
    def _start_on_the_surface(self) -> Config:
        surface = SURFACES[self.surface]
        for name, bounds in (("start_x", surface.x_range), ("start_y", surface.y_range)):
            value = getattr(self, name)
            if value is not None and not bounds[0] <= value <= bounds[1]:
                raise RefusedError(name, value, between(*bounds), surface=self.surface)
        each_once("optimizers", self.optimizers, get_args(OptimizerName))
        return self


def learning_rates(config: Config) -> dict[str, float]:
    """The rate of each optimizer of the race."""
    if config.rates == "shared":
        return dict.fromkeys(config.optimizers, config.learning_rate)
    tuned = SURFACES[config.surface].rates(config)
    return {name: tuned[name] for name in config.optimizers}


def starts(config: Config) -> np.ndarray:
    """Where the descents begin, (n_seeds, 2): the chosen point, then scattered ones.

    Seed 0 is the chosen point itself, every other seed its own scattered one, clipped to
    the surface. In the quadratic valley the surface's own start and its scatter turn with
    the valley, so that only the axes of the coordinates change with `rotation`.
    """
    surface = SURFACES[config.surface]
    own = config.start_x is None and config.start_y is None
    turn = config.rotation if own and config.surface == "quadratic" else 0
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    x = surface.start[0] if config.start_x is None else config.start_x
    y = surface.start[1] if config.start_y is None else config.start_y
    low, high = np.array([surface.x_range, surface.y_range]).T
    points = []
    for seed in range(config.seed, config.seed + config.n_seeds):
        offset = np.random.default_rng((seed, 0)).normal(0, config.spread, 2)
        point = np.array([x, y]) + (offset if seed else 0)
        points.append(np.clip(np.array([[c, -s], [s, c]]) @ point, low, high))
    return np.array(points)


def axes(config: Config, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Evenly spaced x and y over the drawn part of the surface, each (cells,)."""
    surface = SURFACES[config.surface]
    return np.linspace(*surface.x_range, cells), np.linspace(*surface.y_range, cells)


def map_axes(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """The convergence map's axes: x and y of starts, or learning rate and memory."""
    if config.map == "rates":
        return np.geomspace(*MAP_RATES, MAP_CELLS), np.linspace(0, 0.99, MAP_CELLS)
    return axes(config, MAP_CELLS)


class Descent:
    """Points that move over a surface, each by its own rule.

    Args:
        config: The surface and the schedule.
        p: Starting points, (K, 2), float64; moved in place.
        rules: Per point its rule.
        columns: Per point its coefficients, `learning_rate` included.

    Attributes:
        arrival: Step at which each point first was at a minimum, (K,); NaN before.
        settled: Step since which it has been there without a break; NaN while it is not.
        lost: Step at which it left for good.
    """

    def __init__(
        self, config: Config, p: Tensor, rules: Sequence[str],
        columns: Sequence[Mapping[str, float]],
    ) -> None:
        self.config, self.surface = config, SURFACES[config.surface]
        self.p = p
        self._updater = Updater(p, rules, columns)
        self.arrival = torch.full((len(p),), math.nan, dtype=p.dtype)
        self.settled = self.arrival.clone()
        self.lost = torch.full((len(p),), math.nan, dtype=p.dtype)
        self.regret = torch.zeros(len(p), dtype=p.dtype)
        self.previous = p.clone()
        self.t = 0
        self._look()

    def step(self, rate_factor: float = 1.0) -> None:
        """One update of all points; records who arrived or was lost in it."""
        self.t += 1
        self.previous.copy_(self.p)
        g = self.gradient(self.t)
        if self.surface.box is not None:  # linear losses: the best point in hindsight is -1
            self.regret += g[:, 0] * (self.p[:, 0] + 1)
        factor = self.t**-0.5 if self.config.schedule == "inverse_sqrt" else 1.0
        self._updater.step(g, factor * rate_factor)
        if self.surface.box is not None:
            self.p.clamp_(-self.surface.box, self.surface.box)
        if self.surface.lowest is None:  # no floor: one that escaped stays where it is
            stay = ~self.arrival.isnan()
            self.p.copy_(torch.where(stay[:, None], self.previous, self.p))
        self._look()

    def gradient(self, t: int) -> Tensor:
        """(K, 2)"""
        x, y = self.p.unbind(1)
        return torch.stack(self.surface.gradient(x, y, self.config, t), 1)

    def value(self) -> Tensor:
        """f at every point, (K,)."""
        x, y = self.p.unbind(1)
        return self.surface.value(x, y, self.config)

    def _look(self) -> None:
        x, y = self.p.unbind(1)
        there = self.surface.arrived(x, y, self.value())
        self.arrival[there & self.arrival.isnan()] = self.t
        self.settled[there & self.settled.isnan()] = self.t
        self.settled[~there] = math.nan
        size = max(np.ptp(self.surface.x_range), np.ptp(self.surface.y_range))
        gone = ~(self.p.abs().amax(1) <= 100 * size)  # true for nan as well
        self.lost[gone & self.lost.isnan()] = self.t
        self.p[gone] = math.nan  # a gap in the curves; true numbers would overflow


def race_of(config: Config) -> Descent:
    """All optimizers from all starts: K = optimizers x starts, optimizer by optimizer."""
    points = torch.tensor(starts(config))
    rates = learning_rates(config)
    rules = [name for name in config.optimizers for _ in range(config.n_seeds)]
    columns = [{**coefficients(config, r), "learning_rate": rates[r]} for r in rules]
    return Descent(config, points.repeat(len(config.optimizers), 1), rules, columns)


def map_of(config: Config) -> Descent:
    """One descent per cell of the convergence map, row by row."""
    rule = config.map_optimizer
    across, up = (axis.ravel() for axis in np.meshgrid(*map_axes(config)))
    base = coefficients(config, rule)
    if config.map != "rates":
        own = config.model_copy(update={"optimizers": (rule,)})
        points = torch.tensor(np.stack([across, up], 1))
        columns = [{**base, "learning_rate": learning_rates(own)[rule]}] * len(across)
    else:
        points = torch.tensor(starts(config)[:1]).repeat(len(across), 1)
        memory = SECOND_COEFFICIENT.get(rule)
        columns = [
            {**base, "learning_rate": rate, **({memory: value} if memory else {})}
            for rate, value in zip(across.tolist(), up.tolist(), strict=True)
        ]
    return Descent(config, points, [rule] * len(across), columns)


def valley_of(descent: Descent) -> Tensor:
    """At which minimum each point is, (K,): its number, from 1 on; NaN where it is at none."""
    minima = torch.tensor(descent.surface.minima, dtype=descent.p.dtype)
    if not len(minima):
        return torch.full_like(descent.settled, math.nan)
    nearest = torch.cdist(descent.p.nan_to_num(math.inf), minima).argmin(1)
    return torch.where(descent.settled.isnan(), math.nan, 1.0 + nearest)


def landscape(config: Config) -> np.ndarray:
    """Heights for the picture, (y, x): f itself, or log10(1 + f) where f spans decades."""
    x, y = (torch.tensor(axis) for axis in axes(config, LANDSCAPE_CELLS))
    grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
    surface = SURFACES[config.surface]
    f = surface.value(grid_x, grid_y, config)
    if surface.lowest == 0:
        f = torch.log10(1 + f)
    return f.numpy().astype(np.float32)


def arrows(config: Config, race: Descent) -> tuple[np.ndarray, np.ndarray]:
    """From each optimizer's first point downhill, and the way it last went.

    Both are drawn at one fixed length, since true lengths differ by decades: (optimizer,
    xy, end) with the tail first. Zero vectors have no direction and stay a point.
    """
    size = 0.08 * float(np.ptp(SURFACES[config.surface].x_range))
    rows = slice(None, None, config.n_seeds)
    tail = race.p[rows]
    downhill = -race.gradient(race.t + 1)[rows]
    moved = tail - race.previous[rows]
    return _arrow(tail, downhill, size), _arrow(tail, moved, size)


def _arrow(tail: Tensor, direction: Tensor, size: float) -> np.ndarray:
    # scaled by the larger component first: squares of tiny numbers would vanish
    direction = direction / direction.abs().amax(1, keepdim=True).clamp_min(1e-300)
    tip = tail + size * direction / direction.norm(dim=1, keepdim=True).clamp_min(0.5)
    return torch.stack([tail, tip], 2).numpy().astype(np.float32)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The race and, beside it, the convergence map; a shared rate may change on the way."""
    race, now = race_of(config), config
    cells = map_of(config) if config.map != "off" else None

    def measure() -> Measured:
        return _measured(now, race, cells)

    now = yield 0, measure
    for t in range(1, config.n_steps + 1):
        factor = now.learning_rate / config.learning_rate if config.rates == "shared" else 1.0
        race.step(factor)
        if cells is not None:
            cells.step(factor if config.map != "rates" else 1.0)
        now = yield t, measure


def _measured(config: Config, race: Descent, cells: Descent | None) -> Measured:
    shape = (len(config.optimizers), config.n_seeds)
    surface = SURFACES[config.surface]
    height = race.value() - (surface.lowest or 0.0)
    arrays = {
        "position": race.p.view(*shape, 2),
        "loss": height.view(shape),
        "arrival": race.arrival.view(shape),
        "lost": race.lost.view(shape),
    }
    if surface.box is not None:
        arrays["regret"] = (race.regret / max(race.t, 1)).view(shape)
    if cells is not None:
        shown = valley_of(cells) if config.map == "valleys" else cells.settled
        arrays["map"] = shown.view(MAP_CELLS, MAP_CELLS)
    ready = {name: a.numpy().astype(np.float32) for name, a in arrays.items()}
    ready["gradient_arrow"], ready["step_arrow"] = arrows(config, race)
    if race.t == 0:  # it does not change
        ready["landscape"] = landscape(config)
    return ready, _notes(config, race)


def _notes(config: Config, race: Descent) -> Iterator[Note]:
    """Per optimizer: that it has left the picture, that it has arrived."""
    shape = (len(config.optimizers), config.n_seeds)
    arrival, lost = race.arrival.view(shape), race.lost.view(shape)
    for i, name in enumerate(config.optimizers):
        if not lost[i].isnan().all():
            yield _why_lost(config, name, int(lost[i].nan_to_num(math.inf).min()))
        if not arrival[i].isnan().any():
            how = config.surface if f"how.{config.surface}" in NOTES else "other"
            values = {"rule": name, "how": how, "step": int(arrival[i].median())}
            yield Note("arrived_median" if config.n_seeds > 1 else "arrived", values, about=name)


def _why_lost(config: Config, name: str, step: int) -> Note:
    """Which optimizer left the picture, when, why, and which control to move."""
    rate = learning_rates(config)[name]
    limits = {"sgd": 2.0, "momentum": 2 * (1 + config.momentum)}
    limit = limits.get(name, math.inf) / config.condition_number
    values = {"rule": name, "step": step, "rate": f"{rate:.4g}", "repair": _repair(config, name)}
    if config.surface == "quadratic" and rate > limit:
        values |= {"law": "2/L" if name == "sgd" else "2(1 + momentum)/L", "limit": f"{limit:.4g}"}
        return Note("above_limit", values, about=name)
    return Note("lost", values, about=name)


def _repair(config: Config, name: str) -> str:
    """Which control to move when a rule leaves the picture."""
    if config.rates == "shared":
        return "learning_rate"
    return next((c for c in ("momentum", "beta1") if c in RULES[name].defaults), "start")


NOTES = {
    "lost": "{rule} diverged at step {step}: with the learning rate {rate} its steps grew "
            "instead of shrinking. To repair it, {repair}.",
    "above_limit": "{rule} diverged at step {step}: its learning rate {rate} is above the "
                   "stability limit {law} = {limit}. To repair it, {repair}.",
    "arrived": "{rule} {how} at step {step}.",
    "arrived_median": "{rule} {how} at step {step} (median of the starts).",
    **names("how", {
        "other": "arrived", "saddle": "escaped", "online": "reached the best point",
    }),
    **names("repair", {
        "learning_rate": "lower Learning rate",
        "momentum": "lower Momentum, or place the start closer to the minimum",
        "beta1": "lower Beta1, or place the start closer to the minimum",
        "start": "place the start closer to the minimum",
    }),
    **names("rule", {name: rule.label for name, rule in RULES.items()}),
}


DIMS = {
    "position": ("step", "optimizer", "seed", "xy"),
    "loss": ("step", "optimizer", "seed"),
    "arrival": ("step", "optimizer", "seed"),
    "lost": ("step", "optimizer", "seed"),
    "regret": ("step", "optimizer", "seed"),
    "gradient_arrow": ("step", "optimizer", "xy", "end"),
    "step_arrow": ("step", "optimizer", "xy", "end"),
    "map": ("step", "map_y", "map_x"),
    "landscape": ("y", "x"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    x, y = axes(config, LANDSCAPE_CELLS)
    across, up = map_axes(config)
    return {
        "optimizer": list(config.optimizers),
        "seed": list(config.seeds),
        "xy": ["x", "y"],
        "end": ["tail", "tip"],
        "x": x.tolist(),
        "y": y.tolist(),
        "map_x": across.tolist(),
        "map_y": up.tolist(),
    }
