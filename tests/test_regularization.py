"""The regularization labs' maths against independent references, and what their runs promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import PredefinedSplit, cross_val_score

from core.experiment import MAX_FRAMES, Config, Experiment, Frame, concepts, with_changes
from core.frames import encode_run
from core.regularization import cross_validation, double_descent

LABS = {e.name.partition(".")[2]: e for e in concepts()["regularization"]}
every_lab = pytest.mark.parametrize("lab", LABS.values(), ids=list(LABS))
SMALL: dict[str, dict[str, Any]] = {
    "double_descent": {"n_samples": 20, "n_seeds": 3},
    "cross_validation": {"n_seeds": 3, "n_repeats": 2},
}
MB = 2**20


def small(lab: Experiment) -> Config:
    """A configuration that trains in a moment."""
    return lab.config(**SMALL[lab.name.partition(".")[2]])


# --- every lab -------------------------------------------------------------------------


@every_lab
def test_frames_are_as_declared(lab: Experiment) -> None:
    """As many as announced, their arrays in the declared dimensions with a label each, no
    number that is infinite, and the same again for the same configuration.
    """
    config = small(lab)
    frames = list(lab.train(config))
    assert len(frames) == lab.n_frames(config) <= MAX_FRAMES + 1
    steps = [frame.step for frame in frames]
    assert steps == sorted(set(steps))
    labels = lab.coords(config)
    assert set(frames[0].arrays) <= set(lab.dims)
    for frame in frames:
        for name, array in frame.arrays.items():
            dims = [dim for dim in lab.dims[name] if dim != "step"]
            assert array.shape == tuple(len(labels[dim]) for dim in dims), name
            assert array.dtype.itemsize <= 4
            assert not np.isinf(array).any(), name
    for frame, again in zip(frames, lab.train(config), strict=True):
        assert frame.notes == again.notes
        for name, array in frame.arrays.items():
            assert np.array_equal(array, again.arrays[name], equal_nan=True)


@every_lab
def test_a_seed_among_others_is_the_seed_alone(lab: Experiment) -> None:
    """Every array with a dimension of seeds."""
    config = small(lab)
    together = list(lab.train(config))
    for i in range(config.n_seeds):
        alone = lab.train(with_changes(config, n_seeds=1, seed=config.seed + i))
        for frame, own in zip(together, alone, strict=True):
            for name, array in own.arrays.items():
                dims = [dim for dim in lab.dims[name] if dim != "step"]
                if "seed" in dims:
                    mine = frame.arrays[name].take([i], dims.index("seed"))
                    assert array == pytest.approx(mine, rel=1e-5, abs=1e-6, nan_ok=True), name


LARGEST = {
    "double_descent": {"n_samples": 200, "n_inputs": 2, "n_seeds": 16},
    "cross_validation": {"n_samples": 200, "n_folds": 10, "n_repeats": 10, "n_seeds": 50},
}


@every_lab
def test_the_largest_run_is_under_8_mb(lab: Experiment) -> None:
    config = lab.config(**LARGEST[lab.name.partition(".")[2]])
    assert sum(map(len, encode_run(lab, config))) < 8 * MB


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
