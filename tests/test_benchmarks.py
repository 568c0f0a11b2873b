"""The benchmarks' machinery and that both sides compute the same; never a time."""

from __future__ import annotations

import json

import pytest

from benchmarks import (
    bias_variance,
    digits,
    dqn,
    ensembles,
    regularization,
    stacked_training,
    surfaces,
    traced,
)
from benchmarks.__main__ import PROMISES, main
from benchmarks.promise import Measured, Promise, interleaved, medians, speedups

KEPT = Promise("kept", "One and two", 2, lambda: Measured((1, 2, 3, 4, 9), "a note"))
BROKEN = Promise("broken", "Two and one", 2, lambda: Measured((1, 2, 3, 4, 9)), "at most")


def test_promises_are_found_once():
    """Of every module that measures something; those that others use make none."""
    names = [promise.name for promise in PROMISES]
    assert len(names) == len(set(names)) > 25
    assert {"stacked_training", "slider", "cold_start", "first_episode"} <= set(names)


def test_text_and_status_of_a_kept_promise(capsys):
    assert main([], [KEPT]) == 0
    out = capsys.readouterr().out
    assert out.startswith("kept: 3 (at least 2): holds\n    One and two\n")
    assert "median of 5 pairs, 1 to 9; a note" in out


def test_status_is_1_when_one_does_not_hold(capsys):
    assert main([], [KEPT, BROKEN]) == 1
    assert "broken: 3 (at most 2): DOES NOT HOLD" in capsys.readouterr().out


def test_only_the_named_promises_run(capsys):
    assert main(["kept"], [KEPT, BROKEN]) == 0
    assert "broken" not in capsys.readouterr().out


def test_json_is_a_list_of_objects(capsys):
    assert main(["--json"], [KEPT, BROKEN]) == 1
    kept, broken = json.loads(capsys.readouterr().out)
    assert kept == {
        "name": "kept", "compares": "One and two", "ratio": 3, "side": "at least", "bound": 2,
        "holds": True, "pairs": 5, "lowest": 1, "highest": 9, "note": "a note",
    }
    assert broken["holds"] is False


def test_unknown_name_lists_the_known_ones(capsys):
    assert main(["kept", "nobody"], [KEPT, BROKEN]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "there is no promise 'nobody'; known: kept, broken\n"


def test_four_pairs_are_too_few():
    with pytest.raises(ValueError, match="4 pairs are too few"):
        Measured((1, 2, 3, 4))


def test_pairs_are_measured_by_turns():
    order = []
    pairs = interleaved(lambda: order.append("a") or 2.0, lambda: order.append("b") or 6.0, 3)
    assert "".join(order) == "abbaab"
    assert pairs == [(2.0, 6.0)] * 3
    assert medians(pairs) == (2.0, 6.0)
    assert speedups(pairs) == (3.0,) * 3


def test_traced_training_equals_eager_torch():
    assert traced.difference(n_seeds=2, batch_size=32, n_steps=10) < stacked_training.TOLERANCE / 10


@pytest.mark.parametrize("batch_size", [32, 256])
def test_stacked_training_equals_eager_torch(batch_size: int):
    found = stacked_training.difference(n_seeds=2, batch_size=batch_size, n_steps=10)
    assert found < stacked_training.TOLERANCE / 10


@pytest.mark.parametrize("together", [1, 2])
def test_surfaces_equal_torch_optim(together: int):
    assert surfaces.difference(n_starts=2, n_steps=30, together=together) < surfaces.TOLERANCE


def test_a_difference_is_seen():
    both = surfaces.Both(1)
    both.ours()
    assert both.difference() > surfaces.TOLERANCE
    nets = stacked_training.Both(1, 8)
    nets.ours()
    assert nets.difference() > stacked_training.TOLERANCE


def test_digits_counts_operations_and_trains():
    assert digits.operations(digits.NET, 64) == 6 * 64 * (64 * 64 + 64 * 10)
    task = digits.Digits(range(1), n_steps=2)
    assert min(task.rate(), task.rate_with_drawing()) > 0


def test_the_remedies_nets_learn_while_they_are_timed():
    task = regularization.FullBatch(range(2))
    asked = task.data.train_x, task.data.train_y
    before, _ = task.race.losses(*asked)
    assert task.rate(20) > 0
    after, _ = task.race.losses(*asked)
    assert (after < 0.8 * before).all()
    assert len(regularization.ALL.remedies) == 11


@pytest.mark.parametrize(
    ("family", "peer", "tolerance"),
    [("polynomial", bias_variance.polyfit, 1e-2),
     ("nearest_neighbors", bias_variance.neighbors, 1e-9),
     ("decision_tree", bias_variance.tree, 1e-9)],
)
def test_families_and_their_peers_predict_the_same(family, peer, tolerance):
    both = bias_variance.Both(family, peer, 3)
    assert abs(both.ours()[:3] - both.theirs()).max() < tolerance


def test_ensembles_equal_refitted_and_staged_ones():
    data, points = ensembles.moons(2), ensembles.grid(20)
    forest = ensembles.grown(ensembles.Forest, data, points, 4)
    assert (forest == ensembles.refitted(data, points, 4)).all()
    assert (forest != ensembles.staged(data, points, 4)).any()
    boosted = ensembles.grown(ensembles.AdaBoost, data, points, 10)
    assert (boosted == ensembles.staged(data, points, 10)).all()


def test_the_published_agent_learns_and_is_looked_at_alike():
    """Its memory holds what happened, it starts to learn after 10,000 steps, and its copy is
    made every 500; both sides are evaluated from the same starts.
    """
    agent = dqn.Agent(0, dqn.CLEANRL)
    before = [p.detach().clone() for p in agent.net.parameters()]
    for _ in range(10_000):
        agent.step()
    assert all((a == b).all() for a, b in zip(before, agent.net.parameters(), strict=True))
    gone = agent.memory["after"][:-1][agent.memory["terminated"][1:] == 0]
    assert len(gone) > 9000
    assert agent.memory["action"].mean() == pytest.approx(0.5, abs=0.03)
    for _ in range(1000):
        agent.step()
    moved = [float((a - b).abs().max().detach())
             for a, b in zip(before, agent.net.parameters(), strict=True)]
    assert min(moved) > 1e-4
    same = zip(agent.net.parameters(), agent.target.parameters(), strict=True)
    assert all((a == b).all() for a, b in same)
    assert 5 < dqn.greedy_return(agent, 0) < 500
