"""One place of a sequence, slowly: what the gates of a cell do to what it remembers.

Nets of one cell are trained as in the look inside. Then a sequence is read up to one place, and
there the cell makes its next state, a part at a time, unit by unit. Or the nets' next update is
made, and what it does to some weights of a gate is shown a part at a time.

Papers: Hochreiter & Schmidhuber 1997 and Gers et al. 2000 (the LSTM), Cho et al. 2014 (the GRU).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.recurrence import inside, memory
from core.concepts.recurrence.cells import FAMILIES, Reader
from core.concepts.recurrence.memory import TRAINING, TaskName
from core.concepts.recurrence.tasks import TASKS, sequences
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked import update
from core.stacked.functions import linear
from core.stacked.traced import Parameters
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

SUB_STEPS = {
    "lstm": ("arrives", "gates", "candidate", "kept", "written", "after", "out"),
    "gru": ("arrives", "gates", "candidate", "kept", "written", "after"),
}
"""What is done one after the other."""
PARTS = ("before", "candidate", "kept", "written", "after", "out")
"""What was remembered, what could be written, what stays, what is written, what is remembered now,
and what the LSTM shows of it.
"""
KEEPS = {"lstm": "forget", "gru": "update"}
"""The gate that says how much stays."""
APPEARS = {"before": "arrives"}
"""In which sub-step a part is there, where that is called otherwise."""


class Config(BaseConfig):
    """Which cell, after how much training, and at which place."""

    cell: Literal["lstm", "gru"] = setting(
        "lstm", "The cell that is looked into", names={"lstm": "LSTM", "gru": "GRU"}
    )
    shows: Literal["step", "update"] = setting(
        "step", "What is looked at slowly", label="Slowly",
        names={"step": "A step of the cell", "update": "The next update"},
    )
    where: Literal["event", "between"] = setting(
        "event", "The place: of the first event, or one without any", label="Place",
        names={"event": "The first event", "between": "One without an event"},
    )
    at: int = setting(
        200, "Updates before the step", ge=0, le=500, step=20, unit="steps", label="At step"
    )
    task: TaskName = setting(
        "adding", "What the nets are asked at the end of a sequence",
        names={name: task.label for name, task in TASKS.items()},
    )
    length: int = setting(10, "Of the sequences", ge=5, le=40, unit="symbols", step=5)
    width: int = setting(8, "Numbers in a state", ge=8, le=32, unit="units", step=8)
    n_steps: int = setting(
        400, "Updates that are planned: the learning rate falls for the last 30 % of them", ge=20,
        le=500, unit="steps", step=20, group="Training", label="Planned steps",
    )
    forget_bias: float = setting(
        3.0, "Of the LSTM at the start: the larger, the longer it keeps what it has", ge=-1, le=5,
        step=0.5, group="Training",
    )
    update_bias: float = setting(
        1.0, "Of the GRU at the start: the larger, the longer it keeps what it has", ge=0, le=5,
        step=0.5, group="Training",
    )
    n_seeds: int = setting(
        1, "Nets; the first one is drawn", ge=1, le=16, unit="seeds", group="Seeds"
    )
    seed: int = setting(0, "The first seed: initial weights and sequences", ge=0, le=9999,
                        group="Seeds")


def lab_config(config: Config) -> inside.Config:
    """The look inside whose nets these are."""
    return inside.Config(**config.model_dump(exclude={"shows", "where", "at"}))


def gates_of(config: Config) -> list[str]:
    return inside.gates_of(lab_config(config))


def place_of(config: Config, events: np.ndarray) -> int:
    """The place that is looked at, from 0: of the first of some events, or one without any that
    is as near behind it as can be.
    """
    first = int(events.min())
    if config.where == "event":
        return first
    free = [t for t in range(config.length) if t not in events]
    return next((t for t in free if t > first), free[-1])


def taken_apart(
    net: Reader, p: Parameters, u: Tensor, state: tuple[Tensor, ...]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What one step of an LSTM or a GRU is made of: its gates, and `PARTS`.

    Args:
        u: What comes in, (K, B, rows): W_x x + b.
        state: Before it, (K, B, H) each.

    Returns:
        Both by name, (K, B, H) each.
    """
    parts = FAMILIES[net.family].parts
    v = linear(state[0], p["weight"], p.get("bias"))
    drive = dict(zip(parts, zip(u.chunk(len(parts), -1), v.chunk(len(parts), -1), strict=True),
                     strict=True))
    gates = {name: sum(both).sigmoid() for name, both in drive.items() if name != "candidate"}
    of_input, of_state = drive["candidate"]
    if net.family == "lstm":
        before, keeps, writes = state[1], gates["forget"], gates["input"]
        candidate = (of_input + of_state).tanh()
    else:
        before, keeps, writes = state[0], gates["update"], 1 - gates["update"]
        candidate = (of_input + gates["reset"] * of_state).tanh()
    kept, written = keeps * before, writes * candidate
    found = {"before": before, "candidate": candidate, "kept": kept, "written": written,
             "after": kept + written}
    if net.family == "lstm":
        found["out"] = gates["output"] * found["after"].tanh()
    return gates, found


def looked_into(nets: inside.Nets, places: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """At a place of each seed's example, the gates (gate, unit, seed) and `PARTS` (part, unit,
    seed).
    """
    p, net, seeds = nets.group.parameters(), nets.net, range(len(places))
    x = nets.x[:, :, inside.EXAMPLE:inside.EXAMPLE + 1]
    zero = x.new_zeros(len(x), 1, net.width)
    state = tuple(torch.stack([zero, *part], 1)[seeds, places]  # (K, 1, H) before each place
                  for part in zip(*net.states(p, x), strict=True))
    gates, parts = taken_apart(
        net, p, linear(x[seeds, places], p["in_weight"], p["in_bias"]), state)
    return tuple(np.stack([a[:, 0].T.numpy() for a in found.values()])
                 for found in (gates, parts))  # type: ignore[return-value]


def sub_steps(config: Config) -> range:
    """One frame each."""
    of_update = config.shows == "update"
    return range(len(quantities(config) if of_update else SUB_STEPS[config.cell]))


def quantities(config: Config) -> list[str]:
    """What an update makes."""
    return update.quantities(clips=inside.trained_as(lab_config(config)).clipping)


def next_update(config: Config) -> update.Taken:
    """Trains the nets, and then follows the weights through which the states keep themselves."""
    nets, at = inside.Nets(lab_config(config)), min(config.at, config.n_steps - 1)
    schedule = sequences(nets.task, config.seeds, TRAINING, nets.recipe.batch_size, config.length)
    for t in range(1, at + 1):
        nets.group.race.step(*next(schedule), memory.decayed(nets.recipe, t))
    gate = FAMILIES[config.cell].parts.index(KEEPS[config.cell])
    places = update.positions(nets.net.shapes, "weight")[gate * config.width]  # of its first unit
    return update.next_update(nets.group.race, *next(schedule), places[: update.N_WEIGHTS],
                              memory.decayed(nets.recipe, at + 1))


@recorded(sub_steps)
def train(config: Config) -> Algorithm[Config]:
    """The nets as the look inside trains them, then one step of the cell, or one update of the
    nets, a part at a time.
    """
    if config.shows == "update":
        yield from update.slowly(next_update(config))
        return
    nets = inside.Nets(lab_config(config))
    for t in range(1, min(config.at, config.n_steps) + 1):
        nets.update(t)
    places = [place_of(config, events[inside.EXAMPLE]) for events in nets.at]
    with torch.inference_mode():
        gates, parts = looked_into(nets, places)
    done, t = SUB_STEPS[config.cell], 0

    def measure() -> Measured:
        seen = done[:t + 1]
        shown = np.array([APPEARS.get(part, part) in seen for part in parts_of(config)])
        arrays = {
            "gates": gates if "gates" in seen else np.full_like(gates, np.nan),
            "parts": np.where(shown[:, None, None], parts, np.nan),
        }
        note = _note(config, gates[..., 0], parts[..., 0], places[0], done[t])
        return {name: a.astype(np.float32) for name, a in arrays.items()}, [note]

    for t in sub_steps(config):
        yield t, measure


def parts_of(config: Config) -> list[str]:
    """Those of the cell: only an LSTM shows something else than it remembers."""
    return [part for part in PARTS if part != "out" or config.cell == "lstm"]


def _note(
    config: Config, gates: np.ndarray, parts: np.ndarray, place: int, done: str
) -> Note:
    """What this sub-step does in the unit that changes most, with its numbers."""
    named = dict(zip(parts_of(config), parts, strict=True))
    unit = int(np.abs(named["after"] - named["before"]).argmax())
    values = {name: f"{a[unit]:.2f}" for name, a in named.items()}
    values |= {name: f"{a[unit]:.2f}" for name, a in zip(gates_of(config), gates, strict=True)}
    values |= {"place": str(place + 1), "length": str(config.length), "unit": str(unit + 1)}
    keys = {"arrives": f"arrives_{config.where}", "candidate": "candidate", "after": "after",
            "out": "out"}
    return Note(keys.get(done, f"{done}_{config.cell}"), values)


NOTES = {
    "arrives_event": "Place {place} of {length}: an event. Unit {unit} is the one that changes "
                     "most here. Before, it remembers {before}.",
    "arrives_between": "Place {place} of {length}: no event. Unit {unit} is the one that changes "
                       "most here. Before, it remembers {before}.",
    "gates_lstm": "From what comes in and from what was shown last, the cell computes its gates, "
                  "between 0 (closed) and 1 (open). In unit {unit}: input {input}, forget "
                  "{forget}, output {output}.",
    "gates_gru": "From what comes in and from its last state, the cell computes its gates, between "
                 "0 (closed) and 1 (open). In unit {unit}: reset {reset}, update {update}.",
    "candidate": "And a candidate, between −1 and 1: what could be written. In unit {unit}: "
                 "{candidate}.",
    "kept_lstm": "The forget gate says how much stays: {forget} × {before} = {kept}.",
    "kept_gru": "The update gate says how much stays: {update} × {before} = {kept}.",
    "written_lstm": "The input gate says how much of the candidate is written: {input} × "
                    "{candidate} = {written}.",
    "written_gru": "What does not stay makes room for the candidate: (1 − {update}) × {candidate} "
                   "= {written}.",
    "after": "Both together are what is remembered from now on: {kept} + {written} = {after}.",
    "out": "The output gate says how much of it is shown: {output} × tanh({after}) = {out}.",
    update.WHICH: "{at} updates so far. The gate that says how much stays in unit 1 is made from "
                  "all numbers of the state, each times a weight: weight 1 for that of unit 1, "
                  "weight 2 for that of unit 2. This is what the next update does to them.",
    **update.NOTES,
}

DIMS = {
    "gates": ("step", "gate", "unit", "seed"),
    "parts": ("step", "part", "unit", "seed"),
    **update.DIMS,
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"gate": gates_of(config), "part": parts_of(config), "seed": list(config.seeds),
            "unit": list(range(1, config.width + 1)),
            **update.coords(quantities(config), update.N_WEIGHTS)}


