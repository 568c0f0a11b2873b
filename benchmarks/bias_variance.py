"""All complexities of a family on all data sets at once, and one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.bias_variance import regression
from core.concepts.bias_variance.families import FAMILIES, MLP_RATE, MLP_STEPS
from core.lazy import torch

N_SETS, N_POINTS, N_AT = 200, 40, 200
VALUES = {
    "polynomial": range(12), "nearest_neighbors": range(1, 13), "decision_tree": range(1, 13),
    "mlp": (1, 2, 3, 5, 10, 30),
}
SWEEP_SECONDS = 4.0


class Both:
    """The same data sets for us and for a peer, with random x of their own."""

    def __init__(self, family: str, peer: Callable[..., np.ndarray], n_peer: int) -> None:
        rng = np.random.default_rng(0)
        self.x = rng.random((N_SETS, N_POINTS))
        self.y = np.sin(2 * np.pi * self.x) + rng.normal(0, 0.3, self.x.shape)
        self.at = np.linspace(0, 1, N_AT)[None]
        self.family, self.peer, self.n_peer = FAMILIES[family], peer, n_peer
        self.values = list(VALUES[family])

    def ours(self) -> np.ndarray:
        """(N_SETS, C, N_AT)"""
        rngs = [np.random.default_rng(1)]
        return self.family.fit(self.x, self.y, self.at, self.values, rngs)

    def theirs(self) -> np.ndarray:
        """The same for the first data sets only, (n_peer, C, N_AT)."""
        return np.array([
            [self.peer(value, self.x[i], self.y[i], self.at[0]) for value in self.values]
            for i in range(self.n_peer)
        ])


def polyfit(degree: int, x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.polyval(np.polyfit(x, y, degree), at)


def scikit_learn(model: Any, x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    return model.fit(x[:, None], y).predict(at[:, None])


def neighbors(k: int, x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    return scikit_learn(KNeighborsRegressor(k), x, y, at)


def tree(depth: int, x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    return scikit_learn(DecisionTreeRegressor(max_depth=depth), x, y, at)


def eager(width: int, x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """A network as one writes it in torch, 400 full-batch steps of Adam."""
    net = torch.nn.Sequential(torch.nn.Linear(1, width), torch.nn.Tanh(),
                              torch.nn.Linear(width, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=MLP_RATE)
    inputs, targets, points = (torch.tensor(a, dtype=torch.float32)[:, None]
                               for a in (4 * x - 2, y, 4 * at - 2))
    for _ in range(MLP_STEPS):
        optimizer.zero_grad()
        (0.5 * (net(inputs) - targets) ** 2).mean().backward()
        optimizer.step()
    with torch.no_grad():
        return net(points)[:, 0].numpy()


def measure(
    family: str, peer: Callable[..., np.ndarray], n_peer: int, times: int, tolerance: float | None
) -> Measured:
    """Pairs of seconds per data set; the predictions are compared where both compute the same.

    Args:
        n_peer: Data sets of the peer: its time is proportional to them.
        times: How often ours runs in a row.
        tolerance: Of predictions; None where initial weights differ.
    """
    torch.set_num_threads(1)
    both = Both(family, peer, n_peer)
    found = float(np.abs(both.ours()[:n_peer] - both.theirs()).max())
    if tolerance is not None:
        assert found < tolerance, f"the predictions of {family} differ by {found:.1e}"
    pairs = interleaved(
        lambda: seconds(both.ours, times) / N_SETS, lambda: seconds(both.theirs, 1) / n_peer, 7
    )
    ours, theirs = medians(pairs)
    equal = "" if tolerance is None else f"; predictions equal to {found:.0e}"
    return Measured(speedups(pairs), (
        f"{ours * 1e6:.0f} and {theirs * 1e6:.0f} us per data set with all "
        f"{len(both.values)} complexities{equal}"
    ))


def sweep() -> float:
    """Seconds of a core for the page's default run."""
    began = time.process_time()
    for _ in regression.train(regression.Config()):
        pass
    return time.process_time() - began


def measure_sweep() -> Measured:
    sweep()
    taken = [sweep() for _ in range(5)]
    return Measured(tuple(taken), "16 degrees x 200 data sets x 5 repetitions, with all charts")


PROMISES = (
    Promise("polynomial", "12 degrees of polynomials on 200 data sets of 40 points: how many times "
            "as fast as a loop of np.polyfit", 5,
            partial(measure, "polynomial", polyfit, 40, 5, 1e-2)),
    Promise("neighbors", "12 numbers of neighbours on the same: how many times as fast as a loop "
            "of scikit-learn", 25,
            partial(measure, "nearest_neighbors", neighbors, 20, 5, 1e-9)),
    Promise("trees", "12 depths of regression trees on the same: how many times as fast as a loop "
            "of scikit-learn", 70, partial(measure, "decision_tree", tree, 20, 5, 1e-6)),
    Promise("networks", "6 widths of networks on the same, 400 steps: how many times as fast as a "
            "loop of eager torch", 30, partial(measure, "mlp", eager, 2, 1, None)),
    Promise("bias_variance_sweep", "Seconds of one core for the whole default run of the page",
            SWEEP_SECONDS, measure_sweep, "at most"),
)
