"""What the page of self-supervised learning draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.self_supervised.labels import READER_NAMES
from core.concepts.self_supervised.made import TEACHER_NAMES
from core.concepts.self_supervised.pretrain import LEARNER_NAMES
from explorer.theme import palette

LEARNERS = palette(LEARNER_NAMES, {
    "simclr": ("blue", "solid", "circle"),
    "attract": ("red", "dash", "square"),
    "simsiam": ("green", "dashdot", "diamond"),
    "byol": ("violet", "longdash", "triangle-up"),
    "supervised": ("gold", "longdashdot", "star"),
    "pixels": ("grey", "dash", "x"),
    "neighbour": ("black", "dashdot", "cross"),
})
"""What learns without labels, and what it is compared with."""
READERS = palette(READER_NAMES, {
    "head": ("blue", "solid", "circle"),
    "features": ("blue", "dash", "circle-open"),
    "headless": ("sky", "longdash", "pentagon"),
    "tuned": ("red", "solid", "square"),
    "supervised": ("gold", "longdashdot", "star"),
    "pixels": ("grey", "dash", "x"),
    "neighbour": ("black", "dashdot", "cross"),
}, {"features": "head"})
"""Ways to spend labels; what stands beside SimCLR in the lab of views has its colour from there."""
TEACHERS = palette(TEACHER_NAMES, {
    "made": ("magenta", "solid", "diamond"),
    "both": ("crimson", "longdash", "square"),
    "both_views": ("crimson", "solid", "square-open"),
    "real": ("gold", "dash", "star-open"),
    "views": ("gold", "longdashdot", "star"),
    "all": ("olive", "dashdot", "cross"),
}, {"both_views": "both", "real": "views"})
"""What nets learn from; few real images in views are the labels alone of the other labs."""
DIGITS = palette({str(digit): str(digit) for digit in range(10)})
"""What is on the images: written where a point is, so that the colour need not tell."""
