"""One update slowly: the same wine in two units, how it pulls at two weights, and the step.

The two weights of the lab of scales learn up to a step, in the other unit and standardised. The
next update is then made a part at a time: one row's numbers and what is said of it, its pull at
each weight, the mean of all pulls, and how far the rule lets the weights go.

Paper: LeCun et al. 1998 (efficient backprop, section 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from core.concepts.representation import scale
from core.concepts.representation.plane import ADAM_RATE, RULES, UNITS, Plane
from core.concepts.representation.tables import table_of
from core.config import Config as BaseConfig
from core.config import setting
from core.training import Algorithm, Measured, recorded
from core.words import Note

PARTS = ("row", "pull", "gradient", "step", "after")
"""What happens, one after the other; each is the key of its note."""
QUANTITIES = ("number", "pull", "gradient", "step")
"""Of each weight: the row's number that it weighs, the row's pull, the gradient, and the step."""
RULE_NAMES = {"sgd": "Gradient descent", "adam": "Adam"}


def of_lab(name: str) -> Any:
    """A setting of the lab of scales, with its words and bounds."""
    return scale.Config.model_fields[name]


class Config(BaseConfig):
    """Which rule's step, after how many others, and whose pull is watched."""

    rule: Literal["sgd", "adam"] = setting(
        "sgd", "What makes a step of a gradient: gradient descent at 90 % of its largest rate, or "
        f"Adam at {ADAM_RATE:g}", names=RULE_NAMES,
    )
    at: int = setting(
        3, "Updates before the one that is shown", ge=0, le=200, unit="steps", label="At step",
    )
    data: scale.DataName = of_lab("data")
    unit: float = of_lab("unit")
    start_x: float = of_lab("start_x")
    start_y: float = of_lab("start_y")
    n_seeds: int = setting(
        1, "Rows that are looked at; the first one is drawn", ge=1, le=16, unit="rows",
        group="Seeds", label="Rows",
    )
    seed: int = setting(0, "Draws the row", ge=0, le=9999, group="Seeds")


@recorded(lambda config: range(len(PARTS)))
def train(config: Config) -> Algorithm[Config]:
    """The two weights as the lab trains them, then one update, part by part."""
    plane = Plane(config.data, config.unit, (config.start_x, config.start_y))
    path = [plane.arrays()["position"]]
    for _ in range(config.at):
        plane.step()
        path.append(plane.arrays()["position"])
    update = Update(config, plane, np.array(path))
    t = 0

    def measure() -> Measured:
        return update.frame(t), [update.note(t)]

    for t in range(len(PARTS)):
        yield t, measure


class Update:
    """One update of one rule in both units, with all that is to be seen of it.

    Args:
        plane: Before it; it is a step further afterwards.
        path: Where both rules have been in both units, (step, unit, rule, xy).
    """

    def __init__(self, config: Config, plane: Plane, path: np.ndarray) -> None:
        self.config, self.landscape, self.lowest = config, plane.landscape(), plane.lowest
        rule = RULES.index(config.rule)
        self.path = path[:, :, rule]
        before = self.path[-1]  # (unit, xy)
        rows = [np.random.default_rng((seed, 45)).integers(len(plane.target))
                for seed in config.seeds]
        x = np.array([features[rows] for features in plane.features])  # (unit, seed, xy)
        self.target = plane.target[rows]
        self.said = np.einsum("usi,ui->us", x, before)
        pulls = (self.said - self.target)[:, :, None] * x
        gradient = np.einsum("uij,uj->ui", plane.hessian, before - plane.lowest)
        self.rates = plane.rates[:, rule]
        above = plane.arrays()["above"][:, rule]
        plane.step()
        self.ended = plane.arrays()["position"][:, rule]
        self.above = np.stack([above, plane.arrays()["above"][:, rule]], 1)  # (unit, when)
        shape = pulls.shape
        self.found = np.stack([
            x, pulls, np.broadcast_to(gradient[:, None], shape),
            np.broadcast_to((self.ended - before)[:, None], shape)])  # (quantity, unit, seed, xy)

    def frame(self, t: int) -> dict[str, np.ndarray]:
        """The parts up to the t-th; later ones have no value yet."""
        found = np.where(np.arange(len(QUANTITIES))[:, None, None, None] <= t, self.found, np.nan)
        arrived = t >= PARTS.index("step")
        before = self.path[-1]
        moved = np.stack([before, self.ended if arrived else np.full_like(before, np.nan)], 1)
        above = np.where([True, t >= PARTS.index("after")], self.above, np.nan)
        arrays = {"found": found, "size": np.abs(found[:, :, 0]), "moved": moved, "above": above,
                  "path": self.path.swapaxes(0, 1)}
        if t == 0:
            arrays |= {"landscape": self.landscape, "lowest": self.lowest}
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}

    def note(self, t: int) -> Note:
        """What this part does, with the numbers of the first row."""
        table = table_of(self.config.data)
        first, second = (table.features[i].partition(",")[0] for i in table.pair)
        values: dict[str, Any] = {
            "first": first, "second": second, "target": f"{self.target[0]:.2f}",
            "rule": self.config.rule, "at": self.config.at,
        }
        for i, unit in enumerate(UNITS):
            for name, numbers in zip(QUANTITIES, self.found[:, i, 0], strict=True):
                values |= {f"{name}_{unit}_{way}": f"{number:.3g}"
                           for way, number in zip("xy", numbers, strict=True)}
            values |= {
                f"said_{unit}": f"{self.said[i, 0]:.2f}", f"rate_{unit}": f"{self.rates[i]:.2g}",
                f"before_{unit}": f"{self.above[i, 0]:.3g}",
                f"after_{unit}": f"{self.above[i, 1]:.3g}",
                f"off_{unit}": f"{self.said[i, 0] - self.target[0]:.2f}",
            }
        key = f"step_{self.config.rule}" if PARTS[t] == "step" else PARTS[t]
        return Note(key, values)


NOTES = {
    "row": "One row. Standardised, {first} is {number_same_x} and {second} {number_same_y}; in the "
           "other unit, {second} is {number_unit_y}. Weighed and added: {said_same} standardised, "
           "{said_unit} in the other unit. Right would be {target}.",
    "pull": "How far off it is, times the number that each weight weighs, is the row's pull. "
            "Standardised: {pull_same_x} and {pull_same_y}; in the other unit {pull_unit_x} and "
            "{pull_unit_y}.",
    "gradient": "The mean of all rows' pulls is the gradient. Standardised: {gradient_same_x} and "
                "{gradient_same_y}; in the other unit {gradient_unit_x} and {gradient_unit_y}.",
    "step_sgd": "Times the learning rate, which must suit the steepest direction: {rate_same} "
                "standardised, {rate_unit} in the other unit. Steps there: {step_unit_x} and "
                "{step_unit_y}; standardised {step_same_x} and {step_same_y}.",
    "step_adam": "Adam divides each weight's mean gradient by a size of its own. Steps: "
                 "{step_unit_x} and {step_unit_y} in the other unit, {step_same_x} and "
                 "{step_same_y} standardised.",
    "after": "Height above the lowest loss: {before_same} before and {after_same} after it, "
             "standardised; in the other unit {before_unit} and {after_unit}.",
}

DIMS = {
    "found": ("step", "quantity", "unit", "seed", "xy"), "size": ("step", "quantity", "unit", "xy"),
    "moved": ("step", "unit", "when", "xy"), "above": ("step", "unit", "when"),
    "path": ("step", "unit", "past", "xy"), "landscape": ("unit", "y", "x"),
    "lowest": ("unit", "xy"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    labels = scale.coords(scale.Config())
    return {
        "quantity": list(QUANTITIES), "unit": list(UNITS), "seed": list(config.seeds),
        "xy": ["x", "y"], "when": ["before", "after"], "past": list(range(config.at + 1)),
        "x": labels["x"], "y": labels["y"],
    }
