"""Two weights, so that the whole loss can be drawn: one feature in another unit, or not.

A linear model tells the first class of a table from the others by two features, with the squared
error. Both are standardised; then the second one is written in a unit that makes its numbers
`unit` times larger. The two losses are the same function in other coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.concepts.representation.tables import table_of
from core.lazy import torch
from core.stacked.rules import Updater

UNITS = {"unit": "In another unit", "same": "Standardised"}
RULES = ("sgd", "adam")
START = (-1.2, 1.2)
ENDS = (-2.0, 2.0)
CELLS = 81
OF_LIMIT = 0.9
"""Gradient descent's rate, as a share of the largest that does not diverge, 2 / curvature."""
ADAM_RATE = 0.05


class Plane:
    """Both losses, and two rules on each.

    Args:
        table: Its name.
        unit: How many times larger the second feature's numbers are.
        start: Both weights at the start.
    """

    def __init__(self, table: str, unit: float, start: tuple[float, float] = START) -> None:
        found = table_of(table)
        x, y = found.load()
        x = x[:, list(found.pair)]
        x, target = (x - x.mean(0)) / x.std(0), np.asarray(y == 0, float)
        target = (target - target.mean()) / target.std()
        self.features, self.target = [x * [1, unit], x], target
        self.hessian = np.array([a.T @ a / len(a) for a in self.features])  # (unit, 2, 2)
        self.lowest = np.array([np.linalg.lstsq(a, target)[0] for a in self.features])  # (unit, xy)
        self.t = 0
        self.rates = np.array([(2 * OF_LIMIT / np.linalg.eigvalsh(h)[-1], ADAM_RATE)
                               for h in self.hessian])  # (unit, rule)
        rates = self.rates.flatten().tolist()
        order = [2 * i + j for j in range(len(RULES)) for i in range(len(UNITS))]  # rule by rule
        self.p = torch.tensor([start] * len(order), dtype=torch.float64)
        self._updater = Updater(
            self.p, [rule for rule in RULES for _ in UNITS],
            [{"learning_rate": rates[i]} for i in order])

    def step(self) -> None:
        """One update of all."""
        places = self.p.numpy().reshape(len(RULES), len(UNITS), 2)
        slope = np.einsum("uij,ruj->rui", self.hessian, places - self.lowest)
        self._updater.step(torch.from_numpy(slope.reshape(-1, 2).copy()))
        self.t += 1

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Where the rules are, (unit, rule, xy), and how far above the lowest loss."""
        places = self.p.numpy().reshape(len(RULES), len(UNITS), 2).swapaxes(0, 1)
        return {"position": places.copy(), "above": self.above(places)}

    def above(self, places: np.ndarray) -> np.ndarray:
        """The loss less its minimum: (unit, ..., xy) -> (unit, ...)."""
        away = places - self.lowest.reshape(-1, *[1] * (places.ndim - 2), 2)
        return 0.5 * np.einsum("u...i,uij,u...j->u...", away, self.hessian, away)

    def landscape(self) -> np.ndarray:
        """Roots of the loss above its minimum, (unit, y, x): levels are equally far apart."""
        across, up = np.meshgrid(grid(), grid())
        places = np.stack([across, up], -1)
        above = self.above(np.stack([places] * len(UNITS)))
        return np.sqrt(np.maximum(above, 0))  # where features say the same, rounding goes below 0


def grid() -> np.ndarray:
    """Both weights of the drawn part."""
    return np.linspace(*ENDS, CELLS)
