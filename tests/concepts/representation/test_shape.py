"""Images and the ways in which they are told, and the nets that are told, held to torch.nn."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts import find
from core.concepts.representation import shape
from core.concepts.representation.pixels import (
    CLASSES,
    N_CHANNELS,
    SIDE,
    TELLINGS,
    draw,
    known,
)
from core.stacked.layers import Workspace
from core.stacked.nets import MLP

SMALL = shape.Config(tellings=("standardised", "scrambled", "bytes", "swapped", "misread"),
                     n_train=100, n_steps=20, n_seeds=2)


def images(kind: str, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    return draw(kind, n, 2, 0.15, np.random.default_rng(5))


@pytest.mark.parametrize("kind", CLASSES)
def test_images_are_balanced_and_go_from_0_to_1(kind: str) -> None:
    x, y = images(kind)
    assert x.shape == (200, N_CHANNELS[kind], SIDE, SIDE)
    assert x.dtype == np.float32
    assert 0 <= x.min() < x.max() <= 1
    n = len(CLASSES[kind])
    assert np.bincount(y, minlength=n).tolist() == [200 // n] * n
    again, _ = images(kind)
    np.testing.assert_array_equal(x, again)


def test_the_colour_is_that_of_the_class() -> None:
    x, y = draw("colour", 100, 2, 0, np.random.default_rng(1))
    for c, name in enumerate(CLASSES["colour"]):
        red, _, blue = x[y == c].mean((0, 2, 3))
        assert (red > blue) == name.startswith("red")


def test_every_way_tells_the_same_facts() -> None:
    """Each but the rounding to bytes can be undone."""
    x, _ = images("colour")
    of = known(x, np.random.default_rng(2))
    told = {name: telling.tell(x, of) for name, telling in TELLINGS.items()}
    assert {a.shape for a in told.values()} == {x.shape}
    z = told["standardised"]
    np.testing.assert_allclose(z.mean((0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(z.std((0, 2, 3)), 1, atol=1e-5)
    np.testing.assert_allclose(told["bytes"] / 255, x, atol=0.5 / 255 + 1e-6)
    np.testing.assert_array_equal(told["swapped"][:, [2, 1, 0]], z)
    back = np.empty_like(z.reshape(200, 3, -1))
    back[:, :, of.order] = told["scrambled"].reshape(200, 3, -1)
    np.testing.assert_array_equal(back.reshape(z.shape), z)
    pixels = told["misread"].reshape(200, SIDE, SIDE, 3)  # as they lie in memory
    np.testing.assert_array_equal(pixels.transpose(0, 3, 1, 2), z)
    normalised = (x[:, 1] - 0.456) / 0.224
    np.testing.assert_allclose(told["others"][:, 1], normalised, rtol=1e-5, atol=1e-6)


def test_a_grey_image_has_no_channels_to_confuse() -> None:
    x, _ = images("grey")
    of = known(x, np.random.default_rng(2))
    for name in ("swapped", "misread"):
        np.testing.assert_array_equal(TELLINGS[name].tell(x, of),
                                      TELLINGS["standardised"].tell(x, of))


def module_of(name: str) -> nn.Module:
    """The same in torch.nn."""
    n = N_CHANNELS["colour"]
    if name == "dense":
        return nn.Sequential(nn.Linear(n * SIDE**2, shape.HIDDEN), nn.ReLU(),
                             nn.Linear(shape.HIDDEN, 10))
    layers: list[nn.Module] = [nn.Unflatten(1, (n, SIDE, SIDE))]
    for n_in in (n, shape.CHANNELS):
        layers.append(nn.Conv2d(n_in, shape.CHANNELS, 3, padding=1, bias=name == "plain"))
        if name == "conv":
            layers.append(nn.BatchNorm2d(shape.CHANNELS))
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(shape.CHANNELS * (SIDE // 4) ** 2, 10))


@pytest.mark.parametrize("name", shape.NET_NAMES)
def test_nets_are_those_of_torch(name: str) -> None:
    """Outputs in training and gradients, in float64."""
    net = shape.net_of(SMALL, name)
    p = torch.from_numpy(np.stack([net.init(np.random.default_rng(i)) for i in range(2)])).double()
    g = torch.zeros_like(p)
    stack = net.bind(p, g, Workspace())
    x = torch.randn(2, 3 * SIDE**2, 6, generator=torch.Generator().manual_seed(1)).double()
    y = torch.eye(10, dtype=torch.float64)[:, [1, 5, 2, 9, 0, 1]].expand(2, 10, 6).contiguous()
    stack.gradients(x, y)
    peer = module_of(name).double()
    torch.nn.utils.vector_to_parameters(p[1], peer.parameters())
    nn.functional.cross_entropy(peer(x[1].T), y[1].T).backward()
    theirs = torch.cat([w.grad.flatten() for w in peer.parameters() if w.grad is not None])
    torch.testing.assert_close(g[1], theirs, rtol=1e-7, atol=1e-9)


def test_scrambled_pixels_and_scrambled_weights_are_the_same_dense_net() -> None:
    """The law: with the columns of its first layer in the same order it says the same."""
    x, _ = images("colour")
    of = known(x, np.random.default_rng(2))
    z, told = (torch.from_numpy(TELLINGS[name].tell(x, of).reshape(len(x), -1).T)[None].double()
               for name in ("standardised", "scrambled"))
    net = shape.net_of(SMALL, "dense")
    assert isinstance(net, MLP)
    p = torch.from_numpy(net.init(np.random.default_rng(0)))[None].double()
    ordered = p.clone()
    n = 3 * SIDE**2
    first = ordered[0, : n * shape.HIDDEN].view(shape.HIDDEN, 3, -1)
    first.copy_(first[:, :, of.order].clone())
    said = [net.bind(row, torch.zeros_like(row), Workspace()).forward(a).clone()
            for row, a in ((p, z), (ordered, told))]
    torch.testing.assert_close(said[0], said[1], rtol=1e-9, atol=1e-9)


def test_a_seed_in_a_stack_is_the_same_seed_alone() -> None:
    both = list(shape.train(SMALL))
    alone = list(shape.train(SMALL.model_copy(update={"seed": 1, "n_seeds": 1})))
    for one, other in zip(both, alone, strict=True):
        for name in ("test_error", "asked_error"):
            np.testing.assert_allclose(one.arrays[name][..., 1:], other.arrays[name], atol=0.011)


def test_nets_that_learned_the_first_are_asked_in_all() -> None:
    """With the first representation both errors are one; so they are where another is the same."""
    run = find("representation.shape").run(
        images="grey", tellings=["standardised", "swapped", "bytes"], nets=["dense"], n_train=100,
        n_steps=20, n_seeds=1)
    last = run.isel(step=-1, net=0, seed=0)
    error, asked = last["test_error"].values, last["asked_error"].values
    assert asked[0] == error[0] == error[1] == asked[1]
    told = run["told"].values
    assert told.shape == (3, SIDE, SIDE)
    assert (np.nanmin(told), np.nanmax(told)) == (0, 1)


def test_who_is_lost_is_named() -> None:
    *_, last = shape.train(shape.Config(tellings=("standardised", "bytes"), nets=("plain",),
                                        n_seeds=1))
    assert [note.key for note in last.notes] == ["lost"]
    frames = list(islice(shape.train(SMALL), 2))
    assert not any(frame.notes for frame in frames)
