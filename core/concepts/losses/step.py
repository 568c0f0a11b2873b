"""One update slowly: how far off a point is, what each loss makes of that, and how hard it pulls.

Nets learn a sine as in the lab of numbers, one by each loss. Then one point and the next update
are taken apart: what each net says there, the residual, the loss, its gradient, and where the
update of all points together takes the fit.

Paper: Huber 1964 (robust estimation): what a point does to a fit is the slope of its loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from core.concepts.losses import numbers
from core.concepts.losses.numbers import GRID, LossName
from core.concepts.losses.rivals import cosine
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

PARTS = ("said", "residual", "loss", "gradient", "update")
"""What happens, one after the other; each is the key of its note."""
LOSSES: tuple[LossName, ...] = get_args(LossName)
RESIDUALS = np.linspace(-6, 6, 121)
"""Where losses and their slopes are drawn."""


def of_lab(name: str) -> Any:
    """A setting of the lab of numbers, with its words and bounds."""
    return numbers.Config.model_fields[name]


class Config(BaseConfig):
    """Whose pull is watched, and after how many updates."""

    point: Literal["far", "near"] = setting(
        "far", "Which point: the one farthest from the curve, or the one nearest to it",
        names={"far": "The farthest", "near": "The nearest"},
    )
    at: int = setting(
        100, "Updates before the one that is shown", ge=0, le=700, step=10, unit="steps",
        label="At step",
    )
    outliers: float = of_lab("outliers")
    outlier_size: float = of_lab("outlier_size")
    sides: Literal["up", "both"] = of_lab("sides")
    noise: Literal["normal", "skewed"] = of_lab("noise")
    spread: float = of_lab("spread")
    delta: float = of_lab("delta")
    n_samples: int = of_lab("n_samples")
    learning_rate: float = of_lab("learning_rate")
    width: int = of_lab("width")
    n_seeds: int = setting(
        1, "Nets of each loss; those of the first seed are drawn", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = of_lab("seed")


def lab_config(config: Config) -> numbers.Config:
    """The lab whose nets these are."""
    same = {name: getattr(config, name) for name in numbers.Config.model_fields
            if name in Config.model_fields}
    return numbers.Config(**same)


@recorded(lambda config: range(len(PARTS)))
def train(config: Config) -> Algorithm[Config]:
    """The nets as the lab trains them, then one update, part by part."""
    update = Update(config)
    t = 0

    def measure() -> Measured:
        return update.frame(t), [update.note(t)]

    for t in range(len(PARTS)):
        yield t, measure


class Update:
    """An update of all nets, and what one point has to do with it."""

    def __init__(self, config: Config) -> None:
        lab = lab_config(config)
        self.config, self.lab = config, lab
        x, y = numbers.points_of(lab)
        inputs = numbers.features(x)
        targets = torch.from_numpy(y.astype(np.float32))[:, None]
        nets = numbers.nets_of(lab)
        for t in range(1, config.at + 1):
            nets.step(inputs, targets, cosine(t, lab.n_steps))
        everywhere = numbers.features(np.tile(GRID, (config.n_seeds, 1)))
        far = np.abs(y - numbers.curve(x))
        of_seed = far.argmax(1) if config.point == "far" else far.argmin(1)
        rows = np.arange(config.n_seeds)
        self.x, self.y, self.of_seed = x, y, of_seed
        fits = [nets.outputs(everywhere)[:, 0, 0].numpy()]
        z = nets.outputs(inputs)  # (L, S, 1, n)
        pulls = -nets.pulls(z, targets)[:, :, 0].numpy()
        said = z[:, :, 0].numpy()
        nets.step(inputs, targets, cosine(config.at + 1, lab.n_steps))
        fits.append(nets.outputs(everywhere)[:, 0, 0].numpy())
        moved = nets.outputs(inputs)[:, :, 0].numpy() - said
        self.fits = np.stack(fits, 1)  # (loss, when, grid)
        self.said, self.residual, self.pull, self.moved = (
            a[:, rows, of_seed] for a in (said, y - said, pulls, moved))  # (loss, seed)
        self.value = np.stack([curve_of(lab, name, self.residual[i])[0]
                               for i, name in enumerate(LOSSES)])
        outlying = far >= lab.outlier_size / 2
        everything = np.abs(pulls).sum(2)
        self.share = np.where(outlying, np.abs(pulls), 0).sum(2) / np.maximum(everything, 1e-12)
        self.numbers = np.stack([self.residual, self.value, self.pull, self.moved, self.share])

    def frame(self, t: int) -> dict[str, np.ndarray]:
        """The parts up to the t-th; later ones have no value yet."""
        known = {part: t >= i for i, part in enumerate(PARTS)}
        at = self.residual[:, :1]

        def shown(a: np.ndarray, part: str) -> np.ndarray:
            return a if known[part] else np.full_like(a, np.nan)

        fits = self.fits.copy()
        if not known["update"]:
            fits[:, 1] = np.nan
        point = self.of_seed[0]
        arrays = {
            "fit": fits, "here": np.array([[self.x[0, point], self.y[0, point]]]),
            "residual_at": shown(at, "loss"), "loss_at": shown(self.value[:, :1], "loss"),
            "slope_from": shown(at, "gradient"), "pull_at": shown(self.pull[:, :1], "gradient"),
            "numbers": self.numbers,
        }
        if t == 0:
            values, slopes = zip(*(curve_of(self.lab, name, RESIDUALS) for name in LOSSES),
                                 strict=True)
            arrays |= {"value": np.stack(values), "slope": np.stack(slopes),
                       "x": self.x[0], "y": self.y[0]}
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}

    def note(self, t: int) -> Note:
        """What this part says of the point, with its numbers of the first seed."""
        values: dict[str, Any] = {
            "at": self.config.at, "x": f"{self.x[0, self.of_seed[0]]:.2f}",
            "y": f"{self.y[0, self.of_seed[0]]:.2f}", "delta": f"{self.config.delta:g}",
        }
        for i, name in enumerate(LOSSES):
            values |= {
                f"said_{name}": f"{self.said[i, 0]:.2f}",
                f"residual_{name}": f"{self.residual[i, 0]:.2f}",
                f"loss_{name}": f"{self.value[i, 0]:.3g}", f"pull_{name}": f"{self.pull[i, 0]:.3g}",
                f"moved_{name}": f"{self.moved[i, 0]:+.3f}",
                f"share_{name}": f"{self.share[i, 0]:.0%}",
            }
        return Note(PARTS[t], values)


def curve_of(lab: numbers.Config, name: str, residuals: np.ndarray) -> tuple[np.ndarray, ...]:
    """A loss and its pull at residuals (n,): towards the point, minus the slope by the output."""
    z: Tensor = torch.zeros(1, 1, 1)
    loss, values, slopes = numbers.loss_of(lab, name), [], []
    for residual in residuals:
        y = torch.full((1, 1, 1), float(residual))
        values.append(float(loss.value(z, y)))
        slopes.append(-float(loss.gradient(z, y, torch.empty_like(z))))
    return np.array(values), np.array(slopes)


NOTES = {
    "said": "A point at x = {x}, y = {y}. There the nets say, after {at} updates: squared error "
            "{said_squared}, absolute error {said_absolute}, Huber {said_huber}.",
    "residual": "The residual is the point less the fit: {residual_squared}, {residual_absolute} "
                "and {residual_huber}.",
    "loss": "What it costs: half its square, {loss_squared}; its size, {loss_absolute}; with "
            "Huber, which is straight beyond {delta}, {loss_huber}.",
    "gradient": "How hard the point pulls is the slope of the loss there: {pull_squared}, "
                "{pull_absolute} and {pull_huber}. Beyond {delta} only the squared error's grows "
                "with the residual.",
    "update": "All points pull together; those that lie far off have {share_squared}, "
              "{share_absolute} and {share_huber} of all pull. At this x the update moves the fits "
              "by {moved_squared}, {moved_absolute} and {moved_huber}.",
}

NUMBERS = ("residual", "loss", "pull", "moved", "share")
"""Of the point: residual, loss and pull, how far the update moves the fit there, and the share that
points have of all pull which are at least half as far from the curve as outliers are moved."""
DIMS = {
    "fit": ("step", "loss", "when", "grid"), "here": ("step", "one", "xy"),
    "residual_at": ("step", "loss", "one"), "loss_at": ("step", "loss", "one"),
    "slope_from": ("step", "loss", "one"), "pull_at": ("step", "loss", "one"),
    "numbers": ("step", "number", "loss", "seed"),
    "value": ("loss", "residual"), "slope": ("loss", "residual"), "x": ("point",), "y": ("point",),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "loss": list(LOSSES), "when": ["before", "after"], "one": [0], "xy": ["x", "y"],
        "number": list(NUMBERS), "seed": list(config.seeds),
        "grid": [round(float(x), 2) for x in GRID],
        "residual": RESIDUALS.round(2).tolist(), "point": list(range(config.n_samples)),
    }
