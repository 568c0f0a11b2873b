"""What the depth lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims skip_connections --first-seed 100`
checks them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.skip_connections.depth import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

SHARED = Config()
TUNED = Config(rates="tuned")
NAIVE = Config(kinds=("plain", "naive"), depths=("2", "4", "8", "16"))
NORMED = Config(batch_norm="on", depths=("4", "32"), kinds=("plain", "residual", "naive"))
ADAM = Config(optimizer="adam", learning_rate=0.001, depths=("4", "16", "32"))
REZERO = Config(kinds=("residual", "rezero"), depths=("2", "16", "64"))
ENDS = with_changes(SHARED, depths=("4", "32"))
IMAGES = Config(net="cnn", depths=("4", "16"), n_steps=160, batch_size=32)

PRESETS = (
    Preset(
        "Degradation", SHARED,
        "A net of 64 layers could copy one of 2 and leave the rest idle. What will it do? Will "
        "its error on the training images be smaller or larger?",
        ("deeper_is_worse", "not_overfitting"),
    ),
    Preset(
        "Each at its own best rate", with_changes(TUNED, depths=("4", "8", "16", "32")),
        "Perhaps one learning rate is unfair to deep nets. What if each picks the best of four?",
        ("degradation", "residual_learns", "gap_stays_small"),
    ),
    Preset(
        "Identity alone explodes", NAIVE,
        "Just add the input to the output, nothing else. Does any skip connection help?",
        ("identity_alone",),
    ),
    Preset(
        "Batch norm, still too deep",
        with_changes(NORMED, rates="tuned", kinds=("plain", "residual")),
        "Batch norm keeps activations at size 1. Does a deep plain net now learn?",
        ("batch_norm_fails",),
    ),
    Preset(
        "Adam hides, not cures", ADAM,
        "Adam gives every weight its own step size. Is depth still a problem?",
        ("adam_helps", "adam_does_not_cure"),
    ),
    Preset(
        "ReZero with 64 layers", REZERO,
        "Every block begins as the identity and learns how much of itself to add. How does the "
        "deepest net do?",
        ("rezero_learns",),
    ),
    Preset(
        "The same with convolutions", with_changes(IMAGES, depths=("4", "8", "16")),
        "The papers had convolutional nets. Do small ones on small images show it as well?",
        ("convolutions_degrade",),
    ),
)


def _final(h: xarray.Dataset, variant: str, depth: int, what: str = "train_error") -> np.ndarray:
    """Per seed the error at the last step, (seed,)."""
    return h[what].sel(variant=variant, depth=depth).isel(step=-1).values


def _degrades_at_one_rate(h: xarray.Dataset) -> np.ndarray:
    plain, residual = _final(h, "plain", 32), _final(h, "residual", 32)
    return (plain >= 1 / 3) & (plain >= 20 * residual) & (_final(h, "plain", 4) <= 0.06)


def _degrades(h: xarray.Dataset) -> np.ndarray:
    plain, residual = _final(h, "plain", 32), _final(h, "residual", 32)
    return (plain >= 0.4) & (plain >= 20 * residual) & (_final(h, "plain", 4) <= 0.04)


def _residual_learns(h: xarray.Dataset) -> np.ndarray:
    train = h["train_error"].sel(variant="residual").isel(step=-1)
    test = h["test_error"].sel(variant="residual").isel(step=-1)
    limit = np.where(train["depth"] == 64, 0.06, 0.02)[:, None]
    return (train <= limit).all("depth").values & (test <= 0.08).all("depth").values


def _gap(h: xarray.Dataset) -> np.ndarray:
    gap = _final(h, "plain", 32, "test_error") - _final(h, "plain", 32)
    return np.asarray(gap < 0.08)


def _both_errors_rise(h: xarray.Dataset) -> np.ndarray:
    rise = [_final(h, "plain", 32, what) - _final(h, "plain", 4, what)
            for what in ("train_error", "test_error")]
    return np.asarray((np.array(rise) > 0.3).all(0))


def _identity_alone(h: xarray.Dataset) -> np.ndarray:
    return (_final(h, "naive", 16) > 0.8) & (_final(h, "naive", 4) <= 0.05)


def _norm_fails(h: xarray.Dataset) -> np.ndarray:
    return (_final(h, "plain_bn", 32) >= 0.3) & (_final(h, "residual_bn", 32) <= 0.03)


def _norm_and_identity(h: xarray.Dataset) -> np.ndarray:
    return _final(h, "naive_bn", 32) <= 0.03


def _adam_helps(adam: xarray.Dataset, momentum: xarray.Dataset) -> np.ndarray:
    return _final(adam, "plain", 32) <= 0.75 * _final(momentum, "plain", 32)


def _adam_does_not_cure(h: xarray.Dataset) -> np.ndarray:
    plain = _final(h, "plain", 32)
    return (plain >= 2 * _final(h, "residual", 32)) & (plain >= 2 * _final(h, "plain", 4))


def _rezero_learns(h: xarray.Dataset) -> np.ndarray:
    return _final(h, "rezero", 64) <= 0.01


def _convolutions(h: xarray.Dataset) -> np.ndarray:
    plain = _final(h, "plain", 16)
    return (plain >= 1.5 * _final(h, "residual", 16)) & (plain >= 2 * _final(h, "plain", 4))


CLAIMS = (
    Claim(
        "deeper_is_worse",
        "At the rate 0.01 a plain net of 32 layers gets at least a third of its training images "
        "wrong, one of 4 layers at most 6 %; a residual net of 32 layers makes at most a twentieth "
        "of its mistakes.",
        (ENDS,), _degrades_at_one_rate, share=0.85, source="He et al. 2016, figure 1",
    ),
    Claim(
        "not_overfitting",
        "That is not overfitting: from 4 to 32 plain layers the training error rises by more "
        "than 30 points, as does the test error.",
        (ENDS,), _both_errors_rise, share=0.85,
    ),
    Claim(
        "degradation",
        "It is not the learning rate: each at the best of four, 32 plain layers get at least 40 % "
        "wrong, 4 at most 4 %, and 32 residual ones make at most a twentieth of those mistakes.",
        (TUNED,), _degrades, share=0.85,
    ),
    Claim(
        "residual_learns",
        "At their best rates residual nets of 2 to 32 layers end with at most 2 % training "
        "error, of 64 layers with at most 6 %, and all with at most 8 % test error.",
        (TUNED,), _residual_learns, share=0.85,
    ),
    Claim(
        "gap_stays_small",
        "The failing plain net of 32 layers, at its best rate, is less than 8 points worse on "
        "test images than on its own training images.",
        (TUNED,), _gap, share=0.85,
    ),
    Claim(
        "identity_alone",
        "Adding the input with nothing else works for 4 layers; 16 such layers get more than 80 % "
        "of the training images wrong.",
        (NAIVE,), _identity_alone, share=0.85,
    ),
    Claim(
        "batch_norm_fails",
        "Batch norm does not save the plain net: at 32 layers, each at its best rate, it gets at "
        "least 30 % of its training images wrong, the residual net at most 3 %.",
        (Config(rates="tuned", batch_norm="on", depths=("32",)),), _norm_fails, share=0.85,
    ),
    Claim(
        "batch_norm_and_identity",
        "With batch norm in the branch the identity needs no scale: 32 naive residual layers end "
        "with at most 3 % training error.",
        (with_changes(NORMED, depths=("32",), kinds=("naive",)),), _norm_and_identity,
        share=0.85, source="He et al. 2016, figure 2",
    ),
    Claim(
        "adam_helps",
        "Adam makes it smaller: at 32 plain layers its training error is at most three quarters "
        "of Momentum's.",
        (with_changes(ADAM, depths=("4", "32")), ENDS), _adam_helps, share=0.85,
    ),
    Claim(
        "adam_does_not_cure",
        "It does not remove it: with Adam, too, 32 plain layers err at least twice as often as "
        "32 residual or 4 plain ones.",
        (with_changes(ADAM, depths=("4", "32")),), _adam_does_not_cure, share=0.85,
    ),
    Claim(
        "rezero_learns",
        "ReZero, which begins as the identity, ends with at most 1 % training error at 64 layers.",
        (with_changes(REZERO, depths=("64",), kinds=("rezero",)),), _rezero_learns,
        share=0.85, source="Bachlechner et al. 2021",
    ),
    Claim(
        "convolutions_degrade",
        "Convolutional nets degrade, too: 16 plain layers err at least twice as often as 4 and "
        "1.5 times as often as 16 residual ones, on the training images.",
        (IMAGES,), _convolutions, share=0.75,
    ),
)
