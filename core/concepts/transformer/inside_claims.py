"""What the lab of heads teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 15; `python -m core claims transformer --first-seed 100` checks
them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transformer.inside import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
REVERSE = Config(task="reverse", n_layers=1, n_steps=100, n_heads="1", learning_rate=0.005)
UNTRAINED = Config(n_layers=1, n_steps=20)
"""What is claimed of heads before training needs none."""
FIRST, SECOND = ["1.1", "1.2"], ["2.1", "2.2"]

PRESETS = (
    Preset(
        "Four heads", DEFAULT,
        "Random letters, then the same again: four heads in two layers learn to go on. One is "
        "switched off: is it lost?",
        ("one_is_needed", "two_share", "induction_head"),
    ),
    Preset(
        "Backwards with one head", REVERSE,
        "One head says ten digits backwards. What will its map look like?",
        ("diagonal",),
    ),
    Preset(
        "More features, sharper looks", UNTRAINED,
        "A score is a sum over the features of a head. Before training, does a head with 64 "
        "features look at all places as evenly as one with 4?",
        ("even_when_divided",),
    ),
)


def last(h: xarray.Dataset, array: str, heads: list[str]) -> np.ndarray:
    """Of some heads at the end, (head, seed)."""
    return h[array].sel(head=heads).isel(step=-1).transpose("head", "seed").values


def _needed(h: xarray.Dataset) -> np.ndarray:
    lost = np.sort(last(h, "lost", FIRST), 0)
    return (lost[1] >= 0.15) & (lost[0] <= 0.1)


def _share(h: xarray.Dataset) -> np.ndarray:
    return np.all(last(h, "lost", SECOND) <= 0.25, axis=0)


def _induction(h: xarray.Dataset) -> np.ndarray:
    back = last(h, "before", FIRST).max(0) >= 0.3
    return back & (last(h, "source", SECOND).max(0) >= 0.6)


def _together(h: xarray.Dataset) -> np.ndarray:
    source = h["source"].sel(head=SECOND).max("head").transpose("step", "seed").values
    right = h["right"].transpose("step", "seed").values
    return np.array([np.corrcoef(a, b)[0, 1] >= 0.95
                     for a, b in zip(source.T, right.T, strict=True)])


def _diagonal(h: xarray.Dataset) -> np.ndarray:
    return last(h, "source", ["1.1"])[0] >= 0.95


def _even(h: xarray.Dataset) -> np.ndarray:
    divided = h["untrained"].sel(scale="divided").transpose("features", "seed").values
    plain = h["untrained"].sel(scale="not_divided")
    wide, narrow = (plain.sel(features=n).values for n in (64, 4))
    return (divided.min(0) >= 0.9) & (wide <= 0.6) & (narrow >= 0.8)


CLAIMS = (
    Claim(
        "one_is_needed",
        "Of the two heads of the first layer one is needed: switched off, it costs at least 15 "
        "points of the right answers, the other one at most 10.",
        (DEFAULT,), _needed, share=0.85, source="Olsson et al. 2022",
    ),
    Claim(
        "two_share",
        "Of the second layer no head is needed alone: either one can be switched off for at most "
        "25 points.",
        (DEFAULT,), _share, share=0.85,
    ),
    Claim(
        "induction_head",
        "A head of the first layer looks at the place before (at least 30 % of its attention), "
        "one of the second at what came after the same symbols before (at least 60 %).",
        (DEFAULT,), _induction, share=0.85, source="Olsson et al. 2022",
    ),
    Claim(
        "together",
        "The right answers come with the induction score: over the steps the two are correlated "
        "by at least 0.95.",
        (DEFAULT,), _together, share=0.85, source="Olsson et al. 2022",
    ),
    Claim(
        "diagonal",
        "A single head that says ten digits backwards looks where its answers stand, with at least "
        "95 % of its attention.",
        (REVERSE,), _diagonal, share=0.85,
    ),
    Claim(
        "even_when_divided",
        "Before training a head whose scores are divided by the root of its features looks at "
        "least 90 % as evenly as can be, with 4 features and with 64; where they are not, at "
        "least 80 % with 4 and at most 60 % with 64.",
        (UNTRAINED,), _even, share=0.9, source="Vaswani et al. 2017",
    ),
)
