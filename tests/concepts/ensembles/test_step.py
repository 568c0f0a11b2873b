"""One member slowly: held to scikit-learn's ensembles, and to the lab's own run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from core.concepts import find
from core.concepts.ensembles import growing, step
from core.concepts.ensembles.data import grid, sample
from core.concepts.ensembles.step import lab_config, next_member
from core.words import phrase
from explorer.page import labs_on

LAB = find("ensembles.step")
PLANE = grid(growing.CELLS)


def made(**settings: Any) -> tuple[step.Config, list[Any], step.Member]:
    config = step.Config(n_seeds=2, **settings)
    samples = [sample(lab_config(config), seed) for seed in config.seeds]
    return config, samples, next_member(config, samples)


def state_of(seed: int) -> int:
    """The lab's `random_state` of a seed."""
    return int(np.random.default_rng((seed, 2)).integers(2**31))


@pytest.mark.parametrize("subsample", [1.0, 0.5])
def test_a_bootstrap_sample_and_its_tree_are_those_of_scikit_learn(subsample: float) -> None:
    """The fourth of four: which points it drew, what it gets wrong, what it says of the plane."""
    config, samples, member = made(at=3, subsample=subsample)
    for s, its in enumerate(samples):
        theirs = BaggingClassifier(
            DecisionTreeClassifier(), 4, max_samples=subsample, random_state=state_of(s),
        ).fit(its.x, its.y)
        drawn = np.bincount(theirs.estimators_samples_[3], minlength=config.n_samples)
        np.testing.assert_array_equal(member.used[s], drawn)
        tree = theirs.estimators_[3]
        np.testing.assert_array_equal(member.wrong[s], tree.predict(its.x) != its.y)
        np.testing.assert_array_equal(member.vote[s] > 0, tree.predict(PLANE) == 1)
        np.testing.assert_allclose(member.after[s], theirs.predict_proba(PLANE)[:, 1])


@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_a_round_of_reweighting_is_that_of_samme(rate: float) -> None:
    """By scikit-learn's own members: error, say, the weights before and after by the formulas of
    Zhu et al. 2009, and the next member.
    """
    config, samples, member = made(method="adaboost", at=3, learning_rate=rate, flip=0.1)
    numbers = step.numbers_of(config, member)
    for s, its in enumerate(samples):
        theirs = AdaBoostClassifier(
            DecisionTreeClassifier(max_depth=1), n_estimators=5, learning_rate=rate,
            random_state=state_of(s)).fit(its.x, its.y)
        weights = np.full(config.n_samples, 1 / config.n_samples)
        for stump in theirs.estimators_[:4]:
            before, wrong = weights, stump.predict(its.x) != its.y
            error = weights[wrong].sum()
            say = rate * np.log((1 - error) / error)
            weights = weights * np.exp(say * wrong)
            weights /= weights.sum()
        assert numbers["error"][s] == pytest.approx(error)
        assert numbers["error"][s] == pytest.approx(theirs.estimator_errors_[3])
        assert numbers["say"][s] == pytest.approx(say)
        assert numbers["wrong_after"][s] == pytest.approx(weights[wrong].sum())
        np.testing.assert_allclose(member.used[s], before * config.n_samples)
        np.testing.assert_allclose(member.used_after[s], weights * config.n_samples)
        np.testing.assert_array_equal(
            member.vote_next[s] > 0, theirs.estimators_[4].predict(PLANE) == 1)


@pytest.mark.parametrize("method", ["bagging", "forest", "adaboost"])
def test_the_ensemble_is_that_of_the_lab(method: str) -> None:
    """Before and after: the lab's surfaces after as many members, and one more."""
    config = step.Config(method=method, at=4, n_samples=80)
    lab = growing.Config(watch=method, methods=("tree", method), n_samples=80, n_seeds=1,
                         n_estimators=8)
    row = growing.coords(lab)["ensemble"].index(method)
    theirs = {f.step: f.arrays["surface"][row] for f in growing.train(lab)}
    first, *_, last = step.train(config)
    np.testing.assert_array_equal(first.arrays["surface"], theirs[4])
    np.testing.assert_array_equal(last.arrays["surface"], theirs[5])


def test_sub_steps_of_a_bootstrap_sample() -> None:
    """All points alike, then those that were drawn, then the tree, then the ensemble."""
    frames = list(step.train(step.Config()))
    assert [f.notes[0].key for f in frames] == list(step.BOOTSTRAP)
    assert (frames[0].arrays["used"] == 1).all()
    assert frames[1].arrays["used"].sum() == 60
    blank = [not f.arrays["member_surface"].any() for f in frames]
    assert blank == [True, True, False, False]
    changed = [not np.array_equal(f.arrays["surface"], frames[0].arrays["surface"])
               for f in frames]
    assert changed == [False, False, False, True]
    wrong = [int(np.isfinite(f.arrays["missed"]).all(1).sum()) for f in frames]
    assert wrong[:2] == [0, 0]
    assert wrong[2] == frames[2].notes[0].values["wrong"]
    values = frames[1].notes[0].values
    assert values["once"] + values["more"] + values["never"] == 60


def test_sub_steps_of_a_round() -> None:
    frames = list(step.train(step.Config(method="adaboost")))
    assert [f.notes[0].key for f in frames] == list(step.BOOSTING)
    used = [f.arrays["used"] for f in frames]
    assert all((u == used[0]).all() for u in used[:4])
    assert all((u == used[4]).all() for u in used[4:])
    assert not (used[3] == used[4]).all()
    assert not any("{" in phrase(f.notes[0], LAB.words) for f in frames)


def test_before_the_first_member_the_map_is_undecided() -> None:
    for method in ("bagging", "adaboost"):
        first = next(iter(step.train(step.Config(method=method, at=0))))
        assert not first.arrays["surface"].any()


def test_a_boosting_that_ended_says_so() -> None:
    """Deep trees without noise leave no error: there is no say to be computed."""
    frames = list(step.train(step.Config(method="adaboost", boosting_depth=6, noise=0)))
    assert [note.key for f in frames for note in f.notes] == ["ended"]


@pytest.mark.parametrize(("watch", "method"), [
    ("tree", "bagging"), ("forest", "forest"), ("gradient_boosting", "adaboost")])
def test_the_way_from_the_lab_keeps_its_settings(watch: str, method: str) -> None:
    slowly = labs_on("ensembles")["growing"].slowly
    assert slowly
    config = growing.Config(watch=watch, data="circles", flip=0.2, n_samples=120, seed=4)
    experiment, found = slowly(config, 137)
    assert experiment is LAB
    assert found == step.Config(method=method, data="circles", flip=0.2, n_samples=120, seed=4,
                                n_seeds=8, at=100)
    digits = growing.Config(data="digits", n_samples=200)
    assert slowly(digits, 5)[1] == step.Config(n_samples=200, n_seeds=8, at=5)
