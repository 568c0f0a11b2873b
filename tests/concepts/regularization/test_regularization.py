"""The regularization labs' maths against independent references, and what their runs promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.model_selection import PredefinedSplit, cross_val_score

from core.concepts.regularization import cross_validation, double_descent, search
from core.experiment import Frame
from core.stacked.data import batches
from core.surrogate import expected_improvement, surrogate

# --- double descent --------------------------------------------------------------------


@pytest.mark.parametrize("p", [5, 19, 20, 21, 39, 40, 200])
def test_double_descent_against_least_squares(p: int) -> None:
    """Without ridge the fit is LAPACK's (numpy.linalg.lstsq), the interpolation of least norm
    included; with ridge it is scikit-learn's. On both sides of p = n and of the change of
    method at p = 2 n.
    """
    config = double_descent.Config(n_samples=20, n_seeds=3, ridge=0.03)
    data = double_descent.data_of(config)
    found = double_descent.fit(config, data, p)
    phi, n = double_descent.features(data, p), config.n_samples
    for s in range(config.n_seeds):
        x, y, test_x, test_y = phi[s, :n], data.y[s, :n], phi[s, n:], data.y[s, n:]
        plain = np.linalg.lstsq(x, y, rcond=1e-10)[0]
        ridge = Ridge(alpha=0.03, fit_intercept=False, solver="cholesky").fit(x, y).coef_
        weak = Ridge(alpha=1e-6, fit_intercept=False, solver="svd").fit(x, y).coef_
        for column, a in enumerate((plain, ridge, weak)):
            expected = [np.mean((test_x @ a - test_y) ** 2), np.mean((x @ a - y) ** 2),
                        np.linalg.norm(a)]
            got = [array[s, column] for array in
                   (found.test_error, found.train_error, found.weight_norm)]
            assert got == pytest.approx(expected, rel=1e-6, abs=1e-9)
        assert found.singular_values[s] == pytest.approx(
            np.linalg.svd(x, compute_uv=False), rel=1e-8, abs=1e-10)


def test_features_that_never_fire_are_no_trouble() -> None:
    """In two dimensions some features are zero on all points: the rank is less than p."""
    config = double_descent.Config(n_samples=10, n_inputs=2, n_seeds=8)
    data = double_descent.data_of(config)
    phi = double_descent.features(data, 10)
    assert (np.linalg.matrix_rank(phi[:, :10]) < 10).any()
    found = double_descent.fit(config, data, 10)
    for s in range(8):
        a = np.linalg.lstsq(phi[s, :10], data.y[s, :10], rcond=1e-10)[0]
        assert found.weight_norm[s, 0] == pytest.approx(np.linalg.norm(a), rel=1e-6)


def test_features_are_nested_and_scaled() -> None:
    """The first features of a larger model are those of a smaller one, up to the common factor
    that keeps the mean square of the features' sum the same.
    """
    config = double_descent.Config(n_samples=20, n_seeds=2)
    data = double_descent.data_of(config)
    few, many = (double_descent.features(data, p) for p in (30, 120))
    assert many[:, :, :30] * 2 == pytest.approx(few, rel=1e-12)
    by_hand = max(data.x[1, 3] @ data.w[1, :, 7], 0) / np.sqrt(30)
    assert few[1, 3, 7] == pytest.approx(by_hand)


def test_only_training_labels_are_noisy() -> None:
    noisy, clean = (double_descent.data_of(double_descent.Config(n_seeds=2, label_noise=noise))
                    for noise in (0.5, 0.0))
    assert np.array_equal(noisy.y[:, 100:], clean.y[:, 100:])
    assert (noisy.y - clean.y)[:, :100].std() == pytest.approx(0.5, rel=0.15)
    assert clean.y.std() == pytest.approx(1, rel=0.15)


@pytest.mark.parametrize("changes", [
    {"n_samples": 10}, {"n_inputs": 2}, {"n_inputs": 100}, {"label_noise": 0.0},
    {"label_noise": 2.0}, {"ridge": 1e-6}, {"ridge": 10.0}, {"n_seeds": 1}, {"seed": 9999},
    {"n_samples": 10, "n_inputs": 100, "label_noise": 2.0},
])
def test_ends_of_double_descent(changes: dict[str, Any]) -> None:
    """Finite everywhere, and the frame with as many features as points is always there."""
    frames: list[Frame] = list(double_descent.train(
        double_descent.Config(**{"n_samples": 30, "n_seeds": 2, **changes})))
    assert changes.get("n_samples", 30) in [frame.step for frame in frames]
    assert sum(len(frame.notes) for frame in frames) == 1
    for frame in frames:
        for name in ("test_error", "train_error", "weight_norm"):
            assert np.isfinite(frame.arrays[name]).all()


# --- cross-validation ------------------------------------------------------------------


@pytest.mark.parametrize("n_folds", [2, 5, 7])
def test_held_out_errors_against_scikit_learn(n_folds: int) -> None:
    """The error on each fold, for every seed and several ridges, is what scikit-learn's Ridge
    makes of the same folds, of unequal size too.
    """
    config = cross_validation.Config(n_folds=n_folds, n_repeats=2, n_seeds=3)
    data = cross_validation.data_of(config)
    found = np.stack([cross_validation.held_out(config, data, 1, fold)
                      for fold in range(n_folds)])  # (F, S, R)
    for s in range(3):
        fold_of = np.zeros(config.n_samples, dtype=int)
        fold_of[data.order[s, 1]] = np.arange(config.n_samples) % n_folds
        phi = np.stack([np.polynomial.Legendre.basis(k)(data.x[s])
                        for k in range(config.degree + 1)], 1)
        for r in (1, 10, 20, len(cross_validation.RIDGES) - 1):
            model = Ridge(alpha=cross_validation.RIDGES[r], fit_intercept=False, solver="svd")
            scores = cross_val_score(model, phi, data.y[s], cv=PredefinedSplit(fold_of),
                                     scoring="neg_mean_squared_error")
            assert found[:, s, r] == pytest.approx(-scores, rel=1e-6)


def test_partitions_hold_every_point_out_once() -> None:
    config = cross_validation.Config(n_repeats=3, n_seeds=2)
    order = cross_validation.data_of(config).order
    assert (np.sort(order, axis=2) == np.arange(config.n_samples)).all()
    assert (order[0, 0] != order[0, 1]).any()
    assert (order[0, 0] != order[1, 0]).any()


def test_no_ridge_is_least_squares() -> None:
    config = cross_validation.Config(n_seeds=2)
    data = cross_validation.data_of(config)
    phi = cross_validation.legendre(data.x, config.degree)
    weights = cross_validation.ridge_fits(phi, data.y)
    for s in range(2):
        expected = np.linalg.lstsq(phi[s], data.y[s], rcond=1e-10)[0]
        assert weights[s, 0] == pytest.approx(expected, rel=1e-6)


def test_choices_by_hand() -> None:
    """The lowest mean, and the largest ridge whose mean is not above it by more than the standard
    error that belongs to the lowest.
    """
    mean = np.array([[5.0, 2.0, 1.0, 1.4, 1.6, 1.3, 9.0], [1.0, 2, 3, 4, 5, 6, 7]])
    error = np.full((2, 7), 0.45)
    error[1] = 0
    lowest, largest = cross_validation.choose(mean, error)
    assert lowest.tolist() == [2, 0]
    assert largest.tolist() == [5, 0]


def test_the_standard_error_is_of_one_partition() -> None:
    """s / sqrt(F) over the folds of the first partition; more partitions refine s alone."""
    folds = np.random.default_rng(0).random((10, 1, 3))
    for n_seen, divisor in ((2, 2), (5, 5), (10, 5)):
        found = cross_validation.standard_error(folds[:n_seen], 5)
        assert found == pytest.approx(folds[:n_seen].std(0, ddof=1) / divisor**0.5)
    assert (cross_validation.standard_error(folds[:1], 5) == 0).all()


def test_what_the_cross_validation_frames_say() -> None:
    """Nothing is chosen before the first fold; then the choice is that of the mean over the folds
    so far, its fit the one that is drawn, and its distance from the truth that fit's.
    """
    config = cross_validation.Config(n_repeats=1, n_seeds=4)
    frames = list(cross_validation.train(config))
    assert np.isnan(frames[0].arrays["chosen_ridge"][:2]).all()
    assert np.isnan(frames[0].arrays["cv_error"]).all()
    last = frames[-1].arrays
    assert last["cv_error"] == pytest.approx(last["fold_error"].mean(0), rel=1e-5)
    assert last["chosen_ridge"][0, 0] == pytest.approx(
        cross_validation.RIDGES[int(last["cv_error"].argmin())])
    truth = cross_validation.truth(cross_validation.GRID)
    assert np.square(last["fit"] - truth).mean(1) == pytest.approx(
        last["excess_error"][:, 0], rel=1e-3)
    assert (last["excess_error"] >= last["excess_error"][2] * (1 - 1e-6)).all()
    assert (last["chosen_ridge"][3] == 0).all()
    ridges = np.array(cross_validation.RIDGES)[last["chosen_index"].astype(int)]
    assert ridges == pytest.approx(last["chosen_ridge"])


@pytest.mark.parametrize("changes", [
    {"n_samples": 10}, {"n_samples": 200}, {"degree": 1}, {"degree": 25}, {"noise": 0.05},
    {"noise": 1.0}, {"n_folds": 2}, {"n_folds": 10}, {"n_seeds": 1}, {"seed": 9999},
    {"n_samples": 10, "degree": 25, "n_folds": 10, "noise": 1.0},
])
def test_ends_of_cross_validation(changes: dict[str, Any]) -> None:
    """Every choice is a fit, finite, at the end."""
    config = cross_validation.Config(**{"n_seeds": 5, "n_repeats": 1, **changes})
    *_, last = cross_validation.train(config)
    for name in ("excess_error", "chosen_ridge", "fit", "cv_error"):
        assert np.isfinite(last.arrays[name]).all(), name


# --- search ----------------------------------------------------------------------------


def test_expected_improvement_against_integration() -> None:
    """The closed form is the mean of max(0, f - best - exploration) over the normal density."""
    rng = np.random.default_rng(0)
    mean, deviation = rng.normal(0.5, 0.3, 20), rng.uniform(0.01, 0.5, 20)
    for exploration in (0.0, 0.05):
        found = expected_improvement(mean, deviation, 0.6, exploration)
        for m, s, value in zip(mean, deviation, found, strict=True):
            f = np.linspace(m - 10 * s, m + 10 * s, 200_001)
            density = np.exp(-((f - m) ** 2) / (2 * s**2)) / (s * np.sqrt(2 * np.pi))
            gain = np.maximum(0, f - 0.6 - exploration)
            assert value == pytest.approx(np.trapezoid(gain * density, f), rel=1e-6, abs=1e-9)


def test_expected_improvement_where_all_is_known() -> None:
    """Without uncertainty it is the gain itself, or nothing."""
    found = expected_improvement(np.array([0.7, 0.5]), np.zeros(2), 0.6)
    assert found == pytest.approx([0.1, 0])


def test_the_surrogate_is_a_gaussian_process() -> None:
    """Mean and deviation are those of the textbook's equations (Rasmussen & Williams 2006,
    eqs. 2.23 and 2.24) with the kernel that was fitted, and the fit has a larger likelihood than
    its start.
    """
    rng = np.random.default_rng(1)
    points, values = rng.random((12, 2)), rng.random(12)
    process = surrogate(points, values)
    new = rng.random((5, 2))
    kernel = process.kernel_
    centre, scale = values.mean(), values.std()
    k = kernel(points) + 1e-3 * np.eye(12)
    across = kernel(new, points)
    mean = centre + scale * across @ np.linalg.solve(k, (values - centre) / scale)
    variance = scale**2 * (1 - np.einsum("ij,ji->i", across, np.linalg.solve(k, across.T)))
    found = process.predict(new, return_std=True)
    assert found[0] == pytest.approx(mean, rel=1e-6)
    assert found[1] == pytest.approx(np.sqrt(variance), rel=1e-5)
    start = process.kernel.theta
    assert process.log_marginal_likelihood_value_ > process.log_marginal_likelihood(start)


def test_the_search_tries_the_best_candidate() -> None:
    """After the random trials, the next one has the largest expected improvement of all
    candidates, which its own generator drew; it is found again by hand.
    """
    config = search.Config(n_trials=8, n_initial=4)
    mine = search.Search(config, seed=7)
    for t, value in enumerate((0.2, 0.5, 0.8, 0.3)):
        assert np.array_equal(mine.next, mine.random[t])
        mine.tell(value)
    candidates = np.random.default_rng((7, 4)).random((search.N_CANDIDATES, 2))
    mean, deviation = surrogate(mine.random[:4], mine.values).predict(
        candidates, return_std=True)
    improvement = expected_improvement(mean, deviation, 0.8, config.exploration)
    assert np.array_equal(mine.next, candidates[improvement.argmax()])


def test_a_trial_is_adamw_on_these_images() -> None:
    """Accuracies of two trials are those of torch.nn and torch.optim.AdamW on the same batches."""
    config = search.Config(n_seeds=2, n_steps=30, width=8)
    trials = search.trials_of(config)
    points = np.array([[0.5, 0.3], [0.6, 0.8]])
    validation, test = trials.results([0, 1], points)
    for s, (rate, decay) in enumerate(search.settings_of(points).tolist()):
        model = torch.nn.Sequential(torch.nn.Linear(64, 8), torch.nn.ReLU(),
                                    torch.nn.Linear(8, 10))
        torch.nn.utils.vector_to_parameters(trials.start[s], model.parameters())
        rule = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
        for x, y in batches(trials.data, range(2), search.BATCH_SIZE, config.n_steps):
            rule.zero_grad()
            torch.nn.functional.cross_entropy(model(x[s].T), y[s].T).backward()
            rule.step()
        with torch.no_grad():
            right = model(trials.data.test_x[s].T).argmax(1) == trials.data.test_y[s].argmax(0)
        assert validation[s] == pytest.approx(right[:400].float().mean().item(), abs=0.006)
        assert test[s] == pytest.approx(right[400:].float().mean().item(), abs=0.006)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4])
def test_labels_are_flipped_to_another_class(share: float) -> None:
    """Exactly the share of training labels, none of the others."""
    clean = search.trials_of(search.Config(n_seeds=2, label_noise=0.0)).data
    noisy = search.trials_of(search.Config(n_seeds=2, label_noise=share)).data
    changed = noisy.train_y.argmax(1) != clean.train_y.argmax(1)
    assert changed.sum(1).tolist() == [round(share * 200)] * 2
    assert (noisy.train_y.sum(1) == 1).all()
    assert torch.equal(noisy.test_y, clean.test_y)


def test_what_the_search_frames_say() -> None:
    """Both searches begin with the same trials; the best so far never falls, and its test
    accuracy is that of the trial that won; the map at the end has the settings of the axes.
    """
    config = search.Config(n_trials=7, n_initial=3, n_seeds=2, n_steps=20, width=8)
    frames = list(search.train(config))
    last = frames[-1].arrays
    for name in ("tried_rate", "tried_decay", "tried_accuracy"):
        assert np.array_equal(*last[name][:, :3])
    assert not np.array_equal(*last["tried_rate"])
    best = np.stack([frame.arrays["best_accuracy"] for frame in frames[1:]])
    assert (np.diff(best, axis=0) >= 0).all()
    assert best[-1, :, 0] == pytest.approx(last["tried_accuracy"].max(1))
    assert last["mean_accuracy"][:, 0] == pytest.approx(last["tried_accuracy"].mean(1), rel=1e-5)
    for t in range(2):
        assert np.isnan(frames[t].arrays["surrogate_mean"]).all()
    assert np.isfinite(frames[3].arrays["surrogate_mean"]).all()
    assert frames[4].arrays["tried_rate"][1, 3] == frames[3].arrays["next_rate"][0]
    rates, decays = search.axes()
    assert (rates[0], rates[-1], decays[0], decays[-1]) == pytest.approx((1e-4, 1, 1e-3, 100))
    trials = search.trials_of(config)
    point = np.array([[3 / (len(rates) - 1), 4 / (len(decays) - 1)]])
    assert search.settings_of(point)[0] == pytest.approx((rates[3], decays[4]))
    assert last["grid_accuracy"][4, 3] == pytest.approx(trials.results([0], point)[0][0])


@pytest.mark.parametrize("changes", [
    {"n_initial": 10}, {"n_initial": 2}, {"n_trials": 5, "n_initial": 10}, {"exploration": 0.2},
    {"label_noise": 0.4}, {"n_samples": 50}, {"n_samples": 500}, {"width": 64},
    {"n_validation": 50}, {"n_seeds": 1}, {"seed": 9999},
])
def test_ends_of_search(changes: dict[str, Any]) -> None:
    """Every search has a best trial at the end, also where all of them are random."""
    config = search.Config(**{"n_trials": 6, "n_seeds": 2, "n_steps": 20, "width": 8, **changes})
    *_, last = search.train(config)
    assert (last.arrays["best_accuracy"] > 0).all()
    assert np.isfinite(last.arrays["grid_accuracy"]).all()
