"""What the lab of parts teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7; `python -m core claims transformer --first-seed 100` checks
them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transformer.parts import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
HOT = Config(learning_rate=0.04, n_steps=80, without=("norm", "post"))
COUNT = Config(task="count", n_layers=2, n_steps=300, batch_size=32, learning_rate=0.003,
               without=("positions",))
PREVIOUS = Config(task="previous", n_layers=2, n_steps=160, sees="before",
                  without=("positions", "mask", "order"))
REPEATS = Config(task="repeats", n_layers=2, n_steps=300, learning_rate=0.006, mlp=False,
                 n_heads="1", without=("layers",))
ONE_PERIOD = with_changes(REPEATS, task="one_period", n_steps=200)
NO_PLACES = with_changes(REPEATS, without=("positions",))
START = Config(norm="post", n_layers=6, n_steps=120, batch_size=32, learning_rate=0.01, without=())
WIDE_START = with_changes(START, start="unit")
COLD_START = Config(norm="post", n_layers=6, learning_rate=0.02, n_steps=120, without=())
WARMED_UP = with_changes(COLD_START, warm_up=60)
SCALE = Config(start="unit", n_layers=1, n_heads="1", width=64, n_steps=100, without=("scale",))
NARROW = with_changes(SCALE, width=16)

PRESETS = (
    Preset(
        "Take one out", DEFAULT,
        "Five parts, and five nets that lack one of them each. How many learn to say ten digits "
        "backwards all the same?",
        ("two_are_needed", "three_are_not"),
    ),
    Preset(
        "A high learning rate", HOT,
        "Without its layer norm the net learned as well. Does it at a learning rate of 0.04?",
        ("norm_buys_rate",),
    ),
    Preset(
        "Positions in the way", COUNT,
        "Each digit is to say how often it occurs. Does it help to know where each stands?",
        ("positions_hurt",),
    ),
    Preset(
        "Order without positions", PREVIOUS,
        "Each place is to say which digit stands before it. Can a net do that that is not told "
        "where anything stands?",
        ("mask_tells_order",),
    ),
    Preset(
        "Two layers, suddenly", REPEATS,
        "Random letters, then the same again: what comes next? Do nets of two layers learn that "
        "little by little?",
        ("one_layer_cannot", "jump", "each_its_own_step"),
    ),
    Preset(
        "Cheating with places", ONE_PERIOD,
        "Now all blocks have twelve letters. Does that still take two layers?",
        ("one_layer_can",),
    ),
    Preset(
        "Repeats without places", NO_PLACES,
        "The blocks of 6 to 12 letters again, and one net is not told where anything stands. Can "
        "it go on with them?",
        ("some_without_places",),
    ),
    Preset(
        "Post-norm, a wide start", WIDE_START,
        "Six layers with the norm after the addition; their weights begin with three times the "
        "usual variance. Is it the norm that keeps them from learning?",
        ("start_not_norm",),
    ),
    Preset(
        "Post-norm, cold start", COLD_START,
        "Six layers with the norm after the addition, and a learning rate of 0.02 from the first "
        "step on: does the net learn?",
        ("warm_up_saves",),
    ),
    Preset(
        "Post-norm, warmed up", WARMED_UP,
        "The same with a learning rate that rises for 60 steps: does the net learn now?",
        ("warm_up_saves",),
    ),
    Preset(
        "Forgot the root of d", SCALE,
        "Scores are not divided by the root of 64. How evenly does the head look before the first "
        "step, and does the net learn?",
        ("scale_keeps_even", "learns_without_scale"),
    ),
)


def right(h: xarray.Dataset, net: str = "whole") -> np.ndarray:
    """Per seed the share of right answers at the end, (seed,)."""
    return h["right"].sel(net=net).isel(step=-1).values


def alike(h: xarray.Dataset, net: str) -> np.ndarray:
    """Per seed the cosine after the last layer before training, (seed,)."""
    return h["likeness"].sel(net=net).isel(step=0, layer=-1).values


def even(h: xarray.Dataset, net: str) -> np.ndarray:
    """Per seed how evenly heads look before training, (seed,)."""
    return h["evenness"].sel(net=net).isel(step=0).values


def reaches(h: xarray.Dataset, level: float) -> np.ndarray:
    """Per seed the first step at which the whole net has this share right; infinite if never."""
    values = h["right"].sel(net="whole").transpose("step", "seed").values >= level
    return np.where(values.any(0), h["step"].values[values.argmax(0)], np.inf)


def _two(h: xarray.Dataset) -> np.ndarray:
    return (right(h) >= 0.95) & (right(h, "positions") <= 0.37) & (right(h, "residual") <= 0.3)


def _three(h: xarray.Dataset) -> np.ndarray:
    return np.all([right(h, net) >= 0.9 for net in ("norm", "mlp", "scale")], 0)


def _alike(h: xarray.Dataset) -> np.ndarray:
    return (alike(h, "residual") >= 0.99) & (alike(h, "whole") <= 0.4)


def _hot(h: xarray.Dataset) -> np.ndarray:
    return (right(h) >= 0.9) & (right(h, "norm") <= 0.3) & (right(h, "post") <= 0.3)


def _hurt(h: xarray.Dataset) -> np.ndarray:
    return right(h, "positions") >= right(h) + 0.1


def _mask(h: xarray.Dataset) -> np.ndarray:
    return (right(h, "positions") >= 0.7) & (right(h, "order") <= 0.37) & (right(h) >= 0.95)


def _one_layer(h: xarray.Dataset) -> np.ndarray:
    return (right(h) >= 0.75) & (right(h, "layers") <= 0.5)


def _jump(h: xarray.Dataset) -> np.ndarray:
    arrived = reaches(h, 0.7)
    return np.isfinite(arrived) & (arrived <= reaches(h, 0.4) + 60)


def _own_step(h: xarray.Dataset) -> np.ndarray:
    steps = reaches(h, 0.6)
    return np.array([np.ptp(steps[np.isfinite(steps)]) >= 30])


def _period(h: xarray.Dataset) -> np.ndarray:
    return right(h, "layers") >= 0.95


def _places(h: xarray.Dataset) -> np.ndarray:
    return (right(h, "positions") >= 0.3) & (right(h) >= right(h, "positions") + 0.1)


def _start(usual: xarray.Dataset, wide: xarray.Dataset) -> np.ndarray:
    return (right(usual) >= 0.9) & (right(wide) <= 0.3)


def _warm_up(cold: xarray.Dataset, warm: xarray.Dataset) -> np.ndarray:
    return (right(cold) <= 0.3) & (right(warm) >= 0.75)


def _even(wide: xarray.Dataset, narrow: xarray.Dataset) -> np.ndarray:
    scaled = (even(wide, "whole") >= 0.7) & (even(narrow, "whole") >= 0.7)
    return scaled & (even(wide, "scale") <= 0.3) & (even(narrow, "scale") <= 0.55)


def _unscaled(h: xarray.Dataset) -> np.ndarray:
    return right(h, "scale") >= 0.7


CLAIMS = (
    Claim(
        "two_are_needed",
        "To say ten digits backwards a net of four layers needs positions and residual "
        "connections: without positions at most 37 % of its answers are right, without residual "
        "connections at most 30 %, the whole net's at least 95 %.",
        (DEFAULT,), _two, share=0.9,
    ),
    Claim(
        "three_are_not",
        "The same net learns without its layer norm, without its MLPs or without the scale: at "
        "least 90 % of the answers of each are right.",
        (DEFAULT,), _three, share=0.9,
    ),
    Claim(
        "alike_without_residual",
        "Without residual connections all places of a sequence are alike after four layers, "
        "before any training: the cosine between two of them is at least 0.99, in the whole net "
        "at most 0.4.",
        (DEFAULT,), _alike, share=0.9, source="Dong et al. 2021",
    ),
    Claim(
        "norm_buys_rate",
        "What the layer norm buys is a high learning rate: at 0.04 at most 30 % of the answers "
        "are right without it, or with it after the addition, and at least 90 % with it before "
        "each part.",
        (HOT,), _hot, share=0.9, source="Xiong et al. 2020",
    ),
    Claim(
        "positions_hurt",
        "Positions do not always help: where each digit has to say how often it occurs, at least "
        "10 points more answers are right without them, after 300 steps.",
        (COUNT,), _hurt, share=0.8,
    ),
    Claim(
        "mask_tells_order",
        "A causal mask tells the order: without positions at least 70 % of the digits before are "
        "right with it, and at most 37 % without either.",
        (PREVIOUS,), _mask, share=0.9, source="Haviv et al. 2022",
    ),
    Claim(
        "one_layer_cannot",
        "To go on with blocks of 6 to 12 letters takes two layers of attention: at least 75 % of "
        "their answers are right after 300 steps, of one layer's at most 50 %.",
        (REPEATS,), _one_layer, share=0.85, source="Olsson et al. 2022",
    ),
    Claim(
        "jump",
        "Two layers learn to go on suddenly: within 60 of 300 steps the share of right answers "
        "goes from 40 % to 70 %.",
        (REPEATS,), _jump, share=0.85, source="Olsson et al. 2022",
    ),
    Claim(
        "each_its_own_step",
        "Each seed jumps at a step of its own: between the first and the last of them to have "
        "60 % right are at least 30 steps.",
        (REPEATS,), _own_step, share=0.75, over="group",
    ),
    Claim(
        "one_layer_can",
        "Where all blocks have twelve letters, one layer is enough: at least 95 % of its answers "
        "are right.",
        (ONE_PERIOD,), _period, share=0.9,
    ),
    Claim(
        "some_without_places",
        "Going on with blocks does not need positions altogether: the mask tells some of the "
        "order, and without positions at least 30 % of the answers are right after 300 steps; with "
        "them at least 10 points more.",
        (NO_PLACES,), _places, share=0.9,
    ),
    Claim(
        "start_not_norm",
        "That a deep net with the norm after the addition does not learn without a warm-up can be "
        "the start's fault: at a learning rate of 0.01 six layers have at least 90 % of the "
        "answers right after 120 steps if weights begin as in torch, and at most 30 % if with "
        "three times the variance.",
        (START, WIDE_START), _start, share=0.9,
    ),
    Claim(
        "warm_up_saves",
        "Six layers with the norm after the addition, at a learning rate of 0.02: at most 30 % of "
        "their answers are right; after a warm-up of 60 steps at least 75 %.",
        (COLD_START, WARMED_UP), _warm_up, share=0.85, source="Xiong et al. 2020",
    ),
    Claim(
        "scale_keeps_even",
        "Before training, with weights of variance 1/inputs, a head looks about as evenly with 64 "
        "features as with 16 (at least 70 % of the most possible entropy) if scores are divided by "
        "their root; if not, at most 55 % with 16 and 30 % with 64.",
        (SCALE, NARROW), _even, share=0.9, source="Vaswani et al. 2017",
    ),
    Claim(
        "learns_without_scale",
        "Without the scale a net learns all the same: with 64 features at least 70 % of its "
        "answers are right after 100 steps.",
        (SCALE,), _unscaled, share=0.85,
    ),
)
