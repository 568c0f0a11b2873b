"""What labels alone can do: the same encoder, taught by labelled images in the same views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.self_supervised import nets
from core.concepts.self_supervised.images import N_CLASSES, Augmentation, few_of
from core.concepts.self_supervised.learning import WEIGHT_DECAY
from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.rules import Updater
from core.stacked.traced import Leaves, Parameters, Shapes, flat

if TYPE_CHECKING:
    from torch import Tensor

BATCH, LEARNING_RATE = 32, 4e-3
"""Drawn with replacement, of however few labelled images there are; a rate of their own."""


def shapes_of() -> Shapes:
    """Of the encoder and a last layer."""
    encoder = nets.shapes_of(1, head=False, norm=False, predictor=False)
    return {**encoder, "last.weight": (N_CLASSES, nets.FEATURES), "last.bias": (N_CLASSES,)}


def scores(p: Parameters, x: Tensor) -> Tensor:
    """Of each class, (K, B, classes)."""
    return linear(nets.features(p, x), p["last.weight"], p["last.bias"])


def rows_with_labels(labels: np.ndarray, n_labels: int, seeds: Sequence[int]) -> Tensor:
    """Which images of each seed have a label, (S, classes x n_labels)."""
    return torch.from_numpy(np.stack([few_of(labels[k], n_labels, seed)
                                      for k, seed in enumerate(seeds)]))


class Supervised:
    """A net per number of labels and seed, from the same starts.

    Args:
        x: Images to learn from, (S, n, pixels).
        labels: (S, n).
        rows: Per number of labels which images have one, (S, how many).
        seeds: Of the starts and the draws.
        augmentation: Whose views they see.
        n_steps: Updates to come.
    """

    def __init__(
        self, x: Tensor, labels: Tensor, rows: Sequence[Tensor], seeds: Sequence[int],
        augmentation: Augmentation, n_steps: int,
    ) -> None:
        self._x, self._labels, self._augmentation = x, labels, augmentation
        self._seed = torch.arange(len(seeds)).repeat(len(rows))[:, None]
        self._drawn = torch.stack([
            _drawn(of_seed, seed, n_steps) for of_all in rows
            for of_seed, seed in zip(of_all, seeds, strict=True)])  # (nets, steps, batch)
        self._rngs = [np.random.default_rng((seed, 6)) for _ in rows for seed in seeds]
        shapes = shapes_of()
        starts = [flat(shapes, nets.start_of(shapes, np.random.default_rng((s, 3))))
                  for s in seeds]
        self.p = torch.from_numpy(np.stack(starts)).repeat(len(rows), 1)
        self._g = torch.zeros_like(self.p)
        self._leaves = Leaves(shapes, self.p, self._g)
        rule = {"learning_rate": LEARNING_RATE, "l2": WEIGHT_DECAY}
        self._updater = Updater(self.p, ["adam"] * len(self.p), [rule] * len(self.p))

    def take(self, learned: Parameters) -> None:
        """Goes on from an encoder that others have, a net per seed; the last layer stays new."""
        with torch.no_grad():
            for name, own in self._leaves.fixed.items():
                if name in learned:
                    own.unflatten(0, (-1, len(learned[name]))).copy_(learned[name])

    def step(self, t: int, factor: float) -> None:
        """The t-th update of all, from 1 on, on views of labelled images."""
        self.learn(*self.batch(t), factor)

    def batch(self, t: int) -> tuple[Tensor, Tensor]:
        """Views of the t-th batch of each net, from 1 on, and their classes."""
        rows = self._drawn[:, t - 1]
        x, y = self._x[self._seed, rows], self._labels[self._seed, rows]
        return self._augmentation.views(x, self._rngs), y

    def learn(self, x: Tensor, y: Tensor, factor: float) -> None:
        """An update of all."""
        said = scores(self._leaves.learned, x)
        one_hot = torch.nn.functional.one_hot(y, N_CLASSES).to(said.dtype)
        self._leaves.differentiate(CROSS_ENTROPY.value(said.mT, one_hot.mT))
        with torch.no_grad():
            self._updater.step(self._g, factor)

    def said(self, x: Tensor, n: int) -> Tensor:
        """Classes of images (S, m, pixels), for the first n numbers of labels: (n, S, m)."""
        with torch.inference_mode():
            p = {name: a[: n * len(x)] for name, a in self._leaves.fixed.items()}
            return scores(p, x.repeat(n, 1, 1)).argmax(2).unflatten(0, (n, -1))


def _drawn(rows: Tensor, seed: int, n_steps: int) -> Tensor:
    """Which images make the batches, with replacement, (steps, batch)."""
    rng = np.random.default_rng((seed, 9, len(rows)))
    return rows[torch.from_numpy(rng.integers(0, len(rows), (n_steps, BATCH)))]
