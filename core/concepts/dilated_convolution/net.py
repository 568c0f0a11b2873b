"""A stack of causal convolutions, dilated or not, that is written forward only.

Van den Oord et al. 2016 (WaveNet), sections 2.1, 2.3 and 2.4. Shapes: K models, B sequences, T
places, C channels; weights as torch.nn.Conv1d has them, (K, out, in, kernel).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class CausalNet(Program):
    """Each layer sees itself and some places before it, in the layer below.

    Nets of one width, kernel and number of layers have the same shapes, and begin with the same
    numbers, whatever their dilations.

    Attributes:
        n_symbols: That are read, and among which is chosen.
        dilations: Of each layer how far apart the places are that it sees.
        kernel: How many of them.
        width: Channels of a state.
        n_asked: At how many of the last places an answer is asked for.
        gated: Whether a layer is tanh times sigmoid; a ReLU where not.
        residual: Whether what goes into a layer is added to what comes out.
        start_of: Key in `GAINS`: how large weights begin.
    """

    n_symbols: int
    dilations: tuple[int, ...]
    kernel: int = 2
    width: int = 16
    n_asked: int = 1
    gated: bool = True
    residual: bool = True
    start_of: str = "unit"

    loss = CROSS_ENTROPY

    @property
    def shapes(self) -> Shapes:
        c, wide = self.width, self.width * (1 + self.gated)
        shapes: dict[str, tuple[int, ...]] = {"symbols": (c, self.n_symbols)}
        for i in range(len(self.dilations)):
            shapes |= {f"{i}.conv": (wide, c, self.kernel), f"{i}.conv_bias": (wide,),
                       f"{i}.mix": (c, c), f"{i}.mix_bias": (c,)}
        return shapes | {"out": (self.n_symbols, c), "out_bias": (self.n_symbols,)}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {name: self._drawn(rng, name, shape) for name, shape in self.shapes.items()}

    def _drawn(self, rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
        if name.endswith("_bias"):
            return np.zeros(shape)
        # one symbol of a place is 1, all others are 0: as if it had one input
        inputs = 1 if name == "symbols" else prod(shape[1:])
        bound = GAINS[self.start_of] * inputs**-0.5
        return rng.uniform(-bound, bound, shape)

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Logits at the last places, (K, symbols, B, asked).

        Args:
            p: Parameters by name.
            x: Sequences of whole numbers (K, B, T), or one-hot, (K, B, T, symbols).
            rngs: Nothing is drawn.
        """
        *_below, h = self.states(p, x)
        return linear(h[:, :, -self.n_asked:], p["out"], p["out_bias"]).movedim(-1, 1)

    def states(self, p: Parameters, x: Tensor) -> list[Tensor]:
        """What goes into each layer, and what comes out of the last: (K, B, T, C) each."""
        found = [linear(x if x.is_floating_point() else self.one_hot(x, p), p["symbols"])]
        for i, dilation in enumerate(self.dilations):
            found.append(self._layer(p, i, dilation, found[-1]))
        return found

    def one_hot(self, x: Tensor, p: Parameters) -> Tensor:
        """Whole numbers (K, B, T) -> (K, B, T, symbols)."""
        return torch.nn.functional.one_hot(x, self.n_symbols).to(p["out"].dtype)

    def _layer(self, p: Parameters, i: int, dilation: int, h: Tensor) -> Tensor:
        z = causal_conv(h, p[f"{i}.conv"], p[f"{i}.conv_bias"], dilation)
        if self.gated:
            what, gate = z.chunk(2, -1)
            z = what.tanh() * gate.sigmoid()
        else:
            z = z.relu()
        z = linear(z, p[f"{i}.mix"], p[f"{i}.mix_bias"])
        return h + z if self.residual else z


GAINS = {"unit": 3**0.5, "torch": 1.0}
"""Weights begin uniform up to this, divided by the root of their inputs: of variance 1/inputs, or
a third of that, as torch.nn's layers do."""


def causal_conv(x: Tensor, weight: Tensor, bias: Tensor, dilation: int = 1) -> Tensor:
    """What `torch.nn.Conv1d` makes of sequences that begin with as many zeros as it needs.

    Args:
        x: (K, B, T, in).
        weight: (K, out, in, kernel); the last of the kernel is for the place itself.
        bias: (K, out).
        dilation: How many places are between those that it sees, and 1.

    Returns:
        (K, B, T, out).
    """
    t, kernel = x.shape[2], weight.shape[-1]
    padded = torch.nn.functional.pad(x, (0, 0, dilation * (kernel - 1), 0))
    seen = torch.cat([padded[:, :, j * dilation: j * dilation + t] for j in range(kernel)], -1)
    return linear(seen, weight.movedim(-1, 2).flatten(2), bias)  # (K, B, T, kernel in) to there


# --- what such a net can see, by formula ----------------------------------------------------


def field_of(dilations: Sequence[int], kernel: int) -> int:
    """How many places its receptive field spans, the output's own among them."""
    return 1 + (kernel - 1) * sum(dilations)


def ways(dilations: Sequence[int], kernel: int, n: int) -> np.ndarray:
    """In how many ways the symbol so many places back comes to an output, for 0 to n - 1: (n,).

    A way is a choice, in each layer, of one of the places that it sees. 0: it is not seen.
    """
    found = np.zeros(max(n, field_of(dilations, kernel)))
    found[0] = 1
    for dilation in dilations:
        last = found
        found = np.sum([np.roll(last, j * dilation) for j in range(kernel)], 0)
    return found[:n]

