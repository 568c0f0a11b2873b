"""Nets for two questions and for four, beside a loop over single ones in eager torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.vision_tasks import find, heads, plain, shared
from core.concepts.vision_tasks.heads import HEADS
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

    return _raced(nets, singles, step, loop)


def _raced(
    nets: Nets, singles: Sequence[Eager | EagerFour], step: Callable[[], None],
    loop: Callable[[], None],
) -> Measured:
    """How long each takes, after both have come to the same weights."""
    for _ in range(CHECKED_STEPS):
        step()
        loop()
    found = float((nets.p - torch.stack([single.row() for single in singles])).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, step, 4), partial(seconds, loop, 4), 7)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {len(singles)} nets"))


class EagerFour:
    """One net for four questions as one would write it: `plain.FourAnswers` and Adam."""

    def __init__(self, row: Tensor, config: shared.Config) -> None:
        self.net = plain.FourAnswers()
        torch.nn.utils.vector_to_parameters(row.clone(), self.net.parameters())
        self.adam = torch.optim.Adam(self.net.parameters(), config.learning_rate)

    def step(self, x: Tensor, *true: Tensor) -> None:
        """An update on scenes (B, 1, side, side) and all that is true of them."""
        loss = self.net.loss(x, *true)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()

    def row(self) -> Tensor:
        return torch.nn.utils.parameters_to_vector(self.net.parameters()).detach()


def four_beside_eager_torch() -> Measured:
    torch.set_num_threads(1)
    config = shared.Config(nets=("all",))
    nets = Nets(shared.net_of(config, "all"), config.seeds, config.learning_rate)
    x, y = next(schedule(*shared.known(config, SCENES, shared.N_TRAIN), config.seeds,
                         shared.BATCH_SIZE, 1))
    singles = [EagerFour(row, config) for row in nets.p]
    given = []
    for scenes, true in zip(x, y, strict=True):
        classes, boxes, words, kinds = (true[HEADS[name].rows].t().long()
                                        for name in ("class", "box", "sentence", "pixels"))
        given.append((scenes.t().reshape(-1, 1, SIDE, SIDE).contiguous(), classes,
                      boxes.unflatten(1, (heads.N_SHAPES, 4)).float(), words, kinds))

    def loop() -> None:
        for single, scenes in zip(singles, given, strict=True):
            single.step(*scenes)

    def step() -> None:
        nets.step(x, y, 1, config.n_steps)

    return _raced(nets, singles, step, loop)


PROMISES = (
    Promise("vision_tasks", "3 nets for class and box as one stack: how many times as fast as a "
            "loop in eager torch", 1, beside_eager_torch),
    Promise("vision_tasks_shared", "2 nets for four questions as one stack: how many times as fast "
            "as a loop in eager torch", 1, four_beside_eager_torch),
)
