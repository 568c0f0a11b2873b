"""What one update shows: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.faster.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

REMEMBERED = Config()
FORGOTTEN = Config(way="few_bits")
AVERAGED = Config(way="gradients")
SORTED = Config(way="gradients", shards="sorted", norm="batch")

PRESETS = (
    Preset(
        "Two bits, with memory", REMEMBERED,
        "Each worker adds what its earlier messages lost, and writes the sum in two bits. Is what "
        "it sends near to its gradient?",
        ("memory_is_longer", "nothing_is_lost", "downhill_all_the_same"),
    ),
    Preset(
        "Two bits, forgotten", FORGOTTEN,
        "The same without memory: whatever two bits lose is gone. Is the mean nearer to the "
        "gradient of the whole batch?",
        ("nearer_and_behind",),
    ),
    Preset(
        "Gradients as they are", AVERAGED,
        "Four workers have seen 16 images each. How far is the mean of their gradients from that "
        "of all 64?",
        ("mean_of_means",),
    ),
    Preset(
        "Batch norm, sorted images", SORTED,
        "The same with batch norm, and two or three digits to a worker. Is the mean still the "
        "gradient of all 64 images?",
        ("not_with_batch_norm",),
    ),
)


def _number(h: xarray.Dataset, name: str) -> np.ndarray:
    """(seed,)"""
    return h["numbers"].isel(step=-1).sel(number=name).values


def _longer(h: xarray.Dataset) -> np.ndarray:
    return np.greater(_number(h, "memory"), 2 * _number(h, "gradient"))


def _kept(h: xarray.Dataset) -> np.ndarray:
    return np.less(_number(h, "kept"), 1e-5)


def _downhill(h: xarray.Dataset) -> np.ndarray:
    far = _number(h, "gap") > 0.9
    return np.asarray(far & (_number(h, "after") < _number(h, "before")))


def _behind(remembered: xarray.Dataset, forgotten: xarray.Dataset) -> np.ndarray:
    nearer = _number(forgotten, "gap") < _number(remembered, "gap")
    return np.asarray(nearer & (_number(forgotten, "before") > 1.5 * _number(remembered, "before")))


def _exact(h: xarray.Dataset) -> np.ndarray:
    return np.less(_number(h, "gap"), 1e-5)


def _batch_norm(h: xarray.Dataset) -> np.ndarray:
    return np.greater(_number(h, "gap"), 0.4)


CLAIMS = (
    Claim(
        "memory_is_longer",
        "After 64 updates with two bits, what earlier messages have lost is more than twice as "
        "long as the gradient that it is added to.",
        (REMEMBERED,), _longer,
    ),
    Claim(
        "nothing_is_lost",
        "Gradient and memory are sent or kept, to the last number: nothing is lost for ever.",
        (REMEMBERED,), _kept,
    ),
    Claim(
        "downhill_all_the_same",
        "The mean of what arrives is farther from the gradient of the whole batch than nine tenths "
        "of its length, and the step along it still lowers the loss of these images.",
        (REMEMBERED,), _downhill, share=0.8,
    ),
    Claim(
        "nearer_and_behind",
        "Without memory the mean is nearer to the gradient of the whole batch; and the loss, after "
        "as many updates, at least 1.5 times as high.",
        (REMEMBERED, FORGOTTEN), _behind, share=0.85,
    ),
    Claim(
        "mean_of_means",
        "The mean of four gradients of 16 images each is the gradient of all 64, as far as float32 "
        "goes.",
        (AVERAGED,), _exact,
    ),
    Claim(
        "not_with_batch_norm",
        "With batch norm and sorted images the mean is farther from it than 0.4 of its length.",
        (SORTED,), _batch_norm,
    ),
)
