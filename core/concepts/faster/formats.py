"""Numbers of fewer bits: the formats that nets are trained in, and nets made small afterwards.

Papers: Micikevicius et al. 2018 (float16 with weights in float32 and a scaled loss), Kalamkar et
al. 2019 (bfloat16), Jacob et al. 2018 (whole numbers of 8 bits), Han et al. 2015 (pruning).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.layers import Workspace
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes, views

if TYPE_CHECKING:
    from torch import Tensor

FORMAT_NAMES = {
    "float32": "Float32", "bfloat16": "BFloat16", "bfloat16_only": "BFloat16, weights too",
    "bfloat16_once": "BFloat16, cast once", "float16": "Float16",
    "float16_scaled": "Float16, scaled loss",
}
SMALLEST = -24
"""The smallest number above 0 that float16 has is 2 to this power."""
LARGEST = 16
"""All numbers of float16 are below 2 to this power."""
GROWTH_STEPS = 50
"""After so many steps without an overflow the loss scale is doubled."""


@dataclass(frozen=True)
class Format:
    """How a net computes while it learns.

    Attributes:
        dtype: In torch, of weights as they are used, activations and gradients.
        keeps: Whether the weights that are updated have all bits; else they are rounded, too.
        scaled: Whether the loss is multiplied before the way back, and gradients divided after.
        once: Whether weights are brought into this format before the first update and never again:
            what torch's autocast does around a whole loop, since it keeps what it has cast.
    """

    dtype: str
    keeps: bool = True
    scaled: bool = False
    once: bool = False

    def rounded(self, a: Tensor) -> Tensor:
        """As it is in this format, in the type that it had: half to even, too large is inf."""
        return a.to(getattr(torch, self.dtype)).to(a.dtype)

    def through(self, a: Tensor) -> Tensor:
        """Rounded; and on the way back the gradient that arrives here is rounded."""
        found = a + (self.rounded(a) - a).detach()
        if found.requires_grad:
            found.register_hook(self.rounded)
        return found


FORMATS = {
    "float32": Format("float32"), "bfloat16": Format("bfloat16"),
    "bfloat16_only": Format("bfloat16", keeps=False),
    "bfloat16_once": Format("bfloat16", once=True), "float16": Format("float16"),
    "float16_scaled": Format("float16", scaled=True),
}


@dataclass(frozen=True)
class Rounding(Program):
    """A dense net that computes in a format; sums within a product have all bits, as on devices
    that multiply such numbers.

    Attributes:
        sizes: Units per layer, input first.
        format: How it computes.
        factor: Of the loss.
    """

    sizes: tuple[int, ...]
    format: Format
    factor: float = 1.0

    loss = CROSS_ENTROPY

    @property
    def shapes(self) -> Shapes:
        found: dict[str, tuple[int, ...]] = {}
        for i, (n_in, n_out) in enumerate(pairwise(self.sizes), 1):
            found |= {f"weight {i}": (n_out, n_in), f"bias {i}": (n_out,)}
        return found

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        """The loss scale."""
        return {"scale": np.ones(())}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """He et al. 2015, eq. 10; biases 0."""
        return {name: rng.standard_normal(shape) * (2 / shape[-1]) ** 0.5 if len(shape) == 2
                else np.zeros(shape) for name, shape in self.shapes.items()}

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        q = self.format.through
        h = q(x.transpose(1, 2))  # (K, B, features)
        for i in range(1, len(self.sizes)):
            h = q(linear(h, q(p[f"weight {i}"]), q(p[f"bias {i}"])))
            h = h.relu() if i < len(self.sizes) - 1 else h
        return h.transpose(1, 2)

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        return super().objective(p, x, y, rngs) * p["scale"] * self.factor


class Nets:
    """K nets of one format, trained with gradient descent.

    Args:
        program: Of all.
        start: Their parameters, (K, P).
        learning_rate: Of the update.
        scale: The first loss scale, where the format has one.

    Attributes:
        p: Parameters, (K, P).
        g: The last gradients as they came out of the format, (K, P): scaled.
        skipped: How many updates each net had to leave out, (K,).
        unmoved: Which share of the numbers that the last update was to move it did not, (K,).
    """

    def __init__(
        self, program: Rounding, start: Tensor, learning_rate: float, scale: float
    ) -> None:
        self.program, self.p, self._rate = program, start.clone(), learning_rate
        if not program.format.keeps:
            self.p.copy_(program.format.rounded(self.p))
        self.g = torch.zeros_like(self.p)
        self.skipped, self.unmoved = torch.zeros(len(start)), torch.zeros(len(start))
        used = self.p.clone() if program.format.once else self.p
        self._stack = program.bind(used, self.g, Workspace())
        self._good = torch.zeros(len(start))  # steps since the scale last changed
        if program.format.scaled:
            self.scale.fill_(scale)

    @property
    def scale(self) -> Tensor:
        """By which each net's loss is multiplied now, (K,)."""
        return self._stack.state["scale"]

    def gradients(self, x: Tensor, y: Tensor) -> Tensor:
        """As they are after the format, unscaled, (K, P)."""
        self._stack.gradients(x, y)
        return self.g / (self.scale[:, None] * self.program.factor)

    def step(self, x: Tensor, y: Tensor) -> None:
        """One update; a scaled net whose gradient overflowed makes none."""
        g, old = self.gradients(x, y), self.p.clone()
        good = torch.ones(len(g), dtype=torch.bool)
        if self.program.format.scaled:
            good = self.g.isfinite().all(1)
            self._rescale(good)
        new = old - self._rate * g
        new = new if self.program.format.keeps else self.program.format.rounded(new)
        self.p.copy_(torch.where(good[:, None], new, old))
        meant = (g != 0).sum(1).clamp_min(1)
        self.unmoved = ((g != 0) & (self.p == old)).sum(1) / meant

    def _rescale(self, good: Tensor) -> None:
        """Halved where it was too much, doubled where it was not for long."""
        self.skipped += ~good
        self._good = torch.where(good, self._good + 1, 0)
        grown = self._good >= GROWTH_STEPS
        self._good[grown] = 0
        self.scale.mul_(torch.where(good, torch.where(grown, 2.0, 1.0), 0.5))

    def outputs(self, x: Tensor) -> Tensor:
        """(K, features, n) -> (K, classes, n)."""
        with torch.inference_mode():
            return self.program.forward(views(self.program.shapes, self.p), x)


# --- after training -------------------------------------------------------------------------

BITS = (8, 6, 5, 4, 3, 2)
KEPT = (0.5, 0.3, 0.2, 0.1, 0.05)
Smaller = Callable[["Tensor", "Shapes"], "Tensor"]


def whole_numbers(p: Tensor, shapes: Shapes, bits: int) -> Tensor:
    """Nets (K, P) whose layers' weights are whole numbers of so many bits, times a step each.
    Jacob et al. 2018, with zero at zero; biases stay.
    """
    found, n = p.clone(), 2 ** (bits - 1) - 1
    for part in views(shapes, found).values():
        if part.dim() == 3:
            step = part.abs().amax((1, 2), keepdim=True) / n
            part.copy_((part / step).round() * step)
    return found


def left(p: Tensor, shapes: Shapes, keep: float) -> Tensor:
    """1 where one of the nets (K, P) keeps a number, if of its weights only the largest share is
    left, over all layers; biases stay. Han et al. 2015.
    """
    kept = torch.ones_like(p)
    weights = {name: a for name, a in views(shapes, p).items() if a.dim() == 3}
    sizes = torch.cat([a.flatten(1).abs() for a in weights.values()], 1)
    n = round(keep * sizes.shape[1])
    least = sizes.topk(n, 1).values[:, -1, None, None]
    for name, a in weights.items():
        views(shapes, kept)[name].copy_(a.abs() >= least)
    return kept


def n_weights(shapes: Shapes) -> int:
    return sum(int(np.prod(shape)) for shape in shapes.values() if len(shape) == 2)


def kilobytes(shapes: Shapes, bits: Sequence[int] = BITS, kept: Sequence[float] = KEPT) -> tuple[
        list[float], list[float]]:
    """Of the weights: as whole numbers of so many bits, and where only a share is kept, each in 32
    bits and 16 for its place.
    """
    n = n_weights(shapes)
    return [n * b / 8000 for b in bits], [round(n * k) * 48 / 8000 for k in kept]
