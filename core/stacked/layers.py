"""The layers of stacked nets, each with its backward pass beside its forward pass.

A layer is described by a small frozen class (`Linear(64, 10)`); `bind` joins it to a
stack's parameters and gradients and gives the object that computes. Activations are
(K, features, batch): K models, feature-major. On a CPU a batched product with a 10-wide
output is four times as fast this way round as with the batch first.

The backward passes are written out (Rumelhart et al. 1986, eqs. 3-8) rather than traced:
at these sizes half of autograd's time is bookkeeping. `tests/core/test_layers.py` holds each of
them to autograd in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


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


@dataclass(frozen=True)
class Place:
    """Where a layer finds what it works with.

    Attributes:
        p: Its own parameters, (K, n_parameters), a view into those of the stack.
        g: Their gradients, alike.
        memory: The stack's buffers.
        name: Unique in the stack; begins the names of the layer's buffers.
        rngs: A generator per model, for layers that draw at random.
        level: Begins the names of buffers that layers share: a layer of layers keeps its own.
    """

    p: Tensor
    g: Tensor
    memory: Workspace
    name: str
    rngs: Sequence[np.random.Generator] = ()
    level: str = ""

    def part(self, start: int, length: int, name: str) -> Place:
        """The place of a part of this layer: `length` parameters from `start` on."""
        here = slice(start, start + length)
        return Place(self.p[:, here], self.g[:, here], self.memory, f"{self.name}.{name}",
                     self.rngs, self.level)

    def buffer(self, name: str, *shape: int, dtype: torch.dtype) -> Tensor:
        return self.memory(f"{self.name}.{name}", *shape, dtype=dtype)


class Bound(Protocol):
    """A layer at work. `backward` follows the `forward` of the same batch."""

    def forward(self, x: Tensor, train: bool) -> Tensor:
        """(K, n_in, batch) -> (K, n_out, batch)."""

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        """dL/dy -> dL/dx; writes the gradients of the parameters. May overwrite `dy`."""


class Layer(Protocol):
    """The description of a layer."""

    @property
    def n_parameters(self) -> int:
        """Numbers that one model needs for it."""

    @property
    def n_units(self) -> int:
        """Numbers that one image leaves in it: what it remembers for the way back."""

    def init(self, rng: np.random.Generator) -> np.ndarray:
        """Initial parameters of one model, (n_parameters,)."""

    def bind(self, place: Place) -> Bound:
        """The layer on a stack's parameters."""


# --- linear ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Linear:
    """y = W x + b.

    Attributes:
        n_in: Inputs.
        n_out: Outputs.
        bias: Whether there is a b.
        gain: Weights start normal with standard deviation gain / sqrt(n_in): the root of 2
            keeps the scale through ReLU layers (He et al. 2015, eq. 10). Biases start at 0.
    """

    n_in: int
    n_out: int
    bias: bool = True
    gain: float = 2**0.5

    @property
    def n_parameters(self) -> int:
        return self.n_out * (self.n_in + self.bias)

    @property
    def n_units(self) -> int:
        return self.n_out

    def init(self, rng: np.random.Generator) -> np.ndarray:
        weight = rng.standard_normal(self.n_out * self.n_in) * self.gain / np.sqrt(self.n_in)
        return np.concatenate([weight, np.zeros(self.n_out * self.bias)])

    def views(self, flat: Tensor) -> tuple[Tensor, Tensor | None]:
        """The weights (K, out, in) and biases (K, out, 1) inside `flat` (K, n_parameters)."""
        n = self.n_out * self.n_in
        weight = flat[:, :n].view(-1, self.n_out, self.n_in)
        return weight, flat[:, n:].unsqueeze(2) if self.bias else None

    def bind(self, place: Place) -> Bound:
        return _Linear(self, place)


class _Linear:
    def __init__(self, layer: Linear, place: Place) -> None:
        self.weight, self.bias = layer.views(place.p)
        self.d_weight, self.d_bias = layer.views(place.g)
        self._transposed = self.weight.transpose(1, 2)
        # bmm is only batched into contiguous memory, which a slice of the gradients is not
        self._product = place.memory("product", *self.weight.shape, dtype=place.p.dtype)
        self._place = place
        self._x: Tensor | None = None
        self._dy: Tensor | None = None

    def forward(self, x: Tensor, train: bool) -> Tensor:
        if x is not self._x:  # inside a net it is the same buffer at every step
            self._x, self._x_transposed = x, x.transpose(1, 2)
            k, n_out, _ = self.weight.shape
            self._z = self._place.buffer("z", k, n_out, x.shape[2], dtype=x.dtype)
        if self.bias is None:
            return torch.bmm(self.weight, x, out=self._z)
        return torch.baddbmm(self.bias, self.weight, x, out=self._z)

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        self.d_weight.copy_(torch.bmm(dy, self._x_transposed, out=self._product))
        if self.d_bias is not None:
            torch.sum(dy, 2, keepdim=True, out=self.d_bias)
        if not need_dx:
            return dy
        if dy is not self._dy:
            self._dy, self._dx = dy, self._buffer_beside(dy)
        return torch.bmm(self._transposed, dy, out=self._dx)

    def _buffer_beside(self, dy: Tensor) -> Tensor:
        """One of two for all layers of a width, by turns: the other may be what comes in."""
        k, _, n_in = self.weight.shape
        first, second = (
            self._place.memory(f"{self._place.level}{name}", k, n_in, dy.shape[2], dtype=dy.dtype)
            for name in ("dx0", "dx1")
        )
        return second if first.data_ptr() == dy.data_ptr() else first


@dataclass(frozen=True)
class Conv:
    """A 3 x 3 convolution over an image, padded with zeros so that it keeps its size.

    Features are (channels, height, width), flattened. Weights are those of torch.nn.Conv2d,
    (out, in, 3, 3), and start as in `Linear` with n_in = 9 * channels.
    """

    n_in: int
    n_out: int
    size: int
    gain: float = 2**0.5

    @property
    def matrix(self) -> Linear:
        """The linear layer that it is on the image's patches: a row per filter."""
        return Linear(9 * self.n_in, self.n_out, gain=self.gain)

    @property
    def n_parameters(self) -> int:
        return self.matrix.n_parameters

    @property
    def n_units(self) -> int:
        return (self.n_out + self.n_in) * self.size**2

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return self.matrix.init(rng)

    def bind(self, place: Place) -> Bound:
        return _Conv(self, place)


class _Conv:
    """All models as groups of one of torch's convolutions, which wants the batch first."""

    def __init__(self, layer: Conv, place: Place) -> None:
        self._layer, self._place = layer, place
        n = layer.n_parameters - layer.n_out
        self._weight, self._bias = place.p[:, :n], place.p[:, n:]
        self._d_weight, self._d_bias = place.g[:, :n], place.g[:, n:]

    def forward(self, x: Tensor, train: bool) -> Tensor:
        k, _, n = x.shape
        c_in, c_out, s = self._layer.n_in, self._layer.n_out, self._layer.size
        self._x = self._place.buffer("x", n, k * c_in, s, s, dtype=x.dtype)
        _turn(x.view(-1, n), self._x.view(n, -1))
        y = torch.conv2d(self._x, self._weight.reshape(k * c_out, c_in, 3, 3),
                         self._bias.reshape(-1), padding=1, groups=k)
        z = self._place.buffer("z", k, c_out * s * s, n, dtype=x.dtype)
        _turn(y.view(n, -1), z.view(-1, n))
        return z

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        k, _, n = dy.shape
        c_in, c_out, s = self._layer.n_in, self._layer.n_out, self._layer.size
        turned = self._place.memory("turned", n, k * c_out, s, s, dtype=dy.dtype)
        _turn(dy.view(-1, n), turned.view(n, -1))
        dx, d_weight, d_bias = torch.ops.aten.convolution_backward(
            turned, self._x, self._weight.reshape(k * c_out, c_in, 3, 3), [k * c_out],
            [1, 1], [1, 1], [1, 1], False, [0, 0], k, [need_dx, True, True],
        )
        self._d_weight.copy_(d_weight.view(self._d_weight.shape))
        self._d_bias.copy_(d_bias.view(self._d_bias.shape))
        if not need_dx:
            return dy
        found = self._place.memory(f"{self._place.level}dx", k, c_in * s * s, n, dtype=dy.dtype)
        _turn(dx.view(n, -1), found.view(-1, n))
        return found


def _turn(a: Tensor, to: Tensor) -> None:
    to.copy_(a.t())


@dataclass(frozen=True)
class MeanPool:
    """Means over squares of `by` x `by` pixels of an image (channels, size, size)."""

    channels: int
    size: int
    by: int

    n_parameters = 0

    @property
    def n_units(self) -> int:
        return self.channels * (self.size // self.by) ** 2

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return np.empty(0)

    def bind(self, place: Place) -> Bound:
        return _MeanPool(self)


class _MeanPool:
    def __init__(self, layer: MeanPool) -> None:
        few = layer.size // layer.by
        self._squares = (layer.channels, few, layer.by, few, layer.by)

    def forward(self, x: Tensor, train: bool) -> Tensor:
        k, _, n = x.shape
        return x.view(k, *self._squares, n).mean((3, 5)).view(k, -1, n)

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        (k, _, n), (c, few, by, _, _) = dy.shape, self._squares
        spread = (dy / by**2).view(k, c, few, 1, few, 1, n)
        return spread.expand(k, c, few, by, few, by, n).reshape(k, -1, n)


# --- non-linear ------------------------------------------------------------------------


def _relu(z: Tensor) -> Tensor:
    return z.clamp_min_(0)


def _relu_backward(dh: Tensor, h: Tensor) -> Tensor:
    return torch.ops.aten.threshold_backward.grad_input(dh, h, 0, grad_input=dh)


def _tanh(z: Tensor) -> Tensor:
    # tanh z = 2 sigmoid(2 z) - 1: the vectorised sigmoid is five times as fast as tanh
    return z.mul_(2).sigmoid_().mul_(2).sub_(1)


def _tanh_backward(dh: Tensor, h: Tensor) -> Tensor:
    return torch.ops.aten.tanh_backward.grad_input(dh, h, grad_input=dh)


@dataclass(frozen=True)
class Function:
    """A non-linearity in place, its derivative by its output, and its He/LeCun gain."""

    forward: Callable[[Tensor], Tensor]
    backward: Callable[[Tensor, Tensor], Tensor]
    gain: float


ACTIVATIONS = {
    "relu": Function(_relu, _relu_backward, 2**0.5),
    "tanh": Function(_tanh, _tanh_backward, 1.0),
}


@dataclass(frozen=True)
class Activation:
    """A non-linearity out of `ACTIVATIONS`. Overwrites its input, which no layer needs twice."""

    name: str = "relu"

    n_parameters = 0
    n_units = 0

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return np.empty(0)

    def bind(self, place: Place) -> Bound:
        return _Activation(ACTIVATIONS[self.name])


class _Activation:
    def __init__(self, function: Function) -> None:
        self._function = function

    def forward(self, x: Tensor, train: bool) -> Tensor:
        self._h = self._function.forward(x)
        return self._h

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        return self._function.backward(dy, self._h)


# --- regularizing ----------------------------------------------------------------------


@dataclass(frozen=True)
class Dropout:
    """Sets each unit to zero with probability `rate` and scales the others by 1 / (1 - rate).

    Only in training. Srivastava et al. 2014, section 4, scaled at training time as torch
    does. The rate is taken in steps of 1/256: a byte decides over a unit.
    """

    n_units: int
    rate: float

    n_parameters = 0

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return np.empty(0)

    def bind(self, place: Place) -> Bound:
        return _Dropout(self, place)


class _Dropout:
    def __init__(self, layer: Dropout, place: Place) -> None:
        self._dropped = round(256 * layer.rate)  # of the 256 values of a byte
        self._place = place

    def forward(self, x: Tensor, train: bool) -> Tensor:
        self._mask = None
        if not train or not self._dropped:
            return x
        drawn = [np.frombuffer(rng.bytes(x[0].numel()), np.uint8) for rng in self._place.rngs]
        kept = torch.from_numpy(np.stack(drawn) >= self._dropped).view(x.shape)
        self._mask = self._place.buffer("mask", *x.shape, dtype=x.dtype).copy_(kept)
        self._mask.mul_(256 / (256 - self._dropped))
        return torch.mul(x, self._mask, out=self._place.buffer("h", *x.shape, dtype=x.dtype))

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        return dy if self._mask is None else dy.mul_(self._mask)


@dataclass(frozen=True)
class BatchNorm:
    """y = gamma (x - mean) / sqrt(var + eps) + beta, per channel. Ioffe & Szegedy 2015, alg. 1.

    In training with the mean and variance of the batch, else with their running means
    (momentum 0.1, eps 1e-5, the unbiased variance: torch's conventions). `pixels` features
    in a row share a channel: 1 for dense layers, height * width for images.
    """

    channels: int
    pixels: int = 1

    @property
    def n_parameters(self) -> int:
        return 2 * self.channels

    @property
    def n_units(self) -> int:
        return self.channels * self.pixels

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return np.repeat([1.0, 0.0], self.channels)

    def bind(self, place: Place) -> Bound:
        return _BatchNorm(self, place)


class _BatchNorm:
    def __init__(self, layer: BatchNorm, place: Place) -> None:
        n, k, dtype = layer.channels, len(place.p), place.p.dtype
        # torch wants them in a row each: (gamma or beta, K, n)
        self._p = place.p.view(k, 2, n).transpose(0, 1)
        self._row = place.buffer("gamma beta", 2, k, n, dtype=dtype)
        self._weight, self._bias = self._row.view(2, k * n)
        self._d_gamma, self._d_beta = place.g.view(k, 2, n).unbind(1)
        self._mean = torch.zeros(k * n, dtype=dtype)
        self._var = torch.ones(k * n, dtype=dtype)
        self._batch_mean, self._batch_scale = torch.empty(2, k * n, dtype=dtype)
        self._n, self._place = n, place
        self._input: Tensor | None = None

    def forward(self, x: Tensor, train: bool) -> Tensor:
        if x is not self._input:  # inside a net it is the same buffer at every step
            self._take(x)
        self._row.copy_(self._p)
        torch.native_batch_norm(
            self._x, self._weight, self._bias, self._mean, self._var, train, 0.1, 1e-5,
            out=(self._y, self._batch_mean, self._batch_scale),
        )
        self._train = train
        return self._output

    def _take(self, x: Tensor) -> None:
        # all models' channels as those of one image batch: one fused operation for all
        self._input, self._x = x, x.view(1, len(x) * self._n, -1)
        self._output = self._place.buffer("y", *x.shape, dtype=x.dtype)
        self._y = self._output.view(self._x.shape)

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        dx, d_gamma, d_beta = torch.ops.aten.native_batch_norm_backward(
            dy.view(self._x.shape), self._x, self._weight, self._mean, self._var,
            self._batch_mean, self._batch_scale, self._train, 1e-5, (True, True, True),
        )
        self._d_gamma.copy_(d_gamma.view(self._d_gamma.shape))
        self._d_beta.copy_(d_beta.view(self._d_beta.shape))
        return dx.view(dy.shape)


# --- of several layers -----------------------------------------------------------------


@dataclass(frozen=True)
class Chain:
    """Layers one after the other."""

    layers: tuple[Layer, ...]

    @property
    def n_parameters(self) -> int:
        return sum(layer.n_parameters for layer in self.layers)

    @property
    def n_units(self) -> int:
        return sum(layer.n_units for layer in self.layers)

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return np.concatenate([layer.init(rng) for layer in self.layers])

    def bind(self, place: Place) -> _Chain:
        bound, start = [], 0
        for i, layer in enumerate(self.layers):
            bound.append(layer.bind(place.part(start, layer.n_parameters, str(i))))
            start += layer.n_parameters
        return _Chain(bound)


class _Chain:
    def __init__(self, bound: Sequence[Bound]) -> None:
        self.bound = bound

    def forward(self, x: Tensor, train: bool) -> Tensor:
        for layer in self.bound:
            x = layer.forward(x, train)
        return x

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        for i in range(len(self.bound) - 1, -1, -1):
            dy = self.bound[i].backward(dy, need_dx or i > 0)
        return dy
