"""Encoder and decoder, many at once: all ways to read are rows of one stack.

Sutskever et al. 2014 and Cho et al. 2014: the encoder's last state is all that the decoder gets.
Bahdanau et al. 2015: for each symbol that it says, it looks back at all states. Here what was read
goes into the answer and not into the decoder's next state, as in Luong et al. 2015, figure 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.attention.encoders import EMBEDDING, ENCODERS, uniform
from core.concepts.attention.reads import ASKS, READS, Read, say
from core.lazy import torch
from core.stacked.functions import embedding, gru_cell, linear
from core.stacked.losses import MASKED_CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Translator(Program):
    """A net that says a sequence for one that it read.

    All its models have all parameters, and those of one seed the same ones at the start; a model
    never changes those that its way to read does not use.

    Attributes:
        n_symbols: That may be read or said.
        n_places: Of the source, in the rows that it is given; what follows is the decoder's.
        reads: Keys in `READS`: a stack's models are theirs in equal shares, in this order.
        encoder: Key in `ENCODERS`.
        width: Features of a state.
    """

    n_symbols: int
    n_places: int
    reads: tuple[str, ...]
    encoder: str = "bidirectional"
    width: int = 32

    loss = MASKED_CROSS_ENTROPY

    @property
    def shapes(self) -> Shapes:
        v, w, e = self.n_symbols, self.width, EMBEDDING
        return {
            "read": (v + 1, e), **ENCODERS[self.encoder].shapes(w),
            "said": (v + 1, e), "dec_in": (3 * w, e), "dec_in_bias": (3 * w,),
            "dec_h": (3 * w, w), "dec_h_bias": (3 * w,),
            **{name: (w, w)[: 1 if name == "v" else 2] for name in self.asks},
            "mix": (w, 2 * w), "mix_bias": (w,), "out": (v, w), "out_bias": (v,),
        }

    @property
    def asks(self) -> tuple[str, ...]:
        """The parameters of all scores that these ways to read need, "query" first."""
        return tuple(name for name in ASKS if any(name in READS[r].asks for r in self.reads))

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return {"baseline": np.zeros(())}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        v, w, e = self.n_symbols, self.width, EMBEDDING
        asks = {"query": uniform(rng, w, w), "key": uniform(rng, w, w), "v": uniform(rng, w)}
        return {
            "read": rng.standard_normal((v + 1, e)), **ENCODERS[self.encoder].start(rng, w),
            "said": rng.standard_normal((v + 1, e)),
            "dec_in": uniform(rng, 3 * w, e, inputs=w), "dec_in_bias": np.zeros(3 * w),
            "dec_h": uniform(rng, 3 * w, w), "dec_h_bias": np.zeros(3 * w),
            **{name: asks[name] for name in self.asks},
            "mix": uniform(rng, w, 2 * w), "mix_bias": np.zeros(w),
            "out": uniform(rng, v, w), "out_bias": np.zeros(v),
        }

    def encode(self, p: Parameters, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The states of sources (K, B, S), where the decoder begins, and where symbols are."""
        given = source < self.n_symbols
        states, begin = ENCODERS[self.encoder].read(p, embedding(source, p["read"]), given)
        return states, begin, given

    def decode(self, p: Parameters, begin: Tensor, before: Tensor) -> Tensor:
        """The decoder's states (K, B, T, H) when it is told the symbols before, (K, B, T)."""
        h, found = begin, []
        u = linear(embedding(before, p["said"]), p["dec_in"], p["dec_in_bias"])
        for u_t in u.unbind(2):
            h = gru_cell(u_t, h, p["dec_h"], p["dec_h_bias"])
            found.append(h)
        return torch.stack(found, 2)

    def parts(
        self, p: Parameters, *of_each: Tensor
    ) -> Iterator[tuple[Read, Parameters, list[Tensor]]]:
        """Each way to read, with the rows of its models."""
        size = len(p["mix"]) // len(self.reads)
        for i, name in enumerate(self.reads):
            rows = slice(i * size, (i + 1) * size)
            yield READS[name], {k: a[rows] for k, a in p.items()}, [a[rows] for a in of_each]

    def answers(
        self, p: Parameters, h: Tensor, states: Tensor, given: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits (K, B, T, V), and what was looked at for each symbol, (K, B, T, S)."""
        said, seen = [], []
        for read, own, (h_own, s_own, g_own) in self.parts(p, h, states, given):
            looks = read.looks(own, h_own, s_own, g_own)
            said.append(say(own, h_own, read.context(looks, s_own)))
            seen.append(looks)
        return torch.cat(said), torch.cat(seen)

    def taught(
        self, p: Parameters, x: Tensor, n_places: int = 0
    ) -> tuple[Tensor, Tensor]:
        """The same for rows x (K, B, S + T): a source, then the symbols before each that is
        asked for (teacher forcing); S is `n_places` unless given.
        """
        n = n_places or self.n_places
        states, begin, given = self.encode(p, x[..., :n])
        return self.answers(p, self.decode(p, begin, x[..., n:]), states, given)

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.taught(p, x)[0].movedim(-1, 1)

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        states, begin, given = self.encode(p, x[..., : self.n_places])
        h = self.decode(p, begin, x[..., self.n_places :])
        size = len(x) // len(self.reads)
        return torch.cat([
            read.loss(own, h_own, s_own, g_own, y_own, rngs and rngs[i * size : (i + 1) * size])
            for i, (read, own, (h_own, s_own, g_own, y_own))
            in enumerate(self.parts(p, h, states, given, y))
        ])

    def saying(
        self, p: Parameters, source: Tensor, n: int
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """The decoder's states (K, B, H) and the likeliest symbols (K, B), n times, each told what
        was said before.
        """
        states, h, given = self.encode(p, source)
        last = source.new_full(source.shape[:2], self.n_symbols)  # nothing said yet
        for _ in range(n):
            u = linear(embedding(last, p["said"]), p["dec_in"], p["dec_in_bias"])
            h = gru_cell(u, h, p["dec_h"], p["dec_h_bias"])
            logits, _looks = self.answers(p, h[:, :, None], states, given)
            last = logits[:, :, 0].argmax(-1)
            yield h, last

    def speak(self, p: Parameters, source: Tensor, n: int) -> Tensor:
        """The n likeliest symbols, each told what was said before, (K, B, n)."""
        return torch.stack([said for _, said in self.saying(p, source, n)], -1)
