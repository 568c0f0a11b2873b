"""How a lab's panels stand in rows: six columns wide, and no row with a hole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Literal

from explorer.live import Panel

Width = Literal["full", "half", "third"]
COLUMNS: dict[Width, int] = {"full": 6, "half": 3, "third": 2}
ALIKE: dict[int, Width] = {1: "full", 2: "half", 3: "third"}
"""How wide panels are of which so many fill a row."""


def filled(panels: Sequence[Panel]) -> list[Panel]:
    """The panels in their order, those wider that would leave a hole beside them."""
    return [replace(panel, width=ALIKE[len(row)]) if width(row) < COLUMNS["full"] else panel
            for row in rows(_balanced(panels)) for panel in row]


def rows(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    """Panels that stand beside each other."""
    row: list[Panel] = []
    for panel in panels:
        if width([*row, panel]) > COLUMNS["full"]:
            yield row
            row = []
        row.append(panel)
    if row:
        yield row


def width(row: Sequence[Panel]) -> int:
    return sum(COLUMNS[panel.width] for panel in row)


def _balanced(panels: Sequence[Panel]) -> list[Panel]:
    """Of thirds in a row the last four as two and two, where three would leave one alone."""
    found: list[Panel] = []
    for kind, group in groupby(panels, lambda panel: panel.width):
        alike = list(group)
        if kind == "third" and len(alike) > 3 and len(alike) % 3 == 1:
            alike[-4:] = [replace(panel, width="half") for panel in alike[-4:]]
        found += alike
    return found
