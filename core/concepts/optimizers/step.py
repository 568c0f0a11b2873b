"""One step of an update rule on a surface, sub-step by sub-step.

The race of the surface lab runs up to the step; then a frame per sub-step: the gradient, what
the rule remembers before and after it, the division, the step. What is remembered is made here
of the gradients of that race, by the formulas as the papers write them, so that the sub-steps
and the race check each other.

Papers: those of `core.stacked.rules`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import model_validator

from core.concepts.optimizers import surface
from core.concepts.optimizers.fair import coefficients
from core.concepts.optimizers.surface import OptimizerName, SurfaceName
from core.concepts.optimizers.surfaces import SURFACES
from core.config import Config as BaseConfig
from core.config import setting, with_changes
from core.experiment import Claim, Preset
from core.lazy import torch
from core.stacked.rules import RULE_NAMES, RULES
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

if TYPE_CHECKING:
    import xarray

ZOOM_CELLS = 48
ROOM = 1.3
"""By how much the picture around the point is wider than its arrows reach."""
SHAPE = 1.6
"""Width of that picture by its height."""


class Config(BaseConfig):
    """Which rule takes which step, on what."""

    optimizer: OptimizerName = setting("adam", "The update rule whose step is drawn",
                                       names=RULE_NAMES)
    surface: SurfaceName = setting("quadratic", "The function to descend",
        names={name: land.label for name, land in SURFACES.items()},
    )
    at: int = setting(5, "Updates before the one that is drawn", ge=0, le=2000, unit="steps",
                      label="After")
    learning_rate: float | None = setting(
        None, "Of the rule; empty: its own best rate on this surface", ge=1e-4, le=3
    )
    condition_number: float = setting(
        100, "Steepest over flattest curvature of the quadratic valley", ge=1, le=1000, log=True
    )
    rotation: float = setting(
        20, "Angle between the quadratic valley and the axes", ge=0, le=45, unit="degrees", step=1,
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
    n_seeds: int = setting(
        1, "Number of starts; the first one's step is drawn", ge=1, le=16,
        group="Scatter of starts", unit="starts",
    )
    spread: float = setting(
        0.3, "Standard deviation of the scattered starts; that of seed 0 is exact", ge=0, le=3,
        step=0.1, group="Scatter of starts",
    )
    seed: int = setting(
        0, "Chooses the scattered starts", ge=0, le=9999, group="Scatter of starts"
    )

    @model_validator(mode="after")
    def _start_on_the_surface(self) -> Config:
        race_config(self)
        return self


SHARED = (
    "surface", "condition_number", "rotation", "start_x", "start_y", "momentum", "beta1", "beta2",
    "bias_correction", "schedule", "n_seeds", "spread", "seed",
)
"""The settings that mean the same in the surface lab."""


def race_config(config: Config) -> surface.Config:
    """The race of the surface lab that the step belongs to; refuses a start off the surface."""
    rate: dict[str, Any] = {} if config.learning_rate is None else {
        "rates": "shared", "learning_rate": config.learning_rate}
    same = {name: getattr(config, name) for name in SHARED}
    return surface.Config(optimizers=(config.optimizer,), map="off", **rate, **same)


# --- the rules, in sub-steps -------------------------------------------------------------

Vectors = dict[str, np.ndarray]  # by name, each (S, 2)
Coefficients = Mapping[str, float]


@dataclass(frozen=True)
class Stage:
    """A sub-step.

    Attributes:
        note: Key of the sentence that says what it does.
        found: What it computes.
    """

    note: str
    found: Vectors


Rule = Callable[[np.ndarray, Vectors, Coefficients, int], list[Stage]]
"""The sub-steps from gradient, memory (`before_...`), coefficients and step number t >= 1."""


def _step(direction: np.ndarray, c: Coefficients) -> Stage:
    return Stage("step", {"step": -c["learning_rate"] * direction})


def _sgd(g: np.ndarray, was: Vectors, c: Coefficients, t: int) -> list[Stage]:
    return [_step(g, c)]


def _momentum(g: np.ndarray, was: Vectors, c: Coefficients, t: int) -> list[Stage]:
    kept = c["momentum"] * was["before_memory"]
    return [Stage("kept", {"kept": kept}), Stage("memory", {"memory": kept + g}),
            _step(kept + g, c)]


def _nesterov(g: np.ndarray, was: Vectors, c: Coefficients, t: int) -> list[Stage]:
    kept, memory, _ = _momentum(g, was, c, t)
    ahead = g + c["momentum"] * memory.found["memory"]
    return [kept, memory, Stage("ahead", {"ahead": ahead}), _step(ahead, c)]


def _divided(g: np.ndarray, squares: np.ndarray, c: Coefficients) -> list[Stage]:
    divided = g / (np.sqrt(squares) + c["eps"])
    return [Stage("divided", {"divided": divided}), _step(divided, c)]


def _adagrad(g: np.ndarray, was: Vectors, c: Coefficients, t: int) -> list[Stage]:
    squares = was["before_squares"] + g**2
    return [Stage("sum_of_squares", {"squares": squares}), *_divided(g, squares, c)]


def _rmsprop(g: np.ndarray, was: Vectors, c: Coefficients, t: int) -> list[Stage]:
    squares = c["beta2"] * was["before_squares"] + (1 - c["beta2"]) * g**2
    return [Stage("squares", {"squares": squares}), *_divided(g, squares, c)]


def _adam(g: np.ndarray, was: Vectors, c: Coefficients, t: int) -> list[Stage]:
    mean = c["beta1"] * was["before_mean"] + (1 - c["beta1"]) * g
    squares = c["beta2"] * was["before_squares"] + (1 - c["beta2"]) * g**2
    means = [Stage("mean", {"mean": mean}), Stage("squares", {"squares": squares})]
    if "before_largest" in was:  # AMSGrad
        squares = np.maximum(was["before_largest"], squares)
        means.append(Stage("largest", {"largest": squares}))
    on = c["bias_correction"]
    m, v = mean / (1 - on * c["beta1"] ** t), squares / (1 - on * c["beta2"] ** t)
    divided = m / (np.sqrt(v) + c["eps"])
    return [*means, Stage("corrected" if on else "uncorrected", {"mean_hat": m, "squares_hat": v}),
            Stage("ratio", {"divided": divided}), _step(divided, c)]


def _lion(g: np.ndarray, was: Vectors, c: Coefficients, t: int) -> list[Stage]:
    mixed = c["beta1"] * was["before_mean"] + (1 - c["beta1"]) * g
    mean = c["beta2"] * was["before_mean"] + (1 - c["beta2"]) * g
    return [Stage("mixed", {"mixed": mixed}), Stage("sign", {"divided": np.sign(mixed)}),
            _step(np.sign(mixed), c), Stage("remembered", {"mean": mean})]


SUB_STEPS: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "sgd": (_sgd, ()), "momentum": (_momentum, ("memory",)), "nesterov": (_nesterov, ("memory",)),
    "adagrad": (_adagrad, ("squares",)), "rmsprop": (_rmsprop, ("squares",)),
    "adam": (_adam, ("mean", "squares")), "amsgrad": (_adam, ("mean", "squares", "largest")),
    "lion": (_lion, ("mean",)),
}
"""By rule its sub-steps after the gradient, and which of the found vectors it remembers."""


def coefficients_of(config: Config, t: int) -> dict[str, float]:
    """The rule's coefficients at step t, the learning rate included."""
    race = race_config(config)
    slower = t**-0.5 if config.schedule == "inverse_sqrt" else 1.0
    return {**RULES[config.optimizer].defaults, **coefficients(config, config.optimizer),
            "learning_rate": slower * surface.learning_rates(race)[config.optimizer]}


def _stages(config: Config, g: np.ndarray, was: Vectors, t: int) -> list[Stage]:
    rule, _ = SUB_STEPS[config.optimizer]
    memory = {f"before_{name}": value for name, value in was.items()}
    return [Stage("point", memory), Stage("gradient", {"gradient": g}),
            *rule(g, memory, coefficients_of(config, t), t)]


def quantities(config: Config) -> list[str]:
    """What the sub-steps of the rule compute, in their order."""
    _, remembered = SUB_STEPS[config.optimizer]
    zero = np.zeros((1, 2))
    return [name for stage in _stages(config, zero, dict.fromkeys(remembered, zero), 1)[1:]
            for name in stage.found]


# --- the step ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """A step that was taken.

    Attributes:
        path: The points up to it, (at + 1, S, 2).
        stages: Its sub-steps.
        after: Where the race is after it, (S, 2).
        height: Of the first start's point before and after.
    """

    path: np.ndarray
    stages: list[Stage]
    after: np.ndarray
    height: tuple[float, float]

    def found(self, i: int | None = None) -> Vectors:
        """What the sub-steps up to i have computed; all of them where it is left out."""
        stages = self.stages if i is None else self.stages[: i + 1]
        return {name: value for stage in stages for name, value in stage.found.items()}

    @property
    def factor(self) -> str:
        """Of what the step is a multiple."""
        return next((name for name in ("divided", "ahead", "memory") if name in self.found()),
                    "gradient")


def take(config: Config) -> Taken:
    """Runs the race up to the step and makes it, once by the race and once in sub-steps."""
    race = surface.race_of(race_config(config))
    _, remembered = SUB_STEPS[config.optimizer]
    was: Vectors = dict.fromkeys(remembered, np.zeros((config.n_seeds, 2)))
    path = [race.p.numpy().copy()]
    for t in range(1, config.at + 2):
        height = float(race.value()[0])
        stages = _stages(config, race.gradient(t).numpy(), was, t)
        found = {name: value for stage in stages for name, value in stage.found.items()}
        was = {name: found[name] for name in remembered}
        race.step()
        path.append(race.p.numpy().copy())
    return Taken(np.array(path[:-1]), stages, path[-1], (height, float(race.value()[0])))


def steps(config: Config) -> list[int]:
    """A frame per sub-step, the point before them included."""
    zero = np.zeros((1, 2))
    _, remembered = SUB_STEPS[config.optimizer]
    return list(range(len(_stages(config, zero, dict.fromkeys(remembered, zero), 1))))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The race up to the step, then its sub-steps one after the other."""
    with np.errstate(all="ignore"):  # one that has left the picture is not a number
        taken = take(config)
    for i in range(len(taken.stages)):
        def measure(i: int = i) -> Measured:
            return _measured(config, taken, i), (_note(config, taken, i),)

        yield i, measure


def _measured(config: Config, taken: Taken, i: int) -> dict[str, np.ndarray]:
    rows = quantities(config)
    found = taken.found(i)
    nothing = np.full_like(taken.after, np.nan)
    value = np.stack([found.get(name, nothing) for name in rows])  # (quantity, S, 2)
    largest = np.abs(value[:, 0]).max(1, keepdims=True)
    moved = taken.after - taken.path[-1] if "step" in found else nothing
    arrays = {
        "value": value, "move": moved, "known": np.where(np.isnan(value[:, 0, 0]), np.nan, 1),
        "bar": value[:, 0] / np.where(largest > 0, largest, 1),
        "arrow": arrows(taken, found), "place": taken.path[-1] + moved if "step" in found
        else taken.path[-1],
    }
    if i == 0:
        arrays |= {"path": taken.path[:, 0], "landscape": surface.landscape(race_config(config)),
                   **neighbourhood(config, taken)}
    return {name: finite(a) for name, a in arrays.items()}


def finite(a: np.ndarray) -> np.ndarray:
    """As it travels: what no float32 can hold is not a number."""
    with np.errstate(over="ignore"):
        narrow = a.astype(np.float32)
    return np.where(np.isinf(narrow), np.float32(np.nan), narrow)


ARROWS = ("gradient", "kept", "mean", "step")


def arrows(taken: Taken, found: Vectors) -> np.ndarray:
    """Downhill, what memory keeps, the mixture, and the step, (part, xy, end); first start.

    The step has its true length. So have the others where the step is a multiple of their sum,
    and the gradient then starts at the tip of what memory keeps. Where each coordinate is divided
    by a number of its own, they are as long as the step: their direction is what they say.
    """
    tail, drawn = taken.path[-1][0], np.full((len(ARROWS), 2, 2), np.nan)
    step = taken.found()["step"][0]

    def downhill(vector: np.ndarray) -> np.ndarray:
        whole = vector if taken.factor == "divided" else taken.found()[taken.factor][0]
        return -_ratio(step, whole) * vector

    kept = downhill(found["kept"][0]) if "kept" in found else np.zeros(2)
    mixtures = [found[name][0] for name in ("ahead", "memory", "mixed", "mean") if name in found]
    if "gradient" in found:
        drawn[0] = np.stack([tail + kept, tail + kept + downhill(found["gradient"][0])], 1)
    if "kept" in found:
        drawn[1] = np.stack([tail, tail + kept], 1)
    if mixtures:
        drawn[2] = np.stack([tail, tail + downhill(mixtures[0])], 1)
    if "step" in found:
        drawn[3] = np.stack([tail, taken.after[0]], 1)
    return drawn


def _ratio(a: np.ndarray, b: np.ndarray) -> float:
    length = float(np.linalg.norm(b))
    return float(np.linalg.norm(a)) / length if length > 0 else 0.0


def neighbourhood(config: Config, taken: Taken) -> Vectors:
    """Heights around the point, as far as the arrows reach: `zoom`, `zoom_x`, `zoom_y`."""
    tips = arrows(taken, taken.found()) - taken.path[-1][0][None, :, None]
    reach = np.nan_to_num(np.abs(tips)).max((0, 2))
    width = ROOM * max(reach[0], SHAPE * reach[1])
    if not 0 < width < math.inf:
        width = float(np.ptp(SURFACES[config.surface].x_range)) / 20
    middle = np.nan_to_num(taken.path[-1][0])
    x = middle[0] + np.linspace(-width, width, ZOOM_CELLS)
    y = middle[1] + np.linspace(-width, width, ZOOM_CELLS) / SHAPE
    grid_y, grid_x = (torch.tensor(a) for a in np.meshgrid(y, x, indexing="ij"))
    zoom = SURFACES[config.surface].value(grid_x, grid_y, race_config(config)).numpy()
    return {"zoom": zoom, "zoom_x": x, "zoom_y": y}


# --- what is said ------------------------------------------------------------------------


def _note(config: Config, taken: Taken, i: int) -> Note:
    """What the sub-step does, with the first start's numbers."""
    if np.isnan(taken.after[0]).any():
        return Note("lost", {"rule": config.optimizer, "at": config.at}, about=str(i))
    c, t = coefficients_of(config, config.at + 1), config.at + 1
    vectors = {"point": taken.path[-1], "after": taken.after, **taken.found(i)}
    values: dict[str, Any] = {}
    for name, vector in vectors.items():
        for xy, number in zip("xy", map(short, vector[0]), strict=True):
            values[f"{name}_{xy}"] = number
            values[f"in_{name}_{xy}"] = f"({number})" if number.startswith("−") else number
    values |= {name: short(value) for name, value in c.items()}
    values |= {"rest1": short(1 - c.get("beta1", 0)), "rest2": short(1 - c.get("beta2", 0)),
               "part1": short(1 - c.get("beta1", 0) ** t),
               "part2": short(1 - c.get("beta2", 0) ** t)}
    values |= {"rule": config.optimizer, "at": config.at, "t": t, "before": short(taken.height[0]),
               "now": short(taken.height[1]), "what": taken.factor}
    return Note(_key(taken, i), values, about=str(i))


def _key(taken: Taken, i: int) -> str:
    """Of the sub-step's sentence: another one where the surface ends before the step does."""
    stage = taken.stages[i]
    if stage.note != "step":
        return stage.note
    whole = np.allclose(taken.after[0] - taken.path[-1][0], stage.found["step"][0], atol=1e-9)
    return "step" if whole else "held"


def short(value: float) -> str:
    """Three digits; thousands without a power of ten."""
    text = f"{value + 0.0:.3g}"  # no minus before a zero
    return (f"{float(text):.0f}" if 1000 <= abs(value) < 1e6 else text).replace("-", "−")


def both(formula: str) -> str:
    """A formula for x and for y: [name] is a number, ([name]) the same within a sum or product."""
    def written(xy: str) -> str:
        inside = re.sub(r"\(\[(\w+)\]\)", rf"{{in_\1_{xy}}}", formula)
        return re.sub(r"\[(\w+)\]", rf"{{\1_{xy}}}", inside)

    return f"in x {written('x')}, in y {written('y')}"


NOTES = {
    "point": "After {at} steps {rule} stands at ({point_x}, {point_y}), at the height {before}. "
             "Now one step, slowly.",
    "gradient": "The gradient says how steep it is here: the height grows by {gradient_x} per unit "
                "of x and by {gradient_y} per unit of y. Downhill is the opposite way.",
    "kept": "Of its memory {rule} keeps {momentum}: "
            + both("{momentum} × ([before_memory]) = [kept]") + ".",
    "memory": "The gradient is added to what is kept: "
              + both("[kept] + ([gradient]) = [memory]") + ".",
    "ahead": "Nesterov looks one step ahead, gradient + {momentum} × memory: "
             + both("[gradient] + {momentum} × ([memory]) = [ahead]") + ".",
    "sum_of_squares": "The squared gradient is added to all earlier ones: "
                      + both("[before_squares] + ([gradient])² = [squares]") + ".",
    "mean": "The mean of the gradients keeps {beta1} of itself and takes {rest1} of the new one: "
            + both("{beta1} × ([before_mean]) + {rest1} × ([gradient]) = [mean]") + ".",
    "squares": "The mean of the squares keeps {beta2} of itself: "
               + both("{beta2} × [before_squares] + {rest2} × ([gradient])² = [squares]") + ".",
    "largest": "AMSGrad keeps the largest mean of squares so far: " + both("[largest]") + ".",
    "corrected": "Both means began at 0. By now the mean holds 1 − {beta1}^{t} = {part1} of what "
                 "it should: divided by that it is ({mean_hat_x}, {mean_hat_y}). The squares hold "
                 "{part2} of it: ({squares_hat_x}, {squares_hat_y}).",
    "uncorrected": "Both means began at 0. By now the mean holds {part1} of what it should, the "
                   "mean of squares {part2}; without the correction it stays so.",
    "divided": "Each coordinate is divided by the root of its own squares: "
               + both("[gradient] / √[squares] = [divided]") + ".",
    "ratio": "Each coordinate is divided by the root of its own squares: "
             + both("[mean_hat] / √[squares_hat] = [divided]") + ".",
    "mixed": "Memory and gradient are mixed: "
             + both("{beta1} × ([before_mean]) + {rest1} × ([gradient]) = [mixed]") + ".",
    "sign": "Only the sign is kept, not the size: " + both("[divided]") + ".",
    "step": "The step is {what} times the learning rate {learning_rate}, downhill: "
            + both("[step]") + ". The height goes from {before} to {now}.",
    "held": "The step would be {step_x} in x and {step_y} in y, but the surface ends: the point "
            "stays at ({after_x}, {after_y}).",
    "remembered": "For the next step the memory becomes "
                  + both("{beta2} × ([before_mean]) + {rest2} × ([gradient]) = [mean]") + ".",
    "lost": "{rule} has left the picture by step {at}: look at an earlier step.",
    **names("rule", RULE_NAMES),
    **names("what", {"gradient": "the gradient", "memory": "the memory", "ahead": "the look ahead",
                     "divided": "this"}),
}


DIMS = {
    "value": ("step", "quantity", "seed", "xy"),
    "move": ("step", "seed", "xy"),
    "place": ("step", "seed", "xy"),
    "known": ("step", "quantity"),
    "bar": ("step", "quantity", "xy"),
    "arrow": ("step", "part", "xy", "end"),
    "path": ("point", "xy"),
    "landscape": ("y", "x"),
    "zoom": ("zoom_row", "zoom_column"),
    "zoom_x": ("zoom_column",),
    "zoom_y": ("zoom_row",),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    x, y = surface.axes(race_config(config), surface.LANDSCAPE_CELLS)
    return {
        "quantity": quantities(config), "seed": list(config.seeds), "xy": ["x", "y"],
        "part": list(ARROWS), "end": ["tail", "tip"], "x": x.tolist(), "y": y.tolist(),
    }


# --- what it teaches ---------------------------------------------------------------------

FIRST = Config(at=0, bias_correction=False)
PRESETS = (
    Preset(
        "Adam: seven small sums", Config(),
        "The slope is steeper in y than in x. In which of the two will Adam's step be longer?",
        ("adds_up",),
    ),
    Preset(
        "Momentum: the memory pushes", Config(optimizer="momentum", at=6, rotation=0),
        "How much of the push along the valley comes from the gradient here, how much from "
        "earlier ones?",
        ("mostly_memory",),
    ),
    Preset(
        "AdaGrad: the very first step", Config(optimizer="adagrad", at=0),
        "In x the slope is small, in y it is large. In which direction is the first step longer?",
        ("equal_first_step",),
    ),
    Preset(
        "Adam without its correction", FIRST,
        "Adam's two means begin at 0. Is the first step too short or too long if nobody minds?",
        ("too_long",),
    ),
)


def _last(history: xarray.Dataset, quantity: str) -> np.ndarray:
    """Of the whole step, (seed, xy)."""
    whole = history["value"].isel(step=-1).sel(quantity=quantity)
    return whole.transpose("seed", "xy").values


def _adds_up(*histories: xarray.Dataset) -> np.ndarray:
    made = [h["move"].isel(step=-1).transpose("seed", "xy").values for h in histories]
    return np.all([np.isclose(_last(h, "step"), move, rtol=1e-4, atol=1e-6).all(1)
                   for h, move in zip(histories, made, strict=True)], axis=0)


def _mostly_memory(h: xarray.Dataset) -> np.ndarray:
    kept, gradient = (np.abs(_last(h, name)[:, 0]) for name in ("kept", "gradient"))
    return kept >= 3 * gradient


def _equal_first_step(*histories: xarray.Dataset) -> np.ndarray:
    lengths = [np.abs(_last(h, "step")) for h in histories]
    return np.all([np.isclose(one[:, 0], one[:, 1], rtol=1e-3) for one in lengths], axis=0)


def _too_long(on: xarray.Dataset, off: xarray.Dataset) -> np.ndarray:
    return (np.abs(_last(off, "step")) >= 3 * np.abs(_last(on, "step"))).all(1)


CLAIMS = (
    Claim(
        "adds_up",
        "Computed in sub-steps, the step of each of the eight rules is the one that the race on "
        "the surface makes.",
        tuple(with_changes(Config(at=20), optimizer=name) for name in SUB_STEPS), _adds_up,
    ),
    Claim(
        "mostly_memory",
        "After six steps, at least three quarters of Momentum's push along the valley are memory.",
        (Config(optimizer="momentum", at=6, rotation=0),), _mostly_memory,
    ),
    Claim(
        "equal_first_step",
        "The first steps of AdaGrad and of Adam are equally long in x and in y, however steep "
        "each is.",
        (Config(optimizer="adagrad", at=0), Config(optimizer="adam", at=0)), _equal_first_step,
    ),
    Claim(
        "too_long",
        "Without the correction, Adam's first step is more than three times as long.",
        (Config(at=0), FIRST), _too_long, source="Kingma & Ba 2015, section 3",
    ),
)
