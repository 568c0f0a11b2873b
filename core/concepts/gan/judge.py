"""What is measured of made digits: whether they can be read, how alike they are to real ones as a
whole, and whether they are copies.

All three have to be asked. A generator that repeats training images is read with confidence and
near to real digits as a whole; only their distance to the nearest training image gives it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.gan.nets import active, net, shapes_of, start_of
from core.data import DATA
from core.lazy import torch
from core.stacked.functions import linear
from core.stacked.losses import CROSS_ENTROPY
from core.stacked.rules import Updater
from core.stacked.traced import Leaves, Parameters, flat

if TYPE_CHECKING:
    from torch import Tensor

SIDE, PIXELS, N_CLASSES = 8, 64, 10
N_TRAIN, N_REFERENCE = 1200, 297
SURE = 0.9
"""The judge reads a digit with confidence if it gives one class at least so much."""
WIDTH, JUDGE_STEPS, JUDGE_RATE = 64, 150, 0.01
NOISE = 0.1
"""On copies of training digits."""
N_COMPARED = 200
"""Of the images that are measured, those whose nearest training image is looked for."""


@dataclass(frozen=True)
class Digits:
    """Real digits, the same for every seed; pixels from 0 to 1.

    Attributes:
        train: What discriminators see, (n, pixels).
        train_labels: (n,).
        reference: What made digits are held against, (m, pixels).
        others: Real digits that are held against these, too, (o, pixels).
        other_labels: (o,).
    """

    train: Tensor
    train_labels: Tensor
    reference: Tensor
    others: Tensor
    other_labels: Tensor


@cache
def digits() -> Digits:
    """Scikit-learn's 1797, in an order that no seed decides."""
    pixels, y = DATA["digits"].everything()
    order = np.random.default_rng((0, 20)).permutation(len(y))
    x = torch.from_numpy((pixels[order] / 16).astype(np.float32))
    labels = torch.from_numpy(y[order])
    last = N_TRAIN + N_REFERENCE
    return Digits(x[:N_TRAIN], labels[:N_TRAIN], x[N_TRAIN:last], x[last:], labels[last:])


class Judge:
    """A net that reads digits: taught by the training digits, the same for every run.

    Attributes:
        p: Its parameters, (1, ...) each.
    """

    def __init__(self, real: Digits) -> None:
        shapes = shapes_of(PIXELS, WIDTH, N_CLASSES)
        start = flat(shapes, start_of(shapes, np.random.default_rng((0, 21))))
        row = torch.from_numpy(start)[None].clone()
        g = torch.zeros_like(row)
        leaves = Leaves(shapes, row, g)
        updater = Updater(row, ["adam"], [{"learning_rate": JUDGE_RATE, "l2": 1e-4}])
        one_hot = torch.nn.functional.one_hot(real.train_labels, N_CLASSES).float()
        for t in range(JUDGE_STEPS):
            said = net(leaves.learned, real.train[None], "relu")
            leaves.differentiate(CROSS_ENTROPY.value(said.mT, one_hot.T[None]))
            with torch.no_grad():
                updater.step(g, 1 - t / JUDGE_STEPS)
        self.p: Parameters = leaves.fixed
        self._mean, covariance = moments(self.features(real.reference[None]))
        self._root = root(covariance)[0]
        self._trace = covariance[0].trace()

    def features(self, x: Tensor) -> Tensor:
        """What its second hidden layer makes of images (K, n, pixels): (K, n, width)."""
        k = len(x)
        p = {name: a.expand(k, *a.shape[1:]) for name, a in self.p.items()}
        h = active(linear(x, p["w1"], p["b1"]), "relu")
        return active(linear(h, p["w2"], p["b2"]), "relu")

    def chances(self, features: Tensor) -> Tensor:
        """Of each class, (K, n, classes)."""
        return (features @ self.p["w3"][0].T + self.p["b3"][0]).softmax(2)

    def distance(self, features: Tensor) -> Tensor:
        """The Frechet distance of features to those of real digits, (K,). Heusel et al. 2017.

            |m - m'|^2 + tr(C + C' - 2 (C'^(1/2) C C'^(1/2))^(1/2))
        """
        mean, covariance = moments(features)
        between = self._root @ covariance @ self._root
        common = torch.linalg.eigvalsh(between).clamp_min(0).sqrt().sum(1)
        traces = covariance.diagonal(0, 1, 2).sum(1) + self._trace
        return (mean - self._mean).square().sum(1) + traces - 2 * common


@cache
def judge() -> Judge:
    """The one of this process."""
    with torch.inference_mode(False), torch.enable_grad():
        return Judge(digits())


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and covariance of rows (K, n, d), float64: (K, d) and (K, d, d)."""
    x = x.double()
    mean = x.mean(1)
    centred = x - mean[:, None]
    return mean, centred.mT @ centred / (x.shape[1] - 1)


def root(covariance: Tensor) -> Tensor:
    """The symmetric square root of (K, d, d)."""
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * values.clamp_min(0).sqrt()[:, None] @ vectors.mT


def nearest(x: Tensor) -> tuple[Tensor, Tensor]:
    """Of images (K, n, pixels) the distance to the nearest training digit, and which one: (K, n).
    """
    train = digits().train
    squared = (x.square().sum(2)[..., None] - 2 * x @ train.T + train.square().sum(1))
    least, which = squared.min(2)
    return least.clamp_min(0).sqrt(), which


def measured(x: Tensor) -> dict[str, np.ndarray]:
    """All that is measured of images (K, n, pixels): (K,) each.

    Returns:
        `confident`, the share that the judge reads with confidence; `classes`, how many classes it
        reads, as the exponential of the entropy of their shares; `frechet`; `nearest`, the mean
        distance to the nearest training image.
    """
    reader = judge()
    features = reader.features(x)
    chances = reader.chances(features)
    shares = torch.nn.functional.one_hot(chances.argmax(2), N_CLASSES).float().mean(1)
    return {
        "confident": (chances.amax(2) > SURE).float().mean(1).numpy(),
        "classes": torch.special.entr(shares).sum(1).exp().numpy(),
        "frechet": reader.distance(features).float().numpy(),
        "nearest": nearest(x[:, :N_COMPARED])[0].mean(1).numpy(),
    }


def baselines(rng: np.random.Generator, n: int) -> dict[str, Tensor]:
    """What needs no generator, n images each: training digits with a little noise; draws from a
    normal distribution with the training digits' mean and covariance, cut to 0 and 1; and real
    digits that nobody has seen.
    """
    train, others = digits().train.numpy(), digits().others.numpy()
    noisy = train[rng.integers(len(train), size=n)] + NOISE * rng.standard_normal((n, PIXELS))
    normal = rng.multivariate_normal(train.mean(0), np.cov(train.T), n)
    unseen = others[rng.permutation(len(others))[:n]]
    return {name: torch.from_numpy(x.clip(0, 1).astype(np.float32))
            for name, x in (("copies", noisy), ("normal", normal), ("real", unseen))}
