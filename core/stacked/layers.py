"""The layers of stacked nets, each with its backward pass beside its forward pass.

A layer is described by a small frozen class (`Linear(64, 10)`); `bind` joins it to a
stack's parameters and gradients and gives the object that computes. Activations are
(K, features, batch): K models, feature-major. On a CPU a batched product with a 10-wide
output is four times as fast this way round as with the batch first.

The backward passes are written out (Rumelhart et al. 1986, eqs. 3-8) rather than traced:
at these sizes half of autograd's time is bookkeeping. `tests/test_layers.py` holds each of
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
    """

    p: Tensor
    g: Tensor
    memory: Workspace
    name: str
    rngs: Sequence[np.random.Generator] = ()

    def part(self, start: int, length: int, name: str) -> Place:
        """The place of a part of this layer: `length` parameters from `start` on."""
        here = slice(start, start + length)
        return Place(self.p[:, here], self.g[:, here], self.memory, f"{self.name}.{name}",
                     self.rngs)

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
        self._place = place
        self.weight, self.bias = layer.views(place.p)
        self.d_weight, self.d_bias = layer.views(place.g)

    def forward(self, x: Tensor, train: bool) -> Tensor:
        self._x = x
        k, n_out, _ = self.weight.shape
        z = self._place.buffer("z", k, n_out, x.shape[2], dtype=x.dtype)
        if self.bias is None:
            return torch.bmm(self.weight, x, out=z)
        return torch.baddbmm(self.bias, self.weight, x, out=z)

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        # bmm is only batched into contiguous memory, which a slice of the gradients is not
        product = self._place.memory("product", *self.d_weight.shape, dtype=dy.dtype)
        self.d_weight.copy_(torch.bmm(dy, self._x.transpose(1, 2), out=product))
        if self.d_bias is not None:
            torch.sum(dy, 2, keepdim=True, out=self.d_bias)
        if not need_dx:
            return dy
        dx = self._place.buffer("dx", *self._x.shape, dtype=dy.dtype)
        return torch.bmm(self.weight.transpose(1, 2), dy, out=dx)


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
    def _matrix(self) -> Linear:
        return Linear(9 * self.n_in, self.n_out, gain=self.gain)

    @property
    def n_parameters(self) -> int:
        return self._matrix.n_parameters

    @property
    def n_units(self) -> int:
        return (self.n_out + 9 * self.n_in) * self.size**2

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return self._matrix.init(rng)

    def bind(self, place: Place) -> Bound:
        return _Conv(self, place)


class _Conv:
    """The image is laid out in patches, (9 * channels, pixels * batch): then it is linear."""

    def __init__(self, layer: Conv, place: Place) -> None:
        self._layer, self._place = layer, place
        self._linear = _Linear(layer._matrix, place)

    def forward(self, x: Tensor, train: bool) -> Tensor:
        c, s, (k, _, n) = self._layer.n_in, self._layer.size, x.shape
        padded = self._place.memory("padded", k, c, s + 2, s + 2, n, dtype=x.dtype).zero_()
        padded[:, :, 1:-1, 1:-1] = x.view(k, c, s, s, n)
        patches = self._place.buffer("patches", k, c, 3, 3, s, s, n, dtype=x.dtype)
        for i, j in _SHIFTS:
            patches[:, :, i, j] = padded[:, :, i : i + s, j : j + s]
        z = self._linear.forward(patches.view(k, 9 * c, s * s * n), train)
        return z.view(k, self._layer.n_out * s * s, n)

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        c, s, (k, _, n) = self._layer.n_in, self._layer.size, dy.shape
        d_patches = self._linear.backward(dy.view(k, self._layer.n_out, s * s * n), need_dx)
        if not need_dx:
            return dy
        d_patches = d_patches.view(k, c, 3, 3, s, s, n)
        padded = self._place.memory("padded", k, c, s + 2, s + 2, n, dtype=dy.dtype).zero_()
        for i, j in _SHIFTS:
            padded[:, :, i : i + s, j : j + s] += d_patches[:, :, i, j]
        dx = self._place.buffer("dx", k, c * s * s, n, dtype=dy.dtype)
        dx.view(k, c, s, s, n).copy_(padded[:, :, 1:-1, 1:-1])
        return dx


_SHIFTS = [(i, j) for i in range(3) for j in range(3)]


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
        self._gamma, self._beta = place.p[:, :n], place.p[:, n:]
        self._d_gamma, self._d_beta = place.g[:, :n], place.g[:, n:]
        self._mean = torch.zeros(k * n, dtype=dtype)
        self._var = torch.ones(k * n, dtype=dtype)
        self._n = n

    def forward(self, x: Tensor, train: bool) -> Tensor:
        # all models' channels as those of one image batch: one fused operation for all
        self._x = x.view(1, len(x) * self._n, -1)
        self._weight = self._gamma.reshape(-1)
        y, self._batch_mean, self._batch_scale = torch.native_batch_norm(
            self._x, self._weight, self._beta.reshape(-1), self._mean, self._var, train, 0.1, 1e-5
        )
        self._train = train
        return y.view(x.shape)

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


@dataclass(frozen=True)
class Gated:
    """y = skip * x + scale * F(x), where F keeps the size: a block of a residual net.

    The gates are the last three parameters of the block, so that every model of a stack can
    be of another kind: `skip` and `scale`, and `learned`, which says whether the scale is
    trained. 0, 1, 0 is a plain layer, as which it starts; 1, 1, 0 a residual block (He et al.
    2016); 1, 0, 1 ReZero (Bachlechner et al. 2021). Do not let weight decay act on them.
    """

    inner: Layer

    @property
    def n_parameters(self) -> int:
        return self.inner.n_parameters + 3

    @property
    def n_units(self) -> int:
        return 2 * self.inner.n_units

    def init(self, rng: np.random.Generator) -> np.ndarray:
        return np.concatenate([self.inner.init(rng), [0.0, 1.0, 0.0]])

    def bind(self, place: Place) -> Bound:
        return _Gated(self, place)


class _Gated:
    def __init__(self, layer: Gated, place: Place) -> None:
        n = layer.inner.n_parameters
        self._place = place
        self._inner = layer.inner.bind(place.part(0, n, "inner"))
        self._skip, self._scale, self._learned = place.p[:, n:, None].split(1, 1)
        self._d_gates = place.g[:, n:].zero_()

    def forward(self, x: Tensor, train: bool) -> Tensor:
        self._f = self._inner.forward(x, train)
        y = torch.mul(x, self._skip, out=self._place.buffer("y", *x.shape, dtype=x.dtype))
        return y.addcmul_(self._f, self._scale)

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        df = self._place.memory("df", *dy.shape, dtype=dy.dtype)
        torch.mul(dy, self._f, out=df)
        self._d_gates[:, 1] = df.sum((1, 2)).mul_(self._learned[:, 0, 0])
        torch.mul(dy, self._scale, out=df)
        dx = self._inner.backward(df)
        return dx.addcmul_(dy, self._skip)
