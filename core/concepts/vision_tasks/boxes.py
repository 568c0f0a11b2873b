"""Boxes: how well one covers another, and what is made small when boxes are learned.

Boxes are (..., 4): left, top, right and bottom edge, in pixels.

Papers: Rezatofighi et al. 2019 (GIoU).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.concepts.vision_tasks.scenes import SIDE
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

SCALE = SIDE / 2
"""Edges are compared in halves of the scene."""


def areas(boxes: Tensor) -> Tensor:
    """Of each box; of one whose edges have changed sides 0."""
    width, height = (boxes[..., 2:] - boxes[..., :2]).clamp_min(0).unbind(-1)
    return width * height


def overlaps(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The areas that two boxes share, that they cover together, and of the box around both."""
    shared = areas(torch.cat([torch.maximum(a[..., :2], b[..., :2]),
                              torch.minimum(a[..., 2:], b[..., 2:])], -1))
    around = areas(torch.cat([torch.minimum(a[..., :2], b[..., :2]),
                              torch.maximum(a[..., 2:], b[..., 2:])], -1))
    return shared, areas(a) + areas(b) - shared, around


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union, from 0 to 1."""
    shared, together, _ = overlaps(a, b)
    return shared / together


def giou(a: Tensor, b: Tensor) -> Tensor:
    """IoU less the share of the box around both that neither covers: from -1 to 1."""
    shared, together, around = overlaps(a, b)
    return shared / together - (around - together) / around


@dataclass(frozen=True)
class BoxLoss:
    """What is made small.

    Attributes:
        label: For people.
        of: A loss per box, of predicted and true ones.
    """

    label: str
    of: Callable[[Tensor, Tensor], Tensor]


BOX_LOSSES: dict[str, BoxLoss] = {
    "squared": BoxLoss("Squared error", lambda a, b: ((a - b) / SCALE).square().mean(-1)),
    "absolute": BoxLoss("Absolute error", lambda a, b: ((a - b) / SCALE).abs().mean(-1)),
    "iou": BoxLoss("1 − IoU", lambda a, b: 1 - iou(a, b)),
    "giou": BoxLoss("1 − GIoU", lambda a, b: 1 - giou(a, b)),
}
"""Adding one is an entry here."""


def placed(o: Tensor) -> Tensor:
    """Four numbers (..., 4) as a box: its centre and its size, which never leaves 0 to `SIDE`.

    At 0 it is in the middle of the scene.
    """
    centre = SIDE / 2 * (1 + o[..., :2])
    half = SIDE / 2 * (o[..., 2:] - 0.5).sigmoid()
    return torch.cat([centre - half, centre + half], -1)
