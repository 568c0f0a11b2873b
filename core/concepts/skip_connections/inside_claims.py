"""What the look inside teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims skip_connections --first-seed 100`
checks them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.skip_connections.inside import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

BESIDE = Config()
PLAIN = Config(depth=16, kinds=("plain",))
SMALL = with_changes(PLAIN, gain="half")
VANISHING = Config(depth=16, gain="half")
NAIVE = Config(depth=16, kinds=("naive", "residual"))
REZERO = Config(depth=64, kinds=("rezero", "residual"))
NORMED = Config(depth=32, kinds=("plain",), batch_norm="both")
DELETED = Config(depth=8)

PRESETS = (
    Preset(
        "Same net, plus h", BESIDE,
        "Same weights at the start, as many parameters; one kind adds its input. At the end one "
        "has learned and the other is stuck. Which has the larger gradients?",
        ("stuck_with_large_gradients", "gradients_shatter", "rough_surroundings"),
    ),
    Preset(
        "Vanishing gradient, textbook", VANISHING,
        "We start with smaller weights than He et al. advise. On its way back the gradient passes "
        "16 layers. How much of it arrives?",
        ("vanishes_at_half", "vanished_learns_nothing"),
    ),
    Preset(
        "He's gain: nothing vanishes", PLAIN,
        "Everybody says that deep nets fail because gradients vanish. Do they, at this gain?",
        ("he_does_not_vanish", "vanishes_at_one"),
    ),
    Preset(
        "Identity alone explodes", NAIVE,
        "Each block adds something of the size of its input. How large is the 16th output?",
        ("activations_explode",),
    ),
    Preset(
        "ReZero: identity at birth", REZERO,
        "All scales begin at 0. What does the gradient look like in layer 1, 32 and 64?",
        ("identity_at_birth",),
    ),
    Preset(
        "Batch norm: an explosion", NORMED,
        "Batch norm fixes the size of what goes forward. What of the gradient that comes back?",
        ("batch_norm_explodes_backwards", "batch_norm_shatters"),
    ),
    Preset(
        "Delete a layer", DELETED,
        "Both nets of 8 layers have learned. One layer is taken out, without any training. Which "
        "net still works?",
        ("deletion",),
    ),
)


def _ends_of(h: xarray.Dataset, what: str, variant: str) -> np.ndarray:
    """At the start: the first layer's value over the last one's, (seed,)."""
    value = h[what].sel(variant=variant).isel(step=0)
    return (value.isel(layer=0) / value.isel(layer=-1)).values


def _vanishes_at_one(h: xarray.Dataset) -> np.ndarray:
    ratio = _ends_of(h, "gradient", "plain")
    return (ratio >= 1e-3) & (ratio <= 1.5e-2)


def _vanishes_at_half(h: xarray.Dataset) -> np.ndarray:
    return _ends_of(h, "gradient", "plain") < 1e-5


def _he_does_not_vanish(h: xarray.Dataset) -> np.ndarray:
    ratio = _ends_of(h, "gradient", "plain")
    return (ratio >= 0.3) & (ratio <= 3)


def _learns_nothing(h: xarray.Dataset) -> np.ndarray:
    return h["train_error"].sel(variant="plain").isel(step=-1).values > 0.8


def _start_decides(small: xarray.Dataset, he: xarray.Dataset) -> np.ndarray:
    stuck, learned = (h["test_error"].isel(variant=0, step=-1).values for h in (small, he))
    arrives = _ends_of(he, "gradient", "plain")
    kept = (arrives >= 0.1) & (arrives <= 10)
    return _vanishes_at_half(small) & kept & (stuck > 0.8) & (learned <= 0.7)


def _stuck(h: xarray.Dataset) -> np.ndarray:
    size = h["gradient"].isel(step=-1).mean("layer")
    loss = h["train_loss"].isel(step=-1)
    larger = size.sel(variant="plain") >= 2 * size.sel(variant="residual")
    return (larger & (loss.sel(variant="plain") >= 5 * loss.sel(variant="residual"))).values


def _likeness(h: xarray.Dataset, variant: str, distance: float = 1 / 32) -> np.ndarray:
    """At the start: of gradients so far apart on the line, (seed,)."""
    return h["correlation"].sel(variant=variant, distance=distance).isel(step=0).values


def _shatters(h: xarray.Dataset) -> np.ndarray:
    return (_likeness(h, "plain", 1 / 8) <= 0.8) & (_likeness(h, "residual", 1 / 8) >= 0.92)


def _alike_learns(h: xarray.Dataset) -> np.ndarray:
    plain, residual = (h["test_error"].isel(step=-1).sel(variant=kind).values
                       for kind in ("plain", "residual"))
    return _shatters(h) & (plain >= 0.4) & (residual <= 0.15)


def _rough(h: xarray.Dataset) -> np.ndarray:
    rim = (10 ** h["loss_slice"].isel(step=-1).isel(a=[0, -1])).mean(("a", "b"))
    return (rim.sel(variant="plain") >= 2 * rim.sel(variant="residual")).values


def _explodes(h: xarray.Dataset) -> np.ndarray:
    return 1 / _ends_of(h, "activation", "naive") > 100


def _identity(*histories: xarray.Dataset) -> np.ndarray:
    return np.all([_ends_of(h, "gradient", "rezero") == 1 for h in histories], axis=0)


def _norm_explodes(h: xarray.Dataset) -> np.ndarray:
    return _ends_of(h, "gradient", "plain_bn") > 30


def _norm_shatters(h: xarray.Dataset) -> np.ndarray:
    return 2 * _likeness(h, "plain_bn") <= _likeness(h, "plain")


def _deletion(h: xarray.Dataset) -> np.ndarray:
    error = h["deleted_error"].isel(step=-1)
    worse = error.isel(deleted=slice(1, None)).median("deleted") - error.isel(deleted=0)
    return (worse.sel(variant="residual") <= 0.2).values & (
        worse.sel(variant="plain") >= 0.4).values


def _started(config: Config, **changes: object) -> Config:
    """For claims about the start: as few steps as there may be."""
    return with_changes(config, n_steps=20, **changes)


CLAIMS = (
    Claim(
        "he_does_not_vanish",
        "With He's gain the gradient does not vanish: at the start, in 16 plain layers, the "
        "first layer gets between 0.3 and 3 times what the last one gets.",
        (_started(PLAIN),), _he_does_not_vanish, share=0.75,
    ),
    Claim(
        "vanishes_at_one",
        "With gain 1 it shrinks by 1/√2 per layer, as in theory: between 0.001 and 0.015 of it "
        "reaches the first of 16 layers.",
        (_started(PLAIN, gain="one"),), _vanishes_at_one, share=0.85,
        source="He et al. 2015, section 2.2",
    ),
    Claim(
        "vanishes_at_half",
        "With gain 0.5 less than 0.00001 of the gradient reaches the first of 16 plain layers.",
        (VANISHING,), _vanishes_at_half, share=0.85,
    ),
    Claim(
        "vanished_learns_nothing",
        "That plain net then learns next to nothing: its training error stays above 80 %.",
        (VANISHING,), _learns_nothing, share=0.85,
    ),
    Claim(
        "start_decides",
        "With gain 0.5 less than 0.00001 of the gradient reaches the first of 16 plain layers, and "
        "they end above 80 % test error; with He's gain between a tenth and ten times of it "
        "arrives, and they end at 70 % or less.",
        (SMALL, PLAIN), _start_decides, share=0.85, source="He et al. 2015",
    ),
    Claim(
        "stuck_with_large_gradients",
        "The stuck plain net of 32 layers has the larger gradients: after 200 steps at least "
        "twice those of the residual net, whose loss is a fifth or less.",
        (BESIDE,), _stuck, share=0.75,
    ),
    Claim(
        "gradients_shatter",
        "At the start, in 32 plain layers, the gradients at two almost equal images (1/8 of the "
        "way from a 0 to a 1 apart) point in different directions, with a cosine below 0.8; in "
        "residual layers in nearly the same, above 0.92.",
        (BESIDE,), _shatters, share=0.85, source="Balduzzi et al. 2017",
    ),
    Claim(
        "alike_learns",
        "So it is at the start, and after 200 steps the plain net of 32 layers gets at least 40 % "
        "of the new images wrong, the residual one at most 15 %.",
        (BESIDE,), _alike_learns, share=0.85,
    ),
    Claim(
        "rough_surroundings",
        "Around the plain net of 32 layers the loss rises higher: along two edges of the slice, "
        "half a neuron's norm away, its mean is at least twice that around the residual net.",
        (BESIDE,), _rough, share=0.85, source="Li et al. 2018",
    ),
    Claim(
        "activations_explode",
        "Where blocks just add their input, the output of the 16th layer is more than 100 times "
        "as large as that of the first, at the start.",
        (_started(NAIVE),), _explodes, share=0.85,
    ),
    Claim(
        "identity_at_birth",
        "ReZero begins as the identity: the gradient is exactly the same in all of 2, 16 or 64 "
        "layers.",
        tuple(_started(REZERO, depth=depth, kinds=("rezero",)) for depth in (2, 16, 64)), _identity,
        source="Bachlechner et al. 2021",
    ),
    Claim(
        "batch_norm_explodes_backwards",
        "With batch norm the gradient of 32 plain layers explodes on its way back: at the start "
        "the first layer gets more than 30 times what the last one gets.",
        (_started(NORMED),), _norm_explodes, share=0.85, source="Yang et al. 2019",
    ),
    Claim(
        "batch_norm_shatters",
        "And it shatters them more: 1/32 of the line apart their cosine is at most half of that "
        "without batch norm.",
        (_started(NORMED),), _norm_shatters, share=0.85, source="Balduzzi et al. 2017",
    ),
    Claim(
        "deletion",
        "Take one of 8 layers out: in the median over them it costs the residual net at most 20 "
        "points of test error, the plain net at least 40.",
        (DELETED,), _deletion, share=0.85, source="Veit et al. 2016",
    ),
)
