"""The ensembles written for reading, held to those that the page grows."""

from __future__ import annotations

import numpy as np
import pytest

from core.concepts.ensembles import plain
from core.concepts.ensembles.data import sample
from core.concepts.ensembles.growing import Config
from core.concepts.ensembles.methods import METHODS, Ensemble, Forest, Options


class AllFeatures(Forest):
    """Bagging with the forest's draws; the page's draws as `BaggingClassifier` does."""

    max_features = None


PAGE: dict[str, type[Ensemble]] = METHODS | {"bagging": AllFeatures}


@pytest.mark.parametrize("data", ["moons", "circles", "breast_cancer"])
@pytest.mark.parametrize("method", plain.METHODS)
def test_every_member_is_that_of_the_page(method: str, data: str) -> None:
    """Class shares at training and test points after each of eight members, to 1e-9."""
    one = sample(Config(data=data, n_samples=120, flip=0.1), 3)  # type: ignore[arg-type]
    points = np.concatenate([one.x, one.test_x])
    ours = PAGE[method]([one], points[None], 2, Options(random_state=(3,)))
    grown = plain.METHODS[method](one.x, one.y, points, 3)
    for _, expected in zip(range(8), grown, strict=False):
        ours.grow()
        assert np.abs(ours.share()[0] - expected).max() < 1e-9
    assert ours.size[0] == 8


def test_adaboost_ends_where_the_page_ends() -> None:
    """Where a member has no error there is nothing to weigh up."""
    x, y = np.arange(10.0)[:, None], (np.arange(10) > 4).astype(int)
    assert list(plain.adaboost(x, y, x)) == []


def test_it_runs_as_a_script() -> None:
    """Many members err less than one, and every method less than a guess."""
    found = plain.main(20)
    assert list(found) == list(plain.METHODS)
    assert all(last < first for first, last in found.values())
    assert max(last for _, last in found.values()) < 0.15
