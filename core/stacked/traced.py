"""Nets that are written forward only, many at once: autograd does the rest.

    class Probe(Program):
        loss = CROSS_ENTROPY
        shapes = SHAPES  # {"weight": (10, 64), "bias": (10,)}

        def start(self, rng):
            return {"weight": rng.standard_normal((10, 64)) / 8, "bias": np.zeros(10)}

        def forward(self, p, x, rngs=None):
            return linear(x, p["weight"], p["bias"]).transpose(1, 2)

A parameter of shape (10, 64) comes as (K, 10, 64), one for each model, and whatever the net does
with it keeps the models apart: `functions.py` has what nets are made of. Everywhere else such a
net is one like any other (`Net.bind`, `Race`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.layers import Workspace
from core.stacked.nets import BYTES, Batched, Net

if TYPE_CHECKING:
    from torch import Tensor

Shapes = Mapping[str, tuple[int, ...]]  # of one model's parameters, by name
Parameters = Mapping[str, "Tensor"]  # of K models, each (K, *shape)
Rngs = Sequence[np.random.Generator]


class Program(Net):
    """A net that is written forward only.

    Attributes:
        loss: Of `forward`'s outputs. A net that learns from something else than targets has an
            `objective` of its own.
        n_units: Numbers that one example leaves in the net. Where it is given, models are stepped
            in blocks that fit into the processor's cache; 0 steps all of them together.
    """

    n_units: int = 0

    @property
    def shapes(self) -> Shapes:
        """One model's parameters, in the order in which they lie in its row."""
        raise NotImplementedError

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Initial parameters of one model, by name."""
        raise NotImplementedError

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        """What one model keeps beside its parameters, by name, as it is before training.

        Running means, for example: `forward` finds it among the parameters, (K, ...), and changes
        it in place while the net is trained; no rule updates it.
        """
        return {}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """What K models say of their inputs.

        Args:
            p: Their parameters, and their state.
            x: Inputs, (K, ...).
            rngs: A generator per model while they train, for what is drawn at random; None
                while they are measured.

        Returns:
            (K, outputs, ...): as the losses want it.
        """
        raise NotImplementedError

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """What training makes small, (K,): a model's must depend on that model alone."""
        return self.loss.value(self.forward(p, x, rngs), y)

    @property
    def n_parameters(self) -> int:
        return sum(map(prod, self.shapes.values()))

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return flat(self.shapes, self.start(rng))

    def bind(self, p: Tensor, g: Tensor, memory: Workspace, rngs: Rngs = ()) -> Traced:
        return Traced(self, p, g, rngs)

    def footprint(self, batch_size: int) -> int:
        if not self.n_units:
            return 1
        return BYTES * (5 * self.n_parameters + 2 * batch_size * self.n_units)


class Traced(Batched):
    """K models of a program, their parameters and their gradients.

    Args:
        program: The net.
        p: Parameters, (K, P); views are kept, so in-place updates are seen.
        g: Gradients, (K, P); `gradients` writes here.
        rngs: A generator per model, where the net draws at random in training.

    Attributes:
        state: What the models keep beside their parameters, by name, (K, ...), as it is now.
    """

    def __init__(self, program: Program, p: Tensor, g: Tensor, rngs: Rngs = ()) -> None:
        super().__init__(program.loss)
        self.program, self.parts, self._rngs = program, [(p, g)], rngs
        self._leaves = Leaves(program.shapes, p, g)
        with torch.inference_mode(False):  # as in `Leaves`
            self.state = {name: torch.from_numpy(a).to(p.dtype).repeat(len(p), *[1] * a.ndim)
                           for name, a in program.state.items()}

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return self.program.forward(
            self._leaves.fixed | self.state, x, self._rngs if train else None)

    def gradients(self, x: Tensor, y: Tensor) -> None:
        self._leaves.differentiate(
            self.program.objective(self._leaves.learned | self.state, x, y, self._rngs)
        )


class Leaves:
    """Parameters by name, of which autograd takes derivatives.

    Args:
        shapes: Of one model.
        p: (K, P); what is by name shares its memory.
        g: (K, P); derivatives are written here.

    Attributes:
        learned: The parameters, each (K, *shape), traced.
        fixed: The same numbers, not traced.
    """

    def __init__(self, shapes: Shapes, p: Tensor, g: Tensor) -> None:
        self.fixed = views(shapes, p.detach())
        with torch.inference_mode(False):  # a race makes its stacks where nothing is traced
            self.learned = {name: part.detach().requires_grad_()
                            for name, part in views(shapes, p.detach()).items()}
        self._g = list(views(shapes, g).values())

    def differentiate(self, losses: Tensor) -> None:
        """Writes every model's derivative of its own loss, out of (K,) of them."""
        # the sum's derivative: no model's loss depends on another model's parameters
        found = torch.autograd.grad(losses.sum(), list(self.learned.values()))
        with torch.inference_mode():
            torch._foreach_copy_(self._g, list(found))


def views(shapes: Shapes, rows: Tensor) -> dict[str, Tensor]:
    """What lies in rows (K, P), by name, each (K, *shape)."""
    parts = rows.split([prod(shape) for shape in shapes.values()], 1)
    return {name: part.view(-1, *shape)
            for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def flat(shapes: Shapes, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """One model's parameters as a row, (P,), float32.

    Raises:
        ValueError: For names or shapes that are not those of `shapes`.
    """
    given = {name: np.shape(a) for name, a in parameters.items()}
    if given != dict(shapes):
        raise ValueError(f"parameters {given} are not of the shapes {dict(shapes)}")
    return np.concatenate([np.ravel(parameters[name]) for name in shapes]).astype(np.float32)
