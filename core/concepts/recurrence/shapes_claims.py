"""What the lab of shapes teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.recurrence.shapes import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DRAW = Config()
NOISY = with_changes(DRAW, noise=0.1)
PRAISE = Config(shape="praise", n_steps=500)
PEAKS = Config(shape="peaks")
EXPAND = Config(shape="expand", n_steps=400)
WRITE = Config(shape="write")

PRESETS = (
    Preset(
        "Drift", DRAW,
        "Nets learn to draw point by point, told the right point before each. What becomes of the "
        "figures when each net has only its own points to go on from?",
        ("told_hides_drift", "lstm_stays"),
    ),
    Preset(
        "Noise against drift", NOISY,
        "The same, but in training the points before are a little off. Does that make the drawings "
        "worse or better?",
        ("noise_helps",),
    ),
    Preset(
        "Not very good", PRAISE,
        "Words in, one judgement out. A bag of words adds up what is said. On which sentences is "
        "it right, and on which does it need somebody who reads in order?",
        ("order_matters",),
    ),
    Preset(
        "Wait one step", PEAKS,
        "Is this number larger than both of its neighbours? A net that reads from left to right "
        "has not seen the next one. Does it take a second net from the other end?",
        ("waiting_is_enough",),
    ),
    Preset(
        "2b3a1d", EXPAND,
        "An encoder reads it all, then a decoder says bbaaad. It has learned from 1 to 3 pairs. "
        "How far does it get with 4?",
        ("expands_no_further",),
    ),
    Preset(
        "The house that Jack built", WRITE,
        "Nets learn which symbol comes next and then write on by themselves. What does the "
        "temperature change?",
        ("hot_invents",),
    ),
)


def off(h: xarray.Dataset, cell: str, told: str) -> np.ndarray:
    """How far from the figures at the end, (seed,)."""
    return h["off"].sel(variant=cell, told=told).isel(step=-1).values


def judged(h: xarray.Dataset, net: str, kind: str) -> np.ndarray:
    return h["judged"].sel(variant=net, kind=kind).isel(step=-1).values


def _drifts(h: xarray.Dataset) -> np.ndarray:
    told = off(h, "gru", "right")
    return (told <= 0.1) & (off(h, "gru", "own") >= 2.5 * told)


def _stays(h: xarray.Dataset) -> np.ndarray:
    return off(h, "lstm", "own") <= 0.1


def _noise(still: xarray.Dataset, noisy: xarray.Dataset) -> np.ndarray:
    return off(noisy, "gru", "own") <= off(still, "gru", "own") / 2


def _order(h: xarray.Dataset) -> np.ndarray:
    bag = (judged(h, "bag", "plain") >= 0.88) & (judged(h, "bag", "not") <= 0.68)
    return bag & (judged(h, "gru", "plain") >= 0.9) & (judged(h, "gru", "not") >= 0.9)


def _waiting(h: xarray.Dataset) -> np.ndarray:
    at_once, waiting, both = (h["tagged"].sel(variant=name).isel(step=-1).values
                              for name in ("at_once", "waiting", "both_ways"))
    return (at_once <= 0.9) & (waiting >= 0.94) & (both >= 0.94)


def _no_further(h: xarray.Dataset) -> np.ndarray:
    exact = h["exact"].sel(variant="gru").isel(step=-1)
    return (exact.sel(pairs=2) >= 0.85).values & (exact.sel(pairs=4) <= 0.2).values


def _hot(h: xarray.Dataset) -> np.ndarray:
    known = h["known"].sel(variant="gru").isel(step=-1)
    return (known.sel(temperature=0.5) >= 0.9).values & (
        known.sel(temperature=1.5) <= 0.75).values


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "told_hides_drift",
        "Told the right point before each, the GRU draws with an error of at most 0.1 (a figure "
        "has a radius of about 1). Told its own points, it is at least 2.5 times as far off.",
        (DRAW,), _drifts, share=0.85, source="Bengio et al. 2015",
    ),
    Claim(
        "lstm_stays",
        "The LSTM does not drift: from its own points, too, it is off by at most 0.1.",
        (DRAW,), _stays, share=0.85,
    ),
    Claim(
        "noise_helps",
        "Noise of 0.1 instead of 0.03 on the points before, in training, at least halves the error "
        "of the GRU that goes on from its own.",
        (DRAW, NOISY), _noise, share=0.85, source="Graves 2013, for noise on what is told",
    ),
    Claim(
        "order_matters",
        "A bag of words is right on at least 88 % of the sentences without a \"not\" and on at "
        "most 68 % of those with one; a GRU on at least 90 % of either.",
        (PRAISE,), _order, share=0.85,
    ),
    Claim(
        "waiting_is_enough",
        "Reading from left to right, a GRU tags at most 90 % of the numbers rightly when it has to "
        "say at once whether they are peaks, but at least 94 % when it may wait for one more; so "
        "do two that read from both ends.",
        (PEAKS,), _waiting, share=0.85, source="Schuster & Paliwal 1997, for both ends",
    ),
    Claim(
        "expands_no_further",
        "An encoder and a decoder expand at least 85 % of the sources of 2 pairs without a "
        "mistake, but at most 20 % of those of 4, one more than they have learned from (GRU).",
        (EXPAND,), _no_further, share=0.85,
    ),
    Claim(
        "hot_invents",
        "At a temperature of 0.5 at least 90 % of the words that the GRU writes are words of the "
        "rhyme, at 1.5 at most 75 %.",
        (WRITE,), _hot, share=0.85,
    ),
)
