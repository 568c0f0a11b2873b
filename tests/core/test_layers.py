"""Every layer of the stacked nets, held to torch.nn with autograd in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.stacked.layers import (
    Activation,
    BatchNorm,
    Chain,
    Conv,
    Dropout,
    Gated,
    Layer,
    Linear,
    MeanPool,
    Place,
    Workspace,
)
from core.stacked.nets import MLP, Net, ResNet, Stack

torch.set_num_threads(1)
K, N = 3, 7


class Shift(nn.Module):
    """`Gated` in torch.nn: y = skip x + scale F(x)."""

    def __init__(self, inner: nn.Module, gates: Tensor) -> None:
        super().__init__()
        self.inner = inner
        self.skip = gates[0].item()
        self.scale = nn.Parameter(gates[1].clone())

    def forward(self, x: Tensor) -> Tensor:
        return self.skip * x + self.scale * self.inner(x)


def image(channels: int, size: int) -> nn.Module:
    return nn.Unflatten(1, (channels, size, size))


def torch_of(layer: Layer, p: Tensor) -> nn.Module:
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
        case Gated():
            return Shift(torch_of(layer.inner, p[:-3]), p[-3:])
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


BLOCK = Chain((Linear(6, 6), BatchNorm(6), Activation()))
LAYERS = {
    "linear": (Linear(5, 4), 5), "linear without bias": (Linear(5, 4, bias=False), 5),
    "convolution": (Conv(2, 3, 4), 32), "mean pool": (MeanPool(2, 4, 2), 32),
    "batch norm": (BatchNorm(6), 6), "batch norm of images": (BatchNorm(2, 9), 18),
    "chain": (Chain((Linear(5, 6), Activation("tanh"), Linear(6, 2))), 5),
    "gated": (Gated(BLOCK), 6), "gated twice": (Chain((Gated(BLOCK), Gated(BLOCK))), 6),
    "gated convolution": (Gated(Chain((Conv(2, 2, 4), BatchNorm(2, 16), Activation()))), 32),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_equal_torch(name: str) -> None:
    """Output, gradients of parameters and of the input, model by model, asked twice so that
    buffers that are used again hold nothing over.
    """
    layer, n_in = LAYERS[name]
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


def gradients_of(layer: Layer, module: nn.Module, p: Tensor) -> Tensor:
    """autograd's gradients in our order; a gate is trained only where `learned` says so."""
    match layer:
        case Chain():
            parts, start = [], 0
            for part, m in zip(layer.layers, module, strict=True):
                parts.append(gradients_of(part, m, p[start : start + part.n_parameters]))
                start += part.n_parameters
            return torch.cat(parts)
        case Gated():
            inner = gradients_of(layer.inner, module.inner, p[:-3])
            return torch.cat([inner, torch.stack([p[0] * 0, p[-1] * module.scale.grad, p[0] * 0])])
        case _:
            found = [q.grad.ravel() for q in module.parameters()]
            return torch.cat(found) if found else p


@pytest.mark.parametrize("pixels", [1, 4])
def test_batch_norm_measures_with_running_means(pixels: int) -> None:
    """After some batches in training, a batch alone is normalised as torch does it."""
    layer = BatchNorm(3, pixels)
    p = random(K, 6, seed=1)
    ours, _ = bound(layer, p)
    modules = [torch_of(layer, p[k]) for k in range(K)]
    for t in range(5):
        x = random(K, 3 * pixels, N, seed=t) * (t + 1)
        ours.forward(x, train=True)
        for k in range(K):
            modules[k](x[k].T)
    x = random(K, 3 * pixels, 2, seed=9)
    y = ours.forward(x, train=False)
    for k in range(K):
        assert (modules[k].eval()(x[k].T).T - y[k]).abs().max() <= 1e-9


# --- dropout ---------------------------------------------------------------------------


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    layer = Dropout(200, 0.3)
    ours, _ = bound(layer, torch.zeros(K, 0))
    y = ours.forward(torch.ones(K, 200, 500), train=True)
    dropped = (y == 0).double().mean((1, 2))
    assert dropped == pytest.approx(torch.full((K,), round(256 * 0.3) / 256), abs=0.01)
    assert y.mean((1, 2)) == pytest.approx(torch.ones(K), abs=0.01)
    assert len(y.unique()) == 2


def test_dropout_passes_gradients_where_it_passed_values() -> None:
    layer = Dropout(20, 0.5)
    ours, _ = bound(layer, torch.zeros(K, 0))
    y = ours.forward(torch.ones(K, 20, N), train=True)
    assert torch.equal(ours.backward(torch.ones(K, 20, N)), y)


def test_dropout_rests_when_measuring() -> None:
    ours, _ = bound(Dropout(20, 0.5), torch.zeros(K, 0))
    x = random(K, 20, N)
    assert torch.equal(ours.forward(x, train=False), x)


def test_dropout_of_a_model_depends_on_its_generator_alone() -> None:
    """Stacked or by itself, and another mask at every step."""
    layer, x = Dropout(20, 0.5), torch.ones(K, 20, N)
    ours, _ = bound(layer, torch.zeros(K, 0))
    first, second = (ours.forward(x, train=True).clone() for _ in range(2))
    assert not torch.equal(first, second)
    alone = layer.bind(Place(torch.zeros(1, 0), torch.zeros(1, 0), Workspace(), "x",
                             [np.random.default_rng(2)]))
    assert torch.equal(alone.forward(x[:1], train=True)[0], first[2])
    assert torch.equal(alone.forward(x[:1], train=True)[0], second[2])
    assert not torch.equal(first[0], first[1])


def test_dropout_in_a_net_equals_torch_with_the_same_masks() -> None:
    """Gradients through two hidden layers, against autograd on the masked net."""
    net = MLP((5, 8, 8, 3), activation="tanh", dropout=0.5)
    p = random(K, net.n_parameters, seed=1)
    x, y = random(K, 5, N, seed=2), torch.eye(3).double()[torch.arange(N) % 3].T.expand(K, 3, N)
    g = torch.zeros_like(p)
    Stack(net, p, g, Workspace(), [np.random.default_rng(k) for k in range(K)]).gradients(x, y)
    for k in range(K):
        rng, h = np.random.default_rng(k), x[k]
        weights = p[k].clone().requires_grad_()
        parts = weights.split([48, 72, 27])
        for part, n_in in ((parts[0], 5), (parts[1], 8)):
            h = (part[: 8 * n_in].view(8, n_in) @ h + part[8 * n_in :, None]).tanh()
            kept = np.frombuffer(rng.bytes(8 * N), np.uint8).reshape(8, N) >= 128
            h = h * torch.from_numpy(kept) * 2
        z = parts[2][:24].view(3, 8) @ h + parts[2][24:, None]
        nn.functional.cross_entropy(z.T, y[k].T).backward()
        assert (g[k] - weights.grad).abs().max() <= 1e-9


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


@pytest.mark.parametrize("net", [MLP((5, 4, 3), dropout=0.5, batch_norm=True), *RESNETS], ids=str)
def test_parameters_have_one_place_each(net: Net) -> None:
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
