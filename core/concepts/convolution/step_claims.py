"""What one kernel shows: presets to open, and claims that are checked; exact ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.convolution.step import AT_A_PLACE, N_PLACES, PARTS, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
UNTRAINED = Config(at=0)

PRESETS = (
    Preset(
        "A kernel goes over an image", START,
        "How many weights does a whole map need, and how many multiplications?",
        ("sum_of_products", "same_weights"),
    ),
    Preset(
        "Before any training", UNTRAINED,
        "The same kernel as it was at the start. What does it make of the image?",
        ("same_weights",),
    ),
)


def _sum_of_products(h: xarray.Dataset) -> list[bool]:
    """At every place that is gone to: in the map stands what the window gave."""
    right = []
    for i in range(N_PLACES):
        now = h.isel(step=len(AT_A_PLACE) * (i + 1) - 1)
        row, column = (int(v) for v in now["place"].values[0])
        by_hand = float((now["window"] * now["kernel"]).sum())
        right.append(abs(by_hand - float(now["sums"].values[row, column])) <= 1e-4)
    return [all(right)]


def _same_weights(h: xarray.Dataset) -> list[bool]:
    """The kernel is one and the same all the way, and the whole map is its sums."""
    kernels, whole = h["kernel"].values, h.isel(step=PARTS.index("all"))
    k, image = len(kernels[0]), np.pad(whole["image"].values, len(kernels[0]) // 2)
    windows = np.lib.stride_tricks.sliding_window_view(image, (k, k))
    by_hand = (windows * kernels[0]).sum((2, 3))
    return [bool((kernels == kernels[0]).all()
                 and np.abs(by_hand - whole["sums"].values).max() <= 1e-3)]


CLAIMS = (
    Claim(
        "sum_of_products",
        "A number of a map is the sum, over its window, of each pixel times the weight at its "
        "place in the kernel.",
        (START,), _sum_of_products, share=1, over="nothing", source="LeCun et al. 1998",
    ),
    Claim(
        "same_weights",
        "The same kernel makes every number of the map, wherever it is.",
        (START,), _same_weights, share=1, over="nothing", source="LeCun et al. 1998",
    ),
)
