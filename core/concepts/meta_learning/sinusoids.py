"""How can a net learn a curve from five points? By having been made ready for it.

Every task is a sine of its own amplitude and phase, of which a net sees a few points; then it takes
some steps of gradient descent on them, and is asked for the whole curve. Four nets that begin with
the same weights take those steps: one was trained to be good after a step (MAML), one the same way
without second derivatives, one to be good on all tasks at once, and one not at all. The tasks of
the test are a grid over all amplitudes and phases, so that its mean is that over all tasks.

Papers: Finn et al. 2017 (MAML), section 5.1.
Differs from the papers in: fewer updates, and 10 tasks in each; the test's tasks are a grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.meta_learning.adapting import Adapting, copies
from core.concepts.meta_learning.sent import halves
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

NetName = Literal["maml", "first_order", "joint", "scratch"]
START, TRAINING, TESTING, SHOWING = 0, 1, 2, 3  # what random numbers are for
AMPLITUDES, PHASES, ENDS = (0.1, 5.0), (0.0, np.pi), (-5.0, 5.0)
N_ASKED = 10
"""Points of a task that the adapted net is asked for while it is trained."""
MOST_STEPS = 5
"""Of gradient descent on a new task."""
SHOWN = (0, 1, MOST_STEPS)
"""After so many of them the error of each task is kept."""
N_TASKS = (5, 6)
"""Amplitudes and phases of the test's tasks."""
N_EXAMPLES = 8
"""Curves to begin with, for who tries the nets out."""
N_GRID = 25
"""Points between the ends at which a curve is compared with the true one."""
MAX_FRAMES = 14
CEILING = 1e4
"""Errors are kept up to here: more, or no number any more, means broken."""


@dataclass(frozen=True)
class Learner:
    """How a net is trained before it meets the test's tasks.

    Attributes:
        label: For people.
        ready: Whether it is trained to be good after its steps, rather than without any.
        second_order: Whether through the second derivatives of those steps.
        trained: Whether at all.
    """

    label: str
    ready: bool = False
    second_order: bool = False
    trained: bool = True


LEARNERS = {
    "maml": Learner("MAML", ready=True, second_order=True),
    "first_order": Learner("First-order MAML", ready=True),
    "joint": Learner("Trained on all tasks"),
    "scratch": Learner("From scratch", trained=False),
}
"""Adding one is an entry here, and its name in `NetName`."""


class Config(BaseConfig):
    """The nets, what they see of a task, and how they are trained."""

    nets: tuple[NetName, ...] = setting(
        get_args(NetName), "How each is trained before it meets a new task",
        names={name: learner.label for name, learner in LEARNERS.items()},
    )
    n_shots: int = setting(5, "Of a task, from which a net adapts", ge=1, le=20, unit="points",
                           label="Points")
    inner_steps: int = setting(
        1, "Steps of gradient descent on those points, in training", ge=1, le=3, unit="steps",
        label="Steps in training")
    inner_rate: float = setting(
        0.01, "Learning rate of those steps, in training", ge=0.001, le=0.05, log=True,
        label="Rate in training")
    test_rate: float = setting(
        0.01, "Learning rate of the steps on a new task", ge=0.001, le=0.05, log=True,
        label="Rate on a new task")
    n_steps: int = setting(500, "Number of updates", ge=20, le=2000, unit="steps", step=20)
    learning_rate: float = setting(
        0.01, "Adam's, of the updates themselves", ge=0.001, le=0.02, log=True, group="Training")
    n_tasks: int = setting(10, "Tasks per update, new ones each time", ge=1, le=25, unit="tasks",
                           group="Training", label="Tasks")
    width: int = setting(40, "Units of each of two hidden layers", ge=8, le=64, unit="units",
                         step=8, group="Network")
    n_seeds: int = setting(
        4, "Nets of each kind, each with its own weights and tasks", ge=1, le=16, unit="seeds",
        group="Seeds")
    seed: int = setting(0, "The first seed: initial weights and tasks", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some_nets(self) -> Config:
        each_once("nets", self.nets, get_args(NetName))
        return self


# --- tasks ---------------------------------------------------------------------------------


def sine(x: np.ndarray, amplitude: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Points (..., n, 1) of the tasks' curves, whose amplitudes and phases are (...)."""
    return np.asarray(amplitude[..., None, None] * np.sin(x - phase[..., None, None]))


def batches(config: Config) -> Iterator[tuple[Tensor, Tensor]]:
    """Per step new tasks of every seed: points to adapt with, then points to ask, (S, T, n, 1)."""
    rngs = [np.random.default_rng((seed, TRAINING)) for seed in config.seeds]
    shape = (config.n_tasks, config.n_shots + N_ASKED, 1)
    while True:
        drawn = [(rng.uniform(*AMPLITUDES, shape[0]), rng.uniform(*PHASES, shape[0]),
                  rng.uniform(*ENDS, shape)) for rng in rngs]
        amplitude, phase, x = (np.stack(part) for part in zip(*drawn, strict=True))
        yield _tensor(x), _tensor(sine(x, amplitude, phase))


def _tensor(a: np.ndarray) -> Tensor:
    return torch.from_numpy(a.astype(np.float32))


def grid() -> tuple[np.ndarray, np.ndarray]:
    """Amplitudes and phases of the test's tasks: middles of equal parts of their ranges."""
    def middles(ends: tuple[float, float], n: int) -> np.ndarray:
        return ends[0] + (ends[1] - ends[0]) * (np.arange(n) + 0.5) / n

    return middles(AMPLITUDES, N_TASKS[0]), middles(PHASES, N_TASKS[1])


# --- training ------------------------------------------------------------------------------


def net_of(config: Config, name: str) -> Adapting:
    learner = LEARNERS[name]
    return Adapting(config.width, config.n_shots, config.inner_steps if learner.ready else 0,
                    config.inner_rate, learner.second_order)


def race_of(config: Config, name: str) -> Race:
    """Nets of one kind, one per seed."""
    net = net_of(config, name)
    starts = np.stack([flat(net.shapes, net.start(np.random.default_rng((seed, START))))
                       for seed in config.seeds])
    runners = [Runner("adam", {"learning_rate": config.learning_rate}, k)
               for k in range(len(starts))]
    return Race(net, runners, torch.from_numpy(starts), config.n_tasks)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same tasks, and then on the test's."""
    races = {name: race_of(config, name) for name in config.nets}
    exam, t, measured = Exam(config), 0, {}

    def measure() -> Measured:
        for name, race in races.items():
            if t == 0 or LEARNERS[name].trained:
                measured[name] = exam.measure(race.p)
        arrays = {key: np.stack([measured[name][key] for name in races])
                  for key in ("error", "by_task", "weights")}
        return arrays, news(config, t, arrays["error"])

    yield t, measure
    for t, (x, y) in zip(range(1, config.n_steps + 1), batches(config), strict=False):
        for name, race in races.items():
            if LEARNERS[name].trained:
                race.step(x, y)
        yield t, measure


class Exam:
    """Tasks that nets adapt to, the same at every step; each seed has points of its own."""

    def __init__(self, config: Config) -> None:
        self.config = config
        amplitude, phase = (a.ravel() for a in np.meshgrid(*grid(), indexing="ij"))
        x = np.stack([np.random.default_rng((seed, TESTING)).uniform(
            *ENDS, (len(phase), config.n_shots, 1)) for seed in config.seeds])
        where = np.broadcast_to(np.linspace(*ENDS, N_GRID)[:, None], (*x.shape[:2], N_GRID, 1))
        self._points, self._curve = (
            (_tensor(a).flatten(0, 1), _tensor(sine(a, amplitude, phase)).flatten(0, 1))
            for a in (x, where))  # each (S T, n, 1)

    def measure(self, rows: Tensor) -> dict[str, np.ndarray]:
        """Of nets of one kind, (S, P): their errors by steps and task, the first one's weights."""
        n, (x, y), (where, right) = int(np.prod(N_TASKS)), self._points, self._curve
        net = replace(net_of(self.config, "maml"), inner_rate=self.config.test_rate)
        p = copies(views(net.shapes, rows.detach()), n)
        with torch.no_grad():
            errors = torch.stack([net.errors(moved, where, right)
                                  for moved in net.adapting(p, x, y, MOST_STEPS)])
        found = errors.nan_to_num(CEILING, CEILING).clamp_max(CEILING).view(
            MOST_STEPS + 1, -1, *N_TASKS).numpy()  # (taken, seed, amplitude, phase)
        return {"error": found.mean((2, 3)), "by_task": found[list(SHOWN)].mean(1),
                "weights": halves(rows[0])}


def news(config: Config, t: int, error: np.ndarray) -> Iterator[Note]:
    """Who is ready for a step; at the end, whose steps lead away."""
    for i, name in enumerate(config.nets):
        middle = np.median(error[i], -1)
        if t and middle[1] <= middle[0] / 2:
            yield Note("ready", {"net": name, "step": t}, name)
        if t == config.n_steps and middle[-1] > 2 * middle[0]:
            yield Note("away", {"net": name, "n": MOST_STEPS, "rate": f"{config.test_rate:g}"},
                       name)


# --- what a page shows of it -----------------------------------------------------------------


def shapes(config: Config) -> dict[str, list[int]]:
    """Of the parameters in a frame's weights, in their order."""
    return {name: list(shape) for name, shape in net_of(config, "maml").shapes.items()}


def examples(config: Config) -> list[dict[str, Any]]:
    """Tasks to begin with: curves, and where on them a net is shown points, here and there."""
    rng, n = np.random.default_rng((config.seed, SHOWING)), config.n_shots
    return [{"amplitude": float(rng.uniform(2, 4.5)), "phase": float(rng.uniform(*PHASES)),
             "x": (ENDS[0] + (ENDS[1] - ENDS[0]) * (np.arange(n) + rng.random(n)) / n)
             .round(3).tolist()} for _ in range(N_EXAMPLES)]


NOTES = {
    "ready": "{net}: from step {step} on one step on a new task at least halves its error (median "
             "of the seeds).",
    "away": "{net}: {n} steps on a new task at the rate {rate} lead away from it: its error more "
            "than doubles. A smaller rate on a new task mends that.",
    **names_of("net", {name: learner.label for name, learner in LEARNERS.items()}),
}
DIMS = {
    "error": ("step", "net", "taken", "seed"),
    "by_task": ("step", "net", "after", "amplitude", "phase"),
    "weights": ("step", "net", "parameter"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"; "taken" and "after" count steps on a new task."""
    amplitudes, phases = grid()
    return {"net": list(config.nets), "seed": list(config.seeds),
            "taken": list(range(MOST_STEPS + 1)), "after": list(SHOWN),
            "amplitude": amplitudes.round(3).tolist(), "phase": phases.round(3).tolist(),
            "parameter": list(range(net_of(config, "maml").n_parameters))}
