"""Seven optimizers x eight seeds of a 2-16-16-1 tanh net, in one pass and one by one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers import PEERS, SEVEN
from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.lazy import torch
from core.stacked.losses import SQUARED_ERROR
from core.stacked.nets import MLP, Net
from core.stacked.race import Race, Runner

if TYPE_CHECKING:
    from torch import Tensor

NET = MLP((2, 16, 16, 1), activation="tanh", loss=SQUARED_ERROR)
RATES = {"sgd": 0.1, "momentum": 0.03, "nesterov": 0.03, "adagrad": 0.03, "rmsprop": 0.003,
         "adam": 0.003, "adamw": 0.003}
N_SEEDS = 8
TOLERANCE = 1e-3
"""Of parameters of size 1, in float32, after `CHECKED_STEPS` of rates up to 0.1."""
CHECKED_STEPS = 50


class Both:
    """The same models, start and data twice: stacked, and as separate eager models.

    Args:
        n_seeds: Of each optimizer.
        batch_size: Of all models.
        net: How the stack is computed; its parameters lie as `NET`'s do.
    """

    def __init__(self, n_seeds: int, batch_size: int, net: Net = NET) -> None:
        torch.set_num_threads(1)
        rngs = [np.random.default_rng(seed) for seed in range(n_seeds)]
        start = torch.from_numpy(np.stack([NET.init(rng) for rng in rngs]))
        x = np.stack([rng.uniform(-1, 1, (2, batch_size)) for rng in rngs]).astype(np.float32)
        self.x = torch.from_numpy(x)  # (S, 2, batch)
        self.y = (self.x[:, :1] * self.x[:, 1:] > 0).to(self.x.dtype) * 2 - 1  # (S, 1, batch)
        runners = [Runner(r, {"learning_rate": RATES[r]}, s) for r in SEVEN for s in range(n_seeds)]
        self.race = Race(net, runners, start, batch_size)
        self.models = [_Eager(runner, start, self.x, self.y) for runner in runners]

    def ours(self) -> None:
        """One step of all models."""
        self.race.step(self.x, self.y)

    def theirs(self) -> None:
        for model in self.models:
            model.step()

    def difference(self) -> float:
        """The largest between any two parameters."""
        theirs = torch.stack([torch.cat([p.detach().ravel() for p in model.net.parameters()])
                              for model in self.models])
        return float((self.race.p - theirs).abs().max())


class _Eager:
    """One ordinary torch model with its optimizer and its seed's batch."""

    def __init__(self, runner: Runner, start: Tensor, x: Tensor, y: Tensor) -> None:
        nn = torch.nn
        self.net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(),
                                 nn.Linear(16, 1))
        torch.nn.utils.vector_to_parameters(start[runner.seed].clone(), self.net.parameters())
        self.optimizer: Any = PEERS[runner.rule](
            self.net.parameters(), runner.coefficients["learning_rate"]
        )
        self.x, self.y = x[runner.seed].T.contiguous(), y[runner.seed].T.contiguous()

    def step(self) -> None:
        self.optimizer.zero_grad()
        loss = 0.5 * (self.net(self.x) - self.y).square().mean()
        loss.backward()
        self.optimizer.step()


def difference(n_seeds: int, batch_size: int, n_steps: int) -> float:
    """Between ours and eager torch after so many steps from one start."""
    both = Both(n_seeds, batch_size)
    for _ in range(n_steps):
        both.ours()
        both.theirs()
    return both.difference()


def measure(batch_size: int) -> Measured:
    found = difference(N_SEEDS, batch_size, CHECKED_STEPS)
    assert found < TOLERANCE, f"ours and torch's parameters differ by {found:.1e}"
    both = Both(N_SEEDS, batch_size)
    interleaved(partial(seconds, both.ours, 50), partial(seconds, both.theirs, 2), 2)  # warm
    pairs = interleaved(
        partial(seconds, both.ours, 200), partial(seconds, both.theirs, 10), 11
    )
    k = len(both.models)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), (
        f"{k / ours / 1e3:.0f} k and {k / theirs / 1e3:.1f} k model-steps/s; parameters equal to "
        f"{found:.0e} after {CHECKED_STEPS} steps"
    ))


PROMISES = (
    Promise("stacked_training", "56 nets 2-16-16-1 (7 optimizers x 8 seeds), batch 32: how many "
            "times as fast as a loop of eager torch", 25, partial(measure, 32)),
    Promise("stacked_training_256", "The same with a full batch of 256", 5, partial(measure, 256)),
)
