"""What the optimizers page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.optimizers import network
from core.config import names_of
from explorer.theme import palette

METHODS = palette(names_of(network.Config, "optimizers"), {
    "sgd": ("grey", "solid", "circle"),
    "momentum": ("gold", "solid", "square"),
    "nesterov": ("sky", "dash", "diamond"),
    "adagrad": ("green", "longdashdot", "triangle-up"),
    "rmsprop": ("pink", "dashdot", "triangle-down"),
    "adam": ("red", "solid", "star"),
    "adamw": ("blue", "longdash", "hexagon"),
    "amsgrad": ("brown", "longdash", "cross"),
    "lion": ("violet", "dash", "x"),
})
ARROWS = palette({
    "gradient": "Gradient, downhill", "kept": "Memory that is kept", "mean": "Both together",
    "step": "The step",
}, {
    "gradient": ("grey", "longdash", "circle"),
    "kept": ("sky", "dash", "square"),
    "mean": ("violet", "dashdot", "diamond"),
    "step": ("red", "solid", "star"),
})
"""What a single step is made of."""
COORDINATES = palette({"x": "In x", "y": "In y"}, {
    "x": ("blue", "solid", "circle"), "y": ("gold", "solid", "square"),
})
"""Of the numbers behind it."""
