"""What the transformer page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.transformer.cost import NET_NAMES
from core.concepts.transformer.parts import PART_NAMES
from explorer.theme import palette

PARTS = palette(PART_NAMES, {
    "whole": ("blue", "solid", "circle"),
    "positions": ("red", "dash", "square"),
    "residual": ("green", "dashdot", "diamond"),
    "norm": ("gold", "longdash", "triangle-up"),
    "post": ("sky", "longdashdot", "triangle-down"),
    "mlp": ("violet", "dash", "star"),
    "scale": ("pink", "dashdot", "hexagon"),
    "heads": ("brown", "longdash", "x"),
    "layers": ("olive", "longdashdot", "cross"),
    "mask": ("grey", "dash", "pentagon"),
    "order": ("magenta", "dashdot", "bowtie"),
})
"""The whole net, and those that lack something."""
HEADS = palette({f"{i}.{j}": f"Head {i}.{j}" for i in range(1, 4) for j in range(1, 5)}, {
    "1.1": ("blue", "solid", "circle"),
    "1.2": ("sky", "dash", "square"),
    "2.1": ("red", "solid", "diamond"),
    "2.2": ("gold", "dash", "triangle-up"),
})
"""Heads: the layer, then which of its heads."""
NET = palette({"net": "The net"}, {"net": ("black", "solid", "circle")})["net"]
COSTS = palette(NET_NAMES, {
    "attention": ("blue", "solid", "circle"),
    "attention_kernel": ("blue", "dash", "circle-open"),
    "lstm": ("red", "longdash", "square"),
    "lstm_kernel": ("red", "dashdot", "square-open"),
}, {"attention_kernel": "attention", "lstm_kernel": "lstm"})
"""Nets that are timed, operation by operation and in one kernel."""
SCALES = palette({"divided": "Divided by √d", "not_divided": "Not divided"}, {
    "divided": ("teal", "longdash", "hexagon"),
    "not_divided": ("magenta", "dashdot", "star"),
})
"""What is done to scores before the softmax."""
