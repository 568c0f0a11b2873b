"""What the lab of key points teaches: scenarios, and the checks of its sentences.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.pose import MEAN, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
FEW = Config(n_scenes=100)
KEPT = Config(mirror="kept")
SWAPPED = Config(n_scenes=100, mirror="swapped")

PRESETS = (
    Preset(
        "Head, hands and feet", DEFAULT,
        "Three nets say where the key points of a figure are, beside one pose that is the same for "
        "all. Which points are hard, and does it matter how they are read from the maps?",
        ("better_than_one_pose", "hands_are_hardest", "means_lose", "reading_hardly_matters"),
    ),
    Preset(
        "A hundred figures", FEW,
        "Of 100 figures the key points are known. Now how are they best read from the maps?",
        ("few_want_maps",),
    ),
    Preset(
        "Mirrored, left stays left", KEPT,
        "Every second picture is mirrored, and its points with it. But the left hand is still "
        "called left, though it is at the right now. Where will the hands be?",
        ("names_kept_mix_hands",),
    ),
    Preset(
        "Mirrored, left and right swap", SWAPPED,
        "A hundred figures and their mirror images, in which left and right have swapped names. "
        "Are those worth anything, of pictures that one had already?",
        ("mirrors_help_few",),
    ),
)


def _end(h: xarray.Dataset, array: str, learner: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[array].sel(learner=learner).isel(step=-1).values


def _off(h: xarray.Dataset, learner: str, *points: str) -> np.ndarray:
    """Mean distance of some points, or of all, in pixels at the last step, (seed,)."""
    found = h["distance"].sel(learner=learner).isel(step=-1)
    return found.sel(point=list(points) or found.point.values).mean("point").values


HANDS = ("left hand", "right hand")


def _one_pose(h: xarray.Dataset) -> np.ndarray:
    return np.greater(_end(h, "near", "maps"), _end(h, "near", MEAN) + 0.4)


def _hardest(h: xarray.Dataset) -> np.ndarray:
    return np.greater(_off(h, "maps", *HANDS), 1.7 * _off(h, "maps", "head"))


def _means(h: xarray.Dataset) -> np.ndarray:
    return np.less(_end(h, "near", "means"), _end(h, "near", "all") - 0.08)


def _tie(h: xarray.Dataset) -> np.ndarray:
    return np.less(np.abs(_end(h, "near", "maps") - _end(h, "near", "all")), 0.1)


def _few(h: xarray.Dataset) -> np.ndarray:
    return np.greater(_end(h, "near", "maps"), _end(h, "near", "all") + 0.06)


def _kept(never: xarray.Dataset, kept: xarray.Dataset) -> np.ndarray:
    mixed = _off(kept, "maps", *HANDS) > 1.6 * _off(never, "maps", *HANDS)
    head = _off(kept, "maps", "head") < _off(never, "maps", "head") + 0.3
    return np.asarray(mixed & head & (_end(kept, "apart", "maps") < 0.3))


def _help(few: xarray.Dataset, swapped: xarray.Dataset) -> np.ndarray:
    return np.less(_off(swapped, "all"), _off(few, "all"))


CLAIMS = (
    Claim(
        "better_than_one_pose",
        "With a map per point at least 40 points more of the key points are within two pixels than "
        "with one pose that is the same for all.",
        (DEFAULT,), _one_pose,
    ),
    Claim(
        "hands_are_hardest",
        "Hands, which go anywhere, are at least 1.7 times as far off as heads.",
        (DEFAULT,), _hardest,
    ),
    Claim(
        "means_lose",
        "Read from the means of the maps, at least eight points fewer of the key points are within "
        "two pixels than from all places.",
        (DEFAULT,), _means, share=0.85,
    ),
    Claim(
        "reading_hardly_matters",
        "With 1000 figures, all places of the maps and a map per point, each at its own rate, find "
        "equally many key points, to ten points.",
        (DEFAULT,), _tie, share=0.85,
    ),
    Claim(
        "few_want_maps",
        "With 100 figures a map per point finds at least six points more of the key points.",
        (FEW,), _few, share=0.85,
    ),
    Claim(
        "names_kept_mix_hands",
        "Where mirrored pictures keep the names of their points, the two hands are said to be "
        "nearly at one place, at most 0.3 of their distance apart, and at least 1.6 times as far "
        "off as without mirroring. Heads are found as before.",
        (DEFAULT, KEPT), _kept,
    ),
    Claim(
        "mirrors_help_few",
        "With the mirror images of 100 figures, left and right swapped, points that are read from "
        "all places are nearer.",
        (FEW, SWAPPED), _help, share=0.8,
    ),
)
