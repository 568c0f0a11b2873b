"""Nets that learn from views, and what labels make of them, for scripts that are taken away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from core.concepts.self_supervised import nets
from core.concepts.self_supervised.images import (
    N_CLASSES,
    N_TRAIN,
    Augmentation,
    Images,
    few_of,
    images_of,
)
from core.concepts.self_supervised.learning import WEIGHT_DECAY
from core.concepts.self_supervised.measures import nearest, probe
from core.concepts.self_supervised.methods import METHODS, Options, unit
from core.concepts.self_supervised.pretrain import falling
from core.concepts.self_supervised.supervised import BATCH, LEARNING_RATE, scores, shapes_of
from core.script import Script
from core.starts import batch_rows, minimised, one_model

Weights = dict[str, Tensor]


def pairs_of_views(
    x: Tensor, how: Augmentation, batch_size: int, n_steps: int, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Two views of each image of a batch, for every step."""
    rngs = [np.random.default_rng((seed, 4))]
    for rows in batch_rows(seed, N_TRAIN, batch_size, n_steps):
        yield how.views(x[:, rows], rngs), how.views(x[:, rows], rngs)


class Unlabelled:
    """A net that learns from views, and its slow copy."""

    def __init__(
        self, method: str, n_numbers: int, head: bool, norm: bool, options: Options,
        slowness: float, seed: int,
    ) -> None:
        self.method, self.options, self.slowness = METHODS[method], options, slowness
        shapes = nets.shapes_of(n_numbers, head, norm and self.method.norm, self.method.predictor)
        self.p = one_model(nets.start_of(shapes, np.random.default_rng((seed, 3))))
        self.state = nets.state_of(shapes, 1)
        self.slow = {name: a.detach().clone() for name, a in self.p.items()}
        self.slow_state = nets.state_of(shapes, 1)

    def loss(self, p: Weights, first: Tensor, second: Tensor) -> Tensor:
        """Of two views of the same images; the slow copy follows what was learned before."""
        with torch.no_grad():
            for name, a in self.slow.items():
                a.lerp_(p[name], (1 - self.slowness) * self.method.slow)
        return self.method.loss({**p, **self.state}, {**self.slow, **self.slow_state},
                                torch.cat([first, second], 1), self.options)

    def learn(
        self, views: Iterator[tuple[Tensor, Tensor]], n_steps: int, learning_rate: float
    ) -> None:
        """An update by Adam for each pair of views."""
        minimised(self.p, views, self.loss, learning_rate, lambda t: falling(t, n_steps),
                  l2=WEIGHT_DECAY)

    def embedded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features of images, and embeddings of length 1."""
        with torch.no_grad():
            p = {**self.p, **self.state}
            h = nets.features(p, x)
            return h, unit(nets.embedding(p, h))


def taught_by_labels(
    x: Tensor, y: Tensor, rows: np.ndarray, how: Augmentation, n_steps: int, seed: int,
    learned: Weights | None = None,
) -> Weights:
    """A net that some labelled images have taught, in views; from an encoder that is there."""
    p = one_model(nets.start_of(shapes_of(), np.random.default_rng((seed, 3))))
    with torch.no_grad():
        for name, a in p.items():
            if learned and name in learned:
                a.copy_(learned[name])
    rngs = [np.random.default_rng((seed, 6))]
    draws = np.random.default_rng((seed, 9, len(rows)))
    batches = rows[draws.integers(0, len(rows), (n_steps, BATCH))]
    minimised(p, ((how.views(x[:, some], rngs), y[some]) for some in batches),
              lambda p, x, y: cross_entropy(scores(p, x)[0], y), LEARNING_RATE,
              lambda t: falling(t, n_steps), l2=WEIGHT_DECAY)
    return p


def labelled_rows(labels: tuple[str, ...], y: np.ndarray, seed: int) -> dict[int, np.ndarray]:
    """By their number per class which images have a label; those of all come last."""
    few = {n: few_of(y, n, seed) for n in sorted(map(int, labels))}
    return {**few, N_TRAIN // N_CLASSES: np.arange(N_TRAIN)}


def read_by(
    name: str, images: Images, rows: dict[int, np.ndarray], train: Tensor, test: Tensor, how: str
) -> dict[str, float]:
    """By number of labels the share of new images whose class is read out of embeddings."""
    y, truth = torch.from_numpy(images.train_labels), torch.from_numpy(images.test_labels)
    read = nearest if how == "nearest" else probe
    return {f"{name} {n}": float((read(train[:, some], y[:, some], test) == truth).float().mean())
            for n, some in rows.items()}


def right_by_labels(
    name: str, images: Images, rows: dict[int, np.ndarray], how: Augmentation, n_steps: int,
    seed: int, learned: Weights | None = None,
) -> dict[str, float]:
    """By number of labels the share of new images that a net gets right that they have taught."""
    y, found = torch.from_numpy(images.train_labels[0]), {}
    for n, some in rows.items():
        p = taught_by_labels(images.train, y, some, how, n_steps, seed, learned)
        with torch.no_grad():
            said = scores(p, images.test)[0].argmax(1).numpy()
        found[f"{name} {n}"] = float((said == images.test_labels[0]).mean())
    return found


def before_labels(
    methods: tuple[str, ...], labels_alone: bool, data: str, labels: tuple[str, ...],
    n_steps: int, shift: float, rotation: float, scale: float, brightness: float, noise: float,
    erase: int, temperature: float, stop_gradient: bool, norm: bool, slowness: float, head: bool,
    n_numbers: int, batch_size: int, learning_rate: float, seed: int,
) -> dict[str, float]:
    """By who learned and number of labels the share of new images that are read rightly."""
    images = images_of(data, range(seed, seed + 1))
    rows = labelled_rows(labels, images.train_labels[0], seed)
    found: dict[str, float] = {}
    how = Augmentation(shift, rotation, scale, brightness, noise, erase)
    for method in methods:
        net = Unlabelled(method, n_numbers, head, norm, Options(temperature, stop_gradient),
                         slowness, seed)
        net.learn(pairs_of_views(images.train, how, batch_size, n_steps, seed), n_steps,
                  learning_rate)
        (_, train), (_, test) = net.embedded(images.train), net.embedded(images.test)
        found |= read_by(method, images, rows, train, test, "probe")
    if labels_alone:
        found |= right_by_labels("supervised", images, rows, how, n_steps, seed)
    for name, way in (("pixels", "probe"), ("neighbour", "nearest")):
        found |= read_by(name, images, rows, images.train, images.test, way)
    return found


def then_labels(
    data: str, labels: tuple[str, ...], unlabelled_steps: int, labelled_steps: int, shift: float,
    rotation: float, temperature: float, batch_size: int, learning_rate: float, seed: int,
) -> dict[str, float]:
    """By who reads and number of labels the share of new images that are read rightly."""
    images = images_of(data, range(seed, seed + 1))
    rows = labelled_rows(labels, images.train_labels[0], seed)
    found: dict[str, float] = {}
    how, n = Augmentation(shift, rotation), unlabelled_steps
    learned: Weights = {}
    for head in (True, False):
        net = Unlabelled("simclr", 32, head, False, Options(temperature, True), 0.0, seed)
        net.learn(pairs_of_views(images.train, how, batch_size, n, seed), n, learning_rate)
        (h, z), (new_h, new_z) = net.embedded(images.train), net.embedded(images.test)
        found |= read_by("head" if head else "headless", images, rows, z, new_z, "probe")
        if head:
            learned = net.p
            found |= read_by("features", images, rows, unit(h), unit(new_h), "probe")
    found |= right_by_labels("tuned", images, rows, how, labelled_steps, seed, learned)
    found |= right_by_labels("supervised", images, rows, how, labelled_steps, seed)
    for name, way in (("pixels", "probe"), ("neighbour", "nearest")):
        found |= read_by(name, images, rows, images.train, images.test, way)
    return found


SCRIPTS = {
    "pretrain": Script(before_labels, "accuracy", "share of new images read rightly"),
    "labels": Script(then_labels, "accuracy", "share of new images read rightly"),
}
