"""Small images with and without colour, and the ways in which their pixels are told to a net.

An image is channels of rows of pixels from 0 to 1, (channels, SIDE, SIDE): one channel where it is
grey (as MNIST's images are a matrix), red, green and blue where it has colours (as CIFAR's are
three of them). In colour a shape is drawn in red or in blue, and both are to be named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data.strokes import NAMES, Strokes
from core.data.strokes import SIDE as DRAWN

SIDE = 12
"""Pixels of an image's side: what strokes are drawn on, less the border."""
SIZES = (2.5, 3.8)
N_SHAPES = 5
INKS = np.array([(1, 0.3, 0.3), (0.3, 0.3, 1)])
"""Red and blue, as red, green and blue."""
KINDS = {"grey": "Grey: 1 × 12 × 12", "colour": "Colour: 3 × 12 × 12"}
N_CHANNELS = {"grey": 1, "colour": 3}
CLASSES = {
    "grey": NAMES[:N_SHAPES],
    "colour": tuple(f"{ink} {name}" for name in NAMES[:N_SHAPES] for ink in ("red", "blue")),
}
OTHERS = np.array([(0.485, 0.456, 0.406), (0.229, 0.224, 0.225)])
"""Mean and deviation of ImageNet's red, green and blue, as they are often copied."""


def draw(
    kind: str, n: int, shift: float, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """n images (n, channels, SIDE, SIDE) from 0 to 1, and the numbers of their classes.

    Args:
        kind: Key in `KINDS`.
        n: As many of each class as of any other, to one.
        shift: The largest move from the middle, in pixels.
        noise: Standard deviation of every pixel's in every channel.
        rng: A seed's own.
    """
    how = Strokes(noise=0, shift=shift, clutter=0, sizes=SIZES, classes=range(N_SHAPES))
    ink, y = how.draw(n, rng)
    edge = (DRAWN - SIDE) // 2
    x = ink[:, None, edge : edge + SIDE, edge : edge + SIDE]
    if kind == "colour":
        colour = np.empty(n, int)
        for shape in range(N_SHAPES):  # half of each shape in either colour
            own = np.flatnonzero(y == shape)
            colour[own] = rng.permutation(np.arange(len(own)) % len(INKS))
        x, y = x * INKS[colour][:, :, None, None], y * len(INKS) + colour
    noisy = x + noise * rng.standard_normal(x.shape)
    return noisy.clip(0, 1).astype(np.float32), y


@dataclass(frozen=True)
class Known:
    """What a way of telling may use: of the training images, and one drawn order.

    Attributes:
        mean: Of every channel, (channels, 1, 1); `sd` alike.
        order: Of the pixels, the same in every channel, (SIDE * SIDE,).
    """

    mean: np.ndarray
    sd: np.ndarray
    order: np.ndarray


def known(images: np.ndarray, rng: np.random.Generator) -> Known:
    """From training images (n, channels, SIDE, SIDE)."""
    mean, sd = (f(images, axis=(0, 2, 3))[:, None, None] for f in (np.mean, np.std))
    return Known(mean, sd, rng.permutation(SIDE * SIDE))


Tell = Callable[[np.ndarray, Known], np.ndarray]
"""From images (n, channels, SIDE, SIDE) to numbers of the same shape."""


@dataclass(frozen=True)
class Telling:
    """A way to tell images.

    Attributes:
        label: For people.
        tell: What it makes of them.
    """

    label: str
    tell: Tell


def standardised(x: np.ndarray, of: Known) -> np.ndarray:
    return (x - of.mean) / of.sd


def _scrambled(x: np.ndarray, of: Known) -> np.ndarray:
    z = standardised(x, of)
    return z.reshape(*z.shape[:2], -1)[:, :, of.order].reshape(z.shape)


def _by_others(x: np.ndarray, of: Known) -> np.ndarray:
    """With the mean and the deviation of photographs; grey images with those of their middle."""
    mean, sd = OTHERS if x.shape[1] == OTHERS.shape[1] else OTHERS.mean(1, keepdims=True)
    return (x - mean[:, None, None]) / sd[:, None, None]


def _misread(x: np.ndarray, of: Known) -> np.ndarray:
    """Pixel after pixel in memory, read as if it were channel after channel."""
    z = standardised(x, of)
    return z.transpose(0, 2, 3, 1).reshape(z.shape)


TELLINGS = {
    "standardised": Telling("Standardised", standardised),
    "scrambled": Telling("Pixels scrambled", _scrambled),
    "bytes": Telling("0 to 255", lambda x, of: np.round(255 * x)),
    "swapped": Telling("Channels swapped", lambda x, of: standardised(x, of)[:, ::-1]),
    "others": Telling("ImageNet's mean", _by_others),
    "misread": Telling("Channels last", _misread),
}
TELLING_NAMES = {name: telling.label for name, telling in TELLINGS.items()}
