"""A class as a target: as a number to be hit, or as one of many?

A net is to name a class, and the class is told to it as an integer (squared error, its answer is
rounded) or one-hot (cross-entropy, or squared error). Integers say that 7 lies between 6 and 8:
of digits that is not true, of levels of an illness it is.

Papers: Frank & Hall 2001 (ordered classes: numbers, or a class apart?), Hui & Belkin 2021 (squared
error on one-hot targets).
Differs from the papers in: nets of one hidden layer, some hundred updates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from core.concepts.representation.scales import standardised
from core.config import Config as BaseConfig
from core.config import setting
from core.data import DATA, Labelled, stratified
from core.data.own import OrOwn, data_set, shape_of
from core.experiment import recorded_steps
from core.lazy import datasets, torch
from core.stacked.data import Split, batches
from core.stacked.losses import CROSS_ENTROPY, SQUARED_ERROR, Loss
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

TARGET_NAMES = {
    "integer": "Integer", "one_hot": "One-hot", "one_hot_squared": "One-hot, squared error",
}
TARGETS = tuple(TARGET_NAMES)
BATCH_SIZE = 32
MAX_FRAMES = 50
LOST = 0.25
"""How much more of its training rows one net gets wrong than another, to be said in words."""


@cache
def _levels() -> Labelled:
    """How far an illness has gone a year later, in five equal parts of 442 patients."""
    x, y = datasets.load_diabetes(return_X_y=True)
    return x, (y[:, None] > np.quantile(y, [0.2, 0.4, 0.6, 0.8])).sum(1)


@cache
def _wine() -> Labelled:
    return datasets.load_wine(return_X_y=True)


DATA_SETS: dict[str, tuple[str, Callable[[], Labelled], int]] = {
    "digits": ("Digits, 0 to 9", DATA["digits"].everything, 10),
    "levels": ("Illness, five levels", _levels, 5),
    "wine": ("Wine, three growers", _wine, 3),
}
"""By key what people read, all rows, and how many classes there are."""


DataName = Annotated[Literal["digits", "levels", "wine"], OrOwn(
    "Each column gets mean 0 and spread 1, by the training half. The classes have the numbers 0, "
    "1, ... in the order of their names."
)]


def rows_of(data: str) -> tuple[Labelled, int]:
    """All rows, and how many classes there are."""
    if own := shape_of(data):
        return data_set(data).everything(), own.n_classes
    _, load, n = DATA_SETS[data]
    return load(), n


class Config(BaseConfig):
    """Which classes are to be named, by nets of which size."""

    data: DataName = setting(
        "digits", "What is to be named. Digits and growers have no order, levels have one",
        names={key: found[0] for key, found in DATA_SETS.items()}, label="Classes",
    )
    numbers: Literal["given", "drawn"] = setting(
        "given", "Which class has which number: as in the data, or drawn by lot for every seed",
        names={"given": "As given", "drawn": "Drawn by lot"}, label="Numbers of the classes",
    )
    n_steps: int = setting(300, "Number of updates", ge=20, le=3000, unit="steps", log=True)
    hidden: int = setting(
        32, "Of the hidden layer", ge=4, le=128, unit="units", label="Hidden units", log=True,
    )
    learning_rate: float = setting(0.01, "Adam's", ge=1e-3, le=0.3, log=True)
    n_seeds: int = setting(
        8, "Repetitions, each with its own halves, weights and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: halves, initial weights and batches", ge=0, le=9999, group="Seeds"
    )


@dataclass(frozen=True)
class Classes:
    """All seeds' rows.

    Attributes:
        train_x: Standardised, (S, features, n); `test_x` alike.
        train_y: The classes' numbers, (S, n); `test_y` alike.
        n: How many classes there are.
    """

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    n: int


def classes_of(config: Config) -> Classes:
    """Half of the rows to learn from; a seed's depend on that seed alone."""
    (x, y), n = rows_of(config.data)
    parts = [_halves(x, y, n, seed, config.numbers == "drawn") for seed in config.seeds]
    train_x, train_y, test_x, test_y = (torch.from_numpy(np.stack(part))
                                        for part in zip(*parts, strict=True))
    return Classes(train_x, train_y, test_x, test_y, n)


def _halves(
    x: np.ndarray, y: np.ndarray, n: int, seed: int, drawn: bool
) -> tuple[np.ndarray, ...]:
    train, test = stratified(y, len(y) // 2, np.random.default_rng((seed, 70)))
    if drawn:
        y = np.random.default_rng((seed, 71)).permutation(n)[y]
    told = standardised(x[train])(x).astype(np.float32)
    return told[train].T, y[train], told[test].T, y[test]


@dataclass(frozen=True)
class Kind:
    """A way to tell a class.

    Attributes:
        loss: What the net makes small.
        one_number: Whether the net answers with a single number, or with one for every class.
    """

    loss: Loss
    one_number: bool

    def encode(self, y: Tensor, n: int) -> Tensor:
        """Numbers of classes (S, n) as targets, (S, outputs, n)."""
        if self.one_number:
            return y[:, None].float()
        return torch.nn.functional.one_hot(y, n).transpose(1, 2).float().contiguous()

    def decode(self, z: Tensor, n: int) -> Tensor:
        """The class that outputs (S, outputs, n) name: the nearest number, or the largest."""
        return z[:, 0].round().clamp(0, n - 1).long() if self.one_number else z.argmax(1)


KINDS = {
    "integer": Kind(SQUARED_ERROR, True), "one_hot": Kind(CROSS_ENTROPY, False),
    "one_hot_squared": Kind(SQUARED_ERROR, False),
}


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """A net for each kind of target, over the same batches."""
    rows = classes_of(config)
    races = {name: _race(config, rows, kind) for name, kind in KINDS.items()}
    # of the classes' numbers: every kind of target is made of them
    split = Split(rows.train_x, rows.train_y[:, None], rows.test_x, rows.test_y[:, None])
    t = 0

    def measure() -> Measured:
        return _measured(config, t, rows, races)

    yield t, measure
    schedule = batches(split, config.seeds, BATCH_SIZE, config.n_steps)
    for t, (x, y) in enumerate(schedule, 1):
        for name, race in races.items():
            race.step(x, KINDS[name].encode(y[:, 0], rows.n))
        yield t, measure


def _race(config: Config, rows: Classes, kind: Kind) -> Race:
    n_outputs = 1 if kind.one_number else rows.n
    net = MLP((rows.train_x.shape[1], config.hidden, n_outputs), loss=kind.loss)
    start = torch.from_numpy(np.stack([
        net.init(np.random.default_rng((seed, 72))) for seed in config.seeds]))
    runners = [Runner("adam", {"learning_rate": config.learning_rate}, i)
               for i in range(config.n_seeds)]
    return Race(net, runners, start, BATCH_SIZE)


def _measured(
    config: Config, t: int, rows: Classes, races: Mapping[str, Race]
) -> tuple[dict[str, np.ndarray], list[Note]]:
    said = {name: KINDS[name].decode(race.outputs(rows.test_x), rows.n)
            for name, race in races.items()}
    away = torch.stack([said[name] - rows.test_y for name in TARGETS])  # (target, seed, n)
    confused = [_taken_for(rows.test_y, said[name], rows.n) for name in TARGETS]
    learned = {name: KINDS[name].decode(races[name].outputs(rows.train_x), rows.n)
               for name in ("integer", "one_hot")}
    arrays = {
        "test_error": (away != 0).double().mean(2).numpy(),
        "distance": away.abs().double().mean(2).numpy(), "taken_for": np.stack(confused),
    }
    train_error = {name: float((numbers != rows.train_y).double().mean(1).median())
                   for name, numbers in learned.items()}
    notes = list(_failures(config, t, train_error))
    return {name: a.astype(np.float32) for name, a in arrays.items()}, notes


def _taken_for(y: Tensor, said: Tensor, n: int) -> np.ndarray:
    """Of all seeds' rows of each class the share that is taken for each, (class, said)."""
    counts = torch.bincount((y * n + said).flatten(), minlength=n * n).view(n, n).double()
    return (counts / counts.sum(1, keepdim=True)).numpy()


def _failures(config: Config, t: int, train_error: Mapping[str, float]) -> Iterator[Note]:
    """At the end, that integers were not even learned, where one-hot targets were."""
    lost = train_error["integer"]
    if t == config.n_steps and lost - train_error["one_hot"] >= LOST:
        yield Note("not_learned", {"target": "integer", "step": t, "error": f"{lost:.0%}"})


NOTES = {
    "not_learned": "{target}: after {step} steps the net gets {error} of its own training rows "
                   "wrong. One-hot targets help.",
    **names_of("target", TARGET_NAMES),
}

DIMS = {
    "test_error": ("step", "target", "seed"), "distance": ("step", "target", "seed"),
    "taken_for": ("step", "target", "class", "said"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    own = shape_of(config.data)
    numbers = list(range(own.n_classes if own else DATA_SETS[config.data][2]))
    return {"target": list(TARGETS), "seed": list(config.seeds), "class": numbers,
            "said": numbers}
