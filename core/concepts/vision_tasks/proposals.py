"""Where something might be: boxes around connected ink, and what stands in them, at one size.

Papers: Uijlings et al. 2013 (what hangs together may be a thing), Girshick et al. 2014 (each box is
brought to one size, with something around it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.scenes import N_PIXELS, SIDE
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

LEAST = 5
"""Pixels that have to hang together."""
CROP = 12
"""The side that boxes are brought to, in pixels."""
AROUND = 1
"""So many pixels around a box come with it."""


def connected(ink: np.ndarray) -> np.ndarray:
    """A number per group of inked pixels that touch, corners included: (n, side, side), 0 where no
    ink is. Each pixel takes the largest number near it until none changes.
    """
    numbers = np.arange(1, ink[0].size + 1, dtype=np.int32).reshape(ink[0].shape)
    found = np.where(ink, numbers, 0)
    while True:
        grown = found
        for axis in (1, 2):
            width = [(0, 0)] * 3
            width[axis] = (1, 1)
            padded, n = np.pad(grown, width), grown.shape[axis]
            parts = [padded.take(range(i, i + n), axis) for i in range(3)]
            grown = np.maximum(np.maximum(parts[0], parts[1]), parts[2])
        grown = np.where(ink, grown, 0)
        if np.array_equal(grown, found):
            return found
        found = grown


def proposed(images: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Boxes around whatever hangs together: the scenes that they are in (boxes,), and the boxes
    as `Scenes.boxes`, (boxes, 4), scene by scene.

    Args:
        images: Of scenes, (n, pixels).
        level: Ink above it is ink.
    """
    groups = connected(images.reshape(-1, SIDE, SIDE) > level).reshape(-1, N_PIXELS)
    scenes, pixels = np.nonzero(groups)
    keys = scenes * (N_PIXELS + 1) + groups[scenes, pixels]
    order = np.argsort(keys, kind="stable")
    _, starts, sizes = np.unique(keys[order], return_index=True, return_counts=True)
    y, x = np.divmod(pixels[order], SIDE)
    boxes = np.zeros((len(starts), 4), np.float32)
    if len(starts):
        boxes = np.stack([np.minimum.reduceat(x, starts), np.minimum.reduceat(y, starts),
                          np.maximum.reduceat(x, starts) + 1, np.maximum.reduceat(y, starts) + 1],
                         1).astype(np.float32)
    large = sizes >= LEAST
    return scenes[order][starts][large], boxes[large]


def crops(images: np.ndarray, rows: np.ndarray, boxes: np.ndarray) -> Tensor:
    """What stands in boxes, brought to one size between pixels: (pixels of a crop, boxes).

    Args:
        images: Of scenes, (n, pixels).
        rows: The scene of each box.
        boxes: As `Scenes.boxes`, (boxes, 4).
    """
    at = (np.arange(CROP) + 0.5) / CROP
    low, high = boxes[:, :2] - AROUND, boxes[:, 2:] + AROUND
    # pixels as `grid_sample` counts them: -1 and 1 are the outer edges of the scene
    x, y = (2 / SIDE * (low + (high - low) * at[:, None, None]) - 1).transpose(2, 1, 0)
    grid = np.stack(np.broadcast_arrays(x[:, None], y[:, :, None]), -1).astype(np.float32)
    scenes = torch.from_numpy(images[rows]).view(-1, 1, SIDE, SIDE)
    found: Tensor = torch.nn.functional.grid_sample(
        scenes, torch.from_numpy(grid), align_corners=False)
    return found.flatten(1).T.contiguous()
