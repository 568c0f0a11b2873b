"""What the lab of the two objectives teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 50.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.language_models.objectives import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
MIXED = Config(put="mixed")
EARLY = 110

PRESETS = (
    Preset(
        "One net, two objectives", DEFAULT,
        "The same net, the same sentences. One has to say each word from those before it, one "
        "words that were blotted out, from those on both sides. Which learns faster?",
        ("slower_per_step", "passes", "near_the_floor", "no_writer", "agrees_first"),
    ),
    Preset(
        "Not always a gap", MIXED,
        "In BERT's paper one masked word in ten is another word, and one stays as it is. Now BERT "
        "is given whole sentences, with nothing masked: does it say the words that it reads?",
        ("reads_what_is_there",),
    ),
)


def loss(h: xarray.Dataset, reader: str, step: int | None = None) -> np.ndarray:
    """Per seed at the first recorded step from there on, or at the end: (seed,)."""
    return _at(h["loss"].sel(reader=reader), step)


def kind(h: xarray.Dataset, reader: str, name: str) -> np.ndarray:
    """The cross-entropy of a kind of word at the end, (seed,)."""
    return h["by_kind"].sel(reader=reader, kind=name).isel(step=-1).values


def agrees(h: xarray.Dataset, reader: str) -> np.ndarray:
    """The share of verbs behind a clause with the right number at the end, (seed,)."""
    return h["agrees"].sel(reader=reader).isel(step=-1).values


def _at(a: xarray.DataArray, step: int | None) -> np.ndarray:
    i = -1 if step is None else int(np.searchsorted(a["step"].values, step))
    return a.isel(step=i).values


def _slower(h: xarray.Dataset) -> np.ndarray:
    return loss(h, "masked", EARLY) >= loss(h, "causal", EARLY) + 0.3


def _near(h: xarray.Dataset) -> np.ndarray:
    excess = h["excess"].isel(step=-1)
    return (excess.sel(reader="causal").values <= 0.13) & (
        excess.sel(reader="masked").values >= 0.3)


def _no_writer(h: xarray.Dataset) -> np.ndarray:
    return loss(h, "writer") >= loss(h, "causal") + 0.3


def _agrees(h: xarray.Dataset) -> np.ndarray:
    return (agrees(h, "causal") >= 0.9) & (agrees(h, "masked") <= 0.85)


def _words(h: xarray.Dataset) -> np.ndarray:
    verb = kind(h, "masked", "verb") >= kind(h, "causal", "verb") + 0.15
    return verb & (kind(h, "masked", "adjective") <= kind(h, "causal", "adjective") - 1)


def _passes(h: xarray.Dataset) -> np.ndarray:
    return loss(h, "masked") <= loss(h, "causal") - 0.02


def _reads(mixed: xarray.Dataset, gaps: xarray.Dataset) -> np.ndarray:
    with_all, with_gaps = (h["visible"].isel(step=-1).values for h in (mixed, gaps))
    return (with_all >= 0.55) & (with_gaps <= 0.5)


CLAIMS = (
    Claim(
        "slower_per_step",
        "BERT learns more slowly per step: after 110 of 400 steps its cross-entropy is at least "
        "0.3 nats above GPT's, though it sees both sides of a word.",
        (DEFAULT,), _slower, share=0.85,
    ),
    Claim(
        "near_the_floor",
        "After 400 steps GPT is within 0.13 nats of what the language itself leaves open from the "
        "left; BERT is still at least 0.3 above what it leaves open from both sides.",
        (DEFAULT,), _near, share=0.9,
    ),
    Claim(
        "no_writer",
        "BERT is no writer: made to say each word from those before it, with all the rest masked, "
        "it is at least 0.3 nats worse than GPT.",
        (DEFAULT,), _no_writer, share=0.9,
    ),
    Claim(
        "agrees_first",
        "Behind a clause whose noun has the other number GPT gives at least 90 % of the verbs the "
        "number of their subject, BERT after the same 400 steps at most 85 %.",
        (DEFAULT,), _agrees, share=0.85, source="Linzen et al. 2016",
    ),
    Claim(
        "not_every_word",
        "Both sides do not help with every word: after 400 steps BERT is at least 1 nat better "
        "than GPT at adjectives, and at least 0.15 worse at verbs.",
        (DEFAULT,), _words, share=0.85,
    ),
    Claim(
        "passes",
        "With both sides to look at there is less to be surprised by: after 400 steps BERT's "
        "cross-entropy is below GPT's, by at least 0.02 nats.",
        (DEFAULT,), _passes, share=0.9,
    ),
    Claim(
        "reads_what_is_there",
        "A BERT that was only ever asked about gaps says at most half of the words that it simply "
        "reads; one that now and then had another word or the word itself in their places, at "
        "least 55 %.",
        (MIXED, DEFAULT), _reads, share=0.85, source="Devlin et al. 2018",
    ),
)
