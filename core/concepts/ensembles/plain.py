"""Averaging and boosting trees, in the papers' order, on scikit-learn's trees.

For reading: one training set, one ensemble, fitted to the end. A method is a generator that
yields the ensemble's class shares at the points asked after each member. The page grows all
seeds together (`methods`); `tests/concepts/ensembles/test_plain.py` holds the two to each
other, member by member. Run it: `python -m core.concepts.ensembles.plain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from sklearn.datasets import make_moons
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

MAX_INT = np.iinfo(np.int32).max
Shares = Iterator[np.ndarray]  # (points, classes) after each member


def forest(
    x: np.ndarray, y: np.ndarray, points: np.ndarray, seed: int = 0,
    max_features: str | None = "sqrt", max_depth: int | None = None,
) -> Shares:
    """Breiman 2001: trees on bootstrap samples, a random few features at each split."""
    rng, total, n = np.random.RandomState(seed), 0.0, len(y)
    while True:
        state = rng.randint(MAX_INT)
        bag = np.random.RandomState(state).randint(0, n, n)  # n points, with repetitions
        times = np.bincount(bag, minlength=n).astype(float)
        tree = DecisionTreeClassifier(
            max_features=max_features, max_depth=max_depth, random_state=state)
        total = total + tree.fit(x, y, sample_weight=times).predict_proba(points)
        yield total / total.sum(1, keepdims=True)


def bagging(x: np.ndarray, y: np.ndarray, points: np.ndarray, seed: int = 0) -> Shares:
    """Breiman 1996: the same, and every split sees all features."""
    return forest(x, y, points, seed, max_features=None)


def extra_trees(x: np.ndarray, y: np.ndarray, points: np.ndarray, seed: int = 0) -> Shares:
    """Geurts et al. 2006: all points, and thresholds drawn by chance."""
    rng, total = np.random.RandomState(seed), 0.0
    while True:
        tree = ExtraTreeClassifier(max_features="sqrt", random_state=rng.randint(MAX_INT))
        total = total + tree.fit(x, y).predict_proba(points)
        yield total / total.sum(1, keepdims=True)


def adaboost(
    x: np.ndarray, y: np.ndarray, points: np.ndarray, seed: int = 0, max_depth: int = 1,
    learning_rate: float = 1.0,
) -> Shares:
    """SAMME (Zhu et al. 2009, algorithm 2); with two classes AdaBoost, Freund & Schapire 1997."""
    rng, classes = np.random.RandomState(seed), np.unique(y)
    votes, weights = np.zeros((len(points), len(classes))), np.full(len(y), 1 / len(y))
    while True:
        tree = DecisionTreeClassifier(max_depth=max_depth, random_state=rng.randint(MAX_INT))
        wrong = tree.fit(x, y, sample_weight=weights).predict(x) != y
        error = weights[wrong].sum()
        if error <= 0 or error >= 1 - 1 / len(classes):
            return  # a perfect member has no weight that is finite, a guess has none at all
        alpha = learning_rate * (np.log((1 - error) / error) + np.log(len(classes) - 1))
        votes += alpha * (tree.predict(points)[:, None] == classes)
        weights = weights * np.exp(alpha * wrong)
        weights /= weights.sum()
        yield votes / votes.sum(1, keepdims=True)


def gradient_boosting(
    x: np.ndarray, y: np.ndarray, points: np.ndarray, seed: int = 0, max_depth: int = 1,
    learning_rate: float = 1.0,
) -> Shares:
    """Friedman 2001, algorithm 5, for the labels 0 and 1: each tree is fitted to the gradient
    of the log loss, and each of its leaves takes one Newton step.
    """
    rng, prior = np.random.RandomState(seed), np.log(y.mean() / (1 - y.mean()))
    f, asked = np.full(len(y), prior), np.full(len(points), prior)
    while True:
        p = 1 / (1 + np.exp(-f))
        residual = y - p
        tree = DecisionTreeRegressor(max_depth=max_depth, random_state=rng).fit(x, residual)
        leaf, n_nodes = tree.apply(x), tree.tree_.node_count
        over, under = (np.bincount(leaf, w, n_nodes) for w in (residual, p * (1 - p)))
        step = learning_rate * over / np.where(under > 0, under, 1)
        f, asked = f + step[leaf], asked + step[tree.apply(points)]
        yield np.stack([1 / (1 + np.exp(asked)), 1 / (1 + np.exp(-asked))], axis=1)


METHODS: dict[str, Callable[..., Shares]] = {
    "bagging": bagging, "forest": forest, "extra_trees": extra_trees, "adaboost": adaboost,
    "gradient_boosting": gradient_boosting,
}


def main(n_members: int = 50) -> dict[str, tuple[float, float]]:
    """Prints and returns the test errors of the first member and of all, on two moons."""
    x, y = make_moons(200, noise=0.3, random_state=0)
    test_x, test_y = make_moons(2000, noise=0.3, random_state=1)
    found = {}
    for name, method in METHODS.items():
        grown = [shares for _, shares in zip(range(n_members), method(x, y, test_x), strict=False)]
        errors = [float((shares.argmax(1) != test_y).mean()) for shares in grown]
        found[name] = (errors[0], errors[-1])
        print(f"{name:18} {errors[0]:.1%} with one member, {errors[-1]:.1%} with {len(errors)}")
    return found


if __name__ == "__main__":
    main()
