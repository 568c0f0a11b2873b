"""How a decoder reads the encoder's states: not at all, softly, or one of them (hard).

Adding a way to read is an entry in `READS`. Shapes: K models, B sequences, T places of what is
said, S of what was read, H features of a state, V symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.losses import MASKED_CROSS_ENTROPY
from core.stacked.traced import Parameters, Rngs

if TYPE_CHECKING:
    from torch import Tensor

Score = Callable[[Parameters, "Tensor", "Tensor"], "Tensor"]
"""From the decoder's states (K, B, T, H) and the encoder's (K, B, S, H) to (K, B, T, S)."""
KEPT = 0.95
"""Of the running mean of a reward that is the baseline of the next one."""


def dot(p: Parameters, h: Tensor, states: Tensor) -> Tensor:
    """h^T W s. Luong et al. 2015, "general"."""
    return linear(h, p["query"]) @ states.mT


def scaled(p: Parameters, h: Tensor, states: Tensor) -> Tensor:
    """The same, divided by the root of the width. Vaswani et al. 2017."""
    return dot(p, h, states) / h.shape[-1] ** 0.5


def additive(p: Parameters, h: Tensor, states: Tensor) -> Tensor:
    """v^T tanh(W h + U s). Bahdanau et al. 2015."""
    both = linear(h, p["query"])[:, :, :, None] + linear(states, p["key"])[:, :, None]
    return (both.tanh() * p["v"][:, None, None, None]).sum(-1)


def say(p: Parameters, h: Tensor, context: Tensor) -> Tensor:
    """Logits of the next symbol: W tanh(U [h; c] + b) + d, (..., V)."""
    return linear(linear(torch.cat([h, context], -1), p["mix"], p["mix_bias"]).tanh(),
                  p["out"], p["out_bias"])


@dataclass(frozen=True)
class Read:
    """A decoder that does not look back: all that it knows is where it began.

    Attributes:
        asks: The parameters that only this way to read needs, out of `ASKS`.
    """

    asks: tuple[str, ...] = ()

    def looks(self, p: Parameters, h: Tensor, states: Tensor, given: Tensor) -> Tensor:
        """How much each place of the source is looked at, (K, B, T, S)."""
        return h.new_zeros(*h.shape[:3], states.shape[2])

    def context(self, looks: Tensor, states: Tensor) -> Tensor:
        """What is read when nobody trains, (K, B, T, H)."""
        return looks @ states

    def loss(
        self, p: Parameters, h: Tensor, states: Tensor, given: Tensor, y: Tensor,
        rngs: Rngs | None,
    ) -> Tensor:
        """What training makes small, (K,), for one-hot targets (K, V, B, T)."""
        context = self.context(self.looks(p, h, states, given), states)
        return MASKED_CROSS_ENTROPY.value(say(p, h, context).movedim(-1, 1), y)


@dataclass(frozen=True)
class Soft(Read):
    """The mean of all states, each weighted by how much it is looked at."""

    score: Score = dot
    asks: tuple[str, ...] = ("query",)

    def looks(self, p: Parameters, h: Tensor, states: Tensor, given: Tensor) -> Tensor:
        scores = self.score(p, h, states).masked_fill(~given[:, :, None], -torch.inf)
        return scores.softmax(-1)


@dataclass(frozen=True)
class Hard(Soft):
    """One state: the one that is looked at most. How it is trained is what its heirs differ in."""

    def context(self, looks: Tensor, states: Tensor) -> Tensor:
        chosen = looks.argmax(-1, keepdim=True)  # (K, B, T, 1)
        return states.gather(2, chosen.expand(*chosen.shape[:3], states.shape[-1]))


@dataclass(frozen=True)
class StraightThrough(Hard):
    """Forward one state, drawn at random; backward as if it had been the soft mean.

    Jang et al. 2017: softmax(log a + Gumbel noise), of which the largest is taken.
    """

    def loss(
        self, p: Parameters, h: Tensor, states: Tensor, given: Tensor, y: Tensor,
        rngs: Rngs | None,
    ) -> Tensor:
        soft = (self.looks(p, h, states, given).clamp_min(1e-20).log() + gumbel(
            rngs, h.shape[1:3] + states.shape[2:3])).softmax(-1)
        hard = torch.zeros_like(soft).scatter_(-1, soft.argmax(-1, keepdim=True), 1.0)
        context = (hard + soft - soft.detach()) @ states
        return MASKED_CROSS_ENTROPY.value(say(p, h, context).movedim(-1, 1), y)


@dataclass(frozen=True)
class Reinforce(Hard):
    """One state, drawn at random; looking at it again becomes likelier the better it served.

    Williams 1992, as Xu et al. 2015 use it: the reward is the log-probability of the right symbol,
    less a running mean of it. What was looked at does not enter the decoder's state, so that each
    look is paid for its own symbol.
    """

    def loss(
        self, p: Parameters, h: Tensor, states: Tensor, given: Tensor, y: Tensor,
        rngs: Rngs | None,
    ) -> Tensor:
        log_looks = self.looks(p, h, states, given).clamp_min(1e-20).log()  # (K, B, T, S)
        drawn = (log_looks + gumbel(rngs, log_looks.shape[1:])).argmax(-1, keepdim=True)
        context = states.gather(2, drawn.expand(*drawn.shape[:3], states.shape[-1]))
        said = log_likelihood(say(p, h, context), y)  # (K, B, T)
        asked = y.sum(1)
        reward = per_target(said.detach(), asked)  # (K,)
        with torch.no_grad():
            baseline = p["baseline"].clone()
            p["baseline"].mul_(KEPT).add_(reward, alpha=1 - KEPT)
        praise = (said.detach() - baseline[:, None, None]) * log_looks.gather(-1, drawn)[..., 0]
        return -per_target(said + praise, asked)


@dataclass(frozen=True)
class Marginal(Hard):
    """One state, and the likelihood is summed over all that it could have been: nothing is drawn.

    Exact, and affordable for short sources: -log sum_j a_j p(y | state j).
    """

    def loss(
        self, p: Parameters, h: Tensor, states: Tensor, given: Tensor, y: Tensor,
        rngs: Rngs | None,
    ) -> Tensor:
        looks = self.looks(p, h, states, given)
        of_h, of_state = p["mix"].split(h.shape[-1], -1)
        mixed = linear(h, of_h)[:, :, :, None] + linear(states, of_state, p["mix_bias"])[:, :, None]
        logits = linear(mixed.tanh(), p["out"], p["out_bias"])  # (K, B, T, S, V)
        each = logits.log_softmax(-1)
        right = (each * y.movedim(1, -1)[..., None, :]).sum(-1)  # (K, B, T, S)
        return -per_target((right + looks.clamp_min(1e-20).log()).logsumexp(-1), y.sum(1))


def gumbel(rngs: Rngs | None, shape: tuple[int, ...]) -> Tensor:
    """Noise whose addition to log-probabilities makes their largest a draw, (K, *shape)."""
    assert rngs is not None, "who draws needs a generator per model"
    drawn = np.stack([rng.gumbel(size=shape).astype(np.float32) for rng in rngs])
    return torch.from_numpy(drawn)


def log_likelihood(logits: Tensor, y: Tensor) -> Tensor:
    """Of the right symbols, (K, B, T), from (K, B, T, V) and one-hot (K, V, B, T)."""
    return (logits.log_softmax(-1) * y.movedim(1, -1)).sum(-1)


def per_target(values: Tensor, asked: Tensor) -> Tensor:
    """The mean over the places that have a target, (K,)."""
    return (values * asked).flatten(1).sum(1) / asked.flatten(1).sum(1)


ASKS = ("query", "key", "v")
READS: dict[str, Read] = {
    "none": Read(),
    "dot": Soft(),
    "scaled": Soft(score=scaled),
    "additive": Soft(score=additive, asks=ASKS),
    "marginal": Marginal(),
    "straight_through": StraightThrough(),
    "reinforce": Reinforce(),
}
def as_data(name: str) -> dict[str, str | bool]:
    """A way to read for who computes it elsewhere: its name, its score ("" for none), and whether
    one state is read.
    """
    read = READS[name]
    score = read.score.__name__ if isinstance(read, Soft) else ""
    return {"name": name, "score": score, "hard": isinstance(read, Hard)}


READ_NAMES = {
    "none": "Fixed vector", "dot": "Dot attention", "scaled": "Scaled dot", "additive": "Additive",
    "marginal": "Hard, exact", "straight_through": "Hard, straight-through",
    "reinforce": "Hard, REINFORCE",
}
