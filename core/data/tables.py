"""Tables of a visitor that are no points with classes: numbers to be predicted, and small images.

Both are read as in `core.data.reading`, and raise its `Unreadable`.
"""

from __future__ import annotations

import math

import numpy as np

from core.data.own import MOST_CLASSES, OwnPoints
from core.data.own_numbers import OwnNumbers
from core.data.reading import (
    NUMBER,
    Chosen,
    Sheet,
    Unreadable,
    cells_in,
    classes_in,
    numbers_in,
    painted,
    shown,
)

SIDE, MOST_SIDE = 8, 32
"""Pixels of a side: what images come down to, and what they may have at most."""
MOST_IMAGE_COLUMNS = MOST_SIDE**2 + 1
WHITES = (1.0, 16.0, 255.0)
"""Where the scale of greys may end; it begins at 0."""
LABELS = frozenset({"label", "labels", "class", "target", "digit", "y"})
"""How a column of labels is called, in small letters."""


# --- numbers ------------------------------------------------------------------------------


def suggested_pair(sheet: Sheet) -> tuple[str, str]:
    """A column that is known and one that is to be predicted: the first and last of numbers."""
    columns = zip(sheet.names, zip(*sheet.rows, strict=True), strict=True)
    may = [name for name, cells in columns
           if any(map(NUMBER.fullmatch, cells)) and len(set(cells)) > 1]
    first, *rest = may if len(may) > 1 else sheet.names
    return first, rest[-1]


def pairs(sheet: Sheet, known: str, target: str) -> OwnNumbers:
    """Two columns of a table; raises `Unreadable`."""
    for name in (known, target):
        if name not in sheet.names:
            raise Unreadable("no_column", value=shown(name))
    if known == target:
        raise Unreadable("no_pair", value=shown(known))
    x = numbers_in(sheet, known)
    try:
        y = numbers_in(sheet, target)
    except Unreadable as error:
        if error.note.key == "own.text":  # it cannot be made the target: it is
            raise Unreadable("no_number", **error.note.values) from None
        raise
    return OwnNumbers(np.array(x, np.float32), np.array(y, np.float32))


def painted_pairs(points: object) -> OwnNumbers:
    """What was painted: how high it is, from how far right; raises as `painted` does."""
    x, y = painted(points, one_cloud=True).x.T
    if np.ptp(x) == 0 or np.ptp(y) == 0:  # a line without a width, or without a height
        raise Unreadable("constant", column=shown("x" if np.ptp(x) == 0 else "y"))
    return OwnNumbers(np.ascontiguousarray(x), np.ascontiguousarray(y))


# --- images -------------------------------------------------------------------------------


def suggested_labels(sheet: Sheet) -> str:
    """The column of labels: the one that is called so, else the first or the last one."""
    if called := [name for name in sheet.names if name.lower() in LABELS]:
        return called[0]
    first = {row[0] for row in sheet.rows}
    return sheet.names[0 if 2 <= len(first) <= MOST_CLASSES else -1]


def images(sheet: Sheet, labels: str) -> Chosen:
    """Images of 8 x 8 pixels, ink from 0 to 1: a row each, pixels from left to right and from top
    to bottom. Larger ones are reduced: a pixel is the mean of the square that it covers.

    Args:
        sheet: The table.
        labels: The name of the column that says what is on them.

    Raises:
        Unreadable: The columns make no square, or something in them is no grey, or no class.
    """
    if labels not in sheet.names:
        raise Unreadable("no_column", value=shown(labels))
    columns = tuple(name for name in sheet.names if name != labels)
    side = _side(len(columns))
    y, classes = classes_in(sheet, labels)
    pixels = np.array([numbers_in(sheet, name, may_be_constant=True) for name in columns]).T
    _check_greys(sheet, columns, pixels)
    white = next(white for white in WHITES if pixels.max() <= white)
    reduce = reducing(side)
    small = reduce @ (pixels / white).reshape(-1, side, side) @ reduce.T
    if np.ptp(small) == 0:
        raise Unreadable("blank")
    x = small.reshape(len(small), -1).astype(np.float32)
    return Chosen(OwnPoints(np.ascontiguousarray(x), y), columns, classes)


def _side(n: int) -> int:
    side = math.isqrt(n)
    if side * side != n:
        side += n > side * (side + 1)  # the nearest
        raise Unreadable("not_square", n=n, side=side, wanted=side * side)
    if not SIDE <= side <= MOST_SIDE:
        raise Unreadable("side", side=side, least=SIDE, most=MOST_SIDE)
    return side


def _check_greys(sheet: Sheet, columns: tuple[str, ...], pixels: np.ndarray) -> None:
    """Raises `Unreadable` for the first number that is no grey."""
    outside = (pixels < 0) | (pixels > max(WHITES))
    if outside.any():
        row, column = np.argwhere(outside)[0]
        line, cell = list(cells_in(sheet, columns[column]))[row]
        raise Unreadable("grey", line=line, column=shown(columns[column]), value=shown(cell))


def reducing(side: int) -> np.ndarray:
    """Of each of the pixels of a side the share that each of `SIDE` wider ones has, (SIDE, side):
    every row sums to 1.
    """
    edges = np.linspace(0, side, SIDE + 1)
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(side)
    covered = np.minimum(high, pixel + 1) - np.maximum(low, pixel)
    return covered.clip(0) * SIDE / side
