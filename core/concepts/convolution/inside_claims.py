"""What the look inside teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.convolution.inside import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
USUAL = Config(kernel="3", start="usual")

PRESETS = (
    Preset(
        "Layer by layer", START,
        "Three layers learn to tell ten shapes apart. In which layer can the class be read off?",
        ("deeper_reads_better", "untrained_knows_something", "kernels_learned"),
    ),
    Preset(
        "Kernels that hardly move", USUAL,
        "The first kernels begin as noise of the usual size. How much of it is left at the end?",
        ("first_stays", "last_is_rewritten"),
    ),
)


def _probe(h: xarray.Dataset, layer: str, step: int = -1) -> np.ndarray:
    """(seed,)"""
    return h["probe_error"].isel(step=step).sel(layer=layer).values


def _deeper(h: xarray.Dataset) -> np.ndarray:
    first, second, third = (_probe(h, f"layer{i}") for i in (1, 2, 3))
    return (first - second >= 0.1) & (second >= third - 0.02)


def _untrained(h: xarray.Dataset) -> np.ndarray:
    start = np.stack([_probe(h, f"layer{i}", 0) for i in (1, 2, 3)])
    return (start <= 0.85).all(0) & (start[2] >= start[0] - 0.08)


def _cosine(h: xarray.Dataset, layer: str) -> np.ndarray:
    return h["cosine"].isel(step=-1).sel(kernels=layer).values


def _learned(h: xarray.Dataset) -> np.ndarray:
    return _cosine(h, "layer1") <= 0.5


def _stays(h: xarray.Dataset) -> np.ndarray:
    return (_cosine(h, "layer1") >= 0.65) & (h["test_error"].isel(step=-1).values <= 0.2)


def _rewritten(h: xarray.Dataset) -> np.ndarray:
    first, second, third = (_cosine(h, f"layer{i}") for i in (1, 2, 3))
    return (first >= second + 0.1) & (second >= third + 0.1)


CLAIMS = (
    Claim(
        "deeper_reads_better",
        "The deeper the layer, the better a linear probe reads the class from the means of its "
        "maps: layer 2 at least 10 points better than layer 1, layer 3 no worse than layer 2, "
        "to 2 points.",
        (START,), _deeper, share=0.8, source="Alain & Bengio 2016",
    ),
    Claim(
        "untrained_knows_something",
        "Of strokes, a probe on a net that has learned nothing knows more than a guess in every "
        "layer, and layer 3 is then at most 8 points better than layer 1: what grows with depth "
        "came by training.",
        (START,), _untrained, share=0.8,
    ),
    Claim(
        "kernels_learned",
        "Begun at a tenth of the usual size and trained on strokes, the first kernels end with a "
        "cosine of at most 0.5 to what they were: what they show was learned.",
        (START,), _learned, share=0.8,
    ),
    Claim(
        "first_stays",
        "Begun at the usual size, the first kernels of 3 x 3 keep a cosine of at least 0.65 to "
        "what they were, and the net is good all the same, at most 20 % wrong.",
        (USUAL,), _stays, share=0.8,
    ),
    Claim(
        "last_is_rewritten",
        "The deeper a layer, the less of its start is left: the last kernels are rewritten, the "
        "first hardly move.",
        (USUAL,), _rewritten, share=0.8,
    ),
)
