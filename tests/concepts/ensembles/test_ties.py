"""Votes of which none is the most: half right, whatever the order of the classes."""

from __future__ import annotations

import numpy as np
import pytest

from core.concepts.ensembles import ties
from core.concepts.ensembles.data import sample
from core.concepts.ensembles.growing import Config, Growth
from core.concepts.ensembles.voting import hard


@pytest.mark.parametrize(("votes", "shares"), [
    ([3, 1], [1, 0]), ([2, 2], [0.5, 0.5]), ([0, 0], [0.5, 0.5]), ([1, 2, 2], [0, 0.5, 0.5]),
    ([-1, -1.5], [1, 0]), ([-1, -1], [0.5, 0.5]), ([0.1 + 0.2, 0.3], [0.5, 0.5]),
])
def test_the_most_share_the_vote(votes: list[float], shares: list[float]) -> None:
    assert ties.shared(np.array(votes)).tolist() == shares


def test_a_tie_is_half_wrong() -> None:
    votes = np.array([[3, 1], [2, 2], [2, 2], [1, 3]])
    assert ties.wrong(votes, np.array([0, 0, 1, 0])).tolist() == [0, 0.5, 0.5, 1]


def test_an_undecided_member_shares_its_vote() -> None:
    sure, undecided = np.array([[0.1, 0.9]]), np.array([[0.5, 0.5]])
    assert hard([sure, undecided]).tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize("method", ["bagging", "forest"])
def test_two_that_disagree_are_as_wrong_as_their_mean(method: str) -> None:
    """Trees without a limit are sure, so a vote of two is right, wrong or a tie: two voters gain
    nothing. They did, or lost, while class 0 won the ties.
    """
    config = Config(n_samples=60, flip=0.2, n_seeds=2)
    growth = Growth(config, method, [sample(config, seed) for seed in config.seeds])
    growth.step(1)
    growth.step(2)
    found = growth.arrays()
    assert found["test_error"] == pytest.approx(found["member_error"], abs=1e-6)
    assert found["gain"] == pytest.approx(0, abs=1e-6)
    bias, net_variance = found["bias"][1], found["net_variance"][1]
    assert bias + net_variance == pytest.approx(found["test_error"].mean(), abs=1e-6)


def test_who_has_no_judge_does_not_count() -> None:
    """After one tree only what it left out is judged, by it alone."""
    config = Config(n_samples=60, flip=0.2, n_seeds=2)
    growth = Growth(config, "forest", [sample(config, seed) for seed in config.seeds])
    growth.step(1)
    unseen = growth.ensemble.used == 0
    said = growth.ensemble.votes[:, :60].argmax(2)
    wrong = [(said[s] != growth.labels[s])[unseen[s]].mean() for s in range(2)]
    assert 0.2 < unseen.mean() < 0.5
    assert growth.arrays()["oob_error"] == pytest.approx(wrong)
