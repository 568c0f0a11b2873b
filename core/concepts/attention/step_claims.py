"""What one read of a decoder shows: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 1000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.attention.step import SUB_STEPS, Config
from core.experiment import Claim, Preset
from core.stacked import update

if TYPE_CHECKING:
    import xarray

DOT = Config()
ADDITIVE = Config(attention="additive")
UPDATE = Config(shows="update", at=100)
BEFORE = Config(at=0)

PRESETS = (
    Preset(
        "One read of dot attention", DOT,
        "The third symbol of the answer is about to be said. How does the decoder know where to "
        "look?",
        ("sums_and_shares",),
    ),
    Preset(
        "One read of additive attention", ADDITIVE,
        "The same net with another score. What changes in the products, and what in the weights?",
        ("sums_and_shares",),
    ),
    Preset(
        "Before any training", BEFORE,
        "No update yet: the query is made by random numbers. What is read?",
        ("even_at_first",),
    ),
    Preset(
        "The next update of its query", UPDATE,
        "Six weights that make a number of the query. Does the one with the largest gradient go "
        "farthest?",
        ("update_adds_up",),
    ),
)


def _sums_and_shares(*histories: xarray.Dataset) -> np.ndarray:
    return np.all([_adds_up(h) for h in histories], axis=0)


def _adds_up(h: xarray.Dataset) -> np.ndarray:
    """Per seed: scores out of products, weights out of scores, and what is read out of states."""
    last, before = h.isel(step=-1), h["states"].isel(step=SUB_STEPS.index("query"))
    scores, weights = last["scores"].values, last["weights"].values  # (place, seed)
    powers = np.exp(scores - scores.max(0))
    read = last["vectors"].sel(vector="read").values  # (feature, seed)
    return (
        np.isclose(last["products"].values.sum(0), scores, atol=1e-4).all(0)
        & np.isclose(powers / powers.sum(0), weights, atol=1e-4).all(0)
        & np.isclose((before.values * weights).sum(1), read, atol=1e-4).all(0)
    )


def _even_at_first(untrained: xarray.Dataset, trained: xarray.Dataset) -> np.ndarray:
    first, then = (h["weights"].isel(step=-1).values.max(0) for h in (untrained, trained))
    return (first <= 0.25) & (then >= 0.3)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "sums_and_shares",
        "A score is the sum of its products, the weights are the softmax of the scores, and what "
        "is read is the sum of the states, each times its weight: with dot and additive attention "
        "alike.",
        (DOT, ADDITIVE), _sums_and_shares, share=0.9,
        source="Luong et al. 2015, Bahdanau et al. 2015",
    ),
    Claim(
        "even_at_first",
        "Before any training no place has more than a quarter of the weight; after 260 updates one "
        "of the 8 places has at least 30 %.",
        (BEFORE, DOT), _even_at_first, share=0.85,
    ),
    update.claim_of(UPDATE),
)
