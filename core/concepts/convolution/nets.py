"""The nets of the main lab: what each is made of, and its own good learning rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.concepts.convolution.tasks import N_CLASSES
from core.lazy import torch
from core.stacked.cnn import CNN, Block
from core.stacked.layers import Workspace
from core.stacked.nets import MLP, Batched, Net
from core.stacked.race import Block as Together
from core.stacked.race import Runner

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["cnn", "cnn_flat", "mlp_equal", "mlp_nine"]
NET_NAMES = {
    "cnn": "CNN", "cnn_flat": "CNN, places kept", "mlp_equal": "Dense, as many weights",
    "mlp_nine": "Dense, 9 x the weights",
}
BLOCKS = (Block(8, pool=True), Block(16, pool=True), Block(16))
WIDTHS = {16: {"mlp_equal": 14, "mlp_nine": 128}, 8: {"mlp_equal": 50, "mlp_nine": 453}}
"""Hidden units that give a dense net as many weights as the CNN, or nine times as many, by the
side of the images."""


@dataclass(frozen=True)
class Kind:
    """A kind of net.

    Attributes:
        make: From the side of the images.
        learning_rate: Adam's, with which it does best; found on seeds 0 to 9.
    """

    make: Callable[[int], Net]
    learning_rate: float


def _dense(name: str) -> Callable[[int], Net]:
    return lambda side: MLP((side * side, WIDTHS[side][name], N_CLASSES))


KINDS: dict[str, Kind] = {
    "cnn": Kind(lambda side: CNN(BLOCKS, (1, side)), 0.01),
    "cnn_flat": Kind(lambda side: CNN(BLOCKS, (1, side), flat=True), 0.005),
    "mlp_equal": Kind(_dense("mlp_equal"), 0.005),
    "mlp_nine": Kind(_dense("mlp_nine"), 0.003),
}
"""LeCun et al. 1998 keep the places at the end; Lin et al. 2014 take the mean of each map."""


class Stack:
    """The nets of one kind, one per seed, and their optimizer.

    Args:
        net: Their shape.
        seeds: One net each, with its own initial weights.
        learning_rate: Adam's.
    """

    def __init__(self, net: Net, seeds: Sequence[int], learning_rate: float) -> None:
        self.net = net
        start = np.stack([net.init(np.random.default_rng((seed, 0))) for seed in seeds])
        self.p = torch.from_numpy(start)
        with torch.inference_mode():
            memory = Workspace()
            g = torch.zeros_like(self.p)
            rngs = [np.random.default_rng((seed, 16)) for seed in seeds]
            self.stack: Batched = net.bind(self.p, g, memory, rngs)
            runners = [Runner("adam", {"learning_rate": learning_rate}, s)
                       for s in range(len(seeds))]
            self._together = Together(self.stack, runners, len(seeds))

    def step(self, x: Tensor, y: Tensor, rate_factor: float) -> None:
        """One update of all, on a batch per seed."""
        self._together.step(x, y, rate_factor)

    def outputs(self, x: Tensor, at_a_time: int = 128) -> Tensor:
        """Logits (S, classes, n) of images (S, pixels, n), some at a time: the cache is small."""
        with torch.inference_mode():
            parts = [self.stack.forward(part).clone() for part in x.split(at_a_time, 2)]
            return torch.cat(parts, 2)


def multiply_adds(net: Net) -> int:
    """Products that one image costs on its way through; a formula."""
    if isinstance(net, MLP):
        return sum(a * b for a, b in zip(net.sizes[:-1], net.sizes[1:], strict=True))
    assert isinstance(net, CNN)
    total, side = 0, net.image[1]
    for block, n_in in zip(net.blocks, net.channels[:-1], strict=True):
        total += block.channels * n_in * block.kernel**2 * side**2
        side //= 2 if block.pool else 1
    return total + sum(n_out * n_in for n_out, n_in in net.dense.values())


def made(names: Sequence[str], side: int) -> Mapping[str, Net]:
    """The nets of those names."""
    return {name: KINDS[name].make(side) for name in names}
