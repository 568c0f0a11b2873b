"""What the look inside teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.recurrence.inside import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

GATES = Config()
STILL = Config(task="order", cell="lstm", length=20, n_steps=300)
ADDING_LSTM = Config(cell="lstm", length=10)

PRESETS = (
    Preset(
        "A gate for marked numbers", GATES,
        "A GRU has learned to add the two numbers that are marked. Which of its gates moves when "
        "one comes by, and which could as well stand still?",
        ("update_gate_moves", "update_gate_works", "reads_events"),
    ),
    Preset(
        "Gates that stand still", STILL,
        "An LSTM has learned to say which two events came, and in which order. How far do its "
        "forget gates move at an event?",
        ("forget_gate_stands_still",),
    ),
    Preset(
        "Which gate of the LSTM?", ADDING_LSTM,
        "An LSTM that adds. It is famous for its forget gate; which of its gates does the work "
        "here?",
        ("input_gate_works",),
    ),
)


def _largest(h: xarray.Dataset, gate: str) -> np.ndarray:
    """How far the unit whose gate moves most moves it, at the end, (seed,)."""
    return np.abs(h["shift"].sel(gate=gate).isel(step=-1).values).max(-1)


def _input_works(h: xarray.Dataset) -> np.ndarray:
    loss = h["frozen_loss"].isel(step=-1)
    return (loss.sel(frozen="input") >= 0.1).values & (loss.sel(frozen="forget") <= 0.05).values


def _moves(h: xarray.Dataset) -> np.ndarray:
    return _largest(h, "update") >= 0.4


def _works(h: xarray.Dataset) -> np.ndarray:
    loss = h["frozen_loss"].isel(step=-1)
    return (loss.sel(frozen="update") >= 0.15).values & (loss.sel(frozen="reset") <= 0.06).values


def _reads(h: xarray.Dataset) -> np.ndarray:
    read = h["events_read"]
    return (read.isel(step=0) <= 0.65).values & (read.isel(step=-1) >= 0.85).values


def _still(h: xarray.Dataset) -> np.ndarray:
    right = h["frozen_accuracy"].isel(step=-1)
    return (_largest(h, "forget") <= 0.2) & (right.sel(frozen="none") >= 0.95).values & (
        right.sel(frozen="forget") >= 0.85).values


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "update_gate_works",
        "On the adding problem the GRU lives by its update gate: frozen at its mean, the squared "
        "error is 0.15 or more, which is a guess; with the reset gate frozen it is at most 0.06.",
        (GATES,), _works, share=0.75,
    ),
    Claim(
        "update_gate_moves",
        "In at least one of its 8 units that gate moves by 0.4 or more when a marked number comes.",
        (GATES,), _moves, share=0.85,
    ),
    Claim(
        "reads_events",
        "Before training every number has about as much influence on the answer; afterwards that "
        "of a marked one is more than five times that of another.",
        (GATES,), _reads, share=0.85,
    ),
    Claim(
        "input_gate_works",
        "The LSTM that adds 2 of 10 numbers does it with its input gate: frozen, the squared error "
        "is 0.1 or more; with the forget gate frozen it is at most 0.05.",
        (ADDING_LSTM,), _input_works, share=0.75,
    ),
    Claim(
        "forget_gate_stands_still",
        "The LSTM that says in which order two of 20 symbols came does so with forget gates that "
        "hardly move: no unit's by more than 0.2, and with all of them frozen at least 85 % of the "
        "answers stay right.",
        (STILL,), _still, share=0.75,
    ),
)
