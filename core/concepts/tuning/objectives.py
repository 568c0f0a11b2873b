"""What is searched: a net with five knobs, or functions whose lowest point is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.data import Split, batches, digits
from core.stacked.functions import linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.race import Race, Runner
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

START = 0
"""What random numbers are for: initial weights. Splits and batches have purposes of their own."""
N_IN, MOST_UNITS, MOST_LAYERS, MOST_BATCH, N_CLASSES = 64, 32, 3, 32, 10
N_TRAIN, N_VALIDATION = 600, 500
"""Digits to learn from, and to compare trials on; the others judge the winner."""
RULES = ("sgd", "momentum", "adam")
KNOB_NAMES = {
    "rate": "Learning rate", "optimizer": "Optimizer", "layers": "Hidden layers", "units": "Units",
    "batch": "Batch size",
}
KNOBS = tuple(KNOB_NAMES)


@dataclass(frozen=True)
class Setting:
    """A net's knobs, turned.

    Attributes:
        rate: Learning rate.
        rule: One of `RULES`.
        layers: Hidden ones.
        units: In each of them.
        batch: Images per update.
    """

    rate: float
    rule: str
    layers: int
    units: int
    batch: int


def setting_of(point: np.ndarray) -> Setting:
    """What a point (5,) of the unit cube stands for; rate, units and batch evenly in logarithms."""
    rate, rule, layers, units, batch = point.tolist()
    return Setting(
        10 ** (4 * rate - 4), RULES[min(int(3 * rule), 2)],
        1 + min(int(MOST_LAYERS * layers), MOST_LAYERS - 1),
        round(4 * 8**units), round(4 * 8**batch))


class Unlike(Program):
    """Nets of unlike shapes as one program: what a net lacks is multiplied by 0.

    Args:
        settings: Of each net.
    """

    loss = CROSS_ENTROPY

    def __init__(self, settings: Sequence[Setting]) -> None:
        self.settings = settings
        units = torch.tensor([s.units for s in settings])
        batch = torch.tensor([s.batch for s in settings])
        self._layers = torch.tensor([s.layers for s in settings])[:, None, None]
        self._units = (torch.arange(MOST_UNITS) < units[:, None])[:, None]  # (K, 1, units)
        first = torch.arange(MOST_BATCH) < batch[:, None]  # (K, images)
        self._share = first.double() / batch[:, None]

    @property
    def shapes(self) -> Shapes:
        sizes = [N_IN, *[MOST_UNITS] * MOST_LAYERS, N_CLASSES]
        found: dict[str, tuple[int, ...]] = {}
        for i, (n_in, n_out) in enumerate(pairwise(sizes), 1):
            found |= {f"weight {i}": (n_out, n_in), f"bias {i}": (n_out,)}
        return found

    def starts(self, seeds: Sequence[int]) -> Tensor:
        """Initial parameters (K, P), He's for the units that there are, of each net's seed."""
        return torch.from_numpy(np.stack([
            self._start(setting, np.random.default_rng((seed, START)))
            for setting, seed in zip(self.settings, seeds, strict=True)]).astype(np.float32))

    def _start(self, setting: Setting, rng: np.random.Generator) -> np.ndarray:
        parts = []
        for name, shape in self.shapes.items():
            n_in = shape[-1] if name == "weight 1" else setting.units
            weight = name.startswith("weight")
            parts.append((rng.standard_normal(shape) * np.sqrt(2 / n_in) if weight
                          else np.zeros(shape)).ravel())
        return np.concatenate(parts)

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        h = x.mT  # (K, n, 64)
        for i in range(1, MOST_LAYERS + 1):
            new = torch.relu(linear(h, p[f"weight {i}"], p[f"bias {i}"])) * self._units
            h = new if i == 1 else torch.where(self._layers >= i, new, h)
        last = MOST_LAYERS + 1
        return linear(h, p[f"weight {last}"], p[f"bias {last}"]).mT

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """The cross-entropy of each net's own first images of the batch, (K,)."""
        z = self.forward(p, x, rngs)
        each = torch.logsumexp(z, 1) - (z * y).sum(1)  # (K, images)
        return (each * self._share.to(z.dtype)).sum(1)


@dataclass(frozen=True)
class NetTrials:
    """Trains a net for every point, all together.

    Attributes:
        seeds: Whose data and draws.
        data: A split per seed.
        n_steps: Updates of a trial.
    """

    seeds: range
    data: Split
    n_steps: int

    def __call__(self, rows: Sequence[int], points: np.ndarray) -> np.ndarray:
        """Shares wrong on validation and on test images, (K, 2).

        Args:
            rows: Of each point its seed's position; every seed's once or more.
            points: In the unit cube, (K, 5).
        """
        net = Unlike([setting_of(point) for point in points])
        start = net.starts([self.seeds[row] for row in rows])
        runners = [Runner(s.rule, {"learning_rate": s.rate}, row)
                   for s, row in zip(net.settings, rows, strict=True)]
        blank = torch.zeros(len(self.seeds), start.shape[1])
        race = Race(net, runners, blank, MOST_BATCH)
        race.p.copy_(start)  # those of one seed share its batches, not its start
        for x, y in batches(self.data, self.seeds, MOST_BATCH, self.n_steps):
            race.step(x, y)
        z = race.outputs(self.data.test_x)
        y = self.data.test_y[list(rows)]
        wrong = 1 - torch.stack([CROSS_ENTROPY.right(z[..., part], y[..., part]) for part in (
            slice(None, N_VALIDATION), slice(N_VALIDATION, None))], 1)
        return np.where(z.isfinite().all((1, 2)).numpy()[:, None], wrong.numpy(), 1.0)


def net_trials(seeds: range, n_steps: int) -> NetTrials:
    split = digits(seeds, N_TRAIN)
    mean, spread = (split.train_x.mean((1, 2), keepdim=True),
                    split.train_x.std((1, 2), keepdim=True))
    return NetTrials(seeds, Split((split.train_x - mean) / spread, split.train_y,
                                  (split.test_x - mean) / spread, split.test_y), n_steps)


# --- functions ---------------------------------------------------------------------------


def _branin(u: np.ndarray) -> np.ndarray:
    """Three lowest points, all as low; Dixon & Szego 1978."""
    x, y = 15 * u[..., 0] - 5, 15 * u[..., 1]
    valley = (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2
    return valley + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10 - 0.39788735773


def _bowl(scales: Sequence[float]) -> Callable[[np.ndarray], np.ndarray]:
    """Squared distance from a point, axis by axis more or less important."""
    lowest = np.array([0.37, 0.62, 0.81, 0.28])[: len(scales)]
    return lambda u: ((u - lowest) ** 2 * np.asarray(scales)).sum(-1)


FUNCTIONS: Mapping[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {
    "branin": (2, _branin), "both": (2, _bowl([1, 1])), "one": (2, _bowl([1, 0.01])),
    "four": (4, _bowl([1, 1, 0.01, 0.01])),
}
"""By name how many knobs, and how far a point of the unit cube is above the lowest one."""
OBJECTIVE_NAMES = {
    "net": "A net, five knobs", "four": "Four knobs, two matter", "both": "Two knobs, both matter",
    "one": "Two knobs, one matters", "branin": "Branin's function",
}


def knobs_of(objective: str) -> tuple[str, ...]:
    """The names of its knobs."""
    if objective == "net":
        return KNOBS
    return tuple(f"x{i + 1}" for i in range(FUNCTIONS[objective][0]))
