"""A visitor's file: right numbers from a right one, and one clear sentence for each wrong one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from core.data.own import LEAST_POINTS, MOST_POINTS, OwnPoints, at_hand, data_set, shape_of
from core.data.reading import (
    MOST_BYTES,
    WORDS,
    Chosen,
    Unreadable,
    chosen,
    painted,
    read,
    suggested,
)
from core.words import phrase

ROWS = [f"{i % 7 + i / 100},{-i}e-1,{'yes' if i % 2 else 'no'}" for i in range(LEAST_POINTS)]


def file_of(rows: list[str], names: str = "a,b,class") -> bytes:
    return "\n".join([names, *rows]).encode()


def with_cell(cell: str, column: int = 0, line: int = 3) -> bytes:
    """The good file with another cell."""
    rows = [row.split(",") for row in ROWS]
    rows[line - 2][column] = cell
    return file_of([",".join(row) for row in rows])


def taken(content: bytes) -> Chosen:
    sheet = read(content)
    return chosen(sheet, sheet.names[-1], sheet.names[:-1])


def phrase_of(error: Unreadable) -> str:
    """What a visitor reads."""
    return phrase(error.note, WORDS)


def refusal(content: bytes) -> str:
    """The sentence for a file; raises for one that is taken."""
    with pytest.raises(Unreadable) as found:
        taken(content)
    sentence = phrase_of(found.value)
    assert "{" not in sentence.replace("{}", ""), "a value of the sentence is missing"
    assert sentence != found.value.note.key, "it has no sentence"
    return found.value.note.key


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        into.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


GOOD = file_of(ROWS)
WRONG: dict[str, bytes] = {
    "own.empty": b"\n \n",
    "own.bytes": GOOD + b"\n" * MOST_BYTES,
    "own.workbook": archive(),
    "own.utf16": GOOD.decode().encode("utf-16"),
    "own.binary": GOOD.replace(b"no", b"n\0", 1),
    "own.encoding": GOOD.replace(b"yes", b"j\xe4", 1),
    "own.markup": b"<html>" + GOOD,
    "own.separator": GOOD.replace(b",", b" "),
    "own.quotes": GOOD + b'\n1,2,"no',
    "own.cell": GOOD + b"\n1,2," + b"n" * 200_000,
    "own.ragged": GOOD + b"\n1,2",
    "own.columns": b"\n".join(b",".join([b"1"] * 201) for _ in range(100)),
    "own.no_rows": b"a,b,class\n",
    "own.few_rows": file_of(ROWS[:40]),
    "own.many_rows": file_of(ROWS[:50] * 120),
    "own.twice": file_of(ROWS, "a,a,class"),
    "own.long_name": file_of(ROWS, "a," + "b" * 61 + ",class"),
    "own.no_features": file_of(ROWS),
    "own.no_column": file_of(ROWS),
    "own.features": b"\n".join(
        b",".join(b"%d" % (i * j % 97) for j in range(80)) + b",%d" % (i % 2)
        for i in range(1, 121)),
    "own.missing": with_cell("NA"),
    "own.formula": with_cell("=1+cmd|'/C calc'!A0"),
    "own.date": with_cell("2024-02-31"),
    "own.infinite": with_cell("-inf"),
    "own.large": with_cell("1e39"),
    "own.comma": with_cell('"1,5"'),
    "own.text": with_cell("tall"),
    "own.constant": file_of([f"1,{i},{i % 2}" for i in range(120)]),
    "own.no_class": with_cell("", 2),
    "own.long_class": with_cell("remark " * 10, 2),
    "own.one_class": file_of([f"{i},{-i},yes" for i in range(120)]),
    "own.many_classes": file_of([f"{i},{-i},{i}" for i in range(120)]),
    "own.rare": with_cell("perhaps", 2),
}


OF_TABLES = {"own.no_number", "own.no_pair", "own.not_square", "own.side", "own.grey", "own.blank"}
"""Those that only numbers to be predicted or images can be: `tests.core.test_tables`."""


def test_every_way_to_be_wrong_has_a_file_here() -> None:
    assert WRONG.keys() | OF_TABLES | {"own.few_points", "own.few_in_cloud"} == WORDS.keys()


@pytest.mark.parametrize("key", sorted(WRONG.keys() - {"own.no_features", "own.no_column"}))
def test_each_way_to_be_wrong_has_its_own_sentence(key: str) -> None:
    content = WRONG[key]
    assert refusal(content) == key


@pytest.mark.parametrize(("columns", "key"), [
    ([], "own.no_features"), (["class"], "own.no_features"), (["c"], "own.no_column")])
def test_columns_are_those_of_the_file(columns: list[str], key: str) -> None:
    with pytest.raises(Unreadable) as found:
        chosen(read(GOOD), "class", columns)
    assert found.value.note.key == key


def test_where_it_is_wrong_is_said() -> None:
    with pytest.raises(Unreadable) as found:
        taken(with_cell("tall", line=17))
    assert phrase(found.value.note, WORDS).startswith("Line 17, column \u201ca\u201d: \u201ctall")


# --- what is right -------------------------------------------------------------------------


def test_numbers_and_classes_are_those_of_the_file() -> None:
    found = taken(GOOD)
    want = np.array([row.split(",")[:2] for row in ROWS], dtype=np.float32)
    assert np.array_equal(found.points.x, want)
    assert found.classes == ("no", "yes")
    assert found.points.y.tolist() == [i % 2 for i in range(LEAST_POINTS)]
    assert found.features == ("a", "b")


@pytest.mark.parametrize("changed", [
    lambda text: text.replace(",", ";"), lambda text: text.replace(",", "\t"),
    lambda text: text.replace(",", " | "), lambda text: "\ufeff" + text,
    lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("\n", "\r"),
    lambda text: text.replace("\n", "\n\n") + "\n ,,\n", lambda text: text.partition("\n")[2],
    lambda text: text.replace("no", '"no"'),
    lambda text: text.replace(",", ";").replace(".", ","),
], ids=["semicolons", "tabs", "bars", "mark", "Windows", "old Mac", "gaps", "no names", "quoted",
        "decimal commas"])
def test_the_same_table_may_be_written_in_many_ways(changed: Callable[[str], str]) -> None:
    assert taken(changed(GOOD.decode()).encode()).points.name == taken(GOOD).points.name


def test_a_target_and_the_columns_of_numbers_are_suggested() -> None:
    rows = [f"{i},p{i},{i * i},{'xyz'[i % 3]},7" for i in range(120)]
    assert suggested(read(file_of(rows, ",who,area,kind,same"))) == ("kind", ("column 1", "area"))


@pytest.mark.parametrize("start", "=+-@")
def test_no_name_is_a_formula(start: str) -> None:
    rows = [row.replace("yes", f"{start}HYPERLINK(1)") for row in ROWS]
    found = taken(file_of(rows, f"{start}a,b,class"))
    assert found.features[0] == f"'{start}a"
    assert not any(name.startswith(("=", "+", "-", "@")) for name in found.classes)


# --- whatever comes -----------------------------------------------------------------------

PIECES = [
    b",", b";", b"\t", b"|", b'"', b"'", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf",
    b"=cmd|' /C calc'!A0", b"@SUM(1)", b"-2+3", b"<script>alert(1)</script>", b"{{7*7}}", b"%s%n",
    b"../../etc/passwd", b"';DROP TABLE runs;--", "\u202e\u2028".encode(), "\U0001f600".encode(),
    b"1e999", b"-0", b"0x1f", b"1_000", "\u0661\u0662".encode(), b"NaN", b"inf", b"2024-01-01",
    b"1/2/3", b"1.2.3", b"9" * 400, b"a" * 70, b"$(reboot)", b"\x1b[2J", b" ", b"",
    b"!!python/object", b"cos\nsystem\n(S'x'\ntR.",
]


def hostile(seed: int, good: bytes = GOOD) -> bytes:
    """A good file that was cut, repeated, overwritten and mixed, or noise alone."""
    rng = np.random.default_rng((seed, 77))
    if seed % 10 == 0:
        return rng.bytes(int(rng.integers(0, 4000)))
    content = bytearray(good)
    for _ in range(rng.integers(1, 5)):
        at, end = sorted(rng.integers(0, len(content) + 1, 2).tolist())
        piece = PIECES[rng.integers(len(PIECES))]
        match rng.integers(6):
            case 0:
                content[at:at] = piece
            case 1:
                content[at : at + len(piece)] = piece
            case 2:
                del content[at:end]
            case 3:
                content[at:at] = content[at:end]
            case 4:
                content = bytearray(content.replace(bytes([content[at - 1]]) if content else b",",
                                                    piece, int(rng.integers(1, 50))))
            case _:
                content[at:at] = piece * int(rng.integers(1, 2000))
    return bytes(content)


HUGE = [
    b"," * MOST_BYTES, b"\n" * MOST_BYTES, b'"' * MOST_BYTES, b"a,b\n" * (MOST_BYTES // 4),
    b"1," * (MOST_BYTES // 2), b'a,b\n"' + b"x" * (MOST_BYTES - 10), b"9" * MOST_BYTES,
    b"a,b\n" + b"1" * 100_000 + b",2\n", b"a,b\n" + b"-" * 100_000 + b",2\n", b"\xff" * MOST_BYTES,
    b"x" * (2 * MOST_BYTES), b" " * MOST_BYTES, b"a,b\n" + b" " * 10**6 + b",1",
    b"\n".join([b"a,b"] + [b"1.1.1.1.1.1,1"] * 4999),
    b"\n".join([b"a,b"] + [b"1" * 59 + b"!,1"] * 4999), b"a;b,c\n" * 5000,
]


@pytest.mark.parametrize("part", range(8))
def test_nothing_in_a_file_is_an_exception_or_a_hang(part: int) -> None:
    """Four hundred files: each is taken as numbers, or refused in a sentence of its own."""
    n_refused = 0
    for seed in range(50 * part, 50 * part + 50):
        n_refused += is_refused(hostile(seed))
    assert n_refused >= 20


def test_nothing_large_is_a_hang() -> None:
    """Each of what would be slow if anything in the reading grew faster than the file."""
    assert all(map(is_refused, HUGE))


def is_refused(content: bytes) -> bool:
    try:
        sheet = read(content)
        target, columns = suggested(sheet)
        points = chosen(sheet, target, columns).points
    except Unreadable as error:
        return is_sentence(phrase(error.note, WORDS))
    assert np.isfinite(points.x).all()
    assert shape_of(points.name)
    return False


def is_sentence(text: str) -> bool:
    assert text not in WORDS
    assert text.isprintable(), repr(text)
    assert len(text) < 400
    return True


def test_painted_points_are_taken_once_there_are_enough() -> None:
    points = [[i / 200, 1 - i / 200, i % 2] for i in range(200)]
    found = painted(points)
    assert np.array_equal(found.x, np.array(points, dtype=np.float32)[:, :2])
    assert found.y.tolist() == [0, 1] * 100
    for few in (points[: LEAST_POINTS - 1], points[::2], []):
        with pytest.raises(Unreadable) as refused:
            painted(few)
        assert refused.value.note.key == "own.few_points"


@pytest.mark.parametrize("points", [
    None, 3, "points", {"x": 1}, [[1, 2]], [[0.5, 0.5, 2]] * 200, [[0.5, 1.5, 1]] * 200,
    [[0.5, float("nan"), 1]] * 200, [["a", "b", "c"]] * 200, [[[1], [2], [3, 4]]],
], ids=repr)
def test_what_no_canvas_says_is_refused(points: object) -> None:
    with pytest.raises(ValueError, match=r"painted|reshape|convert|inhomogeneous"):
        painted(points)


# --- on their way to a run ------------------------------------------------------------------


def test_points_travel_and_are_found_by_their_name() -> None:
    points = taken(GOOD).points
    came = OwnPoints.read(points.plain())
    assert came.name == points.name
    found = data_set(points.name)
    assert (found.n_features, found.n_classes, found.n_most) == (2, 2, LEAST_POINTS)
    with at_hand(came):
        x, y = found.everything()
    assert np.array_equal(x, points.x)
    assert np.array_equal(y, points.y)
    with pytest.raises(LookupError, match="private"):
        found.everything()


def test_points_under_another_name_are_not_found() -> None:
    points = taken(GOOD).points
    other = OwnPoints(points.x + 1, points.y)
    assert other.name != points.name
    with at_hand(other), pytest.raises(LookupError, match="private"):
        data_set(points.name).everything()


@pytest.mark.parametrize("name", [
    "own-100-2-2-0123456789abcde", "own-99-2-2-0123456789abcdef", "own-100-0-2-0123456789abcdef",
    "own-100-65-2-0123456789abcdef", "own-100-2-1-0123456789abcdef",
    "own-100-2-11-0123456789abcdef", f"own-{MOST_POINTS + 1}-2-2-0123456789abcdef",
    "own-100-2-2-0123456789ABCDEF", "own", "", 3, None, "own-100-2-2-0123456789abcdef\n",
])
def test_only_names_of_points_that_may_be_are_names(name: object) -> None:
    assert shape_of(name) is None


@pytest.mark.parametrize("plain", [
    {}, {"x": "", "y": "", "n_features": 1}, {"x": "!", "y": "!", "n_features": 2},
    {"x": 3, "y": [], "n_features": "two"}, {"x": "AAA=", "y": "AA==", "n_features": 0},
    {"x": "AAAAfw==" * 90, "y": "AAE=" * 45, "n_features": 1},
    {"x": "AADAfw" + "AAAA" * 105 + "==", "y": "AAEB" * 30, "n_features": 1},
])
def test_what_is_no_points_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"point|shape|buffer|size|classes|string"):
        OwnPoints.read(plain)


def test_a_painted_cloud_needs_no_classes() -> None:
    """Each second point is given another one, since own points have classes."""
    points = [[i / 200, 0.5, 0] for i in range(150)]
    with pytest.raises(Unreadable):
        painted(points)
    own = painted(points, one_cloud=True)
    assert own.x[:, 0] == pytest.approx([i / 200 for i in range(150)])
    assert own.y.tolist() == [0, 1] * 75
    with pytest.raises(Unreadable) as refused:
        painted(points[:99], one_cloud=True)
    assert phrase(refused.value.note, WORDS) == "99 points so far; at least 100 are needed."
