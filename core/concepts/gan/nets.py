"""Generator and discriminator: two dense nets of the same kind, many at once, forward only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.traced import Parameters, Shapes

if TYPE_CHECKING:
    from torch import Tensor

UNIT_NAMES = {"tanh": "Tanh", "relu": "ReLU"}
LAYERS = ("1", "2", "3")


def shapes_of(n_in: int, width: int, n_out: int) -> Shapes:
    """Two hidden layers: n_in - width - width - n_out."""
    sizes = (n_in, width, width, n_out)
    return {name: shape for layer, a, b in zip(LAYERS, sizes, sizes[1:], strict=False)
            for name, shape in ((f"w{layer}", (b, a)), (f"b{layer}", (b,)))}


def start_of(shapes: Shapes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """He et al. 2015 in the hidden layers, variance 1 / n_in in the last one, biases 0."""
    parameters = {}
    for name, shape in shapes.items():
        gain = 1.0 if name == "w3" else 2.0
        parameters[name] = (np.zeros(shape) if name[0] == "b" else
                            rng.standard_normal(shape) * (gain / shape[1]) ** 0.5)
    return parameters


def net(p: Parameters, x: Tensor, units: str) -> Tensor:
    """What K nets make of their inputs: (K, B, n_in) to (K, B, n_out)."""
    h = active(linear(x, p["w1"], p["b1"]), units)
    h = active(linear(h, p["w2"], p["b2"]), units)
    return linear(h, p["w3"], p["b3"])


def slope(p: Parameters, x: Tensor, units: str) -> Tensor:
    """The gradient of K nets' one output in their inputs, (K, B, n_in).

    The chain rule written forward, so that a penalty on it costs one backward pass and not two.
    """
    h1 = active(linear(x, p["w1"], p["b1"]), units)
    h2 = active(linear(h1, p["w2"], p["b2"]), units)
    back = p["w3"] * steepness(h2, units)  # (K, B, width)
    back = torch.bmm(back, p["w2"]) * steepness(h1, units)
    return torch.bmm(back, p["w1"])


def active(u: Tensor, units: str) -> Tensor:
    return u.relu() if units == "relu" else u.tanh()


def steepness(h: Tensor, units: str) -> Tensor:
    """The derivative of a unit that has the value h."""
    return (h > 0).to(h.dtype) if units == "relu" else 1 - h * h
