"""Whole nets, many at once: K models as one tensor program.

A net is a description: its layers (`core/stacked/layers.py`) and its loss. A `Stack` is K
models of that description, with parameters (K, P) and inputs (K, features, batch).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.layers import (
    ACTIVATIONS,
    Activation,
    BatchNorm,
    Chain,
    Dropout,
    Layer,
    Linear,
    Place,
    Workspace,
)
from core.stacked.losses import CROSS_ENTROPY, Loss

if TYPE_CHECKING:
    from torch import Tensor

BYTES = 4  # of a number

class Net:
    """A description of a net, of whatever kind: what a `Race` needs to know of it.

    Attributes:
        loss: What its models are trained to make small.
        n_parameters: Numbers that one model learns.
    """

    loss: Loss

    @property
    def n_parameters(self) -> int:
        raise NotImplementedError

    def init(self, rng: np.random.Generator) -> np.ndarray:
        """Initial parameters of one model, shape (n_parameters,), float32."""
        raise NotImplementedError

    def bind(
        self, p: Tensor, g: Tensor, memory: Workspace, rngs: Sequence[np.random.Generator] = ()
    ) -> Batched:
        """K models at work.

        Args:
            p: Their parameters, (K, n_parameters); views are kept, so in-place updates are seen.
            g: Their gradients, alike; written by `Batched.gradients`.
            memory: Shared between stacks that take turns.
            rngs: A generator per model, where training draws at random.
        """
        raise NotImplementedError

    def footprint(self, batch_size: int) -> int:
        """Bytes that one model's step goes through, its update's included."""
        raise NotImplementedError

    def largest_layer(self, batch_size: int) -> int:
        """Bytes that one model's step goes through in its largest layer."""
        return self.footprint(batch_size)


class Layered(Net):
    """A net of layers with backward passes by hand: everything follows from its layers."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Stage by stage, input first."""
        raise NotImplementedError

    @property
    def n_parameters(self) -> int:
        return Chain(self.layers).n_parameters

    @property
    def n_units(self) -> int:
        """Numbers that one image leaves in the net on its way."""
        return Chain(self.layers).n_units

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return Chain(self.layers).init(rng).astype(np.float32)

    def bind(
        self, p: Tensor, g: Tensor, memory: Workspace, rngs: Sequence[np.random.Generator] = ()
    ) -> Stack:
        return Stack(self, p, g, memory, rngs)

    def footprint(self, batch_size: int) -> int:
        # parameters, gradient, two moments and scratch; activations once forward, once back
        return BYTES * (5 * self.n_parameters + 2 * batch_size * self.n_units)

    def largest_layer(self, batch_size: int) -> int:
        return BYTES * 4 * batch_size * max(layer.n_units for layer in self.layers)

    def parts(self, flat: Tensor) -> list[Tensor]:
        """Per stage its parameters (K, n) inside `flat` (K, P)."""
        return list(flat.split([layer.n_parameters for layer in self.layers], 1))


@dataclass(frozen=True)
class MLP(Layered):
    """A multilayer perceptron.

    Attributes:
        sizes: Units per layer, input first: (64, 64, 10).
        activation: Key in `ACTIVATIONS`, between layers.
        bias: Whether layers have biases.
        dropout: Share of the hidden units that is dropped in training.
        batch_norm: Whether hidden layers normalise before their activation.
    """

    sizes: tuple[int, ...]
    activation: str = "relu"
    loss: Loss = CROSS_ENTROPY
    bias: bool = True
    dropout: float = 0.0
    batch_norm: bool = False

    @property
    def layers(self) -> tuple[Layer, ...]:
        gain = ACTIVATIONS[self.activation].gain
        linear = [
            Linear(n_in, n_out, self.bias, gain)
            for n_in, n_out in zip(self.sizes[:-1], self.sizes[1:], strict=True)
        ]
        return (*(self._hidden(layer) for layer in linear[:-1]), linear[-1])

    def _hidden(self, linear: Linear) -> Chain:
        layers: list[Layer] = [linear]
        if self.batch_norm:
            layers.append(BatchNorm(linear.n_out))
        layers.append(Activation(self.activation))
        if self.dropout:
            layers.append(Dropout(linear.n_out, self.dropout))
        return Chain(tuple(layers))


class Batched:
    """Models that compute together: what all kinds of stacks have in common.

    Args:
        loss: Of all models.

    Attributes:
        parts: Their parameters and gradients, in parts: each a pair (rows, n). A part with
            fewer rows than there are models is the first ones'.
    """

    parts: Sequence[tuple[Tensor, Tensor]]

    def __init__(self, loss: Loss) -> None:
        self.loss = loss

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        """(K, features, batch) -> (K, outputs, batch): logits, or values."""
        raise NotImplementedError

    def gradients(self, x: Tensor, y: Tensor) -> None:
        """Writes dL/dp of the mean loss over the batch into the gradients.

        Args:
            x: Inputs, (K, features, batch).
            y: Targets, (K, outputs, batch): one-hot (or soft) classes, or values.
        """
        raise NotImplementedError

    def losses(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean loss and share of right predictions per model, each (K,)."""
        z = self.forward(x)
        return self.loss.value(z, y), self.loss.right(z, y)


class ByHand(Batched):
    """Stacks whose backward pass is written out.

    Args:
        loss: Of all models.
        memory: Their buffers.
    """

    def __init__(self, loss: Loss, memory: Workspace) -> None:
        super().__init__(loss)
        self._memory = memory

    def gradients(self, x: Tensor, y: Tensor) -> None:
        with torch.inference_mode():  # nothing is traced: less bookkeeping per operation
            self.backward(self.output_gradient(self.forward(x, train=True), y))

    def backward(self, delta: Tensor) -> None:
        """Writes dL/dp into the gradients, given dL/d(output) of the last `forward`,
        (K, outputs, batch).
        """
        raise NotImplementedError

    def output_gradient(self, z: Tensor, y: Tensor) -> Tensor:
        """dL/dz of the mean loss, (K, outputs, batch)."""
        return self.loss.gradient(z, y, self._memory("delta", *z.shape, dtype=z.dtype))


class Stack(ByHand):
    """K models of one net of layers, their parameters and their gradients.

    Args:
        net: The net.
        p: Parameters, (K, P); views are kept, so in-place updates are seen.
        g: Gradients, (K, P); `gradients` writes here.
        memory: Shared between stacks that take turns.
        rngs: A generator per model, where the net has dropout.
    """

    def __init__(
        self, net: Layered, p: Tensor, g: Tensor, memory: Workspace,
        rngs: Sequence[np.random.Generator] = (),
    ) -> None:
        super().__init__(net.loss, memory)
        self.net, self.p, self.g = net, p, g
        self.parts = [(p, g)]
        self._chain = Chain(net.layers).bind(Place(p, g, memory, "net", rngs))

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        return self._chain.forward(x, train)

    def stages(self, x: Tensor, train: bool = False) -> list[Tensor]:
        """The output of every stage of the net, each (K, units, batch)."""
        outputs = []
        for stage in self._chain.bound:
            x = stage.forward(x, train)
            outputs.append(x)
        return outputs

    def backward(self, delta: Tensor) -> None:
        self._chain.backward(delta, need_dx=False)

    def input_gradients(self, delta: Tensor) -> list[Tensor]:
        """Like `backward`; returns dL/d(input) of every stage, each (K, units, batch)."""
        found = []
        for stage in reversed(self._chain.bound):
            delta = stage.backward(delta)
            found.append(delta.clone())  # the next stage may write over it
        return found[::-1]
