"""What the papers measured on deep nets, on stacks of them.

Balduzzi et al. 2017: gradients that shatter. Li et al. 2018: slices of the loss. Veit et al. 2016:
blocks deleted from a trained net.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.skip_connections.common import score
from core.concepts.skip_connections.resnet import ResNet
from core.lazy import torch
from core.stacked.nets import Stack
from core.stacked.race import Race

if TYPE_CHECKING:
    from torch import Tensor

DELETED = (1.0, 0.0, 0.0)
"""The gates of a block that passes its input on."""


def by_layer(stack: Stack, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """What every block sees of a batch, each (K, depth).

    Returns:
        The norm of dL/d(its output); the standard deviation of its output over units and images.
    """
    outputs = stack.stages(x, train=True)
    gradients = stack.input_gradients(stack.output_gradient(outputs[-1], y))
    arriving = [g.flatten(1).norm(dim=1) for g in gradients[2:]]  # inputs of block 2, ..., read-out
    spread = [h.flatten(1).std(1) for h in outputs[1:-1]]
    return torch.stack(arriving, 1), torch.stack(spread, 1)


def line_between(x: Tensor, y: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Points on the line from each seed's first image of a 0 to its first of a 1.

    Args:
        x: Images, (S, features, images).
        y: Their classes, one-hot, (S, classes, images).
        n: Points, both ends included.

    Returns:
        The points (S, features, n), and the direction in logits that tells the two classes
        apart, (S, classes, n).
    """
    first, second = (x.gather(2, y[:, c].argmax(1)[:, None, None].expand(-1, x.shape[1], 1))
                     for c in (0, 1))
    share = torch.linspace(0, 1, n, dtype=x.dtype)
    contrast = torch.zeros(len(x), y.shape[1], n, dtype=x.dtype)
    contrast[:, 0], contrast[:, 1] = 1, -1
    return first + (second - first) * share, contrast


def shattering(stack: Stack, points: Tensor, contrast: Tensor, lags: Sequence[int]) -> Tensor:
    """How alike the net's gradients are at neighbouring points of a line, (K, lags).

    The mean cosine between the gradients, with respect to the input, of the difference of two
    logits at points that lie `lag` apart. Balduzzi et al. 2017, section 2, where it is the
    correlation of gradients along a line of inputs.
    """
    stack.forward(points, train=True)
    gradient = stack.input_gradients(contrast.clone())[0]
    unit = torch.nn.functional.normalize(gradient, dim=1, eps=1e-30)
    n = unit.shape[2]
    return torch.stack([
        (unit[:, :, : n - lag] * unit[:, :, lag:]).sum(1).mean(1) for lag in lags
    ], 1)


def filter_normalised(net: ResNet, p: Tensor, drawn: Tensor) -> Tensor:
    """Directions in which every neuron or filter moves in proportion to its own size, (K, P).

    Li et al. 2018, section 4: a random direction, each row of the weights rescaled to the norm
    of the net's own row. Biases, batch norm and gates stay where they are.

    Args:
        drawn: Random numbers, like `p`.
    """
    direction = torch.zeros_like(p)
    rows = zip(*(net.weights(a) for a in (direction, drawn, p)), strict=True)
    for to, random, own in rows:
        scale = own.norm(dim=2, keepdim=True) / random.norm(dim=2, keepdim=True)
        to.copy_(random * scale)
    return direction


def random_directions(net: ResNet, p: Tensor, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Two for every model; models of a seed draw alike."""
    drawn = {seed: np.random.default_rng((seed, 5)).standard_normal((2, p.shape[1]))
             for seed in set(seeds)}
    both = torch.from_numpy(np.stack([drawn[seed] for seed in seeds], 1)).to(p.dtype)
    return filter_normalised(net, p, both[0]), filter_normalised(net, p, both[1])


def loss_slice(
    race: Race, directions: tuple[Tensor, Tensor], x: Tensor, y: Tensor, offsets: Sequence[float]
) -> np.ndarray:
    """The loss at p + a d1 + b d2 for all a and b among the offsets, (K, b, a).

    All models are moved at once, and put back.
    """
    home, (d1, d2) = race.p.clone(), directions
    rows = []
    for b in offsets:
        for a in offsets:
            torch.add(home, d1, alpha=a, out=race.p).add_(d2, alpha=b)
            rows.append(score(race, x, y)[0])
    race.p.copy_(home)
    return torch.stack(rows, 1).view(len(home), len(offsets), len(offsets)).numpy()


def without_each_block(race: Race, net: ResNet, x: Tensor, y: Tensor) -> np.ndarray:
    """The error of every net with one block deleted, (K, depth). Veit et al. 2016, section 4.1."""
    gates = net.gates(race.p)
    home, errors = gates.clone(), []
    for block in range(net.depth):
        gates[:, block] = torch.tensor(DELETED, dtype=gates.dtype)
        errors.append(score(race, x, y)[1])
        gates.copy_(home)
    return torch.stack(errors, 1).numpy()
