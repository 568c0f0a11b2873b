"""Losses held to torch.nn.functional and to autograd in float64, model by model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as f

from core.stacked.losses import (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    MASKED_CROSS_ENTROPY,
    SQUARED_ERROR,
    Loss,
)

K, C = 3, 4
RNG = np.random.default_rng(0)
NO_CLASS = -100
CLASSES = torch.from_numpy(RNG.integers(C, size=(K, 7, 5)))
SOME = torch.where(torch.from_numpy(RNG.random((K, 7, 5))) < 0.4, CLASSES, NO_CLASS)
VALUES = torch.from_numpy(RNG.standard_normal((K, C, 7, 5)))


def one_hot(classes: Tensor) -> Tensor:
    """(K, C, ...), all zeros where there is none."""
    return torch.stack([classes == c for c in range(C)], 1).double()


# Per loss its targets, and what torch says of one model's outputs (C, 7, 5) and targets.
PEERS: dict[Loss, tuple[Tensor, Callable[[Tensor, Tensor], Tensor]]] = {
    CROSS_ENTROPY: (one_hot(CLASSES), lambda z, y: f.cross_entropy(z[None], y[None])),
    MASKED_CROSS_ENTROPY: (
        one_hot(SOME),
        lambda z, y: f.cross_entropy(
            z[None], torch.where(y.any(0), y.argmax(0), NO_CLASS)[None], ignore_index=NO_CLASS
        ),
    ),
    SQUARED_ERROR: (VALUES, lambda z, y: 0.5 * f.mse_loss(z, y) * C),
    BINARY_CROSS_ENTROPY: (
        VALUES.sigmoid(), lambda z, y: f.binary_cross_entropy_with_logits(z, y) * C,
    ),
}
every_loss = pytest.mark.parametrize("loss", PEERS, ids=lambda loss: type(loss).__name__)


def outputs(scale: float = 1) -> Tensor:
    return scale * torch.from_numpy(np.random.default_rng(1).standard_normal((K, C, 7, 5)))


@every_loss
def test_a_loss_equals_torchs(loss: Loss) -> None:
    """Its value, its gradient by hand, and autograd's through our value."""
    y, peer = PEERS[loss]
    z = outputs().requires_grad_()
    value = loss.value(z, y)
    (traced,) = torch.autograd.grad(value.sum(), z)
    with torch.no_grad():
        by_hand = loss.gradient(z, y, torch.full_like(z, torch.nan))
    for k in range(K):
        own = z[k].detach().clone().requires_grad_()
        expected = peer(own, y[k])
        expected.backward()
        assert value[k].item() == pytest.approx(expected.item(), abs=1e-12)
        for ours in (traced[k], by_hand[k]):
            assert (ours - own.grad).abs().max() <= 1e-12


@every_loss
def test_a_loss_has_second_derivatives(loss: Loss) -> None:
    """Which penalties on gradients ask for."""
    y, _ = PEERS[loss]
    z = outputs()[:1].requires_grad_()
    assert torch.autograd.gradgradcheck(lambda z: loss.value(z, y[:1]), (z,))


@every_loss
def test_large_outputs_give_finite_losses(loss: Loss) -> None:
    y, _ = PEERS[loss]
    z = outputs(1000)
    assert loss.value(z, y).isfinite().all()
    assert loss.gradient(z, y, torch.empty_like(z)).isfinite().all()


def test_the_largest_logit_is_the_prediction() -> None:
    z, y = outputs(), one_hot(CLASSES)
    expected = (z.argmax(1) == CLASSES).float().mean((1, 2))
    assert torch.allclose(CROSS_ENTROPY.right(z, y), expected)


def test_only_examples_with_a_target_count() -> None:
    z, y = outputs(), one_hot(SOME)
    for k in range(K):
        given = SOME[k] != NO_CLASS
        hits = (z[k].argmax(0) == SOME[k])[given]
        assert 0 < given.sum() < given.numel()
        assert MASKED_CROSS_ENTROPY.right(z, y)[k].item() == pytest.approx(
            hits.double().mean().item()
        )


def test_signs_decide_over_values_and_probabilities() -> None:
    """A prediction of several outputs is right when all of them are."""
    z = torch.tensor([[[1.0, -2.0, 3.0], [-1.0, -1.0, 2.0]]])
    values = torch.tensor([[[2.0, -1.0, -1.0], [-3.0, -3.0, 1.0]]])
    assert SQUARED_ERROR.right(z, values).item() == pytest.approx(2 / 3)
    assert BINARY_CROSS_ENTROPY.right(z, values.sigmoid()).item() == pytest.approx(2 / 3)
