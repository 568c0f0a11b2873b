"""What the page of meta-learning draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.meta_learning import shots, sinusoids
from core.config import names_of
from explorer.theme import palette

NETS = palette(names_of(sinusoids.Config, "nets"), {
    "maml": ("blue", "solid", "circle"),
    "first_order": ("green", "dashdot", "diamond"),
    "joint": ("red", "dash", "square"),
    "scratch": ("grey", "longdash", "triangle-up"),
})
CLASSES = palette({name: name for name in "ABCD"}, {
    "A": ("teal", "solid", "circle"),
    "B": ("crimson", "dash", "square"),
    "C": ("pink", "dashdot", "triangle-up"),
    "D": ("olive", "longdash", "diamond"),
})
"""What examples are called."""
READERS = palette(names_of(shots.Config, "nets"), {
    "prototypes": ("gold", "longdash", "diamond"),
    "attention": ("sky", "dash", "square"),
    "convolution": ("green", "dashdot", "triangle-up"),
    "snail": ("violet", "solid", "circle"),
    "gru": ("brown", "longdashdot", "star"),
})
