"""What the lab of own texts teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 31.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.language_models.own_text import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
LONG = Config(merges=("0",), n_steps=600)

PRESETS = (
    Preset(
        "Characters or tokens?", DEFAULT,
        "One net reads a tale by characters, one by tokens that 100 merges have put together. "
        "Compare the two charts: which net knows the text better, and which of the two charts "
        "could have told you?",
        ("per_token", "shorter", "beyond_pairs", "threes"),
    ),
    Preset(
        "By heart", LONG,
        "A net reads one page again and again. What becomes of the part that it never sees, and "
        "when should training have stopped?",
        ("by_heart", "tokens_by_heart"),
    ),
)


def bits(h: xarray.Dataset, kind: str) -> np.ndarray:
    """Per character of the part held out, (step, seed)."""
    return np.asarray(h["bits"].sel(kind=kind).transpose("step", "seed").values)


def at_best(h: xarray.Dataset, array: str, kind: str) -> np.ndarray:
    """Per seed, at the step at which the part held out takes the fewest bits."""
    best = bits(h, kind).argmin(0)
    values = h[array].sel(kind=kind).transpose("step", "seed").values
    return np.asarray(values[best, np.arange(len(best))])


def counted(h: xarray.Dataset, order: str) -> float:
    return float(h["counted"].sel(order=order).values[0])


def _per_token(h: xarray.Dataset) -> np.ndarray:
    more = at_best(h, "per_token", "100") - at_best(h, "per_token", "0")
    return (more >= 1.3) & (at_best(h, "bits", "100") < at_best(h, "bits", "0"))


def _shorter(h: xarray.Dataset) -> np.ndarray:
    n = h["n_tokens"].isel(step=0).values
    return np.full(h.sizes["seed"], n[100] <= 0.42 * n[0])


def _beyond_pairs(h: xarray.Dataset) -> np.ndarray:
    worst = np.maximum(at_best(h, "bits", "0"), at_best(h, "bits", "100"))
    return counted(h, "2") - worst >= 0.4


def _threes(h: xarray.Dataset) -> np.ndarray:
    return counted(h, "3") - at_best(h, "bits", "0") <= 0.15


def _by_heart(h: xarray.Dataset) -> np.ndarray:
    of_held_out = bits(h, "0")
    known = h["known"].sel(kind="0").isel(step=-1).values
    return (of_held_out[-1] - of_held_out.min(0) >= 0.3) & (known <= 0.6)


def _tokens_by_heart(h: xarray.Dataset) -> np.ndarray:
    tokens, characters = bits(h, "100"), bits(h, "0")
    return (tokens[-1] - characters[-1] >= 0.25) & (tokens < characters).any(0)


CLAIMS = (
    Claim(
        "per_token",
        "The loss per token cannot compare them: at its best the net that reads tokens is "
        "surprised by a token at least 1.3 nats more than the other by a character, and yet it "
        "needs fewer bits per character.",
        (DEFAULT,), _per_token, share=0.85,
    ),
    Claim(
        "shorter",
        "A hundred merges leave at most 42 tokens of a hundred characters of the tale.",
        (DEFAULT,), _shorter, share=0.85, source="Sennrich et al. 2016",
    ),
    Claim(
        "beyond_pairs",
        "Both look back farther than one character: at their best they are at least 0.4 bits "
        "below what counting pairs of characters gets.",
        (DEFAULT,), _beyond_pairs, share=0.85,
    ),
    Claim(
        "threes",
        "On one page counting is hard to beat: the net that reads characters gets at most 0.15 "
        "bits below what counting threes of characters gets, if it gets there.",
        (DEFAULT,), _threes, share=0.85,
    ),
    Claim(
        "tokens_by_heart",
        "There are fewer tokens to learn from than characters: after 240 steps the net that reads "
        "tokens knows them by heart, and needs at least 0.25 bits more for a character than the "
        "other; before it needed fewer.",
        (DEFAULT,), _tokens_by_heart, share=0.85,
    ),
    Claim(
        "by_heart",
        "The one that reads characters gets there later: after 600 steps it needs at most 0.6 bits "
        "for a character that it learns from, and for one held out at least 0.3 more than at its "
        "best.",
        (LONG,), _by_heart, share=0.85,
    ),
)
