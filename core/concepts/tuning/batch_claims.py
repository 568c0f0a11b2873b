"""What the lab of batches teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.tuning.batch import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
PAIRS = Config(sizes=("2", "32"), rules=("same", "linear"))

PRESETS = (
    Preset(
        "Fewer, larger steps", START,
        "All nets see the same 8000 images: in batches of 8 that makes 1000 updates, in batches of "
        "500 only 16. Who makes fewer mistakes?",
        ("small_batches_win", "per_update", "scaling_helps", "scaling_is_no_cure"),
    ),
    Preset(
        "Two at a time", PAIRS,
        "Batches of 2 at the learning rate that suits batches of 32. Four thousand updates: is "
        "that the best net of all?",
        ("small_batches_need_small_rates",),
    ),
)


def _end(h: xarray.Dataset, rule: str, size: str) -> np.ndarray:
    """The share of new images wrong at the end, (seed,)."""
    return h["test_error"].sel(rule=rule, size=size).isel(step=-1).values


def _small_win(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "same", "8") < 0.08) & (_end(h, "same", "500") > 0.1)


def _per_update(h: xarray.Dataset) -> np.ndarray:
    few = float(h["n_updates"].sel(size="128").isel(step=-1))
    ours = h.sel(size="8", rule="same")
    early = ours["test_error"].isel(step=int((ours["n_updates"].values >= few).argmax()))
    return _end(h, "same", "128") < early.values


def _helps(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "linear", "500") < _end(h, "same", "500") - 0.02


def _no_cure(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "linear", "500") > _end(h, "linear", "32")


def _small_rates(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "same", "2") > 0.2) & (_end(h, "linear", "2") < 0.08)


CLAIMS = (
    Claim(
        "small_batches_win",
        "At one learning rate and after the same 8000 images, batches of 8 leave less than 8 % of "
        "new images wrong, batches of 500 more than 10 %.",
        (START,), _small_win, share=0.9,
    ),
    Claim(
        "per_update",
        "Update by update the larger batch is ahead: 62 updates on batches of 128 leave fewer "
        "mistakes than as many on batches of 8.",
        (START,), _per_update, share=0.9,
    ),
    Claim(
        "scaling_helps",
        "A learning rate in proportion to the batch saves batches of 500 more than two points of "
        "mistakes.",
        (START,), _helps, share=0.8, source="Goyal et al. 2017",
    ),
    Claim(
        "scaling_is_no_cure",
        "A rate in proportion does not make up for so few updates: batches of 500 stay "
        "behind batches of 32.",
        (START,), _no_cure, share=0.9,
    ),
    Claim(
        "small_batches_need_small_rates",
        "At the rate for batches of 32, batches of 2 leave more than 20 % of new images wrong; at "
        "one in proportion less than 8 %.",
        (PAIRS,), _small_rates, share=0.9,
    ),
)
