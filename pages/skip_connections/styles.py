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
    "plain_bn": (("#d9771f", "#ffb38f"), "dash", "circle-open"),
    "residual_bn": ("sky", "dash", "square-open"),
    "naive_bn": (("#c0568f", "#f5b3dc"), "dash", "diamond-open"),
    "rezero_bn": (("#2a9d6f", "#a3e8cf"), "dash", "triangle-up-open"),
})
"""What they do with their input."""
