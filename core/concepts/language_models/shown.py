"""What is shown of the first seed: its nets, the language, and sentences to begin with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.language_models.common import CommonConfig, LanguageNet, net_of
from core.concepts.language_models.language import LENGTH, WORDS, chain

EXAMPLES = (
    "the queen that the pirates rob _ herself .",
    "the _ that the pirates rob praises herself .",
    "the kings that a witch curses praise _ .",
    "some wet _ rescue the siren .",
    "a _ cow feeds some rams .",
    "the monk that some hens chase charms _ wizard .",
)
"""With a gap each."""


def net_as_data(config: CommonConfig) -> dict[str, Any]:
    """The net, for who runs it from the weights of a frame; whether it is causal is not in it."""
    return body(net_of(config, 0))


def body(net: LanguageNet) -> dict[str, Any]:
    """The same of any net."""
    return {
        "shapes": {name: list(shape) for name, shape in net.shapes.items()},
        "n_layers": net.n_layers, "n_heads": net.n_heads, "width": net.width,
        "positions": net.positions, "norm": net.norm, "residual": net.residual, "mlp": net.mlp,
        "scale": net.scale,
    }


def language_as_data() -> dict[str, Any]:
    """The hidden Markov chain, for who asks it what comes next: what is not 0."""
    c = chain()
    return {"words": list(WORDS), "length": LENGTH, "begin": _sparse(c.begin[None]),
            "move": _sparse(c.move), "say": _sparse(c.say)}


def _sparse(a: np.ndarray) -> list[tuple[int, int, float]]:
    """Row, column and value of each number that is not 0."""
    return [(int(i), int(j), float(a[i, j])) for i, j in zip(*np.nonzero(a), strict=True)]
