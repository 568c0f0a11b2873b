"""What the page of faster training draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.faster.ways import WAY_NAMES
from explorer.theme import palette

WAYS = palette(WAY_NAMES, {
    "whole": ("grey", "longdash", "x"),
    "gradients": ("blue", "solid", "circle"),
    "weights": ("green", "dash", "square"),
    "stale": ("red", "dashdot", "triangle-up"),
    "few_bits": ("gold", "longdashdot", "diamond"),
    "memory": ("violet", "solid", "star"),
})
"""How workers come to one net."""
