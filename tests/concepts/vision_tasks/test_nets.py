"""The nets, held to torch.nn in float64, with their gradients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.vision_tasks import captions, plain
from core.concepts.vision_tasks.nets import (
    EPS,
    Finder,
    Nets,
    Trunk,
    WhatAndWhere,
    folded,
    folded_shapes,
)
from core.concepts.vision_tasks.scenes import N_CLASSES, N_PIXELS, SIDE
from core.concepts.vision_tasks.segment import KINDS, N_KINDS, Segmenter, at_edges, ious
from core.stacked.traced import Program

K, B = 2, 3


def parameters(net: Program) -> dict[str, torch.Tensor]:
    """Of K nets with numbers of their own, in float64."""
    rng = np.random.default_rng(0)
    return {name: torch.from_numpy(0.5 * rng.standard_normal((K, *shape))).requires_grad_()
            for name, shape in net.shapes.items()}


def state(net: Program) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.stack([a] * K)) for name, a in net.state.items()}


def scenes() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(1).standard_normal((K, N_PIXELS, B)))


def unfolded(net: Program, flat: np.ndarray) -> dict[str, torch.Tensor]:
    """Parameters of one net of which a batch norm does nothing, out of what is in a frame."""
    p: dict[str, torch.Tensor] = {}
    at = 0
    for name, shape in folded_shapes(net).items():
        n = int(np.prod(shape))
        p[name] = torch.from_numpy(flat[at : at + n].reshape(1, *shape).astype(float))
        at += n
    assert at == len(flat)
    for name, a in net.state.items():
        p[name] = torch.from_numpy(a)[None].double()
        if name.endswith("variance"):
            p[name] -= EPS
            p[name.replace("variance", "gain")] = torch.ones_like(p[name])
    return p


def conv(own: Mapping[str, torch.Tensor], name: str, mode: str = "zeros") -> nn.Sequential:
    """A convolution with batch norm, as torch.nn has it."""
    n_out, n_in = own[f"{name}.weight"].shape[:2]
    made = nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, padding=1, padding_mode=mode, bias=False),
        nn.BatchNorm2d(n_out)).double()
    for to, key in ((made[0].weight, "weight"), (made[1].weight, "gain"), (made[1].bias, "bias")):
        to.data = own[f"{name}.{key}"].detach()
    return made


@pytest.mark.parametrize("padding", ["zeros", "circular", "reflect"])
def test_a_trunk_is_three_convolutions_of_torch(padding: str) -> None:
    net = Finder(WhatAndWhere(1, 1), Trunk(padding))
    p = parameters(net)
    maps = net.trunk.maps(p | state(net), scenes(), train=True)
    for k in range(K):
        own = {name: a[k] for name, a in p.items()}
        y = scenes()[k].T.reshape(B, 1, SIDE, SIDE)
        for name, pool in (("trunk1", True), ("trunk2", True), ("trunk3", False)):
            y = conv(own, name, padding)(y).relu()
            y = nn.functional.max_pool2d(y, 2) if pool else y
        torch.testing.assert_close(maps[k], y, rtol=1e-9, atol=1e-9)


def test_a_finder_is_the_plain_net_with_its_gradients() -> None:
    net = Finder(WhatAndWhere(1.0, 3.0))
    p, x = parameters(net), scenes()
    rng = np.random.default_rng(2)
    y = torch.from_numpy(np.concatenate([
        np.eye(N_CLASSES)[rng.integers(0, N_CLASSES, (K, B))].transpose(0, 2, 1),
        np.sort(rng.uniform(0, SIDE, (K, 4, B)), 1)], 1))
    losses = net.objective(p | state(net), x, y, ())
    gradients = torch.autograd.grad(losses.sum(), list(p.values()))
    found = dict(zip(p, gradients, strict=True))
    for k in range(K):
        peer = plain.WhatAndWhere().double()
        names = ["trunk1.weight", "trunk1.gain", "trunk1.bias", "trunk2.weight", "trunk2.gain",
                 "trunk2.bias", "trunk3.weight", "trunk3.gain", "trunk3.bias", "class.weight",
                 "class.bias", "box.weight", "box.bias"]
        for own, name in zip(peer.parameters(), names, strict=True):
            own.data = p[name][k].detach().clone()
        logits, boxes = peer(x[k].T.reshape(B, 1, SIDE, SIDE))
        loss = nn.functional.cross_entropy(logits, y[k, :N_CLASSES].argmax(0))
        loss = loss + 3 * ((boxes - y[k, N_CLASSES:].T) / 12).square().mean()
        assert losses[k].item() == pytest.approx(loss.item(), rel=1e-9)
        loss.backward()
        for own, name in zip(peer.parameters(), names, strict=True):
            torch.testing.assert_close(found[name][k], own.grad, rtol=1e-8, atol=1e-9)


def test_without_a_border_means_of_maps_know_no_place() -> None:
    """By as many pixels as two poolings take together, the scene is shifted and nothing happens."""
    x = scenes()
    shifted = x.view(K, SIDE, SIDE, B).roll((4, 8), (1, 2)).reshape(x.shape)
    for padding, same in (("circular", True), ("zeros", False), ("reflect", False)):
        net = Finder(WhatAndWhere(1, 1), Trunk(padding))
        p = {**parameters(net), **state(net)}
        a, b = net.forward(p, x), net.forward(p, shifted)
        assert torch.allclose(a, b, rtol=0, atol=1e-9) is same


@pytest.mark.parametrize("name", KINDS)
def test_a_segmenter_is_that_of_torch(name: str) -> None:
    net = Segmenter(KINDS[name])
    p, x = parameters(net), scenes()
    z = net.forward(p | state(net), x, [])
    assert z.shape == (K, N_KINDS, B, N_PIXELS)
    for k in range(K):
        own = {key: a[k] for key, a in p.items()}
        said = reference(name, own, x[k].T.reshape(B, 1, SIDE, SIDE))
        torch.testing.assert_close(z[k].transpose(0, 1), said.flatten(2), rtol=1e-9, atol=1e-9)


def reference(name: str, own: Mapping[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Written out, net by net."""
    def layer(key: str, y: torch.Tensor) -> torch.Tensor:
        return conv(own, key)(y).relu()

    up, pool = nn.Upsample(scale_factor=2), nn.MaxPool2d(2)
    if name == "one":
        return nn.functional.conv2d(x, own["last.weight"], own["last.bias"], padding=1)
    if name == "full":
        y = layer("down3", layer("down2", layer("down1", x)))
    else:
        one = layer("down1", x)
        two = layer("down2", pool(one))
        y = up(layer("down3", pool(two)))
        y = up(layer("up2", torch.cat([y, two], 1) if name == "unet" else y))
        y = layer("up1", torch.cat([y, one], 1) if name == "unet" else y)
    return nn.functional.conv2d(y, own["last.weight"], own["last.bias"])


def test_pixels_are_weighed_as_torch_does() -> None:
    net = Segmenter(KINDS["one"], background=0.3)
    p, x = parameters(net), scenes()
    y = torch.from_numpy(np.random.default_rng(3).integers(0, N_KINDS, (K, N_PIXELS, B)))
    weights = torch.tensor([0.3, *[1.0] * (N_KINDS - 1)], dtype=torch.float64)
    z = net.forward(p, x)  # (K, kinds, B, pixels)
    for k, loss in enumerate(net.objective(p, x, y, [])):
        rows = z[k].flatten(1).T
        expected = nn.functional.cross_entropy(rows, y[k].T.flatten(), weights)
        assert loss.item() == pytest.approx(expected.item(), rel=1e-9)


def test_a_trunk_is_taken_over_and_heads_are_not() -> None:
    net = Finder(WhatAndWhere(1.0, 1.0))
    a, b = (Nets(net, range(first, first + 2), 0.01) for first in (0, 5))
    before = {name: value.clone() for name, value in b.parameters.items()}
    b.take_trunk(a)
    for name, value in b.parameters.items():
        same = a.parameters[name] if name.startswith("trunk") else before[name]
        assert torch.equal(value, same), name


@pytest.mark.parametrize("net", [
    Finder(WhatAndWhere(1, 1)), Finder(WhatAndWhere(1, 1), everywhere=True),
    Segmenter(KINDS["unet"]), Segmenter(KINDS["one"]), captions.net_of("attend"),
], ids=["finder", "everywhere", "unet", "one", "speaker"])
def test_folded_numbers_are_the_same_net(net: Program) -> None:
    """Of the first seed, rounded to float16: it says what the net with batch norm says."""
    nets, x = Nets(net, range(2), 0.01), scenes()
    rng = np.random.default_rng(3)
    for a in nets.stack.state.values():
        a += torch.from_numpy(rng.uniform(0, 0.3, a.shape)).float()
    z = net.forward(unfolded(net, folded([nets])), x[:1])
    expected = net.forward(nets.parameters, x.float())[:1]
    torch.testing.assert_close(z.to(expected.dtype), expected, rtol=0.02, atol=0.03)


def test_kinds_of_pixels_and_edges_by_hand() -> None:
    true = np.zeros((1, 1, 16), int)
    true[0, 0, [5, 6, 9, 10]] = 2
    said = np.zeros_like(true)
    said[0, 0, [5, 6, 7]] = 2
    said[0, 0, 0] = 1
    found = ious(said, true)[0]
    # background: 12 are, 12 are said so, 10 of them rightly; x: neither has one
    np.testing.assert_allclose(found[:3], [10 / 14, 0, 2 / 5])
    assert np.isnan(found[3:]).all()
    edges = at_edges(true, 4)[0, 0]
    assert edges.sum() == 16, "all touch the square in the middle of 4 x 4"
    assert not at_edges(np.zeros((1, 1, 16), int), 4).any()


def test_the_plain_net_learns() -> None:
    torch.manual_seed(0)
    wrong, covered = plain.learn(plain.WhatAndWhere(), n_steps=50)
    assert wrong < 0.6
    assert covered > 0.29, "one box for all scenes has 0.25"
