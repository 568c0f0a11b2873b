"""The same fits by scikit-learn and plain torch, for scripts that are taken away."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from torch import Tensor

from core.concepts.bias_variance.families import MLP_RATE, MLP_STEPS, RIDGE_DEGREE, legendre
from core.concepts.bias_variance.regression import GRID, TRUTHS, chunks, design
from core.script import Script
from core.starts import first_layers

SWEEPS: dict[str, tuple[float, ...]] = {
    "polynomial": tuple(range(16)),
    "nearest_neighbors": (30, 25, 20, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1),
    "decision_tree": tuple(range(1, 13)),
    "ridge_regression": (100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-5, 1e-6),
    "bagged_trees": (1, 2, 3, 5, 7, 10, 15, 20, 30),
    "mlp": (1, 2, 3, 5, 10, 30),
}
"""From stiff to flexible."""
N_POINTS = 400
"""Where classifiers are measured."""
NEIGHBORS = (99, 65, 45, 31, 21, 15, 11, 7, 5, 3, 1)
POINTS = {"polynomial": 1, "nearest_neighbors": 0}
"""By how many a data set needs more points than the degree, or neighbours."""


def curves(family: str, x: np.ndarray, y: np.ndarray, values: list[Any], rng: Any) -> np.ndarray:
    """What a method makes of one data set: by value its predictions on the grid."""
    if family == "polynomial":
        return np.stack([np.polynomial.Legendre.fit(x, y, value, domain=[0, 1])(GRID)
                         for value in values])
    if family == "bagged_trees":  # each tree on a sample of its own; the first ones are averaged
        rows = rng.integers(len(x), size=(max(values), len(x)))
        trees = [DecisionTreeRegressor().fit(x[some, None], y[some]).predict(GRID[:, None])
                 for some in rows]
        return np.stack([np.mean(trees[:value], 0) for value in values])
    make: Any = {"nearest_neighbors": lambda k: KNeighborsRegressor(k, algorithm="kd_tree"),
                 "decision_tree": lambda depth: DecisionTreeRegressor(max_depth=depth),
                 "ridge_regression": lambda alpha: Ridge(alpha, solver="svd")}[family]
    inputs, at = x[:, None], GRID[:, None]
    if family == "ridge_regression":
        inputs, at = legendre(x, RIDGE_DEGREE)[:, 1:], legendre(GRID, RIDGE_DEGREE)[:, 1:]
    return np.stack([make(value).fit(inputs, y).predict(at) for value in values])


def nets(x: np.ndarray, y: np.ndarray, width: int, rng: np.random.Generator) -> np.ndarray:
    """Predictions on the grid of a net for every data set, (data sets, grid): side by side, which
    changes nothing for any of them.
    """
    starts = [first_layers(rng, (1, width, 1), 1.0) for _ in y]
    p = [torch.stack(parts).requires_grad_() for parts in zip(*starts, strict=True)]
    targets = torch.from_numpy(y.astype(np.float32))[:, None]

    def said(at: np.ndarray) -> Tensor:
        first, first_bias, second, second_bias = p
        inputs = torch.from_numpy((4 * at - 2).astype(np.float32))[:, None]
        return second @ (first @ inputs + first_bias[:, :, None]).tanh() + second_bias[:, :, None]

    adam = torch.optim.Adam(p, MLP_RATE)
    for _ in range(MLP_STEPS):
        adam.zero_grad()
        ((said(x) - targets).square().mean(2) / 2).sum().backward()
        adam.step()
    with torch.no_grad():
        return said(np.broadcast_to(GRID, (len(y), len(GRID))))[:, 0].double().numpy()


def sweep(family: str, shown: float, n_samples: int) -> list[Any]:
    """The numbers of a family that the data allow, and the one that is drawn, in order."""
    points = POINTS.get(family)
    known = {value for value in SWEEPS[family] if points is None or value + points <= n_samples}
    return sorted(known | {shown}, reverse=SWEEPS[family][0] > SWEEPS[family][-1])


def inputs_of(kind: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The x of all data sets: the same for all, or each its own."""
    return np.broadcast_to(design(shape[1]), shape) if kind == "fixed" else rng.random(shape)


def expected_error(
    family: str, degree: int, n_neighbors: int, max_depth: int, alpha: float, n_estimators: int,
    width: int, truth: str, noise_sd: float, n_samples: int, design: str, n_resamples: int,
    seed: int,
) -> dict[str, float]:
    """By complexity the mean squared error on fresh data of fits to many data sets."""
    shown = {"polynomial": degree, "nearest_neighbors": n_neighbors, "decision_tree": max_depth,
             "ridge_regression": alpha, "bagged_trees": n_estimators, "mlp": width}[family]
    values = sweep(family, shown, n_samples)
    noise, places, fitting, fresh = (
        np.random.default_rng((seed, purpose, n_samples)) for purpose in range(4))
    x = inputs_of(design, (n_resamples, n_samples), places)
    y = TRUTHS[truth](x) + noise_sd * noise.normal(size=x.shape)
    new = TRUTHS[truth](GRID) + noise_sd * fresh.normal(size=(n_resamples, len(GRID)))
    if family == "mlp":  # the page's chunks say in which order first weights are drawn
        found = np.concatenate([
            np.stack([nets(x[a:b], y[a:b], value, fitting) for value in values], 1)
            for a, b in chunks(n_resamples)])
    else:
        found = np.stack([curves(family, *one, values, fitting)
                          for one in zip(x, y, strict=True)])
    errors = np.square(found - new[:, None]).mean((0, 2))
    return {str(value): float(e) for value, e in zip(np.array(values), errors, strict=True)}


def class_curves(world: str, t: np.ndarray) -> np.ndarray:
    """Points of both classes' curves at t (n,), (2, n, xy)."""
    if world == "moons":
        c, s = np.cos(np.pi * t), np.sin(np.pi * t)
        return np.array([[c, s], [1 - c, 0.5 - s]]).swapaxes(1, 2)
    if world == "circles":
        ring = np.array([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)]).T
        return np.array([ring, 0.4 * ring])
    return np.broadcast_to(np.array([[[-0.4, 0.0]], [[0.4, 0.0]]]), (2, len(t), 2))


def two_classes(
    world: str, noise_sd: float, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """n points, (n, 2), and their classes, (n,): half of each, class 0 first."""
    labels = (np.arange(n) >= (n + 1) // 2).astype(int)
    points = class_curves(world, rng.random(n))[labels, np.arange(n)]
    return points + noise_sd * rng.normal(size=(n, 2)), labels


def chance_of_one(world: str, noise_sd: float, points: np.ndarray) -> np.ndarray:
    """The probability of class 1 at points (m, 2), by a sum along the curves."""
    curves = class_curves(world, (np.arange(200) + 0.5) / 200)
    squares = np.square(points[:, None, None] - curves).sum(3)
    squares -= squares.min((1, 2), keepdims=True)
    density = np.exp(-squares / (2 * noise_sd**2)).mean(2)
    return density[:, 1] / density.sum(1)


def expected_mistakes(
    family: str, max_depth: int, n_neighbors: int, world: str, noise_sd: float, n_samples: int,
    n_resamples: int, seed: int,
) -> dict[str, float]:
    """By depth, or number of neighbours, the share of fresh labels that fits to many data sets get
    wrong.
    """
    data, fresh, growing = (np.random.default_rng((seed, purpose)) for purpose in range(3))
    points, _ = two_classes(world, noise_sd, N_POINTS, np.random.default_rng((seed, 3)))
    chance, is_tree = chance_of_one(world, noise_sd, points), family == "decision_tree"
    values = (range(1, 13) if is_tree else
              sorted({k for k in NEIGHBORS if k <= n_samples} | {n_neighbors}, reverse=True))
    wrong = np.zeros(len(values))
    for _ in range(n_resamples):
        x, labels = two_classes(world, noise_sd, n_samples, data)
        state = int(growing.integers(2**31))
        new = fresh.random(N_POINTS) < chance
        for i, value in enumerate(values):
            model: Any = (DecisionTreeClassifier(max_depth=value, random_state=state) if is_tree
                          else KNeighborsClassifier(value))
            wrong[i] += (model.fit(x, labels).predict(points) != new).mean()
    return {str(value): float(e) for value, e in zip(values, wrong / n_resamples, strict=True)}


SCRIPTS = {
    "classification": Script(expected_mistakes, "test_error", "share of fresh labels wrong"),
    "regression": Script(expected_error, "test_error", "mean squared error on fresh data"),
}
