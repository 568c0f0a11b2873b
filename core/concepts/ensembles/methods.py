"""Ensembles that grow by one member at a time, for all seeds, and keep their votes.

No ensemble is ever fitted again: a new member's votes are added to the sum. After m members
each equals scikit-learn's ensemble of m members with the same `random_state`; the tests
compare them stage by stage.

Papers: Breiman 1996 (bagging), Breiman 2001 (random forest), Geurts et al. 2006 (extra
trees), Freund & Schapire 1997 and Zhu et al. 2009 (AdaBoost, SAMME), Friedman 2001 and 2002
(gradient boosting, stochastic).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.concepts.ensembles import stumps
from core.concepts.ensembles.data import Sample
from core.lazy import forests, sampling, sklearn, trees

MethodName = Literal[
    "tree", "bagging", "forest", "extra_trees", "adaboost", "gradient_boosting"
]
METHOD_NAMES = {
    "tree": "Tree", "bagging": "Bagging", "forest": "Random forest", "extra_trees": "Extra trees",
    "adaboost": "AdaBoost", "gradient_boosting": "Gradient boosting",
}
MAX_INT = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Options:
    """What the members are like.

    Attributes:
        max_depth: Of the trees that are averaged; None: until every leaf is pure.
        boosting_depth: Of the trees that are boosted.
        learning_rate: Share of a boosted member's vote that is added.
        subsample: Points in a bootstrap sample (bagging, forest) or drawn for a stage of
            gradient boosting, as a share of the training set.
        random_state: One number per seed.
    """

    max_depth: int | None = None
    boosting_depth: int = 1
    learning_rate: float = 1.0
    subsample: float = 1.0
    random_state: Sequence[int] = (0,)


class Ensemble:
    """The members so far of one method, for S seeds.

    Args:
        samples: Their training sets, all of n points.
        points: Where votes are kept, (S, P, d), float32; the first n are the training set.
        n_classes: K.
        options: What the members are like.

    Attributes:
        total: Sum of the members' votes, (S, P, K).
        votes: Of the newest member, (S, P, K); for gradient boosting its trees' outputs.
        used: How much each training point counts for it, (S, n): the times it was drawn, or
            its weight, or the size of its residual; with mean 1 for each seed.
        out_of_bag: Sum of the votes of members that did not see the point, (S, n, K); None
            where every member sees all.
        size: Number of members, (S,).
    """

    limit = MAX_INT
    trees_per_member = 1
    leaves_points_out = False
    members_choose = True

    def __init__(
        self, samples: Sequence[Sample], points: np.ndarray, n_classes: int, options: Options
    ) -> None:
        self.options, self.points, self.n_classes = options, points, n_classes
        # A class that lost all its points to label noise is unknown to the trees
        found = [np.unique(s.y, return_inverse=True) for s in samples]
        self.classes = [classes for classes, _ in found]
        self.x = [s.x for s in samples]
        self.y = [y for _, y in found]
        self.labels = np.stack([s.y for s in samples])
        self.n = self.labels.shape[1]
        self.total = np.zeros((*points.shape[:2], n_classes))
        self.votes = np.zeros_like(self.total)
        self.used = np.ones((len(samples), self.n))
        self.out_of_bag: np.ndarray | None = None
        self.size = np.zeros(len(samples), dtype=int)
        self.random = [np.random.RandomState(r) for r in options.random_state]
        self.start()

    def start(self) -> None:
        """What a method needs before its first member."""

    def grow(self) -> None:
        """Adds one member to every seed's ensemble, unless the method has enough."""
        # What is fitted comes from here, not from a user: checking it again costs as much as
        # the fit itself
        with sklearn.config_context(skip_parameter_validation=True, assume_finite=True):
            self.grow_all()

    def grow_all(self) -> None:
        """The same, seed by seed unless a method knows better."""
        if self.size.max(initial=0) < self.limit:
            self.votes = np.zeros_like(self.total)
            for s in range(len(self.x)):
                self.add(s)
            self.total += self.votes

    def add(self, s: int) -> None:
        """Fits the next member of one seed; sets its `votes`, `used` and `size`."""
        raise NotImplementedError

    def share(self) -> np.ndarray:
        """The ensemble's opinion, (S, P, K): averaged votes, or probabilities."""
        return self.total / np.maximum(self.total.sum(2, keepdims=True), 1e-300)

    def _tree(self, s: int, kind: Any, weights: np.ndarray | None, **how: Any) -> np.ndarray:
        """Fits a tree and returns its class shares at the points, (P, K)."""
        tree = kind(**how).fit(self.x[s], self.y[s], sample_weight=weights, check_input=False)
        return self._spread(s, tree.tree_.predict(self.points[s]))

    def _spread(self, s: int, votes: np.ndarray) -> np.ndarray:
        """Columns of the classes that a seed knows, to those of all classes."""
        if votes.shape[1] == self.n_classes:
            return votes
        wide = np.zeros((len(votes), self.n_classes))
        wide[:, self.classes[s]] = votes
        return wide


class Tree(Ensemble):
    """One tree on the whole training set: what the others are compared with."""

    limit = 1

    def add(self, s: int) -> None:
        self.votes[s] = self._tree(
            s, trees.DecisionTreeClassifier, None, max_depth=self.options.max_depth,
            random_state=self.options.random_state[s],
        )
        self.size[s] += 1


class Forest(Ensemble):
    """Trees on bootstrap samples that see a random few of the features at each split."""

    leaves_points_out = True
    max_features: str | None = "sqrt"

    def start(self) -> None:
        self.out_of_bag = np.zeros((len(self.x), self.n, self.n_classes))
        self.n_drawn = max(round(self.n * self.options.subsample), 1)

    def draw(self, s: int) -> tuple[int, np.ndarray]:
        """The next tree's `random_state`, and which points it is to see, with repetitions."""
        state = self.random[s].randint(MAX_INT)
        drawn = np.random.RandomState(state).randint(0, self.n, self.n_drawn)
        return state, drawn

    def add(self, s: int) -> None:
        state, drawn = self.draw(s)
        counts = np.bincount(drawn, minlength=self.n).astype(float)
        self.votes[s] = self._tree(
            s, trees.DecisionTreeClassifier, counts, max_depth=self.options.max_depth,
            max_features=self.max_features, random_state=state,
        )
        assert self.out_of_bag is not None
        unseen = counts == 0
        self.out_of_bag[s, unseen] += self.votes[s, : self.n][unseen]
        self.used[s] = counts * (self.n / self.n_drawn)
        self.size[s] += 1


class Bagging(Forest):
    """Trees on bootstrap samples that see all features."""

    max_features = None

    def draw(self, s: int) -> tuple[int, np.ndarray]:
        seed = self.random[s].randint(MAX_INT)
        state = np.random.RandomState(seed).randint(MAX_INT)
        rows = np.random.RandomState(seed)
        # BaggingClassifier draws the features first, even where it takes them all
        n_features = self.x[s].shape[1]
        sampling.sample_without_replacement(n_features, n_features, random_state=rows)
        return state, rows.randint(0, self.n, self.n_drawn)


class ExtraTrees(Ensemble):
    """Trees on the whole training set whose thresholds are drawn by chance."""

    def add(self, s: int) -> None:
        self.votes[s] = self._tree(
            s, trees.ExtraTreeClassifier, None, max_depth=self.options.max_depth,
            max_features="sqrt", random_state=self.random[s].randint(MAX_INT),
        )
        self.size[s] += 1


class AdaBoost(Ensemble):
    """SAMME: each member is fitted to the points that the ones before it got wrong."""

    def start(self) -> None:
        self.weights = np.full(self.labels.shape, 1 / self.n)
        self.stopped = np.zeros(len(self.x), dtype=bool)
        self.stumps = None
        if self.options.boosting_depth == 1 and self.n_classes == 2:
            self.stumps = stumps.Stumps(np.stack(self.x), self.labels)

    def grow_all(self) -> None:
        """A member for every seed that still can: a perfect or a useless one ends it."""
        if self.stopped.all():
            return
        self.weights = np.clip(self.weights, np.finfo(float).eps, None)
        chosen = self._classes_of_next()
        wrong = chosen[:, : self.n] != self.labels
        error = np.average(wrong, axis=1, weights=self.weights)
        known = np.array([len(classes) for classes in self.classes])
        perfect, useless = error <= 0, error >= 1 - 1 / known
        with np.errstate(divide="ignore"):
            alpha = self.options.learning_rate * (np.log((1 - error) / error) + np.log(known - 1))
        alpha = np.where(perfect, 1.0, np.where(useless | self.stopped, 0.0, alpha))
        alpha[self.stopped] = 0
        self.used = self.weights / self.weights.mean(1, keepdims=True)
        self.votes = alpha[:, None, None] * (chosen[..., None] == np.arange(self.n_classes))
        self.total += self.votes
        self.size += alpha > 0
        # as scikit-learn spells it, so that rounding is the same where splits are equally good
        self.weights = np.exp(np.log(self.weights) + alpha[:, None] * wrong)
        self.weights /= self.weights.sum(1, keepdims=True)
        self.stopped |= perfect | useless

    def _classes_of_next(self) -> np.ndarray:
        """What the next member says at the points, (S, P)."""
        if self.stumps is not None:
            return stumps.predict(self.stumps.fit(self.weights), self.points)
        return np.stack([
            self._tree(
                s, trees.DecisionTreeClassifier, weights, random_state=random.randint(MAX_INT),
                max_depth=self.options.boosting_depth,
            ).argmax(1)
            for s, (weights, random) in enumerate(zip(self.weights, self.random, strict=True))
        ])


class GradientBoosting(Ensemble):
    """Regression trees on the gradient of the log loss, one per class (one for two classes)."""

    members_choose = False  # a tree corrects the ones before it

    def start(self) -> None:
        self.models = [
            forests.GradientBoostingClassifier(
                n_estimators=1, learning_rate=self.options.learning_rate, warm_start=True,
                max_depth=self.options.boosting_depth, subsample=self.options.subsample,
                random_state=r,
            ) for r in self.options.random_state
        ]
        self.trees_per_member = 1 if self.n_classes == 2 else self.n_classes
        for s, y in enumerate(self.y):  # the log odds, as scikit-learn's prior
            prior = np.log(np.bincount(y) / self.n)
            self.total[s] = -np.inf
            self.total[s][:, self.classes[s]] = prior

    def grow_all(self) -> None:
        """Residuals first: how far each training label is from its probability."""
        own = np.eye(self.n_classes, dtype=bool)[self.labels]
        missing = 1 - _softmax(self.total[:, : self.n])[own].reshape(self.labels.shape)
        self.used = missing / np.maximum(missing.mean(1, keepdims=True), 1e-12)
        super().grow_all()

    def add(self, s: int) -> None:
        model = self.models[s]
        model.n_estimators = self.size[s] + 1
        model.fit(self.x[s], self.y[s])
        steps = np.stack([t.tree_.predict(self.points[s])[:, 0] for t in model.estimators_[-1]], 1)
        if steps.shape[1] == 1:  # the log odds of class 1 over class 0
            steps = steps * [-0.5, 0.5]
        self.votes[s] = self.options.learning_rate * self._spread(s, steps)
        self.size[s] += 1

    def share(self) -> np.ndarray:
        return _softmax(self.total)


def _softmax(raw: np.ndarray) -> np.ndarray:
    odds = np.exp(raw - raw.max(2, keepdims=True))
    return odds / odds.sum(2, keepdims=True)


METHODS: dict[str, type[Ensemble]] = {
    "tree": Tree, "bagging": Bagging, "forest": Forest, "extra_trees": ExtraTrees,
    "adaboost": AdaBoost, "gradient_boosting": GradientBoosting,
}
