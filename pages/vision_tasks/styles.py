"""What the page of vision tasks draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.vision_tasks import find
from core.config import names_of
from explorer.theme import palette

NETS = palette(names_of(find.Config, "nets"), {
    "class": ("gold", "longdash", "triangle-up"),
    "box": ("blue", "solid", "circle"),
    "both": ("red", "dash", "square"),
    "after": ("green", "dashdot", "diamond"),
})
