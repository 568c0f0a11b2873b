"""The default's nets for two questions, beside a loop over single ones in eager torch."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.vision_tasks import find, plain
from core.concepts.vision_tasks.nets import SCENES, Nets, schedule
from core.concepts.vision_tasks.scenes import N_CLASSES, SIDE
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = find.Config(nets=("both",))
TOLERANCE = 1e-3
"""Between what nets say after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 3


class Eager:
    """One net as one would write it: `plain.WhatAndWhere` and Adam."""

    def __init__(self, row: Tensor) -> None:
        self.net = plain.WhatAndWhere()
        torch.nn.utils.vector_to_parameters(row.clone(), self.net.parameters())
        self.adam = torch.optim.Adam(self.net.parameters(), CONFIG.learning_rate)

    def step(self, images: Tensor, classes: Tensor, boxes: Tensor) -> None:
        """An update on scenes (B, 1, side, side)."""
        logits, said = self.net(images)
        loss = torch.nn.functional.cross_entropy(logits, classes)
        off = (said - boxes) / (SIDE / 2)
        self.adam.zero_grad()
        (loss + CONFIG.box_weight * off.square().mean()).backward()
        self.adam.step()

    def row(self) -> Tensor:
        return torch.nn.utils.parameters_to_vector(self.net.parameters()).detach()


def beside_eager_torch() -> Measured:
    torch.set_num_threads(1)
    nets = Nets(find.net_of(CONFIG, find.ASKED["both"]), CONFIG.seeds, CONFIG.learning_rate)
    x, y = next(schedule(*find.questions(CONFIG, SCENES, find.N_TRAIN), CONFIG.seeds,
                         find.BATCH_SIZE, 1))
    singles = [Eager(row) for row in nets.p]
    given = [(scenes.t().reshape(-1, 1, SIDE, SIDE).contiguous(), true[:N_CLASSES].argmax(0),
              true[N_CLASSES:].t()) for scenes, true in zip(x, y, strict=True)]

    def loop() -> None:
        for single, scenes in zip(singles, given, strict=True):
            single.step(*scenes)

    def step() -> None:
        nets.step(x, y, 1, CONFIG.n_steps)

    for _ in range(CHECKED_STEPS):
        step()
        loop()
    found = float((nets.p - torch.stack([single.row() for single in singles])).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, step, 4), partial(seconds, loop, 4), 7)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {len(singles)} nets"))


PROMISES = (
    Promise("vision_tasks", "3 nets for class and box as one stack: how many times as fast as a "
            "loop in eager torch", 1, beside_eager_torch),
)
