"""Ensembles that grow by a member at a time, beside refitting them; and AdaBoost's stumps."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.ensembles.data import DataConfig, Sample, grid, sample
from core.concepts.ensembles.methods import AdaBoost, Ensemble, Forest, Options
from core.lazy import forests, trees

N_STAGES = 50
CELLS = 100
"""Of the surface along each side: 10,000 points."""


def moons(n_seeds: int = 1) -> list[Sample]:
    """500 points with some noise, for each seed."""
    return [sample(DataConfig(data="moons", n_samples=500), seed) for seed in range(n_seeds)]


def grown(
    kind: type[Ensemble], drawn: list[Sample], points: np.ndarray, n_stages: int
) -> np.ndarray:
    """The class at every point after each member, (stage, seed, point); all seeds together, and
    no member is fitted twice.
    """
    everywhere = np.stack([np.concatenate([one.x, points]) for one in drawn])
    ensemble, found = kind(drawn, everywhere, 2, Options(random_state=range(len(drawn)))), []
    for _ in range(n_stages):
        ensemble.grow()
        found.append(ensemble.total[:, len(drawn[0].x) :].argmax(2))
    return np.array(found)


def refitted(drawn: list[Sample], points: np.ndarray, n_stages: int) -> np.ndarray:
    """The same by fitting scikit-learn's forest anew for every size."""
    return np.array([
        [forests.RandomForestClassifier(m, random_state=s).fit(one.x, one.y).predict(points)
         for s, one in enumerate(drawn)]
        for m in range(1, n_stages + 1)
    ])


def staged(drawn: list[Sample], points: np.ndarray, n_stages: int) -> np.ndarray:
    """scikit-learn's own staged predictions of AdaBoost's stumps."""
    models = [
        forests.AdaBoostClassifier(
            trees.DecisionTreeClassifier(max_depth=1), n_estimators=n_stages, random_state=s)
        for s in range(len(drawn))
    ]
    return np.stack([
        list(model.fit(one.x, one.y).staged_predict(points))
        for model, one in zip(models, drawn, strict=True)
    ], axis=1)


def measure_refit() -> Measured:
    data, points = moons(), grid(CELLS)
    assert np.array_equal(grown(Forest, data, points, 8), refitted(data, points, 8))
    pairs = interleaved(
        partial(seconds, partial(grown, Forest, data, points, N_STAGES), 1),
        partial(seconds, partial(refitted, data, points, N_STAGES), 1), 5,
    )
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), f"{1e3 * ours:.0f} and {1e3 * theirs:.0f} ms")


def measure_stumps(n_seeds: int) -> Measured:
    data = moons(n_seeds)
    points = data[0].test_x
    ours_of = partial(grown, AdaBoost, data, points, N_STAGES)
    theirs_of = partial(staged, data, points, N_STAGES)
    assert np.array_equal(ours_of(), theirs_of())
    pairs = interleaved(partial(seconds, ours_of, 3), partial(seconds, theirs_of, 1), 7)
    ours, theirs = medians(pairs)
    return Measured(speedups(pairs), f"{1e3 * ours:.1f} and {1e3 * theirs:.1f} ms, identical at "
                    f"all {N_STAGES} stages")


PROMISES = (
    Promise("ensemble_surfaces", f"{N_STAGES} stages of a random forest on 500 moons points with a "
            "10,000-point surface after each: how many times as fast as refitting scikit-learn's",
            10, measure_refit),
    Promise("stumps", f"{N_STAGES} stages of AdaBoost's stumps on 500 moons points: how many times "
            "as fast as scikit-learn's staged predictions", 8, partial(measure_stumps, 1)),
    Promise("stumps_of_seeds", "The same for eight seeds, ours in one pass", 10,
            partial(measure_stumps, 8)),
)
