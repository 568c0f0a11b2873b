"""What one kernel shows: presets to open, and claims that are checked; exact ones, but for
those of an update, whose threshold was chosen on seeds below 1000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.convolution.step import AT_A_PLACE, N_PLACES, PARTS, Config
from core.experiment import Claim, Preset
from core.stacked import update

if TYPE_CHECKING:
    import xarray

START = Config()
UNTRAINED = Config(at=0)
FIRST = Config(shows="update", at=0)
UPDATE = Config(shows="update", at=100)

PRESETS = (
    Preset(
        "A kernel goes over an image", START,
        "How many weights does a whole map need, and how many multiplications?",
        ("sum_of_products", "same_weights", "map_moves_along", "pooling_breaks_it"),
    ),
    Preset(
        "Before any training", UNTRAINED,
        "The same kernel as it was at the start. What does it make of the image?",
        ("same_weights",),
    ),
    Preset(
        "First update of a kernel", FIRST,
        "Some weights have a larger gradient than others. Which of them goes farthest?",
        ("equal_first_step",),
    ),
    Preset(
        "Update 101 of a kernel", UPDATE,
        "Now Adam remembers a hundred gradients. Does the weight with the largest gradient go "
        "farthest?",
        ("update_adds_up",),
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


def _on_a_ring(h: xarray.Dataset, by: int) -> np.ndarray:
    """The map of the image moved to the right by so many pixels, where what leaves at one side
    comes in at the other: no place is at a border.
    """
    image, kernel = np.roll(h["image"].values[0], by, 1), h["kernel"].values[0]
    half = len(kernel) // 2
    places = np.ndindex(kernel.shape)
    return np.sum([kernel[u, v] * np.roll(image, (half - u, half - v), (0, 1))
                   for u, v in places], 0)


def _pooled(sums: np.ndarray) -> np.ndarray:
    """The largest of each 2 x 2."""
    half = len(sums) // 2
    return sums.reshape(half, 2, half, 2).max((1, 3))


def _moves_along(h: xarray.Dataset) -> list[bool]:
    still = _on_a_ring(h, 0)
    return [all(np.abs(_on_a_ring(h, by) - np.roll(still, by, 1)).max() <= 1e-5
                for by in (1, 2, 3))]


def _pooling_breaks(h: xarray.Dataset) -> list[bool]:
    still, one, two = (_pooled(_on_a_ring(h, by)) for by in (0, 1, 2))
    apart = [np.abs(one - np.roll(still, by, 1)).max() for by in range(len(still))]
    return [bool(np.abs(two - np.roll(still, 1, 1)).max() <= 1e-5 and min(apart) >= 0.1)]


def _equal_first_step(h: xarray.Dataset) -> np.ndarray:
    last = {str(name): np.abs(h["update"].isel(step=-1).sel(quantity=name).values)
            for name in h["quantity"].values}  # (weight, seed) each
    apart = last["gradient"].max(0) >= 1.2 * last["gradient"].min(0)
    return apart & np.isclose(last["ratio"], 1, atol=0.01).all(0)


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
    Claim(
        "map_moves_along",
        "When the image moves, its map moves with it by as many pixels, where there is no border: "
        "convolution is equivariant.",
        (START,), _moves_along, share=1, over="nothing", source="LeCun et al. 1998",
    ),
    Claim(
        "pooling_breaks_it",
        "After pooling that is so for a move by two pixels, which is one place of the smaller map; "
        "a move by one pixel makes another map.",
        (START,), _pooling_breaks, share=1, over="nothing",
        source="Zhang 2019; Azulay & Weiss 2019",
    ),
    Claim(
        "equal_first_step",
        "In its very first update Adam moves every weight of the kernel's row by the learning "
        "rate, although their gradients differ.",
        (FIRST,), _equal_first_step, share=0.9, source="Kingma & Ba 2015, section 2.1",
    ),
    update.claim_of(UPDATE),
)
