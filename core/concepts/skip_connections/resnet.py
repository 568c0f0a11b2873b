"""Residual nets as stacks: a block of such a net, and the net.

Plain and residual nets of one depth share a stack, as they differ in three numbers per block. Nets
of several depths share one, too: see `staggered`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.layers import (
    Activation,
    BatchNorm,
    Bound,
    Chain,
    Conv,
    Layer,
    Linear,
    MeanPool,
    Place,
)
from core.stacked.losses import CROSS_ENTROPY, Loss
from core.stacked.nets import Layered

if TYPE_CHECKING:
    from torch import Tensor


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
        inside = replace(place.part(0, n, "inner"), level=f"{place.level}gated ")
        self._inner = layer.inner.bind(inside)
        self._skip, self._scale, _ = place.p[:, n:, None].split(1, 1)
        self._learned = place.p[:, n + 2]
        place.g[:, n:].zero_()
        self._d_scale = place.g[:, n + 1]
        self._dot = torch.empty_like(self._learned)
        self._learns = False
        self._place, self._n = place, 0

    def forward(self, x: Tensor, train: bool) -> Tensor:
        if self._n != x.shape[2]:
            self._n = x.shape[2]
            self._y = self._place.buffer("y", *x.shape, dtype=x.dtype)
            self._df = self._place.memory("df", *x.shape, dtype=x.dtype)
            self._learns = bool(self._learned.any())  # as set before the first batch
        self._f = self._inner.forward(x, train)
        torch.mul(x, self._skip, out=self._y)
        return self._y.addcmul_(self._f, self._scale)

    def backward(self, dy: Tensor, need_dx: bool = True) -> Tensor:
        if self._learns:
            torch.mul(dy, self._f, out=self._df)
            torch.sum(self._df, (1, 2), out=self._dot)
            torch.mul(self._dot, self._learned, out=self._d_scale)
        else:  # stacks that take turns may share their gradients
            self._d_scale.zero_()
        torch.mul(dy, self._scale, out=self._df)
        dx = self._inner.backward(self._df)
        return torch.addcmul(dx, dy, self._skip, out=dy)


@dataclass(frozen=True)
class ResNet(Layered):
    """A stem, `depth` blocks of one layer each, and a linear read-out.

    Every block is `Gated`, so that plain and residual nets share a stack and differ in
    three numbers per block. After He et al. 2016, with one layer to a block and without
    down-sampling, so that nothing but depth changes with `depth`.

    Attributes:
        depth: Number of blocks.
        width: Units of a block, or channels of its image.
        image: Side of the image for convolutions; 0 for dense layers.
        batch_norm: Whether blocks normalise before their activation.
        gain: Of all weights: the root of 2 is He et al. 2015's for ReLU.
    """

    depth: int
    width: int = 32
    n_in: int = 64
    n_out: int = 10
    image: int = 0
    batch_norm: bool = False
    gain: float = 2**0.5
    loss: Loss = CROSS_ENTROPY

    @property
    def layers(self) -> tuple[Layer, ...]:
        return (self._stem, *(self._block for _ in range(self.depth)), self._head)

    @property
    def _stem(self) -> Layer:
        if self.image:
            return Conv(1, self.width, self.image, self.gain)
        return Linear(self.n_in, self.width, gain=self.gain)

    @property
    def _branch(self) -> Layer:
        if self.image:
            return Conv(self.width, self.width, self.image, self.gain)
        return Linear(self.width, self.width, gain=self.gain)

    @property
    def _block(self) -> Gated:
        layers: list[Layer] = [self._branch]
        if self.batch_norm:
            layers.append(BatchNorm(self.width, self.image**2 or 1))
        return Gated(Chain((*layers, Activation("relu"))))

    @property
    def _head(self) -> Layer:
        if not self.image:
            return Linear(self.width, self.n_out, gain=self.gain)
        pool = MeanPool(self.width, self.image, by=self.image // 2)
        return Chain((pool, Linear(pool.n_units, self.n_out, gain=self.gain)))

    def blocks(self, flat: Tensor) -> Tensor:
        """The parameters of all blocks inside `flat`, (K, depth, n)."""
        start, n = self._stem.n_parameters, self._block.n_parameters
        return flat[:, start : start + self.depth * n].view(-1, self.depth, n)

    def weights(self, flat: Tensor) -> list[Tensor]:
        """The weights of stem, blocks and read-out inside `flat`, views: each (K, out, in), a
        row per neuron or filter.
        """
        layers = (self._stem, *(self._branch,) * self.depth, self._head)
        parts = zip(layers, self.parts(flat), strict=True)
        return [_matrix(layer).views(part)[0] for layer, part in parts]

    def gates(self, flat: Tensor) -> Tensor:
        """Per block `skip`, `scale` and `learned`, (K, depth, 3), a view: see `Gated`."""
        return self.blocks(flat)[:, :, -3:]


def _matrix(layer: Layer) -> Linear:
    # a layer's weights come first in its place; a pool before them has none
    if isinstance(layer, Chain):
        layer = layer.layers[-1]
    matrix = layer.matrix if isinstance(layer, Conv) else layer
    assert isinstance(matrix, Linear)
    return replace(matrix, bias=False)
