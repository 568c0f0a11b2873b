"""The same ensembles by scikit-learn's own classes, for scripts that are taken away."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    make_circles,
    make_classification,
    make_moons,
)
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from core.concepts.ensembles.data import FIXED, N_TEST, POOLS
from core.concepts.ensembles.ties import shared, wrong
from core.data.labels import flipped, stratified
from core.script import Script

ORDER = ("tree", "bagging", "forest", "extra_trees", "adaboost", "gradient_boosting")


def drawn(data: str, n: int, noise: float, rng: np.random.Generator) -> Any:
    """New points of a set without end."""
    number = int(rng.integers(2**31))
    if data == "moons":
        return make_moons(n, noise=noise, random_state=number)
    x, y = make_circles(n, noise=noise, factor=0.5, random_state=number)
    return 1.2 * x + [0.5, 0.25], y


def everything(data: str) -> Any:
    """All points of a finite set."""
    if data == "synthetic":
        return make_classification(
            4000, n_features=20, n_informative=6, n_redundant=4, n_clusters_per_class=3,
            flip_y=0.02, random_state=int(np.random.default_rng((FIXED, 9)).integers(2**31)))
    return {"breast_cancer": load_breast_cancer, "digits": load_digits}[data](return_X_y=True)


def data_of(data: str, n_samples: int, noise: float, seed: int) -> tuple[np.ndarray, ...]:
    """A seed's training points with their true labels, and the test points that all seeds share."""
    mine, ours = np.random.default_rng((seed, 0)), np.random.default_rng((FIXED, 1))
    if data in POOLS:
        x, y = everything(data)
        pool, rest = stratified(y, POOLS[data], ours)
        train, _ = stratified(y[pool], n_samples, mine)
        parts = x[pool][train], y[pool][train], x[rest], y[rest]
    else:
        parts = (*drawn(data, n_samples, noise, mine), *drawn(data, N_TEST, noise, ours))
    x, y, test_x, test_y = parts
    return x.astype(np.float32), y, test_x.astype(np.float32), test_y


def model_of(
    method: str, n: int, max_depth: int | None, boosting_depth: int, learning_rate: float,
    subsample: float, number: int,
) -> Any:
    """scikit-learn's ensemble of n members, not fitted yet."""
    tree = DecisionTreeClassifier(max_depth=max_depth, random_state=number)
    if method == "tree":
        return tree
    if method == "bagging":
        return BaggingClassifier(tree, n, max_samples=subsample, random_state=number)
    if method == "forest":
        return RandomForestClassifier(
            n, max_depth=max_depth, max_samples=subsample, random_state=number)
    if method == "extra_trees":
        return ExtraTreesClassifier(n, max_depth=max_depth, random_state=number)
    if method == "adaboost":
        return AdaBoostClassifier(DecisionTreeClassifier(max_depth=boosting_depth), n_estimators=n,
                                  learning_rate=learning_rate, random_state=number)
    return GradientBoostingClassifier(
        n_estimators=n, learning_rate=learning_rate, max_depth=boosting_depth,
        subsample=subsample, random_state=number)


def grown(
    data: str, n_samples: int, noise: float, flip: float, watch: str, methods: tuple[str, ...],
    n_estimators: int, max_depth: int | None, boosting_depth: int, learning_rate: float,
    subsample: float, seed: int,
) -> dict[str, float]:
    """By method the share of the test points that the whole ensemble gets wrong."""
    x, y, test_x, test_y = data_of(data, n_samples, noise, seed)
    n_classes = int(y.max()) + 1
    noisy = flipped(y, flip, n_classes, np.random.default_rng((seed, 1)))
    number = int(np.random.default_rng((seed, 2)).integers(2**31))
    found = {}
    for method in ORDER:
        if method in (watch, *methods):
            model = model_of(method, n_estimators, max_depth, boosting_depth, learning_rate,
                             subsample, number).fit(x, noisy)
            votes = np.zeros((len(test_y), n_classes))
            votes[:, model.classes_] = model.predict_proba(test_x)
            found[method] = float(wrong(votes, test_y).mean())
    return found


def voted(
    data: str, members: tuple[str, ...], n_samples: int, noise: float, flip: float,
    n_neighbors: int, max_depth: int, seed: int,
) -> dict[str, float]:
    """The share of the test points that all members together get wrong, by how they vote; and that
    of their mean and of the best of them.
    """
    x, y, test_x, test_y = data_of(data, n_samples, noise, seed)
    n_classes = int(y.max()) + 1
    y = flipped(y, flip, n_classes, np.random.default_rng((seed, 1)))
    number = int(np.random.default_rng((seed, 2)).integers(2**31))
    choices = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "knn": make_pipeline(StandardScaler(), KNeighborsClassifier(n_neighbors)),
        "naive_bayes": GaussianNB(),
        "shallow_tree": DecisionTreeClassifier(max_depth=max_depth, random_state=number),
    }
    classes = np.unique(y)
    first = 1 if len(classes) == 2 else 0  # of two classes one says it all
    shares, at_points, unseen = [], [], []
    for name in members or choices:
        folds = StratifiedKFold(5)
        apart = cross_val_predict(choices[name], x, y, cv=folds, method="predict_proba")
        unseen.append(apart[:, first:])
        said = choices[name].fit(x, y).predict_proba(test_x)
        at_points.append(said[:, first:])
        wide = np.zeros((len(test_y), n_classes))
        wide[:, classes] = said
        shares.append(wide)
    stacked = np.zeros((len(test_y), n_classes))
    final = LogisticRegression().fit(np.hstack(unseen), y)
    stacked[:, classes] = final.predict_proba(np.hstack(at_points))
    votes = {"hard": np.mean([shared(share) for share in shares], 0), "soft": np.mean(shares, 0),
             "stacking": stacked}
    alone = [float(wrong(share, test_y).mean()) for share in shares]
    return {**{rule: float(wrong(share, test_y).mean()) for rule, share in votes.items()},
            "mean_member": float(np.mean(alone)), "best_member": min(alone)}


SCRIPTS = {
    "growing": Script(grown, "test_error", "test error of the whole ensembles",
                      frozenset({"query_x", "query_y"})),
    "voting": Script(voted, "error", "test error when all have joined"),
}
