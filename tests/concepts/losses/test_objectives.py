"""The losses and their gradients, held to torch, to autograd and to closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.concepts.losses.objectives import (
    Absolute,
    GaussianNLL,
    Huber,
    SquaredOfMean,
    SquaredOnOutputs,
    SquaredOnSoftmax,
)
from core.stacked.losses import CROSS_ENTROPY, Loss

K, N = 3, 7


def nll(z: Tensor, y: Tensor) -> Tensor:
    return functional.gaussian_nll_loss(z[0], y[0], z[1].exp(), full=True, eps=1e-12)


def beta_nll(z: Tensor, y: Tensor) -> Tensor:
    each = functional.gaussian_nll_loss(z[0], y[0], z[1].exp(), full=True, eps=1e-12,
                                        reduction="none")
    return (z[1].exp().detach().sqrt() * each).mean()


PEERS: dict[str, tuple[Loss, int, int, Callable[[Tensor, Tensor], Tensor]]] = {
    "softmax": (SquaredOnSoftmax(), 4, 4, lambda z, y: functional.mse_loss(
        z.softmax(0), y, reduction="sum") / N),
    "outputs": (SquaredOnOutputs(), 4, 4, lambda z, y: functional.mse_loss(
        z, y, reduction="sum") / N),
    "absolute": (Absolute(), 1, 1, functional.l1_loss),
    "huber": (Huber(0.3), 1, 1, lambda z, y: functional.huber_loss(z, y, delta=0.3)),
    "mean": (SquaredOfMean(), 2, 1, lambda z, y: functional.mse_loss(z[:1], y) / 2),
    "likelihood": (GaussianNLL(), 2, 1, nll),
    "beta": (GaussianNLL(0.5), 2, 1, beta_nll),
}
"""By name the loss, its outputs and targets, and torch's own for one model, (outputs, n)."""
every_loss = pytest.mark.parametrize("name", PEERS)


def drawn(name: str) -> tuple[Tensor, Tensor]:
    """Outputs (K, ., N) and targets; where there are classes they are one-hot."""
    _, n_out, n_target, _ = PEERS[name]
    rng = np.random.default_rng(0)
    z = torch.from_numpy(rng.standard_normal((K, n_out, N)))
    if n_target > 1:
        classes = torch.from_numpy(rng.integers(0, n_target, (K, N)))
        return z, functional.one_hot(classes, n_target).double().transpose(1, 2)
    return z, torch.from_numpy(rng.standard_normal((K, n_target, N)))


@every_loss
def test_a_loss_and_its_gradient_are_torchs(name: str) -> None:
    """In float64, model by model."""
    loss, _, _, peer = PEERS[name]
    z, y = drawn(name)
    value, gradient = loss.value(z, y), loss.gradient(z, y, torch.empty_like(z))
    for k in range(K):
        leaf = z[k].clone().requires_grad_()
        theirs = peer(leaf, y[k])
        theirs.backward()
        assert torch.allclose(value[k], theirs, rtol=0, atol=1e-9)
        assert leaf.grad is not None
        assert torch.allclose(gradient[k], leaf.grad, rtol=0, atol=1e-9)


def test_beyond_its_bounds_a_log_variance_has_no_gradient() -> None:
    z = torch.tensor([[[0.0, 0.0, 0.0], [-20.0, 20.0, 1.0]]], dtype=torch.float64)
    y = torch.ones(1, 1, 3, dtype=torch.float64)
    gradient = GaussianNLL().gradient(z, y, torch.empty_like(z))
    assert (gradient[0, 1] != 0).tolist() == [False, False, True]
    assert gradient.isfinite().all()


@pytest.mark.parametrize("gap", [0.0, 4.0, 10.0, 20.0])
def test_the_pull_of_a_confident_mistake(gap: float) -> None:
    """Of two classes the wrong one is ahead by `gap`: p and 4 p^2 (1 - p), with p its share."""
    z = torch.tensor([[[gap], [0.0]]], dtype=torch.float64)
    y = torch.tensor([[[0.0], [1.0]]], dtype=torch.float64)
    p = 1 / (1 + math.exp(-gap))
    pulls = [loss.gradient(z, y, torch.empty_like(z))[0, 0, 0].item()
             for loss in (CROSS_ENTROPY, SquaredOnSoftmax())]
    assert pulls == pytest.approx([p, 4 * p * p * (1 - p)], abs=1e-9)


@pytest.mark.parametrize("name", ["absolute", "huber", "mean"])
def test_a_number_is_right_on_the_targets_side_of_zero(name: str) -> None:
    loss, n_out, _, _ = PEERS[name]
    z = torch.zeros(1, n_out, 4)
    z[:, 0] = torch.tensor([1.0, -1.0, 2.0, -2.0])
    y = torch.tensor([[[3.0, -3.0, -3.0, 3.0]]])
    assert loss.right(z, y).tolist() == [0.5]


def test_the_constant_that_is_least_is_the_mean_or_the_median() -> None:
    """On a grid of constants, for skewed numbers; Huber's lies between the two."""
    y = torch.from_numpy(np.random.default_rng(1).exponential(1, 501))[None, None]
    grid = torch.linspace(0, 3, 3001, dtype=torch.float64)
    z = grid[:, None, None].expand(-1, 1, y.shape[2])

    def least(loss: Loss) -> float:
        return float(grid[loss.value(z, y.expand(len(grid), -1, -1)).argmin()])

    mean, median = y.mean().item(), y.median().item()
    squared = SquaredOfMean()
    assert least(squared) == pytest.approx(mean, abs=1e-3)
    assert least(Absolute()) == pytest.approx(median, abs=1e-3)
    assert median < least(Huber(0.5)) < mean
