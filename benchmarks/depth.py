"""The depth study: 36 nets of 2 to 64 layers with batch norm, stacked and one by one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.skip_connections.common import data_of, depth_race_of, net_of
from core.concepts.skip_connections.depth import Config, depths
from core.concepts.skip_connections.plain import optimizer_of, resnet, train
from core.lazy import torch
from core.stacked.data import batches

if TYPE_CHECKING:
    from torch import Tensor, nn

TOLERANCE = 1e-3
"""Of parameters of size 1, in float32, after `CHECKED_STEPS` in nets of up to 8 layers: what
rounding does to deeper ones is amplified at every step."""
CHECKED_STEPS, CHECKED_DEPTH = 10, 8
N_BATCHES = 20


class Both:
    """All nets twice: one stack as on the page, and as separate eager models."""

    def __init__(self, config: Config) -> None:
        torch.set_num_threads(1)
        schedule = batches(data_of(config), config.seeds, config.batch_size, N_BATCHES)
        self.batches = list(schedule)
        nets = [net_of(config, depth, True) for depth in depths(config)]
        self.race = depth_race_of(config, nets, [config.learning_rate])
        self.models = [
            Eager(config, net.depth, kind, s, p[i * config.n_seeds + s])
            for net, p in zip(nets, self.race.parameters(), strict=True)
            for i, kind in enumerate(config.kinds) for s in range(config.n_seeds)
        ]

    def ours(self, n_steps: int) -> None:
        for x, y in self.batches[:n_steps]:
            self.race.step(x, y)

    def theirs(self, n_steps: int) -> None:
        for model in self.models:
            model.learn(self.batches[:n_steps])


class Eager:
    """One ordinary torch model with its optimizer, on its seed's batches."""

    def __init__(self, config: Config, depth: int, kind: str, seed: int, start: Tensor) -> None:
        self.net = resnet(depth, config.width, kind, batch_norm=True)
        _fill(self.net, start)
        self.seed = seed
        self.optimizer = optimizer_of(self.net, config.learning_rate)

    def learn(self, batches: Sequence[tuple[Tensor, Tensor]]) -> None:
        train(self.net, self.optimizer,
              ((x[self.seed].T, y[self.seed].argmax(0)) for x, y in batches))


def _fill(net: nn.Module, flat: Tensor) -> None:
    """Parameters in the order of the stack's, which has three gates after each block."""
    at = 0
    for part in net:
        for parameter in part.parameters():
            n = parameter.numel()
            parameter.data.copy_(flat[at : at + n].view(parameter.shape))
            at += n
        at += 0 if hasattr(part, "weight") else 3


def difference(config: Config, n_steps: int) -> float:
    """Between any two parameters, ours and eager torch's, after so many steps from one start."""
    both = Both(config)
    both.ours(n_steps)
    both.theirs(n_steps)
    ours = [p for of_depth in both.race.parameters() for p in of_depth]
    found = 0.0
    for model, mine in zip(both.models, ours, strict=True):
        theirs = [p.detach().clone() for p in model.net.parameters()]
        _fill(model.net, mine)
        found = max(found, *(float((p.detach() - q).abs().max())
                             for p, q in zip(model.net.parameters(), theirs, strict=True)))
    return found


def measure(width: int) -> Measured:
    config = Config(width=width, batch_norm="on")
    few = tuple(d for d in config.depths if int(d) <= CHECKED_DEPTH)
    found = difference(config.model_copy(update={"depths": few}), CHECKED_STEPS)
    assert found < TOLERANCE, f"ours and torch's parameters differ by {found:.1e}"
    both = Both(config)
    ours = partial(seconds, partial(both.ours, 10), 1)
    theirs = partial(seconds, partial(both.theirs, 2), 1)
    interleaved(ours, theirs, 1)  # warm
    pairs = [(a / 10, b / 2) for a, b in interleaved(ours, theirs, 9)]
    a, b = medians(pairs)
    return Measured(speedups(pairs), (
        f"220 steps of all take {220 * a:.1f} and {220 * b:.1f} s; parameters equal to "
        f"{found:.0e} after {CHECKED_STEPS} steps"
    ))


_WHAT = (
    "36 nets with batch norm (6 depths, plain and residual, 3 seeds), width {}, batch 64: how "
    "many times as fast as a loop of eager torch"
)
PROMISES = (
    Promise("depth", _WHAT.format(32), 4, partial(measure, 32)),
    Promise("depth_narrow", _WHAT.format(16), 9, partial(measure, 16)),
)
