"""How far back can a recurrent net remember, and what carries the memory?

For every length of sequence there are nets of their own, which must say something at the end
about what came at or near the start. Nets of one seed and length read the same batches.

Papers: Hochreiter & Schmidhuber 1997 (the tasks, the LSTM), Bengio et al. 1994 (the gradient
through time), Le et al. 2015 (a plain RNN with a start of its own), Tallec & Ollivier 2018 (how
large the forget bias should be), Pascanu et al. 2013 (clipping).
Differs from the papers in: short sequences, few updates and small nets, so that many train in
seconds; all cells read and answer alike; the learning rate falls to a fifth for the last 30 % of
the updates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.recurrence.cells import (
    CELLS,
    FAMILIES,
    Birth,
    CellName,
    Reader,
    back_through_time,
)
from core.concepts.recurrence.tasks import TASKS, Task, sequences
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.race import Race, Runner
from core.stacked.traced import flat, views
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

TaskName = Literal["copy", "order", "adding"]
LagName = Literal["5", "10", "15", "20", "30", "40", "60"]
START, TRAINING, TESTING = 0, 1, 2  # what random numbers are for
MAX_FRAMES = 25
N_TEST = 64  # sequences of every length that a seed's nets are measured on
DECAY_FROM, DECAY = 0.7, 0.2
"""From this share of the updates on the learning rate is this share of itself."""
FAINTEST = 1e-12
"""Gradients are drawn down to here."""
LOSS_CEILING = 1e6
"""Losses are drawn up to here; more means diverged."""


class Config(BaseConfig):
    """What is to be remembered, by whom, and how they learn it."""

    task: TaskName = setting(
        "copy", "What the nets are asked at the end of a sequence",
        names={name: task.label for name, task in TASKS.items()},
    )
    cells: tuple[CellName, ...] = setting(
        ("rnn", "orthogonal", "lstm_zero", "lstm"), "What reads the sequences: see The equations",
        names={name: cell.label for name, cell in CELLS.items()},
    )
    lags: tuple[LagName, ...] = setting(
        ("5", "15", "30"), "Lengths of the sequences; each has nets of its own",
        label="Lengths", names={lag: f"{lag} symbols" for lag in get_args(LagName)},
    )
    forget_bias: float = setting(
        3.0, "Of the LSTM at the start: the larger, the longer it keeps what it has", ge=-1, le=5,
        step=0.5,
    )
    update_bias: float = setting(
        1.0, "Of the GRU at the start: the larger, the longer it keeps what it has", ge=0, le=5,
        step=0.5,
    )
    gain: float = setting(
        1.0, "By how much the orthogonal RNN stretches its state at the start", ge=0.5, le=2,
        step=0.1,
    )
    n_steps: int = setting(200, "Number of updates", ge=20, le=500, unit="steps", step=20)
    rates: Literal["own", "shared"] = setting(
        "own", "Whether each cell learns at a rate at which it does well, or all at one",
        group="Training", names={"own": "Own good rate", "shared": "One for all"},
    )
    learning_rate: float = setting(
        0.01, "The learning rate of all cells", ge=0.0005, le=1, log=True, group="Training"
    )
    optimizer: Literal["adam", "sgd"] = setting(
        "adam", "The update rule of all nets", group="Training",
        names={"adam": "Adam", "sgd": "SGD"},
    )
    clipping: bool = setting(
        True, "Whether a gradient with a norm above 1 is shortened to 1", group="Training"
    )
    width: int = setting(
        24, "Numbers in a state", ge=8, le=48, unit="units", step=8, group="Network"
    )
    batch_size: int = setting(
        16, "Sequences per update", ge=16, le=64, unit="sequences", step=16, group="Network"
    )
    n_seeds: int = setting(
        4, "Nets of each cell and length, each with its own weights and sequences", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and sequences", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some(self) -> Config:
        each_once("cells", self.cells, get_args(CellName))
        each_once("lags", self.lags, get_args(LagName))
        return self


SGD_RATE = 0.1
"""At which every cell learns with SGD, unless another one is asked for."""


def rate_of(config: Config, cell: str) -> float:
    """The learning rate of a cell."""
    if config.rates == "shared":
        return config.learning_rate
    return CELLS[cell].rate if config.optimizer == "adam" else SGD_RATE


def lags_of(config: Config) -> list[int]:
    """From short to long."""
    return sorted(map(int, config.lags))


def decayed(config: Config, t: int) -> float:
    """What the learning rate is multiplied by at an update, counted from 1."""
    return 1.0 if t <= DECAY_FROM * config.n_steps else DECAY


@dataclass
class Group:
    """Cells of one family, for sequences of one length: a stack.

    Attributes:
        cells: Their names.
        net: What they have in common.
        race: All models, cell by cell and seed by seed.
    """

    cells: list[str]
    net: Reader
    race: Race

    def parameters(self) -> dict[str, Tensor]:
        return views(self.net.shapes, self.race.p)


def group_of(config: Config, family: str) -> Group:
    """Nets of a family at their start."""
    task = TASKS[config.task]
    cells: list[str] = [name for name in config.cells if CELLS[name].family == family]
    net = Reader(family, task.n_inputs, config.width, task.n_outputs, loss=task.loss)
    clip = {"clip": 1.0} if config.clipping else {}
    runners = [Runner(config.optimizer, {"learning_rate": rate_of(config, cell), **clip}, s)
               for cell in cells for s in range(config.n_seeds)]
    starts = [torch.from_numpy(_starts(config, net, cell)) for cell in cells]
    race = Race(net, runners, starts[0], config.batch_size)
    race.p.copy_(torch.cat(starts))  # a race begins with one start per seed
    return Group(cells, net, race)


def _starts(config: Config, net: Reader, cell: str) -> np.ndarray:
    birth = Birth(config.gain, config.forget_bias, config.update_bias)
    return np.stack([
        flat(net.shapes, net.born(np.random.default_rng((seed, START)), CELLS[cell].start, birth))
        for seed in config.seeds
    ])


class Nets:
    """All nets for sequences of one length, and what they are measured on."""

    def __init__(self, config: Config, length: int) -> None:
        self.config, self.length, self.task = config, length, TASKS[config.task]
        self.groups = [group_of(config, family) for family in FAMILIES
                       if any(CELLS[cell].family == family for cell in config.cells)]
        self._batches = sequences(self.task, config.seeds, TRAINING, config.batch_size, length)
        self._test = next(sequences(self.task, config.seeds, TESTING, N_TEST, length))

    def update(self, rate_factor: float) -> None:
        """One update of all nets."""
        x, y = next(self._batches)
        for group in self.groups:
            group.race.step(x, y, rate_factor)

    def measure(self) -> dict[str, np.ndarray]:
        """By name (cell, seed), or for "gradient" (cell, seed, place); cells as in the settings."""
        found: dict[str, list[dict[str, Tensor]]] = {}
        for group in self.groups:
            measured = self._of(group)
            for i, cell in enumerate(group.cells):
                rows = slice(i * self.config.n_seeds, (i + 1) * self.config.n_seeds)
                found[cell] = [{name: a[rows] for name, a in measured.items()}]
        each = [found[cell][0] for cell in self.config.cells]
        return {name: np.stack([e[name].numpy() for e in each]) for name in each[0]}

    def _of(self, group: Group) -> dict[str, Tensor]:
        x, y = (a.repeat(len(group.cells), *[1] * (a.dim() - 1)) for a in self._test)
        z, gradient = back_through_time(group.net, group.parameters(), x, y)
        loss = self.task.loss_scale * self.task.loss.value(z, y)
        return {"loss": loss.nan_to_num(nan=math.inf), "gradient": gradient,
                "accuracy": self.task.right(z.nan_to_num(nan=math.inf), y)}


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All cells at all lengths, update by update."""
    everyone = [Nets(config, length) for length in lags_of(config)]
    measuring, t = Measuring(config, everyone), 0

    def measure() -> Measured:
        return measuring.at(t)

    yield 0, measure
    for t in range(1, config.n_steps + 1):
        for nets in everyone:
            nets.update(decayed(config, t))
        yield t, measure


class Measuring:
    """Measures all nets, and knows who had diverged before."""

    def __init__(self, config: Config, everyone: list[Nets]) -> None:
        self.config, self.everyone = config, everyone
        self._diverged: set[tuple[str, int]] = set()

    def at(self, t: int) -> Measured:
        """The arrays and notes of a step."""
        found = [nets.measure() for nets in self.everyone]
        loss, accuracy = (np.stack([f[name] for f in found], 1) for name in ("loss", "accuracy"))
        ways = [_relative(f["gradient"]) for f in found]
        arrays = {
            "loss": np.minimum(loss, LOSS_CEILING), "accuracy": accuracy,
            "reach": np.stack([np.log10(way[..., -1]) for way in ways], 1),
            "gradient": self._padded([np.median(way, 1) for way in ways]),
        }
        if t == 0:
            arrays |= {"gradient_first": arrays["gradient"], "gradient_theory": self._theory()}
        notes = list(self._notes(t, loss, accuracy))
        return {name: a.astype(np.float32) for name, a in arrays.items()}, notes

    def _padded(self, ways: list[np.ndarray]) -> np.ndarray:
        """(cell, length, back): shorter sequences have no more to tell."""
        longest = max(nets.length for nets in self.everyone)
        room = np.full((len(self.config.cells), len(ways), longest), np.nan)
        for i, way in enumerate(ways):
            room[:, i, :way.shape[-1]] = way
        return room

    def _theory(self) -> np.ndarray:
        """What the start alone lets expect, (cell, back): a factor per place."""
        config = self.config
        birth = Birth(config.gain, config.forget_bias, config.update_bias)
        factors = np.array([CELLS[cell].factor(birth) for cell in config.cells])
        back = np.arange(max(nets.length for nets in self.everyone))
        return np.clip(factors[:, None] ** back, FAINTEST, 1 / FAINTEST)

    def _notes(self, t: int, loss: np.ndarray, accuracy: np.ndarray) -> Iterator[Note]:
        """Who diverged since the last frame; and at the end who only guesses."""
        task, config = TASKS[self.config.task], self.config
        for i, cell in enumerate(config.cells):
            gone = {nets.length: int((~(loss[i, j] < LOSS_CEILING)).sum())
                    for j, nets in enumerate(self.everyone)}
            for length, n in gone.items():
                if n and (cell, length) not in self._diverged:
                    self._diverged.add((cell, length))
                    yield Note("diverged", {"cell": cell, "step": t, "length": length, "n": n,
                                            "n_seeds": config.n_seeds}, f"{cell} {length}")
            lost = [str(length) for j, (length, n) in enumerate(gone.items())
                    if not n and np.median(accuracy[i, j]) < guessing(task)]
            if lost and t == config.n_steps:
                yield Note("guesses", {"cell": cell, "step": t, "lengths": ", ".join(lost),
                                       "share": f"{guessing(task):.0%}"}, cell)


def guessing(task: Task) -> float:
    """Below this share of right answers a net is said to have learned next to nothing."""
    return task.guess + 0.2 * (1 - task.guess)


def _relative(gradient: np.ndarray) -> np.ndarray:
    """As shares of that at the last place, from there back: (..., back). NaN where none is finite.
    """
    with np.errstate(all="ignore"):
        shares = gradient[..., ::-1] / gradient[..., -1:]
    shares[~np.isfinite(shares)] = np.nan
    return shares.clip(FAINTEST, 1 / FAINTEST)


DIMS = {
    "loss": ("step", "cell", "length", "seed"),
    "accuracy": ("step", "cell", "length", "seed"),
    "reach": ("step", "cell", "length", "seed"),
    "gradient": ("step", "cell", "length", "back"),
    "gradient_first": ("cell", "length", "back"),
    "gradient_theory": ("cell", "back"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"; "back" counts places from the last one."""
    return {"cell": list(config.cells), "length": lags_of(config), "seed": list(config.seeds),
            "back": list(range(lags_of(config)[-1]))}


NOTES = {
    "diverged": "{cell} diverged by step {step} on sequences of {length} ({n} of {n_seeds} seeds): "
                "its loss is beyond all bounds. Clipping or a smaller learning rate mends that.",
    "guesses": "{cell} has hardly learned anything on sequences of {lengths} after {step} steps: "
               "fewer than {share} of its answers are right.",
    **names_of("cell", {name: cell.title for name, cell in CELLS.items()}),
}
