"""The target, learned from few labels: by whole nets from two starts, and by last layers alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transfer.common import TARGET_BATCH, CommonConfig, falling
from core.concepts.transfer.nets import Heads, Nets, heads_of, with_new_head
from core.concepts.transfer.tasks import MOST_LABELS, N_CLASSES
from core.lazy import torch
from core.stacked.data import Split, batches
from core.stacked.traced import views

if TYPE_CHECKING:
    from torch import Tensor

WAYS = ("whole", "frozen")
"""What learns on: the whole net, or its last layer alone."""
MOST_MEASURED = 100
"""Training images that errors are measured on."""


class Few:
    """One number of labels: every start is taught by the same images, in the same batches.

    Args:
        config: Steps, rates, seeds.
        pool: The images that have labels, class by class: (S, pixels, n), (S, classes, n).
        n_labels: Per class, of those images the first.
        starts: The nets to go on from, each one net per seed: all of one shape. Whole nets are
            trained from each of them, and last layers on each of them frozen.
        frozen: Features of the pool by each start, (starts x S, features, n).
        rates: Of each start its learning rate.
    """

    def __init__(
        self, config: CommonConfig, pool: tuple[Tensor, Tensor], n_labels: int,
        starts: Sequence[Nets], frozen: Tensor, rates: Sequence[float],
    ) -> None:
        self.config, self._n_starts = config, len(starts)
        self.x, self.y, self._frozen = (few(a, n_labels) for a in (*pool, frozen))
        split = Split(self.x, self.y, self.x, self.y)
        self._schedule = batches(split, config.seeds, TARGET_BATCH, config.n_steps)
        net = starts[0].net
        p = torch.cat([with_new_head(net, nets.p, config.seeds) for nets in starts])
        state = {name: torch.cat([nets.state[name] for nets in starts])
                 for name in starts[0].state}
        self.nets = Nets(net, p, [rate for rate in rates for _ in config.seeds], state)
        self._begin = p.clone()
        self.heads = Heads(self._frozen, self._each(self.y), heads_of(net, p))

    def step(self, t: int) -> None:
        """The t-th update of all, from 1 on."""
        x, y = next(self._schedule)
        factor = falling(t, self.config.n_steps)
        self.nets.step(self._each(x), self._each(y), factor)
        self.heads.step(factor)

    def said(self, x: Tensor, frozen: Tensor) -> tuple[Tensor, Tensor]:
        """What all make of every seed's images (S, pixels, n).

        Args:
            x: The images.
            frozen: Features of them, of the starts as they were: (starts x S, features, n).

        Returns:
            The whole nets' features (start, S, features, n), and what whole nets and then last
            layers say, (2 starts, S, classes, n).
        """
        features = self.nets.features(self._each(x))
        said = torch.cat([self.nets.read_out(features), self.heads.read_out(frozen)])
        n_seeds = self.config.n_seeds
        return features.unflatten(0, (-1, n_seeds)), said.unflatten(0, (-1, n_seeds))

    def train_errors(self) -> np.ndarray:
        """On the few images themselves, at most 20 of each class, (2 starts, seed)."""
        some = slice(None, None, -(-self.x.shape[2] // MOST_MEASURED))
        _, said = self.said(self.x[..., some], self._frozen[..., some])
        return errors(said, self.y[..., some])

    def moved(self) -> np.ndarray:
        """How far each layer's weights are from their start, as a share of the start's norm:
        (start, layer, seed).
        """
        net = self.nets.net
        now, begin = views(net.shapes, self.nets.p), views(net.shapes, self._begin)
        far = [
            (now[name] - begin[name]).flatten(1).norm(dim=1) / begin[name].flatten(1).norm(dim=1)
            for name in (f"{block}.weight" for block in net.names)
        ]
        by_start = torch.stack(far, 1).unflatten(0, (-1, self.config.n_seeds))
        return by_start.swapaxes(1, 2).numpy()

    def _each(self, of_seeds: Tensor) -> Tensor:
        """(S, ...) -> (starts x S, ...)"""
        return of_seeds.repeat(self._n_starts, 1, 1)


def few(pool: Tensor, n_labels: int) -> Tensor:
    """So many images per class of a pool that lies class by class, (..., classes x most labels):
    those of a smaller number are among them.
    """
    by_class = pool.unflatten(-1, (N_CLASSES, MOST_LABELS))
    return by_class[..., :n_labels].flatten(-2)


def errors(said: Tensor, y: Tensor) -> np.ndarray:
    """The share of images of which another class is said: outputs (method, S, classes, n) and
    labels (S, classes, n) to (method, S).
    """
    return (said.argmax(2) != y.argmax(1)).float().mean(2).numpy()


def confusions(said: Tensor, y: Tensor) -> np.ndarray:
    """Of the images of each class, of all seeds, the share that is taken for each class:
    (method, class, taken for).
    """
    taken = torch.nn.functional.one_hot(said.argmax(2), y.shape[1]).to(y.dtype)  # (m, S, n, c)
    counts = torch.einsum("scn,msnd->mcd", y, taken)
    return (counts / counts.sum(2, keepdim=True)).numpy()
