"""The net written for reading, held to the stack that the page trains."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.concepts.skip_connections import plain
from core.concepts.skip_connections.common import KINDS
from core.concepts.skip_connections.resnet import ResNet
from core.stacked.layers import Workspace
from core.stacked.nets import Stack
from tests.support.torch_layers import N, random


def filled(net: ResNet, p: torch.Tensor, kind: str) -> nn.Sequential:
    """A plain net with a stack's parameters (P,), which have three gates after each block."""
    module = plain.resnet(net.depth, net.width, kind, net.batch_norm, net.n_in, net.n_out).double()
    at = 0
    for part in module:
        for name, parameter in part.named_parameters():
            if name != "scale":
                n = parameter.numel()
                parameter.data = p[at : at + n].view(parameter.shape).clone()
                at += n
        at += 3 * isinstance(part, plain.Block)
    assert at == len(p)
    return module


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_net_is_one_of_the_stack(kind: str, batch_norm: bool) -> None:
    """Outputs, and the gradients of the stem's weights and of the first block's scale, to 1e-9
    in float64.
    """
    net = ResNet(3, width=6, n_in=5, batch_norm=batch_norm)
    p, x = random(1, net.n_parameters, seed=1), random(1, 5, N, seed=2)
    net.gates(p)[...] = torch.tensor(KINDS[kind](net.depth), dtype=p.dtype)
    labels = torch.arange(N) % net.n_out
    y = torch.eye(net.n_out).double()[labels].T[None]
    stack, module = Stack(net, p, torch.zeros_like(p), Workspace()), filled(net, p[0], kind)
    stack.gradients(x, y)
    nn.functional.cross_entropy(module(x[0].T), labels).backward()
    stem = module[0].weight.grad.ravel()
    assert stem.abs().max() > 1e-6 or kind == "rezero"
    assert (stack.g[0, : len(stem)] - stem).abs().max() <= 1e-9
    scale = net.gates(stack.g)[0, 0, 1]
    if kind == "rezero":
        assert (scale - module[1].scale.grad).abs() <= 1e-9
    else:
        assert scale == 0


def test_he_keeps_the_size() -> None:
    """After 20 plain layers of 256 units signals are as large as before, within a factor 3."""
    torch.manual_seed(0)
    net = plain.resnet(20, 256, "plain")
    plain.he_init(net)
    first = net[0](torch.randn(64, 64))
    last = net[1:-1](first)
    assert 1 / 3 < last.square().mean() / first.square().mean() < 3


def test_it_runs_as_a_script() -> None:
    """A residual net of 16 layers learns, and more than a plain one."""
    found = plain.main((2, 16), 60)
    assert found["residual", 16] < 0.5
    assert found["residual", 16] < found["plain", 16]
