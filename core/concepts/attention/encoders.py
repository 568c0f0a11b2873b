"""What turns the symbols that are read into states, one for each, and where the decoder begins.

Adding an encoder is an entry in `ENCODERS`. Shapes: (K, B, S, ...): K models, B sequences, S
places; E features of an embedding, H of a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.functions import gru_cell, layer_norm, linear, self_attention
from core.stacked.traced import Parameters, Shapes

if TYPE_CHECKING:
    from torch import Tensor

EMBEDDING = 16
HOLD = 50.0
"""Added to a gate's input: its sigmoid is 1 in float32, and the state stays what it is."""
N_HEADS = 2
MOST_PLACES = 24
"""For how many places a self-attention encoder has positions."""


def uniform(rng: np.random.Generator, *shape: int, inputs: int = 0) -> np.ndarray:
    """Weights as torch.nn begins with them, between -1 / sqrt(inputs) and its opposite."""
    bound = (inputs or shape[-1]) ** -0.5
    return rng.uniform(-bound, bound, shape)


class Encoder:
    """Reads a sequence."""

    def shapes(self, width: int) -> Shapes:
        """Of one model's parameters, by name."""
        raise NotImplementedError

    def start(self, rng: np.random.Generator, width: int) -> Mapping[str, np.ndarray]:
        """Of one model, before training."""
        raise NotImplementedError

    def read(self, p: Parameters, x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """The states of a sequence.

        Args:
            p: Parameters of K models.
            x: Embedded symbols, (K, B, S, E).
            given: Where there is a symbol, (K, B, S).

        Returns:
            (K, B, S, H), and where the decoder begins, (K, B, H).
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Recurrent(Encoder):
    """A GRU from left to right or, with half the width each, one in either direction.

    Attributes:
        directions: 1 or 2; both directions are computed as one stack.
    """

    directions: int

    def shapes(self, width: int) -> Shapes:
        d, h = self.directions, width // self.directions
        return {"enc_in": (d, 3 * h, EMBEDDING), "enc_in_bias": (d, 3 * h),
                "enc_h": (d, 3 * h, h), "enc_h_bias": (d, 3 * h)}

    def start(self, rng: np.random.Generator, width: int) -> Mapping[str, np.ndarray]:
        d, h = self.directions, width // self.directions
        return {"enc_in": uniform(rng, d, 3 * h, EMBEDDING, inputs=h),
                "enc_in_bias": np.zeros((d, 3 * h)),
                "enc_h": uniform(rng, d, 3 * h, h), "enc_h_bias": np.zeros((d, 3 * h))}

    def read(self, p: Parameters, x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        d = self.directions
        own = {name: p[name].flatten(0, 1) for name in self.shapes(d)}  # (K d, ...)
        u = linear(self._both_ways(x), own["enc_in"], own["enc_in_bias"])  # (K d, B, S, 3 h)
        h_size = u.shape[-1] // 3
        hold = u.new_zeros(3 * h_size)
        hold[h_size : 2 * h_size] = HOLD
        absent = self._both_ways(~given[..., None]).to(u.dtype)  # (K d, B, S, 1)
        h = u.new_zeros(*u.shape[:2], h_size)
        states = []
        for u_t in (u + absent * hold).unbind(2):
            h = gru_cell(u_t, h, own["enc_h"], own["enc_h_bias"])
            states.append(h)
        found = torch.stack(states, 2).unflatten(0, (-1, d))  # (K, d, B, S, h)
        there, *back = found.unbind(1)
        last = h.unflatten(0, (-1, d)).transpose(1, 2).flatten(2)  # (K, B, H)
        return torch.cat([there, *(s.flip(2) for s in back)], -1), last

    def _both_ways(self, x: Tensor) -> Tensor:
        """(K, B, S, ...) as each direction sees it, (K d, B, S, ...)."""
        ways = [x, x.flip(2)][: self.directions]
        return torch.stack(ways, 1).flatten(0, 1)


@dataclass(frozen=True)
class SelfAttention(Encoder):
    """One block of a Transformer, with learned positions: nothing goes step by step.

    Vaswani et al. 2017, section 3; with the layer norm before each part, as in Xiong et al. 2020.
    The decoder begins at the mean of the states.
    """

    def shapes(self, width: int) -> Shapes:
        w = width
        return {
            "enc_up": (w, EMBEDDING), "enc_places": (MOST_PLACES, w),
            "enc_norm1": (w,), "enc_norm1_bias": (w,), "enc_qkv": (3 * w, w),
            "enc_qkv_bias": (3 * w,), "enc_heads": (w, w), "enc_heads_bias": (w,),
            "enc_norm2": (w,), "enc_norm2_bias": (w,), "enc_wide": (2 * w, w),
            "enc_wide_bias": (2 * w,), "enc_narrow": (w, 2 * w), "enc_narrow_bias": (w,),
        }

    def start(self, rng: np.random.Generator, width: int) -> Mapping[str, np.ndarray]:
        found = {}
        for name, shape in self.shapes(width).items():
            if name.startswith("enc_norm"):
                found[name] = np.full(shape, 0.0 if name.endswith("bias") else 1.0)
            elif name.endswith("bias"):
                found[name] = np.zeros(shape)
            elif name == "enc_places":
                found[name] = rng.standard_normal(shape)
            else:
                found[name] = uniform(rng, *shape)
        return found

    def read(self, p: Parameters, x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        places = p["enc_places"][:, None, : x.shape[2]]
        h = linear(x, p["enc_up"]) + places  # (K, B, S, H)
        mixed, _ = self_attention(
            layer_norm(h, p["enc_norm1"], p["enc_norm1_bias"]), p["enc_qkv"], p["enc_qkv_bias"],
            p["enc_heads"], p["enc_heads_bias"], N_HEADS, given[:, :, None, None],
        )
        h = h + mixed
        wide = linear(layer_norm(h, p["enc_norm2"], p["enc_norm2_bias"]), p["enc_wide"],
                      p["enc_wide_bias"]).relu()
        h = h + linear(wide, p["enc_narrow"], p["enc_narrow_bias"])
        there = given[..., None].to(h.dtype)
        return h, (h * there).sum(2) / there.sum(2)


ENCODERS: dict[str, Encoder] = {
    "bidirectional": Recurrent(2),
    "unidirectional": Recurrent(1),
    "self_attention": SelfAttention(),
}
