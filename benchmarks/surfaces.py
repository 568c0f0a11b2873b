"""Many descents over two-dimensional surfaces, in one pass and one by one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers import PEERS
from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.optimizers.surface import Config, Descent, SurfaceName
from core.concepts.optimizers.surfaces import SURFACES
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

NAMES: tuple[SurfaceName, ...] = ("quadratic", "rosenbrock")
RULES = tuple(PEERS)
N_STARTS = 50
TOLERANCE = 1e-8
CHECKED_STEPS = 300


class Both:
    """Every rule from every start on both surfaces, twice: stacked, and with torch.optim.

    Args:
        n_starts: Per rule.
        together: How many starts of a rule one torch.optim moves as one tensor; 1 is the
            loop that the promise is about.
    """

    def __init__(self, n_starts: int, together: int = 1) -> None:
        torch.set_num_threads(1)
        self.descents, self.points = [], []
        for name in NAMES:
            config = Config(surface=name, rotation=20, condition_number=100)
            rng = np.random.default_rng(0)
            starts = np.array(SURFACES[name].start) + rng.normal(0, 0.1, (n_starts, 2))
            points = torch.tensor(starts)
            rates = _rates(config)
            rules = [rule for rule in RULES for _ in starts]
            self.descents.append(Descent(
                config, points.repeat(len(RULES), 1), rules,
                [{"learning_rate": rates[rule]} for rule in rules],
            ))
            self.points += [
                _Eager(config, rule, rates[rule], part)
                for rule in RULES for part in points.split(together)
            ]

    def ours(self) -> None:
        for descent in self.descents:
            descent.step()

    def theirs(self) -> None:
        for point in self.points:
            point.step()

    def difference(self) -> float:
        """The largest between any two positions; infinite where one is lost."""
        ours = torch.cat([descent.p for descent in self.descents])
        theirs = torch.cat([point.p.detach() for point in self.points])
        return float((ours - theirs).abs().nan_to_num(nan=np.inf).max())


def _rates(config: Config) -> dict[str, float]:
    # A tenth of the page's: at those some points oscillate, and rounding grows in them.
    tuned = SURFACES[config.surface].rates(config)
    return {rule: 0.1 * tuned["adam" if rule == "adamw" else rule] for rule in RULES}


class _Eager:
    """A point, or several of one rule, moved by torch.optim along autograd's gradient."""

    def __init__(self, config: Config, rule: str, rate: float, p: Tensor) -> None:
        self.config, self.value = config, SURFACES[config.surface].value
        self.p = p.clone().requires_grad_()
        self.optimizer: Any = PEERS[rule]([self.p], rate)

    def step(self) -> None:
        self.optimizer.zero_grad()
        x, y = self.p.unbind(1)
        self.value(x, y, self.config).sum().backward()
        self.optimizer.step()


def difference(n_starts: int, n_steps: int, together: int = 1) -> float:
    """Between ours and torch.optim's positions after so many steps."""
    both = Both(n_starts, together)
    for _ in range(n_steps):
        both.ours()
        both.theirs()
    return both.difference()


def _compare(both: Both, n_ours: int, n_theirs: int, n_pairs: int) -> Sequence[tuple[float, float]]:
    both.ours()
    both.theirs()
    return interleaved(
        partial(seconds, both.ours, n_ours), partial(seconds, both.theirs, n_theirs), n_pairs
    )


def measure() -> Measured:
    found = difference(4, CHECKED_STEPS)
    assert found < TOLERANCE, f"ours and torch's positions differ by {found:.1e}"
    pairs = _compare(Both(N_STARTS), 100, 2, 11)
    bare = _compare(Both(1), 100, 20, 11)
    vector = _compare(Both(N_STARTS, N_STARTS), 100, 20, 11)
    ours, theirs = medians(pairs)
    k = len(RULES) * N_STARTS * len(NAMES)
    by_hand = {"bare": medians(bare), "vector": medians(vector)}
    return Measured(speedups(pairs), (
        f"{k / ours / 1e3:.0f} k and {k / theirs / 1e3:.1f} k point-steps/s; a single start each: "
        f"{by_hand['bare'][1] / by_hand['bare'][0]:.1f}; beside one torch.optim per rule with all "
        f"starts in one tensor: {by_hand['vector'][1] / by_hand['vector'][0]:.1f}; positions equal "
        f"to {found:.0e} after {CHECKED_STEPS} steps"
    ))


PROMISES = (
    Promise("surfaces", f"{len(RULES)} rules x {N_STARTS} starts on {' and '.join(NAMES)}: how "
            "many times as fast as a loop of torch.optim with autograd", 25, measure),
)
