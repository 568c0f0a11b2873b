"""The ensembles against scikit-learn's own, member by member, and what is measured on them
against the definitions.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Any, get_args

import numpy as np
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from core.checking import history
from core.concepts import find
from core.concepts.ensembles import growing, ties, voting
from core.concepts.ensembles.data import DATA, DataName, Sample, most, sample
from core.concepts.ensembles.methods import METHODS, Ensemble, Options
from core.config import with_changes
from core.experiment import recorded_steps
from core.frames import encode_frame
from core.words import phrase

GROWING, VOTING = find("ensembles.growing"), find("ensembles.voting")
every_set = pytest.mark.parametrize("data", get_args(DataName))
every_method = pytest.mark.parametrize("method", METHODS)
N_MEMBERS = 6
PLAIN = Options(random_state=(5, 6))
OTHER = Options(max_depth=3, boosting_depth=3, learning_rate=0.5, subsample=0.5,
                random_state=(7, 8))


def samples(data: str, n: int = 100, flip: float = 0.2, seeds: range = range(2)) -> list[Sample]:
    config = growing.Config(data=data, n_samples=n, flip=flip)
    return [sample(config, seed) for seed in seeds]


def grown(
    method: str, drawn: list[Sample], options: Options, n_classes: int
) -> tuple[np.ndarray, Ensemble]:
    """What the ensemble says after each member at training and test points, (m, S, P, K)."""
    points = np.stack([np.concatenate([s.x, s.test_x]) for s in drawn])
    ensemble = METHODS[method](drawn, points, n_classes, options)
    shares = []
    for _ in range(N_MEMBERS):
        ensemble.grow()
        shares.append(ensemble.share())
    return np.array(shares), ensemble


def reference(method: str, o: Options, s: int, m: int, **more: Any) -> Any:
    """scikit-learn's ensemble of m members for one seed."""
    state = o.random_state[s]
    make: dict[str, Callable[[], Any]] = {
        "tree": lambda: DecisionTreeClassifier(max_depth=o.max_depth, random_state=state),
        "bagging": lambda: BaggingClassifier(
            DecisionTreeClassifier(max_depth=o.max_depth), n_estimators=m,
            max_samples=o.subsample, random_state=state, **more),
        "forest": lambda: RandomForestClassifier(
            m, max_depth=o.max_depth, max_samples=o.subsample, random_state=state, **more),
        "extra_trees": lambda: ExtraTreesClassifier(m, max_depth=o.max_depth, random_state=state),
        "adaboost": lambda: AdaBoostClassifier(
            DecisionTreeClassifier(max_depth=o.boosting_depth), n_estimators=m,
            learning_rate=o.learning_rate, random_state=state),
        "gradient_boosting": lambda: GradientBoostingClassifier(
            n_estimators=m, learning_rate=o.learning_rate, max_depth=o.boosting_depth,
            subsample=o.subsample, random_state=state),
    }
    return make[method]()


def stages(method: str, options: Options, s: int, drawn: Sample) -> list[np.ndarray]:
    """scikit-learn's predictions after each member: staged, or fitted anew for each size."""
    points = np.concatenate([drawn.x, drawn.test_x])
    if method in ("adaboost", "gradient_boosting"):
        model = reference(method, options, s, N_MEMBERS).fit(drawn.x, drawn.y)
        found = list(model.staged_predict(points))
        return found + found[-1:] * (N_MEMBERS - len(found))  # it may have stopped
    sizes = range(1, N_MEMBERS + 1)
    return [reference(method, options, s, m).fit(drawn.x, drawn.y).predict(points) for m in sizes]


@every_set
@every_method
@pytest.mark.parametrize("options", [PLAIN, OTHER], ids=["plain", "other"])
def test_every_stage_is_scikit_learns(method: str, data: str, options: Options) -> None:
    """The predicted class at every training and test point, after every member; where two
    classes are level to the last digit, which one is named may differ.
    """
    drawn = samples(data)
    shares, _ = grown(method, drawn, options, DATA[data].n_classes)
    for s, one in enumerate(drawn):
        for m, wanted in enumerate(stages(method, options, s, one)):
            ranked = np.sort(shares[m, s], axis=1)
            level = ranked[:, -1] - ranked[:, -2] < 1e-12
            same = shares[m, s].argmax(1) == wanted
            assert (same | level).all()
            assert same.mean() > 0.95


@pytest.mark.parametrize("data", ["moons", "digits"])
@pytest.mark.parametrize("options", [PLAIN, OTHER], ids=["plain", "other"])
def test_gradient_boosting_has_the_same_probabilities(data: str, options: Options) -> None:
    drawn = samples(data)
    shares, _ = grown("gradient_boosting", drawn, options, DATA[data].n_classes)
    for s, one in enumerate(drawn):
        points = np.concatenate([one.x, one.test_x])
        model = reference("gradient_boosting", options, s, N_MEMBERS).fit(one.x, one.y)
        for m, wanted in enumerate(model.staged_predict_proba(points)):
            assert np.abs(shares[m, s] - wanted).max() < 1e-12


@pytest.mark.parametrize("data", ["moons", "circles", "breast_cancer"])
def test_stumps_of_all_seeds_together_are_scikit_learns(data: str) -> None:
    """Fifty presorted stumps for ten seeds: each one's weight, to the last digit but one, and
    each stage's predictions.
    """
    drawn = samples(data, n=200, flip=0, seeds=range(10))
    points = np.stack([np.concatenate([s.x, s.test_x]) for s in drawn])
    ours = METHODS["adaboost"](drawn, points, 2, Options(random_state=range(10)))
    weights, chosen = [], []
    for _ in range(50):
        ours.grow()
        weights.append(ours.votes.max((1, 2)))
        chosen.append(ours.total.argmax(2))
    for s in range(10):
        model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=50,
                                   random_state=s).fit(drawn[s].x, drawn[s].y)
        assert np.abs(np.array(weights)[:, s] - model.estimator_weights_).max() < 1e-12
        for m, wanted in enumerate(model.staged_predict(points[s])):
            assert np.array_equal(chosen[m][s], wanted)


@pytest.mark.parametrize("method", ["bagging", "forest"])
@pytest.mark.parametrize("options", [PLAIN, OTHER], ids=["plain", "other"])
def test_out_of_bag_is_scikit_learns(method: str, options: Options) -> None:
    """Also with few members, where some points were in every bag."""
    drawn = samples("moons")
    _, ensemble = grown(method, drawn, options, 2)
    assert ensemble.out_of_bag is not None
    for s, one in enumerate(drawn):
        with warnings.catch_warnings():  # of points without a judge
            warnings.simplefilter("ignore")
            model = reference(method, options, s, N_MEMBERS, oob_score=True).fit(one.x, one.y)
        right = ensemble.out_of_bag[s].argmax(1) == one.y
        assert right.mean() == pytest.approx(model.oob_score_, abs=1e-12)


@every_method
def test_each_member_is_fitted_once(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Growing to six members fits six trees per seed (a single tree one): none of them again."""
    fitted: list[Any] = []
    for kind in (DecisionTreeClassifier, GradientBoostingClassifier):
        def fit(self: Any, *data: Any, original: Any = kind.fit, **more: Any) -> Any:
            fitted.append(self)
            return original(self, *data, **more)

        monkeypatch.setattr(kind, "fit", fit)
    _, ensemble = grown(method, samples("moons"), OTHER, 2)
    assert len(fitted) == 2 * (1 if method == "tree" else N_MEMBERS)
    assert ensemble.size.tolist() == [1, 1] if method == "tree" else [N_MEMBERS] * 2


@every_method
def test_a_class_without_points_is_never_chosen(method: str) -> None:
    """Label noise can take a digit's last point away: the trees then do not know it."""
    drawn = samples("digits", n=50, flip=0.4)
    for one in drawn:
        one.y[one.y == 3] = 4
    shares, _ = grown(method, drawn, PLAIN, 10)
    assert shares.shape[-1] == 10
    assert not shares[..., 3].any()
    assert np.allclose(shares.sum(-1), 1)
    for s, one in enumerate(drawn):
        wanted = stages(method, PLAIN, s, one)[-1]
        assert (shares[-1, s].argmax(1) == wanted).mean() > 0.99


def test_a_perfect_member_ends_adaboost() -> None:
    """As in scikit-learn: nothing is left to weigh up; the page says so once."""
    config = growing.Config(watch="adaboost", methods=(), boosting_depth=6, noise=0, n_samples=50,
                            n_estimators=8, n_seeds=3)
    frames = list(growing.train(config))
    notes = [phrase(note, growing.NOTES) for frame in frames for note in frame.notes]
    assert len(notes) == 1
    assert notes[0].startswith("AdaBoost stopped by member 2 in 3 of 3 seeds")
    errors = np.array([frame.arrays["test_error"] for frame in frames[1:]])
    assert (errors == errors[0]).all()


# --- what is measured on them ----------------------------------------------------------


SMALL = growing.Config(n_samples=60, n_estimators=5, n_seeds=3, flip=0.1)


def run(config: Any, experiment: Any = GROWING) -> Any:
    return history(experiment, config, list(experiment.train(config)))


def member_errors(config: growing.Config, method: str) -> np.ndarray:
    """Which test points each member of each seed gets wrong, by refitting: (m, S, N)."""
    drawn = [sample(config, seed) for seed in range(config.n_seeds)]
    options = Options(random_state=[
        int(np.random.default_rng((s, 2)).integers(2**31)) for s in range(config.n_seeds)])
    found = []
    for s, one in enumerate(drawn):
        model = reference(method, options, s, config.n_estimators).fit(one.x, one.y)
        found.append([m.predict(one.test_x).astype(int) != one.test_y for m in model.estimators_])
    return np.array(found).transpose(1, 0, 2)


@pytest.mark.parametrize("method", ["bagging", "forest", "adaboost"])
def test_correlation_and_gain_are_those_of_the_members(method: str) -> None:
    """Against numpy's correlation of every two members' errors."""
    data = run(SMALL).sel(ensemble=method)
    wrong = member_errors(SMALL, method)
    for m in range(2, 6):
        last = data.sel(step=m)
        for s in range(3):
            pairs = [np.corrcoef(wrong[i, s], wrong[j, s])[0, 1]
                     for i, j in combinations(range(m), 2)]
            assert last["correlation"].values[s] == pytest.approx(np.mean(pairs), abs=1e-5)
        assert last["member_error"].values == pytest.approx(wrong[:m].mean((0, 2)), abs=1e-6)
        gain = last["member_error"] - last["test_error"]
        assert last["gain"].values == pytest.approx(gain.values, abs=1e-6)


def test_bias_and_variance_add_up_to_the_error() -> None:
    data = run(SMALL).isel(step=slice(1, None))
    total = (data["bias"] + data["net_variance"]).sel(size="all")
    assert total.values == pytest.approx(data["test_error"].mean("seed").values, abs=1e-6)
    one = (data["bias"] + data["net_variance"]).sel(size="one")
    assert (one == total.isel(step=0)).all()


def test_margins_are_schapires() -> None:
    """Weight of the votes for the label less the largest for another class; shares of points."""
    config = with_changes(SMALL, data="digits", watch="adaboost", methods=(), n_seeds=1)
    data = run(config).isel(step=-1, ensemble=0, seed=0)
    one = sample(config, 0)
    state = int(np.random.default_rng((0, 2)).integers(2**31))
    model = reference("adaboost", Options(random_state=[state]), 0, 5).fit(one.x, one.y)
    margins = []
    for x, label in zip(one.x, one.y, strict=True):
        votes = np.zeros(10)
        for member, weight in zip(model.estimators_, model.estimator_weights_, strict=True):
            votes[int(member.predict(x[None])[0])] += weight / model.estimator_weights_.sum()
        margins.append(votes[label] - np.delete(votes, label).max())
    for value, found in zip(data["margin"].values, data["margins"].values, strict=True):
        assert found == pytest.approx((np.array(margins) <= value + 1e-9).mean(), abs=1e-3)


def test_pictures_are_the_members_votes() -> None:
    """Each surface is scikit-learn's prediction on the grid; each thumbnail a member's, thinned;
    each point is sized by how often it was drawn.
    """
    config = with_changes(SMALL, watch="bagging", methods=(), n_seeds=1)
    data = run(config).sel(ensemble="bagging")
    one = sample(config, 0)
    state = int(np.random.default_rng((0, 2)).integers(2**31))
    model = reference("bagging", Options(random_state=[state]), 0, 5).fit(one.x, one.y)
    x, y = np.meshgrid(data["x"], data["y"])
    plane = np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)
    surface = 200 * model.predict_proba(plane)[:, 1].reshape(x.shape) - 100
    assert np.abs(data["surface"].values[-1] - surface).max() <= 0.51
    for m, member in enumerate(model.estimators_):
        wanted = np.where(member.predict(plane).reshape(x.shape) > 0, 100, -100)
        assert (data["member_surface"].values[m + 1] == wanted).all()
        thumbs = data["thumbnails"].values[-1]
        tile = thumbs[:, growing.THUMB * m : growing.THUMB * (m + 1)]
        assert (tile == wanted[1::3, 1::3]).all()
        drawn = np.bincount(model.estimators_samples_[m], minlength=60)
        assert (data["used"].values[m + 1] == drawn).all()


def test_gradient_boosting_is_sized_by_its_residuals() -> None:
    config = with_changes(SMALL, watch="gradient_boosting", methods=(), n_seeds=1)
    data = run(config).isel(ensemble=0)
    one = sample(config, 0)
    state = int(np.random.default_rng((0, 2)).integers(2**31))
    model = reference("gradient_boosting", Options(random_state=[state]), 0, 5).fit(one.x, one.y)
    proba = list(model.staged_predict_proba(one.x))
    for m in range(2, 6):
        residual = 1 - proba[m - 2][np.arange(60), one.y]
        assert data["used"].values[m] == pytest.approx(residual / residual.mean(), rel=2e-3)


def test_methods_share_one_budget_of_trees() -> None:
    """Gradient boosting needs ten trees for a stage on ten classes: it grows every tenth step."""
    config = growing.Config(data="digits", n_samples=50, n_estimators=20, n_seeds=1)
    error = run(config)["test_error"].sel(ensemble="gradient_boosting").values[:, 0]
    assert np.isnan(error[:10]).all()
    assert len(set(error[10:20])) == 1
    assert error[20] != error[10]


# --- voting ----------------------------------------------------------------------------


@every_set
def test_votes_are_scikit_learns(data: str) -> None:
    """Hard and soft for the first one, two, three and four members, stacked for all of them; where
    a member is undecided scikit-learn takes the first class.
    """
    config = voting.Config(data=data, n_samples=100, flip=0.1)
    one = sample(config, 0)
    crowd, named = voting.Crowd(config, one, one.test_x, 3), []
    for name, make in voting.MEMBERS.items():
        crowd.join(name)
        named.append((name, make(config, 3)))
        decided = np.all([(ties.shared(s) == 1).any(1) for s in crowd.shares], axis=0)
        assert decided.mean() > 0.8
        models = {"hard": VotingClassifier(named), "soft": VotingClassifier(named, voting="soft")}
        if len(named) == len(voting.MEMBERS):
            models["stacking"] = StackingClassifier(named)
        for rule, model in models.items():
            says = crowd.says(rule)
            wanted = model.fit(one.x, one.y)
            same = says.argmax(1) == wanted.predict(one.test_x)
            assert same[decided].all(), (rule, len(named))
            if rule != "hard":
                assert np.abs(says - wanted.predict_proba(one.test_x)).max() < 1e-5  # float32


def test_mean_and_best_member_and_the_gain_of_every_crowd() -> None:
    data = run(voting.Config(n_samples=60, n_seeds=2), VOTING).isel(step=-1)
    errors = data["member_error"]
    assert np.allclose(data["error"].sel(rule="mean_member"), errors.mean("member"))
    assert np.allclose(data["error"].sel(rule="best_member"), errors.min("member"))
    whole = data.isel(subset=-1)
    gain = errors.mean("member") - data["error"].sel(rule="soft")
    assert np.allclose(whole["gain"], gain, atol=1e-6)
    alike = data["alike"].values
    upper = alike[np.triu_indices(4, 1)].mean()
    assert whole["correlation"].mean().item() == pytest.approx(upper, abs=1e-5)
    assert np.allclose(np.diag(alike), 1, atol=1e-5)


@pytest.mark.parametrize("members", [("knn",), ("shallow_tree", "logistic"), ()])
def test_any_choice_of_members_votes(members: tuple[str, ...]) -> None:
    """One alone decides alone; of none, all."""
    config = voting.Config(members=members, n_samples=50, n_seeds=1, data="moons")
    data = run(config, VOTING)
    n = len(members) or 4
    assert data.sizes["step"] == n + 1 == voting.train.n_frames(config)
    first = data["error"].isel(step=1, seed=0).values
    assert np.allclose(first[[0, 1, 3]], first[4])


# --- data ------------------------------------------------------------------------------


@every_set
@pytest.mark.parametrize("flip", [0, 0.4])
def test_training_sets(data: str, flip: float) -> None:
    """Of the asked size, every seed another one; wrong labels are exactly as many as asked; and
    even the smallest and noisiest has two classes at least.
    """
    config = growing.Config(data=data, n_samples=50, flip=flip)
    first, second = sample(config, 0), sample(config, 1)
    assert first.x.shape[0] == len(first.y) == 50
    assert first.x.dtype == np.float32
    assert not np.array_equal(first.x, second.x)
    assert first.wrong.sum() == round(flip * 50)
    clean = sample(with_changes(config, flip=0), 0)
    assert np.array_equal(first.wrong, first.y != clean.y)
    for seed in range(20):
        assert len(np.unique(sample(config, seed).y)) >= 2


@every_set
def test_test_points_are_shared_and_never_trained_on(data: str) -> None:
    config = growing.Config(data=data, n_samples=most(data), flip=0.3)
    first, second = sample(config, 0), sample(config, 1)
    assert np.array_equal(first.test_x, second.test_x)
    assert np.array_equal(first.test_y, sample(with_changes(config, flip=0), 0).test_y)
    train, test = ({row.tobytes() for row in x} for x in (first.x, first.test_x))
    assert not train & test


def test_more_points_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match=r"n_samples: 400 is .* data = 'breast_cancer'.* 300"):
        growing.Config(data="breast_cancer", n_samples=400)


# --- the experiments' contract ---------------------------------------------------------


@pytest.mark.parametrize("experiment", [GROWING, VOTING], ids=lambda e: e.name)
def test_frames(experiment: Any) -> None:
    """As many as announced, the first before anything is fitted."""
    config = experiment.config(data="moons", n_samples=50, n_seeds=2, **(
        {"n_estimators": 130, "methods": ()} if experiment is GROWING else {}))
    frames = list(experiment.train(config))
    assert len(frames) == experiment.n_frames(config)
    name = "test_error" if experiment is GROWING else "error"
    assert np.isnan(frames[0].arrays[name]).all()
    if experiment is GROWING:
        assert [f.step for f in frames] == recorded_steps(130, growing.MAX_FRAMES)


def test_history_stays_small() -> None:
    """Under 8 MB with the most members, methods, seeds and points; counted from one frame of
    each kind, since the arrays' sizes do not depend on what is in them.
    """
    config = growing.Config(n_seeds=16, n_samples=500, n_estimators=400)
    short = with_changes(config, n_estimators=30, n_samples=500, methods=growing.Config().methods)
    first, second = (frame for _, frame in zip(range(2), growing.train(short), strict=False))
    thumbs = second.arrays["thumbnails"].nbytes
    each = sum(a.nbytes for a in second.arrays.values()) - thumbs
    with_thumbs = sum(t <= 2 * growing.N_THUMBS for t in recorded_steps(400, growing.MAX_FRAMES))
    total = len(encode_frame(first)) + growing.train.n_frames(config) * (each + 4000)
    assert total + with_thumbs * thumbs < 8e6


def test_what_is_looked_at_changes_no_run() -> None:
    """The point, and which of the methods is shown: one run for all of them. The compared set
    itself is another matter.
    """
    plain = growing.shared_run(growing.Config())
    asked = growing.Config(query_x=1.0, query_y=-0.5, watch="adaboost", methods=(
        "tree", "bagging", "forest", "extra_trees", "gradient_boosting"))
    assert growing.shared_run(asked) == plain
    assert growing.shared_run(growing.Config(methods=())) != plain
    assert growing.team(growing.Config(methods=("forest", "forest"))) == ["bagging", "forest"]


@pytest.mark.parametrize(("x", "y"), [(-2, -1.75), (3, 2.25), (0.5, 0.25), (1.33, -0.7)])
def test_the_query_is_the_nearest_cell(x: float, y: float) -> None:
    row, column = growing.query_cell(growing.Config(query_x=x, query_y=y))
    labels = growing.coords(growing.Config())
    for cell, value, centres in ((column, x, labels["x"]), (row, y, labels["y"])):
        distance = np.abs(np.array(centres) - value)
        assert distance[cell] == pytest.approx(distance.min())


def test_a_click_outside_asks_at_the_border() -> None:
    assert growing.query_at(9, -9) == {"query_x": 3.0, "query_y": -1.75}
    assert growing.query_at(0.123456, 0) == {"query_x": 0.12, "query_y": 0}
