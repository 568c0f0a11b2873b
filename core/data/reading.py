"""A visitor's CSV file, read strictly: a table of text, then points with classes, or what is wrong.

    sheet = read(content)                        # names and rows, as text
    found = chosen(sheet, "species", columns)    # points, and what the columns are called

Other tables are in `core.data.tables`: numbers to be predicted, and small images. All raise
`Unreadable` with one note that says what is wrong and where; `WORDS` has its sentence.
Nothing in a file is executed: a cell is a number, a name of a class, or a mistake. Names that a
spreadsheet would take for a formula get an apostrophe in front, here, at the door.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data.own import (
    LARGEST,
    LEAST_POINTS,
    MOST_CLASSES,
    MOST_FEATURES,
    MOST_POINTS,
    OwnPoints,
)
from core.words import Note

MOST_BYTES = 2**21
MOST_COLUMNS = 200
"""Of a file; fewer may be learned from."""
LEAST_OF_CLASS, LEAST_SHARE = 10, 0.04
"""So many rows each class needs, and such a share: the smallest training sets must have some."""
MOST_LETTERS = 60
"""Of a name."""
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

WORDS = {
    "own.few_in_cloud": "{n} points so far; at least {least} are needed.",
    "own.few_points": "{n} points so far; at least {least} are needed, and of each class "
                      "{least_of_class}.",
    "own.empty": "The file is empty.",
    "own.bytes": "The file has {mb} MB; at most {most} MB are taken. Keep fewer rows or columns.",
    "own.workbook": "This is a workbook or an archive, not a CSV file. In the spreadsheet choose "
                    "\u201cSave as\u201d and there \u201cCSV UTF-8\u201d.",
    "own.utf16": "The file is encoded as UTF-16. Save it as UTF-8.",
    "own.binary": "The file has bytes that no text has, the first at byte {byte}. Is it a CSV "
                  "file?",
    "own.encoding": "The file is not encoded as UTF-8: byte {byte} ({value}) is none of it. Save "
                    "it as \u201cCSV UTF-8\u201d.",
    "own.markup": "This is a document, not a CSV file: it begins with {value}.",
    "own.separator": "The first line has a single column, {value}. Columns are separated by "
                     "commas, semicolons, tabs or bars.",
    "own.quotes": "Line {line} cannot be read: a quotation mark is never closed, or stands inside "
                  "a cell without being doubled.",
    "own.cell": "Line {line} has a cell of more than {most} characters.",
    "own.ragged": "Line {line} has {n} columns, and the first line has {wanted}.",
    "own.columns": "The file has {n} columns; at most {most} are taken.",
    "own.no_rows": "The file has names of columns, and no rows.",
    "own.few_rows": "The file has {n} rows; at least {least} are needed, to learn from some and "
                    "to test on the others.",
    "own.many_rows": "The file has more than {most} rows. Keep a part of them, drawn at random.",
    "own.twice": "Two columns are called {value}. Give each its own name.",
    "own.long_name": "The name of column {n} has more than {most} characters.",
    "own.no_column": "There is no column {value}.",
    "own.no_features": "No column is left to learn from. Choose at least one beside the target.",
    "own.features": "{n} columns are chosen to learn from; at most {most} are taken.",
    "own.missing": "Line {line}, column {column}: the value is missing ({n} lines have such a "
                   "gap). Fill it in, or leave the lines or the column out.",
    "own.no_number": "Line {line}, column {column}: {value} is text, and the target has to be a "
                     "number. Choose another column.",
    "own.no_pair": "{value} is chosen twice. Choose two different columns: one that is known, one "
                   "that is to be predicted.",
    "own.not_square": "Beside the labels the file has {n} columns, and {n} is no square: an image "
                      "of {side} × {side} pixels has {wanted}.",
    "own.side": "The images have {side} × {side} pixels; from {least} × {least} to {most} "
                "× {most} are taken.",
    "own.grey": "Line {line}, column {column}: {value} is no grey. Pixels are numbers from 0 to 1, "
                "to 16, or to 255.",
    "own.blank": "All pixels of all images are the same: there is nothing to see.",
    "own.formula": "Line {line}, column {column}: {value} is a formula. Formulas are never "
                   "computed: save the values.",
    "own.date": "Line {line}, column {column}: {value} is a date, and a date is no number. Turn "
                "it into one (days since the first, a month), or leave the column out.",
    "own.infinite": "Line {line}, column {column}: {value} is not finite.",
    "own.large": "Line {line}, column {column}: {value} is too large; numbers up to {most} are "
                 "taken. Choose another unit.",
    "own.comma": "Line {line}, column {column}: {value} has a comma. Write 1234.5: a point, and "
                 "nothing between thousands.",
    "own.text": "Line {line}, column {column}: {value} is text, and a number is needed. Leave the "
                "column out, or make it the target.",
    "own.constant": "Column {column} has the same value in every row: nothing can be learned from "
                    "it. Leave it out.",
    "own.no_class": "Line {line}: the target {column} is missing ({n} lines have such a gap).",
    "own.long_class": "Line {line}: the target {column} has a class with more than {most} "
                      "characters. Is it a column of remarks?",
    "own.one_class": "The target {column} is {value} in every row. There is nothing to tell apart: "
                     "choose a column with two classes or more.",
    "own.many_classes": "The target {column} has {n} different values; at most {most} classes are "
                        "taken. A number to be predicted is no class: choose another column, or "
                        "cut it into a few ranges.",
    "own.rare": "Of the target {column} only {n} rows are {value}; each class needs at least "
                "{least}. Leave these rows out, or join the class to another.",
}
"""What may be wrong with a file, in English."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_COMMAS = re.compile(r"[+-]?\d{1,3}([.,' ]\d{3})*,?\d*", re.ASCII)
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ]\d{1,2}:\d{2}.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.{0,16}"
    r"|\d{1,2}:\d{2}(:\d{2})?( ?[ap]m)?|\d{1,2}[. -]*[a-z]{3,9}[. -]+\d{2,4}", re.ASCII | re.I)
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.I)
_MISSING = frozenset({"", "?", "-", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing"})
_FORMULA = ("=", "+", "-", "@")
_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")


class Unreadable(ValueError):  # noqa: N818
    """What is wrong with a file.

    Attributes:
        note: Key and values; `WORDS` has the sentence.
    """

    def __init__(self, key: str, **values: Any) -> None:
        self.note = Note(f"own.{key}", values)
        super().__init__(key)


@dataclass(frozen=True)
class Sheet:
    """A file as a table of text.

    Attributes:
        names: Of the columns, each another one.
        rows: Cells, as many as names in each.
        lines: Of each row the line of the file in which it ends.
        separator: What stands between two cells.
        named: Whether the file has names of columns in its first line.
    """

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    separator: str
    named: bool


@dataclass(frozen=True)
class Chosen:
    """Points out of a table, and what people call their features and classes."""

    points: OwnPoints
    features: tuple[str, ...]
    classes: tuple[str, ...]


# --- from bytes to a table ---------------------------------------------------------------


def read(content: bytes, most: int = MOST_COLUMNS) -> Sheet:
    """The table in a file of so many columns; raises `Unreadable`."""
    text = _text(content)
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    records, lines = _records(text, separator)
    names = records[0]
    if len(names) < 2:
        raise Unreadable("separator", value=shown(first))
    if len(names) > most:
        raise Unreadable("columns", n=len(names), most=most)
    for record, line in zip(records, lines, strict=True):
        if len(record) != len(names):
            raise Unreadable("ragged", line=line, n=len(record), wanted=len(names))
    # names of columns are words; some may be numbers, such as years
    named = 2 * sum(bool(NUMBER.fullmatch(cell)) for cell in names) < len(names)
    rows, lines = (records[1:], lines[1:]) if named else (records, lines)
    _check_length(len(rows))
    return Sheet(_names(names if named else [""] * len(names)), rows, lines, separator, named)


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Unreadable("bytes", mb=f"{len(content) / 2**20:.1f}", most=MOST_BYTES // 2**20)
    if content.startswith(_BEGINNINGS):
        raise Unreadable("workbook")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("utf16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("encoding", byte=error.start + 1,
                         value=f"0x{content[error.start]:02x}") from None
    if odd := re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
        raise Unreadable("binary", byte=len(text[: odd.start()].encode()) + 1)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not text.strip():
        raise Unreadable("empty")
    if text.lstrip()[0] in "<{":
        raise Unreadable("markup", value=shown(text.lstrip()[:10]))
    return text


def _records(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """Rows of cells, without those that are empty, and the lines in which they end."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True,
                        skipinitialspace=True)
    records, lines = [], []
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append([cell.strip() for cell in record])
                lines.append(reader.line_num)
            if len(records) > MOST_POINTS + 1:
                raise Unreadable("many_rows", most=MOST_POINTS)
    except csv.Error as error:
        if "limit" in str(error):
            raise Unreadable("cell", line=reader.line_num, most=csv.field_size_limit()) from None
        raise Unreadable("quotes", line=reader.line_num) from None
    if not records:
        raise Unreadable("empty")
    return records, lines


def _check_length(n: int) -> None:
    if n == 0:
        raise Unreadable("no_rows")
    if n < LEAST_POINTS:
        raise Unreadable("few_rows", n=n, least=LEAST_POINTS)
    if n > MOST_POINTS:
        raise Unreadable("many_rows", most=MOST_POINTS)


def _names(given: Sequence[str]) -> tuple[str, ...]:
    """Names of columns; one without a name is called after its place."""
    for i, name in enumerate(given, 1):
        if len(name) > MOST_LETTERS:
            raise Unreadable("long_name", n=i, most=MOST_LETTERS)
    names = [harmless(name) or f"column {i}" for i, name in enumerate(given, 1)]
    name, n = Counter(names).most_common(1)[0]
    if n > 1:
        raise Unreadable("twice", value=shown(name))
    return tuple(names)


def harmless(name: str) -> str:
    """A name on one line that no spreadsheet takes for a formula."""
    name = _on_a_line(name)
    return f"'{name}" if name.startswith(_FORMULA) else name


def _on_a_line(text: str) -> str:
    """Without what cannot be seen, such as a mark that turns the direction of reading."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable()).strip()


def shown(text: str) -> str:
    """A piece of a file in a sentence: short, on one line, in quotation marks."""
    text = _on_a_line(text)
    return f"\u201c{text if len(text) <= 40 else text[:39] + '…'}\u201d"


# --- from a table to points --------------------------------------------------------------


def suggested(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """A target, the last column that could be one, and the columns of numbers beside it."""
    columns = dict(zip(sheet.names, map(list, zip(*sheet.rows, strict=True)), strict=True))
    may = [name for name, cells in columns.items() if 2 <= len(set(cells)) <= MOST_CLASSES]
    target = may[-1] if may else sheet.names[-1]
    numbers = [name for name, cells in columns.items()
               if name != target and any(map(NUMBER.fullmatch, cells)) and len(set(cells)) > 1]
    return target, tuple(numbers[:MOST_FEATURES])


def chosen(sheet: Sheet, target: str, columns: Sequence[str]) -> Chosen:
    """The points of a table.

    Args:
        sheet: The table.
        target: The name of the column that has the classes.
        columns: Those that have the features.

    Raises:
        Unreadable: Something in these columns is no number, or no class.
    """
    for name in (target, *columns):
        if name not in sheet.names:
            raise Unreadable("no_column", value=shown(name))
    columns = [name for name in sheet.names if name in columns and name != target]
    if not columns:
        raise Unreadable("no_features")
    if len(columns) > MOST_FEATURES:
        raise Unreadable("features", n=len(columns), most=MOST_FEATURES)
    y, classes = classes_in(sheet, target)
    x = np.array([numbers_in(sheet, name) for name in columns], dtype=np.float32).T
    return Chosen(OwnPoints(np.ascontiguousarray(x), y), tuple(columns), classes)


def painted(points: object, *, one_cloud: bool = False) -> OwnPoints:
    """Points of two classes in the plane, as a browser tells them: x and y from 0 to 1, and a
    class, for each.

    Args:
        points: What the browser told.
        one_cloud: Whether classes play no part: every second point is given another one.

    Raises:
        Unreadable: There are too few of them.
        ValueError: They are something else.
    """
    try:
        table = np.array(points, dtype=np.float64).reshape(-1, 3)
    except TypeError as error:
        raise ValueError("these are no painted points") from error
    x, y = table[:, :2].astype(np.float32), table[:, 2]
    if not ((x >= 0) & (x <= 1)).all() or not np.isin(y, (0, 1)).all():
        raise ValueError("painted points lie from 0 to 1, and their classes are 0 and 1")
    if one_cloud:
        y = np.resize([0.0, 1.0], len(y))
        if len(y) < LEAST_POINTS:
            raise Unreadable("few_in_cloud", n=len(y), least=LEAST_POINTS)
    least = max(LEAST_OF_CLASS, math.ceil(LEAST_SHARE * len(y)))
    if len(y) < LEAST_POINTS or min((y == 0).sum(), (y == 1).sum()) < least:
        raise Unreadable("few_points", n=len(y), least=LEAST_POINTS, least_of_class=least)
    return OwnPoints(np.ascontiguousarray(x[:MOST_POINTS]), y[:MOST_POINTS].astype(np.uint8))


def cells_in(sheet: Sheet, name: str) -> Iterator[tuple[int, str]]:
    """The lines and cells of a column."""
    place = sheet.names.index(name)
    return ((line, row[place]) for line, row in zip(sheet.lines, sheet.rows, strict=True))


def numbers_in(sheet: Sheet, name: str, *, may_be_constant: bool = False) -> list[float]:
    """A column as numbers; raises `Unreadable`."""
    found = []
    for line, cell in cells_in(sheet, name):
        if sheet.separator != ",":  # where a comma separates nothing it may be a decimal one
            cell = re.sub(r"^([+-]?\d+),(\d+)$", r"\1.\2", cell)
        if len(cell) > MOST_LETTERS or not NUMBER.fullmatch(cell):
            raise _no_number(sheet, name, line, cell)
        if not abs(number := float(cell)) <= LARGEST:
            raise Unreadable("large", line=line, column=shown(name), value=shown(cell),
                             most=f"{LARGEST:g}")
        found.append(number)
    if not may_be_constant and np.ptp(np.array(found, dtype=np.float32)) == 0:
        raise Unreadable("constant", column=shown(name))
    return found


def _no_number(sheet: Sheet, name: str, line: int, cell: str) -> Unreadable:
    """What a cell is instead of a number."""
    about = {"line": line, "column": shown(name), "value": shown(cell)}
    if cell.lower() in _MISSING:
        n = sum(other.lower() in _MISSING for _, other in cells_in(sheet, name))
        return Unreadable("missing", line=line, column=shown(name), n=n)
    if _INFINITE.fullmatch(cell):
        return Unreadable("infinite", **about)
    if len(cell) > MOST_LETTERS:
        return Unreadable("formula" if cell.startswith("=") else "text", **about)
    if _DATE.fullmatch(cell):
        return Unreadable("date", **about)
    if _COMMAS.fullmatch(cell):
        return Unreadable("comma", **about)
    return Unreadable("formula" if cell.startswith(_FORMULA) else "text", **about)


def classes_in(sheet: Sheet, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The number of each row's class, (n,), and the classes' names in their order; raises
    `Unreadable`.
    """
    cells = []
    for line, cell in cells_in(sheet, name):
        if cell.lower() in _MISSING:
            n = sum(other.lower() in _MISSING for _, other in cells_in(sheet, name))
            raise Unreadable("no_class", line=line, column=shown(name), n=n)
        if len(cell) > MOST_LETTERS:
            raise Unreadable("long_class", line=line, column=shown(name), most=MOST_LETTERS)
        cells.append(cell)
    counts = Counter(cells)
    if len(counts) == 1:
        raise Unreadable("one_class", column=shown(name), value=shown(cells[0]))
    if len(counts) > MOST_CLASSES:
        raise Unreadable("many_classes", column=shown(name), n=len(counts), most=MOST_CLASSES)
    rarest, n = counts.most_common()[-1]
    least = max(LEAST_OF_CLASS, math.ceil(LEAST_SHARE * len(cells)))
    if n < least:
        raise Unreadable("rare", column=shown(name), value=shown(rarest), n=n, least=least)
    known = sorted(counts, key=_order)
    numbers = {cell: i for i, cell in enumerate(known)}
    return (np.array([numbers[cell] for cell in cells], dtype=np.uint8),
            tuple(map(harmless, known)))


def _order(cell: str) -> tuple[float, str]:
    """Numbers by their size, then text by the alphabet."""
    return (float(cell) if NUMBER.fullmatch(cell) else np.inf), cell
