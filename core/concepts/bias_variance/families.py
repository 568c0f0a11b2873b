"""Families of models of one input, each fitted at all its complexities at once.

A fit takes B data sets and the points to predict at, and returns all predictions:

    fit(x (B, n), y (B, n), at (B, m), values, rngs) -> (B, C, m), float64

`x` and `at` may have one row where all data sets share them (a fixed design): what depends
on x alone is then computed once. `values` are the C complexities. `rngs` has one generator
per seed; the rows of a seed are neighbours. All numbers of x and `at` lie in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.bias_variance.complexity import Complexity
from core.lazy import torch
from core.stacked.layers import Workspace
from core.stacked.losses import SQUARED_ERROR
from core.stacked.nets import MLP, Stack
from core.stacked.race import Race, Runner

if TYPE_CHECKING:
    from torch import Tensor

Rngs = Sequence[np.random.Generator]
Fit = Callable[[np.ndarray, np.ndarray, np.ndarray, Sequence[Any], Rngs], np.ndarray]

RIDGE_DEGREE = 12
MLP_STEPS = 400
MLP_RATE = 0.02


@dataclass(frozen=True)
class Family:
    """Models that differ in one number.

    Attributes:
        fit: See the module.
        linear: Whether the predictions are linear in y, so that bias and variance of a
            fixed design are known exactly.
        gap_resamples: Data sets of each size behind the generalization gap.
    """

    complexity: Complexity
    fit: Fit
    linear: bool = False
    gap_resamples: int = 25


def legendre(x: np.ndarray, degree: int) -> np.ndarray:
    """Legendre polynomials of degree 0 .. degree on [0, 1], (..., degree + 1)."""
    return np.polynomial.legendre.legvander(2 * x - 1, degree)


def polynomial(
    x: np.ndarray, y: np.ndarray, at: np.ndarray, degrees: Sequence[int], rngs: Rngs
) -> np.ndarray:
    """Least squares. In a basis that is orthonormal on the data (QR) the weights of a degree
    are the first ones of the highest; raw powers would be numerically wrong from degree 8.
    """
    q, r = np.linalg.qr(legendre(x, max(degrees)))  # (B, n, d + 1), (B, d + 1, d + 1)
    basis = np.linalg.solve(r.mT, legendre(at, max(degrees)).mT)  # (B, d + 1, m)
    weights = (q.mT @ y[:, :, None]).mT  # (B, 1, d + 1)
    used = np.arange(max(degrees) + 1) <= np.array(degrees)[:, None]  # (C, d + 1)
    return (weights * used) @ basis


def ridge(
    x: np.ndarray, y: np.ndarray, at: np.ndarray, alphas: Sequence[float], rngs: Rngs
) -> np.ndarray:
    """Legendre polynomials up to degree 12; alpha times the squared weights is added to the
    sum of squares, the intercept left free. All alphas share one SVD.
    """
    phi = legendre(x, RIDGE_DEGREE)[..., 1:]
    middle = phi.mean(1, keepdims=True)
    u, s, vt = np.linalg.svd(phi - middle, full_matrices=False)
    mean = y.mean(1)[:, None, None]
    projected = (u.mT @ (y[:, :, None] - mean)).mT  # (B, 1, d)
    shrunk = s[:, None] / (s[:, None] ** 2 + np.array(alphas)[:, None])  # (B, C, d)
    directions = vt @ (legendre(at, RIDGE_DEGREE)[..., 1:] - middle).mT  # (B, d, m)
    return mean + (projected * shrunk) @ directions


def knn(
    x: np.ndarray, y: np.ndarray, at: np.ndarray, ks: Sequence[int], rngs: Rngs
) -> np.ndarray:
    """Mean of the k nearest. Of sorted points they are a window, which moves on where the
    point enters that is as far as the one that leaves; sums over it come from prefix sums.
    """
    x, y = _from_left_to_right(x, y)
    n = x.shape[1]
    total = _prefix_sums(y)
    rows = np.arange(len(y))[:, None]
    found = []
    for k in ks:
        first = _count_below((x[:, : n - k] + x[:, k:]) / 2, at)
        found.append((total[rows, first + k] - total[rows, first]) / k)
    return np.stack(found, 1)


def _from_left_to_right(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(x, 1)
    y = np.take_along_axis(y, np.broadcast_to(order, y.shape), 1)
    return np.take_along_axis(x, order, 1), y


def _prefix_sums(y: np.ndarray) -> np.ndarray:
    """Sums over the first 0 .. n points, (B, n + 1)."""
    return np.concatenate([np.zeros((len(y), 1)), np.cumsum(y, 1)], 1)


def _count_below(sorted_rows: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Per row, how many of its numbers are below each point of `at`, (B|1, m).

    All rows are looked up at once: row i is moved by 2 i, and one sorted list holds them.
    """
    if len(sorted_rows) == 1:
        return np.searchsorted(sorted_rows[0], at)
    row = np.arange(len(sorted_rows))[:, None]
    found = np.searchsorted((sorted_rows + 2.0 * row).ravel(), (at + 2.0 * row).ravel())
    return found.reshape(len(row), -1) - sorted_rows.shape[1] * row


def tree(
    x: np.ndarray, y: np.ndarray, at: np.ndarray, depths: Sequence[int], rngs: Rngs
) -> np.ndarray:
    """Regression trees (CART), all data sets level by level.

    With one input a node is a run of neighbours, so that sums over it are differences of
    prefix sums; and a point falls to the same training point's side at every depth.
    """
    x, y = _from_left_to_right(x, y)
    levels = _levels(y, max(depths))
    # a tree that cannot grow any deeper stays as it is
    chosen = np.stack([levels[min(d, len(levels) - 1)].ravel() for d in depths])
    side = _nearest(x, at) + y.shape[1] * np.arange(len(y))[:, None]
    return chosen.take(side, 1).swapaxes(0, 1)


def _levels(y: np.ndarray, depth: int) -> list[np.ndarray]:
    """Per level, 0 first, the mean of the node that each of the sorted points is in, (B, n)."""
    n = y.shape[1]
    total = _prefix_sums(y)
    begins = np.zeros(y.shape, bool)  # whether a node begins at this point
    begins[:, 0] = True
    position = np.arange(n)
    levels = []
    while True:
        start = np.maximum.accumulate(np.where(begins, position, 0), 1)
        ends = np.concatenate([begins[:, 1:], np.ones((len(y), 1), bool)], 1)
        stop = np.where(ends, position + 1, n)[:, ::-1]
        stop = np.minimum.accumulate(stop, 1)[:, ::-1]
        before, after = (np.take_along_axis(total, i, 1) for i in (start, stop))
        levels.append((after - before) / (stop - start))
        if len(levels) > depth or begins.all():
            return levels
        begins |= _splits(total, before, after, start, stop, begins)


def _splits(
    total: np.ndarray, before: np.ndarray, after: np.ndarray, start: np.ndarray,
    stop: np.ndarray, begins: np.ndarray,
) -> np.ndarray:
    """Where the right halves begin: per node the cut with the smallest sum of squares."""
    position = np.arange(begins.shape[1])
    left, right = total[:, :-1] - before, after - total[:, :-1]  # of a cut before the point
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = left**2 / (position - start) + right**2 / (stop - position)
    gain = np.where(begins, -1.0, gain).ravel()
    nodes = np.flatnonzero(begins)
    sizes = np.diff(np.append(nodes, gain.size))
    best = np.flatnonzero(gain == np.repeat(np.maximum.reduceat(gain, nodes), sizes))
    node_of_best = np.cumsum(begins)[best]
    cuts = np.zeros(gain.size, bool)
    cuts[best[np.diff(node_of_best, prepend=0) > 0]] = True  # of equals the first in a node
    return cuts.reshape(begins.shape)


def _nearest(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Per point of `at` the index of the nearest of x, which is sorted along rows.

    A point in the middle of two belongs to the left one, as in a tree.
    """
    return _count_below((x[:, :-1] + x[:, 1:]) / 2, at)


def bagged_tree(
    x: np.ndarray, y: np.ndarray, at: np.ndarray, sizes: Sequence[int], rngs: Rngs
) -> np.ndarray:
    """Means over trees that are grown to the end, each on a bootstrap sample.

    Such a tree predicts the value of the nearest point of its sample: there is nothing to
    grow. An ensemble of fewer trees is the beginning of a larger one.
    """
    most, (n_rows, n) = max(sizes), y.shape
    per_seed = n_rows // len(rngs)
    chosen = np.concatenate([rng.integers(n, size=(per_seed, most, n)) for rng in rngs])
    x = np.broadcast_to(x, y.shape)
    rows = np.arange(n_rows)[:, None, None]
    by_x = np.argsort(x, 1)
    rank = np.argsort(by_x, 1)
    picked = by_x[rows, np.sort(rank[rows, chosen], 2)]  # each sample from left to right
    many = np.repeat(np.broadcast_to(at, (n_rows, at.shape[1])), most, 0)
    side = _nearest(x[rows, picked].reshape(-1, n), many).reshape(n_rows, most, -1)
    values = np.take_along_axis(y[rows, picked], side, 2)  # (B, most, m)
    means = np.cumsum(values, 1) / np.arange(1, most + 1)[:, None]
    return means[:, [size - 1 for size in sizes]]


def mlp(
    x: np.ndarray, y: np.ndarray, at: np.ndarray, widths: Sequence[int], rngs: Rngs
) -> np.ndarray:
    """Networks with one hidden tanh layer after 400 full-batch steps of Adam, each data set
    with initial weights of its own.
    """
    inputs, targets, points = (
        torch.from_numpy(np.broadcast_to(a, (len(y), a.shape[1])).astype(np.float32))[:, None]
        for a in (4 * x - 2, y, 4 * at - 2)
    )
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # the driver does not, for labs that rarely load torch
    try:
        fitted = [_mlp(MLP((1, width, 1), "tanh", SQUARED_ERROR), inputs, targets, points, rngs)
                  for width in widths]
    finally:
        torch.set_num_threads(before)
    return np.stack(fitted, 1).astype(np.float64)


def _mlp(net: MLP, x: Tensor, y: Tensor, at: Tensor, rngs: Rngs) -> np.ndarray:
    """One net per data set, (B, m)."""
    n_models = len(x)
    start = torch.from_numpy(np.stack(
        [net.init(rng) for rng in rngs for _ in range(n_models // len(rngs))]
    ))
    runners = [Runner("adam", {"learning_rate": MLP_RATE}, i) for i in range(n_models)]
    race = Race(net, runners, start, x.shape[2])
    for _ in range(MLP_STEPS):
        race.step(x, y)
    with torch.no_grad():
        stack = Stack(net, race.p, torch.empty_like(race.p), Workspace())
        return stack.forward(at)[:, 0].numpy()


FAMILIES = {
    "polynomial": Family(
        Complexity("degree", "Degree (stiff → flexible)", "degree {}", tuple(range(16)),
                   extra_points=1),
        polynomial, linear=True,
    ),
    "nearest_neighbors": Family(
        Complexity("n_neighbors", "Neighbours k (stiff → flexible)", "k = {}",
                   (30, 25, 20, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1), extra_points=0),
        knn, linear=True,
    ),
    "decision_tree": Family(
        Complexity("max_depth", "Depth (stiff → flexible)", "depth {}", tuple(range(1, 13))),
        tree,
    ),
    "ridge_regression": Family(
        Complexity("alpha", "Penalty λ (stiff → flexible)", "λ = {}",
                   (100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-5, 1e-6)),
        ridge, linear=True,
    ),
    "bagged_trees": Family(
        Complexity("n_estimators", "Trees in the ensemble", "{} in an ensemble",
                   (1, 2, 3, 5, 7, 10, 15, 20, 30)),
        bagged_tree,
    ),
    "mlp": Family(
        Complexity("width", "Hidden units (stiff → flexible)", "{} hidden units",
                   (1, 2, 3, 5, 10, 30)),
        mlp, gap_resamples=3,  # a wide network on 200 points takes 30 ms
    ),
}
