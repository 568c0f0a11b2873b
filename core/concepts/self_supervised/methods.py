"""What is made small: ways to hold two views of an image for the same, and not all for the same.

Papers: Chen et al. 2020 (SimCLR), Chen & He 2021 (SimSiam), Grill et al. 2020 (BYOL).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.concepts.self_supervised import nets
from core.lazy import torch
from core.stacked.traced import Parameters

if TYPE_CHECKING:
    from torch import Tensor


def nt_xent(z: Tensor, temperature: float) -> Tensor:
    """The normalised, temperature-scaled cross-entropy of SimCLR, eq. 1: (K,).

        -log( exp(s_ij / T) / sum_{k != i} exp(s_ik / T) ),  mean over all i

    with s the cosine and j the other view of i's image.

    Args:
        z: Embeddings of length 1, (K, 2 B, d): first views, then second ones in the same order.
    """
    n = z.shape[1]
    scores = z @ z.mT / temperature  # (K, 2B, 2B)
    pairs = scores.diagonal(n // 2, 1, 2)  # (K, B): every pair stands twice in the sum
    itself = torch.eye(n, dtype=torch.bool)
    return scores.masked_fill(itself, -torch.inf).logsumexp(2).mean(1) - pairs.mean(1)


def apart(a: Tensor, b: Tensor) -> Tensor:
    """1 - the cosine of rows that belong together, the mean: (K, n, d) twice to (K,)."""
    return 1 - (unit(a) * unit(b)).sum(2).mean(1)


def unit(z: Tensor) -> Tensor:
    """At length 1."""
    return torch.nn.functional.normalize(z, dim=-1)


@dataclass(frozen=True)
class Options:
    """What methods are told.

    Attributes:
        temperature: Of SimCLR.
        stop_gradient: Of SimSiam: whether what is predicted is held fixed.
    """

    temperature: float
    stop_gradient: bool


Loss = Callable[[Parameters, Parameters, "Tensor", Options], "Tensor"]
"""Of a net's parameters, the slow copy's, views (K, 2 B, pixels) and options: (K,)."""


def _simclr(p: Parameters, slow: Parameters, x: Tensor, options: Options) -> Tensor:
    return nt_xent(unit(nets.embedding(p, nets.features(p, x), True)), options.temperature)


def _attract(p: Parameters, slow: Parameters, x: Tensor, options: Options) -> Tensor:
    """Two views are to be the same, and that is all."""
    return apart(*nets.embedding(p, nets.features(p, x), True).chunk(2, 1))


def _simsiam(p: Parameters, slow: Parameters, x: Tensor, options: Options) -> Tensor:
    """Each view's embedding is predicted from the other one's."""
    z = nets.embedding(p, nets.features(p, x), True)
    target = z.detach() if options.stop_gradient else z
    return apart(nets.prediction(p, z, True), swapped(target))


def _byol(p: Parameters, slow: Parameters, x: Tensor, options: Options) -> Tensor:
    """Each view's embedding by a slow copy of the net is predicted from the other one's."""
    z = nets.embedding(p, nets.features(p, x), True)
    with torch.no_grad():
        target = nets.embedding(slow, nets.features(slow, x), True)
    return apart(nets.prediction(p, z, True), swapped(target))


def swapped(z: Tensor) -> Tensor:
    """Second views, then first ones."""
    return torch.cat(z.chunk(2, 1)[::-1], 1)


@dataclass(frozen=True)
class Method:
    """A way to learn from views.

    Attributes:
        label: For people.
        loss: What is made small.
        predictor: Whether its nets have one.
        norm: Whether head and predictor have batch norm, unless it is switched off.
        slow: Whether there is a slow copy.
    """

    label: str
    loss: Loss
    predictor: bool = False
    norm: bool = False
    slow: bool = False


METHODS = {
    "simclr": Method("SimCLR", _simclr),
    "attract": Method("No negatives", _attract),
    "simsiam": Method("SimSiam", _simsiam, predictor=True, norm=True),
    "byol": Method("BYOL", _byol, predictor=True, norm=True, slow=True),
}
METHOD_NAMES = {name: method.label for name, method in METHODS.items()}
