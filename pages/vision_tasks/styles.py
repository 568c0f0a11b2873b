"""What the page of vision tasks draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.vision_tasks import find, pixels
from core.concepts.vision_tasks.scenes import NAMES
from core.config import names_of
from explorer.theme import palette

NETS = palette(names_of(find.Config, "nets"), {
    "class": ("gold", "longdash", "triangle-up"),
    "box": ("blue", "solid", "circle"),
    "both": ("red", "dash", "square"),
    "after": ("green", "dashdot", "diamond"),
})
SEGMENTERS = palette(
    names_of(pixels.Config, "nets") | {pixels.NOTHING: "Background everywhere"}, {
        "unet": ("blue", "solid", "circle"),
        "down_up": ("red", "dash", "square"),
        "full": ("green", "dashdot", "diamond"),
        "one": ("violet", "longdash", "triangle-up"),
        pixels.NOTHING: ("grey", "longdashdot", "x"),
    })
CLASSES = palette({name: name for name in NAMES}, {
    "circle": ("sky", "solid", "circle"),
    "square": ("gold", "dash", "square"),
    "triangle": ("pink", "dashdot", "triangle-up"),
    "plus": ("olive", "longdash", "cross"),
    "x": ("brown", "longdashdot", "x"),
})
"""What a pixel may belong to, beside the background."""
