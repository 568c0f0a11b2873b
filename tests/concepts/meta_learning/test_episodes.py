"""Episodes, held to exact laws; and nets that read them in one pass, to the same nets step by step.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import f as f_distribution

from core.concepts.meta_learning import episodes, shots
from core.concepts.meta_learning.episodes import Episode, by_means, draw, likeliest, right, turn
from core.concepts.meta_learning.readers import Chain, Reader, places
from core.concepts.meta_learning.shots import KINDS, Config
from core.stacked.traced import flat, views

RNG = np.random.default_rng
LIKE = Episode(n_ways=3, n_shots=4)


def test_every_round_has_each_class_once_and_asks_after_it() -> None:
    drawn = draw(RNG(0), 50, LIKE, turn(RNG(1)))
    assert drawn.x.shape == (50, 12 + 8, 8)
    rounds = drawn.name[:, :12].reshape(50, 4, 3)
    assert (np.sort(rounds, -1) == np.arange(3)).all()
    assert (drawn.name == drawn.kind).all()
    np.testing.assert_array_equal(LIKE.seen, [3, 3, 6, 6, 9, 9, 12, 12])


def test_names_change_for_good_after_one_of_the_rounds() -> None:
    like = Episode(n_ways=3, n_shots=4, renamed=True)
    drawn = draw(RNG(0), 200, like, turn(RNG(1)))
    shift = (drawn.name - drawn.kind) % 3
    given, asked = shift[:, :12].reshape(200, 4, 3), shift[:, 12:].reshape(200, 4, 2)
    assert (given == given[..., :1]).all()
    assert (asked == given[..., :2]).all()
    changed = (given[:, :, 0] != 0).argmax(1)
    assert (np.diff(given[:, :, 0] != 0, axis=1).sum(1) == 1).all()
    assert set(changed) == {1, 2, 3}


def test_a_turn_keeps_distances() -> None:
    turned = turn(RNG(0))
    np.testing.assert_allclose(turned @ turned.T, np.eye(8), atol=1e-12)


@pytest.mark.parametrize("spread", [0.3, 0.7])
def test_a_nearest_example_is_right_as_often_as_the_law_says(spread: float) -> None:
    """Two classes, one example of each: u and v, from the new example to its own and to the other,
    are normal with variances 2 s^2 and 2 + 2 s^2 and covariance s^2 in each of four dimensions. It
    is right where |v|^2 - |u|^2 > 0, that is a chi^2_4 - b chi^2_4, so F(4, 4) > b / a.
    """
    like = Episode(n_ways=2, n_shots=1, n_asked=1, spread=spread)
    drawn = draw(RNG(3), 40_000, like, turn(RNG(1)))
    found = right(by_means(drawn.clear, drawn.name, like), drawn.name, like)[0]
    s2 = spread**2
    covariance = np.array([[2 * s2, s2], [s2, 2 + 2 * s2]])
    low, high = np.sort(np.linalg.eigvals(np.diag([-1.0, 1.0]) @ covariance).real)
    expected = f_distribution.sf(-low / high, 4, 4)
    assert abs(found - expected) < 4 * (expected * (1 - expected) / 40_000) ** 0.5


def test_the_best_possible_is_better_than_means_and_perfect_without_spread() -> None:
    drawn = draw(RNG(0), 3000, LIKE, turn(RNG(1)))
    best = likeliest(drawn, LIKE)
    assert best.mean() > right(by_means(drawn.clear, drawn.name, LIKE), drawn.name, LIKE).mean()
    assert (best > right(by_means(drawn.x, drawn.name, LIKE), drawn.name, LIKE) + 0.1).all()
    exact = Episode(n_ways=3, n_shots=4, spread=0, nuisance=0)
    drawn = draw(RNG(0), 100, exact, turn(RNG(1)))
    assert (likeliest(drawn, exact) == 1).all()


def rows(net: Reader, k: int) -> torch.Tensor:
    """Weights of k nets, biases too, in float64."""
    found = np.stack([flat(net.shapes, net.start(RNG(i))) for i in range(k)])
    return torch.from_numpy(found + RNG(9).normal(0, 0.05, found.shape))


@pytest.mark.parametrize("name", KINDS)
def test_what_is_asked_sees_what_was_given_before_and_nothing_else(name: str) -> None:
    """Its answer is that of an episode which ends there, with it alone: in float64."""
    config = Config(n_ways=3, n_shots=3, n_seeds=2)
    source = shots.Source(config, shots.TESTING)
    x, _ = shots.asked(source.draw(5), source.like)
    net = KINDS[name].net(source.like)
    p = views(net.shapes, rows(net, 2))
    whole = net.forward(p, x.double())
    for rounds, q in ((1, 0), (2, 3), (3, 5)):
        like = Episode(n_ways=3, n_shots=rounds, n_asked=1)
        cut = torch.cat([x[:, :, :3 * rounds]] + [x[:, :, 9 + q: 10 + q]] * rounds, 2)
        alone = KINDS[name].net(like)
        if isinstance(net, Chain):  # as many layers as the longer one
            assert isinstance(alone, Chain)
            alone = Chain(like, blocks=net.blocks, n_layers=len(net.dilations))
        found = alone.forward(p, cut.double())
        assert (found[..., -1] - whole[..., q]).abs().max() < 1e-9


@pytest.mark.parametrize("name", KINDS)
def test_a_net_of_a_stack_is_that_net_alone(name: str) -> None:
    config = Config(n_shots=2, n_seeds=2)
    source = shots.Source(config, shots.TESTING)
    x, y = shots.asked(source.draw(4), source.like)
    net = KINDS[name].net(source.like)
    both = net.forward(views(net.shapes, rows(net, 2)), x.double())
    alone = net.forward(views(net.shapes, rows(net, 2)[1:]), x[1:].double())
    assert (both[1:] - alone).abs().max() < 1e-12
    assert both.shape == y.shape


def test_convolutions_are_torchs_where_nothing_is_asked() -> None:
    """Over what is given, as `torch.nn.Conv1d` with zeros before the first place, in float64."""
    like = Episode(n_ways=2, n_shots=3, n_asked=1)
    net = Chain(like, blocks=("convolution",))
    p = views(net.shapes, rows(net, 1))
    h = torch.from_numpy(RNG(0).standard_normal((1, 4, 9, 32)))
    ours = net.convolved(p, 0, h)[0, :, :6]
    theirs = h[0, :, :6].mT
    for j, dilation in enumerate(net.dilations):
        weight = torch.stack([p[f"0.{j}.earlier"][0], p[f"0.{j}"][0]], -1)
        bias = p[f"0.{j}_bias"][0]
        z = torch.nn.functional.conv1d(
            torch.nn.functional.pad(theirs, (dilation, 0)), weight, bias, dilation=dilation)
        what, gate = z.chunk(2, 1)
        theirs = torch.cat([theirs, what.tanh() * gate.sigmoid()], 1)
    assert (ours - theirs.mT).abs().max() < 1e-9


def test_places_see_what_is_before_them() -> None:
    sees = places(Episode(n_ways=2, n_shots=2, n_asked=1)).sees.int().tolist()
    assert sees == [[1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0],
                    [1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 0, 1]]


def test_each_seed_has_its_own_turn_and_episodes() -> None:
    first, second = (shots.Source(Config(seed=seed, n_seeds=1), shots.TRAINING).draw(2)[0].x
                     for seed in (1, 2))
    assert not np.isclose(first, second).any()
    both = shots.Source(Config(seed=1, n_seeds=2), shots.TRAINING).draw(2)
    np.testing.assert_array_equal(both[1].x, second)
    assert first.shape[-1] == episodes.N_NUMBERS
