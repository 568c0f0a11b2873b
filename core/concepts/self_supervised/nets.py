"""The net: an encoder, the head on it, and a predictor on that, many at once, forward only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.self_supervised.images import SIDE
from core.lazy import torch
from core.stacked.functions import batch_norm, linear
from core.stacked.traced import Parameters, Shapes

if TYPE_CHECKING:
    from torch import Tensor

HIDDEN, FEATURES, HEAD = 128, 64, 64
"""Units of the encoder's two layers, and of the head's first one."""
PREDICTOR = 16
"""Units of the predictor's first layer: SimSiam and BYOL have it narrower than what it predicts."""


def shapes_of(n_numbers: int, head: bool, norm: bool, predictor: bool) -> Shapes:
    """Of one net's parameters.

    Args:
        n_numbers: Of an embedding.
        head: Whether there is one between the features and the embedding.
        norm: Whether layers of head and predictor have batch norm.
        predictor: Whether there is one.
    """
    shapes = {"1": (HIDDEN, SIDE * SIDE), "2": (FEATURES, HIDDEN)}
    if head:
        shapes |= {"head1": (HEAD, FEATURES), "head2": (n_numbers, HEAD)}
    if predictor:
        size = n_numbers if head else FEATURES
        shapes |= {"predict1": (PREDICTOR, size), "predict2": (size, PREDICTOR)}
    normed = [name for name in shapes if norm and name in NORMED]
    return {
        **{f"{name}.weight": shape for name, shape in shapes.items()},
        **{f"{name}.bias": shape[:1] for name, shape in shapes.items()},
        **{f"{name}.gain": shapes[name][:1] for name in normed},
    }


NORMED = ("head1", "head2", "predict1")
"""What has batch norm where there is any: all but what is given out, as in SimSiam."""


def start_of(shapes: Shapes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Weights He et al. 2015, biases 0, gains 1."""
    parameters = {}
    for name, shape in shapes.items():
        kind = name.partition(".")[2]
        if kind == "weight":
            parameters[name] = rng.standard_normal(shape) * (2 / shape[1]) ** 0.5
        else:
            parameters[name] = np.full(shape, float(kind == "gain"))
    return parameters


def state_of(shapes: Shapes, n_nets: int) -> dict[str, Tensor]:
    """The running means and variances of what has batch norm, (K, units) each."""
    state = {}
    for name, shape in shapes.items():
        layer, _, kind = name.partition(".")
        if kind == "gain":
            state[f"{layer}.mean"] = torch.zeros(n_nets, *shape)
            state[f"{layer}.variance"] = torch.ones(n_nets, *shape)
    return state


def features(p: Parameters, x: Tensor) -> Tensor:
    """h: what the encoder makes of images (K, B, pixels): (K, B, features)."""
    return _layer(p, _layer(p, x, "1").relu(), "2").relu()


def embedding(p: Parameters, h: Tensor, train: bool = False) -> Tensor:
    """z: what the head makes of features; these themselves where there is no head."""
    if "head1.weight" not in p:
        return h
    return _layer(p, _layer(p, h, "head1", train).relu(), "head2", train)


def prediction(p: Parameters, z: Tensor, train: bool = False) -> Tensor:
    """What the predictor makes of an embedding."""
    return _layer(p, _layer(p, z, "predict1", train).relu(), "predict2", train)


def _layer(p: Parameters, x: Tensor, name: str, train: bool = False) -> Tensor:
    weight, bias = p[f"{name}.weight"], p[f"{name}.bias"]
    if f"{name}.gain" not in p:
        return linear(x, weight, bias)
    # a bias before the norm would be taken out again: it is the norm's shift
    return batch_norm(linear(x, weight), p[f"{name}.gain"], bias, p[f"{name}.mean"],
                      p[f"{name}.variance"], train)
