"""The default's workers of all seeds as one stack, beside a loop over them in eager torch."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.faster import plain, workers
from core.concepts.faster.shards import batches, data_of
from core.concepts.faster.ways import WAYS, Gradients
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = workers.Config(ways=("memory",))
TOLERANCE = 1e-3
"""Between parameters of stack and single nets after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 3


class Eager:
    """One net and its workers as one would write it: `plain.step`."""

    def __init__(self, row: Tensor) -> None:
        self.net = plain.mlp()
        torch.nn.utils.vector_to_parameters(row.clone(), self.net.parameters())
        self._lost = [torch.zeros(1)] * int(CONFIG.n_workers)

    def step(self, x: Tensor, classes: Tensor) -> None:
        """An update on images (n, features) of all workers and what they show, (n,)."""
        own = zip(x.split(CONFIG.batch_size), classes.split(CONFIG.batch_size), strict=True)
        plain.step(self.net, list(own), self._lost, CONFIG.learning_rate, plain.two_bits, True)

    def row(self) -> Tensor:
        return torch.nn.utils.parameters_to_vector(self.net.parameters()).detach()


def beside_eager_torch() -> Measured:
    torch.set_num_threads(1)
    team, split = workers.team_of(CONFIG), data_of(CONFIG.seeds)
    start = workers.start_of(team.net, CONFIG.seeds)
    stack = WAYS["memory"](team, Gradients(team.net), start)
    x, y = next(batches(split, CONFIG.seeds, team.sizes, 1, False))
    singles, classes = [Eager(row) for row in start], y.argmax(1)

    def loop() -> None:
        for s, single in enumerate(singles):
            single.step(x[s].T, classes[s])

    for _ in range(CHECKED_STEPS):
        stack.step(x, y)
        loop()
    found = float((stack.nets - torch.stack([single.row() for single in singles])).abs().max())
    assert found < TOLERANCE, f"stack and single nets differ by {found:.1e}"
    pairs = interleaved(partial(seconds, partial(stack.step, x, y), 16),
                        partial(seconds, loop, 4), 7)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step of {len(singles)} nets"))


PROMISES = (
    Promise("faster", "5 nets with 4 workers each, two bits and memory, as one stack: how many "
            "times as fast as a loop over nets and workers in eager torch", 3, beside_eager_torch),
)
