"""A fair race: models that differ in one thing, trained together over the same batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.layers import Workspace
from core.stacked.nets import Batched, Net
from core.stacked.rules import Updater

if TYPE_CHECKING:
    from torch import Tensor

CACHE_BYTES = 2**20  # of a core's second-level cache, on the processors we know
FEW = 4  # models in a block: below it, operations cost more than the cache saves


@dataclass(frozen=True)
class Runner:
    """One model of a race.

    Attributes:
        rule: Key in `RULES`.
        coefficients: `learning_rate` and whatever differs from the rule's defaults.
        seed: Index of its seed: row of the initial parameters and of the batches.
    """

    rule: str
    coefficients: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0


class Together:
    """Models in blocks of neighbours, each small enough for the cache, over the same batches."""

    _blocks: Sequence[Block]

    def step(self, x: Tensor, y: Tensor, rate_factor: float = 1.0) -> None:
        """One update of all models.

        Args:
            x: A batch per seed, (S, features, batch).
            y: Its targets, (S, outputs, batch).
            rate_factor: Scales all learning rates, for schedules.
        """
        for block in self._blocks:
            block.step(x, y, rate_factor)

    def outputs(self, x: Tensor) -> Tensor:
        """What every model says of its seed's inputs (S, features, N): (K, outputs, N)."""
        with torch.inference_mode():
            # blocks share their buffers
            return self._joined([b.stack.forward(b.take(x)).clone() for b in self._blocks])

    def losses(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean loss and accuracy of every model on its seed's data, each (K,)."""
        with torch.inference_mode():
            parts = [block.stack.losses(block.take(x), block.take(y)) for block in self._blocks]
        loss, right = zip(*parts, strict=True)
        return self._joined(loss), self._joined(right)

    def _joined(self, parts: Sequence[Tensor]) -> Tensor:
        return torch.cat(list(parts))


class Race(Together):
    """Trains K models of one shape; those of one seed share start and batches.

    One block for tiny nets, where the number of operations costs; one per rule for larger
    ones, where memory traffic does; as many as fit layer by layer for deep ones. A block's
    parameters, moments and activations stay in the processor's cache.

    Args:
        net: The shape of all models.
        runners: The models. Order them rule by rule, and seeds 0..S-1 within a rule.
        start: Initial parameters per seed, (S, P).
        batch_size: Of the batches to come; decides the size of the blocks.
        rngs: Per model the generator of its dropout, where the net has any.
    """

    def __init__(
        self,
        net: Net,
        runners: Sequence[Runner],
        start: Tensor,
        batch_size: int,
        rngs: Sequence[np.random.Generator] = (),
    ) -> None:
        self.net = net
        self.p = start[[runner.seed for runner in runners]].contiguous()  # (K, P)
        memory = Workspace()
        size = _block_size(net, len(runners), len(start), batch_size)
        with torch.inference_mode():  # its tensors cost less bookkeeping per operation
            self._blocks = [
                self._block(slice(i, i + size), runners, len(start), memory, rngs)
                for i in range(0, len(runners), size)
            ]

    def _block(
        self, rows: slice, runners: Sequence[Runner], n_seeds: int, memory: Workspace,
        rngs: Sequence[np.random.Generator],
    ) -> Block:
        p = self.p[rows]
        g = memory("gradients", *p.shape, dtype=p.dtype)
        return Block(self.net.bind(p, g, memory, rngs[rows]), runners[rows], n_seeds)


class Block:
    """Models that are stepped together.

    Args:
        stack: They.
        runners: The models; again and again, where the stack has more than those.
        n_seeds: Of all models of the race.
    """

    def __init__(self, stack: Batched, runners: Sequence[Runner], n_seeds: int) -> None:
        self.stack = stack
        n_rows = max(len(p) for p, _ in stack.parts)
        all_rows = list(runners) * (n_rows // len(runners))
        rules, coefficients = [r.rule for r in all_rows], [r.coefficients for r in all_rows]
        self._updates = [
            (Updater(p, rules[: len(p)], coefficients[: len(p)]), g) for p, g in stack.parts
        ]
        seeds = [runner.seed for runner in all_rows]
        in_order = seeds == list(range(n_seeds))  # one model per seed: nothing to copy
        self._seeds = None if in_order else torch.tensor(seeds)

    def take(self, x: Tensor) -> Tensor:
        """Each model's own data, out of those of all seeds."""
        return x if self._seeds is None else x.index_select(0, self._seeds)

    def step(self, x: Tensor, y: Tensor, rate_factor: float) -> None:
        self.stack.gradients(self.take(x), self.take(y))
        with torch.inference_mode():
            for updater, g in self._updates:
                updater.step(g, rate_factor)


def _block_size(net: Net, n_models: int, n_seeds: int, batch_size: int) -> int:
    n = fitting(net.footprint(batch_size))
    if n < FEW:  # a deep net's step leaves the cache anyway: keep one layer's in it
        n = fitting(net.largest_layer(batch_size))
    return n_models if n_models <= n else max(n_seeds, n // n_seeds * n_seeds)


def fitting(n_bytes: int) -> int:
    """How many models the cache holds, if each uses `n_bytes`."""
    return CACHE_BYTES // n_bytes
