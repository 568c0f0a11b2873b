"""What the lab of classes teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.losses.classes import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

OWN = Config()
SHARED = Config(rates="shared")
CONFIDENT = with_changes(SHARED, confidence=30.0)
LONG = Config(losses=("cross_entropy", "softmax"), n_train=200, n_steps=1500, optimizer="adam",
              batch_size=50, width=64)
WRONG = with_changes(LONG, wrong_labels=0.1)
EARLY = 50
SURE = -10.0
"""An image with a smaller margin is one that the net gets wrong and is sure of."""

PRESETS = (
    Preset(
        "Three losses, own rates", OWN,
        "The same nets learn to read digits by three losses, each at a good learning rate of its "
        "own. Which loss makes the fewest mistakes on new images?",
        ("tie",),
    ),
    Preset(
        "One rate for all", SHARED,
        "Now all three have the same small learning rate. Who is left behind?",
        ("plateau", "plateau_ends"),
    ),
    Preset(
        "Confidently wrong", CONFIDENT,
        "The nets begin sure of themselves, and wrong. Which loss gets them out of it?",
        ("no_pull", "confident_start", "outputs_stuck"),
    ),
    Preset(
        "Loss up, mistakes down", LONG,
        "Few images, and a long training. The loss on new images begins to rise. Do the mistakes "
        "rise with it?",
        ("loss_rises", "mistakes_do_not", "too_sure", "temperature_repairs"),
    ),
    Preset(
        "One label in ten is wrong", WRONG,
        "The same with one training label in ten wrong. Do the mistakes rise with the loss now?",
        ("wrong_labels",),
    ),
)


def _error(h: xarray.Dataset, loss: str, step: int | None = None) -> np.ndarray:
    """The share of new images wrong at a step, or at the last, (seed,)."""
    found = h["test_error"].sel(loss=loss)
    last = int(h["step"][-1])
    return found.sel(step=last if step is None else step, method="nearest").values


def _tie(h: xarray.Dataset) -> list[bool]:
    means = [_error(h, loss).mean() for loss in ("cross_entropy", "softmax", "outputs")]
    return [bool(max(means) - min(means) < 0.015 and max(means) < 0.06)]


def _plateau(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "softmax", EARLY) - _error(h, "cross_entropy", EARLY) > 0.2


def _plateau_ends(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_error(h, "softmax") - _error(h, "cross_entropy")) < 0.06


def _no_pull(h: xarray.Dataset) -> list[bool]:
    first = h.isel(step=0)
    pulls = [first["pull"].sel(loss=loss).values[first["margin"].sel(loss=loss).values < SURE]
             for loss in ("cross_entropy", "softmax")]
    return [bool(len(pulls[0]) > 0 and np.median(pulls[0]) > 1.3 and np.median(pulls[1]) < 0.2)]


def _confident(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "softmax", EARLY) > _error(h, "cross_entropy", EARLY)


def _stuck(h: xarray.Dataset) -> np.ndarray:
    return _error(h, "outputs") > 0.8


def _loss_rise(h: xarray.Dataset) -> np.ndarray:
    """The last test cross-entropy as a multiple of the least, (seed,)."""
    loss = h["test_loss"].sel(loss="cross_entropy")
    return (loss.isel(step=-1) / loss.min("step")).values


def _error_change(h: xarray.Dataset) -> np.ndarray:
    """The last test error less that where the test cross-entropy was least, (seed,)."""
    ours = h.sel(loss="cross_entropy")
    least = ours["test_loss"].argmin("step")
    return (ours["test_error"].isel(step=-1) - ours["test_error"].isel(step=least)).values


def _loss_rises(h: xarray.Dataset) -> np.ndarray:
    return _loss_rise(h) > 1.1


def _mistakes_do_not(h: xarray.Dataset) -> list[bool]:
    return [bool(-0.02 < _error_change(h).mean() < 0.0025)]


def _too_sure(h: xarray.Dataset) -> np.ndarray:
    return h["fitted"].sel(sayer="cross_entropy").isel(step=-1).values >= 1.5


def _repairs(h: xarray.Dataset) -> list[bool]:
    last = h.sel(sayer="cross_entropy").isel(step=-1)
    return [bool(last["repaired"].mean() < 0.85 * last["unrepaired"].mean())]


def _wrong_labels(h: xarray.Dataset) -> np.ndarray:
    return (_loss_rise(h) > 1.5) & (_error_change(h) > 0.01)


CLAIMS = (
    Claim(
        "tie",
        "Each at a good rate of its own, the three losses end within 1.5 points of each other, "
        "on average over seeds, and below 6 % of mistakes.",
        (OWN,), _tie, over="group", share=0.75, source="Hui & Belkin 2021",
    ),
    Claim(
        "plateau",
        "At one small rate for all, after 50 updates squared error of probabilities makes over 20 "
        "points more mistakes than cross-entropy.",
        (SHARED,), _plateau, share=0.9,
    ),
    Claim(
        "plateau_ends",
        "After 300 updates at that rate the two are within 6 points.",
        (SHARED,), _plateau_ends, share=0.9,
    ),
    Claim(
        "no_pull",
        "The median image of those that a net gets wrong and is sure of (a margin below -10) pulls "
        "at cross-entropy with a gradient longer than 1.3, at squared error of probabilities with "
        "less than 0.2.",
        (CONFIDENT,), _no_pull, over="group", share=0.75,
    ),
    Claim(
        "confident_start",
        "From a confidently wrong start, after 50 updates squared error of probabilities makes "
        "more mistakes than cross-entropy.",
        (CONFIDENT,), _confident, share=0.8,
    ),
    Claim(
        "outputs_stuck",
        "From there, squared error of outputs never recovers: after 300 updates over 80 % of new "
        "images are still wrong.",
        (CONFIDENT,), _stuck, share=0.9,
    ),
    Claim(
        "loss_rises",
        "With 200 images and 1500 updates the cross-entropy on new images ends more than 10 % "
        "above its least value.",
        (LONG,), _loss_rises, share=0.9,
    ),
    Claim(
        "mistakes_do_not",
        "Meanwhile the mistakes do not rise by more than a quarter of a point, on average over "
        "seeds.",
        (LONG,), _mistakes_do_not, over="group", share=0.75,
    ),
    Claim(
        "too_sure",
        "At the end the outputs of the nets trained by cross-entropy fit best divided by at least "
        "1.5: they are too sure.",
        (LONG,), _too_sure, share=0.9, source="Guo et al. 2017",
    ),
    Claim(
        "temperature_repairs",
        "One temperature, found on other images, takes at least 15 % off the calibration error, on "
        "average over seeds; the answers stay as they are.",
        (LONG,), _repairs, over="group", share=0.75, source="Guo et al. 2017",
    ),
    Claim(
        "wrong_labels",
        "With one label in ten wrong, both rise: the loss by more than half, the mistakes by more "
        "than a point.",
        (WRONG,), _wrong_labels, share=0.85,
    ),
)
