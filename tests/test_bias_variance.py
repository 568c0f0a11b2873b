"""The bias-variance concept against independent references."""

from __future__ import annotations

import numpy as np
import pytest

from core.bias_variance.decomposition import Moments, squared_loss, zero_one_loss

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
        # theorem 2: c2 = 1, or minus the share of the differing fits that are right
        c2 = 1.0
        if main != truth[i]:
            c2 = -(column[differs] == truth[i]).mean() if differs.any() else 0.0
        assert d.net_variance[i] == pytest.approx(c2 * differs.mean())
