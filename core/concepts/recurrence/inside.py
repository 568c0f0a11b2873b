"""What happens inside a cell: which gates move at an event, does it matter, and what is read?

Nets of one cell learn one task, while their states, gates and the influence of every symbol on
the answer are measured. A gate that moves may do nothing for the answer, and one that stands
still may carry all of it: so each is also frozen, at its own mean, and the nets are tested again.

Papers: Hochreiter & Schmidhuber 1997, Cho et al. 2014 (the cells); Karpathy et al. 2015 (looking at
single units).
Differs from the papers in: small nets on short sequences; freezing a gate is a test that we add.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.recurrence import memory
from core.concepts.recurrence.cells import CELLS, FAMILIES, Reader
from core.concepts.recurrence.memory import LOSS_CEILING, TESTING, TRAINING, TaskName, group_of
from core.concepts.recurrence.tasks import TASKS, sequences
from core.config import Config as BaseConfig
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.traced import Parameters
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

MAX_FRAMES = 25
N_TEST = 64  # sequences that a seed's net is measured on
EXAMPLE = 0  # the one of them that is shown
INSIDE_CELLS = ("gru", "lstm", "orthogonal")


class Config(BaseConfig):
    """Whose inside, and what it learns."""

    task: TaskName = setting(
        "adding", "What the nets are asked at the end of a sequence",
        names={name: task.label for name, task in TASKS.items()},
    )
    cell: Literal["gru", "lstm", "orthogonal"] = setting(
        "gru", "What reads the sequences: see The equations",
        names={name: CELLS[name].label for name in INSIDE_CELLS},
    )
    length: int = setting(30, "Of the sequences", ge=5, le=40, unit="symbols", step=5)
    width: int = setting(8, "Numbers in a state", ge=8, le=32, unit="units", step=8)
    n_steps: int = setting(400, "Number of updates", ge=20, le=500, unit="steps", step=20)
    forget_bias: float = setting(
        3.0, "Of the LSTM at the start: the larger, the longer it keeps what it has", ge=-1, le=5,
        step=0.5,
    )
    update_bias: float = setting(
        1.0, "Of the GRU at the start: the larger, the longer it keeps what it has", ge=0, le=5,
        step=0.5,
    )
    n_seeds: int = setting(
        4, "Nets, each with its own weights and sequences; the first one's inside is drawn", ge=1,
        le=16, unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and sequences", ge=0, le=9999,
                        group="Seeds")


def gates_of(config: Config) -> list[str]:
    """Of the cell; a plain RNN has none."""
    return [part for part in FAMILIES[CELLS[config.cell].family].parts if part != "candidate"]


def trained_as(config: Config) -> memory.Config:
    """These nets, as those of the memory lab: the same recipe."""
    return memory.Config(**config.model_dump(exclude={"cell", "length"}), cells=(config.cell,))


# --- measuring an inside ---------------------------------------------------------------------


def gates(net: Reader, p: Parameters, x: Tensor, h: Tensor) -> dict[str, Tensor]:
    """Every gate at every place, (K, T, B, H) each.

    Args:
        x: (K, T, B, features).
        h: The states after every place, (K, T, B, H).
    """
    before = torch.cat([torch.zeros_like(h[:, :1]), h[:, :-1]], 1)
    drive = linear(x, p["in_weight"], p["in_bias"]) + linear(before, p["weight"], p.get("bias"))
    parts = FAMILIES[net.family].parts
    return {part: rows.sigmoid() for part, rows in zip(parts, drive.chunk(len(parts), -1),
                                                       strict=True) if part != "candidate"}


def frozen(net: Reader, p: Parameters, means: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same nets with gates that no longer listen: each unit's stays at a mean, (K, H).

    Nothing but a bias is left of what drives them, so that the net need not know of it.
    """
    still = {name: part.clone() for name, part in p.items()}
    parts = FAMILIES[net.family].parts
    for gate, mean in means.items():
        for name in ("in_weight", "weight", "in_bias", "bias"):
            if name in still:
                still[name].chunk(len(parts), 1)[parts.index(gate)].zero_()
        still["in_bias"].chunk(len(parts), 1)[parts.index(gate)].copy_(mean.logit(1e-6))
    return still


def influence(net: Reader, p: Parameters, x: Tensor) -> Tensor:
    """How much the answer changes with what came in at each place, (K, T, B).

    The norm over outputs and features of the derivative of the answer; of logits, their
    differences from their mean, since a shift of all says nothing.
    """
    with torch.inference_mode(False), torch.enable_grad():
        fixed = {name: part.clone() for name, part in p.items()}
        leaf = x.clone().requires_grad_()
        z = net.forward(fixed, leaf)  # (K, outputs, B)
        if z.shape[1] > 1:
            z = z - z.mean(1, keepdim=True)
        total = torch.zeros(())
        for out in z.unbind(1):
            (by,) = torch.autograd.grad(out.sum(), leaf, retain_graph=True)
            total = total + by.square().sum(-1)
    return total.sqrt()


def at_events(a: Tensor, events: Tensor) -> Tensor:
    """The mean at the events less that at all other places, (K, H).

    Args:
        a: (K, T, B, H).
        events: 1 at the events, 0 elsewhere, (K, T, B).
    """
    there, n = events[..., None], events.sum((1, 2))[:, None]
    inside = (a * there).sum((1, 2)) / n
    return inside - (a * (1 - there)).sum((1, 2)) / (events[0].numel() - n)


class Nets:
    """All seeds' nets, and the sequences that they are measured on."""

    def __init__(self, config: Config) -> None:
        self.config, self.task, recipe = config, TASKS[config.task], trained_as(config)
        self.group = group_of(recipe, CELLS[config.cell].family)
        self.net, self.recipe = self.group.net, recipe
        self._batches = sequences(self.task, config.seeds, TRAINING, recipe.batch_size,
                                  config.length)
        drawn = [self.task.draw(np.random.default_rng((seed, 1000 * TESTING + config.length)),
                                N_TEST, config.length) for seed in config.seeds]
        x, y, at = (np.stack(part) for part in zip(*drawn, strict=True))
        self.x, self.y, self.at = torch.from_numpy(x), torch.from_numpy(y.copy()), at
        self.events = torch.zeros(self.x.shape[:3])
        self.events.scatter_(1, torch.from_numpy(at).mT, 1.0)

    def update(self, t: int) -> None:
        """The t-th update."""
        x, y = next(self._batches)
        self.group.race.step(x, y, memory.decayed(self.recipe, t))

    def tested(self, p: Parameters) -> tuple[np.ndarray, np.ndarray]:
        """Loss and share of right answers, (seed,) each."""
        z = self.net.forward(p, self.x)
        loss = self.task.loss_scale * self.task.loss.value(z, self.y)
        return (loss.nan_to_num(nan=torch.inf).clamp(max=LOSS_CEILING).numpy(),
                self.task.right(z, self.y).numpy())


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """One cell on one task, update by update."""
    nets, t = Nets(config), 0
    grown = np.full((len(steps(config)), config.length), np.nan)  # shares of the largest

    def measure() -> Measured:
        with torch.inference_mode():
            arrays = {**_tests(nets), **_inside(nets)}
        read = arrays["influence"]
        grown[steps(config).index(t)] = read / max(read.max(), np.finfo(np.float32).tiny)
        arrays["influence_map"] = grown
        if t == 0:
            arrays |= {"event_places": 1 + nets.at[0, EXAMPLE]}
        notes = list(_notes(config, t, arrays))
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes

    yield 0, measure
    for t in range(1, config.n_steps + 1):
        nets.update(t)
        yield t, measure


def _tests(nets: Nets) -> dict[str, np.ndarray]:
    """Of the nets as they are, and with each gate frozen: (frozen, seed)."""
    p = nets.group.parameters()
    h = torch.stack([state[0] for state in nets.net.states(p, nets.x)], 1)
    means = {gate: a.mean((1, 2)) for gate, a in gates(nets.net, p, nets.x, h).items()}
    tests = [nets.tested(p)]
    tests += [nets.tested(frozen(nets.net, p, {gate: mean})) for gate, mean in means.items()]
    if means:
        tests.append(nets.tested(frozen(nets.net, p, means)))
    loss, accuracy = (np.stack(a) for a in zip(*tests, strict=True))
    return {"loss": loss[0], "accuracy": accuracy[0], "frozen_loss": loss,
            "frozen_accuracy": accuracy}


def _inside(nets: Nets) -> dict[str, np.ndarray]:
    """States and gates of one sequence, what they do at events, and what is read."""
    p = nets.group.parameters()
    h = torch.stack([state[0] for state in nets.net.states(p, nets.x)], 1)
    found = gates(nets.net, p, nets.x, h)
    by = influence(nets.net, p, nets.x)  # (K, T, B)
    there, n = nets.events, nets.events.sum((1, 2))
    inside = (by * there).sum((1, 2)) / n
    outside = (by * (1 - there)).sum((1, 2)) / (there[0].numel() - n)
    arrays = {
        "shown": torch.stack([a[0, :, EXAMPLE].T for a in (h, *found.values())]),
        "influence": by[0, :, EXAMPLE], "events_read": (inside / (inside + outside)),
    }
    if found:
        arrays["shift"] = torch.stack([at_events(a, nets.events) for a in found.values()])
    return {name: a.numpy() for name, a in arrays.items()}


def _notes(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """Whether the nets only guess at the end."""
    bound = memory.guessing(TASKS[config.task])
    if t == config.n_steps and np.median(arrays["accuracy"]) < bound:
        yield Note("guesses", {"cell": config.cell, "step": t, "lengths": f"{config.length}",
                               "share": f"{bound:.0%}"})


DIMS = {
    "loss": ("step", "seed"),
    "accuracy": ("step", "seed"),
    "frozen_loss": ("step", "frozen", "seed"),
    "frozen_accuracy": ("step", "frozen", "seed"),
    "shown": ("step", "part", "unit", "place"),
    "shift": ("step", "gate", "seed", "unit"),
    "influence": ("step", "place"),
    "influence_map": ("step", "time", "place"),
    "events_read": ("step", "seed"),
    "event_places": ("event",),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    found = gates_of(config)
    return {
        "seed": list(config.seeds), "gate": found, "part": ["state", *found],
        "frozen": ["none", *found, *["all"] * bool(found)],
        "unit": list(range(1, config.width + 1)), "place": list(range(1, config.length + 1)),
        "time": steps(config),
    }


NOTES = {name: text for name, text in memory.NOTES.items() if name != "diverged"}
