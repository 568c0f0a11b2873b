"""Deep nets that differ in how they start and in what is normalised between their layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.functions import batch_norm, layer_norm, linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.traced import Parameters, Program, Rngs, Shapes

if TYPE_CHECKING:
    from torch import Tensor

N_IN, N_CLASSES = 64, 10
"""Of the digits."""
START = 0
"""What random numbers are for: initial weights. Splits and batches have purposes of their own."""
Spread = Callable[[int, int], float]
"""From a layer's inputs and outputs to the standard deviation of its weights."""

INIT_NAMES = {
    "zeros": "All zeros", "small": "N(0, 0.01²)", "xavier": "Xavier", "he": "He",
    "large": "N(0, 1)",
}
INITS: dict[str, Spread] = {
    "zeros": lambda n_in, n_out: 0.0,
    "small": lambda n_in, n_out: 0.01,
    "xavier": lambda n_in, n_out: (2 / (n_in + n_out)) ** 0.5,  # Glorot & Bengio 2010, eq. 12
    "he": lambda n_in, n_out: (2 / n_in) ** 0.5,  # He et al. 2015, eq. 10
    "large": lambda n_in, n_out: 1.0,
}
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": lambda z: torch.relu(z),
    # tanh z = 2 sigmoid(2 z) - 1: the vectorised sigmoid is faster than tanh
    "tanh": lambda z: 2 * torch.sigmoid(2 * z) - 1,
}
ACTIVATION_NAMES = {"relu": "ReLU", "tanh": "Tanh"}
NORM_NAMES = {"none": "None", "batch": "Batch norm", "layer": "Layer norm"}


def gained(gain: float) -> Spread:
    """Weights with the standard deviation gain / sqrt(inputs)."""
    return lambda n_in, n_out: gain / n_in**0.5


@dataclass(frozen=True)
class Deep(Program):
    """Hidden layers of one width; biases start at 0.

    Attributes:
        depth: Hidden layers.
        width: Units in each.
        activation: Key in `ACTIVATIONS`.
        norm: Key in `NORM_NAMES`: what happens between a hidden layer's sum and its activation.
        spread: Of the weights before training.
    """

    depth: int
    width: int
    activation: str = "relu"
    norm: str = "none"
    spread: Spread = field(default=INITS["he"], compare=False)

    loss = CROSS_ENTROPY

    @property
    def sizes(self) -> list[int]:
        """Units layer by layer, input first."""
        return [N_IN, *[self.width] * self.depth, N_CLASSES]

    @property
    def shapes(self) -> Shapes:
        found: dict[str, tuple[int, ...]] = {}
        for layer, (n_in, n_out) in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True), 1):
            found |= {f"weight {layer}": (n_out, n_in), f"bias {layer}": (n_out,)}
            if layer <= self.depth and self.norm != "none":
                found |= {f"gain {layer}": (n_out,), f"shift {layer}": (n_out,)}
        return found

    @property
    def state(self) -> Mapping[str, np.ndarray]:
        """Running means and variances, where batches are normalised."""
        if self.norm != "batch":
            return {}
        zeros, ones = np.zeros(self.width), np.ones(self.width)
        return {f"{name} {layer}": a for layer in range(1, self.depth + 1)
                for name, a in (("mean", zeros), ("variance", ones))}

    def start(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        found = {}
        for name, shape in self.shapes.items():
            kind = name.partition(" ")[0]
            if kind == "weight":
                found[name] = self.spread(shape[1], shape[0]) * rng.standard_normal(shape)
            else:
                found[name] = np.ones(shape) if kind == "gain" else np.zeros(shape)
        return found

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        return self.layers(p, x, rngs is not None)[-1]

    def layers(self, p: Parameters, x: Tensor, train: bool) -> list[Tensor]:
        """What every layer says of inputs (K, 64, n).

        Returns:
            Activations of the hidden layers, (K, n, width) each, and logits, (K, classes, n).
        """
        h = x.mT  # (K, n, 64)
        found = []
        for layer in range(1, self.depth + 1):
            z = linear(h, p[f"weight {layer}"], p[f"bias {layer}"])
            h = ACTIVATIONS[self.activation](self._normed(p, z, layer, train))
            found.append(h)
        last = self.depth + 1
        return [*found, linear(h, p[f"weight {last}"], p[f"bias {last}"]).mT]

    def _normed(self, p: Parameters, z: Tensor, layer: int, train: bool) -> Tensor:
        if self.norm == "none":
            return z
        gain, shift = p[f"gain {layer}"], p[f"shift {layer}"]
        if self.norm == "layer":
            return layer_norm(z, gain, shift)
        return batch_norm(z, gain, shift, p[f"mean {layer}"], p[f"variance {layer}"], train)


def starts(net: Deep, spreads: Sequence[Spread], seeds: range) -> Tensor:
    """Initial parameters, those of one seed out of the same draws: (spreads x seeds, P)."""
    return torch.from_numpy(np.stack([
        replace(net, spread=spread).init(np.random.default_rng((seed, START)))
        for spread in spreads for seed in seeds]))
