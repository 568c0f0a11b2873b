"""What several concepts' scripts begin with: the page's digits, batches and first weights, how a
multilayer perceptron learns, and how a net does that the page has written forward only.

Each is the page's, number by number, for one seed: a script that draws them like this is the same
experiment, not only the same kind of experiment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from core.data.labels import stratified


def digits_split(seed: int, n_train: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images (n, 64) and labels (n,), then those to test on; pixels from 0 to 1."""
    pixels, y = load_digits(return_X_y=True)
    x, labels = torch.from_numpy((pixels / 16).astype(np.float32)), torch.from_numpy(y)
    train, test = stratified(y, n_train, np.random.default_rng((seed, 1)))
    return x[train], labels[train], x[test], labels[test]


def batch_rows(seed: int, n: int, batch_size: int, n_steps: int) -> list[np.ndarray]:
    """The rows of each batch: every image once per epoch, but for an epoch's remainder."""
    if batch_size >= n:
        return [np.arange(n)] * n_steps
    rng, per_epoch = np.random.default_rng((seed, 2)), n // batch_size
    epochs = [rng.permutation(n)[: per_epoch * batch_size] for _ in range(-(-n_steps // per_epoch))]
    return list(np.concatenate(epochs).reshape(-1, batch_size)[:n_steps])


def first_layers(
    rng: np.random.Generator, sizes: tuple[int, ...], gain: float = 2**0.5
) -> list[Tensor]:
    """Weights (out, in) and biases of a multilayer perceptron; by default He et al. 2015, eq. 10.
    """
    parts: list[Tensor] = []
    for n_in, n_out in pairwise(sizes):
        weight = rng.standard_normal(n_out * n_in) * gain / np.sqrt(n_in)
        parts.append(torch.from_numpy(weight.reshape(n_out, n_in).astype(np.float32)))
        parts.append(torch.zeros(n_out))
    return parts


def perceptron(
    layers: list[Tensor], x: Tensor, activation: Callable[[Tensor], Tensor] = torch.relu
) -> Tensor:
    """What a net says, (n, outputs); a linear model, where there is one layer."""
    *hidden, weight, bias = layers
    for i in range(0, len(hidden), 2):
        x = activation(x @ hidden[i].T + hidden[i + 1])
    return x @ weight.T + bias


def descended(
    layers: list[Tensor], x: Tensor, y: Tensor, loss: Callable[[Tensor, Tensor], Tensor],
    rows: list[np.ndarray], rule: str, learning_rate: float,
    activation: Callable[[Tensor], Tensor] = torch.relu, cosine: bool = False,
) -> list[Tensor]:
    """The parameters after an update per batch, by "momentum" or "adam"; the rate may fall to 0
    along half a cosine.
    """
    layers = [layer.clone().requires_grad_() for layer in layers]
    updates = (torch.optim.Adam(layers, learning_rate) if rule == "adam"
               else torch.optim.SGD(layers, learning_rate, momentum=0.9))
    for t, some in enumerate(rows):
        if cosine:
            updates.param_groups[0]["lr"] = (
                learning_rate * (1 + math.cos(math.pi * t / len(rows))) / 2)
        updates.zero_grad()
        loss(perceptron(layers, x[some], activation), y[some]).backward()
        updates.step()
    return [layer.detach() for layer in layers]


def one_model(start: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """The parameters of one net by name, each (1, *shape), as they begin."""
    return {name: torch.from_numpy(np.array(a, np.float32))[None].requires_grad_()
            for name, a in start.items()}


def minimised(
    p: dict[str, Tensor], batches: Iterable[tuple[Tensor, ...]],
    loss: Callable[..., Tensor], learning_rate: float,
    factor: Callable[[int], float] = lambda t: 1.0, clip: float = math.inf, l2: float = 0.0,
) -> None:
    """An update of the parameters by Adam for each batch, in place.

    Args:
        loss: Of the parameters and a batch.
        factor: Of the learning rate, at update t from 1 on.
        clip: The longest that a gradient may be.
        l2: What the parameters cost, l2 / 2 times their squares.
    """
    adam = torch.optim.Adam(p.values(), learning_rate, weight_decay=l2)
    for t, batch in enumerate(batches, 1):
        adam.param_groups[0]["lr"] = learning_rate * factor(t)
        adam.zero_grad()
        loss(p, *batch).sum().backward()
        if clip < math.inf:
            torch.nn.utils.clip_grad_norm_(p.values(), clip)
        adam.step()
