"""What the page of tuning draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.tuning.net import INIT_NAMES
from explorer.theme import palette

INITS = palette(INIT_NAMES, {
    "zeros": ("grey", "longdash", "x"),
    "small": ("violet", "dash", "triangle-down"),
    "xavier": ("gold", "dashdot", "diamond"),
    "he": ("blue", "solid", "circle"),
    "large": ("red", "longdashdot", "triangle-up"),
})
"""What weights are before training."""
