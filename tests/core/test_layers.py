"""Every layer of the stacked nets, held to torch.nn with autograd in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.stacked.layers import (
    Activation,
    BatchNorm,
    Chain,
    Conv,
    Dropout,
    Linear,
    MeanPool,
    Place,
    Workspace,
)
from core.stacked.nets import MLP, Stack
from tests.support.torch_layers import K, N, bound, equals_torch, random, torch_of

LAYERS = {
    "linear": (Linear(5, 4), 5), "linear without bias": (Linear(5, 4, bias=False), 5),
    "convolution": (Conv(2, 3, 4), 32), "mean pool": (MeanPool(2, 4, 2), 32),
    "batch norm": (BatchNorm(6), 6), "batch norm of images": (BatchNorm(2, 9), 18),
    "chain": (Chain((Linear(5, 6), Activation("tanh"), Linear(6, 2))), 5),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_equal_torch(name: str) -> None:
    """Output and all gradients of every model."""
    equals_torch(*LAYERS[name])


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


def test_parameters_have_one_place_each() -> None:
    net = MLP((5, 4, 3), dropout=0.5, batch_norm=True)
    p = torch.zeros(2, net.n_parameters)
    for part in net.parts(p):
        part += 1
    assert (p == 1).all()
    assert net.init(np.random.default_rng(0)).shape == (net.n_parameters,)
