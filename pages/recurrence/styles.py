"""What the recurrence page draws: names, colours, lines and markers."""

from __future__ import annotations

from dataclasses import replace

from core.concepts.recurrence import memory, shape_kinds
from core.config import names_of
from explorer.theme import Method, chosen, palette

CELLS = palette(names_of(memory.Config, "cells"), {
    "rnn": ("red", "solid", "circle"),
    "orthogonal": ("gold", "solid", "diamond"),
    "identity": ("brown", "dash", "triangle-up"),
    "lstm_zero": ("sky", "dash", "square-open"),
    "lstm": ("blue", "solid", "square"),
    "gru": ("green", "solid", "star"),
})

FROZEN = palette({"none": "As trained", "reset": "Reset gate", "update": "Update gate",
                  "input": "Input gate", "forget": "Forget gate", "output": "Output gate",
                  "all": "All gates"}, {"none": ("grey", "solid", "circle")})
"""Gates; and what is frozen in a test."""

VARIANTS = palette(shape_kinds.VARIANTS, {
    "rnn": ("red", "solid", "circle"), "gru": ("green", "solid", "star"),
    "lstm": ("blue", "solid", "square"), "bag": ("grey", "dash", "cross"),
    "at_once": ("gold", "dash", "diamond"), "waiting": ("teal", "solid", "hexagon"),
    "both_ways": ("violet", "dashdot", "triangle-up"),
})
"""What is compared in the lab of shapes; cells have the colours that they have in the others."""


def cells_of(config: memory.Config) -> list[Method]:
    """Those of a configuration; the LSTM says which forget bias was set."""
    bias = f"{config.forget_bias:g}" if config.forget_bias else "0, as set"
    return [replace(method, label=f"LSTM, forget bias {bias}") if method.key == "lstm" else method
            for method in chosen(CELLS, config.cells)]
