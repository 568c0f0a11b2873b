"""What the third lab builds nets of: blocks that take C maps and give C maps of the same size.

A net is a stem, the block, pooling, the block again, and the mean of each map. Blocks side by side
(`Branches`) are one wide block whose parts see the same maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.cnn import Block, models
from core.stacked.functions import dropout, linear
from core.stacked.losses import CROSS_ENTROPY, Loss
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

One = Mapping[str, "Tensor"]
Chain = tuple[Block, ...]
"""One after the other."""


@dataclass(frozen=True)
class Activation:
    """What bends a layer's sums.

    Attributes:
        of: Of sums of any shape.
        gain: By which weights are larger at the start, so that the scale of what comes in is kept.
    """

    of: Callable[[Tensor], Tensor]
    gain: float


ACTIVATIONS = {
    "relu": Activation(lambda z: z.relu(), 2**0.5),  # He et al. 2015, eq. 10
    # tanh z = 2 sigmoid(2 z) - 1: the vectorised sigmoid is faster than tanh
    "tanh": Activation(lambda z: 2 * torch.sigmoid(2 * z) - 1, 5 / 3),  # LeCun et al. 1998
    "sigmoid": Activation(lambda z: z.sigmoid(), 1.0),
}


@dataclass(frozen=True)
class Bare(Block):
    """A convolution without batch norm, whose sums are bent as one likes.

    Attributes:
        activation: A key of `ACTIVATIONS`.
    """

    batch_norm: bool = False
    relu: bool = False
    activation: str = "relu"

    def start(self, name: str, n_in: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Weights with the gain of the activation, biases 0."""
        shape = self.shapes(name, n_in)[f"{name}.weight"]
        scale = ACTIVATIONS[self.activation].gain / np.prod(shape[1:]) ** 0.5
        return {f"{name}.weight": rng.standard_normal(shape) * scale,
                f"{name}.bias": np.zeros(self.channels)}

    def forward(self, p: One, name: str, images: Tensor, train: bool) -> Tensor:
        """As of any block; its activation rises, so that it may come after the pooling."""
        return ACTIVATIONS[self.activation].of(super().forward(p, name, images, train))


@dataclass(frozen=True)
class Branches:
    """Chains side by side, all of the same maps; what they make lies one behind the other.

    Attributes:
        chains: Each of one block or more.
        pooled: Whether the last one sees the largest of each 3 x 3 instead (Szegedy et al. 2015).
    """

    chains: tuple[Chain, ...]
    pooled: bool = False

    @property
    def channels(self) -> int:
        return sum(chain[-1].channels for chain in self.chains)

    def parts(self, name: str, n_in: int) -> list[tuple[str, Block, int]]:
        """Name, block and channels that come in, of all blocks."""
        found = []
        for i, chain in enumerate(self.chains):
            before = n_in
            for j, block in enumerate(chain):
                found.append((f"{name}_{i}_{j}", block, before))
                before = block.channels
        return found

    def forward(self, p: One, name: str, images: Tensor, train: bool) -> Tensor:
        """One model's maps (B, in, height, width) to (B, channels, height, width)."""
        made = []
        for i, chain in enumerate(self.chains):
            maps = images
            if self.pooled and i == len(self.chains) - 1:
                maps = torch.nn.functional.max_pool2d(images, 3, 1, 1)
            for j, block in enumerate(chain):
                maps = block.forward(p, f"{name}_{i}_{j}", maps, train)
            made.append(maps)
        return torch.cat(made, 1) if len(made) > 1 else made[0]


@dataclass(frozen=True)
class Built(Program):
    """A stem, stages with pooling before each, and dense layers on the mean of each map.

    Attributes:
        stem: The first block, on the image.
        stages: In their order.
        overlap: Whether the windows of pooling, 3 x 3 instead of 2 x 2, overlap (Krizhevsky et al.
            2012, section 3.4).
        flat: Whether all places of the last maps go on as they are; else the mean of each map does.
        hidden: Units of a dense layer before the last one; 0 for none.
        activation: Of that layer.
        dropout: Share that is dropped before every dense layer.
        side: Of the images.
        n_classes: Outputs.
    """

    stem: Block
    stages: tuple[Branches, ...]
    overlap: bool = False
    flat: bool = False
    hidden: int = 0
    activation: str = "relu"
    dropout: float = 0.0
    side: int = 16
    n_classes: int = 10
    loss: Loss = CROSS_ENTROPY

    @property
    def parts(self) -> list[tuple[str, Block, int]]:
        """Name, block and channels that come in, of all blocks."""
        found, n_in = [("stem", self.stem, 1)], self.stem.channels
        for i, stage in enumerate(self.stages):
            found += stage.parts(f"stage{i}", n_in)
            n_in = stage.channels
        return found

    @property
    def dense(self) -> dict[str, tuple[int, int]]:
        """Of the dense layers, by name, outputs and inputs."""
        places = (self.side >> len(self.stages)) ** 2 if self.flat else 1
        n_in = self.stages[-1].channels * places
        if not self.hidden:
            return {"head": (self.n_classes, n_in)}
        return {"hidden": (self.hidden, n_in), "head": (self.n_classes, self.hidden)}

    @property
    def shapes(self) -> Shapes:
        found: dict[str, tuple[int, ...]] = {}
        for name, block, n_in in self.parts:
            found |= block.shapes(name, n_in)
        for name, (n_out, n_in) in self.dense.items():
            found |= {f"{name}.weight": (n_out, n_in), f"{name}.bias": (n_out,)}
        return found

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for name, block, _ in self.parts:
            found |= block.state(name)
        return found

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for name, block, n_in in self.parts:
            found |= block.start(name, n_in, rng)
        for name, (n_out, n_in) in self.dense.items():
            gain = 1 if name == "head" else ACTIVATIONS[self.activation].gain  # none follows it
            weight = rng.standard_normal((n_out, n_in)) * (gain**2 / n_in) ** 0.5
            found |= {f"{name}.weight": weight, f"{name}.bias": np.zeros(n_out)}
        return found

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        train = rngs is not None
        h = torch.stack([
            self._read(self.maps(own, images.t().reshape(-1, 1, self.side, self.side), train))
            for own, images in zip(models(p), x, strict=True)
        ])
        for name in self.dense:
            h = linear(dropout(h, self.dropout, rngs), p[f"{name}.weight"], p[f"{name}.bias"])
            h = h if name == "head" else ACTIVATIONS[self.activation].of(h)
        return h.transpose(1, 2)

    def _read(self, maps: Tensor) -> Tensor:
        """What dense layers see of one model's last maps, (B, numbers)."""
        return maps.flatten(1) if self.flat else maps.mean((2, 3))

    def maps(self, p: One, images: Tensor, train: bool) -> Tensor:
        """The last maps of one model, (B, channels, height, width)."""
        maps = self.stem.forward(
            p, "stem", images.contiguous(memory_format=torch.channels_last), train)
        for i, stage in enumerate(self.stages):
            pool = torch.nn.functional.max_pool2d
            maps = pool(maps, 3, 2, 1) if self.overlap else pool(maps, 2)
            maps = stage.forward(p, f"stage{i}", maps, train)
        return maps

    @property
    def multiply_adds(self) -> int:
        """Products that one image costs on its way through; a formula."""
        total = sum(n_out * n_in for n_out, n_in in self.dense.values())
        for name, block, n_in in self.parts:
            pools = 0 if name == "stem" else int(name[5]) + 1  # "stage0_1_0"
            total += block.channels * n_in * block.kernel**2 * (self.side >> pools) ** 2
        return total


def chain(*blocks: Block) -> Branches:
    """Blocks one after the other, as one stage."""
    return Branches((blocks,))


def reach(blocks: Sequence[Block]) -> int:
    """The side of the window that one number sees through a chain: a formula."""
    return 1 + sum(block.kernel - 1 for block in blocks)


def reach_measured(stage: Branches, n_in: int) -> int:
    """The side of the window in which a change of what comes in changes the middle number that
    comes out: by the gradient, with all weights positive, and small so that nothing saturates.
    """
    side = 15
    x = torch.ones(1, n_in, side, side, requires_grad=True)
    shapes = {key: shape for name, block, before in stage.parts("stage", n_in)
              for key, shape in block.shapes(name, before).items()}
    p = {key: torch.full(shape, 0.01) for key, shape in shapes.items()}
    p |= {key: torch.from_numpy(a).float() for name, block, _ in stage.parts("stage", n_in)
          for key, a in block.state(name).items()}
    out = stage.forward(p, "stage", x, train=False)
    (gradient,) = torch.autograd.grad(out[0, :, side // 2, side // 2].sum(), x)
    return int((gradient[0].abs().sum(0) > 0).any(0).sum())
