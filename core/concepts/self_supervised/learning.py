"""Nets of one method as they learn from views: a net per seed, all in one program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.self_supervised import nets
from core.concepts.self_supervised.methods import Method, Options, unit
from core.lazy import torch
from core.stacked.rules import Updater
from core.stacked.traced import Leaves, Parameters, Shapes, flat, views

if TYPE_CHECKING:
    from torch import Tensor

WEIGHT_DECAY = 1e-4


class Learner:
    """One net per seed.

    Args:
        method: What they make small.
        shapes: Of their parameters.
        seeds: Each has its own start, the same for methods of the same shapes.
        learning_rate: Adam's.
        options: What the method is told.
        slowness: How much of itself the slow copy keeps at an update.

    Attributes:
        p: Their parameters, (S, P).
        slow: Those of their slow copies.
    """

    def __init__(
        self, method: Method, shapes: Shapes, seeds: Sequence[int], learning_rate: float,
        options: Options, slowness: float,
    ) -> None:
        self.method, self.options, self._slowness = method, options, slowness
        rngs = [np.random.default_rng((seed, 3)) for seed in seeds]
        starts = np.stack([flat(shapes, nets.start_of(shapes, rng)) for rng in rngs])
        self.start(shapes, torch.from_numpy(starts), learning_rate)

    def start(self, shapes: Shapes, p: Tensor, learning_rate: float) -> None:
        """Begins from parameters (S, P)."""
        n_nets = len(p)
        self.p, self.slow, self._g = p, p.clone(), torch.zeros_like(p)
        self._leaves = Leaves(shapes, p, self._g)
        self._state = nets.state_of(shapes, n_nets)
        rule = {"learning_rate": learning_rate, "l2": WEIGHT_DECAY}
        self._updater = Updater(p, ["adam"] * n_nets, [rule] * n_nets)
        self._slow = {**views(shapes, self.slow), **nets.state_of(shapes, n_nets)}

    @property
    def parameters(self) -> Parameters:
        """With what they keep beside them; for measuring."""
        return self._leaves.fixed | self._state

    def step(self, first: Tensor, second: Tensor, factor: float) -> None:
        """One update on two views of the same images, (S, B, pixels) each."""
        x = torch.cat([first, second], 1)
        p = self._leaves.learned | self._state
        self._leaves.differentiate(self.method.loss(p, self._slow, x, self.options))
        with torch.no_grad():
            self._updater.step(self._g, factor)
            if self.method.slow:
                self.slow.lerp_(self.p, 1 - self._slowness)

    def embedded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features, and embeddings of length 1, of images (S, n, pixels)."""
        with torch.inference_mode():
            h = nets.features(self.parameters, x)
            return h, unit(nets.embedding(self.parameters, h))
