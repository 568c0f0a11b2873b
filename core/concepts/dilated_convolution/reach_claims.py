"""What the lab of lags teaches: scenarios, and the checks of its sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.dilated_convolution.reach import GUESS, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
FOURS = Config(nets=("dilated", "fours"), lags=("5", "8", "15", "16"))
TALL = Config(nets=("dilated", "tall"), lags=("12",), n_steps=100)
HOPS = Config(nets=("dilated",), lags=("7", "8", "15"), residual=True)
BARE = Config(nets=("dilated",), lags=("7", "8", "15"))
DEEPER = Config(nets=("dilated",), lags=("31", "32"), n_layers=5, n_steps=120)
NO_GATE = Config(nets=("dilated",), lags=("7", "8", "15"), gate=False)
THREE = Config(nets=("plain",), lags=("8", "9"), kernel=3, n_steps=120)

PRESETS = (
    Preset(
        "Doubling", DEFAULT,
        "Two nets of the same four layers and the same weights. Which of them can say what stood "
        "15 places before?",
        ("edge", "field_is_formula", "uses_what_it_needs"),
    ),
    Preset(
        "One layer more", DEEPER,
        "The net of four dilated layers sees 15 places back. How far does one with five see, and "
        "does it learn that?",
        ("one_layer_more",),
    ),
    Preset(
        "Larger steps, blind spots", FOURS,
        "Dilations 1, 4, 16, 64 reach 85 places back with the same four layers. Which lags does "
        "that net learn?",
        ("blind_spots",),
    ),
    Preset(
        "Deep enough?", TALL,
        "Twelve plain layers see 12 places back, as four dilated ones do. Do they learn lag 12?",
        ("not_sufficient",),
    ),
    Preset(
        "Far before near", HOPS,
        "With residual connections: which lag is learned first, 7, 8 or 15?",
        ("far_before_near", "residual_slows"),
    ),
    Preset(
        "No gates", NO_GATE,
        "WaveNet's layers have gates. Without them a layer is a ReLU: what does that cost here?",
        ("no_gates_needed",),
    ),
    Preset(
        "A wider kernel", THREE,
        "Each layer now sees three places. How far back do four plain layers see?",
        ("kernel",),
    ),
)


def right(h: xarray.Dataset, net: str, lag: int) -> np.ndarray:
    """Per seed the share of right answers at the end, (seed,)."""
    return h["right"].sel(net=net, lag=lag).isel(step=-1).values


def knows(h: xarray.Dataset, net: str, *lags: int) -> np.ndarray:
    """Whether at each of these lags at least 95 % are right, (seed,)."""
    return np.all([right(h, net, lag) >= 0.95 for lag in lags], 0)


def guesses(h: xarray.Dataset, net: str, *lags: int) -> np.ndarray:
    """Whether at none of these lags 40 % are right, (seed,)."""
    return np.all([right(h, net, lag) < GUESS for lag in lags], 0)


def arrives(h: xarray.Dataset, net: str, lag: int) -> np.ndarray:
    """Per seed the first recorded step with 90 % right; infinite if there is none."""
    values = h["right"].sel(net=net, lag=lag).transpose("step", "seed").values >= 0.9
    return np.where(values.any(0), h["step"].values[values.argmax(0)], np.inf)


def _edge(h: xarray.Dataset) -> np.ndarray:
    return (knows(h, "dilated", 4, 5, 8, 15) & guesses(h, "dilated", 16)
            & knows(h, "plain", 4) & guesses(h, "plain", 5, 8, 15, 16))


def _formula(h: xarray.Dataset) -> np.ndarray:
    felt = h["gradient"].isel(step=0).transpose("seed", "lag", "net", "back") > 0
    return (felt == (h["seen"] > 0)).all(("lag", "net", "back")).values


def _uses(h: xarray.Dataset) -> np.ndarray:
    pull = h["gradient"].sel(net="dilated", lag=15).transpose("step", "seed", "back").values
    share = pull[..., 15] / pull.sum(-1)
    return (share[-1] >= 0.15) & (share[-1] > share[0])


def _blind(h: xarray.Dataset) -> np.ndarray:
    return (knows(h, "fours", 5, 16) & guesses(h, "fours", 8, 15)
            & knows(h, "dilated", 5, 8, 15))


def _not_sufficient(h: xarray.Dataset) -> np.ndarray:
    return knows(h, "dilated", 12) & (right(h, "tall", 12) <= 0.6)


def _far_first(h: xarray.Dataset) -> np.ndarray:
    at = {lag: arrives(h, "dilated", lag) for lag in (7, 8, 15)}
    return np.isfinite(at[8]) & (at[8] < at[7]) & (at[8] < at[15])


def _residual(h: xarray.Dataset, without: xarray.Dataset) -> np.ndarray:
    return (right(h, "dilated", 15) <= 0.85) & knows(without, "dilated", 15)


def _deeper(h: xarray.Dataset) -> np.ndarray:
    return knows(h, "dilated", 31) & guesses(h, "dilated", 32)


CLAIMS = (
    Claim(
        "edge",
        "Four dilated layers learn to say the symbol 4, 5, 8 or 15 places before (at least 95 % "
        "are right) and guess at 16; as many plain ones, with as many weights, learn lag 4 and "
        "guess from 5 on.",
        (DEFAULT,), _edge, share=0.75, source="van den Oord et al. 2016",
    ),
    Claim(
        "field_is_formula",
        "Before training the gradient of an answer is 0 exactly at the symbols that the net does "
        "not see by the formula, and nowhere else.",
        (DEFAULT,), _formula,
    ),
    Claim(
        "uses_what_it_needs",
        "A net that has learned lag 15 depends on that symbol more than before training: at least "
        "15 % of the gradient of its answer is there.",
        (DEFAULT,), _uses,
    ),
    Claim(
        "blind_spots",
        "A wide field can have holes: with dilations 1, 4, 16 and 64 a net learns lags 5 and 16 "
        "and guesses at 8 and 15, though its field spans 86 places.",
        (FOURS,), _blind, share=0.75,
    ),
    Claim(
        "not_sufficient",
        "To see a symbol is not to learn it: twelve plain layers see 12 places back, and at most "
        "60 % of their answers at lag 12 are right after 100 steps; of four dilated ones at least "
        "95 %.",
        (TALL,), _not_sufficient,
    ),
    Claim(
        "far_before_near",
        "With residual connections a far lag can be learned before a near one: lag 8, over which "
        "one layer has to carry a symbol, before lag 7, over which three have to, and before 15.",
        (HOPS,), _far_first,
    ),
    Claim(
        "residual_slows",
        "Four dilated layers do not need residual connections: after 60 steps at least 95 % of "
        "the answers at lag 15 are right without them, and at most 85 % with them.",
        (HOPS, BARE), _residual, share=0.85,
    ),
    Claim(
        "no_gates_needed",
        "Nor do they need gates: with a ReLU instead at least 95 % are right at lags 7, 8 and 15 "
        "after 60 steps.",
        (NO_GATE,), lambda h: knows(h, "dilated", 7, 8, 15),
    ),
    Claim(
        "one_layer_more",
        "One layer more doubles how far a dilated net sees: with five layers lag 31 is learned "
        "within 120 steps, and lag 32 is not.",
        (DEEPER,), _deeper, share=0.85,
    ),
    Claim(
        "kernel",
        "Four plain layers with a kernel of three places learn lag 8 within 120 steps and guess "
        "at lag 9.",
        (THREE,), lambda h: knows(h, "plain", 8) & guesses(h, "plain", 9),
    ),
)
