"""Where does an answer come from? Three ways to draw it, and whether they know what the net knows.

The nets of the look inside learn. How much each pixel counts for the score of an image's own class
is asked in three ways. Then comes the check: is the picture another one for a net that has learned
nothing? And is it the same for a net that has learned the same from another start?

Papers: Simonyan et al. 2014 (the gradient), Shrikumar et al. 2016 (gradient times input), Zeiler &
Fergus 2014 (covering), Adebayo et al. 2018 (the check).
Differs from the papers in: nets of three layers on images of 16 x 16; the net that has learned
nothing is the same one before its first step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.convolution import inside
from core.concepts.convolution.inside import SMALL_START, net_of
from core.concepts.convolution.nets import Stack
from core.concepts.convolution.pictures import rate_factor
from core.concepts.convolution.tasks import N_CLASSES, N_TEST, SIDES, Task, task_of
from core.data.strokes import Strokes
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.cnn import CNN
from core.stacked.data import batches
from core.stacked.traced import Traced, views
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

MAX_FRAMES = 8
WAYS = ("gradient", "gradient_input", "covering")
WAY_NAMES = {
    "gradient": "Gradient", "gradient_input": "Gradient x input", "covering": "Covering",
}
PATCH = 1
"""Pixels to each side of the one that is covered: 3 x 3 in all."""


class Config(inside.Config):
    """Which net learns which images: the same as in the look inside."""


def steps(config: Config) -> list[int]:
    """The recorded ones: covering asks a net 256 times about every image."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Nets of all seeds, and at every recorded step three maps of an image of each class."""
    task, net = task_of(config), net_of(config)
    stack = Stack(net, config.seeds, config.learning_rate)
    if config.start == "small":
        views(net.shapes, stack.p)["block1.weight"].mul_(SMALL_START)
    asked = Asked(net, stack, *_one_of_each(task.split.test_x, task.split.test_y),
                  task.background)
    shapes = _one_of_each(shapes_of(config, task), task.split.test_y)[0]
    t = 0
    untrained = asked.maps(range(config.n_seeds))

    def measure() -> Measured:
        now = asked.maps(range(config.n_seeds))
        wrong = stack.outputs(task.split.test_x).argmax(1) != task.split.test_y.argmax(1)
        arrays = {
            "test_error": wrong.float().mean(1).numpy(),
            "untrained": alike(now, untrained),
            "picture": alike(now, (asked.x - task.background[:, None, None]).numpy()[None]),
            "again": asked.again(now),
            "on_shape": on_shape(now, shapes.numpy() > 0),
            "drawn": drawn(asked.x[0].numpy(), now[:, 0], untrained[:, 0]),
        }
        return {name: a.astype(np.float32) for name, a in arrays.items()}, ()

    yield t, measure
    for t, (x, y) in enumerate(
        batches(task.split, config.seeds, config.batch_size, config.n_steps), 1
    ):
        stack.step(x, y, rate_factor(t, config.n_steps))
        yield t, measure


# --- three ways to ask ---------------------------------------------------------------------


class Asked:
    """Nets, and an image of every class of which they are asked.

    Args:
        net: Their shape.
        stack: One net per seed.
        x: The images, (S, pixels, n).
        y: Their classes, one-hot, (S, classes, n).
        background: What a pixel without ink is, (S,).
    """

    def __init__(self, net: CNN, stack: Stack, x: Tensor, y: Tensor, background: Tensor) -> None:
        self.net, self.stack, self.x, self.y = net, stack, x, y
        self._empty = background[:, None, None]
        self._covers = covers(net.image[1])

    def maps(self, of: Sequence[int]) -> np.ndarray:
        """What every way draws: (way, S, pixels, n).

        Args:
            of: By seed of the images, whose net is asked.
        """
        assert isinstance(self.stack.stack, Traced)
        state = {**views(self.net.shapes, self.stack.p), **self.stack.stack.state}
        p = {name: a[list(of)].detach() for name, a in state.items()}
        slopes = self._gradient(p)
        return np.stack([a.numpy() for a in (slopes, slopes * (self.x - self._empty),
                                             self._covering(p))])

    def again(self, now: np.ndarray) -> np.ndarray:
        """How alike the maps of the same images are by the next seed's net: (way, pair)."""
        n = len(self.x)
        return alike(now, self.maps([(s + 1) % n for s in range(n)]) if n > 1 else now * np.nan)

    def _gradient(self, p: Mapping[str, Tensor]) -> Tensor:
        """Of each score by the pixels: like the images."""
        x = self.x.clone().requires_grad_()
        with torch.enable_grad():
            scores = (self.net.forward(p, x) * self.y).sum()
            (slopes,) = torch.autograd.grad(scores, x)
        return slopes

    def _covering(self, p: Mapping[str, Tensor]) -> Tensor:
        """How much each score falls when a patch is emptied, by the patch's middle: like the
        images.
        """
        falls = []
        with torch.inference_mode():
            whole = (self.net.forward(p, self.x) * self.y).sum(1)
            for image, y, score in zip(self.x.unbind(2), self.y.unbind(2), whole.unbind(1),
                                       strict=True):
                covered = torch.where(self._covers, self._empty, image[..., None])
                left = (self.net.forward(p, covered) * y[..., None]).sum(1)  # (S, places)
                falls.append(score[:, None] - left)
        return torch.stack(falls, 2)


def covers(side: int) -> Tensor:
    """Whether a pixel is covered when the patch's middle is at a place: (pixels, places)."""
    row, column = torch.arange(side**2) // side, torch.arange(side**2) % side
    near = [(a[:, None] - a).abs() <= PATCH for a in (row, column)]
    return near[0] & near[1]


# --- what is measured ----------------------------------------------------------------------


def alike(maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of two maps' amounts, whatever their signs, mean over images.

    Args:
        maps: (way, S, pixels, n).
        others: The same, or one for all ways.

    Returns:
        (way, S): 1 where both hold the same pixels for important, 0 where they have nothing in
        common.
    """
    a, b = (ranks(np.abs(m)) for m in (maps, others))
    a, b = (r - r.mean(2, keepdims=True) for r in (a, b))
    with np.errstate(invalid="ignore"):
        found = (a * b).sum(2) / np.sqrt((a**2).sum(2) * (b**2).sum(2))
    return np.asarray(found.mean(2))


def ranks(a: np.ndarray) -> np.ndarray:
    """Along the third axis, from 0; equal ones share the mean of their ranks."""
    def of_one(values: np.ndarray) -> np.ndarray:
        _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
        return np.asarray((counts.cumsum() - (counts + 1) / 2)[which])

    return np.apply_along_axis(of_one, 2, a)


def shapes_of(config: Config, task: Task) -> Tensor:
    """Of every seed's test images the ink of the shape alone, (S, pixels, n): the same strokes are
    drawn once more, without noise and stray lines. Of digits all ink is the shape's.
    """
    if config.data == "digits":
        return task.split.test_x - task.background[:, None, None]
    how = Strokes(0.0, config.shift, config.rotation, 0)
    clean = [how.draw(N_TEST, np.random.default_rng((seed, 12)))[0] for seed in config.seeds]
    return torch.from_numpy(np.stack([a.reshape(len(a), -1).T for a in clean]))


def on_shape(maps: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """The share of the maps' amounts that lies on the shape, mean over images: (way, S).

    Args:
        maps: (way, S, pixels, n).
        shape: Whether a pixel belongs to it, (S, pixels, n).
    """
    size = np.abs(maps)
    with np.errstate(invalid="ignore"):
        return np.asarray(((size * shape).sum(2) / size.sum(2)).mean(2))


def drawn(x: np.ndarray, now: np.ndarray, untrained: np.ndarray) -> np.ndarray:
    """Some images and their maps beside each other, NaN between: a row of the images, then each
    way's by the net as it is and by the untrained one. Every map from 0, nothing, to 1, the most.

    Args:
        x: (pixels, n).
        now: (way, pixels, n).
        untrained: The same.
    """
    side = round(len(x) ** 0.5)
    rows = [x - x.min(), *(a for pair in zip(np.abs(now), np.abs(untrained), strict=True)
                           for a in pair)]
    framed = []
    for row in rows:
        tiles = (row / np.maximum(row.max(0), 1e-12)).T.reshape(-1, side, side)
        tiles = np.pad(tiles, ((0, 0), (0, 1), (0, 1)), constant_values=np.nan)
        framed.append(np.hstack(list(tiles)))
    return np.vstack(framed)[:-1, :-1]


def _one_of_each(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The first image of every class of each seed: (S, pixels, classes), and one-hot labels."""
    first = y.argmax(2)  # (S, classes)
    return (torch.stack([own[:, i] for own, i in zip(x, first, strict=True)]),
            torch.eye(N_CLASSES).expand(len(x), -1, -1))


DIMS = {
    "test_error": ("step", "seed"), "untrained": ("step", "way", "seed"),
    "again": ("step", "way", "pair"), "picture": ("step", "way", "seed"),
    "on_shape": ("step", "way", "seed"), "drawn": ("step", "y", "x"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    side = SIDES[config.data] + 1
    return {
        "seed": list(config.seeds), "way": list(WAYS), "pair": list(range(config.n_seeds)),
        "y": list(range((1 + 2 * len(WAYS)) * side - 1)),
        "x": list(range(N_CLASSES * side - 1)),
    }
