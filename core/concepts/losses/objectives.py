"""The losses of this page, each with its gradient beside it, many models at once.

Each fits `core.stacked.losses.Loss`: outputs `z` are (K, outputs, batch), targets `y` alike;
`value` is a mean over the batch, and `gradient` its derivative dL/dz. `tests/concepts/losses` holds
them to torch and to autograd.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.lazy import torch
from core.stacked.losses import CROSS_ENTROPY

if TYPE_CHECKING:
    from torch import Tensor

LOG_VARIANCE = (-12.0, 6.0)
"""Between these a net's log variance is kept: beyond them its gradient is 0."""


@dataclass(frozen=True)
class SquaredOnSoftmax:
    """sum_c (p_c - y_c)^2 with p = softmax(z): the Brier score of a class."""

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return (z.softmax(1) - y).square().sum(1).mean(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        p = z.softmax(1)
        d = p - y
        return torch.mul(p, d - (p * d).sum(1, keepdim=True), out=out).mul_(2 / z.shape[2])

    def right(self, z: Tensor, y: Tensor) -> Tensor:
        return CROSS_ENTROPY.right(z, y)


@dataclass(frozen=True)
class SquaredOnOutputs:
    """sum_c (z_c - y_c)^2: a regression on 0 and 1; the largest output is the answer."""

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return (z - y).square().sum(1).mean(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        return torch.sub(z, y, out=out).mul_(2 / z.shape[2])

    def right(self, z: Tensor, y: Tensor) -> Tensor:
        return CROSS_ENTROPY.right(z, y)


class OfNumbers:
    """What losses of numbers have in common: a prediction is right on the target's side of 0."""

    def right(self, z: Tensor, y: Tensor) -> Tensor:
        return ((z[:, :1] > 0) == (y > 0)).all(1).to(z.dtype).mean(1)


@dataclass(frozen=True)
class Absolute(OfNumbers):
    """|z - y|. Its gradient is the sign, whatever the size of the mistake."""

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return (z - y).abs().sum(1).mean(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        return torch.sub(z, y, out=out).sign_().div_(z.shape[2])


@dataclass(frozen=True)
class Huber(OfNumbers):
    """r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2), with r = z - y. Huber 1964."""

    delta: float

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        r = (z - y).abs()
        inside = r.clamp(max=self.delta)
        return (inside * (r - inside / 2)).sum(1).mean(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        return torch.sub(z, y, out=out).clamp_(-self.delta, self.delta).div_(z.shape[2])


@dataclass(frozen=True)
class SquaredOfMean(OfNumbers):
    """(z_0 - y)^2 / 2 of nets with two outputs: the second one learns nothing."""

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return (z[:, :1] - y).square().sum(1).mean(1) / 2

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        out[:, 1:] = 0
        torch.sub(z[:, :1], y, out=out[:, :1])
        return out.div_(z.shape[2])


@dataclass(frozen=True)
class GaussianNLL(OfNumbers):
    """-log N(y; mean z_0, variance exp z_1), weighted by the variance to the power beta.

    The weight is a constant to the gradient: beta 0 is the likelihood itself, beta 1 gives the
    mean the gradient of a squared error. Seitzer et al. 2022.
    """

    beta: float = 0.0

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return (self._weight(z).detach() * gaussian_nll(z, y)).mean(1)

    def gradient(self, z: Tensor, y: Tensor, out: Tensor) -> Tensor:
        log_variance = z[:, 1].clamp(*LOG_VARIANCE)
        kept = log_variance == z[:, 1]
        r, precision = z[:, 0] - y[:, 0], (-log_variance).exp()
        weight = self._weight(z) / z.shape[2]
        out[:, 0] = weight * r * precision
        out[:, 1] = weight * (1 - r.square() * precision) / 2 * kept
        return out

    def _weight(self, z: Tensor) -> Tensor:
        return (self.beta * z[:, 1].clamp(*LOG_VARIANCE)).exp()


def gaussian_nll(z: Tensor, y: Tensor) -> Tensor:
    """-log N(y; z_0, exp z_1) of every example, (K, batch)."""
    log_variance = z[:, 1].clamp(*LOG_VARIANCE)
    squares = (z[:, 0] - y[:, 0]).square()
    return (math.log(2 * math.pi) + log_variance + squares * (-log_variance).exp()) / 2
