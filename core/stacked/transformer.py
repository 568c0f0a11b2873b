"""A Transformer that is written forward only, every part of which can be left out.

Vaswani et al. 2017. Shapes: K models, B sequences, T places, D features; weights as torch.nn has
them, so that a layer of it is `torch.nn.TransformerEncoderLayer` (the tests hold it to that).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.lazy import torch
from core.stacked.functions import attention, causal_mask, embedding, layer_norm, linear
from core.stacked.losses import MASKED_CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

WIDER = 2
"""By how much the MLP's hidden layer is wider than the states."""
SLOWEST = 10000.0
"""Of sinusoids and rotations the longest wave is this many times 2 pi places."""


class Seen(NamedTuple):
    """What a net makes of sequences.

    Attributes:
        logits: (K, B, T, outputs).
        states: At the start and after each layer, (K, B, T, D) each.
        looks: Per layer how much every head looks from each place at each, (K, B, heads, T, T).
    """

    logits: Tensor
    states: list[Tensor]
    looks: list[Tensor]


@dataclass(frozen=True)
class Transformer(Program):
    """Layers of attention and an MLP, each with a layer norm and a residual connection.

    Nets that differ in their parts begin with the same numbers in what they have in common.

    Attributes:
        n_symbols: That are read.
        n_outputs: Among which is chosen at each place.
        n_places: Of the longest sequence.
        n_layers: One after the other.
        n_heads: Per layer; together they have D features.
        width: Features of a state, D.
        positions: Key in `POSITIONS`: how a net is told where a symbol stands.
        norm: "pre", "post" or "none": where the layer norm of a part stands. With "pre" there is
            one more at the end.
        residual: Whether what goes into a part is added to what comes out.
        mlp: Whether a layer has one.
        scale: Whether scores are divided by the root of a head's features.
        causal: Whether a place sees only itself and those before it.
        start_of: Key in `STARTS`: how weights begin.
    """

    n_symbols: int
    n_outputs: int
    n_places: int
    n_layers: int = 4
    n_heads: int = 2
    width: int = 32
    positions: str = "learned"
    norm: str = "pre"
    residual: bool = True
    mlp: bool = True
    scale: bool = True
    causal: bool = False
    start_of: str = "torch"

    loss = MASKED_CROSS_ENTROPY

    @property
    def _everything(self) -> Shapes:
        """With every part that a net can have, in the order in which numbers are drawn."""
        d, w = self.width, WIDER * self.width
        shapes: dict[str, tuple[int, ...]] = {
            "symbols": (self.n_symbols, d), "places": (self.n_places, d)}
        for i in range(self.n_layers):
            shapes |= {
                f"{i}.norm1": (d,), f"{i}.norm1_bias": (d,), f"{i}.qkv": (3 * d, d),
                f"{i}.qkv_bias": (3 * d,), f"{i}.mix": (d, d), f"{i}.mix_bias": (d,),
                f"{i}.norm2": (d,), f"{i}.norm2_bias": (d,), f"{i}.wide": (w, d),
                f"{i}.wide_bias": (w,), f"{i}.narrow": (d, w), f"{i}.narrow_bias": (d,),
            }
        return {"out": (self.n_outputs, d), "out_bias": (self.n_outputs,), **shapes,
                "norm": (d,), "norm_bias": (d,)}

    @property
    def shapes(self) -> Shapes:
        return {name: shape for name, shape in self._everything.items() if self._has(name)}

    def _has(self, name: str) -> bool:
        """Whether this net has a parameter of that name."""
        part = name.rpartition(".")[2].removesuffix("_bias")
        return {
            "places": self.positions == "learned", "norm": self.norm == "pre",
            "norm1": self.norm != "none", "norm2": self.norm != "none" and self.mlp,
            "wide": self.mlp, "narrow": self.mlp,
        }.get(part, True)

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        drawn = {name: self._drawn(rng, name, shape) for name, shape in self._everything.items()}
        return {name: drawn[name] for name in self.shapes}

    def _drawn(self, rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
        if name.endswith("_bias"):
            return np.zeros(shape)
        if len(shape) == 1:  # the gain of a layer norm
            return np.ones(shape)
        if name in ("symbols", "places"):
            return rng.standard_normal(shape)
        return STARTS[self.start_of](rng, shape)

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.see(p, x).logits.movedim(-1, 1)

    def see(self, p: Parameters, x: Tensor, kept: Tensor | None = None) -> Seen:
        """All that happens on the way from sequences x (K, B, T) to logits.

        Args:
            kept: Which heads are heard, (layers, heads): 1, or 0 for one that is switched off.
        """
        h = POSITIONS[self.positions].added(p, embedding(x, p["symbols"]))
        mask = self.mask(len(x), x.shape[-1])
        states, looks = [h], []
        for i in range(self.n_layers):
            heard = None if kept is None else kept[i]
            h, look = self._layer(p, i, h, mask, heard)
            states.append(h)
            looks.append(look)
        if self.norm == "pre":
            h = layer_norm(h, p["norm"], p["norm_bias"])
        return Seen(linear(h, p["out"], p["out_bias"]), states, looks)

    def mask(self, k: int, n: int) -> Tensor | None:
        """Which of n places k models may look at, to be broadcast to (K, B, heads, n, n)."""
        return causal_mask(n) if self.causal else None

    def _layer(
        self, p: Parameters, i: int, h: Tensor, mask: Tensor | None, heard: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Attention, then the MLP: (K, B, T, D) -> (K, B, T, D), and where each head looked."""
        looked: list[Tensor] = []

        def attend(x: Tensor) -> Tensor:
            mixed, look = self._heads(p, i, x, mask, heard)
            looked.append(look)
            return mixed

        def think(x: Tensor) -> Tensor:
            wide = linear(x, p[f"{i}.wide"], p[f"{i}.wide_bias"]).relu()
            return linear(wide, p[f"{i}.narrow"], p[f"{i}.narrow_bias"])

        h = self._with(p, f"{i}.norm1", h, attend)
        if self.mlp:
            h = self._with(p, f"{i}.norm2", h, think)
        return h, looked[0]

    def _with(
        self, p: Parameters, name: str, h: Tensor, part: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """A part with its layer norm and its residual connection, if it has them."""
        y = part(layer_norm(h, p[name], p[f"{name}_bias"]) if self.norm == "pre" else h)
        if self.residual:
            y = h + y
        return layer_norm(y, p[name], p[f"{name}_bias"]) if self.norm == "post" else y

    def _heads(
        self, p: Parameters, i: int, x: Tensor, mask: Tensor | None, heard: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Every head's mix of values, put together: (K, B, T, D), and (K, B, heads, T, T)."""
        qkv = linear(x, p[f"{i}.qkv"], p[f"{i}.qkv_bias"])
        q, k, v = qkv.unflatten(-1, (3, self.n_heads, -1)).movedim(2, 4).unbind(2)
        turned = POSITIONS[self.positions].turned
        q, k = turned(q), turned(k)  # (K, B, heads, T, d)
        if not self.scale:
            q = q * q.shape[-1] ** 0.5  # `attention` divides by it
        mixed, look = attention(q, k, v, mask)
        if heard is not None:
            mixed = mixed * heard[:, None, None]
        together = mixed.transpose(2, 3).flatten(3)  # (K, B, T, D)
        return linear(together, p[f"{i}.mix"], p[f"{i}.mix_bias"]), look


# --- how weights begin ---------------------------------------------------------------------


def uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Between -1 / sqrt(inputs) and its opposite: a variance of a third of `unit`'s."""
    bound = shape[-1] ** -0.5
    return rng.uniform(-bound, bound, shape)


def unit(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal with variance 1 / inputs: inputs of variance 1 give outputs of variance 1."""
    return rng.normal(0, shape[-1] ** -0.5, shape)


STARTS = {"torch": uniform, "unit": unit}


# --- positions -----------------------------------------------------------------------------


class Positions:
    """No positions: a net that is told nothing of where a symbol stands."""

    def added(self, p: Parameters, h: Tensor) -> Tensor:
        """Symbols (K, B, T, D) with their places added."""
        return h

    def turned(self, q: Tensor) -> Tensor:
        """Queries or keys (K, B, heads, T, d) of each place."""
        return q


class Learned(Positions):
    """A learned vector for each place."""

    def added(self, p: Parameters, h: Tensor) -> Tensor:
        return h + p["places"][:, None, : h.shape[2]]


class Sinusoidal(Positions):
    """Waves of many lengths. Vaswani et al. 2017, section 3.5."""

    def added(self, p: Parameters, h: Tensor) -> Tensor:
        angles = angles_of(h.shape[2], h.shape[3])  # (T, D / 2)
        return h + torch.stack([angles.sin(), angles.cos()], -1).flatten(1).to(h.dtype)


class Rotary(Positions):
    """Pairs of features are turned by an angle that grows with the place. Su et al. 2021.

    The product of a query and a key depends on how far apart they are, not on where they stand.
    """

    def turned(self, q: Tensor) -> Tensor:
        angles = angles_of(q.shape[3], q.shape[4]).to(q.dtype)  # (T, d / 2)
        sin, cos = angles.sin(), angles.cos()
        a, b = q.unflatten(-1, (-1, 2)).unbind(-1)
        return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)


def angles_of(n_places: int, n_features: int) -> Tensor:
    """Of each place and pair of features, (T, features / 2)."""
    slow = SLOWEST ** -(torch.arange(0, n_features, 2, dtype=torch.float64) / n_features)
    return torch.arange(n_places, dtype=torch.float64)[:, None] * slow


POSITIONS: dict[str, Positions] = {
    "learned": Learned(), "sinusoidal": Sinusoidal(), "rotary": Rotary(), "none": Positions(),
}
