"""How much of a remedy: one remedy's strength over a grid, or more data instead of it.

The net and the wrong labels of the lab on remedies. Along the strength, every position of
the grid trains the same nets on the same images; along the number of images, the remedy
runs beside the plain net.

Papers: Zhang et al. 2017; one per remedy, named at `Treatment`.
Differs from the papers in: one small net, strengths on a short grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.regularization import remedies
from core.concepts.regularization.treatment import REMEDY_NAMES, Group, Schedule, Treatment
from core.config import Config as BaseConfig
from core.config import setting
from core.experiment import Claim, Preset, recorded_steps
from core.lazy import torch
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    import xarray

GRIDS: Mapping[str, Sequence[float]] = {
    "l2": (0, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1),
    "weight_decay": (0, 1, 2, 5, 10, 20, 30),
    "dropout": (0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875),
    "input_noise": (0, 0.1, 0.2, 0.3, 0.5, 0.7, 1),
    "shift": (0, 1, 2),
    "mixup": (0, 0.1, 0.2, 0.5, 1, 2),
    "label_smoothing": (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    "members": (1, 2, 3, 5, 8),
}
"""Strengths by the treatment's field; 0, or one member, is the plain net."""
CHOSEN = {"l2": 0.02, "weight_decay": 5, "dropout": 0.5, "input_noise": 0.3, "shift": 1,
          "mixup": 0.2, "label_smoothing": 0.2, "members": 5}
"""The strength beside which more images are a rival."""
IMAGES = (50, 100, 200, 400, 800)
MAX_FRAMES = 30


class Config(BaseConfig):
    """Which remedy, along what."""

    remedy: Literal[
        "l2", "weight_decay", "dropout", "input_noise", "shift", "mixup", "label_smoothing",
        "members",
    ] = setting("dropout", "The remedy whose strength is varied",
        names=REMEDY_NAMES | {"members": "Members of an ensemble"},
    )
    along: Literal["strength", "n_train"] = setting(
        "strength", "What the curve runs along: the remedy's strength, or the training images",
        names={"strength": "Strength", "n_train": "Training images"},
    )
    label_noise: float = setting(
        0.2, "Share of the training labels that is wrong", ge=0, le=0.4, step=0.05
    )
    n_train: int = setting(
        200, "Of the digits, along the strength", ge=50, le=800, step=50,
        label="Training images",
    )
    n_steps: int = setting(300, "Number of updates", ge=50, le=600, unit="steps", step=50)
    width: int = setting(
        64, "Units of each of the two hidden layers", ge=8, le=128, unit="units", step=8,
        group="Network",
    )
    learning_rate: float = setting(
        0.001, "Of Adam", ge=1e-4, le=0.01, log=True, group="Network"
    )
    n_seeds: int = setting(
        4, "Nets per position, each with its own images, wrong labels and weights", ge=1, le=8,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: images, wrong labels, weights and everything drawn", ge=0, le=9999,
        group="Seeds",
    )


def treated(config: Config, strength: float) -> Treatment:
    changed: dict[str, Any] = {config.remedy: strength}
    return Treatment(**changed)


def positions(config: Config) -> Sequence[float]:
    """The x axis: strengths, or numbers of training images."""
    return GRIDS[config.remedy] if config.along == "strength" else IMAGES


def curves(config: Config) -> list[str]:
    """The remedy; and beside it, along the images, the plain net."""
    return ["treated"] if config.along == "strength" else ["none", "treated"]


def groups_of(config: Config) -> tuple[list[Group], list[remedies.Task]]:
    """A group per curve and position, curves first, and what each of them is asked."""
    base = remedies.Config(
        n_train=config.n_train, label_noise=config.label_noise, n_seeds=config.n_seeds,
        seed=config.seed,
    )
    schedule = Schedule(config.n_steps, max(IMAGES), config.learning_rate)
    sizes = (64, config.width, config.width, 10)
    if config.along == "strength":
        task = remedies.task_of(base)
        plan = [(treated(config, strength), task) for strength in GRIDS[config.remedy]]
    else:
        tasks = [
            remedies.task_of(base.model_copy(update={"n_train": n})) for n in IMAGES
        ]
        both = (Treatment(), treated(config, CHOSEN[config.remedy]))
        plan = [(treatment, task) for treatment in both for task in tasks]
    groups = [
        Group(treatment, sizes, task.data, task.points, base.seeds, schedule)
        for treatment, task in plan
    ]
    return groups, [task for _, task in plan]


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All positions, step by step together."""
    groups, tasks = groups_of(config)

    def measure() -> Measured:
        return _measured(config, groups, tasks), ()

    yield 0, measure
    for t in range(1, config.n_steps + 1):
        for group in groups:
            group.step()
        yield t, measure


def _measured(
    config: Config, groups: Sequence[Group], tasks: Sequence[remedies.Task]
) -> dict[str, np.ndarray]:
    found = [
        remedies.measures(group.probabilities(), task)
        for group, task in zip(groups, tasks, strict=True)
    ]
    shape = (len(curves(config)), len(positions(config)), config.n_seeds)
    return {
        name: torch.stack([one[name] for one in found]).view(shape).numpy().astype(np.float32)
        for name in MEASURES
    }


MEASURES = ("train_accuracy", "test_accuracy", "gap", "test_nll")
DIMS = dict.fromkeys(MEASURES, ("step", "curve", "position", "seed"))


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "curve": curves(config), "position": list(positions(config)),
        "seed": list(range(config.seed, config.seed + config.n_seeds)),
    }


# --- what it teaches ---------------------------------------------------------------------

MORE_DATA = Config(along="n_train")

PRESETS = (
    Preset(
        "Too little, too much", Config(),
        "Dropout from none to seven eighths of the units: where is the best test accuracy?",
        ("too_much",),
    ),
    Preset(
        "Or simply more data", MORE_DATA,
        "Twice the images, or dropout: which closes more of the gap?",
        ("gap_shrinks", "data_helps"),
    ),
    Preset(
        "How many members", Config(remedy="members"),
        "What does the eighth net of an ensemble add to the other seven?", ("members",),
    ),
    Preset(
        "Decay without end", Config(remedy="weight_decay"),
        "At which decay has the net forgotten everything?", ("too_much_decay",),
    ),
)


def _end(h: xarray.Dataset, name: str, curve: str = "treated") -> np.ndarray:
    """The last values of a curve, (position, seed)."""
    return h[name].sel(curve=curve).isel(step=-1).values


def _best_inside(h: xarray.Dataset) -> np.ndarray:
    accuracy = _end(h, "test_accuracy")
    best = accuracy.max(0)
    return (best >= accuracy[0] + 0.04) & (best >= accuracy[-1] + 0.04)


def _gap_shrinks(h: xarray.Dataset) -> list[bool]:
    gap = _end(h, "gap", "none").mean(1)
    return [bool((np.diff(gap) < 0).all())]


def _data_helps(h: xarray.Dataset) -> np.ndarray:
    plain = _end(h, "test_accuracy", "none")
    return plain[-1] >= plain[IMAGES.index(200)] + 0.05


def _members(h: xarray.Dataset) -> list[bool]:
    loss = _end(h, "test_nll").mean(1)
    return [bool((np.diff(loss) < 0).all() and loss[0] - loss[1] > loss[-2] - loss[-1])]


CLAIMS = (
    Claim(
        "too_much",
        "Some share of dropout is at least 4 points better than none, and at least 4 points "
        "better than the largest.",
        (Config(),), _best_inside,
    ),
    Claim(
        "too_much_decay",
        "Some weight decay is at least 4 points better than none, and at least 4 points better "
        "than the largest.",
        (Config(remedy="weight_decay"),), _best_inside, share=0.85,
    ),
    Claim(
        "gap_shrinks",
        "From 50 to 800 images, at every doubling, the plain net's gap between training and "
        "test accuracy shrinks, mean over seeds.",
        (MORE_DATA,), _gap_shrinks, share=0.75, over="group",
    ),
    Claim(
        "data_helps",
        "Without any remedy, 800 images give at least 5 points more test accuracy than 200.",
        (MORE_DATA,), _data_helps,
    ),
    Claim(
        "members",
        "Every step from 1 over 2, 3 and 5 to 8 nets lowers the test loss of their mean, and the "
        "second net more than the last three, mean over seeds.",
        (Config(remedy="members"),), _members, share=0.75, over="group",
    ),
)
