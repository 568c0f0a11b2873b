"""How gradients are written with few bits before they are sent, and what is lost by it.

Every code gives back the numbers that whoever receives it reads: rounding is done, bits are only
counted.

Papers: Alistarh et al. 2017 (few levels), Seide et al. 2014 (one bit, and the memory of what was
lost), Aji & Heafield 2017 (the largest alone).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

FLOAT_BITS = 32


@dataclass(frozen=True)
class Code:
    """A way to write gradients.

    Attributes:
        label: For people.
        read: From gradients (..., P) to what arrives.
        bits: That a gradient of so many numbers takes.
    """

    label: str
    read: Callable[[Tensor], Tensor]
    bits: Callable[[int], int]


def levels(g: Tensor, n: int) -> Tensor:
    """Rounded to the nearest of -n, ..., n times a step; the largest number is n steps."""
    step = g.abs().amax(-1, keepdim=True) / n
    return torch.where(step > 0, (g / step).round() * step, g)


def sign(g: Tensor) -> Tensor:
    """Signs alone, times the mean size. Seide et al. 2014."""
    return g.sign() * g.abs().mean(-1, keepdim=True)


def largest(g: Tensor, share: float) -> Tensor:
    """The largest as they are, zeros for all others. Aji & Heafield 2017."""
    k = n_largest(g.shape[-1], share)
    rows = g.abs().topk(k, -1).indices
    return torch.zeros_like(g).scatter_(-1, rows, g.gather(-1, rows))


def n_largest(n: int, share: float) -> int:
    """How many numbers that share is; one at least."""
    return max(round(n * share), 1)


def _levels(bits: int) -> Code:
    n = 2 ** (bits - 1) - 1
    return Code(f"{bits} bits", partial(levels, n=n), lambda size: bits * size + FLOAT_BITS)


def _largest(share: float) -> Code:
    def bits(size: int) -> int:
        place = math.ceil(math.log2(size))  # which one it is has to be said, too
        return n_largest(size, share) * (FLOAT_BITS + place)

    return Code(f"The largest {share:.0%}", partial(largest, share=share), bits)


CODES = {
    "8": _levels(8), "4": _levels(4), "2": _levels(2),
    "1": Code("1 bit, the sign", sign, lambda size: size + FLOAT_BITS),
    "top5": _largest(0.05), "top1": _largest(0.01),
}
