"""Multilayer perceptrons, many at once: K models as one tensor program.

Tensors are feature-major: activations (K, features, batch), weights (K, out, in) as in
torch.nn.Linear. On a CPU a batched product with a 10-wide output is four times as fast
this way round as with the batch first.

The backward pass is written out (Rumelhart et al. 1986, eqs. 3-8) rather than traced:
at these sizes half of autograd's time is bookkeeping. `tests/test_stacked.py` holds it to
autograd in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


def _relu(z: Tensor, out: Tensor) -> Tensor:
    return torch.clamp_min(z, 0, out=out)


def _relu_backward(dh: Tensor, h: Tensor, out: Tensor) -> Tensor:
    return torch.ops.aten.threshold_backward.grad_input(dh, h, 0, grad_input=out)


def _tanh(z: Tensor, out: Tensor) -> Tensor:
    # tanh z = 2 sigmoid(2 z) - 1: the vectorised sigmoid is five times as fast as tanh
    torch.mul(z, 2, out=out)
    return torch.sigmoid(out, out=out).mul_(2).sub_(1)


def _tanh_backward(dh: Tensor, h: Tensor, out: Tensor) -> Tensor:
    return torch.ops.aten.tanh_backward.grad_input(dh, h, grad_input=out)


@dataclass(frozen=True)
class Activation:
    """A non-linearity, its derivative in terms of its output, and its He/LeCun gain."""

    forward: Callable[[Tensor, Tensor], Tensor]
    backward: Callable[[Tensor, Tensor, Tensor], Tensor]
    gain: float


ACTIVATIONS = {
    "relu": Activation(_relu, _relu_backward, 2**0.5),
    "tanh": Activation(_tanh, _tanh_backward, 1.0),
}


@dataclass(frozen=True)
class MLP:
    """The shape of a multilayer perceptron.

    Attributes:
        sizes: Units per layer, input first: (64, 64, 10).
        activation: Key in `ACTIVATIONS`, between layers.
        loss: "cross_entropy" on logits, or "mse": half the squared error, summed over
            outputs. Both are means over the batch.
        bias: Whether layers have biases.
    """

    sizes: tuple[int, ...]
    activation: str = "relu"
    loss: Literal["cross_entropy", "mse"] = "cross_entropy"
    bias: bool = True

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(out, in) per layer."""
        return [(n_out, n_in) for n_in, n_out in zip(self.sizes[:-1], self.sizes[1:], strict=True)]

    @property
    def n_parameters(self) -> int:
        return sum(n_out * (n_in + self.bias) for n_out, n_in in self.shapes)

    def init(self, rng: np.random.Generator) -> np.ndarray:
        """Initial parameters of one model, shape (n_parameters,), float32.

        Weights are normal with standard deviation gain / sqrt(fan_in) (He et al. 2015,
        eq. 10, for ReLU), biases zero.
        """
        gain = ACTIVATIONS[self.activation].gain
        parts = []
        for n_out, n_in in self.shapes:
            parts.append(rng.standard_normal(n_out * n_in) * gain / np.sqrt(n_in))
            parts.append(np.zeros(n_out * self.bias))
        return np.concatenate(parts).astype(np.float32)

    def views(self, flat: Tensor) -> list[tuple[Tensor, Tensor | None]]:
        """Per layer the weights (K, out, in) and biases (K, out, 1) inside `flat` (K, P)."""
        layers: list[tuple[Tensor, Tensor | None]] = []
        start = 0
        for n_out, n_in in self.shapes:
            weight = flat[:, start : start + n_out * n_in].view(-1, n_out, n_in)
            start += n_out * n_in
            bias = flat[:, start : start + n_out].unsqueeze(2) if self.bias else None
            start += n_out * self.bias
            layers.append((weight, bias))
        return layers


class Workspace:
    """Buffers for intermediate results, made once and used again at every step.

    Fresh tensors of this size are mapped and cleared by the operating system each time;
    and buffers shared by all blocks of a stack stay in the processor's cache.
    """

    def __init__(self) -> None:
        self._buffers: dict[tuple[object, ...], Tensor] = {}

    def __call__(self, name: str, *shape: int, dtype: torch.dtype) -> Tensor:
        key = (name, shape, dtype)
        if key not in self._buffers:
            self._buffers[key] = torch.empty(shape, dtype=dtype)
        return self._buffers[key]


class Stack:
    """K models of one shape, their parameters and their gradients.

    Args:
        net: The shape.
        p: Parameters, (K, P); views are kept, so in-place updates are seen.
        g: Gradients, (K, P); `gradients` writes here.
        workspace: Shared between stacks that take turns.
    """

    def __init__(self, net: MLP, p: Tensor, g: Tensor, workspace: Workspace) -> None:
        self.net, self.p, self.g = net, p, g
        self._layers, self._grads = net.views(p), net.views(g)
        self._activation = ACTIVATIONS[net.activation]
        self._buffer = workspace

    def forward(self, x: Tensor) -> list[Tensor]:
        """The input and every layer's output; x and all of them are (K, features, batch)."""
        outputs = [x]
        last = len(self._layers) - 1
        for i, (weight, bias) in enumerate(self._layers):
            shape = (len(weight), weight.shape[1], x.shape[2])
            z = self._buffer(f"z{i}", *shape, dtype=x.dtype)
            if bias is None:
                torch.bmm(weight, outputs[-1], out=z)
            else:
                torch.baddbmm(bias, weight, outputs[-1], out=z)
            outputs.append(z if i == last else self._activation.forward(z, z))
        return outputs

    def gradients(self, x: Tensor, y: Tensor) -> None:
        """Writes dL/dp of the mean loss over the batch into `g`.

        Args:
            x: Inputs, (K, features, batch).
            y: Targets, (K, outputs, batch): one-hot for cross-entropy, values for mse.
        """
        outputs = self.forward(x)
        delta = self._output_delta(outputs[-1], y)
        for i in range(len(self._layers) - 1, -1, -1):
            d_weight, d_bias = self._grads[i]
            # bmm is only batched into contiguous memory, which a slice of `g` is not
            product = self._buffer(f"w{i}", *d_weight.shape, dtype=x.dtype)
            d_weight.copy_(torch.bmm(delta, outputs[i].transpose(1, 2), out=product))
            if d_bias is not None:
                torch.sum(delta, 2, keepdim=True, out=d_bias)
            if i > 0:
                weight = self._layers[i][0]
                dh = self._buffer(f"d{i}", *outputs[i].shape, dtype=x.dtype)
                torch.bmm(weight.transpose(1, 2), delta, out=dh)
                delta = self._activation.backward(dh, outputs[i], dh)

    def _output_delta(self, z: Tensor, y: Tensor) -> Tensor:
        # softmax with cross-entropy and identity with mse share the same derivative form
        delta = self._buffer("delta", *z.shape, dtype=z.dtype)
        predicted = z if self.net.loss == "mse" else torch.softmax(z, 1, out=delta)
        return torch.sub(predicted, y, out=delta).div_(z.shape[2])

    def losses(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean loss and share of right predictions per model, each (K,).

        For mse with one output a prediction counts as right when its sign is.
        """
        z = self.forward(x)[-1]
        if self.net.loss == "mse":
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
