"""The rules of the game: what each player makes small, and what is done against collapse.

Adding a loss or a remedy is one entry; a game is a loss with a remedy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.concepts.gan.nets import slope
from core.lazy import torch
from core.stacked.traced import Parameters

if TYPE_CHECKING:
    from torch import Tensor

OfScore = Callable[["Tensor"], "Tensor"]


def softplus(s: Tensor) -> Tensor:
    return torch.nn.functional.softplus(s)


@dataclass(frozen=True)
class Loss:
    """A rule of the game, out of the discriminator's scores s = D(x).

    Attributes:
        real: What the discriminator pays for the score of a real point.
        made: What it pays for that of a made one.
        generator: What the generator pays for the score of a point that it made.
        verdict: A score as a number from 0, made, to 1, real; None where a score has no zero.
    """

    real: OfScore
    made: OfScore
    generator: OfScore
    verdict: OfScore | None


LOSSES = {
    "non_saturating": Loss(lambda s: softplus(-s), softplus, lambda s: softplus(-s),
                           lambda s: s.sigmoid()),
    "saturating": Loss(lambda s: softplus(-s), softplus, lambda s: -softplus(s),
                       lambda s: s.sigmoid()),
    "least_squares": Loss(lambda s: (s - 1) ** 2 / 2, lambda s: s**2 / 2,
                          lambda s: (s - 1) ** 2 / 2, lambda s: s.clamp(0, 1)),
    "wasserstein": Loss(lambda s: -s, lambda s: s, lambda s: -s, None),
}


@dataclass(frozen=True)
class Rules:
    """A game as people know it: a loss, and a remedy against collapse.

    Attributes:
        label: For people.
        loss: Key in `LOSSES`.
        remedy: What keeps the discriminator smooth, "none" for nothing.
        paper: Where it is from.
    """

    label: str
    loss: str
    remedy: str
    paper: str


GAMES = {
    "non_saturating": Rules("Non-saturating", "non_saturating", "none", "Goodfellow et al. 2014"),
    "r1": Rules("R1", "non_saturating", "r1", "Mescheder et al. 2018"),
    "spectral": Rules("Spectral norm", "non_saturating", "spectral", "Miyato et al. 2018"),
    "noise": Rules("Instance noise", "non_saturating", "noise", "Sønderby et al. 2017"),
    "saturating": Rules("Saturating", "saturating", "none", "Goodfellow et al. 2014"),
    "least_squares": Rules("Least squares", "least_squares", "none", "Mao et al. 2017"),
    "wasserstein_clip": Rules("Wasserstein, clipped", "wasserstein", "clip",
                              "Arjovsky et al. 2017"),
    "wasserstein_penalty": Rules("Wasserstein, penalty", "wasserstein", "penalty",
                                 "Gulrajani et al. 2017"),
}
GAME_NAMES = {name: rules.label for name, rules in GAMES.items()}


def r1(d: Parameters, real: Tensor, units: str, weight: float) -> Tensor:
    """weight / 2 times the mean squared slope at real points, (K,). Mescheder et al. 2018."""
    return weight / 2 * slope(d, real, units).square().sum(2).mean(1)


def penalty(d: Parameters, between: Tensor, units: str, weight: float) -> Tensor:
    """weight times the mean squared distance of the slope's length from 1, (K,).

    Args:
        between: Points between a real and a made one each, (K, B, 2). Gulrajani et al. 2017.
    """
    length = (slope(d, between, units).square().sum(2) + 1e-12).sqrt()
    return weight * (length - 1).square().mean(1)


class SpectralNorm:
    """Each layer's weights times 2, divided by their largest singular value. Miyato et al. 2018.

    The value is followed by one step of power iteration per update of the discriminator; the
    factor 2 per layer leaves it steep enough to tell islands apart.

    Args:
        u: Per layer where the iteration begins, (K, out).
        normed: Which of the K nets are, (K,).
    """

    FACTOR = 2.0

    def __init__(self, u: dict[str, Tensor], normed: Tensor) -> None:
        self.u, self.normed = u, normed

    def __call__(self, d: Parameters) -> dict[str, Tensor]:
        acting = dict(d)
        for layer, u in self.u.items():
            w = d[f"w{layer}"]
            v = unit(torch.einsum("koi,ko->ki", w.detach(), u))
            largest = torch.einsum("ko,koi,ki->k", u, w, v)
            factor = torch.where(self.normed, self.FACTOR / largest, 1.0)
            acting[f"w{layer}"] = w * factor[:, None, None]
        return acting

    def iterate(self, d: Parameters, n: int = 1) -> None:
        """Steps of the power iteration."""
        for _ in range(n):
            for layer, u in self.u.items():
                w = d[f"w{layer}"]
                v = unit(torch.einsum("koi,ko->ki", w, u))
                u.copy_(unit(torch.einsum("koi,ki->ko", w, v)))


def unit(v: Tensor) -> Tensor:
    return torch.nn.functional.normalize(v, dim=1)
