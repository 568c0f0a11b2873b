"""Ways to share the work of training one net among workers; each for all seeds at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.concepts.faster.codes import CODES, FLOAT_BITS
from core.concepts.faster.shards import parts
from core.lazy import torch
from core.stacked.layers import Workspace
from core.stacked.rules import Updater

if TYPE_CHECKING:
    from torch import Tensor

    from core.stacked.nets import MLP

ALONE = (slice(None),)


@dataclass(frozen=True)
class Team:
    """What the workers agreed on.

    Attributes:
        net: The shape of all nets.
        sizes: Images of each worker in a step.
        weighted: Whether means over workers count each worker by its images.
        learning_rate: Of every update.
        momentum: Likewise.
        every: Steps from one averaging of weights to the next.
        delay: By how many steps a stale gradient is late.
        code: Key in `CODES`.
    """

    net: MLP
    sizes: Sequence[int]
    weighted: bool
    learning_rate: float
    momentum: float
    every: int
    delay: int
    code: str

    @property
    def n_workers(self) -> int:
        return len(self.sizes)

    def mean(self, of_workers: Tensor) -> Tensor:
        """Over workers, (W, S, P) -> (S, P)."""
        if not self.weighted:
            return of_workers.mean(0)
        shares = torch.tensor(self.sizes, dtype=of_workers.dtype) / sum(self.sizes)
        return torch.tensordot(shares, of_workers, 1)

    def updater(self, p: Tensor) -> Updater:
        """Of nets (K, P)."""
        rule = {"learning_rate": self.learning_rate, "momentum": self.momentum}
        return Updater(p, ["momentum"] * len(p), [rule] * len(p))


class Gradients:
    """Gradients of as many nets at a time as are asked for."""

    def __init__(self, net: MLP) -> None:
        self.net = net
        self._stacks: dict[tuple[int, ...], tuple[Tensor, Tensor, object]] = {}

    def __call__(self, p: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Of the mean loss of nets (..., P) on images (..., features, batch): (..., P)."""
        own, g, stack = self._bound(p.flatten(0, -2).shape, x.shape[-1], p.dtype)
        own.copy_(p.flatten(0, -2))
        stack.gradients(x.flatten(0, -3).contiguous(), y.flatten(0, -3).contiguous())
        return g.clone().view(p.shape)

    def of_workers(self, p: Tensor, x: Tensor, y: Tensor, sizes: Sequence[int]) -> Tensor:
        """Each worker's on its images: nets (W, S, P) or, the same for all, (S, P): (W, S, P)."""
        nets = p.expand(len(sizes), *p.shape[-2:])
        return torch.cat([self(nets[workers], *own) for workers, *own in parts(x, y, sizes)])

    def _bound(self, shape: Sequence[int], batch: int, dtype: torch.dtype) -> tuple:
        key = (*shape, batch)
        if key not in self._stacks:
            p = torch.zeros(*shape, dtype=dtype)
            g = torch.zeros_like(p)
            self._stacks[key] = p, g, self.net.bind(p, g, Workspace())
        return self._stacks[key]


class Way:
    """One way, at work.

    Args:
        team: What was agreed on.
        gradients: Of nets.
        start: Of every seed's net, (S, P).

    Attributes:
        followed: What the last update followed, (S, P); before the first, nothing.
        before: The net that the workers had in common before it, (S, P).
        bits: That one worker has sent so far.
    """

    def __init__(self, team: Team, gradients: Gradients, start: Tensor) -> None:
        self.team, self.gradients, self.p = team, gradients, start.clone()
        self.followed, self.before, self.bits = torch.zeros_like(start), start.clone(), 0
        self._updater = team.updater(self.p)

    @property
    def nets(self) -> Tensor:
        """What is measured: (S, P)."""
        return self.p

    def step(self, x: Tensor, y: Tensor) -> None:
        """One update: images and labels of all workers, (S, features or classes, images)."""
        self.before = self.p.clone()
        self.followed = self.found(x, y)
        self._updater.step(self.followed.clone())

    def found(self, x: Tensor, y: Tensor) -> Tensor:
        """What this step's update follows, (S, P)."""
        raise NotImplementedError


class Whole(Way):
    """One worker does all of it: the gradient of the whole batch."""

    def found(self, x: Tensor, y: Tensor) -> Tensor:
        return self.gradients(self.p, x, y)


class Averaged(Way):
    """Each worker sends its gradient; all follow the mean."""

    def found(self, x: Tensor, y: Tensor) -> Tensor:
        own = self.gradients.of_workers(self.p, x, y, self.team.sizes)
        return self.team.mean(self.sent(own))

    def sent(self, own: Tensor) -> Tensor:
        """What of the workers' gradients (W, S, P) arrives."""
        self.bits += FLOAT_BITS * own.shape[-1]
        return own


class FewBits(Averaged):
    """Each worker sends its gradient in a code."""

    def sent(self, own: Tensor) -> Tensor:
        code = CODES[self.team.code]
        self.bits += code.bits(own.shape[-1])
        return code.read(own)


class Remembering(FewBits):
    """What the code lost is added to the next gradient. Seide et al. 2014; Karimireddy et al. 2019.
    """

    def __init__(self, team: Team, gradients: Gradients, start: Tensor) -> None:
        super().__init__(team, gradients, start)
        self.lost = torch.zeros(team.n_workers, *start.shape, dtype=start.dtype)

    def sent(self, own: Tensor) -> Tensor:
        meant = own + self.lost
        read = super().sent(meant)
        self.lost = meant - read
        return read


class Stale(Averaged):
    """Gradients are of the weights that were there some steps ago: nobody waits for anybody."""

    def __init__(self, team: Team, gradients: Gradients, start: Tensor) -> None:
        super().__init__(team, gradients, start)
        self._past = deque([start.clone()] * (team.delay + 1), team.delay + 1)

    def found(self, x: Tensor, y: Tensor) -> Tensor:
        self._past.append(self.p.clone())
        own = self.gradients.of_workers(self._past[0], x, y, self.team.sizes)
        return self.team.mean(self.sent(own))


class Local(Way):
    """Workers train nets of their own and average these now and then. McMahan et al. 2017.

    Attributes:
        own: Their nets after the last step, before any averaging, (W, S, P).
    """

    def __init__(self, team: Team, gradients: Gradients, start: Tensor) -> None:
        super().__init__(team, gradients, start)
        w = team.n_workers
        self.p = start.repeat(w, 1)  # (W x S, P)
        self.own = self.p.view(w, *start.shape).clone()
        self._updater = team.updater(self.p)
        self._n_steps = 0

    @property
    def nets(self) -> Tensor:
        return self.team.mean(self._of_workers)

    @property
    def _of_workers(self) -> Tensor:
        return self.p.view(self.own.shape)

    def step(self, x: Tensor, y: Tensor) -> None:
        self.before = self.nets
        g = self.gradients.of_workers(self._of_workers, x, y, self.team.sizes)
        self.followed = self.team.mean(g)
        self._updater.step(g.flatten(0, 1))
        self.own = self._of_workers.clone()
        self._n_steps += 1
        if self._n_steps % self.team.every == 0:
            self._of_workers.copy_(self.nets.expand_as(self.own))
            self.bits += FLOAT_BITS * self.p.shape[-1]


WAY_NAMES = {
    "whole": "One worker, whole batch", "gradients": "Averaged gradients",
    "weights": "Averaged weights", "stale": "Stale gradients",
    "few_bits": "Few bits", "memory": "Few bits, with memory",
}
WAYS: dict[str, Callable[[Team, Gradients, Tensor], Way]] = {
    "whole": Whole, "gradients": Averaged, "weights": Local, "stale": Stale,
    "few_bits": FewBits, "memory": Remembering,
}
