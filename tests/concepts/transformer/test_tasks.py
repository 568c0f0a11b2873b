"""What is asked of sequences, against what their names promise."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.concepts.transformer.tasks import NOTHING, TASKS

N = 200


def drawn(task: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y, source = TASKS[task].draw(np.random.default_rng(0), N)
    assert x.shape == y.shape == (N, TASKS[task].length)
    assert source.shape == (*x.shape, TASKS[task].length)
    assert set(np.unique(x)) == set(range(len(TASKS[task].symbols)))
    return x, y, source


def test_digits_are_reversed_sorted_counted_and_shifted() -> None:
    for row, y in zip(*drawn("reverse")[:2], strict=True):
        assert list(y) == list(reversed(row))
    for row, y in zip(*drawn("sort")[:2], strict=True):
        assert list(y) == sorted(row)
    for row, y in zip(*drawn("count")[:2], strict=True):
        times = Counter(row)
        assert list(y + 1) == [times[symbol] for symbol in row]
    for row, y in zip(*drawn("previous")[:2], strict=True):
        assert list(y) == [NOTHING, *row[:-1]]


@pytest.mark.parametrize("task", ["reverse", "sort", "previous", "repeats", "one_period"])
def test_the_answer_stands_where_it_is_said_to_stand(task: str) -> None:
    x, y, source = drawn(task)
    for row, answers, places in zip(x, y, source, strict=True):
        for answer, there in zip(answers, places, strict=True):
            assert set(row[there]) <= {answer}
    counted = source[:, TASKS[task].counted_from + (task == "previous"):]
    assert counted.any(-1).all()


def test_blocks_are_repeated_with_periods_of_their_own() -> None:
    """Every one from 6 to 12, or 12 alone; a causal net can know all that is counted."""
    for task, periods in (("repeats", set(range(6, 13))), ("one_period", {12})):
        x, y, source = drawn(task)
        text = np.concatenate([x, y[:, -1:]], 1)
        found = {min(n for n in range(1, 13) if (row[n:] == row[:-n]).all()) for row in text}
        assert found <= periods | {1, 2, 3, 4, 5}
        assert periods <= found
        assert not np.triu(source[0], 1).any()


def test_guesses_are_what_a_guess_gets() -> None:
    for task in ("reverse", "previous", "repeats"):
        _, y, _ = drawn(task)
        asked = y[y != NOTHING]
        guess = TASKS[task].guess
        assert guess is not None
        assert abs((asked == 3).mean() - guess) < 0.03
