"""Nets that say a sentence about a scene: a trunk, and a decoder that says one word after another.

Papers: Vinyals et al. 2015 (a picture is the first state of a recurrent decoder), Xu et al. 2015
(the decoder looks at places of the picture, others for each word).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.nets import CHANNELS, N_PLACES, Trunk, initial
from core.concepts.vision_tasks.sentences import LENGTH, N_WORDS
from core.lazy import torch
from core.stacked.functions import embedding, gru_cell, linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

HIDDEN, EMBEDDED = 32, 16
BEGIN = N_WORDS
"""What is read before the first word."""


@dataclass(frozen=True)
class Kind:
    """How a net speaks.

    Attributes:
        looks: Whether it looks at the maps again for each word; else they are its first state.
        at_once: Whether all words are said at once, without knowing of one another.
    """

    looks: bool = False
    at_once: bool = False


KINDS: dict[str, Kind] = {
    "nic": Kind(), "attend": Kind(looks=True), "at_once": Kind(at_once=True),
}


@dataclass(frozen=True)
class Speaker(Program):
    """A trunk, and what makes words of its maps.

    Attributes:
        kind: How it speaks.
    """

    kind: Kind

    trunk = Trunk()
    loss = CROSS_ENTROPY  # of every word; `objective` is what is made small

    @property
    def shapes(self) -> Shapes:
        return {**self.trunk.shapes, **self.own}

    @property
    def own(self) -> dict[str, tuple[int, ...]]:
        """Parameters beside the trunk's."""
        n_maps = CHANNELS * N_PLACES
        if self.kind.at_once:
            n = LENGTH * N_WORDS
            return {"say.weight": (n, n_maps), "say.bias": (n,)}
        n_read = EMBEDDED + CHANNELS * self.kind.looks
        n_seen = CHANNELS if self.kind.looks else n_maps
        own: dict[str, tuple[int, ...]] = {
            "word": (N_WORDS + 1, EMBEDDED),
            "begin.weight": (HIDDEN, n_seen), "begin.bias": (HIDDEN,),
            "read.weight": (3 * HIDDEN, n_read), "read.bias": (3 * HIDDEN,),
            "state.weight": (3 * HIDDEN, HIDDEN), "state.bias": (3 * HIDDEN,),
        }
        if self.kind.looks:
            own |= {"place": (N_PLACES, CHANNELS), "look.weight": (CHANNELS, HIDDEN),
                    "look.bias": (CHANNELS,)}
        n_said = HIDDEN + CHANNELS * self.kind.looks
        return {**own, "say.weight": (N_WORDS, n_said), "say.bias": (N_WORDS,)}

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        return self.trunk.state

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        return {**self.trunk.start(rng), **initial(self.own, rng)}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """What is said of scenes (K, pixels, B), word by word: (K, B, length), whole numbers."""
        return self.spoken(p, x)[0]

    def spoken(self, p: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
        """The same, and how much each place is looked at for each word: (K, B, length, places)."""
        said, looks = self.speak(p, self.trunk.maps(p, x, False))
        return said.argmax(-1), looks

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """Cross-entropy of the words (K, length, B), each after the right ones before it."""
        return self.wrong(p, self.trunk.maps(p, x, rngs is not None), y)

    def wrong(self, p: Parameters, maps: Tensor, y: Tensor) -> Tensor:
        """The same of what is said of maps, (K,)."""
        said, _ = self.speak(p, maps, y.mT)
        right = said.log_softmax(-1).gather(-1, y.mT[..., None])
        return -right.mean((1, 2, 3))

    def speak(
        self, p: Parameters, maps: Tensor, words: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Logits (K, B, length, words), and looks.

        Args:
            maps: (K, B, channels, height, width).
            words: The right ones (K, B, length), of which each step is given the one before; where
                there are none it is given what it said.
        """
        k, b = maps.shape[:2]
        if self.kind.at_once:
            said = linear(maps.flatten(2), p["say.weight"], p["say.bias"])
            return said.unflatten(-1, (LENGTH, N_WORDS)), maps.new_zeros(k, b, LENGTH, 0)
        places = maps.flatten(3).mT  # (K, B, places, channels)
        seen = places.mean(2) if self.kind.looks else maps.flatten(2)
        h = linear(seen, p["begin.weight"], p["begin.bias"]).tanh()
        keys = places + p["place"][:, None] if self.kind.looks else places
        last = torch.full((k, b), BEGIN)
        found, looks = [], []
        for i in range(LENGTH):
            read = embedding(last, p["word"])
            if self.kind.looks:
                look, context = self._look(p, keys, h)
                looks.append(look)
                read = torch.cat([read, context], -1)
            u = linear(read, p["read.weight"], p["read.bias"])
            h = gru_cell(u, h, p["state.weight"], p["state.bias"])
            state = torch.cat([h, context], -1) if self.kind.looks else h
            found.append(linear(state, p["say.weight"], p["say.bias"]))
            last = found[-1].argmax(-1) if words is None else words[..., i]
        seen = torch.stack(looks, 2) if looks else maps.new_zeros(k, b, LENGTH, 0)
        return torch.stack(found, 2), seen

    def _look(self, p: Parameters, keys: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """How much each place is looked at (K, B, places), and what is seen (K, B, channels)."""
        asked = linear(h, p["look.weight"], p["look.bias"])
        look = (keys @ asked[..., None] / CHANNELS**0.5).squeeze(-1).softmax(-1)
        return look, (look[:, :, None] @ keys).squeeze(2)
