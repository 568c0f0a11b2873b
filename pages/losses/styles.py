"""What the page of losses draws: names, colours, lines and markers."""

from __future__ import annotations

from core.concepts.losses.classes import LOSS_NAMES
from core.concepts.losses.likelihood import HEAD_NAMES
from core.concepts.losses.numbers import LOSS_NAMES as NUMBER_LOSSES
from explorer.theme import palette

LOSSES = palette(LOSS_NAMES, {
    "cross_entropy": ("blue", "solid", "circle"),
    "softmax": ("red", "dash", "square"),
    "outputs": ("gold", "dashdot", "diamond"),
})
NUMBERS = palette(NUMBER_LOSSES, {
    "squared": ("red", "dash", "square"),
    "absolute": ("green", "solid", "triangle-up"),
    "huber": ("violet", "longdash", "star"),
})
HEADS = palette(HEAD_NAMES, {
    "constant": ("grey", "dash", "square"),
    "learned": ("blue", "solid", "circle"),
    "weighted": ("green", "longdash", "diamond"),
})
