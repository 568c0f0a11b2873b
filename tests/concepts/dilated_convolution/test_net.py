"""The net held to torch.nn in float64, and its field to the gradient."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.concepts.dilated_convolution import plain
from core.concepts.dilated_convolution.net import CausalNet, causal_conv, field_of, ways
from core.stacked.traced import Parameters, flat, views

K, B, T, V = 3, 2, 20, 4


def models(net: CausalNet, seed: int = 0) -> Parameters:
    rng = np.random.default_rng(seed)
    return views(net.shapes, torch.from_numpy(rng.normal(0, 0.5, (K, net.n_parameters))))


def symbols(seed: int = 1) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, V, (K, B, T)))


@pytest.mark.parametrize(("kernel", "dilation"), [(2, 1), (2, 8), (3, 4), (1, 1)])
def test_a_causal_convolution_is_conv1d_after_zeros(kernel: int, dilation: int) -> None:
    """Its values and all its gradients."""
    rng = np.random.default_rng(2)
    x, weight, bias = (torch.from_numpy(rng.normal(0, 1, shape)).requires_grad_()
                       for shape in ((K, B, T, 3), (K, 5, 3, kernel), (K, 5)))
    ours = causal_conv(x, weight, bias, dilation)  # (K, B, T, 5)
    pull = torch.from_numpy(rng.normal(0, 1, ours.shape))
    found = torch.autograd.grad((ours * pull).sum(), (x, weight, bias))
    for k in range(K):
        conv = nn.Conv1d(3, 5, kernel, dilation=dilation).double()
        conv.weight.data, conv.bias.data = weight[k].detach(), bias[k].detach()  # type: ignore[union-attr]
        own = x[k].detach().mT.requires_grad_()
        theirs = conv(nn.functional.pad(own, (dilation * (kernel - 1), 0)))
        assert (theirs.mT - ours[k]).abs().max() <= 1e-9
        (theirs.mT * pull[k]).sum().backward()
        assert (own.grad.mT - found[0][k]).abs().max() <= 1e-9  # type: ignore[union-attr]
        assert (conv.weight.grad - found[1][k]).abs().max() <= 1e-9  # type: ignore[operator]
        assert (conv.bias.grad - found[2][k]).abs().max() <= 1e-9  # type: ignore[operator, union-attr]


@pytest.mark.parametrize("residual", [False, True])
def test_the_net_is_the_plain_one(residual: bool) -> None:
    """Each model of a stack: the same logits at the places that are asked for."""
    dilations = (1, 2, 4)
    net = CausalNet(V, dilations, width=6, n_asked=7, residual=residual)
    p, x = models(net), symbols()
    ours = net.forward(p, x)  # (K, V, B, 7)
    assert torch.equal(ours, net.forward(p, net.one_hot(x, p)))
    for k in range(K):
        theirs = plain.CausalNet(dilations, 6, residual).double()
        for own, (name, part) in zip(theirs.parameters(), p.items(), strict=True):
            own.data = part[k].view(own.shape).clone()
            assert own.dim() == 1 or own.shape[-1] == (2 if name.endswith("conv") else 1)
        assert (theirs(x[k])[..., -7:].movedim(1, 0) - ours[k]).abs().max() <= 1e-9


def test_without_gates_a_layer_is_a_relu() -> None:
    net = CausalNet(V, (2,), width=5, n_asked=T, gated=False, residual=False)
    p, x = models(net), symbols()
    h = net.one_hot(x, p) @ p["symbols"][:, None].mT
    z = causal_conv(h, p["0.conv"], p["0.conv_bias"], 2).relu()
    for name in ("0.mix", "out"):
        z = z @ p[name][:, None].mT + p[f"{name}_bias"][:, None, None]
    assert (z.movedim(-1, 1) - net.forward(p, x)).abs().max() <= 1e-9


CASES = [((1, 2, 4, 8), 2, 16), ((1, 1, 1, 1), 2, 5), ((1, 4, 16), 2, 22), ((1, 3, 9), 3, 27),
         ((1, 1), 3, 5), ((1,) * 12, 2, 13)]


@pytest.mark.parametrize(("dilations", "kernel", "field"), CASES)
def test_the_field_by_formula(dilations: tuple[int, ...], kernel: int, field: int) -> None:
    """As many places as the paper says; and each way to each of them, counted one by one."""
    assert field_of(dilations, kernel) == field
    ends = [sum(j * d for j, d in zip(choice, dilations, strict=True))
            for choice in product(range(kernel), repeat=len(dilations))]
    found = ways(dilations, kernel, field + 3)
    np.testing.assert_array_equal(found, np.bincount(ends, minlength=field + 3))
    assert found[field - 1] == 1, "the last place of the field"
    assert not found[field:].any()


def test_dilations_that_double_see_each_symbol_in_one_way() -> None:
    np.testing.assert_array_equal(ways((1, 2, 4, 8, 16), 2, 32), 1)
    np.testing.assert_array_equal(ways((1, 3, 9), 3, 27), 1)
    assert not ways((1, 4, 16), 2, 22)[[2, 3, 6, 7, 8, 15, 18, 19]].any(), "blind spots"


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("residual", [True, False])
def test_the_gradient_is_zero_where_the_formula_sees_nothing(gated: bool, residual: bool) -> None:
    for dilations in ((1, 2, 4), (1, 1, 1), (1, 4)):
        net = CausalNet(V, dilations, width=16, gated=gated, residual=residual)
        rng = np.random.default_rng(5)
        rows = np.stack([flat(net.shapes, net.start(rng)) for _ in range(K)])
        p = views(net.shapes, torch.from_numpy(rows).double())
        x = net.one_hot(symbols(), p).requires_grad_()
        (pull,) = torch.autograd.grad(net.forward(p, x).square().sum(), x)
        felt = (pull.square().sum((0, 1, 3)) > 0).flip(0).numpy()
        np.testing.assert_array_equal(felt, ways(dilations, 2, T) > 0)


def test_nets_of_one_size_begin_alike_whatever_their_dilations() -> None:
    starts = [flat(net.shapes, net.start(np.random.default_rng(3)))
              for net in (CausalNet(V, (1, 2, 4)), CausalNet(V, (1, 1, 1)))]
    np.testing.assert_array_equal(*starts)


@pytest.mark.parametrize(("start_of", "variance"), [("unit", 1), ("torch", 1 / 3)])
def test_weights_begin_with_their_variance(start_of: str, variance: float) -> None:
    net = CausalNet(V, (1, 2), width=64, start_of=start_of)
    drawn = net.start(np.random.default_rng(1))
    for name, inputs in (("0.conv", 128), ("1.mix", 64), ("symbols", 1)):
        assert np.var(drawn[name]) * inputs == pytest.approx(variance, rel=0.25)


def test_the_plain_net_learns() -> None:
    assert plain.main() >= 0.95
