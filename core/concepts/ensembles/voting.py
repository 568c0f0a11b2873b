"""Voting: when is a crowd wiser than its members, and than the wisest of them?

Up to four classifiers of different kinds join one after the other. With each that joins, all
that are there vote: by majority (hard), by mean probability (soft), or through a logistic
regression that was trained on their out-of-fold probabilities (stacking). All seeds at once.

Papers: Hansen & Salamon 1990 (errors that are not alike), Wolpert 1992 (stacking), Kuncheva &
Whitaker 2003 (diversity and its limits).
Differs from the papers in: data sets are small enough for a classroom.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import combinations
from typing import Any, Literal

import numpy as np

from core.concepts.ensembles import ties
from core.concepts.ensembles.data import (
    PLANE,
    DataChoice,
    DataConfig,
    Sample,
    grid,
    sample,
)
from core.config import names_of, setting
from core.data.own import data_set
from core.lazy import (
    linear_model,
    model_selection,
    naive_bayes,
    neighbors,
    pipeline,
    preprocessing,
    trees,
)
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

MemberName = Literal["logistic", "knn", "naive_bayes", "shallow_tree"]
RULES = ("hard", "soft", "stacking")
LINES = (*RULES, "mean_member", "best_member")
CELLS = 48
FULL_VOTE = 100
FOLDS = 5


class Config(DataConfig):
    """Who votes on what."""

    data: DataChoice = setting("synthetic", "The set to classify",
        names=names_of(DataConfig, "data"),
    )
    members: tuple[MemberName, ...] = setting(
        ("logistic", "knn", "naive_bayes", "shallow_tree"),
        "Who votes, in the order in which they join",
        names={
            "logistic": "Logistic regression",
            "knn": "kNN",
            "naive_bayes": "Naive Bayes",
            "shallow_tree": "Shallow tree",
        },
    )
    n_samples: int = setting(
        300, "Training points of each seed", ge=50, le=500, step=10, unit="points"
    )
    n_neighbors: int = setting(
        5, "Of the nearest neighbours", ge=1, le=30, unit="neighbours", group="Members"
    )
    max_depth: int = setting(6, "Of the shallow tree", ge=1, le=12, group="Members")
    n_seeds: int = setting(
        8, "Training sets, each with its own members", ge=1, le=16, unit="seeds", group="Seeds"
    )
    seed: int = setting(0, "The first seed: data and members", ge=0, le=9999, group="Seeds")


def _logistic(config: Config, random_state: int) -> Any:
    return _scaled(linear_model.LogisticRegression(max_iter=1000))


def _knn(config: Config, random_state: int) -> Any:
    return _scaled(neighbors.KNeighborsClassifier(config.n_neighbors))


def _naive_bayes(config: Config, random_state: int) -> Any:
    return naive_bayes.GaussianNB()


def _tree(config: Config, random_state: int) -> Any:
    return trees.DecisionTreeClassifier(max_depth=config.max_depth, random_state=random_state)


def _scaled(model: Any) -> Any:
    return pipeline.make_pipeline(preprocessing.StandardScaler(), model)


MEMBERS: dict[str, Callable[[Config, int], Any]] = {
    "logistic": _logistic, "knn": _knn, "naive_bayes": _naive_bayes, "shallow_tree": _tree,
}


def crowd(config: Config) -> list[MemberName]:
    """Who votes, each once; all of them where nobody is chosen."""
    return list(dict.fromkeys(config.members or Config().members))


@cache
def subsets(n: int) -> tuple[tuple[int, ...], ...]:
    """All crowds of at least two of n members."""
    return tuple(s for k in range(2, n + 1) for s in combinations(range(n), k))


class Crowd:
    """The members of one seed, and what the crowd of the first m says at the points.

    Args:
        points: (P, d), float32.
        random_state: Of the members.

    Attributes:
        shares: Per member its probabilities at the points, (P, K).
    """

    def __init__(self, config: Config, data: Sample, points: np.ndarray, random_state: int) -> None:
        self.config, self.data, self.points = config, data, points
        self.random_state = random_state
        self.n_classes = data_set(config.data).n_classes
        self.classes = np.unique(data.y)
        self.shares: list[np.ndarray] = []
        self._unseen: list[np.ndarray] = []  # out-of-fold probabilities at the training points

    def join(self, name: str) -> None:
        """Fits one more member, and once more on each fold for the stacking."""
        model = MEMBERS[name](self.config, self.random_state)
        folds = model_selection.StratifiedKFold(FOLDS)
        with warnings.catch_warnings():  # of classes with less points than folds
            warnings.simplefilter("ignore")
            self._unseen.append(self._columns(model_selection.cross_val_predict(
                model, self.data.x, self.data.y, cv=folds, method="predict_proba")))
        share = np.zeros((len(self.points), self.n_classes))
        share[:, self.classes] = model.fit(self.data.x, self.data.y).predict_proba(self.points)
        self.shares.append(share)

    def says(self, rule: str) -> np.ndarray:
        """What the members so far decide together: probabilities or shares of votes, (P, K)."""
        return {"hard": hard, "soft": soft, "stacking": self._stacked}[rule](self.shares)

    def _stacked(self, shares: Sequence[np.ndarray]) -> np.ndarray:
        final = linear_model.LogisticRegression()
        final.fit(np.hstack(self._unseen), self.data.y)
        share = np.zeros((len(self.points), self.n_classes))
        features = np.hstack([self._columns(s[:, self.classes]) for s in shares])
        share[:, self.classes] = final.predict_proba(features)
        return share

    def _columns(self, probabilities: np.ndarray) -> np.ndarray:
        # of two classes one says it all: scikit-learn leaves the first one out
        return probabilities[:, 1:] if len(self.classes) == 2 else probabilities


def hard(shares: Sequence[np.ndarray]) -> np.ndarray:
    """The share of members that choose each class, (P, K); an undecided one shares its vote."""
    return np.mean([ties.shared(s) for s in shares], axis=0)


def soft(shares: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of the members' probabilities, (P, K)."""
    return np.mean(shares, axis=0)


def steps(config: Config) -> range:
    """Every member, and the state before the first."""
    return range(len(crowd(config)) + 1)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The data, then one member after the other, in all seeds."""
    samples = [sample(config, seed) for seed in config.seeds]
    plane = grid(CELLS) if data_set(config.data).plane else samples[0].test_x[:0]
    crowds = [
        Crowd(config, s, np.concatenate([s.test_x, plane]),
              int(np.random.default_rng((seed, 2)).integers(2**31)))
        for s, seed in zip(samples, config.seeds, strict=True)
    ]
    t = 0

    def measure() -> Measured:
        arrays = _arrays(config, crowds)
        if t == 0:
            arrays |= _points(config, samples[0])
        return arrays, _notes(config, t, arrays)

    yield t, measure
    for t, name in enumerate(crowd(config), start=1):
        for one in crowds:
            one.join(name)
        yield t, measure


def columns(config: Config) -> int:
    """Tiles in a row of the picture: members in the upper row, ways of voting in the lower."""
    return max(len(crowd(config)), len(RULES))


def _points(config: Config, first: Sample) -> dict[str, np.ndarray]:
    """The first seed's training points in the cells of every tile, by label."""
    if not data_set(config.data).plane:
        return {}
    low, high = np.array(PLANE).T
    inside = (first.x - low) / (high - low) * (CELLS - 1)
    corners = [(CELLS * c, CELLS * (1 - r)) for r, n in enumerate((len(crowd(config)), len(RULES)))
               for c in range(n)]
    everywhere = (inside + np.array(corners)[:, None]).reshape(-1, 2)
    mine = np.tile(first.y, len(corners)) == np.arange(2)[:, None]
    return {"points": np.where(mine[..., None], everywhere, np.nan).astype(np.float32)}


def _arrays(config: Config, crowds: Sequence[Crowd]) -> dict[str, np.ndarray]:
    """Errors, correlations and gains of the members so far."""
    n, joined = len(crowd(config)), len(crowds[0].shares)
    test_y = crowds[0].data.test_y
    wrong = np.full((n, len(crowds), len(test_y)), np.nan)
    lines = np.full((len(LINES), len(crowds)), np.nan)
    for s, one in enumerate(crowds):
        for i, share in enumerate(one.shares):
            wrong[i, s] = ties.wrong(share[: len(test_y)], test_y)
        for r, rule in enumerate(RULES if joined else ()):
            lines[r, s] = ties.wrong(one.says(rule)[: len(test_y)], test_y).mean()
    errors = wrong.mean(2)  # (member, seed)
    if joined:
        lines[-2:] = errors[:joined].mean(0), errors[:joined].min(0)
    alike = _alike(wrong)
    values = {"member_error": errors, "error": lines, "alike": alike.mean(2)}
    values |= _gains(crowds, errors, alike, joined)
    arrays = {name: a.astype(np.float32) for name, a in values.items()}
    return arrays | (_surfaces(config, crowds[0]) if data_set(config.data).plane else {})


def _alike(wrong: np.ndarray) -> np.ndarray:
    """Correlation of the test errors of each two members, (member, member, seed)."""
    z = wrong - wrong.mean(2, keepdims=True)
    z /= np.maximum(np.sqrt((z**2).mean(2, keepdims=True)), 1e-9)
    return np.einsum("isp,jsp->ijs", z, z) / wrong.shape[2]


def _gains(
    crowds: Sequence[Crowd], errors: np.ndarray, alike: np.ndarray, joined: int
) -> dict[str, np.ndarray]:
    """For each subset of the members: how alike their errors are, and what a soft vote gains.

    The gain is the mean member's error less the vote's. Arrays are (subset, seed).
    """
    sets = subsets(len(errors))
    correlation, gain = (np.full((len(sets), len(crowds)), np.nan) for _ in range(2))
    test_y = crowds[0].data.test_y
    for k, members in enumerate(sets):
        if max(members) >= joined:
            continue
        correlation[k] = np.mean([alike[i, j] for i, j in combinations(members, 2)], axis=0)
        for s, one in enumerate(crowds):
            vote = soft([one.shares[i][: len(test_y)] for i in members])
            gain[k, s] = errors[list(members), s].mean() - ties.wrong(vote, test_y).mean()
    return {"correlation": correlation, "gain": gain}


def _surfaces(config: Config, first: Crowd) -> dict[str, np.ndarray]:
    """Votes of the first seed's members (above) and crowd (below) over the plane, (row, column)."""
    picture = np.zeros((2 * CELLS, columns(config) * CELLS), dtype=np.int8)
    rules = [first.says(rule) for rule in RULES] if first.shares else []
    for row, shares in ((1, first.shares), (0, rules)):
        for column, share in enumerate(shares):
            votes = (2 * share[-CELLS * CELLS :, 1] - 1) * FULL_VOTE
            picture[CELLS * row : CELLS * (row + 1), CELLS * column : CELLS * (column + 1)] = (
                votes.reshape(CELLS, CELLS).round())
    return {"surface": picture}


def _notes(config: Config, t: int, arrays: dict[str, np.ndarray]) -> Iterator[Note]:
    """Once all have joined: who won."""
    if t < len(crowd(config)) or t < 2:
        return
    error = dict(zip(LINES, arrays["error"], strict=True))
    n = config.n_seeds
    for rule in ("hard", "soft"):
        mean = int((error[rule] < error["mean_member"]).sum())
        best = int((error[rule] < error["best_member"]).sum())
        yield Note("won", {"rule": rule, "mean": mean, "best": best, "n_seeds": n}, about=rule)


NOTES = {
    "won": "The {rule} vote beats the mean member in {mean} of {n_seeds} seeds, and the best "
           "member in {best}.",
    **names("rule", {"hard": "hard", "soft": "soft"}),
}


DIMS = {
    "member_error": ("step", "member", "seed"),
    "error": ("step", "rule", "seed"),
    "alike": ("step", "member", "other"),
    "correlation": ("step", "subset", "seed"),
    "gain": ("step", "subset", "seed"),
    "points": ("label", "point", "xy"),
    "surface": ("step", "row", "column"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    members = crowd(config)
    n_tiles = len(members) + len(RULES)
    return {
        "member": members, "other": members, "seed": list(config.seeds), "rule": list(LINES),
        "subset": ["+".join(members[i] for i in s) for s in subsets(len(members))],
        "label": [0, 1], "point": list(range(n_tiles * config.n_samples)), "xy": ["x", "y"],
        "row": list(range(2 * CELLS)), "column": list(range(columns(config) * CELLS)),
    }
