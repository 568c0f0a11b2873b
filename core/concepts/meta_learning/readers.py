"""Nets that read examples with their names and say what the next one is called.

Mishra et al. 2018 (SNAIL), Snell et al. 2017 (prototypical networks). Shapes: K models, B episodes,
T examples given, Q asked, N = T + Q places in all, D features.

All read an episode in one pass: the examples that are given stand in a row, and each that is asked
stands where the row was when it was asked. It sees what was given before, and itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.meta_learning.episodes import N_NUMBERS, Episode
from core.lazy import torch
from core.stacked.functions import attention, gru_cell, linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

LOOK = 16
"""Features of keys, queries and values, and of what a layer of convolutions adds."""


@dataclass(frozen=True)
class Reader(Program):
    """Begins each of the nets: an example as features.

    Attributes:
        like: What the episodes are like.
        width: Features of an example.
    """

    like: Episode
    width: int = 32

    loss = CROSS_ENTROPY

    @property
    def sizes(self) -> Mapping[str, tuple[int, int]]:
        """Of each layer what comes out and what goes in; a bias belongs to each."""
        raise NotImplementedError

    @cached_property
    def shapes(self) -> Shapes:
        shapes: dict[str, tuple[int, ...]] = {}
        for name, (out, into) in self.sizes.items():
            shapes[name] = (out, into)
            if not name.endswith("earlier"):  # one bias for both places of a convolution
                shapes[f"{name}_bias"] = (out,)
        return shapes

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Weights of variance 1/inputs, He's before a ReLU; biases 0."""
        return {name: np.zeros(shape) if name.endswith("_bias")
                else rng.uniform(-1, 1, shape) * ((6 if name in ("first", "second") else 3)
                                                  / prod(shape[1:])) ** 0.5
                for name, shape in self.shapes.items()}

    def layer(self, p: Parameters, name: str, x: Tensor) -> Tensor:
        return linear(x, p[name], p[f"{name}_bias"])

    def features(self, p: Parameters, x: Tensor) -> Tensor:
        """Two layers, (K, B, N, D), of examples (K, B, N, numbers)."""
        return self.layer(p, "second", self.layer(p, "first", x).relu())

    def named(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs (K, B, N, numbers + 1) as examples, and what they are called, one-hot.

        Those that are asked have a name of their own, the last: (K, B, N, ways + 1).
        """
        name = x[..., -1].long()
        return x[..., :-1], torch.nn.functional.one_hot(name, self.like.n_ways + 1).to(x.dtype)


@dataclass(frozen=True)
class NearestMean(Reader):
    """Says the name whose examples' mean is nearest, in a space that it has learned."""

    @property
    def sizes(self) -> Mapping[str, tuple[int, int]]:
        return {"first": (self.width, N_NUMBERS), "second": (LOOK, self.width)}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Logits, (K, ways, B, Q): minus the squared distances."""
        examples, names = self.named(x)
        h, n = self.features(p, examples), self.like.n_given
        before = places(self.like).sees[n:, :n].to(h.dtype)  # (Q, T)
        mine = before[:, None] * names[..., None, :n, :-1].mT  # (K, B, Q, ways, T)
        means = mine.flatten(2, 3) @ h[:, :, :n] / mine.sum(-1).flatten(2)[..., None]
        means = means.unflatten(2, (-1, self.like.n_ways))  # (K, B, Q, ways, D)
        return -(h[:, :, n:, None] - means).square().sum(-1).movedim(-1, 1)


@dataclass(frozen=True)
class Chain(Reader):
    """Blocks one after the other, each adding features to those that came before (SNAIL).

    Attributes:
        blocks: "attention", or "convolution": some layers with dilations 1, 2, 4, ...
        n_layers: So many of them; as many as it takes to see a whole episode where left out.
    """

    blocks: tuple[str, ...] = ("attention", "convolution", "attention")
    n_layers: int = 0

    @property
    def dilations(self) -> tuple[int, ...]:
        n = self.n_layers or int(np.ceil(np.log2(self.like.n_given + 1)))
        return tuple(2**i for i in range(n))

    @property
    def sizes(self) -> Mapping[str, tuple[int, int]]:
        sizes = {"first": (self.width, N_NUMBERS), "second": (self.width, self.width),
                 "name": (self.width, self.like.n_ways + 1)}
        d = self.width
        for i, block in enumerate(self.blocks):
            if block == "attention":
                sizes[f"{i}.look"] = (3 * LOOK, d)
                d += LOOK
                continue
            for j in range(len(self.dilations)):
                sizes |= {f"{i}.{j}": (2 * LOOK, d), f"{i}.{j}.earlier": (2 * LOOK, d)}
                d += LOOK
        return sizes | {"out": (self.like.n_ways, d)}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Logits, (K, ways, B, Q)."""
        examples, names = self.named(x)
        h = (self.features(p, examples) + self.layer(p, "name", names)).relu()
        for i, block in enumerate(self.blocks):
            h = self.looked(p, i, h) if block == "attention" else self.convolved(p, i, h)
        return self.layer(p, "out", h[:, :, self.like.n_given:]).movedim(-1, 1)

    def looked(self, p: Parameters, i: int, h: Tensor) -> Tensor:
        """With what each place finds where it looks, (K, B, N, D + 16)."""
        q, k, v = self.layer(p, f"{i}.look", h).chunk(3, -1)
        return torch.cat([h, attention(q, k, v, places(self.like).sees)[0]], -1)

    def convolved(self, p: Parameters, i: int, h: Tensor) -> Tensor:
        """With what gated layers make of two places each, (K, B, N, D + 16 times layers)."""
        for j, dilation in enumerate(self.dilations):
            before = linear(h, p[f"{i}.{j}.earlier"])
            before = torch.nn.functional.pad(before, (0, 0, 0, 1))  # zeros where no place is
            z = self.layer(p, f"{i}.{j}", h) + before[:, :, places(self.like).earlier[dilation]]
            what, gate = z.chunk(2, -1)
            h = torch.cat([h, what.tanh() * gate.sigmoid()], -1)
        return h


@dataclass(frozen=True)
class Recurrent(Reader):
    """A GRU that reads one example after the other."""

    n_state: int = 64

    @property
    def sizes(self) -> Mapping[str, tuple[int, int]]:
        return {"first": (self.width, N_NUMBERS), "second": (self.width, self.width),
                "name": (self.width, self.like.n_ways + 1), "into": (3 * self.n_state, self.width),
                "on": (3 * self.n_state, self.n_state), "out": (self.like.n_ways, self.n_state)}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Logits, (K, ways, B, Q)."""
        examples, names = self.named(x)
        u = self.layer(p, "into", (self.features(p, examples)
                                   + self.layer(p, "name", names)).relu())  # (K, B, N, 3 H)
        h = u.new_zeros(*u.shape[:2], self.n_state)
        states, n = [h], self.like.n_given
        for t in range(n):
            h = gru_cell(u[:, :, t], h, p["on"], p["on_bias"])
            states.append(h)
        before = torch.stack(states, 2)[:, :, torch.from_numpy(self.like.seen)]  # (K, B, Q, H)
        asked = gru_cell(u[:, :, n:].flatten(1, 2), before.flatten(1, 2), p["on"], p["on_bias"])
        return self.layer(p, "out", asked.view_as(before)).movedim(-1, 1)


@dataclass(frozen=True)
class Places:
    """Who sees whom in an episode.

    Attributes:
        sees: Whether a place sees another one, (N, N).
        earlier: By dilation which place stands so far before each, (N,); N where none does.
    """

    sees: Tensor
    earlier: Mapping[int, Tensor]


@cache
def places(like: Episode) -> Places:
    """Of all episodes like that."""
    at = np.concatenate([np.arange(like.n_given), like.seen])  # where each place stands in the row
    n, given = len(at), np.arange(len(at)) < like.n_given
    sees = (given & (np.arange(n) < at[:, None])) | np.eye(n, dtype=bool)
    before = {2**i: at - 2**i for i in range(8)}
    with torch.inference_mode(False):  # nets are trained with what was made while one was measured
        return Places(torch.from_numpy(sees), {
            d: torch.from_numpy(np.where(b >= 0, b, n)) for d, b in before.items()})
