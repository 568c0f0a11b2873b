"""Nets that are to be adapted by a few steps of gradient descent, and how they learn to be.

Finn et al. 2017 (MAML), algorithm 1. Shapes: K models, T tasks, n points; an adapted net is one of
K T, since each task moves its own copy of the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.losses import SQUARED_ERROR
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Adapting(Program):
    """A dense net of two hidden layers, trained to be good after some steps on a task.

    Attributes:
        width: Units of a hidden layer.
        n_shots: The first points of each task, from which it is adapted; the others ask.
        n_inner: Steps of gradient descent on them while it is trained. None at all: it is trained
            on the points of all tasks as if they were one.
        inner_rate: Their learning rate.
        second_order: Whether the derivative goes through those steps, with their second
            derivatives; else as if the steps were what they are whatever the weights.
    """

    width: int = 40
    n_shots: int = 5
    n_inner: int = 1
    inner_rate: float = 0.01
    second_order: bool = True

    loss = SQUARED_ERROR

    @property
    def shapes(self) -> Shapes:
        w = self.width
        return {"first": (w, 1), "first_bias": (w,), "second": (w, w), "second_bias": (w,),
                "out": (1, w), "out_bias": (1,)}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """As torch.nn's layers: uniform up to 1 / root of the inputs, biases too."""
        inputs = {"first": 1, "first_bias": 1}
        return {name: rng.uniform(-1, 1, shape) * inputs.get(name, self.width) ** -0.5
                for name, shape in self.shapes.items()}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """(K, ..., 1) -> (K, ..., 1)."""
        h = linear(x, p["first"], p["first_bias"]).relu()
        h = linear(h, p["second"], p["second_bias"]).relu()
        return linear(h, p["out"], p["out_bias"])

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """How far off the adapted nets are, a mean over tasks, (K,).

        Args:
            p: Parameters by name.
            x: Of each task the points to adapt with, then those to ask, (K, T, n, 1).
            y: What is right there, alike.
            rngs: Nothing is drawn.
        """
        if not self.n_inner:  # no task has weights of its own
            return self.errors(p, x.flatten(1, 2), y.flatten(1, 2))
        k, n_tasks = x.shape[:2]
        x, y, n = x.flatten(0, 1), y.flatten(0, 1), self.n_shots
        own = copies(p, n_tasks)
        for _ in range(self.n_inner):
            own = self.adapted(own, x[:, :n], y[:, :n], self.second_order)
        return self.errors(own, x[:, n:], y[:, n:]).view(k, n_tasks).mean(1)

    def errors(self, p: Parameters, x: Tensor, y: Tensor) -> Tensor:
        """Mean squared error of every net, (K,), at points (K, n, 1)."""
        return (self.forward(p, x) - y).square().mean((1, 2))

    def adapted(
        self, p: Parameters, x: Tensor, y: Tensor, second_order: bool = False,
        rate: Tensor | None = None,
    ) -> Parameters:
        """The nets after one step on points of theirs.

        Args:
            p: Parameters by name, traced.
            x, y: Points (K, n, 1) and what is right there.
            second_order: Whether the step itself can be differentiated.
            rate: Of each net, (K,); the net's `inner_rate` where left out.
        """
        slopes = torch.autograd.grad(
            self.errors(p, x, y).sum(), list(p.values()), create_graph=second_order)
        rates = torch.full((len(x),), self.inner_rate, dtype=x.dtype) if rate is None else rate
        return {name: a - rates.view(-1, *[1] * (a.dim() - 1)) * slope
                for (name, a), slope in zip(p.items(), slopes, strict=True)}

    def adapting(
        self, p: Parameters, x: Tensor, y: Tensor, n: int, rate: Tensor | None = None,
    ) -> Iterator[Parameters]:
        """The nets before any step on their points, and after each of n; arguments as above."""
        for step in range(n + 1):
            yield p
            if step < n:
                traced = {name: a.detach().requires_grad_() for name, a in p.items()}
                with torch.enable_grad():
                    moved = self.adapted(traced, x, y, rate=rate)
                p = {name: a.detach() for name, a in moved.items()}


def copies(p: Parameters, n: int) -> Parameters:
    """Of each of K nets n in a row, (K n, ...)."""
    return {name: a.repeat_interleave(n, 0) for name, a in p.items()}
