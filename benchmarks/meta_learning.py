"""The default's MAML nets as one stack, beside a loop over nets and tasks in eager torch."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.meta_learning import plain, sinusoids
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = sinusoids.Config(nets=("maml",))
TOLERANCE = 1e-3
"""Between parameters of stack and single nets after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 3


class Eager:
    """One net as one would write it: `plain.meta_loss`, a task after the other, and Adam."""

    def __init__(self, row: Tensor) -> None:
        self.net = plain.dense(CONFIG.width)
        torch.nn.utils.vector_to_parameters(row.clone(), self.net.parameters())
        self.adam = torch.optim.Adam(self.net.parameters(), CONFIG.learning_rate)

    def step(self, x: Tensor, y: Tensor) -> None:
        """An update on tasks (T, n, 1)."""
        self.adam.zero_grad()
        plain.meta_loss(self.net, zip(x, y, strict=True), CONFIG.n_shots).backward()
        self.adam.step()

    def row(self) -> Tensor:
        return torch.nn.utils.parameters_to_vector(self.net.parameters()).detach()


def beside_eager_torch() -> Measured:
    torch.set_num_threads(1)
    stack, (x, y) = sinusoids.race_of(CONFIG, "maml"), next(sinusoids.batches(CONFIG))
    singles = [Eager(row) for row in stack.p]

    def loop() -> None:
        for k, single in enumerate(singles):
            single.step(x[k], y[k])

    for _ in range(CHECKED_STEPS):
        stack.step(x, y)
        loop()
    found = float((stack.p - torch.stack([single.row() for single in singles])).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, partial(stack.step, x, y), 8),
                        partial(seconds, loop, 1), 5)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {len(singles)} nets"))


PROMISES = (
    Promise("meta_learning", "4 MAML nets on 10 tasks each as one stack: how many times as fast as "
            "a loop over nets and tasks in eager torch", 5, beside_eager_torch),
)
