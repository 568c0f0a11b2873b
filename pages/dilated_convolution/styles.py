"""What the page of dilated convolution draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.dilated_convolution import reach
from core.config import names_of
from explorer.theme import palette

NETS = palette(names_of(reach.Config, "nets"), {
    "dilated": ("blue", "solid", "circle"),
    "plain": ("red", "dash", "square"),
    "fours": ("green", "dashdot", "diamond"),
    "tall": ("gold", "longdash", "triangle-up"),
})
