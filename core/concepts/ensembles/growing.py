"""Growing ensembles: what does one more member change?

Six methods get the same training sets and the same budget: at each step each may fit one
tree. All seeds grow together; of the first seed everything can be seen, if the data lie in
a plane: the surface of the ensemble, of its new member and of the thirty first, what each
training point counts, and the votes at a point.

Papers: Breiman 1996 and 2001, Geurts et al. 2006, Freund & Schapire 1997, Friedman 2001 (see
`core.concepts.ensembles.methods`), Schapire et al. 1998 (margins), Domingos 2000 (bias and variance
of the 0-1 loss).
Differs from the papers in: data sets are small enough for a classroom; bias and variance are
those of the seeds' training sets, and count label noise of the test points as bias.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from core.concepts.ensembles import ties
from core.concepts.ensembles.data import PLANE, DataConfig, Sample, grid, sample
from core.concepts.ensembles.methods import METHOD_NAMES, METHODS, Ensemble, MethodName, Options
from core.config import setting, with_changes
from core.data.own import data_set
from core.decomposition import zero_one_loss_of_votes
from core.experiment import recorded_steps
from core.training import Algorithm, Measured, recorded
from core.words import Note

MAX_FRAMES = 101
CELLS = 48
"""Of a surface, along each side."""
THUMB = 16
"""Cells of a thumbnail, along each side; divides CELLS."""
N_THUMBS, THUMB_COLUMNS = 30, 6
MARGINS = np.linspace(-1, 1, 41)
FULL_VOTE = 100
"""Votes for class 1 (or -100 for class 0) are sent as whole numbers."""


class Config(DataConfig):
    """Which ensembles grow, on what, and of which members."""

    watch: MethodName = setting("bagging", "The ensemble to look into", label="Look into",
        names=METHOD_NAMES,
    )
    methods: tuple[MethodName, ...] = setting(
        ("tree", "forest", "extra_trees", "adaboost", "gradient_boosting"),
        "The methods to compare it with", label="Compared with",
        names=METHOD_NAMES,
    )
    n_estimators: int = setting(
        50, "Trees that each method may fit", ge=1, le=400, unit="members", log=True
    )
    max_depth: int | None = setting(
        None, "Of the single tree and of the trees that vote; empty: until every leaf is pure",
        ge=1, le=12, step=1, group="Members",
    )
    boosting_depth: int = setting(
        1, "Of the trees of AdaBoost and gradient boosting", ge=1, le=6, group="Members"
    )
    learning_rate: float = setting(
        1.0, "Share of each new member that AdaBoost and gradient boosting add", ge=0.05, le=1,
        log=True, group="Members",
    )
    subsample: float = setting(
        1.0, "Share of the training points that bagging, forest and gradient boosting draw for "
        "a member", ge=0.1, le=1, step=0.05, group="Members",
    )
    query_x: float = setting(
        0.5, "Where the members' votes are shown; or click the picture", ge=PLANE[0][0],
        le=PLANE[0][1], step=0.05, group="Votes at a point",
    )
    query_y: float = setting(
        0.25, "Where the members' votes are shown; or click the picture", ge=PLANE[1][0],
        le=PLANE[1][1], step=0.05, group="Votes at a point",
    )
    n_seeds: int = setting(
        8, "Training sets, each with its own ensembles", ge=1, le=16, unit="seeds", group="Seeds"
    )
    seed: int = setting(0, "The first seed: data and members", ge=0, le=9999, group="Seeds")


def team(config: Config) -> list[MethodName]:
    """The methods that grow, always in the same order."""
    return [name for name in METHODS if name == config.watch or name in config.methods]


def shared_run(config: Config) -> Config:
    """The same training whatever is looked at: all pictures of a run are in its frames."""
    plain = Config()
    return with_changes(config, watch=team(config)[0], methods=team(config),
                        query_x=plain.query_x, query_y=plain.query_y)


def query_cell(config: Config) -> tuple[int, int]:
    """Row and column of the surface's cell at the query point."""
    y, x = ((value - low) / (high - low) * (CELLS - 1) for value, (low, high) in
            ((config.query_y, PLANE[1]), (config.query_x, PLANE[0])))
    return round(y), round(x)


def query_at(x: float, y: float) -> dict[str, float]:
    """The settings that ask the members at the nearest allowed point."""
    ends = {"query_x": (x, PLANE[0]), "query_y": (y, PLANE[1])}
    return {name: round(min(max(v, low), high), 2) for name, (v, (low, high)) in ends.items()}


def thumb_numbers(config: Config) -> list[list[str]]:
    """The thumbnails' numbers, row by row from the top."""
    numbers = [str(i + 1) for i in range(min(config.n_estimators, N_THUMBS))]
    return [numbers[i : i + THUMB_COLUMNS] for i in range(0, len(numbers), THUMB_COLUMNS)]


def thumb_rows(config: Config) -> int:
    return -(-min(config.n_estimators, N_THUMBS) // THUMB_COLUMNS)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_estimators, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The data, then a member more for every method and seed at each step."""
    samples = [sample(config, seed) for seed in config.seeds]
    yield 0, lambda: (_empty(config, samples), ())
    growths = [Growth(config, name, samples) for name in team(config)]

    def measure() -> Measured:
        return _joined([growth.arrays() for growth in growths], t), _notes(growths)

    for t in range(1, config.n_estimators + 1):
        for growth in growths:
            growth.step(t)
        yield t, measure


def _joined(parts: Sequence[dict[str, np.ndarray]], t: int) -> dict[str, np.ndarray]:
    """The methods' arrays side by side; thumbnails only while there are new ones."""
    names = [n for n in parts[0] if n != "thumbnails" or t <= 2 * N_THUMBS]
    return {name: np.stack([part[name] for part in parts]) for name in names}


def _empty(config: Config, samples: Sequence[Sample]) -> dict[str, np.ndarray]:
    """Before the first member there are the data, and no errors."""
    shape = (len(team(config)), config.n_seeds)
    none = np.full(shape, np.nan, dtype=np.float32)
    arrays = dict.fromkeys(("test_error", "train_error", "oob_error", "member_error",
                            "correlation", "gain"), none)
    arrays["margins"] = np.full((shape[0], len(MARGINS), shape[1]), np.nan, dtype=np.float16)
    arrays |= dict.fromkeys(("bias", "net_variance"), np.full((shape[0], 2), np.nan, np.float32))
    if not data_set(config.data).plane:
        return arrays
    first = samples[0]
    by_label = np.where(first.y[None, :, None] == np.arange(2)[:, None, None], first.x, np.nan)
    arrays["points"] = by_label.astype(np.float32)
    arrays["wrong"] = np.where(first.wrong[:, None], first.x, np.nan).astype(np.float32)
    arrays["used"] = np.ones((shape[0], len(first.y)), dtype=np.float16)
    blank = np.zeros((shape[0], CELLS, CELLS), dtype=np.int8)
    mosaic = (shape[0], THUMB * thumb_rows(config), THUMB * THUMB_COLUMNS)
    return arrays | {"surface": blank, "member_surface": blank,
                     "thumbnails": np.zeros(mosaic, dtype=np.int8)}


class Growth:
    """One method on its way: its ensembles of all seeds, and what is known about them.

    Args:
        samples: A training set per seed, and the test points that they share.
    """

    def __init__(self, config: Config, name: str, samples: Sequence[Sample]) -> None:
        self.config, self.name, self.n = config, name, config.n_samples
        self.test_y, self.labels = samples[0].test_y, np.stack([s.y for s in samples])
        self.plane = grid(CELLS) if data_set(config.data).plane else samples[0].test_x[:0]
        points = np.stack([np.concatenate([s.x, s.test_x, self.plane]) for s in samples])
        self.ensemble: Ensemble = METHODS[name](
            samples, points, data_set(config.data).n_classes, Options(
                config.max_depth, config.boosting_depth, config.learning_rate, config.subsample,
                [int(np.random.default_rng((s, 2)).integers(2**31)) for s in config.seeds],
            ))
        self.test = slice(self.n, self.n + len(self.test_y))
        self.n_ended = 0
        self.n_voters, self.wrong_sum = 0, np.zeros(len(samples))
        self.z_sum = np.zeros((len(samples), len(self.test_y)))
        self.z_squares = np.zeros(len(samples))
        self.thumbnails = np.zeros(
            (THUMB * thumb_rows(config), THUMB * THUMB_COLUMNS), dtype=np.int8)
        self.first = (np.nan, np.nan)  # bias and net variance of the first member alone
        self.ended_at = 0  # when a method that may end has done so in the first seed

    def step(self, t: int) -> None:
        """One tree more, where the method needs one."""
        ensemble, before = self.ensemble, self.ensemble.size.copy()
        if t % ensemble.trees_per_member:
            return
        ensemble.grow()
        if (ensemble.size > before).any():
            self._count_errors()
            self._draw_thumbnail()
        if self.name == "adaboost" and not self.ended_at and (ensemble.size < t).any():
            self.ended_at = t
            self.n_ended = int((ensemble.size < t).sum())

    def _count_errors(self) -> None:
        """Adds the new members' test errors to the sums from which correlations come."""
        if not self.ensemble.members_choose:
            return
        wrong = ties.wrong(self.ensemble.votes[:, self.test], self.test_y)
        mean = wrong.mean(1, keepdims=True)
        z = (wrong - mean) / np.maximum(wrong.std(1, keepdims=True), 1e-9)
        self.n_voters += 1
        self.wrong_sum += mean[:, 0]
        self.z_sum += z
        self.z_squares += (z**2).mean(1)

    def correlation(self) -> np.ndarray:
        """Mean over all pairs of members of the correlation of their test errors, (S,)."""
        pairs = self.n_voters * (self.n_voters - 1)
        if not pairs:
            return np.full(len(self.z_sum), np.nan)
        return ((self.z_sum**2).mean(1) - self.z_squares) / pairs

    def arrays(self) -> dict[str, np.ndarray]:
        """What a frame says about this method."""
        share = self.ensemble.share()
        test_error = ties.wrong(share[:, self.test], self.test_y).mean(1)
        grown = self.ensemble.size > 0
        member_error = self.wrong_sum / self.n_voters if self.n_voters else np.nan * test_error
        now = self._bias_and_variance(share[:, self.test]) if grown.all() else self.first
        if np.isnan(self.first[0]):
            self.first = now
        values = {
            "test_error": np.where(grown, test_error, np.nan),
            "train_error": np.where(
                grown, ties.wrong(share[:, : self.n], self.labels).mean(1), np.nan),
            "oob_error": self._oob_error(),
            "member_error": member_error,
            "correlation": self.correlation(),
            "gain": member_error - test_error,
            "bias": np.array([self.first[0], now[0]]),
            "net_variance": np.array([self.first[1], now[1]]),
        }
        arrays = {name: np.asarray(a, dtype=np.float32) for name, a in values.items()}
        arrays["margins"] = self._margins(share[:, : self.n])
        return arrays | (self._pictures(share[0]) if len(self.plane) else {})

    def _bias_and_variance(self, share: np.ndarray) -> tuple[float, float]:
        """Of the 0-1 loss over the seeds' training sets; their sum is the mean error."""
        parts = zero_one_loss_of_votes(ties.shared(share).mean(0), self.test_y)
        return float(parts.bias.mean()), float(parts.net_variance.mean())

    def _oob_error(self) -> np.ndarray:
        """Each point judged by the members that did not see it, (S,).

        A point that every member saw has no judge and does not count; scikit-learn takes it for
        one of class 0.
        """
        votes = self.ensemble.out_of_bag
        if votes is None:
            return np.full(len(self.labels), np.nan)
        judged = votes.sum(2) > 0
        wrong = (ties.wrong(votes, self.labels) * judged).sum(1)
        return np.where(judged.any(1), wrong / np.maximum(judged.sum(1), 1), np.nan)

    def _margins(self, share: np.ndarray) -> np.ndarray:
        """Share of the training points with at most each margin, (margins, S).

        A point's margin is the vote for its label less the largest vote for another one.
        Schapire et al. 1998.
        """
        mine = np.eye(share.shape[2], dtype=bool)[self.labels]
        margin = share[mine].reshape(self.labels.shape) - np.where(mine, -1, share).max(2)
        return (margin[..., None] <= MARGINS + 1e-9).mean(1).T.astype(np.float16)

    def _pictures(self, share: np.ndarray) -> dict[str, np.ndarray]:
        """Of the first seed: surfaces, thumbnails, and what each training point counted."""
        surface = (2 * share[self.test.stop :, 1] - 1) * FULL_VOTE
        return {
            "surface": surface.reshape(CELLS, CELLS).round().astype(np.int8),
            "member_surface": self._member_surface(),
            "thumbnails": self.thumbnails.copy(),
            "used": self.ensemble.used[0].astype(np.float16),
        }

    def _member_surface(self) -> np.ndarray:
        """The newest member's votes over the plane, as a share of its strongest, (y, x)."""
        votes = self.ensemble.votes[0, self.test.stop :]
        signed = votes[:, 1] - votes[:, 0]
        strongest = np.abs(signed).max(initial=1e-12)
        return (signed / strongest * FULL_VOTE).reshape(CELLS, CELLS).round().astype(np.int8)

    def _draw_thumbnail(self) -> None:
        """Puts the newest member into its place, row by row from the top left."""
        i = int(self.ensemble.size[0]) - 1
        if not len(self.plane) or not 0 <= i < N_THUMBS:
            return
        row, column = divmod(i, THUMB_COLUMNS)
        top = self.thumbnails.shape[0] - THUMB * row
        every = slice(CELLS // THUMB // 2, None, CELLS // THUMB)
        self.thumbnails[top - THUMB : top, THUMB * column : THUMB * (column + 1)] = (
            self._member_surface()[every, every])


def _notes(growths: Sequence[Growth]) -> Iterator[Note]:
    for growth in growths:
        if growth.ended_at:
            yield Note("adaboost_stopped", {
                "member": growth.ended_at, "n": growth.n_ended, "n_seeds": len(growth.labels)})


NOTES = {
    "adaboost_stopped":
        "AdaBoost stopped by member {member} in {n} of {n_seeds} seeds: a member without any "
        "training error leaves nothing to weigh up, and one no better than chance adds nothing. "
        "To let it go on, lower Boosting depth or raise Label noise.",
}


DIMS = {
    **dict.fromkeys(
        ("test_error", "train_error", "oob_error", "member_error", "correlation", "gain"),
        ("step", "ensemble", "seed")),
    "bias": ("step", "ensemble", "size"),
    "net_variance": ("step", "ensemble", "size"),
    "margins": ("step", "ensemble", "margin", "seed"),
    "points": ("label", "point", "xy"),
    "wrong": ("point", "xy"),
    "used": ("step", "ensemble", "point"),
    "surface": ("step", "ensemble", "y", "x"),
    "member_surface": ("step", "ensemble", "y", "x"),
    "thumbnails": ("step", "ensemble", "row", "column"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    x, y = (np.linspace(*ends, CELLS).tolist() for ends in PLANE)
    return {
        "ensemble": team(config), "size": ["one", "all"], "seed": list(config.seeds),
        "margin": MARGINS.tolist(),
        "label": [0, 1], "point": list(range(config.n_samples)), "xy": ["x", "y"],
        "x": x, "y": y, "row": list(range(THUMB * thumb_rows(config))),
        "column": list(range(THUMB * THUMB_COLUMNS)),
    }
