"""Small convolutional nets, many at once: blocks of convolution, batch norm, ReLU and pooling.

    CNN((Block(8, pool=True), Block(16, pool=True), Block(16)))  # 3778 parameters

Each model is a call of its own per layer, channels last: as groups of one call, or in the usual
order of memory, the same nets are slower on a processor. Everything else (losses, updates) is
stacked as for any `Program`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.functions import dropout, linear
from core.stacked.losses import CROSS_ENTROPY, Loss
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

One = Mapping[str, "Tensor"]  # parameters and state of one model, by name


@dataclass(frozen=True)
class Block:
    """A convolution with as much padding as keeps the size, and what follows it.

    Attributes:
        channels: That it makes.
        kernel: Its side, odd.
        pool: Whether every second pixel each way goes on, the largest of four.
        batch_norm: Whether channels are normalised; without it they have a bias.
        relu: Whether what is negative becomes 0.
    """

    channels: int
    kernel: int = 3
    pool: bool = False
    batch_norm: bool = True
    relu: bool = True

    def shapes(self, name: str, n_in: int) -> dict[str, tuple[int, ...]]:
        """Its parameters, for so many channels that come in."""
        own: dict[str, tuple[int, ...]] = {
            f"{name}.weight": (self.channels, n_in, self.kernel, self.kernel),
        }
        if self.batch_norm:
            own[f"{name}.gain"] = (self.channels,)
        return own | {f"{name}.bias": (self.channels,)}

    def state(self, name: str) -> dict[str, np.ndarray]:
        """Running means, as they begin."""
        if not self.batch_norm:
            return {}
        return {f"{name}.mean": np.zeros(self.channels), f"{name}.variance": np.ones(self.channels)}

    def start(self, name: str, n_in: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """He et al. 2015, eq. 10: the scale of what comes in is kept."""
        shapes = self.shapes(name, n_in)
        shape = shapes.pop(f"{name}.weight")
        weight = rng.standard_normal(shape) * (2 / np.prod(shape[1:])) ** 0.5
        rest = {key: np.full(s, float(key.endswith("gain"))) for key, s in shapes.items()}
        return {f"{name}.weight": weight} | rest

    def forward(self, p: One, name: str, images: Tensor, train: bool) -> Tensor:
        """One model's images, (B, in, height, width), to (B, channels, ...), channels last."""
        f = torch.nn.functional
        kernel = p[f"{name}.weight"].contiguous(memory_format=torch.channels_last)
        padding = self.kernel // 2
        if self.batch_norm:
            y = f.conv2d(images, kernel, padding=padding)
            y = f.batch_norm(y, p[f"{name}.mean"], p[f"{name}.variance"], p[f"{name}.gain"],
                             p[f"{name}.bias"], train)
        else:
            y = f.conv2d(images, kernel, p[f"{name}.bias"], padding=padding)
        # the largest of four first, then a quarter of the work for ReLU: the same numbers
        y = f.max_pool2d(y, 2) if self.pool else y
        return y.relu() if self.relu else y


@dataclass(frozen=True)
class CNN(Program):
    """Blocks, then what they found as one vector, then dense layers.

    Inputs are (K, channels x side x side, B), as those of dense nets: both learn from one batch.

    Attributes:
        blocks: In their order.
        image: Channels and side of the images.
        flat: Whether all places of the last maps go on as they are; else their mean does, a
            number per channel (global average pooling).
        hidden: Units of dense layers before the last one.
        dropout: Share that is dropped before every dense layer.
        n_classes: Outputs.
    """

    blocks: tuple[Block, ...]
    image: tuple[int, int] = (1, 16)
    flat: bool = False
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    n_classes: int = 10
    loss: Loss = CROSS_ENTROPY

    @property
    def names(self) -> list[str]:
        """Of the blocks, as their parameters' names begin."""
        return [f"block{i}" for i in range(1, len(self.blocks) + 1)]

    @property
    def channels(self) -> list[int]:
        """That come into each block, and those that leave the last."""
        return [self.image[0], *(block.channels for block in self.blocks)]

    @property
    def n_features(self) -> int:
        """What goes from the last block to the dense layers."""
        side = self.image[1] >> sum(block.pool for block in self.blocks)
        return self.channels[-1] * (side * side if self.flat else 1)

    @property
    def dense(self) -> dict[str, tuple[int, int]]:
        """Of the dense layers, by name, outputs and inputs."""
        sizes = [self.n_features, *self.hidden, self.n_classes]
        names = [*(f"dense{i}" for i in range(1, len(self.hidden) + 1)), "head"]
        return {name: (n_out, n_in)
                for name, n_in, n_out in zip(names, sizes[:-1], sizes[1:], strict=True)}

    @property
    def shapes(self) -> Shapes:
        found: dict[str, tuple[int, ...]] = {}
        for name, block, n_in in zip(self.names, self.blocks, self.channels[:-1], strict=True):
            found |= block.shapes(name, n_in)
        for name, (n_out, n_in) in self.dense.items():
            found |= {f"{name}.weight": (n_out, n_in), f"{name}.bias": (n_out,)}
        return found

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for name, block in zip(self.names, self.blocks, strict=True):
            found |= block.state(name)
        return found

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for name, block, n_in in zip(self.names, self.blocks, self.channels[:-1], strict=True):
            found |= block.start(name, n_in, rng)
        for name, (n_out, n_in) in self.dense.items():
            gain = 2 if name != "head" else 1  # no ReLU follows the last
            weight = rng.standard_normal((n_out, n_in)) * (gain / n_in) ** 0.5
            found |= {f"{name}.weight": weight, f"{name}.bias": np.zeros(n_out)}
        return found

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.read_out(p, self.features(p, x, rngs is not None), rngs)

    def features(self, p: Parameters, x: Tensor, train: bool = False) -> Tensor:
        """What goes to the dense layers, (K, B, n_features)."""
        return torch.stack([
            self._vector(self._stages(own, images, train)[-1])
            for own, images in zip(models(p), self.images(x), strict=True)
        ])

    def maps(self, p: Parameters, x: Tensor) -> list[Tensor]:
        """What every block makes of the inputs, each (K, B, channels, height, width)."""
        found = [self._stages(own, images, False)
                 for own, images in zip(models(p), self.images(x), strict=True)]
        return [torch.stack(stage) for stage in zip(*found, strict=True)]

    def read_out(self, p: Parameters, features: Tensor, rngs: Rngs | None = None) -> Tensor:
        """The dense layers: (K, B, n_features) -> (K, classes, B)."""
        h = features
        for name in self.dense:
            h = linear(dropout(h, self.dropout, rngs), p[f"{name}.weight"], p[f"{name}.bias"])
            h = h if name == "head" else h.relu()
        return h.transpose(1, 2)

    def images(self, x: Tensor) -> list[Tensor]:
        """Each model's, (B, channels, side, side) and channels last, out of (K, features, B)."""
        n_channels, side = self.image
        return [
            own.t().reshape(-1, n_channels, side, side)
            .contiguous(memory_format=torch.channels_last) for own in x
        ]

    def _stages(self, own: One, images: Tensor, train: bool) -> list[Tensor]:
        found = []
        for name, block in zip(self.names, self.blocks, strict=True):
            images = block.forward(own, name, images, train)
            found.append(images)
        return found

    def _vector(self, maps: Tensor) -> Tensor:
        """(B, channels, height, width) -> (B, n_features)."""
        return maps.flatten(1) if self.flat else maps.mean((2, 3))


def models(p: Parameters) -> Sequence[One]:
    """Of K models' parameters, each (K, ...), those of each."""
    parts = {name: stacked.unbind() for name, stacked in p.items()}
    k = len(next(iter(parts.values())))
    return [{name: own[i] for name, own in parts.items()} for i in range(k)]
