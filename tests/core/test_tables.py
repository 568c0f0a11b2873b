"""A visitor's numbers and images: right ones from a right file, one clear sentence for each other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from core.data import visitors
from core.data.own import LEAST_POINTS
from core.data.own_numbers import OwnNumbers, length_of, numbers
from core.data.reading import Unreadable, read
from core.data.tables import (
    MOST_IMAGE_COLUMNS,
    SIDE,
    images,
    painted_pairs,
    pairs,
    reducing,
    suggested_labels,
    suggested_pair,
)
from tests.core.test_reading import OF_TABLES, file_of, hostile, is_sentence, phrase_of

N = 120


def table(side: int, white: float = 255, n: int = N, **cells: str) -> bytes:
    """Images of noise as a file; a cell by its name, such as `p3="-1"`, is another one in line 3.
    """
    rng = np.random.default_rng(side)
    names = [f"p{i}" for i in range(side * side)]
    rows = []
    for line, pixels in enumerate(rng.integers(0, 256, (n, side * side)), 2):
        told = [cells.get(name, f"{p / 255 * white:g}") if line == 3 else f"{p / 255 * white:g}"
                for name, p in zip(names, pixels, strict=True)]
        rows.append(",".join(["cat" if line % 3 else "dog", *told]))
    return file_of(rows, ",".join(["label", *names]))


def seen(content: bytes) -> object:
    sheet = read(content, MOST_IMAGE_COLUMNS)
    return images(sheet, suggested_labels(sheet))


def paired(known: str, target: str) -> Callable[[bytes], OwnNumbers]:
    return lambda content: pairs(read(content), known, target)


LINE = file_of([f"{i},{i * i / 7},a{i}" for i in range(N)], "hours,marks,who")
WRONG: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "own.no_number": (LINE, paired("hours", "who")),
    "own.no_pair": (LINE, paired("hours", "hours")),
    "own.no_column": (LINE, paired("hours", "mark")),
    "own.text": (LINE, paired("who", "marks")),
    "own.constant": (file_of([f"{i},1" for i in range(N)], "a,b"), paired("a", "b")),
    "own.date": (file_of([f"{i},2024-01-{i % 28 + 1}" for i in range(N)], "a,b"), paired("a", "b")),
    "own.not_square": (file_of(
        [",".join(["1" if i % 2 else "0", *["3"] * 60]) for i in range(N)],
        ",".join(["label", *(f"p{i}" for i in range(60))])), seen),
    "own.side": (table(5), seen),
    "own.columns": (table(33, n=1), seen),
    "own.grey": (table(8, p3="-1"), seen),
    "own.blank": (file_of([f"{i % 2}" + ",7" * 64 for i in range(N)],
                          "label" + "".join(f",p{i}" for i in range(64))), seen),
    "own.one_class": (table(8).replace(b"dog", b"cat"), seen),
    "own.missing": (table(8, p5=""), seen),
}


def test_every_way_to_be_wrong_has_a_file_here() -> None:
    assert WRONG.keys() >= OF_TABLES


@pytest.mark.parametrize("key", sorted(WRONG))
def test_each_way_to_be_wrong_has_its_own_sentence(key: str) -> None:
    content, take = WRONG[key]
    with pytest.raises(Unreadable) as found:
        take(content)
    assert found.value.note.key == key
    assert is_sentence(phrase_of(found.value))


# --- numbers ------------------------------------------------------------------------------


def test_pairs_are_those_of_the_file_and_travel() -> None:
    sheet = read(LINE)
    assert suggested_pair(sheet) == ("hours", "marks")
    found = pairs(sheet, "hours", "marks")
    assert found.x.tolist() == list(range(N))
    assert found.y == pytest.approx([i * i / 7 for i in range(N)])
    came = visitors.read(found.plain())
    assert isinstance(came, OwnNumbers)
    assert came.name == found.name
    assert length_of(found.name) == N
    with visitors.at_hand(came):
        x, y = numbers(found.name).between(-1, 1)
    assert (x.min(), x.max()) == (-1, 1)
    assert (y.mean(), y.std()) == pytest.approx((0, 1), abs=1e-12)
    with pytest.raises(LookupError, match="private"):
        numbers(found.name)


@pytest.mark.parametrize("name", [
    "numbers-99-0123456789abcdef", "numbers-2001-0123456789abcdef", "numbers-100-0123456789ABCDEF",
    "numbers-100-2-2-0123456789abcdef", "numbers-100-0123456789abcdef\n", "", 3, None,
])
def test_only_names_of_numbers_that_may_be_are_names(name: object) -> None:
    assert length_of(name) is None


@pytest.mark.parametrize("plain", [
    {"pairs": 3}, {"pairs": "!"}, {"pairs": "AAAA"}, {"pairs": ""}, {"pairs": "AAAAAA==" * 400},
    {"pairs": "AADAfw" + "AAAA" * 265 + "AA"},
])
def test_what_is_no_pairs_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"numbers|shape|buffer|size|string|pad"):
        visitors.read(plain)


def test_painted_points_are_pairs_once_there_are_enough() -> None:
    points = [[i / 200, 1 - i / 200, 0] for i in range(150)]
    found = painted_pairs(points)
    assert found.x == pytest.approx([i / 200 for i in range(150)])
    assert found.y == pytest.approx([1 - i / 200 for i in range(150)])
    for wrong in (points[: LEAST_POINTS - 1], [[0.5, y, 0] for _, y, _ in points],
                  [[x, 0.5, 0] for x, _, _ in points]):
        with pytest.raises(Unreadable):
            painted_pairs(wrong)


# --- images -------------------------------------------------------------------------------


@pytest.mark.parametrize("white", [1, 16, 255])
def test_an_image_of_the_right_size_stays_as_it_is(white: float) -> None:
    sheet = read(table(SIDE, white), MOST_IMAGE_COLUMNS)
    assert suggested_labels(sheet) == "label"
    found = images(sheet, "label")
    want = np.array([row[1:] for row in sheet.rows], float) / white
    assert found.points.x == pytest.approx(want, abs=1e-5)
    assert found.points.name.startswith(f"own-{N}-64-2-")
    assert found.classes == ("cat", "dog")


@pytest.mark.parametrize("side", [16, 28])
def test_a_larger_one_comes_down_by_means_of_squares(side: int) -> None:
    """Of 16 x 16 by blocks of four; of 28 x 28 the mean grey of an image stays what it was."""
    sheet = read(table(side, n=N), MOST_IMAGE_COLUMNS)
    found = images(sheet, "label").points.x
    whole = np.array([row[1:] for row in sheet.rows], float).reshape(-1, side, side) / 255
    assert found.mean(1) == pytest.approx(whole.mean((1, 2)), abs=1e-5)
    if side == 16:
        blocks = whole.reshape(-1, 8, 2, 8, 2).mean((2, 4))
        assert found == pytest.approx(blocks.reshape(len(found), -1), abs=1e-5)
    assert reducing(side).sum(1) == pytest.approx(np.ones(SIDE))


# --- whatever comes -----------------------------------------------------------------------


@pytest.mark.parametrize("part", range(4))
def test_nothing_in_a_file_is_an_exception(part: int) -> None:
    """Three hundred and twenty files, half of them as images: each is taken, or refused."""
    good, n_refused = (LINE, table(SIDE)), 0
    for seed in range(80 * part, 80 * part + 80):
        content = hostile(seed, good[seed % 2])
        try:
            if seed % 2:
                assert np.isfinite(seen(content).points.x).all()  # type: ignore[attr-defined]
            else:
                sheet = read(content)
                assert length_of(pairs(sheet, *suggested_pair(sheet)).name)
        except Unreadable as error:
            n_refused += is_sentence(phrase_of(error))
    assert n_refused >= 30
