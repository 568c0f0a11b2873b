"""What the page of faster training draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.faster.formats import FORMAT_NAMES
from core.concepts.faster.products import WAY_NAMES as COMPUTED_NAMES
from core.concepts.faster.trainers import TRAINER_NAMES
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
FORMATS = palette(FORMAT_NAMES, {
    "float32": ("grey", "solid", "x"),
    "bfloat16": ("blue", "dash", "circle"),
    "bfloat16_only": ("sky", "longdash", "hexagon"),
    "bfloat16_once": ("magenta", "dashdot", "bowtie"),
    "float16": ("red", "dashdot", "triangle-up"),
    "float16_scaled": ("green", "longdashdot", "square"),
})
"""Numbers that nets compute with."""
SIZES = palette({"plain": "From the loss", "scaled": "From the scaled loss"}, {
    "plain": ("gold", "solid", "diamond"),
    "scaled": ("brown", "dash", "star"),
})
"""Gradients before and after scaling."""
SMALLER = palette({
    "whole": "Whole numbers of few bits", "pruned": "Only the largest weights",
    "tuned": "Only these, learned again"}, {
    "whole": ("violet", "solid", "pentagon"),
    "pruned": ("pink", "longdashdot", "cross"),
    "tuned": ("teal", "solid", "square"),
})
"""A net made small after training."""
COMPUTED = palette(COMPUTED_NAMES, {
    "float32": ("grey", "solid", "x"),
    "threads": ("red", "dash", "triangle-up"),
    "bfloat16": ("blue", "dashdot", "circle"),
    "float16": ("sky", "longdash", "hexagon"),
    "int8": ("violet", "longdashdot", "pentagon"),
    "zeros": ("gold", "dash", "diamond"),
    "sparse": ("green", "solid", "square"),
    "gpu": ("olive", "solid", "star"),
})
"""How a layer is computed."""
TRAINED = palette(TRAINER_NAMES, {
    "one": ("grey", "solid", "x"),
    "threads": ("red", "dash", "triangle-up"),
    "bfloat16": ("blue", "dashdot", "circle"),
    "larger": ("gold", "longdash", "diamond"),
    "scaled": ("green", "longdashdot", "square"),
    "gpu": ("olive", "solid", "star"),
})
"""How a net goes through its updates."""
ROOF = palette({"roof": "Roof, from main memory", "load": "Load"}, {
    "roof": ("black", "solid", "cross"),
    "load": ("brown", "solid", "star"),
})
"""What is said of the machine."""
