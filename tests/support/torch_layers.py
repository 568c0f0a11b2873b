"""The layers of stacked nets out of torch.nn, and how the two are compared.

A concept that has a layer of its own registers it: `torch_of.register`, `gradients_of.register`.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.stacked.layers import (
    Activation,
    BatchNorm,
    Chain,
    Conv,
    Layer,
    Linear,
    MeanPool,
    Place,
    Workspace,
)

K, N = 3, 7
"""Models of a stack, and inputs of a batch."""


def image(channels: int, size: int) -> nn.Module:
    return nn.Unflatten(1, (channels, size, size))


@singledispatch
def torch_of(layer: Any, p: Tensor) -> nn.Module:
    """The same layer out of torch.nn, on one model's parameters."""
    match layer:
        case Linear():
            module: nn.Module = nn.Linear(layer.n_in, layer.n_out, layer.bias)
        case Conv():
            module = nn.Sequential(image(layer.n_in, layer.size),
                                   nn.Conv2d(layer.n_in, layer.n_out, 3, padding=1), nn.Flatten())
        case MeanPool():
            return nn.Sequential(image(layer.channels, layer.size), nn.AvgPool2d(layer.by),
                                 nn.Flatten())
        case Activation():
            return {"relu": nn.ReLU, "tanh": nn.Tanh}[layer.name]()
        case BatchNorm(pixels=1):
            module = nn.BatchNorm1d(layer.channels)
        case BatchNorm():
            side = round(layer.pixels**0.5)
            module = nn.Sequential(image(layer.channels, side), nn.BatchNorm2d(layer.channels),
                                   nn.Flatten())
        case Chain():
            parts, start = [], 0
            for part in layer.layers:
                parts.append(torch_of(part, p[start : start + part.n_parameters]))
                start += part.n_parameters
            return nn.Sequential(*parts)
        case _:
            raise TypeError(layer)
    start = 0
    for parameter in module.parameters():
        parameter.data = p[start : start + parameter.numel()].view_as(parameter).clone()
        start += parameter.numel()
    return module.double()


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def bound(layer: Layer, p: Tensor) -> tuple:
    g = torch.full_like(p, torch.nan)
    rngs = [np.random.default_rng(k) for k in range(len(p))]
    return layer.bind(Place(p, g, Workspace(), "x", rngs)), g


@singledispatch
def gradients_of(layer: Any, module: Any, p: Tensor) -> Tensor:
    """autograd's gradients in the order in which a stack keeps them."""
    match layer:
        case Chain():
            parts, start = [], 0
            for part, m in zip(layer.layers, module, strict=True):
                parts.append(gradients_of(part, m, p[start : start + part.n_parameters]))
                start += part.n_parameters
            return torch.cat(parts)
        case _:
            found = [q.grad.ravel() for q in module.parameters()]
            return torch.cat(found) if found else p


def equals_torch(layer: Layer, n_in: int) -> None:
    """Asserts it of output, gradients of parameters and of the input, model by model, asked twice
    so that buffers that are used again hold nothing over.
    """
    p = random(K, layer.n_parameters, seed=1)
    x, dy = random(K, n_in, N, seed=2), None
    ours, g = bound(layer, p)
    for data in (x.flip(2) + 1, x):
        y = ours.forward(data.clone(), train=True).clone()
        dy = random(*y.shape, seed=3)
        dx = ours.backward(dy.clone()).clone()
    for k in range(K):
        module = torch_of(layer, p[k])
        inputs = x[k].T.clone().requires_grad_()
        outputs = module(inputs)
        assert (outputs.T - y[k]).abs().max() <= 1e-9
        outputs.backward(dy[k].T)
        assert (inputs.grad.T - dx[k]).abs().max() <= 1e-9
        expected = gradients_of(layer, module, p[k])
        assert len(expected) == layer.n_parameters
        assert torch.allclose(g[k], expected, rtol=0, atol=1e-9)
