"""Nets one after the other as torch's users write them: what stacks of them stand beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

    from core.stacked.cnn import CNN


class Loop:
    """A net of torch.nn and an Adam for each row of parameters.

    Args:
        net: What the rows are of.
        nets: One for each row, their parameters in the same order.
        p: (K, P).
        learning_rate: Adam's.
    """

    def __init__(
        self, net: CNN, nets: Sequence[nn.Module], p: Tensor, learning_rate: float
    ) -> None:
        self.nets, self._side = nets, net.image[1]
        sizes = [own.numel() for own in nets[0].parameters()]
        with torch.no_grad():
            for own, row in zip(nets, p, strict=True):
                for part, given in zip(own.parameters(), row.split(sizes), strict=True):
                    part.copy_(given.view(part.shape))
        self._optimizers = [torch.optim.Adam(own.parameters(), learning_rate) for own in nets]

    def images(self, x: Tensor) -> Tensor:
        """The stack's (K, pixels, B) as these nets take them, (K, B, 1, side, side)."""
        return x.transpose(1, 2).reshape(len(x), -1, 1, self._side, self._side).contiguous()

    def step(self, x: Tensor, y: Tensor) -> None:
        """An update of each on its own images (K, B, 1, side, side) and labels (K, B)."""
        for own, optimizer, images, labels in zip(self.nets, self._optimizers, x, y, strict=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(own(images), labels).backward()
            optimizer.step()

    def flat(self) -> Tensor:
        """All parameters, as they lie in the stack: (K, P)."""
        return torch.stack([torch.cat([part.detach().flatten() for part in own.parameters()])
                            for own in self.nets])
