"""Small convolutional nets, held to torch.nn in float64: outputs, gradients, running means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.stacked.cnn import CNN, Block
from core.stacked.layers import Workspace
from core.stacked.race import Race, Runner
from core.stacked.traced import views

K, B = 2, 6
NETS = {
    "gap": CNN((Block(4, pool=True), Block(6, pool=True), Block(5)), image=(1, 8)),
    "flat": CNN((Block(4, kernel=5, pool=True), Block(3)), image=(2, 8), flat=True, hidden=(7,)),
    "no_norm": CNN((Block(4, batch_norm=False), Block(3, batch_norm=False, relu=False)),
                   image=(1, 8)),
}
every_net = pytest.mark.parametrize("net", NETS.values(), ids=NETS)


class Reference(nn.Module):
    """The same net as torch's users write it, ReLU before pooling."""

    def __init__(self, net: CNN) -> None:
        super().__init__()
        for name, block, n_in in zip(net.names, net.blocks, net.channels[:-1], strict=True):
            conv = nn.Conv2d(n_in, block.channels, block.kernel, padding=block.kernel // 2,
                             bias=not block.batch_norm)
            self.add_module(name, conv)
            if block.batch_norm:
                self.add_module(name + "n", nn.BatchNorm2d(block.channels))
        for name, (n_out, n_in) in net.dense.items():
            self.add_module(name, nn.Linear(n_in, n_out))
        self.net = net
        self.double()

    def forward(self, x: Tensor) -> Tensor:
        parts = dict(self.named_children())
        for name, block in zip(self.net.names, self.net.blocks, strict=True):
            x = parts[name](x)
            x = parts[name + "n"](x) if block.batch_norm else x
            x = x.relu() if block.relu else x
            x = nn.functional.max_pool2d(x, 2) if block.pool else x
        x = x.flatten(1) if self.net.flat else nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)
        for name in self.net.dense:
            x = parts[name](x)
            x = x if name == "head" else x.relu()
        return x

    def load(self, p: dict[str, Tensor], k: int) -> None:
        """The parameters of our k-th model."""
        parts = dict(self.named_children())
        with torch.no_grad():
            for key, value in p.items():
                self.of(parts, key).copy_(value[k])

    def of(self, parts: dict[str, nn.Module], key: str) -> Tensor:
        """The parameter that is ours of that name."""
        name, what = key.split(".")
        norm = parts.get(name + "n")
        if norm is None or what == "weight":
            return getattr(parts[name], what)
        return getattr(norm, {"gain": "weight"}.get(what, what))


def stack_of(net: CNN) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Parameters and gradients of K models, inputs and targets, in float64."""
    rngs = [np.random.default_rng(s) for s in range(K)]
    p = torch.from_numpy(np.stack([net.init(rng) for rng in rngs])).double()
    p += torch.from_numpy(np.stack([0.1 * rng.standard_normal(p.shape[1]) for rng in rngs]))
    n_pixels = net.image[0] * net.image[1] ** 2
    x = torch.from_numpy(np.stack([rng.standard_normal((n_pixels, B)) for rng in rngs]))
    y = torch.eye(10).double()[torch.arange(K * B).view(K, B) % 10].transpose(1, 2).contiguous()
    return p, torch.zeros_like(p), x, y


@every_net
def test_a_net_is_torchs(net: CNN) -> None:
    p, g, x, y = stack_of(net)
    stack = net.bind(p, g, Workspace())
    stack.gradients(x, y)

    named, gradients = views(net.shapes, p), views(net.shapes, g)
    for k in range(K):
        reference = Reference(net)
        reference.load(named, k)
        images = x[k].t().reshape(B, *net.image, net.image[1])
        loss = nn.functional.cross_entropy(reference(images), y[k].argmax(0))
        loss.backward()
        parts = dict(reference.named_children())
        for key, gradient in gradients.items():
            theirs = reference.of(parts, key).grad
            torch.testing.assert_close(gradient[k], theirs, rtol=1e-9, atol=1e-9)
        reference.eval()
        torch.testing.assert_close(
            stack.forward(x)[k].t(), reference(images), rtol=1e-9, atol=1e-9)


@every_net
def test_maps_lead_to_the_outputs(net: CNN) -> None:
    p, g, x, _ = stack_of(net)
    stack = net.bind(p, g, Workspace())

    everything = views(net.shapes, p) | stack.state
    maps = net.maps(everything, x)
    assert [m.shape[2] for m in maps] == net.channels[1:]
    last = maps[-1]
    vector = last.flatten(2) if net.flat else last.mean((3, 4))
    torch.testing.assert_close(net.read_out(everything, vector), stack.forward(x))


def test_the_reference_net_has_3778_parameters() -> None:
    reference = CNN((Block(8, pool=True), Block(16, pool=True), Block(16)))
    assert reference.n_parameters == 3778
    assert CNN(reference.blocks, flat=True).n_parameters == 6178


def test_a_seed_in_a_stack_is_the_seed_alone() -> None:
    """Some steps of Adam, with dropout: two models, and the second of them alone."""
    net = CNN((Block(4, pool=True),), image=(1, 8), hidden=(6,), dropout=0.5)
    p, _, x, y = stack_of(net)

    def after(seeds: list[int]) -> Tensor:
        rngs = [np.random.default_rng((s, 5)) for s in seeds]
        runners = [Runner("adam", {"learning_rate": 0.01}, i) for i in range(len(seeds))]
        race = Race(net, runners, p[seeds].float(), B, rngs)
        for _ in range(5):
            race.step(x[seeds].float(), y[seeds].float())
        return race.outputs(x[seeds].float())

    torch.testing.assert_close(after([0, 1])[1:], after([1]), rtol=1e-4, atol=1e-5)
