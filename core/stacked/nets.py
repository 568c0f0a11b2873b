"""Whole nets, many at once: K models as one tensor program.

A net is a description: its layers (`core/stacked/layers.py`) and its loss. A `Stack` is K
models of that description, with parameters (K, P) and inputs (K, features, batch).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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

if TYPE_CHECKING:
    from torch import Tensor

Loss = Literal["cross_entropy", "mse"]


class Net:
    """What the nets below have in common: everything follows from their layers.

    Attributes:
        loss: "cross_entropy" on logits, or "mse": half the squared error, summed over
            outputs. Both are means over the batch.
    """

    loss: Loss

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
        """Initial parameters of one model, shape (n_parameters,), float32."""
        return Chain(self.layers).init(rng).astype(np.float32)

    def parts(self, flat: Tensor) -> list[Tensor]:
        """Per stage its parameters (K, n) inside `flat` (K, P)."""
        return list(flat.split([layer.n_parameters for layer in self.layers], 1))


@dataclass(frozen=True)
class MLP(Net):
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
    loss: Loss = "cross_entropy"
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
        memory: Their buffers.

    Attributes:
        parts: Their parameters and gradients, in parts: each a pair (rows, n). A part with
            fewer rows than there are models is the first ones'.
    """

    parts: Sequence[tuple[Tensor, Tensor]]

    def __init__(self, loss: Loss, memory: Workspace) -> None:
        self.loss, self._memory = loss, memory

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        """(K, features, batch) -> (K, outputs, batch): logits, or values."""
        raise NotImplementedError

    def backward(self, delta: Tensor) -> None:
        """Writes dL/dp into the gradients, given dL/d(output) of the last `forward`,
        (K, outputs, batch).
        """
        raise NotImplementedError

    def gradients(self, x: Tensor, y: Tensor) -> None:
        """Writes dL/dp of the mean loss over the batch into the gradients.

        Args:
            x: Inputs, (K, features, batch).
            y: Targets, (K, outputs, batch): one-hot (or soft) classes, or values for mse.
        """
        self.backward(self.output_gradient(self.forward(x, train=True), y))

    def output_gradient(self, z: Tensor, y: Tensor) -> Tensor:
        """dL/dz of the mean loss, (K, outputs, batch)."""
        # softmax with cross-entropy and identity with mse share the same derivative form
        delta = self._memory("delta", *z.shape, dtype=z.dtype)
        predicted = z if self.loss == "mse" else torch.softmax(z, 1, out=delta)
        return torch.sub(predicted, y, out=delta).div_(z.shape[2])

    def losses(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean loss and share of right predictions per model, each (K,).

        For mse with one output a prediction counts as right when its sign is.
        """
        z = self.forward(x)
        if self.loss == "mse":
            loss = 0.5 * (z - y).square().sum(1).mean(1)
            right = (z > 0) == (y > 0)
            return loss, right.all(1).to(z.dtype).mean(1)
        # argmax along a strided dimension costs more than the whole forward pass: a
        # prediction is right when the true class has the largest logit, and where several
        # share it, as often as a draw among them would be
        largest, true = z.amax(1), (z * y).sum(1)
        n_largest = (z >= largest[:, None]).sum(1).clamp_min_(1)
        loss = largest + (z - largest[:, None]).exp_().sum(1).log_() - true
        return loss.mean(1), ((true >= largest) / n_largest).mean(1)


class Stack(Batched):
    """K models of one net, their parameters and their gradients.

    Args:
        net: The net.
        p: Parameters, (K, P); views are kept, so in-place updates are seen.
        g: Gradients, (K, P); `gradients` writes here.
        memory: Shared between stacks that take turns.
        rngs: A generator per model, where the net has dropout.
    """

    def __init__(
        self, net: Net, p: Tensor, g: Tensor, memory: Workspace,
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
