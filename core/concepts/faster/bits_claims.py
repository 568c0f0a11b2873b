"""What the lab of fewer bits teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.faster.bits import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
FADED = Config(loss_factor=1e-6)
SMALL_STEPS = Config(
    learning_rate=0.01, formats=("float32", "bfloat16", "bfloat16_only"))
ONCE = Config(formats=("float32", "bfloat16", "bfloat16_once"))

PRESETS = (
    Preset(
        "Half the bits", START,
        "The same net learns in numbers of 32 bits and of 16. Which of the 16-bit formats costs "
        "accuracy?",
        ("sixteen_bits_are_enough", "no_scale_needed_here", "most_updates_change_nothing",
         "eight_bits_are_free", "two_bits_are_not", "pruned_nets_must_learn_again",
         "learned_again", "not_from_a_twentieth"),
    ),
    Preset(
        "Gradients that fade", FADED,
        "The loss is made a millionth, as deep nets make gradients small; updates are divided by "
        "it. In which format does the net still learn?",
        ("float16_needs_a_scale", "bfloat16_does_not"),
    ),
    Preset(
        "Small steps in bfloat16", SMALL_STEPS,
        "A tenth of the learning rate. A weight in bfloat16 has eight bits: does a small step "
        "change it?",
        ("small_steps_are_lost",),
    ),
    Preset(
        "Autocast around the loop", ONCE,
        "Weights are cast to bfloat16 once, before the first update, and the cast is used from "
        "then on; all updates go to the weights themselves. What does the net learn?",
        ("cast_once_learns_nothing",),
    ),
)


def _end(h: xarray.Dataset, key: str) -> np.ndarray:
    """The share of new images wrong at the end, (seed,)."""
    return h["test_error"].sel(format=key).isel(step=-1).values


def _worse(h: xarray.Dataset, key: str) -> np.ndarray:
    return _end(h, key) - _end(h, "float32")


def _last(h: xarray.Dataset, array: str, key: str) -> np.ndarray:
    return h[array].sel(format=key).isel(step=-1).values


def _enough(h: xarray.Dataset) -> np.ndarray:
    return (np.abs(_worse(h, "bfloat16")) < 0.015) & (np.abs(_worse(h, "float16_scaled")) < 0.015)


def _no_scale(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_worse(h, "float16")) < 0.015


def _unmoved(h: xarray.Dataset) -> np.ndarray:
    return (_last(h, "unmoved", "bfloat16_only") > 0.5) & (_worse(h, "bfloat16_only") < 0.015)


def _eight(h: xarray.Dataset) -> np.ndarray:
    small = h["whole_error"].sel(bits=8).isel(step=-1).values
    return np.abs(small - _end(h, "float32")) < 0.01


def _two(h: xarray.Dataset) -> np.ndarray:
    return h["whole_error"].sel(bits=2).isel(step=-1).values > 0.4


def _pruned(h: xarray.Dataset) -> np.ndarray:
    return h["pruned_error"].sel(kept=0.1).isel(step=-1).values > 0.4


def _kept(h: xarray.Dataset, array: str, kept: float) -> np.ndarray:
    """How much worse nets are with so many of their weights, (seed,)."""
    return h[array].sel(kept=kept).isel(step=-1).values - _end(h, "float32")


def _again(h: xarray.Dataset) -> np.ndarray:
    return (_kept(h, "pruned_error", 0.3) > 0.05) & (_kept(h, "tuned_error", 0.3) < 0.04)


def _twentieth(h: xarray.Dataset) -> np.ndarray:
    return _kept(h, "tuned_error", 0.05) > 0.15


def _needs_scale(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "float16") > 0.7) & (np.abs(_worse(h, "float16_scaled")) < 0.015)


def _does_not(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_worse(h, "bfloat16")) < 0.015


def _small_steps(h: xarray.Dataset) -> np.ndarray:
    return (_worse(h, "bfloat16_only") > 0.02) & (np.abs(_worse(h, "bfloat16")) < 0.015)


def _once(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "bfloat16_once") > 0.5) & (np.abs(_worse(h, "bfloat16")) < 0.015)


CLAIMS = (
    Claim(
        "sixteen_bits_are_enough",
        "Computed in bfloat16, or in float16 with a scaled loss, nets end within 1.5 points of "
        "float32.",
        (START,), _enough, source="Micikevicius et al. 2018",
    ),
    Claim(
        "no_scale_needed_here",
        "On this net float16 needs no scaled loss: without one it ends within 1.5 points, too.",
        (START,), _no_scale,
    ),
    Claim(
        "most_updates_change_nothing",
        "Where the weights themselves are bfloat16, more than half of the last update's numbers "
        "are too small to change their weight; at the rate 0.1 the nets end less than 1.5 points "
        "behind all the same.",
        (START,), _unmoved,
    ),
    Claim(
        "eight_bits_are_free",
        "Weights of a trained net as whole numbers of 8 bits leave its mistakes within a point.",
        (START,), _eight, source="Jacob et al. 2018",
    ),
    Claim(
        "two_bits_are_not",
        "As they are, with 2 bits, more than 40 % of new images are wrong.",
        (START,), _two,
    ),
    Claim(
        "pruned_nets_must_learn_again",
        "Of a trained net only the largest tenth of the weights is left: without learning again "
        "more than 40 % of new images are wrong.",
        (START,), _pruned,
    ),
    Claim(
        "learned_again",
        "With three tenths of the weights nets are more than five points worse; after 100 updates "
        "more, in which the others stay 0, less than four.",
        (START,), _again, source="Han et al. 2015",
    ),
    Claim(
        "not_from_a_twentieth",
        "A twentieth of the weights is too few: 100 updates leave nets more than 15 points worse.",
        (START,), _twentieth,
    ),
    Claim(
        "float16_needs_a_scale",
        "With a loss of a millionth, float16 learns nothing: more than 70 % are wrong. With a "
        "scaled loss it ends within 1.5 points of float32.",
        (FADED,), _needs_scale, source="Micikevicius et al. 2018",
    ),
    Claim(
        "bfloat16_does_not",
        "The format bfloat16 has the range of float32: with a loss of a millionth it ends within "
        "1.5 points without any scale.",
        (FADED,), _does_not, source="Kalamkar et al. 2019",
    ),
    Claim(
        "small_steps_are_lost",
        "At the rate 0.01 nets whose weights are bfloat16 end more than two points behind float32; "
        "with weights of 32 bits bfloat16 ends within 1.5 points.",
        (SMALL_STEPS,), _small_steps,
    ),
    Claim(
        "cast_once_learns_nothing",
        "Where weights are cast once, before the first update, more than half of new images are "
        "wrong at the end; cast at every step, nets end within 1.5 points of float32.",
        (ONCE,), _once,
    ),
)
