"""What the skip connections page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.skip_connections import depth
from core.config import names_of
from explorer.theme import palette

_KINDS = names_of(depth.Config, "kinds")
BLOCKS = palette({
    **_KINDS, **{f"{key}_bn": f"{label} + batch norm" for key, label in _KINDS.items()},
    "naive_bn": "Naive + batch norm",
}, {
    "plain": (("#c2410c", "#ff7043"), "solid", "circle"),
    "residual": ("blue", "solid", "square"),
    "naive": (("#8e2a6b", "#d65aa8"), "solid", "diamond"),
    "rezero": (("#00664f", "#2cc79f"), "solid", "triangle-up"),
    "plain_bn": (("#c2410c", "#ff7043"), "dash", "circle-open"),
    "residual_bn": ("blue", "dash", "square-open"),
    "naive_bn": (("#8e2a6b", "#d65aa8"), "dash", "diamond-open"),
    "rezero_bn": (("#00664f", "#2cc79f"), "dash", "triangle-up-open"),
}, {f"{key}_bn": key for key in _KINDS})
"""What they do with their input: a colour each, dashed with batch norm."""
