"""What the lab of translators teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7; `python -m core claims attention --first-seed 100` checks
them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.attention.translate import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
LEFT_TO_RIGHT = Config(encoder="unidirectional", reads=("dot",))
FED = Config(reads=("none", "dot"))
GRU = with_changes(DEFAULT, reads=("dot",))
SELF = with_changes(GRU, encoder="self_attention", learning_rate=0.01)
TWO_SCORES = with_changes(DEFAULT, reads=("dot", "additive"))
ROOTS = with_changes(SELF, reads=("dot", "scaled"), learning_rate=0.02)
REVERSED = Config(reads=("none",), longest=8, n_steps=600)
SORTED = with_changes(REVERSED, task="sort")

PRESETS = (
    Preset(
        "The bottleneck", DEFAULT,
        "One net squeezes all that it reads into one vector, the other may look back at every "
        "symbol. How many sequences of 8 digits does each say backwards without a mistake?",
        ("bottleneck", "longest"),
    ),
    Preset(
        "Off by one", LEFT_TO_RIGHT,
        "This encoder reads from left to right only. Where will the decoder look: at the symbol "
        "that it says, or elsewhere?",
        ("off_by_one",),
    ),
    Preset(
        "Its own mistakes", FED,
        "While it learns, a decoder is told the right symbols before each. How many symbols are "
        "right when it has only its own?",
        ("told_hides",),
    ),
    Preset(
        "Beyond the longest", GRU,
        "It learns from sequences of 3 to 12 digits, and it may look wherever it likes. What "
        "becomes of 20 digits?",
        ("no_longer",),
    ),
    Preset(
        "No recurrence in the encoder", SELF,
        "All symbols are read at once, by self-attention with a learned vector for each place. It "
        "learns from 3 to 12 digits: what becomes of 16?",
        ("self_stops",),
    ),
    Preset(
        "Which comes first?", with_changes(DEFAULT, reads=("dot",), n_seeds=6),
        "In a trained net the map is a clean diagonal. Does it form before the answers come "
        "right, or after?",
        ("symbols_map_sequences", "right_place"),
    ),
    Preset(
        "Two scores, two maps", TWO_SCORES,
        "Dot attention multiplies, additive attention adds and squashes. Which one gets more "
        "sequences right, and whose map is the clearer one?",
        ("as_right_other_map", "additive_later"),
    ),
    Preset(
        "What the root is for", ROOTS,
        "Self-attention reads, at a learning rate that is good for a GRU. One decoder divides its "
        "scores by the root of the width, the other does not. Does that matter?",
        ("root_keeps_learning",),
    ),
    Preset(
        "Sorted", SORTED,
        "The same fixed vector is now to say the digits in order, smallest first. Eight digits "
        "were too much for it backwards. Are they too much when sorted?",
        ("sort_needs_none",),
    ),
)


def exact(h: xarray.Dataset, read: str, length: int) -> np.ndarray:
    """Per seed the share of sequences that are right as a whole at the end, (seed,)."""
    return h["exact"].sel(read=read, length=length).isel(step=-1).values


def symbols(h: xarray.Dataset, read: str, told: str) -> np.ndarray:
    """Per seed the share of symbols that are right at the end, (seed,)."""
    return h["symbols"].sel(read=read, told=told).isel(step=-1).values


def mass(h: xarray.Dataset, read: str) -> np.ndarray:
    """Per seed the share of the attention that is on the right place at the end, (seed,)."""
    return h["mass"].sel(read=read).isel(step=-1).values


def reaches(values: xarray.DataArray, level: float) -> np.ndarray:
    """Per seed the first step at which it is reached, (seed,); infinite where it never is."""
    reached = values.transpose("step", "seed").values >= level
    first = values["step"].values[reached.argmax(0)]
    return np.where(reached.any(0), first, np.inf)


def _bottleneck(h: xarray.Dataset) -> np.ndarray:
    return (exact(h, "dot", 8) >= 0.7) & (exact(h, "none", 8) <= 0.35)


def _longest(h: xarray.Dataset) -> np.ndarray:
    return (exact(h, "dot", 12) >= 0.25) & (exact(h, "none", 12) <= 0.05)


def _no_longer(h: xarray.Dataset) -> np.ndarray:
    return exact(h, "dot", 20) <= exact(h, "dot", 12) / 2


def _self_stops(h: xarray.Dataset) -> np.ndarray:
    return (exact(h, "dot", 8) >= 0.9) & (exact(h, "dot", 16) <= 0.02)


def _right_place(h: xarray.Dataset) -> np.ndarray:
    return mass(h, "dot") >= 0.65


def _order(h: xarray.Dataset) -> np.ndarray:
    of = h.sel(read="dot")
    symbol = reaches(of["symbols"].sel(told="right"), 0.5)
    place, whole = reaches(of["mass"], 0.5), reaches(of["exact"].sel(length=8), 0.5)
    return (symbol < place) & (place < whole)


def _as_right(h: xarray.Dataset) -> np.ndarray:
    right, map_ = exact(h, "additive", 8), mass(h, "additive")
    return (np.abs(right - exact(h, "dot", 8)) <= 0.2) & (map_ <= 0.5) & (mass(h, "dot") >= 0.65)


def _later(h: xarray.Dataset) -> np.ndarray:
    first = {read: reaches(h["symbols"].sel(read=read, told="right"), 0.5)
             for read in ("dot", "additive")}
    return first["dot"] < first["additive"]


def _root(h: xarray.Dataset) -> np.ndarray:
    return (exact(h, "dot", 8) <= 0.55) & (exact(h, "scaled", 8) >= 0.9)


def _told(h: xarray.Dataset) -> np.ndarray:
    told, own = symbols(h, "none", "right"), symbols(h, "none", "own")
    return (told >= 0.65) & (own <= told - 0.1) & (exact(h, "none", 8) <= 0.35)


def _off_by_one(h: xarray.Dataset) -> np.ndarray:
    later = h["offsets"].sel(read="dot", offset=1).isel(step=-1).values
    return (later >= 0.55) & (mass(h, "dot") <= 0.3) & (exact(h, "dot", 8) >= 0.55)


def _sorts(in_order: xarray.Dataset, backwards: xarray.Dataset) -> np.ndarray:
    return (exact(in_order, "none", 8) >= 0.85) & (exact(backwards, "none", 8) <= 0.5)


CLAIMS = (
    Claim(
        "bottleneck",
        "Of sequences of 8 digits that are to be reversed, a decoder with dot attention says at "
        "least 70 % without a mistake, one with a fixed vector at most 35 %.",
        (DEFAULT,), _bottleneck, share=0.85, source="Bahdanau et al. 2015",
    ),
    Claim(
        "longest",
        "At the longest trained length, 12 digits, the fixed vector is right in at most 5 % of the "
        "sequences, dot attention in at least 25 %.",
        (DEFAULT,), _longest, share=0.9,
    ),
    Claim(
        "no_longer",
        "Attention does not make a net work on longer sequences than it has seen: of 20 digits at "
        "most half as many are right as of 12, the longest trained.",
        (DEFAULT,), _no_longer, share=0.9,
    ),
    Claim(
        "self_stops",
        "Self-attention in place of the recurrent encoder says at least 90 % of the sequences of 8 "
        "digits right, but at most 2 % of those of 16, which it has never seen.",
        (SELF,), _self_stops, share=0.85, source="Vaswani et al. 2017, for the encoder",
    ),
    Claim(
        "right_place",
        "With an encoder that reads in both directions, at least 65 % of the attention is on the "
        "digit that is being said.",
        (DEFAULT,), _right_place, share=0.9,
    ),
    Claim(
        "symbols_map_sequences",
        "The map is neither first nor last: half of the symbols are right (told the right ones "
        "before) before half of the attention is on the right place, and that comes before half of "
        "the sequences of 8 are right as a whole.",
        (DEFAULT,), _order, share=0.9,
    ),
    Claim(
        "told_hides",
        "Told the right symbols before each, the fixed vector says at least 65 % of the symbols "
        "right; with its own before, at least 10 points fewer, and at most 35 % of the sequences "
        "of 8 as a whole.",
        (DEFAULT,), _told, share=0.85,
    ),
    Claim(
        "off_by_one",
        "An encoder that reads from left to right gives a map that is off by one: at least 55 % of "
        "the attention is one place later than the digit that is said, at most 30 % on it, and at "
        "least 55 % of the sequences of 8 are right.",
        (LEFT_TO_RIGHT,), _off_by_one, share=0.85,
    ),
    Claim(
        "as_right_other_map",
        "The score changes the map more than the answers: of sequences of 8 digits dot and "
        "additive attention say as many right, within 20 points, but at least 65 % of the one's "
        "attention is on the digit that is said, of the other's at most 50 %.",
        (TWO_SCORES,), _as_right, share=0.85, source="Bahdanau et al. 2015, for the score",
    ),
    Claim(
        "additive_later",
        "Additive attention begins to work later: told the right symbols before, it gets half of "
        "them right after more updates than dot attention.",
        (TWO_SCORES,), _later, share=0.85,
    ),
    Claim(
        "root_keeps_learning",
        "Behind a self-attention encoder, at a learning rate of 0.02, dot attention that is "
        "divided by the root of the width says at least 90 % of the sequences of 8 digits right, "
        "without the root at most 55 %.",
        (ROOTS,), _root, share=0.8, source="Vaswani et al. 2017, section 3.2.1",
    ),
    Claim(
        "sort_needs_none",
        "What the vector has to hold depends on the task: of sequences of 8 digits the fixed "
        "vector sorts at least 85 % without a mistake, and says at most 50 % backwards.",
        (SORTED, REVERSED), _sorts, share=0.8,
    ),
)
