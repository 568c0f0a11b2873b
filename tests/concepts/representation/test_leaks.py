"""Cross-validation with and without leaks, held to scikit-learn's pipelines."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import Ridge
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.concepts.representation import leaks
from core.concepts.representation.leaks import Config, best, correlations, cross_validated

CONFIG = Config(n_features=300, n_samples=40, n_kept=8, n_signal=3)


@pytest.mark.parametrize("way", ["inside", "selection", "scaler"])
def test_it_is_scikit_learns_cross_validation(way: str) -> None:
    """Whose selection by F ranks columns as correlation does, and whose ridge is ours."""
    table = leaks.table_of(CONFIG, 5)
    x, y, n = table.x, table.y, CONFIG.n_kept
    chosen = SelectKBest(f_classif, k=n)
    steps = [StandardScaler(), Ridge(leaks.PENALTY)]
    if way == "selection":
        x = chosen.fit_transform(x, y)
    elif way == "scaler":
        x, steps = StandardScaler().fit_transform(x), [chosen, Ridge(leaks.PENALTY)]
    else:
        steps = [chosen, *steps]
    said = cross_val_predict(make_pipeline(*steps), x, y, cv=PredefinedSplit(table.fold))
    theirs = (np.sign(said) == y).mean()
    assert cross_validated(table, way, CONFIG.n_features, n) == pytest.approx(theirs)


def test_the_best_columns() -> None:
    table = leaks.table_of(CONFIG, 0)
    theirs = [np.corrcoef(column, table.y)[0, 1] for column in table.x.T]
    np.testing.assert_allclose(correlations(table.x, table.y), theirs)
    assert set(best(table.x, table.y, 8)) == set(np.argsort(-np.abs(theirs))[:8])
    assert len(best(table.x[:, :3], table.y, 8)) == 3


def test_a_table_is_noise_but_for_its_signal() -> None:
    """A column is the same whatever others there are; labels and folds are balanced."""
    small = leaks.table_of(CONFIG, 2)
    large = leaks.table_of(Config(n_features=400, n_samples=40, n_kept=8, n_signal=3), 2)
    np.testing.assert_array_equal(small.x, large.x[:, :300])
    assert small.y.sum() == 0
    assert np.bincount(small.fold).tolist() == [8] * 5
    apart = [small.new_x[small.new_y == c].mean(0) for c in (-1, 1)]
    assert (apart[1] - apart[0])[:3] == pytest.approx([leaks.SIGNAL] * 3, abs=0.4)
    assert abs((apart[1] - apart[0])[3:]).max() < 0.6
