"""What the representation page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.representation.categories import CODE_NAMES
from core.concepts.representation.leaks import WAY_NAMES
from core.concepts.representation.pixels import TELLING_NAMES
from core.concepts.representation.scales import SCALE_NAMES
from core.concepts.representation.targets import TARGET_NAMES
from explorer.theme import palette

SCALES = palette(SCALE_NAMES, {
    "raw": ("brown", "solid", "circle"),
    "standardised": ("blue", "solid", "square"),
    "log": ("green", "dash", "triangle-up"),
    "binned": ("violet", "dashdot", "diamond"),
})
"""How a number is told."""
PATHS = palette({
    "sgd": "SGD", "adam": "Adam",
    "sgd same": "SGD, standardised", "adam same": "Adam, standardised",
}, {
    "sgd": ("grey", "solid", "circle"),
    "adam": ("red", "solid", "star"),
    "sgd same": ("grey", "dash", "circle-open"),
    "adam same": ("red", "dash", "star-open"),
}, {"sgd same": "sgd", "adam same": "adam"})
"""Of two weights, in another unit and standardised."""
CODES = palette(CODE_NAMES | {"truth": "True effect"}, {
    "integer": ("red", "solid", "circle"),
    "one_hot": ("blue", "dash", "square"),
    "embedding": ("green", "dashdot", "diamond"),
    "truth": ("black", "longdash", "cross"),
})
"""How a category is told, and what is true of it."""
TARGETS = palette(TARGET_NAMES, {
    "integer": ("red", "solid", "circle"),
    "one_hot": ("blue", "dash", "square"),
    "one_hot_squared": ("blue", "longdash", "square-open"),
}, {"one_hot_squared": "one_hot"})
"""How a class is told as a target."""
TELLINGS = palette(TELLING_NAMES, {
    "standardised": ("blue", "solid", "square"),
    "scrambled": ("red", "dash", "x"),
    "bytes": ("brown", "dashdot", "circle"),
    "swapped": ("violet", "longdash", "bowtie"),
    "others": ("gold", "solid", "triangle-up"),
    "misread": ("green", "dash", "diamond"),
})
"""How an image is told."""
LEAKS = palette(WAY_NAMES, {
    "inside": ("blue", "solid", "circle"),
    "scaler": ("sky", "dash", "diamond"),
    "selection": ("red", "solid", "star"),
    "truth": ("black", "longdash", "x"),
})
"""What is done before the folds are made."""
