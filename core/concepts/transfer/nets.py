"""The nets: trained from any start, and frozen below a new last layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transfer.tasks import N_CLASSES, SIDES, Labelled
from core.lazy import torch
from core.stacked.cnn import CNN, Block
from core.stacked.layers import Workspace
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner
from core.stacked.rules import Updater
from core.stacked.traced import views

if TYPE_CHECKING:
    from torch import Tensor

HEAD = ("head.weight", "head.bias")
"""The last layer: what is new for a new task."""
HEAD_RATE, HEAD_L2 = 0.03, 0.001
"""Of a last layer on frozen features, which is a linear model: chosen for it alone."""
AT_A_TIME = 256  # images that are looked at together: their maps fit into the processor's cache


def net_of(data: str, width: int) -> CNN:
    """Three blocks of 3 x 3 convolutions, their mean over the image, and a linear layer."""
    return CNN(
        (Block(width, pool=True), Block(2 * width, pool=data == "strokes"), Block(2 * width)),
        image=(1, SIDES[data]), n_classes=N_CLASSES,
    )


def start_of(net: CNN, seeds: range) -> Tensor:
    """Untrained nets, (seed, P)."""
    return torch.from_numpy(np.stack([net.init(np.random.default_rng((s, 0))) for s in seeds]))


def with_new_head(net: CNN, p: Tensor, seeds: range) -> Tensor:
    """A copy of nets (..., seed, P) whose last layer is untrained; one of each seed's."""
    found = p.clone()
    new = [net.init(np.random.default_rng((s, 6))) for s in seeds]
    for name in HEAD:
        fresh = views(net.shapes, torch.from_numpy(np.stack(new)))[name]
        old = views(net.shapes, found.view(-1, net.n_parameters))[name]
        old.copy_(fresh.repeat(len(old) // len(fresh), *[1] * (fresh.dim() - 1)))
    return found


def heads_of(net: CNN, p: Tensor) -> Tensor:
    """The last layers of nets (K, P), weights and then biases: (K, n)."""
    named = views(net.shapes, p)
    return torch.cat([named[name].flatten(1) for name in HEAD], 1)


def stacked(parts: Sequence[Labelled]) -> tuple[Tensor, Tensor]:
    """Images and labels of several seeds as nets take them: (S, pixels, n), (S, classes, n)."""
    x = np.stack([images.reshape(len(images), -1).T for images, _ in parts]).astype(np.float32)
    one_hot = np.eye(N_CLASSES, dtype=np.float32)
    y = np.stack([one_hot[labels].T for _, labels in parts])
    return torch.from_numpy(x), torch.from_numpy(np.ascontiguousarray(y))


class Nets:
    """K nets that are trained with Adam, and may go on from where others ended.

    Args:
        net: The shape of all.
        p: Their parameters, (K, P): they are trained in place.
        rates: Per net its learning rate.
        state: Their running means, by name, (K, ...); those of untrained nets if left out.
    """

    def __init__(
        self, net: CNN, p: Tensor, rates: Sequence[float],
        state: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.net, self.p = net, p
        self._g = torch.zeros_like(p)
        self._stack = net.bind(p, self._g, Workspace())
        self._updater = Updater(p, ["adam"] * len(p), [{"learning_rate": r} for r in rates])
        for name, values in (state or {}).items():
            self.state[name].copy_(values)

    @property
    def state(self) -> Mapping[str, Tensor]:
        """Running means and variances of batch norm, by name, (K, channels)."""
        return self._stack.state

    def step(self, x: Tensor, y: Tensor, rate_factor: float) -> None:
        """One update along a batch per net, (K, pixels, B) and (K, classes, B)."""
        self._stack.gradients(x, y)
        with torch.inference_mode():
            self._updater.step(self._g, rate_factor)

    def features(self, x: Tensor) -> Tensor:
        """What the last layer is given, (K, features, n)."""
        p = {**views(self.net.shapes, self.p), **self.state}
        with torch.inference_mode():
            parts = [self.net.features(p, some) for some in x.split(AT_A_TIME, 2)]
        return torch.cat(parts, 1).transpose(1, 2)

    def read_out(self, features: Tensor) -> Tensor:
        """What the nets make of features (K, features, n): (K, classes, n)."""
        with torch.inference_mode():
            return self.net.read_out(views(self.net.shapes, self.p), features.transpose(1, 2))


class Heads:
    """New last layers on features that do not change: K linear models.

    Not from 0: there, on balanced classes, a bias has no gradient but what rounding leaves, of
    which Adam makes a whole step.

    Args:
        features: Of the training images, (K, features, n): standardised by their own mean and
            deviation, each feature for itself.
        y: Labels, (K, classes, n).
        start: Weights and then biases, (K, classes x features + classes).
    """

    def __init__(self, features: Tensor, y: Tensor, start: Tensor) -> None:
        k, size, n = features.shape
        self._mean = features.mean(2, keepdim=True)
        self._sd = features.std(2, keepdim=True, correction=0) + 1e-5
        self._x, self._y = (features - self._mean) / self._sd, y
        runners = [Runner("adam", {"learning_rate": HEAD_RATE, "l2": HEAD_L2}, i)
                   for i in range(k)]
        self._race = Race(MLP((size, N_CLASSES)), runners, start, n)

    def step(self, rate_factor: float) -> None:
        """One update along all training images."""
        self._race.step(self._x, self._y, rate_factor)

    def read_out(self, features: Tensor) -> Tensor:
        """What they make of features (K, features, n): (K, classes, n)."""
        return self._race.outputs((features - self._mean) / self._sd)


def wrong(z: Tensor, y: Tensor) -> np.ndarray:
    """The share of examples on which outputs (K, classes, n) name another class, (K,)."""
    return (z.argmax(1) != y.argmax(1)).float().mean(1).numpy()
