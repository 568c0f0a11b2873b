"""What one update under a remedy shows: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 47.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.regularization.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

NOISE = Config(remedy="input_noise")
DECAY = Config(remedy="weight_decay")
SMOOTH = Config(remedy="label_smoothing")
RIGHT = Config(image="right")

PRESETS = (
    Preset(
        "Half of the units", Config(),
        "For this image half of the hidden units are switched off. What has to happen to the "
        "others, so that a layer passes on as much as before, on average?",
        ("others_count_twice", "little_left", "one_update_is_little"),
    ),
    Preset(
        "Never the same image twice", NOISE,
        "Each time the image is shown, every pixel is a little off. Can the net still learn its "
        "wrong label by heart?",
        ("not_by_heart",),
    ),
    Preset(
        "A share of every weight", DECAY,
        "At every update decay takes half a percent of each weight. Do they still become smaller "
        "after 300 updates?",
        ("same_share", "in_balance", "not_by_heart"),
    ),
    Preset(
        "A label that is not quite sure", SMOOTH,
        "The label counts 0.82 now, every other class 0.02. Can a net bring its loss to zero?",
        ("no_lower_loss",),
    ),
    Preset(
        "A right label", RIGHT,
        "This time the label is right. Does dropout leave the net as sure of it as the plain one?",
        ("not_spared",),
    ),
)


def _number(h: xarray.Dataset, name: str, net: int = 1) -> np.ndarray:
    """Of the net with the remedy, or (0) of the plain one, (seed,)."""
    return h["numbers"].sel(number=name).isel(variant=net).values


def _twice(h: xarray.Dataset) -> np.ndarray:
    dropped = _number(h, "dropped")
    return (_number(h, "times") == 2) & (dropped > 1 / 3) & (dropped < 2 / 3)


def _same_share(h: xarray.Dataset) -> np.ndarray:
    share = DECAY.learning_rate * DECAY.weight_decay
    ends = np.stack([_number(h, "share_least"), _number(h, "share_most")])
    return np.all(np.abs(ends / share - 1) < 1e-3, axis=0)


def _in_balance(h: xarray.Dataset) -> np.ndarray:
    before, moved, after = (_number(h, f"length_{m}") for m in ("before", "moved", "after"))
    return (moved > before) & (np.abs(after - before) < 0.1 * (moved - after))


def _not_by_heart(*histories: xarray.Dataset) -> np.ndarray:
    plain = _number(histories[0], "label_after", net=0)
    others = np.stack([_number(h, "label_after") for h in histories])
    return (plain > 0.6) & np.all(others < plain - 0.25, axis=0)


def _little_left(h: xarray.Dataset) -> np.ndarray:
    plain = _number(h, "loss", net=0)
    return (plain < 0.5) & (_number(h, "loss") > 2 * plain)


def _no_lower_loss(h: xarray.Dataset) -> np.ndarray:
    share = SMOOTH.label_smoothing
    high, low = 1 - share + share / 10, share / 10
    least = -high * math.log(high) - 9 * low * math.log(low)
    return _number(h, "loss") > least - 1e-6


def _not_spared(h: xarray.Dataset) -> np.ndarray:
    return _number(h, "label_after") < _number(h, "label_after", net=0)


def _little(h: xarray.Dataset) -> np.ndarray:
    changes = [np.abs(_number(h, "label_after", net) - _number(h, "label_before", net))
               for net in (0, 1)]
    return np.max(changes, axis=0) < 0.02


CLAIMS = (
    Claim(
        "others_count_twice",
        "Dropout of one half switches off between a third and two thirds of the hidden units for "
        "this image; each of the others counts 1 / (1 - 0.5) = 2 times as much.",
        (Config(),), _twice, source="Srivastava et al. 2014, section 4",
    ),
    Claim(
        "little_left",
        "After 300 updates the plain net has less than 0.5 of loss left on this wrong label; with "
        "dropout, in training, it is more than twice as much as the plain net's.",
        (Config(),), _little_left, share=0.8,
    ),
    Claim(
        "not_by_heart",
        "By then the plain net gives this wrong label more than 60 %; with dropout, noise or "
        "weight decay it is at least 25 points less than that.",
        (Config(), NOISE, DECAY), _not_by_heart, share=0.75,
    ),
    Claim(
        "one_update_is_little",
        "A single update changes hardly anything: in neither net the probability of the label by "
        "2 points.",
        (Config(),), _little,
    ),
    Claim(
        "same_share",
        "Weight decay takes the same share of every weight, large or small: learning rate × decay "
        "= 0.5 %.",
        (DECAY,), _same_share, source="Loshchilov & Hutter 2019, algorithm 2",
    ),
    Claim(
        "in_balance",
        "The gradient makes the weights longer, decay makes them shorter, and after 300 updates "
        "they nearly cancel: what is left of the change is below a tenth of what decay takes.",
        (DECAY,), _in_balance,
    ),
    Claim(
        "no_lower_loss",
        "Against a smoothed label no loss is below the label's own entropy, here 0.87.",
        (SMOOTH,), _no_lower_loss, source="Szegedy et al. 2016, section 7",
    ),
    Claim(
        "not_spared",
        "Right labels are not spared: of a rightly labelled image, too, the net with dropout is "
        "less sure than the plain one.",
        (RIGHT,), _not_spared,
    ),
)
