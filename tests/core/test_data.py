"""Data sets: every one is what it says, and a seed's draw is that seed's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import datasets

from core.data import DATA, DataSet, flipped, stratified

every_set = pytest.mark.parametrize("name", DATA)
ENDLESS = [name for name, data in DATA.items() if data.load is None]
FINITE = [name for name, data in DATA.items() if data.load is not None]


@every_set
def test_a_set_is_what_it_says(name: str) -> None:
    """Features, classes, how many there are, and a draw of a hundred."""
    data = DATA[name]
    assert data.name == name
    assert (data.load is None) == (data.n_most is None) == (data.source is not None)
    x, y = data.draw(3, 100)
    assert x.shape == (100, data.n_features)
    assert y.shape == (100,)
    assert set(y) == set(range(data.n_classes))
    if data.load is not None:
        x, y = data.everything()
        assert x.shape == (data.n_most, data.n_features)
        assert set(y) == set(range(data.n_classes))


@every_set
def test_a_draw_depends_on_its_seed_alone(name: str) -> None:
    (x, y), (again, labels) = (DATA[name].draw(3, 50) for _ in range(2))
    assert np.array_equal(x, again)
    assert np.array_equal(y, labels)
    assert not np.array_equal(x, DATA[name].draw(4, 50)[0])
    assert np.array_equal(DATA[name].draw(np.random.RandomState(3), 50)[0], x)


@pytest.mark.parametrize("name", FINITE)
def test_a_collection_gives_every_class_its_share_and_no_point_twice(name: str) -> None:
    data = DATA[name]
    x, y = data.draw(0, 200)
    _, every = data.everything()
    for c in range(data.n_classes):
        assert abs((y == c).sum() - 200 * (every == c).mean()) <= 1.5
    assert len(np.unique(x, axis=0)) == 200


@pytest.mark.parametrize("name", FINITE)
@pytest.mark.parametrize("asked", [{"n": 5000}, {"n": 10, "noise": 0.1}, {"n": 10, "factor": 0.4}])
def test_a_collection_has_an_end(name: str, asked: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{name!r} is a collection of {DATA[name].n_most} points"):
        DATA[name].draw(0, **asked)


@pytest.mark.parametrize("name", ENDLESS)
def test_a_source_has_none(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name!r} has no end"):
        DATA[name].everything()


@pytest.mark.parametrize("name", ENDLESS)
def test_noise_is_the_spread_around_the_class(name: str) -> None:
    """The same seed's points without noise lie on the curves, as long as no shape is given."""
    data = DATA[name]
    assert data.curves is not None
    shape = {"factor": 0.4} if name == "circles" else {}
    x, y = data.draw(1, 400, 0.0, **shape)
    curves = data.curves(np.linspace(0, 1, 401))
    squares = ((x[:, None] - curves[y]) ** 2).sum(2)
    assert squares.min(1).max() < 1e-4
    noisy, labels = data.draw(1, 400, 0.05, **shape)
    off = np.sqrt(((noisy[:, None] - curves[labels]) ** 2).sum(2).min(1))
    assert 0.02 < off.mean() < 0.08


def test_moons_and_circles_are_scikit_learns() -> None:
    for ours, theirs in (
        (DATA["moons"].draw(5, 60, 0.2), datasets.make_moons(60, noise=0.2, random_state=5)),
        (DATA["circles"].draw(5, 60, 0.2, factor=0.3),
         datasets.make_circles(60, noise=0.2, factor=0.3, random_state=5)),
    ):
        assert np.array_equal(ours[0], theirs[0])
        assert np.array_equal(ours[1], theirs[1])


def test_a_set_of_ones_own_is_another_entry() -> None:
    """All that a finite set needs are its points."""
    x, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    own = DataSet("own", "Ten points", 2, 2, load=lambda: (x, y), n_most=10)
    points, labels = own.draw(0, 4)
    assert own.plane
    assert labels.sum() == 2
    assert all((point == x).all(1).any() for point in points)


def test_a_split_has_every_position_once() -> None:
    y = np.arange(50) % 3
    train, rest = stratified(y, 20, np.random.default_rng(0))
    assert len(train) == 20
    assert sorted([*train, *rest]) == list(range(50))


def test_a_flipped_label_is_another_class() -> None:
    y = np.arange(1000) % 10
    changed = flipped(y, 0.25, 10, np.random.default_rng(0))
    assert (changed != y).sum() == 250
    assert set(changed) == set(range(10))
