"""Remedies in the plane: where a net draws its border when some labels are wrong.

Two moons with wrong labels, and a net wide enough to draw an island around every one of
them. The remedies of the lab on digits, those that a point in the plane can have.

Papers: as in `remedies`.
Differs from the papers in: two inputs, so that all that the net says can be drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.regularization.noisy_labels import flipped
from core.concepts.regularization.remedies import Task, measures
from core.concepts.regularization.treatment import REMEDY_NAMES, Group, Schedule, variants
from core.config import ChangingConfig, RefusedError, between, each_once, setting
from core.data import DATA
from core.data.own import OrOwn, shape_of
from core.experiment import Claim, Preset, recorded_steps
from core.lazy import torch
from core.stacked.data import Split
from core.stacked.own import SCALING, own_split
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    import xarray
    from torch import Tensor

PlaneRemedy = Literal[
    "none", "l2", "weight_decay", "dropout", "early_stopping", "input_noise", "mixup",
    "label_smoothing", "batch_norm", "ensemble",
]
PlaneCombinable = Literal[
    "l2", "weight_decay", "dropout", "early_stopping", "input_noise", "mixup",
    "label_smoothing", "batch_norm", "ensemble",
]
MAX_FRAMES = 40
N_TEST = 500
N_GRID = 41
EDGE = 2.6
"""The picture reaches from -EDGE to EDGE standard deviations in both directions."""
SHAPES: dict[str, dict[str, float]] = {"moons": {}, "circles": {"factor": 0.4}}
"""How the classes lie: the data sets, and how they are shaped."""


LEAST_TRAIN, MOST_TRAIN = 20, 400
ShapeName = Annotated[Literal["moons", "circles"], OrOwn(
    SCALING, lambda own: own.plane, "Here two columns of numbers are needed, and two classes."
)]


def most_train(shape: str) -> int:
    """The most training points of a seed: of a visitor's own about two thirds."""
    own = shape_of(shape)
    return min(MOST_TRAIN, own.n * 2 // 3 // 20 * 20) if own else MOST_TRAIN


class Config(ChangingConfig):
    """Which points, which net, and how strong each remedy is."""

    remedies: tuple[PlaneRemedy, ...] = setting(
        ("none", "l2", "dropout", "input_noise"),
        "Each of them alone, on the same points, labels and initial weights",
        names=REMEDY_NAMES,
    )
    combined: tuple[PlaneCombinable, ...] = setting(
        (), "These together in one more net", label="Together",
        names=REMEDY_NAMES,
    )
    shape: ShapeName = setting("moons", "How the two classes lie",
        names={"moons": "Moons", "circles": "Circles"},
    )
    n_train: int = setting(
        100, "Of both classes together", ge=LEAST_TRAIN, le=MOST_TRAIN, step=20,
        label="Training points",
    )
    label_noise: float = setting(
        0.2, "Share of the training labels that is wrong", ge=0, le=0.4, step=0.05
    )
    spread: float = setting(
        0.2, "Standard deviation of the points around their class", ge=0, le=0.5, step=0.05
    )
    n_steps: int = setting(600, "Number of updates", ge=50, le=1000, unit="steps", step=50)
    l2: float = setting(
        0.01, "Factor of the penalty on squared weights, halved", ge=0, le=0.1, step=0.005,
        group="Strengths", label="L2",
    )
    weight_decay: float = setting(
        3.0, "Decoupled decay of AdamW", ge=0, le=30, step=1, group="Strengths"
    )
    dropout: float = setting(
        0.5, "Share of the hidden units that is dropped", ge=0, le=0.8, step=0.05,
        group="Strengths",
    )
    input_noise: float = setting(
        0.3, "Standard deviation of the noise; that of the data is 1", ge=0, le=1, step=0.05,
        group="Strengths",
    )
    mixup: float = setting(
        1.0, "Alpha: 0 leaves points alone, 1 mixes in any ratio", ge=0, le=2, step=0.1,
        group="Strengths",
    )
    label_smoothing: float = setting(
        0.2, "Share of each label spread over both classes", ge=0, le=0.5, step=0.05,
        group="Strengths",
    )
    width: int = setting(
        64, "Units of each of the two hidden layers", ge=4, le=128, unit="units", step=4,
        group="Network",
    )
    learning_rate: float = setting(
        0.01, "Of Adam", ge=1e-4, le=0.03, log=True, group="Network", changeable=True,
    )
    n_seeds: int = setting(
        8, "Nets per remedy, each with its own points, wrong labels and weights", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed, whose points and borders are drawn", ge=0, le=9999, group="Seeds"
    )

    @model_validator(mode="after")
    def _some_remedies(self) -> Config:
        each_once("remedies", self.remedies, get_args(PlaneRemedy))
        each_once("combined", self.combined, get_args(PlaneCombinable), some=False)
        if self.n_train > (most := most_train(self.shape)):
            raise RefusedError("n_train", self.n_train, between(LEAST_TRAIN, most),
                               shape=self.shape)
        return self


def points_of(config: Config) -> Split:
    """Training and test points of every seed, each input with mean 0 and variance 1."""
    if shape_of(config.shape):
        return own_split(config.shape, config.seeds, config.n_train, N_TEST)
    parts = []
    for seed in config.seeds:
        n = config.n_train
        state = np.random.RandomState([seed, 1])  # scikit-learn takes no other generator
        x, label = DATA[config.shape].draw(
            state, n + N_TEST, config.spread, **SHAPES[config.shape]
        )
        x, y = (x - x.mean(0)) / x.std(0), np.eye(2)[label]
        parts.append((x[:n].T, y[:n].T, x[n:].T, y[n:].T))
    return Split(*(
        torch.from_numpy(np.stack(part).astype(np.float32)) for part in zip(*parts, strict=True)
    ))


def grid() -> np.ndarray:
    """The points of the picture, (2, N_GRID^2), rows of constant y."""
    at = np.linspace(-EDGE, EDGE, N_GRID, dtype=np.float32)
    return np.stack(np.meshgrid(at, at)).reshape(2, -1)


def task_of(config: Config) -> tuple[Task, Tensor]:
    """What the nets learn and are asked; and all points, those of the picture at the end."""
    split = points_of(config)
    noisy = flipped(split.train_y, config.label_noise, config.seeds)
    asked = torch.cat([split.train_x, split.test_x], 2)
    task = Task(
        Split(split.train_x, noisy, split.test_x, split.test_y), asked,
        torch.cat([noisy, split.test_y], 2), torch.cat([split.train_y, split.test_y], 2),
        config.n_train,
    )
    picture = torch.from_numpy(grid()).expand(config.n_seeds, -1, -1)
    return task, torch.cat([asked, picture], 2)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All groups, step by step together; the learning rate may change on the way."""
    task, points = task_of(config)
    schedule = Schedule(config.n_steps, config.n_train, config.learning_rate)
    sizes = (2, config.width, config.width, 2)
    groups = {
        name: Group(treatment, sizes, task.data, points, config.seeds, schedule)
        for name, treatment in variants(config, config.remedies, config.combined).items()
    }
    t = 0

    def measure() -> Measured:
        return _measured(groups, task) | (_scene(task) if t == 0 else {}), ()

    now = yield t, measure
    for t in range(1, config.n_steps + 1):
        for group in groups.values():
            group.step(now.learning_rate / config.learning_rate)
        now = yield t, measure


def _scene(task: Task) -> dict[str, np.ndarray]:
    """The first seed's training points by class as given, right and wrong labels apart.

    Points of the other groups are NaN, so that every group has the same places.
    """
    xy, given = task.data.train_x[0].numpy(), task.data.train_y[0].argmax(0).numpy()
    wrong = task.wrong[0].numpy()
    groups = [(given == c) & (wrong == w) for c in (0, 1) for w in (False, True)]
    shown = [np.where(group, xy, np.nan) for group in groups]
    return {"points": np.stack(shown).astype(np.float32).reshape(2, 2, 2, -1)}


def _measured(groups: Mapping[str, Group], task: Task) -> dict[str, np.ndarray]:
    n_asked = task.points.shape[2]
    said = [group.probabilities() for group in groups.values()]
    found = [measures(p[:, :, :n_asked], task) for p in said]
    arrays = {
        name: torch.stack([one[name] for one in found]).numpy().astype(np.float32)
        for name in found[0]
    }
    surface = torch.stack([p[0, 1, n_asked:].view(N_GRID, N_GRID) for p in said])
    return {**arrays, "surface": surface.numpy().astype(np.float16)}


DIMS = {
    **dict.fromkeys(
        ("train_accuracy", "test_accuracy", "gap", "train_nll", "test_nll", "memorised",
         "seen_through", "clean_accuracy"), ("step", "remedy", "seed"),
    ),
    "surface": ("step", "remedy", "y", "x"),
    "points": ("given", "wrong", "xy", "point"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    at = np.linspace(-EDGE, EDGE, N_GRID).round(4).tolist()
    return {
        "remedy": list(variants(config, config.remedies, config.combined)),
        "seed": list(config.seeds), "x": at, "y": at, "given": [0, 1],
        "wrong": [False, True], "xy": ["x", "y"], "point": list(range(config.n_train)),
    }


# --- what it teaches ---------------------------------------------------------------------

FOUR = Config()

PRESETS = (
    Preset(
        "Islands", Config(remedies=("none",), n_train=100),
        "Twenty of the hundred labels are wrong. What will the border look like?",
        ("islands",),
    ),
    Preset(
        "Smoother borders", FOUR,
        "The same points, four nets: whose border would you trust?",
        ("l2_smooths", "dropout_smooths", "noise_smooths"),
    ),
    Preset(
        "All of them", Config(remedies=("none", "l2", "weight_decay", "dropout",
                                        "early_stopping", "input_noise", "mixup",
                                        "label_smoothing", "ensemble")),
        "Two of these still draw the islands of the plain net. Which?", ("islands_stay",),
    ),
    Preset(
        "A ring in a ring", Config(shape="circles"),
        "Another shape, the same wrong labels: does the order of the remedies stay?",
        ("circles",),
    ),
)


def _end(h: xarray.Dataset, name: str, remedy: str) -> np.ndarray:
    """Per seed the last value, (seed,)."""
    return h[name].sel(remedy=remedy).isel(step=-1).values


def _gain(h: xarray.Dataset, remedy: str) -> np.ndarray:
    return _end(h, "test_accuracy", remedy) - _end(h, "test_accuracy", "none")


def _two(remedy: PlaneRemedy) -> tuple[Config]:
    return (Config(remedies=("none", remedy)),)


CLAIMS = (
    Claim(
        "islands",
        "The plain net says at least 70 % of the wrong labels it was given, and was at least 5 "
        "points better on the test points at some earlier step.",
        (Config(remedies=("none",)),),
        lambda h: (_end(h, "memorised", "none") >= 0.7)
        & (h["test_accuracy"].sel(remedy="none").max("step").values
           >= _end(h, "test_accuracy", "none") + 0.05), share=0.85,
    ),
    Claim(
        "l2_smooths",
        "A penalty on squared weights gains at least 5 points of test accuracy over the plain "
        "net of the same seed.",
        _two("l2"), lambda h: _gain(h, "l2") >= 0.05, share=0.85,
    ),
    Claim(
        "dropout_smooths",
        "Dropout of half the units ends with more test accuracy than the plain net of the same "
        "seed.",
        _two("dropout"), lambda h: _gain(h, "dropout") > 0, share=0.85,
    ),
    Claim(
        "noise_smooths",
        "Noise on the inputs gains at least 6 points of test accuracy over the plain net of the "
        "same seed.",
        _two("input_noise"), lambda h: _gain(h, "input_noise") >= 0.06, share=0.85,
    ),
    Claim(
        "islands_stay",
        "Label smoothing and an ensemble of five keep the islands: each still says at least 65 % "
        "of the wrong labels.",
        (Config(remedies=("label_smoothing", "ensemble")),),
        lambda h: np.min([_end(h, "memorised", r) for r in h["remedy"].values], axis=0) >= 0.65,
        share=0.85,
    ),
    Claim(
        "circles",
        "On circles too, the penalty on squared weights ends above the plain net of the same "
        "seed.",
        (Config(shape="circles", remedies=("none", "l2")),), lambda h: _gain(h, "l2") > 0,
        share=0.85,
    ),
)
