"""The nets of other shapes, made of the same cells: where they answer, and what they are told.

Shapes: K models, B sequences, T places; inputs (K, T, B, features), answers (K, outputs, T, B).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from core.concepts.recurrence.cells import CELLS, Birth, Reader, State
from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.losses import Loss
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

S = TypeVar("S", bound="Speaker")
BIRTH = Birth(forget_bias=1.0, update_bias=0.0)
"""The cells begin as torch has them, but for the LSTM's forget bias."""


@dataclass(frozen=True)
class Speaker(Reader):
    """A net that answers at every place.

    Attributes:
        cell: Key in `CELLS`.
    """

    cell: str = field(kw_only=True)

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        p = dict(super().start(rng))
        CELLS[self.cell].start(p, rng, BIRTH)
        return p

    def answers(self, p: Parameters, x: Tensor, begin: State = ()) -> Tensor:
        """At each place, (K, outputs, T, B)."""
        states = self.states(p, x, begin=begin)
        h = torch.stack([state[0] for state in states], 1)
        return linear(h, p["out_weight"], p["out_bias"]).movedim(-1, 1)

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.answers(p, x)

    def alone(
        self, p: Parameters, x: Tensor, n: int, told: Callable[[Tensor], Tensor],
        begin: State = (),
    ) -> Tensor:
        """What it answers when what it reads depends on its own answers, (K, outputs, n, B).

        Args:
            x: What it reads first, (K, 1, B, features).
            n: How many answers.
            told: From an answer (K, outputs, B) to what it reads next, like x.
            begin: The state before the first place; zero where left out.
        """
        found, state = [], begin
        for _ in range(n):
            (state,) = self.states(p, x, begin=state)
            z = self.answer(p, state[0])
            found.append(z)
            x = told(z)
        return torch.stack(found, 2)


def speaker(
    kind: type[S], cell: str, n_inputs: int, width: int, n_outputs: int, loss: Loss,
) -> S:
    """A net of that kind with a cell of `CELLS`."""
    return kind(CELLS[cell].family, n_inputs, width, n_outputs, loss=loss, cell=cell)


@dataclass(frozen=True)
class Judge(Speaker):
    """Trained to answer at the end only."""

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.answers(p, x)[:, :, -1]


@dataclass(frozen=True)
class Bag(Program):
    """No net that reads in order: the answer is a sum over what occurs.

    Attributes:
        n_inputs: Features at each place.
        n_outputs: Of the answer.
        loss: Of the answer.
    """

    n_inputs: int
    n_outputs: int
    loss: Loss = field(kw_only=True)

    @property
    def shapes(self) -> Shapes:
        return {"weight": (self.n_outputs, self.n_inputs), "bias": (self.n_outputs,)}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {name: np.zeros(shape) for name, shape in self.shapes.items()}

    def answers(self, p: Parameters, x: Tensor) -> Tensor:
        """Of what has occurred up to each place, (K, outputs, T, B)."""
        return linear(x.cumsum(1), p["weight"], p["bias"]).movedim(-1, 1)

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.answers(p, x)[:, :, -1]


@dataclass(frozen=True)
class AtOnce(Speaker):
    """Answers at each place but the last."""

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.answers(p, x[:, :-1])


@dataclass(frozen=True)
class Waiting(Speaker):
    """Answers to each place at the next one."""

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.answers(p, x)[:, :, 1:]


class Two(Program):
    """A net of two."""

    @property
    def parts(self) -> Mapping[str, Speaker]:
        """By name."""
        raise NotImplementedError

    unused: tuple[str, ...] = ()
    """Parameters of its parts that it has no use for."""

    @property
    def shapes(self) -> Shapes:
        return {f"{of}_{name}": shape for of, net in self.parts.items()
                for name, shape in net.shapes.items() if f"{of}_{name}" not in self.unused}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        drawn = {of: net.start(rng) for of, net in self.parts.items()}
        return {name: drawn[name.partition("_")[0]][name.partition("_")[2]]
                for name in self.shapes}

    def of(self, p: Parameters, part: str) -> Parameters:
        """The parameters of a part."""
        return {name.partition("_")[2]: a for name, a in p.items()
                if name.partition("_")[0] == part}


@dataclass(frozen=True)
class BothWays(Two):
    """A net from either end, whose answers are added. Schuster & Paliwal 1997.

    Attributes:
        one: Each of them.
        loss: Of the answers.
    """

    one: AtOnce
    loss: Loss = field(kw_only=True)

    @property
    def parts(self) -> Mapping[str, Speaker]:
        return {"there": self.one, "back": self.one}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        values = x[:, :-1]
        there = self.one.answers(self.of(p, "there"), values)
        return there + self.one.answers(self.of(p, "back"), values.flip(1)).flip(2)


@dataclass(frozen=True)
class EncoderDecoder(Two):
    """One net reads, the other one speaks from the state that was reached. Sutskever et al. 2014.

    Attributes:
        encoder: Reads the first features.
        decoder: Is told the others.
        n_places: Of a source: the rows of x are for what is said, and may be more.
        loss: Of the answers.
    """

    encoder: Speaker
    decoder: Speaker
    n_places: int
    loss: Loss = field(kw_only=True)

    unused = ("enc_out_weight", "enc_out_bias")

    @property
    def parts(self) -> Mapping[str, Speaker]:
        return {"enc": self.encoder, "dec": self.decoder}

    def read(self, p: Parameters, x: Tensor) -> State:
        """The state after a source."""
        return self.encoder.states(self.of(p, "enc"), x[:, :, :, :self.encoder.n_inputs])[-1]

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        told = x[..., self.encoder.n_inputs:]
        return self.decoder.answers(self.of(p, "dec"), told, self.read(p, x[:, :self.n_places]))

    def alone(self, p: Parameters, source: Tensor, n: int) -> Tensor:
        """What is said of sources (K, S, B, features) by a net that is told its likeliest symbols:
        logits (K, symbols, n, B).
        """
        def told(z: Tensor) -> Tensor:
            letters = torch.nn.functional.one_hot(z.argmax(1), z.shape[1])[..., :n_told]
            return letters.to(z.dtype)[:, None]

        n_told = self.decoder.n_inputs
        nothing = source.new_zeros(len(source), 1, source.shape[2], n_told)
        return self.decoder.alone(self.of(p, "dec"), nothing, n, told, self.read(p, source))
