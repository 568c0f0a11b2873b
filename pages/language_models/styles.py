"""What the page of language models draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.language_models.common import READERS
from core.concepts.language_models.labels import VARIANT_NAMES
from core.concepts.language_models.own_text import COUNT_NAMES, MERGE_NAMES
from core.concepts.language_models.scale import DATA_NAMES, HELP_NAMES, SIZE_NAMES
from explorer.theme import palette

USES = palette({name: reader.label for name, reader in READERS.items()}, {
    "causal": ("blue", "solid", "circle"),
    "masked": ("red", "dash", "square"),
    "writer": ("red", "dashdot", "square-open"),
}, {"writer": "masked"})
"""A net put to a use; a BERT that is made to write is the one that fills gaps."""
STARTS = palette(VARIANT_NAMES, {
    "gpt": ("blue", "solid", "circle"),
    "gpt_scratch": ("blue", "dash", "circle-open"),
    "bert": ("red", "longdash", "square"),
    "bert_scratch": ("red", "dashdot", "square-open"),
}, {"gpt_scratch": "gpt", "bert_scratch": "bert"})
"""Pre-trained nets, and the same nets without."""
AMOUNTS = palette(DATA_NAMES, {
    "50": ("crimson", "dash", "square"),
    "200": ("brown", "dashdot", "triangle-up"),
    "800": ("olive", "longdash", "diamond"),
    "3200": ("teal", "longdashdot", "star"),
    "endless": ("blue", "solid", "circle"),
})
"""Of sentences to learn from."""
SIZES = palette(SIZE_NAMES, {
    "4": ("pink", "dash", "triangle-down"),
    "8": ("magenta", "dashdot", "hexagon"),
    "16": ("violet", "longdash", "cross"),
    "32": ("black", "solid", "pentagon"),
    "64": ("grey", "longdashdot", "octagon"),
})
HELPS = palette(HELP_NAMES, {
    "parameters": ("green", "solid", "bowtie"),
    "data": ("red", "dash", "x"),
    "steps": ("gold", "dashdot", "hourglass"),
})
"""What would help most."""
TOKENS = palette(MERGE_NAMES, {
    "0": ("blue", "solid", "circle"),
    "50": ("green", "dash", "triangle-up"),
    "100": ("red", "longdash", "square"),
    "200": ("violet", "dashdot", "diamond"),
    "400": ("brown", "longdashdot", "star"),
})
"""What a text is cut into."""
COUNTS = palette(COUNT_NAMES, {
    "1": ("grey", "longdashdot", "x"),
    "2": ("black", "dash", "cross"),
    "3": ("olive", "solid", "pentagon"),
})
"""What counting gets."""
