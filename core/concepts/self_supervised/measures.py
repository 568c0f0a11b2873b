"""What is measured of embeddings: whether views agree, whether images differ, and whether a few
labels are enough to read the class out of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.concepts.self_supervised.images import N_CLASSES
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

PROBE_STEPS, PROBE_L2 = 100, 1e-3
"""How a linear model is fitted: steps of Nesterov's gradient method, and its penalty."""


def alignment(first: Tensor, second: Tensor) -> Tensor:
    """E |z - z'|^2 of two views of an image. Wang & Isola 2020: (S, n, d) twice to (S,)."""
    return (first - second).square().sum(2).mean(1)


def uniformity(z: Tensor) -> Tensor:
    """log E exp(-2 |z - z'|^2) of two different images. Wang & Isola 2020: (S, n, d) to (S,).

    0 where all are one point; about -4 on a sphere that is covered evenly in many dimensions.
    """
    n = z.shape[1]
    sums = (4 * (z @ z.mT) - 4).exp().sum((1, 2)) - n  # -2 |z - z'|^2 = 4 z z' - 4
    return (sums / (n * (n - 1))).log()


def spread(z: Tensor) -> Tensor:
    """sqrt(d) times the deviation of the numbers of z: (S, n, d) to (S,).

    1 where embeddings lie on all sides of the sphere, 0 where they are one point: Chen & He 2021.
    """
    return z.std(1, correction=0).mean(1) * z.shape[2] ** 0.5


def singular_values(z: Tensor) -> Tensor:
    """Of the centred embeddings, over sqrt(n): (S, n, d) to (S, d), the largest first."""
    centred = z - z.mean(1, keepdim=True)
    squares = torch.linalg.eigvalsh(centred.mT @ centred / z.shape[1])  # from the smallest on
    return squares.flip(1).clamp_min(0).sqrt()


class Axes:
    """Three directions in which to look at embeddings: those along which they are longest.

    From the centre of the sphere, not from the embeddings' mean: one point stays one point on it.
    Directions are turned, frame by frame, so that points move as little as they can (Schönemann
    1966).
    """

    def __init__(self) -> None:
        self._before: Tensor | None = None

    def of(self, z: Tensor) -> Tensor:
        """Where embeddings (n, d) of length 1 are seen, (n, 3): at most 1 from the centre."""
        z = z.double()
        _, directions = torch.linalg.eigh(z.mT @ z)  # the longest one comes last
        seen = z @ directions[:, -3:].flip(1)
        if self._before is not None:
            u, _, vt = torch.linalg.svd(seen.mT @ self._before)
            seen = seen @ (u @ vt)
        self._before = seen
        return seen


def probe(z: Tensor, labels: Tensor, new: Tensor) -> Tensor:
    """What a linear model that is fitted to a few labels says of new examples.

    Multinomial logistic regression with a small penalty, from zero.

    Args:
        z: What has labels, (K, n, d).
        labels: (K, n).
        new: (K, m, d).

    Returns:
        Classes, (K, m).
    """
    one_hot = torch.nn.functional.one_hot(labels, N_CLASSES).to(z.dtype)
    x, weights = _with_one(z), z.new_zeros(len(z), z.shape[2] + 1, N_CLASSES)
    steepest = x.square().sum(2).mean(1)[:, None, None] / 2  # the loss curves at most so much
    ahead = weights
    for t in range(1, PROBE_STEPS + 1):
        wrong = (x @ ahead).softmax(2) - one_hot
        g = x.mT @ wrong / z.shape[1] + PROBE_L2 * ahead
        before, weights = weights, ahead - g / (steepest + PROBE_L2)
        ahead = weights + (t - 1) / (t + 2) * (weights - before)
    return (_with_one(new) @ weights).argmax(2)


def nearest(x: Tensor, labels: Tensor, new: Tensor) -> Tensor:
    """The class of the nearest example that has a label: as `probe`."""
    return labels.gather(1, torch.cdist(new, x).argmin(2))


def _with_one(x: Tensor) -> Tensor:
    return torch.cat([x, x.new_ones(*x.shape[:2], 1)], 2)
