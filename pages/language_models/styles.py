"""What the page of language models draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.language_models.common import READERS
from explorer.theme import palette

USES = palette({name: reader.label for name, reader in READERS.items()}, {
    "causal": ("blue", "solid", "circle"),
    "masked": ("red", "dash", "square"),
    "writer": ("red", "dashdot", "square-open"),
}, {"writer": "masked"})
"""A net put to a use; a BERT that is made to write is the one that fills gaps."""
