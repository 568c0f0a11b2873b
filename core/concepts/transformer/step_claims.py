"""What a forward pass shows: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 1000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transformer.step import Config, sub_steps
from core.experiment import Claim, Preset
from core.stacked import update

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
BEFORE = Config(at=0)
UPDATE = Config(shows="update")
TWO_HEADS = Config(n_heads="2", sees="before", place=8)

PRESETS = (
    Preset(
        "Place 3 of ten", DEFAULT,
        "A net has learned to say ten digits backwards. Place 3 has to say the digit at place 8. "
        "How does it come by it?",
        ("where_it_stands", "sums_and_shares"),
    ),
    Preset(
        "Before any training", BEFORE,
        "No update yet: queries and keys are made by random numbers. Where does place 3 look?",
        ("where_it_stands",),
    ),
    Preset(
        "Two heads and a mask", TWO_HEADS,
        "Place 8 may look at itself and the places before it, with two heads of 8 numbers each. "
        "Which scores are missing?",
        ("sums_and_shares",),
    ),
    Preset(
        "The next update of its query", UPDATE,
        "Six weights that make a number of the query. Does the one with the largest gradient go "
        "farthest?",
        ("update_adds_up",),
    ),
)


def _sums_and_shares(*histories: xarray.Dataset) -> np.ndarray:
    return np.all([_adds_up(h, config) for h, config in
                   zip(histories, (DEFAULT, TWO_HEADS), strict=True)], axis=0)


def _adds_up(h: xarray.Dataset, config: Config) -> np.ndarray:
    """Per seed: scores out of query and keys, weights out of scores, the mix out of values, and
    the state that leaves out of the one that enters and what was added.
    """
    last, values = h.isel(step=-1), h["values"].isel(step=sub_steps(config).index("keys")).values
    keys, scores, weights = (last[name].values for name in ("keys", "scores", "weights"))
    of_place = {str(name): last["vectors"].sel(vector=name).values for name in h["vector"].values}
    d = len(keys)  # (d, place, seed)
    products = (of_place["query"][:d, None] * keys).sum(0) / d**0.5
    seen = np.isfinite(scores)
    powers = np.where(seen, np.exp(np.where(seen, scores, 0)), 0)
    added = of_place["state"] + of_place["attention"] + of_place["mlp"]
    return (
        np.isclose(np.where(seen, products, 0), np.where(seen, scores, 0), atol=1e-4).all(0)
        & np.isclose(powers / powers.sum(0), weights, atol=1e-4).all(0)
        & np.isclose((values * weights).sum(1), of_place["mix"][:d], atol=1e-4).all(0)
        & np.isclose(added, of_place["sum2"], atol=1e-4).all(0)
    )


def _where_it_stands(untrained: xarray.Dataset, trained: xarray.Dataset) -> np.ndarray:
    first, then = (h["weights"].isel(step=-1).values for h in (untrained, trained))
    return (first.max(0) <= 0.25) & (then[-DEFAULT.place] >= 0.5)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "sums_and_shares",
        "A score is the query times a key, divided by the root of the number of features; the "
        "weights are the softmax of the scores; the mix is the sum of the values, each times its "
        "weight; and the state that leaves the layer is the one that entered it, plus what "
        "attention gives, plus what the MLP gives.",
        (DEFAULT, TWO_HEADS), _sums_and_shares, share=0.9, source="Vaswani et al. 2017",
    ),
    Claim(
        "where_it_stands",
        "To say ten digits backwards, one layer with one head: before any training place 3 gives "
        "no place more than a quarter of its weight; after 100 updates more than half goes "
        "to place 8, where its answer stands.",
        (BEFORE, DEFAULT), _where_it_stands, share=0.85,
    ),
    update.claim_of(UPDATE),
)
