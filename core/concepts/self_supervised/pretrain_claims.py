"""What the lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.self_supervised.pretrain import ALL, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
SHIFTLESS = Config(shift=0.0, labels_alone=False)
ONE_POINT = Config(methods=("simclr", "attract"), labels_alone=False, n_steps=100)
SIAMESE = Config(methods=("simsiam", "byol"), labels_alone=False)
UNNORMED = Config(methods=("simsiam", "byol"), norm=False, labels_alone=False, n_steps=100)
PLAIN = Config(data="plain", labels_alone=False)

PRESETS = (
    Preset(
        "One label per digit", FIRST,
        "Nets have seen 1200 images of digits, and nobody has said what is on them. Now they get "
        "one labelled image of each digit. What is that worth, beside nets that have the labels "
        "alone?",
        ("one_label_goes_far", "pixels_lose", "tie_at_ten", "neighbours_win", "first_apart"),
    ),
    Preset(
        "Views that never shift", SHIFTLESS,
        "The digits stand a pixel off, here or there. Now the views are turned, sized and "
        "brightened, but never shifted. What is learned?",
        ("shift_is_all",),
    ),
    Preset(
        "No negatives", ONE_POINT,
        "Only this is asked: that two views of an image have the same embedding. What is the "
        "easiest way to do it?",
        ("one_point", "perfect_and_useless"),
    ),
    Preset(
        "SimSiam and BYOL", SIAMESE,
        "These two have no negatives either. Do they collapse, and are they as good as SimCLR?",
        ("siamese_spread", "siamese_behind"),
    ),
    Preset(
        "Without batch norm", UNNORMED,
        "SimSiam with its stop-gradient, BYOL with its slow copy, but no batch norm in the heads. "
        "Are they safe?",
        ("stop_is_not_enough",),
    ),
    Preset(
        "Digits so easy that pixels do", PLAIN,
        "Now every digit stands in the middle. What is learning without labels worth with one "
        "label per digit, and with ten?",
        ("easy_digits",),
    ),
)


def _right(h: xarray.Dataset, learner: str, n_labels: int) -> np.ndarray:
    """Its accuracy on new images at the last step, (seed,)."""
    return h["accuracy"].sel(learner=learner, n_labels=n_labels).isel(step=-1).values


def _end(h: xarray.Dataset, array: str, method: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[array].sel(objective=method).isel(step=-1).values


def _goes_far(h: xarray.Dataset) -> np.ndarray:
    return _right(h, "simclr", 1) > _right(h, "supervised", 1) + 0.05


def _pixels_lose(h: xarray.Dataset) -> np.ndarray:
    best = np.maximum(_right(h, "pixels", 1), _right(h, "neighbour", 1))
    return _right(h, "simclr", 1) > best + 0.15


def _tie(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_right(h, "simclr", 10) - _right(h, "supervised", 10)) < 0.08


def _neighbours_win(h: xarray.Dataset) -> np.ndarray:
    return _right(h, "neighbour", ALL) > _right(h, "simclr", ALL) + 0.04


def _first_apart(h: xarray.Dataset) -> np.ndarray:
    views, images = (h[name].sel(objective="simclr") for name in ("alignment", "uniformity"))
    early = int(np.searchsorted(h["step"].values, 30))
    apart = views.isel(step=early) > views.isel(step=0) + 0.1
    spread = images.isel(step=early) < images.isel(step=0) - 1
    then = views.isel(step=-1) < views.isel(step=early) - 0.2
    return (apart & spread & then).values


def _shift(h: xarray.Dataset) -> np.ndarray:
    best = np.maximum(_right(h, "pixels", 1), _right(h, "neighbour", 1))
    return _right(h, "simclr", 1) < best + 0.05


def _one_point(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "spread", "attract") < 0.05) & (_end(h, "spread", "simclr") > 0.85)


def _useless(h: xarray.Dataset) -> np.ndarray:
    agree = _end(h, "alignment", "attract") < 0.01
    return agree & (_right(h, "attract", 10) < _right(h, "pixels", 10) - 0.1)


def _siamese(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "spread", "simsiam") > 0.75) & (_end(h, "spread", "byol") > 0.75)


def _behind(siamese: xarray.Dataset, first: xarray.Dataset) -> np.ndarray:
    best = np.maximum(_right(siamese, "simsiam", 1), _right(siamese, "byol", 1))
    return best < _right(first, "simclr", 1) - 0.1


def _unnormed(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "spread", "simsiam") < 0.25) & (_end(h, "spread", "byol") < 0.3)


def _easy(h: xarray.Dataset) -> np.ndarray:
    return _right(h, "simclr", 10) < _right(h, "pixels", 10)


CLAIMS = (
    Claim(
        "one_label_goes_far",
        "With one label per digit a linear model on what SimCLR has learned reads at least 5 "
        "points more of the new images right than a net taught by these labels alone, in the same "
        "views.",
        (FIRST,), _goes_far, share=0.8, source="Chen et al. 2020",
    ),
    Claim(
        "pixels_lose",
        "With one label per digit SimCLR is at least 15 points ahead of the pixels themselves, by "
        "a linear model or by the nearest image.",
        (FIRST,), _pixels_lose, share=0.85,
    ),
    Claim(
        "tie_at_ten",
        "With ten labels per digit the two are within 8 points of each other.",
        (FIRST,), _tie, share=0.85,
    ),
    Claim(
        "neighbours_win",
        "With all 1200 labels the nearest image by plain pixels is right at least 4 points more "
        "often than a linear model on what SimCLR has learned.",
        (FIRST,), _neighbours_win,
    ),
    Claim(
        "first_apart",
        "SimCLR first drives images apart: about step 30 two views of an image are farther from "
        "each other than before training. Only then they come nearer again.",
        (FIRST,), _first_apart, share=0.85, source="Wang & Isola 2020",
    ),
    Claim(
        "shift_is_all",
        "When views are turned, sized and brightened but never shifted, SimCLR is with one label "
        "at most 5 points better than the pixels, on digits that are shifted.",
        (SHIFTLESS,), _shift, share=0.85,
    ),
    Claim(
        "one_point",
        "Without negatives all images end at one point, a spread below 0.05; SimCLR's is above "
        "0.85.",
        (ONE_POINT,), _one_point,
    ),
    Claim(
        "perfect_and_useless",
        "Then two views agree all but perfectly, and with ten labels the digits are read at least "
        "10 points worse than from pixels.",
        (ONE_POINT,), _useless,
    ),
    Claim(
        "siamese_spread",
        "SimSiam and BYOL, without negatives, do not collapse: their spread stays above 0.75.",
        (SIAMESE,), _siamese, source="Chen & He 2021",
    ),
    Claim(
        "siamese_behind",
        "In this time both are at least 10 points behind SimCLR, with one label per digit.",
        (SIAMESE, FIRST), _behind, share=0.85,
    ),
    Claim(
        "stop_is_not_enough",
        "The stop-gradient alone, or a slow copy alone, is no rescue here: without batch norm "
        "SimSiam's spread ends below 0.25 and BYOL's below 0.3.",
        (UNNORMED,), _unnormed,
    ),
    Claim(
        "easy_digits",
        "On digits in the middle, with ten labels each, a linear model on the pixels reads more "
        "right than one on what SimCLR has learned.",
        (PLAIN,), _easy, share=0.85,
    ),
)
