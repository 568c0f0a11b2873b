"""What the lab of training steps teaches: cases to measure, and claims about what is learned.

No claim is about seconds: these are another's on another machine, and at another moment.
Settings and thresholds were chosen on seeds 0 to 115.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.faster.training import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
BATCHES = Config(ways=("one", "larger", "scaled"))
WIDE = Config(ways=("one", "threads", "bfloat16"), width="512", batch_size=64, n_passes=3)
NARROW = Config(ways=("one", "bfloat16"))
CORES = Config(ways=("one", "threads"), n_passes=2)

PRESETS = (
    Preset(
        "Faster, and as good?", START,
        "Five ways through the same images. Which of them takes the fewest seconds on this "
        "machine, and which gets the fewest new images wrong?",
        ("larger_batch_lags", "rate_makes_up", "half_precision_is_enough",
         "cores_change_nothing"),
    ),
    Preset(
        "Larger batches", BATCHES,
        "Four times as many images per update are a quarter of the updates. What do they save, and "
        "what do they cost?",
        ("larger_batch_lags", "rate_makes_up"),
    ),
    Preset(
        "BFloat16 on a small net", NARROW,
        "Autocast computes products in 16 bits. Is a net of 32 units learned in half the time?",
        ("half_precision_is_enough",),
    ),
    Preset(
        "All cores on a small net", CORES,
        "Every core helps with every update. Does a net of 32 units learn sooner?",
        ("cores_change_nothing",),
    ),
    Preset(
        "A wide net", WIDE,
        "512 units and 64 images per update: do cores and 16 bits help now?",
        ("half_precision_is_enough", "cores_change_nothing"),
    ),
)


def _end(h: xarray.Dataset, way: str) -> np.ndarray:
    """The share of new images wrong at the end, (seed,)."""
    return h["test_error"].sel(way=way).isel(step=-1).values


def _worse(h: xarray.Dataset, way: str) -> np.ndarray:
    """Than with one thread."""
    return _end(h, way) - _end(h, "one")


def _lags(h: xarray.Dataset) -> np.ndarray:
    return _worse(h, "larger") > 0.03


def _makes_up(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "scaled") < _end(h, "larger") - 0.02


def _enough(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_worse(h, "bfloat16")) < 0.015


def _nothing(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_worse(h, "threads")) < 0.005


CLAIMS = (
    Claim(
        "larger_batch_lags",
        "After five passes through the same images a batch of 64 leaves at least three points more "
        "of new ones wrong than one of 16 at the same rate.",
        (BATCHES,), _lags, share=0.85,
    ),
    Claim(
        "rate_makes_up",
        "Four times the rate makes up for it: the batch of 64 ends at least two points better than "
        "at the rate of the smaller one.",
        (BATCHES,), _makes_up, share=0.75, source="Goyal et al. 2017",
    ),
    Claim(
        "half_precision_is_enough",
        "Products in bfloat16 leave a net of 32 units within 1.5 points of float32.",
        (NARROW,), _enough, source="Kalamkar et al. 2019",
    ),
    Claim(
        "cores_change_nothing",
        "All cores make of 32 units the net that one thread makes: within half a point.",
        (CORES,), _nothing,
    ),
)
"""Sentences about what is learned, whatever the clock says."""
