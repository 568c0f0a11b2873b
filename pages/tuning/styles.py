"""What the page of tuning draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.tuning.batch import RULE_NAMES, SIZE_NAMES
from core.concepts.tuning.net import INIT_NAMES, NORM_NAMES
from core.concepts.tuning.search import ALL_KNOBS, SEARCH_NAMES
from explorer.theme import palette

INITS = palette(INIT_NAMES, {
    "zeros": ("grey", "longdash", "x"),
    "small": ("violet", "dash", "triangle-down"),
    "xavier": ("gold", "dashdot", "diamond"),
    "he": ("blue", "solid", "circle"),
    "large": ("red", "longdashdot", "triangle-up"),
})
"""What weights are before training."""
SIZES = palette(SIZE_NAMES, {
    "1": ("pink", "longdash", "triangle-down"),
    "2": ("brown", "longdashdot", "star"),
    "8": ("blue", "solid", "circle"),
    "32": ("green", "dash", "square"),
    "128": ("gold", "dashdot", "diamond"),
    "500": ("red", "longdash", "triangle-up"),
})
RULES = palette(RULE_NAMES, {
    "same": ("grey", "solid", "x"),
    "root": ("sky", "dash", "pentagon"),
    "linear": ("violet", "dashdot", "hexagon"),
})
"""How the learning rate goes with the batch."""
NORMS = palette(NORM_NAMES, {
    "none": ("grey", "dash", "square"),
    "batch": ("blue", "solid", "circle"),
    "layer": ("gold", "dashdot", "diamond"),
})
SEARCHES = palette(SEARCH_NAMES, {
    "grid_search": ("gold", "dashdot", "square"),
    "random_search": ("grey", "dash", "cross"),
    "bayesian_search": ("violet", "solid", "hexagon"),
})
KNOBS = palette(ALL_KNOBS, {
    "rate": ("blue", "solid", "circle"),
    "optimizer": ("red", "dash", "triangle-up"),
    "layers": ("green", "dashdot", "diamond"),
    "units": ("brown", "longdash", "star"),
    "batch": ("sky", "longdashdot", "pentagon"),
    "x1": ("teal", "solid", "x"),
    "x2": ("crimson", "dash", "triangle-down"),
    "x3": ("olive", "dashdot", "bowtie"),
    "x4": ("pink", "longdash", "hourglass"),
})
