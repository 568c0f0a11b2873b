"""Blocks with a gate and residual nets, held to torch.nn with autograd in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.concepts.skip_connections.resnet import Gated, ResNet
from core.stacked.layers import Activation, BatchNorm, Chain, Conv, Linear, Workspace
from core.stacked.nets import Stack
from tests.support.torch_layers import N, equals_torch, gradients_of, random, torch_of


class Shift(nn.Module):
    """`Gated` in torch.nn: y = skip x + scale F(x)."""

    def __init__(self, inner: nn.Module, gates: Tensor) -> None:
        super().__init__()
        self.inner = inner
        self.skip = gates[0].item()
        self.scale = nn.Parameter(gates[1].clone())

    def forward(self, x: Tensor) -> Tensor:
        return self.skip * x + self.scale * self.inner(x)


@torch_of.register
def _(layer: Gated, p: Tensor) -> nn.Module:
    return Shift(torch_of(layer.inner, p[:-3]), p[-3:])


@gradients_of.register
def _(layer: Gated, module: Shift, p: Tensor) -> Tensor:
    """A gate is trained only where `learned` says so."""
    inner = gradients_of(layer.inner, module.inner, p[:-3])
    return torch.cat([inner, torch.stack([p[0] * 0, p[-1] * module.scale.grad, p[0] * 0])])


BLOCK = Chain((Linear(6, 6), BatchNorm(6), Activation()))
BLOCKS = {
    "gated": (Gated(BLOCK), 6), "gated twice": (Chain((Gated(BLOCK), Gated(BLOCK))), 6),
    "gated convolution": (Gated(Chain((Conv(2, 2, 4), BatchNorm(2, 16), Activation()))), 32),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_equal_torch(name: str) -> None:
    """Output and all gradients of every model."""
    equals_torch(*BLOCKS[name])


# --- whole nets ------------------------------------------------------------------------

RESNETS = [
    ResNet(3, width=6, n_in=5), ResNet(2, width=6, n_in=5, batch_norm=True),
    ResNet(2, width=2, image=4), ResNet(2, width=2, image=4, batch_norm=True),
]
GATES: dict[str, Callable[[int], list[float]]] = {
    "plain": lambda depth: [0, 1, 0], "residual": lambda depth: [1, depth**-0.5, 0],
    "rezero": lambda depth: [1, 0, 1],
}


def resnet(net: ResNet) -> tuple[Tensor, Tensor, Tensor]:
    """A model per kind of gates; inputs and targets."""
    p = random(len(GATES), net.n_parameters, seed=4)
    for k, gates in enumerate(GATES.values()):
        net.gates(p)[k] = torch.tensor(gates(net.depth)).double()
    n_in = net.image**2 or net.n_in
    labels = torch.arange(N) % net.n_out
    y = torch.eye(net.n_out).double()[labels].T.expand(len(GATES), net.n_out, N)
    return p, random(len(GATES), n_in, N, seed=5), y


def module_of(net: ResNet, p: Tensor) -> nn.Module:
    """One model out of torch.nn, whose scale is trained only where the gates say so."""
    module = torch_of(Chain(net.layers), p)
    for block, gates in zip(module[1:-1], net.gates(p[None])[0], strict=True):
        block.scale.requires_grad_(bool(gates[2]))
    return module


@pytest.mark.parametrize("net", RESNETS, ids=str)
def test_resnets_equal_torch(net: ResNet) -> None:
    """Plain, residual and ReZero models in one stack, each against its own net of torch.nn."""
    p, x, y = resnet(net)
    stack = Stack(net, p, torch.full_like(p, torch.nan), Workspace())
    stack.gradients(x, y)
    layer = Chain(net.layers)
    for k in range(len(GATES)):
        module = torch_of(layer, p[k])
        nn.functional.cross_entropy(module(x[k].T), y[k].T).backward()
        assert (stack.g[k] - gradients_of(layer, module, p[k])).abs().max() <= 1e-9
    learned = net.gates(stack.g)[:, :, 1]
    assert (learned[:2] == 0).all()
    assert (learned[2] != 0).any()


def test_gradients_of_stages_are_those_of_autograd() -> None:
    """dL/d(input) of every stage, the first of them dL/dx."""
    net = RESNETS[0]
    p, x, y = resnet(net)
    stack = Stack(net, p, torch.zeros_like(p), Workspace())
    outputs = [x, *(h.clone() for h in stack.stages(x, train=True))]
    found = stack.input_gradients(stack.output_gradient(outputs[-1], y))
    assert len(found) == len(net.layers) == net.depth + 2
    for k in range(len(GATES)):
        h = x[k].T.clone().requires_grad_()
        seen, start = [h], 0
        for layer in net.layers:
            h = torch_of(layer, p[k, start : start + layer.n_parameters])(h)
            h.retain_grad()
            seen.append(h)
            start += layer.n_parameters
        nn.functional.cross_entropy(h, y[k].T).backward()
        for ours, theirs, output in zip(found, seen[:-1], outputs[:-1], strict=True):
            assert (ours[k] - theirs.grad.T).abs().max() <= 1e-9
            assert (output[k] - theirs.T).abs().max() <= 1e-9


def test_a_deleted_block_is_skipped() -> None:
    """Gates 1, 0, 0 make a block the identity: the net without it."""
    net, less = ResNet(3, width=6, n_in=5), ResNet(2, width=6, n_in=5)
    p, x, _ = resnet(net)
    shorter = torch.cat([part for i, part in enumerate(net.parts(p)) if i != 2], 1)
    net.gates(p)[:, 1] = torch.tensor([1.0, 0, 0]).double()
    cut = Stack(net, p, torch.zeros_like(p), Workspace()).forward(x)
    whole = Stack(less, shorter, torch.zeros_like(shorter), Workspace()).forward(x)
    assert (cut - whole).abs().max() <= 1e-12


@pytest.mark.parametrize("net", RESNETS, ids=str)
def test_parameters_have_one_place_each(net: ResNet) -> None:
    p = torch.zeros(2, net.n_parameters)
    for part in net.parts(p):
        part += 1
    assert (p == 1).all()
    assert net.init(np.random.default_rng(0)).shape == (net.n_parameters,)


def test_a_resnet_starts_plain() -> None:
    net = RESNETS[1]
    start = torch.from_numpy(net.init(np.random.default_rng(0)))[None]
    assert net.gates(start)[0].tolist() == [[0, 1, 0]] * 2
    assert net.blocks(start).shape == (1, 2, 6 * 6 + 6 + 12 + 3)
