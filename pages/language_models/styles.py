"""What the page of language models draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.language_models.common import READERS
from core.concepts.language_models.labels import VARIANT_NAMES
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
