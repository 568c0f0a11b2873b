"""What the attention page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.attention.reads import READ_NAMES
from explorer.theme import palette

READS = palette(READ_NAMES, {
    "none": ("grey", "dash", "square"),
    "dot": ("blue", "solid", "circle"),
    "scaled": ("sky", "dashdot", "star"),
    "additive": ("gold", "longdash", "triangle-up"),
    "marginal": ("green", "dash", "diamond"),
    "straight_through": ("red", "dashdot", "triangle-down"),
    "reinforce": ("violet", "longdashdot", "hexagon"),
})
