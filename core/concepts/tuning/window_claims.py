"""What the lab of learning rates and norms teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.tuning.window import WORKS, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
TWO = Config(batch_size=2, depth=3, n_steps=300)
EIGHT = Config(batch_size=8, depth=3, n_steps=300)

PRESETS = (
    Preset(
        "A wider window", START,
        "The same nets with and without a norm, at seven learning rates. What does batch norm "
        "change: the best result, or how exactly one must hit the rate?",
        ("wider_window",),
    ),
    Preset(
        "Two in a batch", TWO,
        "Batches of two images. Batch norm takes mean and variance from them, layer norm from one "
        "image's units. Who suffers?",
        ("two_in_a_batch",),
    ),
    Preset(
        "Eight in a batch", EIGHT,
        "Now eight images. Is that enough for batch norm?",
        ("eight_suffice",),
    ),
)


def _best(h: xarray.Dataset, norm: str) -> np.ndarray:
    """The share of new images wrong at the rate with the least training loss, (seed,)."""
    return h["best_error"].sel(norm=norm).isel(step=-1).values


def _largest(h: xarray.Dataset, norm: str) -> np.ndarray:
    """The largest rate that works, (seed,); 0 where none does."""
    works = h["test_error"].sel(norm=norm).isel(step=-1) < WORKS
    return (works * works["rate"]).max("rate").values


def _wider(h: xarray.Dataset) -> np.ndarray:
    return _largest(h, "batch") > 5 * _largest(h, "none")


def _two(h: xarray.Dataset) -> np.ndarray:
    return _best(h, "batch") - _best(h, "layer") > 0.2


def _eight(h: xarray.Dataset) -> list[bool]:
    return [bool(_best(h, "batch").mean() - _best(h, "layer").mean() < 0.02)]


CLAIMS = (
    Claim(
        "wider_window",
        "Batch norm widens the window: the largest learning rate that works (less than 20 % wrong) "
        "is more than five times as large as without a norm.",
        (START,), _wider, share=0.85, source="Ioffe & Szegedy 2015",
    ),
    Claim(
        "two_in_a_batch",
        "On batches of two, batch norm leaves over 20 points more wrong than layer norm, each at "
        "its best rate.",
        (TWO,), _two, share=0.85, source="Wu & He 2018",
    ),
    Claim(
        "eight_suffice",
        "On batches of eight, batch norm is less than two points behind layer norm, on average "
        "over seeds.",
        (EIGHT,), _eight, over="group", share=0.75,
    ),
)
