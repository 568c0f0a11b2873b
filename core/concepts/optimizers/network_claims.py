"""What the network lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims optimizers --first-seed 100`
checks them on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.optimizers.network import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

TUNED = Config(sweep_seeds=0)
WILSON = Config(
    task="wilson", optimizers=("sgd", "momentum", "adagrad", "rmsprop", "adam"), n_steps=500,
    sweep_seeds=0,
)


RATES = tuple(
    with_changes(TUNED, rates=rates, learning_rate=0.001, optimizers=("sgd", "adam"))
    for rates in ("shared", "tuned")
)
COLD = with_changes(TUNED, optimizers=("adam",), rates="shared", n_steps=200)

PRESETS = (
    Preset(
        "Everyone at their best", Config(),
        "Each rule has its own best learning rate. How far apart will they end?",
        ("momentum_lower_loss", "same_test_accuracy", "wider_window"),
    ),
    Preset(
        "Same rate, unfair race",
        Config(rates="shared", learning_rate=0.001),
        "All rules use 0.001. Is Adam better than SGD, or is 0.001 better for Adam?",
        ("unfair_race",),
    ),
    Preset(
        "Cold start",
        with_changes(COLD, learning_rate=0.1, bias_correction=False, sweep_seeds=2),
        "Adam keeps running means of the gradient and of its square. Both begin at zero, so they "
        "are too small at first; the paper corrects for that. What if nobody does?",
        ("cold_start", "correction_slows"),
    ),
    Preset(
        "Adaptive methods memorise", with_changes(WILSON, sweep_seeds=2),
        "Every rule fits the 60 training points. Who gets new points right?",
        ("adaptive_memorise",),
    ),
)


def _loss(history: xarray.Dataset, optimizer: str) -> np.ndarray:
    """Per seed the final training loss, (seed,)."""
    return history["train_loss"].sel(optimizer=optimizer).isel(step=-1).values


def _test(history: xarray.Dataset, optimizer: str) -> np.ndarray:
    return history["test_accuracy"].sel(optimizer=optimizer).isel(step=-1).values


def _unfair(h: xarray.Dataset) -> np.ndarray:
    return (_loss(h, "adam") < 0.4) & (_loss(h, "sgd") > 2.0)


def _rate_decides(shared: xarray.Dataset, tuned: xarray.Dataset) -> np.ndarray:
    behind, level = (_test(h, "adam") - _test(h, "sgd") for h in (shared, tuned))
    return (behind >= 0.2) & (np.abs(level) <= 0.025)


def _same_accuracy(h: xarray.Dataset) -> np.ndarray:
    names = ("sgd", "momentum", "nesterov", "rmsprop", "adam")
    accuracy = np.array([_test(h, name) for name in names])
    return np.ptp(accuracy, axis=0) <= 0.025


def _momentum_beats_sgd(h: xarray.Dataset) -> np.ndarray:
    return 3 * _loss(h, "momentum") <= _loss(h, "sgd")


def _ten_times_worse(with_it: xarray.Dataset, without: xarray.Dataset) -> np.ndarray:
    return _loss(without, "adam") >= 10 * _loss(with_it, "adam")


def _half(with_it: xarray.Dataset, without: xarray.Dataset) -> np.ndarray:
    return 2 * _loss(without, "adam") <= _loss(with_it, "adam")


def _wider_window(h: xarray.Dataset) -> np.ndarray:
    good = (h["sweep_loss"].isel(step=-1) < 0.1).sum("rate")
    adam, sgd = (good.sel(optimizer=name).values for name in ("adam", "sgd"))
    return adam >= sgd + 2


def _memorised(h: xarray.Dataset) -> np.ndarray:
    fitted = (h["train_accuracy"].isel(step=-1) == 1).all("optimizer").values
    blind = [np.abs(_test(h, name) - 0.7) <= 0.08 for name in ("adagrad", "rmsprop", "adam")]
    right = [_test(h, name) == 1 for name in ("sgd", "momentum")]
    return fitted & np.all(blind + right, axis=0)


CLAIMS = (
    Claim(
        "unfair_race",
        "At the shared rate 0.001 Adam's training loss falls below 0.4 while SGD's stays "
        "above 2.0.",
        (with_changes(TUNED, rates="shared", learning_rate=0.001, optimizers=("sgd", "adam")),),
        _unfair,
    ),
    Claim(
        "rate_decides",
        "At the shared rate 0.001 SGD is at least 20 points of test accuracy behind Adam; each at "
        "its own best rate, they are within 2.5 points.",
        RATES, _rate_decides, share=0.9,
    ),
    Claim(
        "same_test_accuracy",
        "Each at its own best rate, SGD, Momentum, Nesterov, RMSProp and Adam end within 2.5 "
        "points of test accuracy of each other.",
        (with_changes(TUNED, optimizers=("sgd", "momentum", "nesterov", "rmsprop", "adam")),),
        _same_accuracy, share=0.85,
    ),
    Claim(
        "momentum_lower_loss",
        "Each at its own best rate, Momentum ends with at most a third of SGD's training loss.",
        (with_changes(TUNED, optimizers=("sgd", "momentum")),), _momentum_beats_sgd, share=0.85,
    ),
    Claim(
        "wider_window",
        "Adam forgives a badly chosen rate: it comes below a loss of 0.1 at more of the nine rates "
        "than SGD, by two at least.",
        (with_changes(TUNED, optimizers=("sgd", "adam"), sweep_seeds=8),),
        _wider_window, share=0.8,
    ),
    Claim(
        "cold_start",
        "At the rate 0.1, Adam without bias correction ends with ten times the loss.",
        tuple(with_changes(COLD, learning_rate=0.1, bias_correction=b) for b in (True, False)),
        _ten_times_worse, share=0.85,
    ),
    Claim(
        "correction_slows",
        "At the rate 0.001 it is the other way round: without bias correction Adam's loss is "
        "at most half, since its early steps are longer.",
        tuple(with_changes(COLD, learning_rate=0.001, bias_correction=b) for b in (True, False)),
        _half, share=0.85,
    ),
    Claim(
        "adaptive_memorise",
        "On Wilson's construction, a data set made for it, all rules learn the training points. On "
        "new ones SGD and Momentum are always right; AdaGrad, RMSProp and Adam only about the more "
        "frequent class (70 %).",
        (WILSON,), _memorised, share=0.85, source="Wilson et al. 2017, section 3.3",
    ),
)
