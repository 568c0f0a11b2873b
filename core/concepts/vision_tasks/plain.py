"""Several questions to one trunk, once, to be read: what is in a scene, where, which pixels, and
how is it said?

    python -m core.concepts.vision_tasks.plain
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.vision_tasks.scenes import N_CLASSES, SIDE, draw
from core.concepts.vision_tasks.segment import N_KINDS
from core.concepts.vision_tasks.sentences import LENGTH, N_WORDS


def block(n_in: int, n_out: int) -> list[nn.Module]:
    """A convolution that keeps the size, with batch norm."""
    return [nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()]


def trunk() -> nn.Sequential:
    """Scenes (B, 1, 24, 24) to maps (B, 16, 6, 6)."""
    pool = nn.MaxPool2d(2)
    return nn.Sequential(*block(1, 8), pool, *block(8, 16), pool, *block(16, 16))


def box(o: Tensor) -> Tensor:
    """Four numbers (..., 4) as left, top, right and bottom edge; 0 is the middle of the scene."""
    centre = SIDE / 2 * (1 + o[..., :2])
    half = SIDE / 2 * torch.sigmoid(o[..., 2:] - 0.5)
    return torch.cat([centre - half, centre + half], -1)


class WhatAndWhere(nn.Module):
    """Three convolutions; then a class, and a box, from the means of their maps."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = trunk()
        self.what = nn.Linear(16, N_CLASSES)
        self.where = nn.Linear(16, 4)
        nn.init.zeros_(self.where.weight)  # boxes begin in the middle of the scene
        nn.init.zeros_(self.where.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scenes (B, 1, side, side) to logits (B, classes) and boxes (B, 4)."""
        means = self.trunk(x).mean((2, 3))  # (B, 16): no place is left but what the border tells
        return self.what(means), box(self.where(means))


class FourAnswers(nn.Module):
    """Four heads on one trunk, for scenes with two shapes."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = trunk()
        self.what = nn.Linear(16 * 36, 2 * N_CLASSES)
        self.where = nn.Linear(16 * 36, 2 * 4)
        self.up = nn.Sequential(*block(16, 16))
        self.kind = nn.Conv2d(16, N_KINDS, 1)
        self.word = nn.Embedding(N_WORDS + 1, 16)  # the last one is read before the first word
        self.begin = nn.Linear(16, 32)
        self.read, self.state = nn.Linear(16 + 16, 3 * 32), nn.Linear(32, 3 * 32)  # a GRU's gates
        self.place = nn.Embedding(36, 16)
        self.look = nn.Linear(32, 16)
        self.say = nn.Linear(32 + 16, N_WORDS)

    def loss(self, x: Tensor, classes: Tensor, boxes: Tensor, words: Tensor, kinds: Tensor,
             box_weight: float = 3.0) -> Tensor:
        """The sum of the losses of all heads.

        Args:
            x: Scenes (B, 1, side, side).
            classes: Of the left or upper shape, and of the other one, (B, 2).
            boxes: Of both, (B, 2, 4).
            words: A true sentence, (B, 5).
            kinds: What each pixel belongs to, (B, pixels).
            box_weight: Of the boxes' loss.
        """
        entropy, maps = nn.functional.cross_entropy, self.trunk(x)
        what = self.what(maps.flatten(1)).view(-1, 2, N_CLASSES)
        where = box(self.where(maps.flatten(1) / 6).view(-1, 2, 4))
        up = nn.functional.interpolate(maps, scale_factor=2)  # 12 x 12
        which = nn.functional.interpolate(self.kind(self.up(up)), scale_factor=2, mode="bilinear")
        weights = torch.tensor([0.2] + [1.0] * N_CLASSES, dtype=x.dtype)  # less for background
        return (entropy(what.flatten(0, 1), classes.flatten())
                + box_weight * ((where - boxes) / (SIDE / 2)).square().mean()
                + entropy(which.flatten(2), kinds, weights)
                + entropy(self.said(maps, words).flatten(0, 1), words.flatten()))

    def said(self, maps: Tensor, words: Tensor) -> Tensor:
        """Logits of each word, given the right ones before it, (B, 5, words)."""
        places = maps.flatten(2).mT  # (B, 36, 16)
        keys = places + self.place.weight
        h = torch.tanh(self.begin(places.mean(1)))
        last, said = torch.full((len(maps),), N_WORDS), []
        for i in range(LENGTH):
            look = torch.softmax((keys @ self.look(h)[:, :, None])[..., 0] / 4, 1)
            seen = (look[:, :, None] * keys).sum(1)
            h = torch.gru_cell(torch.cat([self.word(last), seen], 1), h, self.read.weight,
                               self.state.weight, self.read.bias, self.state.bias)
            said.append(self.say(torch.cat([h, seen], 1)))
            last = words[:, i]
        return torch.stack(said, 1)


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
