"""Digits that nobody has labelled, and the views of them that a net is to hold for the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from core.data import DATA
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

N_TRAIN, N_TEST, N_CLASSES = 1200, 597, 10
SIDE = 10
"""Of an image, in pixels."""
Rngs = Sequence[np.random.Generator]


# --- images ----------------------------------------------------------------------------


def _plain(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """In the middle of the image."""
    return np.pad(digits, ((0, 0), (1, 1), (1, 1)))


def _wandering(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each up to a pixel off the middle, in a brightness of its own, in a little noise."""
    n = len(digits)
    images = np.zeros((n, SIDE, SIDE))
    across, down = np.rint(1 + rng.uniform(-1, 1, (2, n))).astype(int)
    for image, digit, x, y in zip(images, digits, across, down, strict=True):
        image[y : y + 8, x : x + 8] = digit
    images *= np.exp(rng.uniform(-0.4, 0.4, (n, 1, 1)))
    return images + rng.normal(0, 0.05, images.shape)


def _background(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """In the middle, before a shade that rises across the image in a direction of its own."""
    ends = np.linspace(-1, 1, SIDE)
    slopes = rng.normal(0, 0.5, (2, len(digits), 1, 1))
    shade = slopes[0] * ends + slopes[1] * ends[:, None]
    return _plain(digits, rng) + shade


IMAGES: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "wandering": _wandering, "plain": _plain, "background": _background,
}
IMAGE_NAMES = {
    "wandering": "Wandering digits", "plain": "Digits in the middle",
    "background": "Digits before a shade",
}


@dataclass(frozen=True)
class Images:
    """Of several seeds.

    Attributes:
        train: Images to learn from, (S, n, pixels).
        test: Images that no net learns from, (S, n, pixels).
        train_labels, test_labels: (S, n). Of those of `train` a net is shown few, or none.
    """

    train: Tensor
    test: Tensor
    train_labels: np.ndarray
    test_labels: np.ndarray


def images_of(data: str, seeds: range) -> Images:
    """The same 1797 digits for every seed, in another order and in other places."""
    pixels, y = DATA["digits"].everything()
    digits, found, labels = pixels.reshape(-1, 8, 8) / 16, [], []
    for seed in seeds:
        rng = np.random.default_rng((seed, 1))
        order = rng.permutation(len(y))
        found.append(IMAGES[data](digits[order], rng).reshape(len(y), -1))
        labels.append(y[order])
    x, all_labels = torch.from_numpy(np.stack(found).astype(np.float32)), np.stack(labels)
    return Images(x[:, :N_TRAIN].contiguous(), x[:, N_TRAIN:].contiguous(),
                  all_labels[:, :N_TRAIN], all_labels[:, N_TRAIN:])


def few_of(labels: np.ndarray, n_labels: int, seed: int) -> np.ndarray:
    """Rows of so many images of each class, class by class; of a larger number, some of them."""
    rng = np.random.default_rng((seed, 5))
    order = rng.permutation(len(labels))
    return np.concatenate([order[labels[order] == c][:n_labels] for c in range(N_CLASSES)])


# --- views -----------------------------------------------------------------------------


@cache
def _places() -> Tensor:
    """x, y and 1 at the middle of every pixel of an image from -1 to 1, (3, pixels)."""
    middle = (2 * torch.arange(SIDE, dtype=torch.float32) + 1) / SIDE - 1
    y, x = torch.meshgrid(middle, middle, indexing="ij")
    return torch.stack([x.flatten(), y.flatten(), torch.ones(SIDE * SIDE)])


@dataclass(frozen=True)
class Augmentation:
    """How a view of an image is drawn; every amount is the most that may happen.

    Attributes:
        shift: Pixels to each side.
        rotation: Degrees.
        scale: Of the logarithm of its size.
        brightness: Of the logarithm of its brightness.
        noise: Standard deviation of what is added to every pixel.
        erase: Side of a square that is emptied, in pixels.
    """

    shift: float = 1.0
    rotation: float = 15.0
    scale: float = 0.15
    brightness: float = 0.3
    noise: float = 0.0
    erase: int = 0

    def views(self, images: Tensor, rngs: Rngs) -> Tensor:
        """A view of each image, drawn by its seed's generator: (S, n, pixels) to the same."""
        n_seeds, n, _ = images.shape
        drawn = np.stack([rng.uniform(-1, 1, (n, 5)) for rng in rngs]).reshape(-1, 5)
        seen = self._moved(images.reshape(-1, 1, SIDE, SIDE), drawn)
        factor = np.exp(self.brightness * drawn[:, 4]).astype(np.float32)
        seen = seen.view(n_seeds, n, -1) * torch.from_numpy(factor).view(n_seeds, n, 1)
        if self.noise:
            spots = np.stack([rng.standard_normal(seen.shape[1:], np.float32) for rng in rngs])
            seen = seen + self.noise * torch.from_numpy(spots)
        return self._erased(seen, rngs) if self.erase else seen

    def _moved(self, images: Tensor, drawn: np.ndarray) -> Tensor:
        """Turned, made larger or smaller, and shifted: one interpolation."""
        angle = math.radians(self.rotation) * drawn[:, 0]
        size = np.exp(self.scale * drawn[:, 1])
        cos, sin = np.cos(angle) / size, np.sin(angle) / size
        shift = drawn[:, 2:4] * (2 * self.shift / SIDE)  # an image reaches from -1 to 1
        to_x = np.stack([cos, sin, shift[:, 0]], 1).astype(np.float32)
        to_y = np.stack([-sin, cos, shift[:, 1]], 1).astype(np.float32)
        grid = torch.stack([torch.from_numpy(to) @ _places() for to in (to_x, to_y)], 2)
        return torch.nn.functional.grid_sample(
            images, grid.view(-1, SIDE, SIDE, 2), align_corners=False)

    def _erased(self, seen: Tensor, rngs: Rngs) -> Tensor:
        """With an empty square in a random place of each image."""
        n_seeds, n, _ = seen.shape
        corner = np.stack([rng.integers(0, SIDE - self.erase + 1, (n, 2)) for rng in rngs])
        at = np.arange(SIDE)  # inside: (S, n, 2, side)
        inside = (at >= corner[..., None]) & (at < corner[..., None] + self.erase)
        hole = inside[:, :, 0, :, None] & inside[:, :, 1, None, :]
        return seen.masked_fill(torch.from_numpy(hole.reshape(n_seeds, n, -1)), 0.0)
