"""The default's dilated nets as one stack, beside a loop over single ones in eager torch."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.dilated_convolution import common, plain, reach
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = reach.Config(nets=("dilated",))
TOLERANCE = 1e-3
"""Between parameters of stack and single nets after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 3


class Eager:
    """One net as one would write it: `plain.CausalNet`, Adam, a clipped gradient."""

    def __init__(self, row: Tensor) -> None:
        self.net = plain.CausalNet()
        torch.nn.utils.vector_to_parameters(row.clone(), self.net.parameters())
        self.adam = torch.optim.Adam(self.net.parameters(), CONFIG.learning_rate)

    def step(self, x: Tensor, y: Tensor) -> None:
        """An update on sequences (n, T), with what is right at the last places, (n, asked)."""
        loss = torch.nn.functional.cross_entropy(self.net(x)[..., -reach.N_ASKED:], y)
        self.adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), common.CLIP)
        self.adam.step()

    def row(self) -> Tensor:
        return torch.nn.utils.parameters_to_vector(self.net.parameters()).detach()


def beside_eager_torch() -> Measured:
    torch.set_num_threads(1)
    stack, (x, y) = reach.race_of(CONFIG, "dilated"), next(reach.batches(CONFIG))
    singles, answers = [Eager(row) for row in stack.p], y.argmax(1)

    def loop() -> None:
        for k, single in enumerate(singles):
            single.step(x[k], answers[k])

    for _ in range(CHECKED_STEPS):
        stack.step(x, y)
        loop()
    found = float((stack.p - torch.stack([single.row() for single in singles])).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, partial(stack.step, x, y), 4),
                        partial(seconds, loop, 1), 5)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {len(singles)} nets"))


PROMISES = (
    Promise("dilated_convolution", "20 dilated nets of 4 layers as one stack: how many times as "
            "fast as a loop in eager torch", 3, beside_eager_torch),
)
