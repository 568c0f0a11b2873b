"""Nets of several depths, many at once: those that differ in depth alone are one stack.

A net of 4 blocks does what the first 4 blocks of a deeper one do, so they share an operation.
Ordered from deep to shallow, the nets that still go on are the first rows:

    net of 8 blocks   ########
    net of 4 blocks   ####
    net of 2 blocks   ##
                      | | |    stretches of blocks that the same nets have

A stretch is one tensor of parameters. What a net leaves behind its last block waits in its row
until all arrive at the read-out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from core.concepts.skip_connections.resnet import ResNet
from core.lazy import torch
from core.stacked.layers import Bound, Chain, Place, Workspace
from core.stacked.nets import ByHand
from core.stacked.race import Block, Runner, Together, fitting

if TYPE_CHECKING:
    from torch import Tensor

MOST = 32  # of each depth in a block: more are not faster, and need memory
BEYOND = 4  # times what the cache holds: where the deep half of the way has few models left


class Staggered(ByHand):
    """Residual nets alike in all but depth, and their gradients.

    Args:
        nets: From deep to shallow.
        starts: The parameters of as many models of each, (K, P of that net); copied.
        memory: Shared between stacks that take turns.
    """

    def __init__(self, nets: Sequence[ResNet], starts: Sequence[Tensor], memory: Workspace) -> None:
        super().__init__(nets[0].loss, memory)
        self._nets, self._k = nets, len(starts[0])
        stages = [net.parts(p) for net, p in zip(nets, starts, strict=True)]
        stem, *_, head = nets[0].layers
        ends = self._place("ends", [[parts[0], parts[-1]] for parts in stages])
        self._stem = stem.bind(ends.part(0, stem.n_parameters, "stem"))
        self._head = head.bind(ends.part(stem.n_parameters, head.n_parameters, "head"))
        places, self._stretches = [ends], []
        for a, b in pairwise([0, *(net.depth for net in reversed(nets))]):
            going_on = [parts[1 + a : 1 + b] for parts in stages if len(parts) > b + 1]
            place = self._place(f"blocks from {a}", going_on)
            blocks = Chain(nets[0].layers[1 + a : 1 + b]).bind(place)
            self._stretches.append(_Stretch(blocks, len(place.p)))
            places.append(place)
        self.parts = [(place.p, place.g) for place in places]

    def _place(self, name: str, parts: Sequence[Sequence[Tensor]]) -> Place:
        p = torch.cat([torch.cat(list(stages), 1) for stages in parts])
        g = self._memory(f"gradients of {name}", *p.shape, dtype=p.dtype)
        return Place(p, g, self._memory, name)

    def parameters(self) -> list[Tensor]:
        """Those of every net, from deep to shallow, copies: each (K, P of that net)."""
        ends, *stretches = (p for p, _ in self.parts)
        n_stem = self._nets[0].layers[0].n_parameters
        found = []
        for i in range(len(self._nets)):
            rows = slice(i * self._k, (i + 1) * self._k)
            blocks = [p[rows] for p in stretches if len(p) >= rows.stop]
            found.append(torch.cat([ends[rows, :n_stem], *blocks, ends[rows, n_stem:]], 1))
        return found

    def forward(self, x: Tensor, train: bool = False) -> Tensor:
        """(nets * K, features, batch) -> (nets * K, outputs, batch), net by net."""
        h = self._stem.forward(x, train)
        arrived = self._memory("arrived", *h.shape, dtype=h.dtype)
        for stretch in self._stretches:
            h = stretch.forward(h, train)
            arrived[: len(h)].copy_(h)
        return self._head.forward(arrived, train)

    def backward(self, delta: Tensor) -> None:
        d = self._head.backward(delta)
        for stretch in reversed(self._stretches):
            stretch.backward(d)
        self._stem.backward(d, need_dx=False)


class _Stretch:
    """Blocks that the first `n_rows` rows have."""

    def __init__(self, blocks: Bound, n_rows: int) -> None:
        self._blocks, self._n_rows = blocks, n_rows
        self._before: Tensor | None = None

    def forward(self, h: Tensor, train: bool) -> Tensor:
        if h is not self._before:  # at every step the same buffer, so the blocks see the same view
            self._before, self._x = h, h[: self._n_rows]
        return self._blocks.forward(self._x, train)

    def backward(self, d: Tensor) -> None:
        self._blocks.backward(d[: self._n_rows])  # a gated block writes dL/dx over dL/dy


class DepthRace(Together):
    """Trains residual nets of several depths, K of each, as one stack: see `Staggered`.

    What is said of every model is said depth by depth: (depths, K, ...) instead of (K, ...).

    Args:
        nets: Alike in all but depth, from shallow to deep.
        runners: The K models that there are of any depth.
        starts: Their initial parameters, per depth (K, P of that net).
        batch_size: Of the batches to come; decides the size of the blocks.

    Raises:
        ValueError: For runners whose gradients are to be clipped.
    """

    def __init__(
        self, nets: Sequence[ResNet], runners: Sequence[Runner], starts: Sequence[Tensor],
        batch_size: int,
    ) -> None:
        if any("clip" in runner.coefficients for runner in runners):
            raise ValueError("clip: a net's gradient lies in several parts, which have no norm")
        self.net = nets[-1]
        self._n_depths = len(nets)
        memory = Workspace()
        n_seeds = 1 + max(runner.seed for runner in runners)
        size = max(n_seeds, min(BEYOND * fitting(self.net.largest_layer(batch_size)), MOST))
        few = [slice(i, i + size) for i in range(0, len(runners), size)]
        with torch.inference_mode():
            self._stacks = [
                Staggered(nets[::-1], [p[rows] for p in reversed(starts)], memory) for rows in few
            ]
            self._blocks = [
                Block(stack, runners[rows], n_seeds)
                for stack, rows in zip(self._stacks, few, strict=True)
            ]

    def parameters(self) -> list[Tensor]:
        """Those of all models, per depth (K, P of that net): copies."""
        each = zip(*(stack.parameters() for stack in self._stacks), strict=True)
        return [torch.cat(of_depth) for of_depth in each][::-1]

    def _joined(self, parts: Sequence[Tensor]) -> Tensor:
        deep_first = [part.view(self._n_depths, -1, *part.shape[1:]) for part in parts]
        return torch.cat(deep_first, 1).flip(0)
