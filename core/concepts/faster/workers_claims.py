"""What the lab of workers teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.faster.workers import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
SORTED = Config(shards="sorted", every=256)
MIXED = Config(every=256)
BATCH_NORM = Config(norm="batch", shards="sorted")
UNEQUAL = Config(load="plain")
WEIGHTED = Config(load="weighted")
LATE = Config(momentum=0.9)
LARGEST = Config(code="top1")

PRESETS = (
    Preset(
        "Four workers, one net", START,
        "Four workers look at 16 images each and average their gradients. How far is that from the "
        "gradient of all 64 images?",
        ("averaging_is_exact", "seldom_is_enough", "two_bits_lose", "memory_mends",
         "farther_and_better", "stale_is_harmless"),
    ),
    Preset(
        "Sorted by digit, averaged once", SORTED,
        "Each worker has two or three digits only, and the nets are averaged once, at the end. "
        "What does the mean know?",
        ("sorted_once_fails", "sorted_gradients_do_not_mind"),
    ),
    Preset(
        "Mixed, averaged once", MIXED,
        "The same with mixed images: nets that trained alone for 256 steps are averaged. Does that "
        "give a net that can read?",
        ("mixed_once_works",),
    ),
    Preset(
        "Batch norm, each by its own", BATCH_NORM,
        "With batch norm every worker normalises by its own images, and each has its own digits. "
        "Is the averaged gradient still that of the large batch?",
        ("batch_norm_differs", "batch_norm_costs"),
    ),
    Preset(
        "Unequal workers, plain mean", UNEQUAL,
        "One worker is fast and takes 52 of the 64 images, three take 4 each. The mean counts all "
        "workers alike. Is that the large batch?",
        ("plain_mean_differs", "another_gradient_not_a_worse_one"),
    ),
    Preset(
        "Unequal workers, weighted mean", WEIGHTED,
        "The same, but the mean counts each worker by its images. Is that the large batch?",
        ("weights_mend_the_mean",),
    ),
    Preset(
        "Late, and with momentum", LATE,
        "Gradients are four steps old, as before; new is momentum. Does it carry the net over it?",
        ("momentum_makes_late_worse",),
    ),
    Preset(
        "One number in a hundred", LARGEST,
        "Of 4810 numbers of a gradient only the largest 48 are sent. Can a net learn from them?",
        ("one_percent_is_enough",),
    ),
)


def _end(h: xarray.Dataset, way: str) -> np.ndarray:
    """The share of new images wrong at the end, (seed,)."""
    return h["test_error"].sel(way=way).isel(step=-1).values


def _worse(h: xarray.Dataset, way: str, than: str = "whole") -> np.ndarray:
    return _end(h, way) - _end(h, than)


def _gap(h: xarray.Dataset, way: str) -> np.ndarray:
    """(step, seed), from the first update on."""
    return h["gap"].sel(way=way).transpose("step", "seed").values[1:]


def _sent(h: xarray.Dataset, way: str) -> float:
    return float(h["sent"].sel(way=way).isel(step=-1))


def _exact(h: xarray.Dataset) -> np.ndarray:
    return (_gap(h, "gradients").max(0) < 1e-5) & (np.abs(_worse(h, "gradients")) < 0.01)


def _seldom(h: xarray.Dataset) -> np.ndarray:
    fewer = _sent(h, "gradients") >= 15.9 * _sent(h, "weights")
    return (_worse(h, "weights") < 0.01) & fewer


def _two_bits(h: xarray.Dataset) -> np.ndarray:
    return _worse(h, "few_bits") > 0.04


def _memory(h: xarray.Dataset) -> np.ndarray:
    fewer = _sent(h, "gradients") > 15 * _sent(h, "memory")
    return (_worse(h, "memory") < 0.015) & fewer


def _farther(h: xarray.Dataset) -> np.ndarray:
    gaps = [np.median(_gap(h, way), 0) for way in ("memory", "few_bits")]
    return (gaps[0] > 1.5 * gaps[1]) & (_worse(h, "memory", "few_bits") < -0.03)


def _stale(h: xarray.Dataset) -> np.ndarray:
    return _worse(h, "stale") < 0.02


def _sorted_once(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "weights") > 0.4


def _sorted_gradients(h: xarray.Dataset) -> np.ndarray:
    return (np.abs(_worse(h, "gradients")) < 0.01) & (_end(h, "gradients") < 0.08)


def _mixed_once(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "weights") < 0.09


def _batch_norm(h: xarray.Dataset) -> np.ndarray:
    return _gap(h, "gradients")[0] > 0.3


def _batch_norm_costs(h: xarray.Dataset) -> np.ndarray:
    return _worse(h, "gradients") > 0.02


def _plain_mean(h: xarray.Dataset) -> np.ndarray:
    return _gap(h, "gradients")[0] > 0.3


def _not_worse(h: xarray.Dataset) -> list[bool]:
    return [bool(_worse(h, "gradients").mean() < 0)]


def _weighted(h: xarray.Dataset) -> np.ndarray:
    return _gap(h, "gradients").max(0) < 1e-5


def _late(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "stale") > 0.5) & (_end(h, "whole") < 0.06)


def _one_percent(h: xarray.Dataset) -> np.ndarray:
    fewer = _sent(h, "gradients") > 60 * _sent(h, "memory")
    return (_worse(h, "few_bits") > 0.03) & (_worse(h, "memory") < 0.02) & fewer


def _but_with_batch_norm(plain: xarray.Dataset, batch_norm: xarray.Dataset) -> np.ndarray:
    return (_gap(plain, "gradients").max(0) < 1e-5) & _batch_norm(batch_norm)


CLAIMS = (
    Claim(
        "averaging_is_exact",
        "Averaged over workers with equally many images, gradients are those of the whole batch: "
        "at every step to the sixth digit, and the nets end within a point of each other.",
        (START,), _exact, source="Goyal et al. 2017",
    ),
    Claim(
        "seldom_is_enough",
        "Averaging weights every 16 steps sends a sixteenth of what averaging gradients sends, and "
        "ends less than a point worse than the whole batch.",
        (START,), _seldom, source="McMahan et al. 2017",
    ),
    Claim(
        "two_bits_lose",
        "Gradients rounded to two bits leave at least four points more of new images wrong.",
        (START,), _two_bits,
    ),
    Claim(
        "memory_mends",
        "Where workers remember what rounding to two bits lost and add it to the next gradient, "
        "they end less than 1.5 points behind the whole batch, with a fifteenth of the bits.",
        (START,), _memory, source="Seide et al. 2014",
    ),
    Claim(
        "farther_and_better",
        "What is sent with memory is more than half again as far from the true gradient as what is "
        "sent without, and leaves at least three points fewer mistakes: over some steps nothing "
        "is lost.",
        (START,), _farther, source="Karimireddy et al. 2019",
    ),
    Claim(
        "stale_is_harmless",
        "At the rate 0.1 without momentum, gradients that are four steps old cost less than two "
        "points.",
        (START,), _stale, share=0.85,
    ),
    Claim(
        "sorted_once_fails",
        "Workers that have two or three digits each, averaged once after 256 steps, give a net "
        "that gets more than 40 % of new images wrong.",
        (SORTED,), _sorted_once, source="McMahan et al. 2017",
    ),
    Claim(
        "sorted_gradients_do_not_mind",
        "Averaged at every step, gradients of the same sorted workers end within a point of the "
        "whole batch, and below 8 % mistakes.",
        (SORTED,), _sorted_gradients,
    ),
    Claim(
        "mixed_once_works",
        "With mixed images, nets from one start that trained alone for 256 steps and are averaged "
        "once get less than 9 % wrong.",
        (MIXED,), _mixed_once,
    ),
    Claim(
        "batch_norm_differs",
        "With batch norm and sorted images the averaged gradient is not that of the whole batch: "
        "they differ by more than 30 % of its length at the first step.",
        (BATCH_NORM,), _batch_norm,
    ),
    Claim(
        "batch_norm_costs",
        "It costs: averaged gradients end more than two points behind the whole batch.",
        (BATCH_NORM,), _batch_norm_costs,
    ),
    Claim(
        "exact_but_with_batch_norm",
        "Averaged gradients of equally many images are those of the whole batch to the sixth "
        "digit, but with batch norm and sorted images more than 30 % of its length away at the "
        "first step.",
        (START, BATCH_NORM), _but_with_batch_norm,
    ),
    Claim(
        "plain_mean_differs",
        "Where workers have unequally many images, the plain mean of their gradients is more than "
        "30 % of its length off the whole batch's at the first step.",
        (UNEQUAL,), _plain_mean,
    ),
    Claim(
        "another_gradient_not_a_worse_one",
        "Another gradient, but no worse one here: on average over seeds the plain mean makes fewer "
        "mistakes, though an image of a slow worker counts 13 times as much as one of the fast.",
        (UNEQUAL,), _not_worse, over="group", share=0.75,
    ),
    Claim(
        "weights_mend_the_mean",
        "Counted by their images, unequal workers give the whole batch's gradient to the sixth "
        "digit.",
        (WEIGHTED,), _weighted,
    ),
    Claim(
        "momentum_makes_late_worse",
        "With momentum 0.9 at the rate 0.1, gradients that are four steps old leave more than half "
        "of new images wrong; the whole batch less than 6 %.",
        (LATE,), _late,
    ),
    Claim(
        "one_percent_is_enough",
        "The largest hundredth of each gradient alone leaves three points more mistakes; with "
        "memory less than two, with a sixtieth of the bits.",
        (LARGEST,), _one_percent, source="Aji & Heafield 2017",
    ),
)
