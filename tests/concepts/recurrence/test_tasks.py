"""What is asked, and what a guess gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.recurrence.tasks import CLOSE, TASKS, adding, copy, order, sequences


def test_the_first_symbol_is_the_answer() -> None:
    x, y, at = copy(np.random.default_rng(0), 50, 9)
    np.testing.assert_array_equal(x[0, :, :4], y.T)
    assert not x[1:, :, :4].any()
    assert (x.sum(-1) == 1).all()
    assert not at.any()


def test_two_events_give_their_answer_in_order() -> None:
    x, y, at = order(np.random.default_rng(0), 200, 20)
    assert set(at[:, 0]) == {2, 3, 4}
    assert set(at[:, 1]) == {10, 11, 12}
    events = x[..., 4:]
    assert (events.sum((0, 2)) == 2).all()
    n = np.arange(200)
    kinds = [events[at[:, i], n].argmax(-1) for i in (0, 1)]
    np.testing.assert_array_equal(y.argmax(0), 2 * kinds[0] + kinds[1])
    assert set(y.argmax(0)) == {0, 1, 2, 3}


def test_the_two_marked_numbers_are_added() -> None:
    x, y, at = adding(np.random.default_rng(0), 200, 11)
    assert (x[..., 1].sum(0) == 2).all()
    assert (at[:, 0] < 5).all()
    assert (at[:, 1] >= 5).all()
    n = np.arange(200)
    np.testing.assert_allclose(y[0], x[at[:, 0], n, 0] + x[at[:, 1], n, 0], rtol=1e-6)


@pytest.mark.parametrize("name", TASKS)
def test_a_guess_is_as_good_as_is_said(name: str) -> None:
    """Of the best constant answer: equal logits, or the mean of the sums."""
    task = TASKS[name]
    _, y = next(sequences(task, range(1), 7, 40_000, 12))
    z = torch.full_like(y, 1.0)
    assert float(task.right(z, y)) == pytest.approx(task.guess, abs=0.01)
    loss = task.loss_scale * float(task.loss.value(z, y))
    assert loss == pytest.approx(task.guess_loss, rel=0.02)


def test_a_sum_may_be_a_little_off() -> None:
    y = torch.tensor([[[1.0, 1.0, 1.0]]])
    z = y + torch.tensor([0.9 * CLOSE, -0.9 * CLOSE, 1.1 * CLOSE])
    assert float(TASKS["adding"].right(z, y)) == pytest.approx(2 / 3)


def test_seeds_lengths_and_purposes_draw_their_own() -> None:
    task = TASKS["adding"]
    one = next(sequences(task, range(4, 6), 1, 3, 8))[0]
    alone = next(sequences(task, range(5, 6), 1, 3, 8))[0]
    assert torch.equal(one[1], alone[0])
    assert not torch.equal(one[0], one[1])
    assert not torch.equal(next(sequences(task, range(5, 6), 2, 3, 8))[0], alone)
