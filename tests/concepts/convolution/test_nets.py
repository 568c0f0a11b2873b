"""The nets of the main lab: the plain one, weights and work, and exact laws of convolution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.convolution import plain
from core.concepts.convolution.nets import KINDS, Stack, multiply_adds
from core.stacked.nets import MLP
from core.stacked.traced import views

F = nn.functional


def test_the_plain_net_is_one_of_the_stack() -> None:
    net = KINDS["cnn"].make(16)
    stack = Stack(net, range(2), 0.01)
    p = views(net.shapes, stack.p)
    module = plain.cnn()
    with torch.no_grad():
        for i in range(3):
            conv, norm = module[i][0], module[i][1]
            conv.weight.copy_(p[f"block{i + 1}.weight"][1])
            norm.weight.copy_(p[f"block{i + 1}.gain"][1])
        module[-1].weight.copy_(p["head.weight"][1])
        module[-1].bias.copy_(p["head.bias"][1])
        x = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 256, 5), np.float32))
        theirs = module.eval()(x[1].t().reshape(5, 1, 16, 16))
        torch.testing.assert_close(stack.outputs(x)[1].t(), theirs, rtol=1e-4, atol=1e-4)


def test_it_runs_as_a_script() -> None:
    assert plain.main(200, 30) < 0.88


@pytest.mark.parametrize(("name", "side", "weights"), [
    ("cnn", 16, 3778), ("cnn_flat", 16, 6178), ("mlp_equal", 16, 3748), ("mlp_nine", 16, 34186),
    ("cnn", 8, 3778), ("mlp_equal", 8, 3760), ("mlp_nine", 8, 33985),
])
def test_weights_are_counted(name: str, side: int, weights: int) -> None:
    assert KINDS[name].make(side).n_parameters == weights


@pytest.mark.parametrize("name", KINDS)
def test_multiply_adds_are_those_of_torchs_layers(name: str) -> None:
    """Counted while torch's own layers of the same shapes see an image."""
    net = KINDS[name].make(16)
    if isinstance(net, MLP):
        assert multiply_adds(net) == sum(a * b for a, b in zip(net.sizes, net.sizes[1:],
                                                               strict=False))
        return
    counted = 0

    def count(layer: nn.Module, given: tuple[torch.Tensor, ...], out: torch.Tensor) -> None:
        nonlocal counted
        if isinstance(layer, nn.Conv2d):
            counted += layer.weight.numel() * out.shape[2] * out.shape[3]
        elif isinstance(layer, nn.Linear):
            counted += layer.weight.numel()

    module = plain.cnn()
    if name == "cnn_flat":
        module[3], module[-1] = nn.Identity(), nn.Linear(256, 10)
    for layer in module.modules():
        layer.register_forward_hook(count)
    module.eval()(torch.zeros(1, 1, 16, 16))
    assert multiply_adds(net) == counted


def test_convolution_is_equivariant_and_pooling_breaks_it() -> None:
    """On a ring, where there is no border: exact for any move, with pooling for even ones."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 16, 16, generator=rng, dtype=torch.float64)
    w = torch.randn(4, 3, 3, 3, generator=rng, dtype=torch.float64)

    def maps(x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="circular"), w)

    for d in (1, 2, 3):
        torch.testing.assert_close(maps(x.roll(d, 3)), maps(x).roll(d, 3), rtol=0, atol=1e-9)
    pooled = F.max_pool2d(maps(x), 2)
    even = F.max_pool2d(maps(x.roll(2, 3)), 2) - pooled.roll(1, 3)
    assert even.abs().max() <= 1e-9
    off = F.max_pool2d(maps(x.roll(1, 3)), 2) - pooled
    assert off.abs().max() > 0.1
    torch.testing.assert_close(maps(x.roll(5, 3)).mean((2, 3)), maps(x).mean((2, 3)))
