"""What the page of meta-learning draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.meta_learning import sinusoids
from core.config import names_of
from explorer.theme import palette

NETS = palette(names_of(sinusoids.Config, "nets"), {
    "maml": ("blue", "solid", "circle"),
    "first_order": ("green", "dashdot", "diamond"),
    "joint": ("red", "dash", "square"),
    "scratch": ("grey", "longdash", "triangle-up"),
})
