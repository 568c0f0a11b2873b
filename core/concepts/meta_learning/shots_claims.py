"""What the lab of classes teaches: scenarios, and the checks of its sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.meta_learning.shots import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
RENAMED = Config(nets=("prototypes", "attention", "gru"), renamed=True, n_steps=250)
MORE_CLASSES = Config(nets=("prototypes", "attention"), n_ways=3, n_steps=250)
SET = ("prototypes", "attention", "snail")

PRESETS = (
    Preset(
        "SNAIL and its parts", DEFAULT,
        "SNAIL has attention and dilated convolution in turn. How far does each come alone?",
        ("both_or_attention", "convolution_alone", "prototypes_first", "above_raw"),
    ),
    Preset(
        "The names change", RENAMED,
        "After one of the rounds the two classes exchange their names, and the new ones count. "
        "Whom do further examples mislead?",
        ("misled", "state_follows"),
    ),
    Preset(
        "Three classes", MORE_CLASSES,
        "Three classes in place of two, and no more examples of each. How near do the nets come to "
        "the best possible?",
        ("three_classes",),
    ),
)


def right(h: xarray.Dataset, net: str, shot: int) -> np.ndarray:
    """Per seed the share right after so many examples of each class, at the end, (seed,)."""
    return h["right"].sel(net=net, shot=shot).isel(step=-1).values


def known(h: xarray.Dataset, reference: str, shot: int) -> np.ndarray:
    """The same of who needs no training, (seed,)."""
    return h["known"].sel(reference=reference, shot=shot).values


def mean(h: xarray.Dataset, net: str) -> np.ndarray:
    """Per seed the share right over all rounds, at the end, (seed,)."""
    return h["right"].sel(net=net).isel(step=-1).mean("shot").values


def _both_or_attention(h: xarray.Dataset) -> np.ndarray:
    return np.abs(mean(h, "snail") - mean(h, "attention")) <= 0.08


def _convolution(h: xarray.Dataset) -> np.ndarray:
    return mean(h, "convolution") <= mean(h, "snail") - 0.12


def _first(h: xarray.Dataset) -> np.ndarray:
    return mean(h, "prototypes") >= np.max([mean(h, net) for net in SET[1:]], 0)


def _above_raw(h: xarray.Dataset) -> np.ndarray:
    raw = h["known"].sel(reference="raw").mean("shot").values
    return np.min([mean(h, net) for net in SET], 0) >= raw + 0.06


def _near_best(h: xarray.Dataset) -> np.ndarray:
    return right(h, "prototypes", 5) >= known(h, "best", 5) - 0.04


def _misled(h: xarray.Dataset) -> np.ndarray:
    return (right(h, "prototypes", 1) >= 0.8) & (right(h, "prototypes", 5) <= 0.6)


def _follows(h: xarray.Dataset) -> np.ndarray:
    return right(h, "gru", 5) >= right(h, "prototypes", 5) + 0.2


def _three(h: xarray.Dataset) -> np.ndarray:
    return ((right(h, "prototypes", 5) >= known(h, "best", 5) - 0.05)
            & (right(h, "prototypes", 5) >= known(h, "raw", 5) + 0.12))


CLAIMS = (
    Claim(
        "both_or_attention",
        "SNAIL names new examples as well as attention alone: over all rounds within eight points "
        "after 150 updates.",
        (DEFAULT,), _both_or_attention, share=0.8, source="Mishra et al. 2018",
    ),
    Claim(
        "convolution_alone",
        "Dilated convolution alone is at least twelve points behind SNAIL by then.",
        (DEFAULT,), _convolution, share=0.85,
    ),
    Claim(
        "prototypes_first",
        "The smallest net is ahead: nearest means in a space that is learned name more examples "
        "rightly than attention alone, and than SNAIL.",
        (DEFAULT,), _first, share=0.85, source="Snell et al. 2017",
    ),
    Claim(
        "above_raw",
        "All three are at least six points above nearest means in the numbers as they are, over "
        "all rounds: what is learned from other classes helps with new ones.",
        (DEFAULT,), _above_raw, share=0.75,
    ),
    Claim(
        "near_the_best",
        "With five examples of each class nearest learned means are within four points of the "
        "best that is possible.",
        (DEFAULT,), _near_best, share=0.85,
    ),
    Claim(
        "misled",
        "Where names change on the way, more examples mislead who does not mind their order: "
        "nearest learned means are right in at least 80 % after one round, and in at most 60 % "
        "after five.",
        (RENAMED,), _misled, share=0.85,
    ),
    Claim(
        "state_follows",
        "A recurrent net follows the new names: after five rounds it is at least 20 points above "
        "nearest learned means.",
        (RENAMED,), _follows, share=0.85,
    ),
    Claim(
        "three_classes",
        "With three classes, after 250 updates, nearest learned means are within five points of "
        "the best possible with five examples of each, and twelve above what needs no learning.",
        (MORE_CLASSES,), _three, share=0.85,
    ),
)
