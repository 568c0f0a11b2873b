"""What the lab of few labels teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.language_models.labels import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
TOO_EARLY = Config(n_pretraining=80, labels=("8",))

PRESETS = (
    Preset(
        "Eight labels", DEFAULT,
        "Four topics, two labelled sentences of each. How much does it help a net to know the "
        "language already?",
        ("gpt_gains", "less_with_many", "hardly_any_with_many"),
    ),
    Preset(
        "Too early", TOO_EARLY,
        "Pre-training is stopped after 80 steps, when BERT has hardly begun to understand. Does it "
        "help all the same?",
        ("too_early",),
    ),
)


def gain(h: xarray.Dataset, model: str, n_labels: int) -> np.ndarray:
    """Share right of the pre-trained net less that from scratch, at the end: (seed,)."""
    return h["gain"].sel(model=model, n_labels=n_labels).isel(step=-1).values


def _gpt_gains(h: xarray.Dataset) -> np.ndarray:
    return gain(h, "gpt", 8) >= 0.15


def _less(h: xarray.Dataset) -> np.ndarray:
    return gain(h, "gpt", 64) <= gain(h, "gpt", 8)


def _hardly(h: xarray.Dataset) -> np.ndarray:
    return gain(h, "bert", 64) <= 0.12


def _too_early(h: xarray.Dataset) -> np.ndarray:
    return gain(h, "bert", 8) <= 0.15


CLAIMS = (
    Claim(
        "gpt_gains",
        "With eight labelled sentences of four topics a GPT that was pre-trained for 240 steps is "
        "at least 15 points more often right than the same net from scratch.",
        (DEFAULT,), _gpt_gains, share=0.8, source="Radford et al. 2018",
    ),
    Claim(
        "less_with_many",
        "The more labels, the less there is to gain: with 64 GPT gains no more than with 8.",
        (DEFAULT,), _less, share=0.8,
    ),
    Claim(
        "hardly_any_with_many",
        "With 64 labels BERT's net from scratch is nearly as good: pre-training gains at most 12 "
        "points.",
        (DEFAULT,), _hardly, share=0.9,
    ),
    Claim(
        "too_early",
        "Pre-trained for 80 steps only, BERT gains at most 15 points with 8 labels: it knows too "
        "little yet.",
        (TOO_EARLY,), _too_early, share=0.9,
    ),
)
