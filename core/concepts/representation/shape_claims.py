"""What the lab of shapes teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 200.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.representation.shape import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
MATRIX = Config(images="grey", tellings=("standardised", "scrambled", "bytes"))
SWAPPED = Config(tellings=("standardised", "swapped"))
BYTES = Config(tellings=("standardised", "bytes"), nets=("dense", "conv", "plain"))
SLOWER = tuple(Config(tellings=("standardised", "bytes"), nets=("dense",), times=times)
               for times in (0.3, 0.1))
OTHERS = Config(tellings=("standardised", "others"))
MISREAD = Config(tellings=("standardised", "misread"))

PRESETS = (
    Preset(
        "Scramble the pixels", START,
        "Two nets learn to name red and blue shapes. Once all pixels change places, in every image "
        "in the same way. Who minds?",
        ("scrambled_conv", "scrambled_dense"),
    ),
    Preset(
        "Who forgot to divide?", BYTES,
        "Pixels as they are in a file, from 0 to 255. Which nets can learn from that?",
        ("bytes_dense", "bytes_batch_norm", "bytes_plain", "slower_is_no_help"),
    ),
    Preset(
        "Red is blue", SWAPPED,
        "Some libraries read red, green, blue, and some blue, green, red. When does it matter?",
        ("swapped_asked", "swapped_learned"),
    ),
    Preset(
        "The mean of other images", OTHERS,
        "Mean and deviation copied from ImageNet, for images that have others. What does it cost?",
        ("others_learned", "others_asked"),
    ),
    Preset(
        "Channels last", MISREAD,
        "One library stores channel after channel, another one pixel after pixel. Read the one as "
        "the other: who can still learn?",
        ("misread",),
    ),
    Preset(
        "A matrix", MATRIX, "Grey shapes, a single channel. Is it the same story?",
        ("matrix_scrambled", "matrix_bytes"),
    ),
)


def error(h: xarray.Dataset, net: str, telling: str) -> np.ndarray:
    """Of a net that learned and is asked in a representation, at the end, (seed,)."""
    return h["test_error"].isel(step=-1).sel(net=net, telling=telling).values


def asked(h: xarray.Dataset, net: str, telling: str) -> np.ndarray:
    """Of a net that learned standardised images and is asked in another way, (seed,)."""
    return h["asked_error"].isel(step=-1).sel(net=net, telling=telling).values


def more(h: xarray.Dataset, net: str, telling: str) -> np.ndarray:
    """How much more it gets wrong than with standardised images, (seed,)."""
    return error(h, net, telling) - error(h, net, "standardised")


def _slower(h: xarray.Dataset, *slower: xarray.Dataset) -> np.ndarray:
    best = np.min([error(one, "dense", "bytes") for one in (h, *slower)], 0)
    return best - error(h, "dense", "standardised") >= 0.12


def _swapped(h: xarray.Dataset) -> np.ndarray:
    return np.minimum(asked(h, "dense", "swapped"), asked(h, "conv", "swapped")) >= 0.95


def _swapped_learned(h: xarray.Dataset) -> np.ndarray:
    return np.maximum(more(h, "dense", "swapped"), more(h, "conv", "swapped")) <= 0.12


def _others(h: xarray.Dataset) -> np.ndarray:
    return (more(h, "dense", "others") >= 0.03) & (abs(more(h, "conv", "others")) <= 0.1)


def _others_asked(h: xarray.Dataset) -> np.ndarray:
    return np.minimum(asked(h, "dense", "others"), asked(h, "conv", "others")) >= 0.3


def _misread(h: xarray.Dataset) -> np.ndarray:
    return (more(h, "conv", "misread") >= 0.12) & (abs(more(h, "dense", "misread")) <= 0.1)


CLAIMS = (
    Claim(
        "scrambled_conv",
        "With scrambled pixels the convolutional net gets at least 20 points more wrong: its "
        "kernels look at neighbours, and neighbours say nothing any more.",
        (START,), lambda h: more(h, "conv", "scrambled") >= 0.2,
        source="LeCun et al. 1998, section I",
    ),
    Claim(
        "scrambled_dense",
        "The dense net's error changes by at most 10 points: it has no neighbours to lose.",
        (START,), lambda h: abs(more(h, "dense", "scrambled")) <= 0.1,
    ),
    Claim(
        "bytes_dense",
        "Told pixels from 0 to 255, the dense net gets at least 15 points more wrong.",
        (BYTES,), lambda h: more(h, "dense", "bytes") >= 0.15,
    ),
    Claim(
        "bytes_batch_norm",
        "The convolutional net with batch norm does not mind: its first layer's sums are "
        "standardised anyway, and its error changes by at most 10 points.",
        (BYTES,), lambda h: abs(more(h, "conv", "bytes")) <= 0.1, source="Ioffe & Szegedy 2015",
    ),
    Claim(
        "bytes_plain",
        "Without batch norm it gets at least 30 points more wrong.",
        (BYTES,), lambda h: more(h, "plain", "bytes") >= 0.3,
    ),
    Claim(
        "slower_is_no_help",
        "A lower learning rate is no help: at the rate as it is, at 0.3 and at 0.1 of it, the best "
        "dense net with pixels from 0 to 255 still gets at least 12 points more wrong than the "
        "one with standardised images.",
        (BYTES, *SLOWER), _slower,
    ),
    Claim(
        "swapped_asked",
        "Nets that learned red, green, blue and are then asked in blue, green, red get at least "
        "95 % wrong: they take red for blue.",
        (SWAPPED,), _swapped,
    ),
    Claim(
        "swapped_learned",
        "Swapped in learning and in use, it costs at most 12 points: to a net, a channel has no "
        "name.",
        (SWAPPED,), _swapped_learned,
    ),
    Claim(
        "others_learned",
        "With ImageNet's mean and deviation in learning and in use, the dense net gets at least 3 "
        "points more wrong, and the convolutional net's error changes by at most 10 points.",
        (OTHERS,), _others, share=0.85,
    ),
    Claim(
        "others_asked",
        "Learned with their own mean and asked with ImageNet's, both get at least 30 % of the "
        "images wrong.",
        (OTHERS,), _others_asked, share=0.85,
    ),
    Claim(
        "misread",
        "With the channels' memory misread in learning and in use, the convolutional net gets at "
        "least 12 points more wrong; the dense net's error changes by at most 10 points.",
        (MISREAD,), _misread,
    ),
    Claim(
        "matrix_scrambled",
        "In grey, too: scrambled pixels cost the convolutional net at least 10 points.",
        (MATRIX,), lambda h: more(h, "conv", "scrambled") >= 0.1,
    ),
    Claim(
        "matrix_bytes",
        "And pixels from 0 to 255 the dense net at least 5 points.",
        (MATRIX,), lambda h: more(h, "dense", "bytes") >= 0.05,
    ),
)
