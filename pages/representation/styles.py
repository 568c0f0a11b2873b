"""What the representation page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.representation.scales import SCALE_NAMES
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
