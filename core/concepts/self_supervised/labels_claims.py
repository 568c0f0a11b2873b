"""What the lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.self_supervised.labels import Config
from core.concepts.self_supervised.pretrain import ALL
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
PLAIN = Config(data="plain")

PRESETS = (
    Preset(
        "Throw the head away?", FIRST,
        "A net has learned from views of unlabelled images. Its last two layers, the head, served "
        "that task alone, and the textbook throws them away before the classes are read with a few "
        "labels. With one label per digit: is it better to read before the head, or behind it?",
        ("head_is_better", "no_head_beats_before", "beats_labels_alone", "tuning_gives_away",
         "tuning_with_all", "neighbour_with_all"),
    ),
    Preset(
        "Digits in the middle", PLAIN,
        "Now no digit wanders, and what the views teach is hardly needed. With ten labels per "
        "digit: before the head, behind it, or the pixels themselves?",
        ("before_is_better", "pixels_are_enough"),
    ),
)


def _right(h: xarray.Dataset, reader: str, n_labels: int) -> np.ndarray:
    """Its accuracy on new images at the end, (seed,)."""
    return h["accuracy"].sel(reader=reader, n_labels=n_labels).isel(step=-1).values


def _ahead(h: xarray.Dataset, reader: str, other: str, n_labels: int, by: float) -> np.ndarray:
    return _right(h, reader, n_labels) > _right(h, other, n_labels) + by


def _head(h: xarray.Dataset) -> np.ndarray:
    return _ahead(h, "head", "features", 1, 0.05) & _ahead(h, "head", "features", 10, 0)


def _gives_away(h: xarray.Dataset) -> np.ndarray:
    alone, read, tuned = (_right(h, reader, 1) for reader in ("supervised", "head", "tuned"))
    return (read > alone) & (tuned - alone < (read - alone) / 2)


def _with_all(h: xarray.Dataset) -> np.ndarray:
    return _ahead(h, "tuned", "head", ALL, 0)


def _neighbour(h: xarray.Dataset) -> np.ndarray:
    return np.all([_ahead(h, "neighbour", other, ALL, 0.03)
                   for other in ("head", "tuned", "supervised")], axis=0)


CLAIMS = (
    Claim(
        "head_is_better",
        "With one label per digit a linear model behind the head reads at least 5 points more of "
        "the new digits right than one before it, and with ten labels still more.",
        (FIRST,), _head,
    ),
    Claim(
        "no_head_beats_before",
        "With one label per digit a net that never had a head is read at least 3 points better "
        "than one with a head before it.",
        (FIRST,), lambda h: _ahead(h, "headless", "features", 1, 0.03), share=0.75,
    ),
    Claim(
        "beats_labels_alone",
        "With one label per digit the linear model behind the head is at least 3 points better "
        "than the net taught by labels alone.",
        (FIRST,), lambda h: _ahead(h, "head", "supervised", 1, 0.03), share=0.85,
        source="Chen et al. 2020",
    ),
    Claim(
        "tuning_gives_away",
        "Tuning all weights by one label per digit gives the gain away: less than half is left of "
        "the lead over labels alone that the linear model behind the head has.",
        (FIRST,), _gives_away, share=0.8,
    ),
    Claim(
        "tuning_with_all",
        "With all labels tuned weights are better than the linear model behind the head.",
        (FIRST,), _with_all, share=0.75,
    ),
    Claim(
        "neighbour_with_all",
        "With all labels the nearest image by plain pixels is at least 3 points better than "
        "whatever was learned: the linear model behind the head, tuned weights and labels alone.",
        (FIRST,), _neighbour, share=0.85,
    ),
    Claim(
        "before_is_better",
        "On digits in the middle, with ten labels each, it is better to read before the head than "
        "behind it.",
        (PLAIN,), lambda h: _ahead(h, "features", "head", 10, 0), share=0.85,
        source="Chen et al. 2020",
    ),
    Claim(
        "pixels_are_enough",
        "There the linear model on the pixels is better than the one behind the head.",
        (PLAIN,), lambda h: _ahead(h, "pixels", "head", 10, 0), share=0.85,
    ),
)
