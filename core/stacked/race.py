"""A fair race: models that differ in one thing, trained together over the same batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.lazy import torch
from core.stacked.layers import Workspace
from core.stacked.nets import Net, Stack
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


class Race:
    """Trains K models of one shape; those of one seed share start and batches.

    The stack is worked through in blocks of neighbouring models, small enough that a
    block's parameters, moments and activations stay in the processor's cache: one block
    for tiny nets, where the number of operations costs; one per rule for larger ones,
    where memory traffic does; as many as fit layer by layer for deep ones.

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
        workspace = Workspace()
        size = _block_size(net, len(runners), len(start), batch_size)
        with torch.inference_mode():  # its tensors cost less bookkeeping per operation
            self._blocks = [
                _Block(net, self.p[i : i + size], runners[i : i + size], len(start), workspace,
                       rngs[i : i + size])
                for i in range(0, len(runners), size)
            ]

    def step(self, x: Tensor, y: Tensor, rate_factor: float = 1.0) -> None:
        """One update of all models.

        Args:
            x: A batch per seed, (S, features, batch).
            y: Its targets, (S, outputs, batch).
            rate_factor: Scales all learning rates, for schedules.
        """
        with torch.inference_mode():
            for block in self._blocks:
                block.step(x, y, rate_factor)

    def outputs(self, x: Tensor) -> Tensor:
        """What every model says of its seed's inputs (S, features, N): (K, outputs, N)."""
        with torch.inference_mode():
            return torch.cat([b.stack.forward(b.take(x)) for b in self._blocks])

    def losses(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean loss and accuracy of every model on its seed's data, each (K,)."""
        with torch.inference_mode():
            parts = [block.stack.losses(block.take(x), block.take(y)) for block in self._blocks]
        return torch.cat([loss for loss, _ in parts]), torch.cat([right for _, right in parts])


class _Block:
    """Neighbouring models that are stepped together."""

    def __init__(
        self,
        net: Net,
        p: Tensor,
        runners: Sequence[Runner],
        n_seeds: int,
        workspace: Workspace,
        rngs: Sequence[np.random.Generator],
    ) -> None:
        g = workspace("gradients", *p.shape, dtype=p.dtype)
        self.stack = Stack(net, p, g, workspace, rngs)
        self._updater = Updater(p, [r.rule for r in runners], [r.coefficients for r in runners])
        seeds = [runner.seed for runner in runners]
        in_order = seeds == list(range(n_seeds))  # one model per seed: nothing to copy
        self._seeds = None if in_order else torch.tensor(seeds)

    def take(self, x: Tensor) -> Tensor:
        """Each model's own data, out of those of all seeds."""
        return x if self._seeds is None else x.index_select(0, self._seeds)

    def step(self, x: Tensor, y: Tensor, rate_factor: float) -> None:
        self.stack.gradients(self.take(x), self.take(y))
        self._updater.step(self.stack.g, rate_factor)


def _block_size(net: Net, n_models: int, n_seeds: int, batch_size: int) -> int:
    # parameters, gradient, two moments and scratch; activations once forward, once back
    per_model = 4 * (5 * net.n_parameters + 2 * batch_size * net.n_units)
    fitting = CACHE_BYTES // per_model
    if fitting < FEW:  # a deep net's step leaves the cache anyway: keep one layer's in it
        per_layer = 4 * 4 * batch_size * max(layer.n_units for layer in net.layers)
        fitting = CACHE_BYTES // per_layer
    if n_models <= fitting:
        return n_models
    return max(n_seeds, fitting // n_seeds * n_seeds)
