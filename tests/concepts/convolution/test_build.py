"""The third lab: blocks side by side and one after the other, held to torch.nn, and their price."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.convolution import build
from core.concepts.convolution.blocks import (
    ACTIVATIONS,
    Bare,
    Branches,
    Built,
    chain,
    reach,
    reach_measured,
)
from core.concepts.convolution.build import KINDS, Config, NetName
from core.stacked.cnn import Block
from core.stacked.layers import Workspace
from core.stacked.traced import views

SMALL = Built(Block(4), (chain(Block(5)), Branches((
    (Block(2, 1),), (Block(2, 1), Block(3)), (Block(2, 1),)), pooled=True)), hidden=6, side=8)


class Reference(nn.Module):
    """`SMALL`, as torch's users write it."""

    def __init__(self) -> None:
        super().__init__()

        def block(n_in: int, n_out: int, k: int = 3) -> nn.Sequential:
            return nn.Sequential(nn.Conv2d(n_in, n_out, k, padding=k // 2, bias=False),
                                 nn.BatchNorm2d(n_out), nn.ReLU())

        self.blocks = nn.ModuleList([
            block(1, 4), block(4, 5), block(5, 2, 1), block(5, 2, 1), block(2, 3), block(5, 2, 1)])
        self.hidden, self.head = nn.Linear(7, 6), nn.Linear(6, 10)
        self.double()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        stem, first, a, b, c, d = self.blocks
        pool = nn.functional.max_pool2d
        x = pool(first(pool(stem(x), 2)), 2)
        x = torch.cat([a(x), c(b(x)), d(pool(x, 3, 1, 1))], 1).mean((2, 3))
        return self.head(self.hidden(x).relu())


def bare(activation: str) -> Built:
    """Without batch norm, pooled over windows that overlap, all places kept."""
    return Built(Bare(4, activation=activation), (chain(Bare(5, activation=activation)),),
                 overlap=True, flat=True, hidden=6, activation=activation, side=8)


def reference_of_bare(unit: nn.Module) -> nn.Sequential:
    """The same, as torch's users write it."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), unit, nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 5, 3, padding=1),
        unit, nn.Flatten(), nn.Linear(5 * 16, 6), unit, nn.Linear(6, 10)).double()


@pytest.mark.parametrize(("net", "reference"), [
    (SMALL, Reference()),
    *((bare(name), reference_of_bare(unit)) for name, unit in
      (("relu", nn.ReLU()), ("tanh", nn.Tanh()), ("sigmoid", nn.Sigmoid()))),
], ids=["blocks", "relu", "tanh", "sigmoid"])
def test_a_net_is_torchs(net: Built, reference: nn.Module) -> None:
    """The gradients of all parameters while training, to 1e-9 in float64."""
    rng = np.random.default_rng(0)
    p = torch.from_numpy(np.stack([net.init(rng) for _ in range(2)])).double()
    g = torch.zeros_like(p)
    x = torch.from_numpy(rng.standard_normal((2, 64, 6)))
    y = torch.eye(10).double()[torch.arange(12).view(2, 6) % 10].transpose(1, 2).contiguous()
    net.bind(p, g, Workspace()).gradients(x, y)
    named, gradients = views(net.shapes, p), views(net.shapes, g)
    theirs = list(reference.parameters())
    assert len(theirs) == len(named)
    with torch.no_grad():
        for parameter, ours in zip(theirs, named.values(), strict=True):
            parameter.copy_(ours[1])
    loss = nn.functional.cross_entropy(reference(x[1].t().reshape(6, 1, 8, 8)), y[1].argmax(0))
    loss.backward()
    for parameter, (name, gradient) in zip(theirs, gradients.items(), strict=True):
        torch.testing.assert_close(gradient[1], parameter.grad, rtol=1e-9, atol=1e-9, msg=name)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_bare_net_starts_at_the_scale_of_its_activation(name: str) -> None:
    """What comes in at deviation 1 leaves a layer neither much larger nor much smaller: for the
    sigmoid, around its middle of a half."""
    block = Bare(64, activation=name)
    p = {key: torch.from_numpy(a).float()[None] for key, a in
         block.start("b", 32, np.random.default_rng(0)).items()}
    images = torch.from_numpy(np.random.default_rng(1).standard_normal((4, 32, 12, 12), np.float32))
    sums = nn.functional.conv2d(images, p["b.weight"][0], padding=1)[:, :, 1:-1, 1:-1]
    assert float(sums.std()) == pytest.approx(ACTIVATIONS[name].gain, rel=0.05)


def test_what_an_update_costs_is_measured_from_the_second_on() -> None:
    """Of one net, in milliseconds of the processor; the numbers themselves are nobody's claim."""
    config = Config(nets=("one_3x3",), n_train=100, n_steps=50, n_seeds=2)
    first, *_, last = (frame.arrays["milliseconds"] for frame in build.train(config))
    assert np.isnan(first).all()
    assert last.shape == (1,)
    assert (last > 0).all()
    clock = build.Clock(4)
    clock._seconds = [9.0, 0.004, 0.008, 0.012]
    assert clock.milliseconds() == pytest.approx(2.0)


@pytest.mark.parametrize(("name", "weights"), [
    ("one_3x3", 2902), ("one_5x5", 7510), ("two_3x3", 5542), ("linear_3x3", 5518),
    ("inception", 14480 + 3458), ("inception_reduced", 3176 + 3458),
    ("blocks_1", 2902), ("blocks_3", 8182), ("overlap", 2902),
    ("tanh", 80 + 16 * 73 + 16 * 145 + 64 * 257 + 650),
])
def test_weights_are_counted(name: str, weights: int) -> None:
    assert KINDS[name].n_parameters == weights


def test_work_is_counted() -> None:
    """By hand: 16 x 16 places in the stem, 8 x 8 and 4 x 4 in the stages, and the last layer."""
    assert KINDS["one_5x5"].multiply_adds == (
        256 * 12 * 9 + 64 * 12 * 12 * 25 + 16 * 12 * 12 * 25 + 120)
    assert KINDS["inception"].multiply_adds == (
        256 * 8 * 9 + 64 * 8 * 40 * 9 + 16 * 40 * (8 + 16 * 9 + 8 * 25 + 8) + 400)


@pytest.mark.parametrize(("blocks", "side"), [
    ((Block(4),), 3), ((Block(4, 5),), 5), ((Block(4), Block(4)), 5),
    ((Block(4), Block(4), Block(4)), 7), ((Block(4, 1), Block(4)), 3),
])
def test_how_far_a_block_sees(blocks: tuple[Block, ...], side: int) -> None:
    """Receptive fields: the formula, and where the gradient arrives."""
    assert reach(blocks) == side
    assert reach_measured(chain(*blocks), 3) == side


def test_every_net_sees_as_far_as_the_formula_says() -> None:
    assert tuple(KINDS) == get_args(NetName)
    found = build.costs(Config(nets=get_args(NetName)))
    np.testing.assert_array_equal(found["reach"], found["reach_measured"])
