"""The bias-variance concept against independent references."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from mlxtend.evaluate import bias_variance_decomp
from sklearn import datasets
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from core.checking import history, trained
from core.concepts import concepts, find
from core.concepts.bias_variance import classification
from core.concepts.bias_variance.families import (
    FAMILIES,
    MLP_RATE,
    MLP_STEPS,
    bagged_tree,
    knn,
    legendre,
    mlp,
    polynomial,
    ridge,
    tree,
)
from core.concepts.bias_variance.regression import (
    GRID,
    TRUTHS,
    Config,
    ceiling,
    complexity,
    design,
    exact,
    train,
)
from core.config import with_changes
from core.decomposition import Moments, squared_loss, zero_one_loss
from core.stacked.losses import SQUARED_ERROR
from core.stacked.nets import MLP

# --- the decompositions ----------------------------------------------------------------


@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_squared_loss_adds_up(offset: float) -> None:
    """To 1e-10 also where predictions are far from zero; the parts are numpy's own moments."""
    rng = np.random.default_rng(0)
    predictions, truth = rng.normal(offset, 2, (50, 3, 20)), rng.normal(offset, 1, 20)
    d = squared_loss(predictions, truth)
    np.testing.assert_allclose(d.bias_squared + d.variance, d.error, rtol=1e-10)
    np.testing.assert_allclose(d.variance, predictions.var(0), rtol=1e-12)
    np.testing.assert_allclose(d.corrected_variance, predictions.var(0, ddof=1), rtol=1e-12)


def test_corrected_bias_is_right_on_average() -> None:
    """5 fits, true bias 0.5: the plug-in is too large by variance / R = 4 / 5."""
    rng = np.random.default_rng(1)
    d = squared_loss(rng.normal(0.5, 2, (5, 200_000)), np.zeros(1))
    assert d.bias_squared.mean() == pytest.approx(0.25 + 4 / 5, abs=0.02)
    assert d.corrected_bias_squared.mean() == pytest.approx(0.25, abs=0.02)
    single = squared_loss(np.ones((1, 3)), np.zeros(3))
    assert np.isnan(single.corrected_bias_squared).all()
    assert np.isnan(single.corrected_variance).all()


@pytest.mark.parametrize("groups", [[1] * 12, [5, 7], [12], [1, 10, 1]])
def test_a_stream_of_fits_gives_the_same(groups: list[int]) -> None:
    rng = np.random.default_rng(2)
    predictions, truth = rng.normal(1e3, 1, (12, 4, 9)), rng.normal(size=9)
    moments, start = Moments(truth), 0
    for size in groups:
        moments.add(predictions[start : start + size])
        start += size
    ours, theirs = moments.decomposition(), squared_loss(predictions, truth)
    for name in ("main", "bias_squared", "variance", "error"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-11)
    assert ours.n_fits == 12


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_zero_one_loss_adds_up(n_classes: int) -> None:
    """Domingos' identity to 1e-12, and each part by its definition, point by point."""
    rng = np.random.default_rng(n_classes)
    truth = rng.integers(n_classes, size=300)
    predictions = np.where(rng.random((25, 300)) < rng.random(300), truth,
                           rng.integers(n_classes, size=(25, 300)))
    d = zero_one_loss(predictions, truth, n_classes)
    np.testing.assert_allclose(d.bias + d.net_variance, (predictions != truth).mean(0),
                               atol=1e-12)
    np.testing.assert_allclose(d.error, (predictions != truth).mean(0), atol=1e-12)
    assert 0 < d.bias.mean() < 1
    for i in range(300):
        column = predictions[:, i]
        main = np.bincount(column).argmax()
        assert d.main[i] == main
        assert d.bias[i] == (main != truth[i])
        differs = column != main
        assert d.variance[i] == pytest.approx(differs.mean())
        # c2 = 1, or minus the share of the differing fits that are right
        c2 = 1.0
        if main != truth[i]:
            c2 = -(column[differs] == truth[i]).mean() if differs.any() else 0.0
        assert d.net_variance[i] == pytest.approx(c2 * differs.mean())


# --- against mlxtend -------------------------------------------------------------------


def bootstrap_rounds(model: Any, x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Predictions of 50 fits to mlxtend's own bootstrap samples of seed 7, (50, m)."""
    rng, found = np.random.RandomState(7), []
    for _ in range(50):
        rows = rng.choice(len(x), size=len(x), replace=True)
        found.append(model.fit(x[rows], y[rows]).predict(at))
    return np.array(found)


@pytest.mark.parametrize("max_depth", [2, None])
def test_squared_loss_equals_mlxtend(max_depth: int | None) -> None:
    """On real data the "bias" of both is against noisy targets: bias squared + noise."""
    x, y = datasets.load_diabetes(return_X_y=True)
    parts = train_test_split(x, y, test_size=0.3, random_state=1)
    tree = DecisionTreeRegressor(max_depth=max_depth, random_state=1)
    error, bias, variance = bias_variance_decomp(
        tree, parts[0], parts[2], parts[1], parts[3], loss="mse", num_rounds=50, random_seed=7)
    d = squared_loss(bootstrap_rounds(tree, parts[0], parts[2], parts[1]), parts[3])
    np.testing.assert_allclose(
        [d.error.mean(), d.bias_squared.mean(), d.variance.mean()], [error, bias, variance],
        rtol=1e-12)


def test_zero_one_loss_equals_mlxtend_part_by_part() -> None:
    """mlxtend reports plain variance, so that its parts do not sum to its loss; ours do with
    the net variance.
    """
    x, y = datasets.load_breast_cancer(return_X_y=True)
    parts = train_test_split(x, y, test_size=0.3, random_state=1)
    tree = DecisionTreeClassifier(max_depth=2, random_state=1)
    error, bias, variance = bias_variance_decomp(
        tree, parts[0], parts[2], parts[1], parts[3], loss="0-1_loss", num_rounds=50,
        random_seed=7)
    d = zero_one_loss(bootstrap_rounds(tree, parts[0], parts[2], parts[1]), parts[3], 2)
    np.testing.assert_allclose(
        [d.error.mean(), d.bias.mean(), d.variance.mean()], [error, bias, variance], rtol=1e-12)
    assert abs(bias + variance - error) > 0.01
    np.testing.assert_allclose(d.bias + d.net_variance, d.error, atol=1e-12)


# --- the families ----------------------------------------------------------------------


def noisy(n_sets: int, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y (n_sets, n) of a noisy sine, and where to predict, (n_sets, 60)."""
    rng = np.random.default_rng(seed)
    x = rng.random((n_sets, n))
    y = np.sin(2 * np.pi * x) + rng.normal(0, 0.3, x.shape)
    return x, y, rng.random((n_sets, 60))


def one_by_one(model_of: Any, x: np.ndarray, y: np.ndarray, at: np.ndarray, values: Any) -> Any:
    """What scikit-learn predicts, data set by data set, (B, C, m)."""
    return np.array([
        [model_of(v).fit(a[:, None], b).predict(q[:, None]) for v in values]
        for a, b, q in zip(x, y, at, strict=True)
    ])


def rngs(n: int = 1) -> list[np.random.Generator]:
    return [np.random.default_rng((seed, 9)) for seed in range(n)]


@pytest.mark.parametrize("n", [11, 30, 200])
def test_neighbors_equal_scikit_learn(n: int) -> None:
    x, y, at = noisy(8, n)
    values = [n, 8, 5, 2, 1]
    expected = one_by_one(lambda k: KNeighborsRegressor(k), x, y, at, values)
    np.testing.assert_allclose(knn(x, y, at, values, []), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [10, 50, 200])
def test_trees_equal_scikit_learn(n: int) -> None:
    """At every depth, those included that are deeper than a tree can grow."""
    x, y, at = noisy(12, n, seed=n)
    values = [1, 2, 3, 5, 8, 30]
    expected = one_by_one(lambda d: DecisionTreeRegressor(max_depth=d), x, y, at, values)
    np.testing.assert_allclose(tree(x, y, at, values, []), expected, rtol=1e-9, atol=1e-12)


def test_bagged_trees_equal_scikit_learn_on_the_same_samples() -> None:
    """Trees grown to the end on each bootstrap sample, averaged over the first 1, 2, ... 6."""
    x, y, at = noisy(4, 20)
    found = bagged_tree(x, y, at, [1, 3, 6], rngs(2))
    chosen = np.concatenate([rng.integers(20, size=(2, 6, 20)) for rng in rngs(2)])
    for i in range(4):
        order = np.argsort(x[i])  # a sample is drawn by position, not by rank
        assert sorted(order) == list(range(20))
        trees = [
            DecisionTreeRegressor().fit(x[i][rows][:, None], y[i][rows]).predict(at[i][:, None])
            for rows in chosen[i]
        ]
        for c, size in enumerate((1, 3, 6)):
            np.testing.assert_allclose(found[i, c], np.mean(trees[:size], 0), atol=1e-12)


def test_polynomials_equal_least_squares() -> None:
    """numpy's least squares in Chebyshev's basis, degree by degree, up to 12."""
    x, y, at = noisy(6, 40)
    found = polynomial(x, y, at, [0, 1, 5, 12], [])
    for i in range(6):
        for c, degree in enumerate((0, 1, 5, 12)):
            fit = np.polynomial.Chebyshev.fit(x[i], y[i], degree, domain=[0, 1])
            np.testing.assert_allclose(found[i, c], fit(at[i]), rtol=1e-6, atol=1e-8)


def test_ridge_equals_scikit_learn() -> None:
    x, y, at = noisy(5, 30)
    values = [100, 1, 1e-3, 1e-6]
    found = ridge(x, y, at, values, [])
    for i in range(5):
        for c, alpha in enumerate(values):
            model = Ridge(alpha=alpha, solver="svd").fit(legendre(x[i], 12)[:, 1:], y[i])
            expected = model.predict(legendre(at[i], 12)[:, 1:])
            np.testing.assert_allclose(found[i, c], expected, rtol=1e-6, atol=1e-9)


def test_networks_equal_torch() -> None:
    """One of each width, trained by torch.optim.Adam from the same weights."""
    x, y, at = noisy(2, 15)
    found = mlp(x, y, at, [2, 5], rngs())
    (rng,) = rngs()
    for c, width in enumerate((2, 5)):
        for i in range(2):
            net = torch.nn.Sequential(torch.nn.Linear(1, width), torch.nn.Tanh(),
                                      torch.nn.Linear(width, 1))
            start = MLP((1, width, 1), "tanh", SQUARED_ERROR).init(rng)
            torch.nn.utils.vector_to_parameters(torch.from_numpy(start), net.parameters())
            optimizer = torch.optim.Adam(net.parameters(), lr=MLP_RATE)
            inputs, targets = (torch.tensor(a, dtype=torch.float32)[:, None]
                               for a in (4 * x[i] - 2, y[i]))
            for _ in range(MLP_STEPS):
                optimizer.zero_grad()
                (0.5 * (net(inputs) - targets) ** 2).mean().backward()
                optimizer.step()
            expected = net(torch.tensor(4 * at[i] - 2, dtype=torch.float32)[:, None])
            np.testing.assert_allclose(found[i, c], expected.detach()[:, 0], atol=5e-3)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_shared_design_is_the_same_as_repeated_ones(name: str) -> None:
    """One row of x and of the points to predict at stands for one per data set."""
    x, y, at = noisy(3, 20)
    values = [FAMILIES[name].complexity.grid[i] for i in (-1, 2)]
    values = [min(v, 18) if name != "ridge_regression" else v for v in values]
    shared = FAMILIES[name].fit(x[:1], y, at[:1], values, rngs())
    repeated = FAMILIES[name].fit(np.repeat(x[:1], 3, 0), y, np.repeat(at[:1], 3, 0), values,
                                  rngs())
    np.testing.assert_allclose(shared, repeated, rtol=1e-5, atol=1e-6)


# --- exact laws ------------------------------------------------------------------------


def test_exact_parts() -> None:
    """Of polynomials and neighbours, as an independent calculation gave them, to its digits."""
    parts = dict(zip(range(16), exact(Config()).T.round(5).tolist(), strict=True))
    expected = {0: (0.49750, 0.00300), 1: (0.19971, 0.00603), 2: (0.19971, 0.00911),
                3: (0.00460, 0.01225), 9: (0.0, 0.03637), 15: (0.0, 0.45004)}
    for degree, (bias, variance) in expected.items():
        assert parts[degree] == pytest.approx([bias, variance], abs=6e-6)
    config = Config(family="nearest_neighbors")
    found = dict(zip(complexity(config).sweep(config), exact(config).T.tolist(), strict=True))
    assert found[5] == pytest.approx([0.0150, 0.0180], abs=6e-5)
    assert np.isnan(exact(Config(design="random"))).all()
    assert np.isnan(exact(Config(family="decision_tree"))).all()


@pytest.mark.parametrize("n", [16, 30, 77])
def test_variance_at_the_design_points(n: int) -> None:
    """sigma^2 (d + 1) / n for degree d and sigma^2 / k for k neighbours, to 1e-12."""
    x, unit = design(n), np.eye(n)
    h = polynomial(x, unit, x, range(16), [])
    law = (np.arange(16) + 1) / n
    np.testing.assert_allclose((h**2).sum(0).mean(1), law, rtol=1e-12)
    h = knn(x, unit, x, [1, 3, 10], [])
    np.testing.assert_allclose((h**2).sum(0), np.repeat([[1], [1 / 3], [0.1]], n, 1), rtol=1e-12)


def test_even_degrees_add_nothing() -> None:
    bias = exact(Config())[0]
    np.testing.assert_allclose(bias[[2, 4, 6]], bias[[1, 3, 5]], rtol=1e-9, atol=1e-12)


# --- the regression lab ----------------------------------------------------------------

SMALL = Config(n_resamples=20, n_seeds=2)
LABS = {e.name: e for e in concepts()["bias_variance"] if not e.name.endswith(".step")}
"""Those that repeat an experiment; `test_step.py` has the one that looks at one data set."""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_in_a_stack_is_the_seed_alone(family: str) -> None:
    config = with_changes(SMALL, family=family, design="random", n_samples=40)
    both = list(train(config))[-1].arrays
    alone = list(train(with_changes(config, seed=1, n_seeds=1)))[-1].arrays
    atol = 1e-3 if family == "mlp" else 1e-7  # 400 steps magnify the last digit of float32
    for name in ("bias_squared", "variance", "test_error", "train_error", "estimate"):
        np.testing.assert_allclose(both[name][:, 1], alone[name][:, 0], rtol=1e-5, atol=atol)


@pytest.mark.parametrize("name", LABS)
def test_frames_are_as_announced(name: str) -> None:
    """Each array has the shape that its dims and coords say, in every frame; below 8 MB; and
    a second run gives the same bytes.
    """
    experiment = LABS[name]
    config = experiment.config(n_resamples=20, n_seeds=2)
    frames, again = (list(experiment.train(config)) for _ in range(2))
    assert len(frames) == experiment.n_frames(config) == 21
    sizes = {dim: len(labels) for dim, labels in experiment.coords(config).items()}
    seen: set[str] = set()
    for frame, other in zip(frames, again, strict=True):
        for key, array in frame.arrays.items():
            dims = [dim for dim in experiment.dims[key] if dim != "step"]
            assert array.shape == tuple(sizes[dim] for dim in dims), key
            assert array.tobytes() == other.arrays[key].tobytes()
            seen.add(key)
    assert seen == set(experiment.dims)
    full = list(experiment.train(experiment.config()))
    assert sum(a.nbytes for frame in full for a in frame.arrays.values()) < 8e6


def test_the_frames_decompose_what_they_show() -> None:
    """Main prediction, variance and bias of the last frame, from the fits themselves."""
    config = with_changes(SMALL, n_seeds=1)
    last = history(LABS["bias_variance.regression"], config, list(train(config)))
    fits = last["fits"].isel(step=-1).values[:20].astype(float)
    d = squared_loss(fits, TRUTHS["sine"](GRID))
    np.testing.assert_allclose(last["main"].isel(step=-1), d.main, atol=1e-6)
    for name in ("bias_squared", "variance"):
        found = last[name].isel(step=-1).sel(complexity=3).item()
        assert found == pytest.approx(getattr(d, name).mean(), rel=1e-5)
    stack = last["stack"].isel(step=-1)
    parts = last["bias_squared"].isel(step=-1, seed=0) + last["variance"].isel(step=-1, seed=0)
    np.testing.assert_allclose(stack.sel(level="variance"), parts + 0.09, rtol=1e-5)
    assert (np.diff(stack.values, axis=0) >= 0).all()


def test_standard_errors_are_right() -> None:
    """Over 16 repetitions the estimates scatter as each repetition says of itself."""
    config = Config(degree=5, n_resamples=100, n_seeds=16)
    last = list(train(config))[-1].arrays
    scatter = last["estimate"].std(1, ddof=1)
    np.testing.assert_allclose(last["standard_error"].mean(1)[1], scatter[1], rtol=0.5)


@pytest.mark.parametrize(
    ("query", "words"),
    [({"degree": 15, "n_samples": 10}, "degree: 15 is .* with n_samples = 10.*from 0 to 9"),
     ({"family": "nearest_neighbors", "n_neighbors": 30, "n_samples": 25},
      "n_neighbors: 30 is not allowed with n_samples = 25.*from 1 to 25")],
)
def test_too_few_points_are_explained(query: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Config(**query)


@pytest.mark.parametrize("query", [
    {"degree": 9, "n_samples": 10}, {"noise_sd": 0.0}, {"family": "nearest_neighbors",
     "n_neighbors": 10, "n_samples": 10}, {"family": "decision_tree", "max_depth": 12,
     "n_samples": 10}, {"noise_sd": 0.0, "truth": "step", "family": "decision_tree"},
])
def test_the_ends_give_numbers(query: dict[str, Any]) -> None:
    """As many parameters as points, no noise, deeper than a tree can be: finite all the same."""
    config = with_changes(SMALL, **query)
    for key, array in list(train(config))[-1].arrays.items():
        # areas end where they leave the picture
        assert np.isfinite(array).all() or key in {"fits", "stack", "stack_x"}, key


def test_areas_end_outside_the_picture() -> None:
    """At random x the high degrees are as good as infinite. The lowest of them is kept, so that
    the areas lead out; and all that is inside.
    """
    last = list(train(Config(design="random", n_resamples=60)))[-1].arrays
    total = (last["bias_squared"] + last["variance"]).mean(1) + 0.09
    out = total > ceiling(Config())
    first = int(out.argmax())
    assert out[first:].all()
    assert first > 5
    assert np.isfinite(last["stack"][:, : first + 1]).all()
    assert np.isnan(last["stack"][:, first + 1 :]).all()


# --- the classification lab ------------------------------------------------------------


def labelled(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points and labels of the moons, and 300 points to predict at."""
    rng, config = np.random.default_rng(seed), classification.Config()
    return *classification.draw(config, n, rng), classification.draw(config, 300, rng)[0]


@pytest.mark.parametrize("n", [15, 100])
def test_voting_neighbors_equal_scikit_learn(n: int) -> None:
    """Even numbers included, where a tie goes to class 0."""
    for seed in range(4):
        x, labels, at = labelled(n, seed)
        values = [n, 8, 5, 1]
        found = classification.knn(x, labels, at, values, 0)
        for c, k in enumerate(values):
            expected = KNeighborsClassifier(k).fit(x, labels).predict(at)
            np.testing.assert_array_equal(found[c], expected == 1)


def test_pruned_trees_equal_scikit_learn() -> None:
    """One full tree holds the shallow ones. Where two questions are equally good a tree of
    limited depth may ask the other one, so a few points may differ.
    """
    for seed in range(4):
        x, labels, at = labelled(100, seed)
        found = classification.tree(x, labels, at, [1, 2, 30], seed)
        for c, depth in enumerate((1, 2, None)):
            model = DecisionTreeClassifier(max_depth=depth, random_state=seed).fit(x, labels)
            same = found[c] == (model.predict(at) == 1)
            assert same.mean() >= (1 if depth is None else 0.98)


@pytest.mark.parametrize("world", classification.WORLDS)
def test_the_posterior_is_the_share_of_the_classes(world: str) -> None:
    """Among 20,000 drawn points, in every bin of the stated probability."""
    config = classification.Config(world=world)
    points, labels = classification.draw(config, 20_000, np.random.default_rng(3))
    stated = np.concatenate([classification.posterior(config, part)
                             for part in np.array_split(points, 20)])
    for low in np.arange(0, 1, 0.1):
        inside = (stated >= low) & (stated < low + 0.1)
        share, n = labels[inside].mean(), inside.sum()
        assert share == pytest.approx(stated[inside].mean(), abs=4 * (0.25 / n) ** 0.5 + 1e-3)


def test_moons_are_those_of_scikit_learn() -> None:
    ours = classification.curves_of("moons", np.linspace(0, 1, 50))
    theirs, labels = datasets.make_moons(100, shuffle=False)
    np.testing.assert_allclose(ours[0], theirs[labels == 0], atol=1e-12)
    np.testing.assert_allclose(ours[1], theirs[labels == 1], atol=1e-12)


def test_parts_of_the_votes() -> None:
    """Without noise they are Domingos' own; with it, their sum is the chance to be wrong."""
    rng = np.random.default_rng(5)
    probability = rng.random(200)
    predictions = rng.random((30, 200)) < rng.random(200)
    votes = classification.Votes(probability, (200,))
    votes.counts, votes.n = predictions.sum(0), 30
    parts = votes.parts()
    best = (probability > 0.5).astype(int)
    d = zero_one_loss(predictions.astype(int), best, 2)
    np.testing.assert_allclose(parts["bias"], d.bias)
    np.testing.assert_allclose(parts["variance_unbiased"] - parts["variance_biased"],
                               d.net_variance, atol=1e-12)
    share = predictions.mean(0)
    wrong = share * (1 - probability) + (1 - share) * probability
    total = (parts["noise"] + parts["bias"] + parts["variance_unbiased"]
             - parts["variance_biased"])
    np.testing.assert_allclose(total, wrong, atol=1e-12)


def test_a_seed_in_a_stack_of_classifiers_is_the_seed_alone() -> None:
    for family in classification.FAMILIES:
        config = classification.Config(family=family, n_resamples=20, n_seeds=2)
        both = list(classification.train(config))[-1].arrays
        alone = list(classification.train(with_changes(config, seed=1, n_seeds=1)))[-1].arrays
        for name in ("noise", "bias", "variance_unbiased", "variance_biased", "test_error"):
            np.testing.assert_array_equal(both[name][:, 1], alone[name][:, 0])


def test_networks_leave_torchs_threads_as_they_were() -> None:
    """A notebook goes on with what it had."""
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        lab = find("bias_variance.regression")
        trained(lab, lab.config(family="mlp", n_resamples=20, n_seeds=1))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
