"""Two questions to one trunk, once, to be read: what is in a scene, and where?

    python -m core.concepts.vision_tasks.plain
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.vision_tasks.scenes import N_CLASSES, SIDE, draw


class WhatAndWhere(nn.Module):
    """Three convolutions; then a class, and a box, from the means of their maps."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for n_in, n_out, pool in ((1, 8, True), (8, 16, True), (16, 16, False)):
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out),
                       nn.ReLU(), *([nn.MaxPool2d(2)] if pool else [])]
        self.trunk = nn.Sequential(*layers)
        self.what = nn.Linear(16, N_CLASSES)
        self.where = nn.Linear(16, 4)
        nn.init.zeros_(self.where.weight)  # boxes begin in the middle of the scene
        nn.init.zeros_(self.where.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scenes (B, 1, side, side) to logits (B, classes) and boxes (B, 4)."""
        means = self.trunk(x).mean((2, 3))  # (B, 16): no place is left but what the border tells
        o = self.where(means)
        centre = SIDE / 2 * (1 + o[:, :2])
        half = SIDE / 2 * torch.sigmoid(o[:, 2:] - 0.5)
        return self.what(means), torch.cat([centre - half, centre + half], 1)


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes (B, 4): left, top, right, bottom."""
    both = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp_min(0)
    shared = both.prod(1)
    return shared / ((a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - shared)


def learn(net: WhatAndWhere, box_weight: float = 3.0, n_steps: int = 100) -> tuple[float, float]:
    """Trains it, and gives the share of wrong classes and the mean IoU in new scenes."""
    train, test = (draw(n, 1, np.random.default_rng(seed)) for seed, n in enumerate((1000, 200)))
    rng = np.random.default_rng(2)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    for _ in range(n_steps):
        rows = rng.choice(1000, 32, replace=False)
        logits, boxes = net(_images(train.images[rows]))
        what = nn.functional.cross_entropy(logits, torch.from_numpy(train.classes[rows, 0]))
        off = (boxes - torch.from_numpy(train.boxes[rows, 0])) / (SIDE / 2)
        optimizer.zero_grad()
        (what + box_weight * off.square().mean()).backward()
        optimizer.step()
        falling.step()
    net.eval()
    with torch.no_grad():
        logits, boxes = net(_images(test.images))
    wrong = (logits.argmax(1) != torch.from_numpy(test.classes[:, 0])).float().mean()
    return float(wrong), float(iou(boxes, torch.from_numpy(test.boxes[:, 0])).mean())


def _images(scenes: np.ndarray) -> Tensor:
    return torch.from_numpy(scenes).view(-1, 1, SIDE, SIDE)


def main() -> tuple[float, float]:
    """Prints and returns the share of wrong classes and the mean IoU."""
    torch.manual_seed(0)
    wrong, covered = learn(WhatAndWhere())
    print(f"{wrong:.0%} of the classes are wrong, boxes cover to {covered:.2f} (mean IoU)")
    return wrong, covered


if __name__ == "__main__":
    main()
