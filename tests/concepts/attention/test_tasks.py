"""What is read, what is to be said and where that stands, against closed forms and `datetime`."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from core.concepts.attention.tasks import DATE_LENGTHS, TASKS, Task


def text(task: Task, numbers: np.ndarray) -> str:
    return "".join(task.symbols[n] for n in numbers if n < task.nothing)


def drawn(name: str, n: int = 200, longest: int = 9) -> list[tuple[str, str, np.ndarray]]:
    """Sources and targets as texts, and where the source of each symbol stands, (T, S)."""
    task, rng = TASKS[name], np.random.default_rng(5)
    pairs = task.draw(rng, task.lengths(rng, n, 3, longest), longest)
    where = task.alignments(pairs)
    assert where.shape == (n, pairs.target.shape[1], pairs.source.shape[1])
    return [(text(task, s), text(task, t), a) for s, t, a in zip(*pairs, where, strict=True)]


@pytest.mark.parametrize(("name", "answer"), [
    ("reverse", lambda s: s[::-1]), ("copy", lambda s: s), ("sort", lambda s: "".join(sorted(s))),
])
def test_digits(name: str, answer: object) -> None:
    """Every length from three to the longest, and the right answer to each."""
    assert callable(answer)
    found = drawn(name)
    assert {len(source) for source, _, _ in found} == set(range(3, 10))
    for source, target, where in found:
        assert target == answer(source)
        assert not where[len(target) :].any()
        for t, symbol in enumerate(target):
            places = np.flatnonzero(where[t])
            assert {source[j] for j in places} == {symbol}
            if name != "sort":
                (place,) = places
                assert place == (len(source) - 1 - t if name == "reverse" else t)
            else:
                assert len(places) == source.count(symbol)


def test_dates_are_those_of_datetime() -> None:
    found = drawn("date", 400)
    assert {len(source) for source, _, _ in found} == set(DATE_LENGTHS)
    for source, target, where in found:
        assert target == datetime.strptime(source, "%d %B %Y").strftime("%Y%m%d")
        seen = ["".join(source[j] for j in np.flatnonzero(row)) for row in where]
        day, month, year = source.split()
        assert "".join(seen[:4]) == year
        assert seen[4:6] == [month, month]
        assert seen[6:] == [day[0], day[-1]]
