"""What the page of vision tasks draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.vision_tasks import captions, find, pixels, pose, questions, regions, shared
from core.concepts.vision_tasks.scenes import NAMES
from core.config import names_of
from explorer.theme import palette

NETS = palette(names_of(find.Config, "nets"), {
    "class": ("gold", "longdash", "triangle-up"),
    "box": ("blue", "solid", "circle"),
    "both": ("red", "dash", "square"),
    "after": ("green", "dashdot", "diamond"),
})
SHARERS = palette(names_of(shared.Config, "nets"), {
    "class": ("gold", "longdash", "triangle-up"),
    "box": ("blue", "solid", "circle"),
    "pixels": ("green", "dashdot", "diamond"),
    "sentence": ("violet", "longdashdot", "cross"),
    "all": ("red", "dash", "square"),
    "class_box": ("sky", "dash", "square-open"),
    "class_pixels": ("olive", "dash", "diamond-open"),
    "pixels_sentence": ("pink", "dash", "triangle-up-open"),
})
SEGMENTERS = palette(
    names_of(pixels.Config, "nets") | {pixels.NOTHING: "Background everywhere"}, {
        "unet": ("blue", "solid", "circle"),
        "down_up": ("red", "dash", "square"),
        "full": ("green", "dashdot", "diamond"),
        "one": ("violet", "longdash", "triangle-up"),
        pixels.NOTHING: ("grey", "longdashdot", "x"),
    })
TELLERS = palette(names_of(captions.Config, "nets"), {
    "nic": ("red", "dash", "square"),
    "nic_after": ("red", "solid", "square-open"),
    "attend": ("blue", "dash", "circle"),
    "attend_after": ("blue", "solid", "circle-open"),
    "at_once": ("violet", "dash", "triangle-up"),
    "at_once_after": ("violet", "solid", "triangle-up-open"),
}, {f"{key}_after": key for key in ("nic", "attend", "at_once")})
"""Who says a sentence: a colour each, with a solid line after classes."""
CLASSES = palette({name: name for name in NAMES}, {
    "circle": ("sky", "solid", "circle"),
    "square": ("gold", "dash", "square"),
    "triangle": ("pink", "dashdot", "triangle-up"),
    "plus": ("olive", "longdash", "cross"),
    "x": ("brown", "longdashdot", "x"),
})
"""What a pixel may belong to, beside the background."""
FINDERS = palette(names_of(regions.Config, "nets"), {
    "direct": ("red", "dash", "square"),
    "regions": ("blue", "solid", "circle"),
})
POSERS = palette(names_of(pose.Config, "nets") | {pose.MEAN: "One pose for all"}, {
    "means": ("gold", "longdash", "triangle-up"),
    "all": ("red", "dash", "square"),
    "maps": ("blue", "solid", "circle"),
    pose.MEAN: ("grey", "longdashdot", "x"),
})
ANSWERERS = palette(names_of(questions.Config, "nets"), {
    "look": ("blue", "solid", "circle"),
    "product": ("red", "dash", "square"),
    "picture": ("gold", "longdash", "triangle-up"),
    "question": ("grey", "longdashdot", "x"),
})
