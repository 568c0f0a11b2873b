"""What the lab of this machine teaches: cases to measure, and claims about what is computed.

No claim is about seconds: these are another's on another machine, and at another moment.
Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.faster.machine import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
THREADS = Config(ways=("float32", "threads"), batch_size="16")
ONE_IMAGE = Config(ways=("float32", "bfloat16", "int8"), batch_size="1")
BATCHES = Config(ways=("float32", "threads"), over="batch")
TINY = Config(ways=("float32", "threads", "int8"), batch_size="16", n_rounds=5)
HOLES = Config(ways=("float32", "zeros", "sparse"))
NUMBERS = Config(ways=("bfloat16", "int8", "zeros", "sparse"), n_rounds=3)
CORES = Config(ways=("float32", "threads"), batch_size="16", n_rounds=3)
"""What claims are about does not depend on how often it is timed."""

PRESETS = (
    Preset(
        "Six ways to compute a layer", START,
        "All cores, 16 bits, 8 bits, nine zeros in ten: which of them is faster on this machine, "
        "and from which width on?",
        ("few_digits_are_lost", "zeros_lose_more"),
    ),
    Preset(
        "Two threads on a tiny layer", THREADS,
        "Every core helps. Is a layer of 32 inputs faster with all of them?",
        ("threads_compute_the_same",),
    ),
    Preset(
        "All cores, and 8 bits", TINY,
        "All cores, and weights of a quarter of the bytes: from which width on does either help on "
        "this machine?",
        ("only_results_are_certain",),
    ),
    Preset(
        "8 bits, one image at a time", ONE_IMAGE,
        "A quarter of the bytes. Is a small layer four times as fast in int8?",
        ("few_digits_are_lost",),
    ),
    Preset(
        "Larger and larger batches", BATCHES,
        "One image or a thousand through the same layer: what does the time for one image do?",
        ("threads_compute_the_same",),
    ),
    Preset(
        "Nine zeros in ten", HOLES,
        "Nine tenths of the weights are zero. Is the layer ten times as fast?",
        ("zeros_lose_more",),
    ),
)


def _of(h: xarray.Dataset, way: str) -> np.ndarray:
    """How far its results are from float32's at the end, (size, seed)."""
    last = h["difference"].sel(way=way).isel(step=-1)
    return last.transpose("size", "seed").values


def _few_digits(h: xarray.Dataset) -> np.ndarray:
    return (_of(h, "bfloat16").max(0) < 0.01) & (_of(h, "int8").max(0) < 0.05)


def _zeros(h: xarray.Dataset) -> np.ndarray:
    return (_of(h, "zeros").min(0) > 0.6) & (np.abs(_of(h, "zeros") - _of(h, "sparse")) < 1e-4
                                             ).all(0)


def _the_same(h: xarray.Dataset) -> np.ndarray:
    return _of(h, "threads").max(0) < 1e-5


def _certain(h: xarray.Dataset) -> np.ndarray:
    return (_of(h, "threads").max(0) < 1e-5) & (_of(h, "int8").max(0) < 0.05)


CLAIMS = (
    Claim(
        "few_digits_are_lost",
        "Results in bfloat16 are within 1 % of float32's, those in int8 within 5 %, at all widths.",
        (NUMBERS,), _few_digits, source="Jacob et al. 2018",
    ),
    Claim(
        "zeros_lose_more",
        "Without the smaller nine tenths of random weights results are more than 60 % off, "
        "whether the zeros are multiplied or left out.",
        (NUMBERS,), _zeros,
    ),
    Claim(
        "threads_compute_the_same",
        "Several threads compute what one computes, to the fifth digit.",
        (CORES,), _the_same,
    ),
    Claim(
        "only_results_are_certain",
        "At all widths from 32 to 1024 all cores compute what one thread computes, to the fifth "
        "digit, and int8 comes within 5 %.",
        (TINY,), _certain,
    ),
)
