"""What the classification lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims bias_variance.classification
--first-seed 100` checks them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.bias_variance.classification import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

TREE = Config()
NEIGHBORS = Config(family="nearest_neighbors", n_neighbors=1)
RINGS = Config(world="circles", max_depth=1)

PRESETS = (
    Preset(
        "Deep and shallow trees", TREE,
        "Each data set of 100 points grows another tree. Where do they disagree?",
        ("parts_meet_error", "depth_trades", "shallow_is_better"),
    ),
    Preset(
        "Variance that helps", with_changes(TREE, max_depth=1),
        "A tree with one question cuts the plane once, and is always wrong somewhere. Is it good "
        "or bad there if such trees disagree?",
        ("helps", "does_not_add"),
    ),
    Preset(
        "Better than its own bias", RINGS,
        "No single question tells a ring from its middle. Can a tree do better than the vote of "
        "all trees?",
        ("better_than_bias",),
    ),
    Preset(
        "One neighbour or many", NEIGHBORS,
        "One neighbour decides, or fifteen. Where does the vote of the fits change, and where "
        "does it only become clearer?",
        ("neighbors_trade", "fifteen_beat_one"),
    ),
    Preset(
        "Too many neighbours", with_changes(NEIGHBORS, n_neighbors=65),
        "65 of 100 points are asked. Are the fits unsure of themselves, or sure and wrong?",
        ("sure_and_wrong",),
    ),
)


def _last(h: xarray.Dataset, name: str) -> xarray.DataArray:
    """(complexity, seed)"""
    return h[name].isel(step=-1)


def _at(h: xarray.Dataset, name: str, complexity: int) -> np.ndarray:
    """(seed,)"""
    return _last(h, name).sel(complexity=complexity).values


def _meet(h: xarray.Dataset) -> np.ndarray:
    noise, bias, hurts, helps = (
        _last(h, name) for name in ("noise", "bias", "variance_unbiased", "variance_biased")
    )
    return (abs(noise + bias + hurts - helps - _last(h, "test_error")) <= 0.01).all(
        "complexity").values


def _trades(h: xarray.Dataset) -> np.ndarray:
    return (_at(h, "bias", 1) >= 2 * _at(h, "bias", 12)) & (
        _at(h, "variance_unbiased", 12) >= 1.1 * _at(h, "variance_unbiased", 1))


def _does_not_add(h: xarray.Dataset) -> np.ndarray:
    plain = sum(_at(h, name, 1) for name in (
        "noise", "bias", "variance_unbiased", "variance_biased"))
    return plain - _at(h, "test_error", 1) >= 0.03


def _neighbors_trade(h: xarray.Dataset) -> np.ndarray:
    bias = _last(h, "bias").sel(complexity=[65, 45, 31, 15, 5])
    hurts = _last(h, "variance_unbiased").sel(complexity=[31, 15, 7, 3, 1])
    return ((bias.diff("complexity") < 0).all("complexity")
            & (hurts.diff("complexity") > 0).all("complexity")).values


CLAIMS = (
    Claim(
        "parts_meet_error",
        "Noise + bias + the variance that hurts - the variance that helps meets the error on "
        "fresh labels within 0.01 at every depth.",
        (TREE,), _meet, source="Domingos 2000",
    ),
    Claim(
        "depth_trades",
        "At depth 12 a tree has at most half the bias of depth 1, and at least 1.1 times the "
        "variance that hurts.",
        (TREE,), _trades, share=0.85,
    ),
    Claim(
        "shallow_is_better",
        "Two questions are better than as many as it takes: depth 2 has less error than "
        "depth 12.",
        (TREE,), lambda h: _at(h, "test_error", 2) < _at(h, "test_error", 12), share=0.85,
    ),
    Claim(
        "helps",
        "At depth 1 variance takes at least 0.02 off the error: where the vote of all trees is "
        "wrong, a tree that differs from it is right.",
        (TREE,), lambda h: _at(h, "variance_biased", 1) >= 0.02, share=0.85,
        source="Domingos 2000",
    ),
    Claim(
        "does_not_add",
        "Under 0-1 loss the parts do not add as under squared loss: at depth 1 noise + bias + all "
        "variance is over the measured error by at least 0.03.",
        (TREE,), _does_not_add, share=0.85,
    ),
    Claim(
        "better_than_bias",
        "On the circles a single tree of depth 1 has less error, noise included, than the majority "
        "of all such trees has without it (the bias).",
        (RINGS,), lambda h: _at(h, "test_error", 1) < _at(h, "bias", 1), share=0.85,
    ),
    Claim(
        "neighbors_trade",
        "More neighbours, more bias (5, 15, 31, 45, 65) and less variance that hurts (1, 3, 7, "
        "15, 31).",
        (NEIGHBORS,), _neighbors_trade, share=0.75,
    ),
    Claim(
        "fifteen_beat_one",
        "Fifteen neighbours have less error than one.",
        (NEIGHBORS,), lambda h: _at(h, "test_error", 15) < _at(h, "test_error", 1),
    ),
    Claim(
        "sure_and_wrong",
        "With 65 neighbours bias is at least eight times the variance that hurts.",
        (NEIGHBORS,), lambda h: _at(h, "bias", 65) >= 8 * _at(h, "variance_unbiased", 65),
        share=0.85,
    ),
)
