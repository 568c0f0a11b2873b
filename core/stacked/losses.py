"""Losses of many models at once.

Outputs `z` are (K, outputs, ...): K models, their logits or values, and then what they say them
about: a batch, or the places of a batch of sequences. Targets `y` are alike. Everything is a mean
over the examples, per model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Protocol):
    """What models are trained to make small."""

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        """The mean loss of every model, (K,). Autograd can follow it."""

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        """Its derivative dL/dz, like `z`, written into `out`: for backward passes by hand."""

    def right(self, z: Tensor, y: Tensor) -> Tensor:
        """The share of predictions that are right, (K,)."""


@dataclass(frozen=True)
class CrossEntropy:
    """-sum_c y_c log softmax(z)_c, on logits; targets are one-hot, or soft, classes."""

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return _cross_entropies(z, y).flatten(1).mean(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        return torch.sub(torch.softmax(z, 1, out=out), y, out=out).div_(z[0, 0].numel())

    def right(self, z: Tensor, y: Tensor) -> Tensor:
        return _hits(z, y).flatten(1).mean(1)


@dataclass(frozen=True)
class MaskedCrossEntropy:
    """Cross-entropy where some examples have no target: the mean is over those that have one.

    An example has none where its `y` is all zeros. A model needs at least one target.
    """

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        given = y.sum(1)  # of one-hot targets: 1, or 0 where there is none
        return (_cross_entropies(z, y) * given).flatten(1).sum(1) / given.flatten(1).sum(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        given = y.sum(1, keepdim=True)
        share = given / given.flatten(1).sum(1).view(-1, *[1] * (z.dim() - 1))
        return torch.sub(torch.softmax(z, 1, out=out), y, out=out).mul_(share)

    def right(self, z: Tensor, y: Tensor) -> Tensor:
        given = y.sum(1)
        return (_hits(z, y) * given).flatten(1).sum(1) / given.flatten(1).sum(1)


@dataclass(frozen=True)
class SquaredError:
    """Half the squared error, summed over outputs. A prediction is right when its signs are."""

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return 0.5 * (z - y).square().sum(1).flatten(1).mean(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        return torch.sub(z, y, out=out).div_(z[0, 0].numel())

    def right(self, z: Tensor, y: Tensor) -> Tensor:
        return ((z > 0) == (y > 0)).all(1).to(z.dtype).flatten(1).mean(1)


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """-y log s(z) - (1 - y) log(1 - s(z)) with the sigmoid s, on logits, summed over outputs.

    Targets are probabilities. A prediction is right when it is on their side of a half.
    """

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        each = torch.nn.functional.softplus(z) - y * z
        return each.sum(1).flatten(1).mean(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        return torch.sub(torch.sigmoid(z, out=out), y, out=out).div_(z[0, 0].numel())

    def right(self, z: Tensor, y: Tensor) -> Tensor:
        return ((z > 0) == (y > 0.5)).all(1).to(z.dtype).flatten(1).mean(1)


CROSS_ENTROPY = CrossEntropy()
MASKED_CROSS_ENTROPY = MaskedCrossEntropy()
SQUARED_ERROR = SquaredError()
BINARY_CROSS_ENTROPY = BinaryCrossEntropy()


def _cross_entropies(z: Tensor, y: Tensor) -> Tensor:
    """Of every example, (K, ...)."""
    largest = z.amax(1)  # taken out before the exponential, so that nothing overflows
    return largest + (z - largest[:, None]).exp_().sum(1).log_() - (z * y).sum(1)


def _hits(z: Tensor, y: Tensor) -> Tensor:
    """How right every prediction is, (K, ...): 1 where the true class has the largest logit, and
    where several share it, as often as a draw among them would be.
    """
    # argmax along a strided dimension costs more than the whole forward pass
    largest = z.amax(1)
    n_largest = (z >= largest[:, None]).sum(1).clamp_min_(1)
    return ((z * y).sum(1) >= largest) / n_largest
