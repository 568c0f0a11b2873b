"""The cells: what a recurrent net does at one place of a sequence, and how each is born.

A net reads a sequence with one cell, again and again, and answers from its last state. Cells that
differ in their start only (an LSTM with forget bias 0 and one with 3) are models of one program.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.lazy import torch
from core.stacked.functions import gru_cell, linear, lstm_cell, rnn_cell
from core.stacked.losses import Loss
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

State = tuple["Tensor", ...]
"""What a cell hands on to itself: h, (K, B, H); an LSTM's c beside it."""
Rng = np.random.Generator
CellName = Literal["rnn", "orthogonal", "identity", "lstm_zero", "lstm", "gru"]


def _tanh(u: Tensor, state: State, p: Parameters) -> State:
    return (rnn_cell(u, state[0], p["weight"]),)


def _relu(u: Tensor, state: State, p: Parameters) -> State:
    """h' = relu(u + W h). Le et al. 2015."""
    return ((u + linear(state[0], p["weight"])).relu(),)


def _lstm(u: Tensor, state: State, p: Parameters) -> State:
    return lstm_cell(u, state[0], state[1], p["weight"])


def _gru(u: Tensor, state: State, p: Parameters) -> State:
    return (gru_cell(u, state[0], p["weight"], p["bias"]),)


@dataclass(frozen=True)
class Family:
    """Cells with one formula.

    Attributes:
        step: From what comes in, (K, B, rows), and the state to the next state.
        parts: Its gates and candidates, each of H rows in the weights, in this order.
        n_states: How many tensors it hands on.
        n_biases: Beside the one of the input, how many of H rows.
    """

    step: Callable[[Tensor, State, Parameters], State]
    parts: tuple[str, ...]
    n_states: int = 1
    n_biases: int = 0


FAMILIES = {
    "tanh": Family(_tanh, ("candidate",)),
    "relu": Family(_relu, ("candidate",)),
    "lstm": Family(_lstm, ("input", "forget", "candidate", "output"), n_states=2),
    "gru": Family(_gru, ("reset", "update", "candidate"), n_biases=3),
}


@dataclass(frozen=True)
class Birth:
    """Settings of a start.

    Attributes:
        gain: Factor of an orthogonal recurrent matrix.
        forget_bias: Of the LSTM.
        update_bias: Of the GRU's update gate, which keeps the state where it is open.
    """

    gain: float = 1.0
    forget_bias: float = 3.0
    update_bias: float = 1.0


Start = Callable[[dict[str, np.ndarray], Rng, Birth], None]
"""Changes what every net has at the start, by name."""


def _as_drawn(p: dict[str, np.ndarray], rng: Rng, birth: Birth) -> None:
    """Everything uniform from -1/sqrt(H) to 1/sqrt(H), as torch has it; biases 0."""


def _orthogonal(p: dict[str, np.ndarray], rng: Rng, birth: Birth) -> None:
    """The recurrent matrix turns a state without stretching it, but for the gain."""
    q, r = np.linalg.qr(rng.standard_normal(p["weight"].shape))
    p["weight"] = birth.gain * q * np.sign(np.diag(r))


def _identity(p: dict[str, np.ndarray], rng: Rng, birth: Birth) -> None:
    """Without an input the state stays as it is. Le et al. 2015."""
    p["weight"] = np.eye(len(p["weight"]))


def _forget_bias(p: dict[str, np.ndarray], rng: Rng, birth: Birth) -> None:
    """Gers et al. 2000; how large: Tallec & Ollivier 2018, about log T."""
    _rows(p["in_bias"], "lstm", "forget")[...] = birth.forget_bias


def _update_bias(p: dict[str, np.ndarray], rng: Rng, birth: Birth) -> None:
    _rows(p["in_bias"], "gru", "update")[...] = birth.update_bias


def _rows(a: np.ndarray, family: str, part: str) -> np.ndarray:
    """Those of a gate or candidate."""
    parts = FAMILIES[family].parts
    return np.split(a, len(parts))[parts.index(part)]


@dataclass(frozen=True)
class Cell:
    """A cell and its start: a line of the pictures.

    Attributes:
        label: For people.
        title: For sentences.
        family: Key in `FAMILIES`.
        start: What it changes in the weights that are drawn for all alike.
        rate: The learning rate at which it does well with Adam.
        factor: By how much a gradient changes per place on its way back, by theory at the start;
            NaN where there is no simple one.
    """

    label: str
    title: str
    family: str
    start: Start
    rate: float
    factor: Callable[[Birth], float]


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


CELLS: dict[str, Cell] = {
    # a random matrix with entries of variance 1 / (3 H) shrinks what passes it by 1 / sqrt(3)
    "rnn": Cell("RNN", "The RNN", "tanh", _as_drawn, 0.01, lambda birth: 3**-0.5),
    "orthogonal": Cell("RNN, orthogonal", "The orthogonal RNN", "tanh", _orthogonal, 0.005,
                       lambda birth: birth.gain),
    "identity": Cell("RNN, identity (ReLU)", "The identity RNN", "relu", _identity, 0.003,
                     lambda birth: 1.0),
    "lstm_zero": Cell("LSTM, forget bias 0", "The LSTM with forget bias 0", "lstm", _as_drawn,
                      0.01, lambda birth: 0.5),
    "lstm": Cell("LSTM, forget bias as set", "The LSTM", "lstm", _forget_bias, 0.01,
                 lambda birth: _sigmoid(birth.forget_bias)),
    "gru": Cell("GRU", "The GRU", "gru", _update_bias, 0.01,
                lambda birth: _sigmoid(birth.update_bias)),
}
"""Adding one is one entry, and a colour in `pages/recurrence/styles.py`."""


@dataclass(frozen=True)
class Reader(Program):
    """A net that reads a sequence with a cell and answers from its last state.

    Attributes:
        family: Key in `FAMILIES`.
        n_inputs: Features at each place.
        width: H, numbers in a state.
        n_outputs: Of the answer.
        loss: Of the answer.
    """

    family: str
    n_inputs: int
    width: int
    n_outputs: int
    loss: Loss = field(kw_only=True)

    @property
    def shapes(self) -> Shapes:
        h, cell = self.width, FAMILIES[self.family]
        rows = len(cell.parts) * h
        biases = {"bias": (cell.n_biases * h,)} if cell.n_biases else {}
        return {
            "out_weight": (self.n_outputs, h), "out_bias": (self.n_outputs,),
            "in_weight": (rows, self.n_inputs), "in_bias": (rows,), "weight": (rows, h), **biases,
        }

    def start(self, rng: Rng) -> Mapping[str, np.ndarray]:
        """Weights uniform from -1/sqrt(H) to 1/sqrt(H), biases 0. What answers is drawn first, so
        that it is the same for all cells.
        """
        bound = self.width**-0.5
        return {name: rng.uniform(-bound, bound, shape) if "weight" in name else np.zeros(shape)
                for name, shape in self.shapes.items()}

    def born(self, rng: Rng, start: Start, birth: Birth) -> dict[str, np.ndarray]:
        """The start of a cell."""
        p = dict(self.start(rng))
        start(p, rng, birth)
        return p

    def begin(self, x: Tensor) -> State:
        """The state before the first place of x, (K, T, B, features): zero."""
        return (x.new_zeros(len(x), x.shape[2], self.width),) * FAMILIES[self.family].n_states

    def states(
        self, p: Parameters, x: Tensor, nudges: Sequence[State] = (), begin: State = ()
    ) -> list[State]:
        """The state after every place.

        Args:
            x: (K, T, B, features).
            nudges: What is added to the state at each place: to take derivatives by.
            begin: The state before the first place; zero where left out.
        """
        step, state = FAMILIES[self.family].step, begin or self.begin(x)
        seen = []
        for t, u in enumerate(linear(x, p["in_weight"], p["in_bias"]).unbind(1)):
            state = step(u, state, p)
            if nudges:
                state = tuple(a + nudge for a, nudge in zip(state, nudges[t], strict=True))
            seen.append(state)
        return seen

    def answer(self, p: Parameters, h: Tensor) -> Tensor:
        """From a state (K, B, H): (K, outputs, B)."""
        return linear(h, p["out_weight"], p["out_bias"]).mT

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.answer(p, self.states(p, x)[-1][0])


def back_through_time(net: Reader, p: Parameters, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """What a net answers, and how strongly its loss depends on each of its states.

    Returns:
        The answers (K, outputs, B), and at every place the norm of the derivative of the loss by
        all that the cell hands on there, over the batch and all units, (K, T).
    """
    k, length, batch = x.shape[:3]
    n = FAMILIES[net.family].n_states
    with torch.inference_mode(False), torch.enable_grad():
        nudges = x.new_zeros(length, n, k, batch, net.width).requires_grad_()
        fixed = {name: part.clone() for name, part in p.items()}
        states = net.states(fixed, x, [nudge.unbind() for nudge in nudges.unbind()])
        z = net.answer(fixed, states[-1][0])
        (found,) = torch.autograd.grad(net.loss.value(z, y).sum(), nudges)
    return z.detach(), found.square().sum((1, 3, 4)).sqrt().T
