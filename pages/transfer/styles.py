"""What the transfer page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.transfer.labels import METHOD_NAMES
from core.concepts.transfer.sources import START_NAMES
from core.concepts.transfer.tasks import CLASS_NAMES
from explorer.theme import Palette, Style, palette

METHODS = palette({**METHOD_NAMES, "source": "Pre-trained net"}, {
    "scratch": ("red", "dash", "square"),
    "fine_tune": ("blue", "solid", "circle"),
    "frozen": ("green", "dashdot", "diamond"),
    "frozen_random": ("green", "longdash", "diamond-open"),
    "source": ("violet", "solid", "star"),
}, {"frozen_random": "frozen"})
"""Where a net starts, and what of it is trained."""

STARTS = palette(START_NAMES, {
    "nothing": ("red", "dash", "square"),
    "classes": ("blue", "solid", "circle"),
    "permuted": ("gold", "dashdot", "triangle-up"),
    "position": ("sky", "longdash", "diamond"),
    "shuffled": ("violet", "longdashdot", "star"),
})
"""What a net has learned first: of nothing and of other classes as above."""

_POINTS: dict[str, Style] = {
    "0": ("gold", "solid", "circle"), "1": ("pink", "solid", "square"),
    "2": ("sky", "solid", "triangle-up"), "3": ("brown", "solid", "x"),
    "4": ("black", "solid", "cross"),
}


def _classes(data: str) -> Palette:
    return palette(dict(zip(_POINTS, CLASS_NAMES[data][1], strict=True)), _POINTS)


STROKES, DIGITS = _classes("strokes"), _classes("digits")
CLASSES = {"strokes": STROKES, "digits": DIGITS}
"""Of the target, by their numbers; in colours that no method has."""
