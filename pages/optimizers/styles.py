"""What the optimizers page draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.optimizers import network
from core.config import names_of
from explorer.theme import palette

METHODS = palette(names_of(network.Config, "optimizers"), {
    "sgd": ("grey", "solid", "circle"),
    "momentum": ("gold", "solid", "square"),
    "nesterov": ("sky", "dash", "diamond"),
    "adagrad": ("green", "dot", "triangle-up"),
    "rmsprop": ("pink", "dashdot", "triangle-down"),
    "adam": ("red", "solid", "star"),
    "adamw": ("blue", "longdash", "hexagon"),
    "amsgrad": ("brown", "longdash", "cross"),
    "lion": ("violet", "dash", "x"),
})
