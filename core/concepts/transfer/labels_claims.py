"""What the lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transfer.labels import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
MANY = Config(labels=("5", "20", "100"), n_steps=120)
OWN = Config(rates="own", labels=("100",))
DIGITS = Config(data="digits", labels=("2", "5", "20"))
SHUFFLED = Config(source="shuffled", labels=("20",))

PRESETS = (
    Preset(
        "A few labels", FIRST,
        "A net can tell circles, squares and triangles. Now there are two to a hundred labelled "
        "images each of a T, an L, a Z, an arrow and a U. When does it help to go on from that "
        "net?",
        ("helps_when_few", "helps_less_and_less", "frozen_loses", "features_carry"),
    ),
    Preset(
        "Many labels", MANY,
        "The same two nets, a hundred labelled images of each shape, and time enough. How much "
        "better is the one that has learned before?",
        ("little_at_hundred",),
    ),
    Preset(
        "A careful rate", OWN,
        "What was learned should not be lost, so the pre-trained net is taught at a third of the "
        "rate. Is that better?",
        ("small_rate_is_worse",),
    ),
    Preset(
        "From 0-4 to 5-9", DIGITS,
        "A net reads 0 to 4. Now it is to read 5 to 9. Is it a better start than an untrained "
        "net?",
        ("digits_tie", "worse_than_untrained", "digits_frozen_lose"),
    ),
    Preset(
        "A source that says nothing", SHUFFLED,
        "The labels of the first task were shuffled: there was nothing to learn. Is such a net a "
        "worse start than an untrained one?",
        ("shuffled_small_or_large", "shuffled_frozen"),
    ),
)


def _end(h: xarray.Dataset, variant: str, n_labels: int, what: str = "test_error") -> np.ndarray:
    """Per seed at the last step, (seed,)."""
    return h[what].sel(variant=variant, n_labels=n_labels).isel(step=-1).values


def _gain(h: xarray.Dataset, variant: str, n_labels: int) -> np.ndarray:
    """Its test error less that from scratch, on the same seed: (seed,)."""
    return _end(h, variant, n_labels, "gain")


def _helps(h: xarray.Dataset) -> np.ndarray:
    return _gain(h, "fine_tune", 5) < -0.03


def _each_number(h: xarray.Dataset) -> list[bool]:
    few = [_gain(h, "fine_tune", n).mean() for n in (2, 5, 20)]
    return [bool(few[0] < -0.04 and few[1] < -0.06 and few[2] < -0.015)]


def _little(h: xarray.Dataset) -> np.ndarray:
    return np.abs(_gain(h, "fine_tune", 100)) < 0.05


def _frozen_loses(h: xarray.Dataset) -> np.ndarray:
    return (_gain(h, "frozen", 20) > 0.06) & (_gain(h, "frozen", 100) > 0.08)


def _frozen_gains_little(h: xarray.Dataset) -> list[bool]:
    return [bool(_gain(h, "frozen", 5).mean() > -0.04)]


def _carry(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "frozen", 5) < _end(h, "frozen_random", 5) - 0.08


def _by_heart(h: xarray.Dataset) -> np.ndarray:
    return np.all([_end(h, v, n, "train_error") == 0
                   for v in ("scratch", "fine_tune") for n in (2, 5)], axis=0)


def _late_layers(h: xarray.Dataset) -> np.ndarray:
    moved = h["moved"].sel(n_labels=5).isel(step=-1)  # (trained, layer, seed)
    rises = (moved.diff("layer") > 0).all(["layer", "trained"])
    less = moved.sel(trained="fine_tune") < moved.sel(trained="scratch")
    return (rises & less.sel(layer="3")).values


def _small_rate(h: xarray.Dataset) -> np.ndarray:
    return _gain(h, "fine_tune", 100) > 0.01


def _shuffled(h: xarray.Dataset) -> list[bool]:
    frozen, tuned = (_gain(h, variant, 20).mean() for variant in ("frozen", "fine_tune"))
    return [bool(frozen > 0.15 and abs(tuned) < 0.04)]


def _shuffled_frozen(h: xarray.Dataset) -> np.ndarray:
    return _gain(h, "frozen", 20) > 0.15


def _digits_tie(h: xarray.Dataset) -> list[bool]:
    return [bool(abs(_gain(h, "fine_tune", 5).mean()) < 0.04
                 and abs(_gain(h, "fine_tune", 20).mean()) < 0.02)]


def _digits_frozen(h: xarray.Dataset) -> np.ndarray:
    return _gain(h, "frozen", 5) > 0.1


def _worse_than_untrained(h: xarray.Dataset) -> list[bool]:
    return [all(_end(h, "frozen", n).mean() > _end(h, "frozen_random", n).mean()
                for n in (2, 5, 20))]


CLAIMS = (
    Claim(
        "helps_when_few",
        "Shapes after other shapes: with 5 labels per class the fine-tuned net errs at least 3 "
        "points less than the one from scratch, taught by the same images.",
        (FIRST,), _helps, share=0.75, source="Yosinski et al. 2014",
    ),
    Claim(
        "helps_less_and_less",
        "Shapes after other shapes: on average over seeds, fine-tuning saves more than 4 points at "
        "2 labels, 6 at 5 and 1.5 at 20.",
        (FIRST,), _each_number, over="group", share=0.75,
    ),
    Claim(
        "little_at_hundred",
        "With 100 labels per class, after 120 steps, the two end within 5 points.",
        (MANY,), _little, share=0.8,
    ),
    Claim(
        "frozen_loses",
        "Freezing is no help against few labels: with 20 labels the frozen net errs at least 6 "
        "points more than the one from scratch, with 100 at least 8.",
        (FIRST,), _frozen_loses, share=0.75,
    ),
    Claim(
        "frozen_gains_little",
        "With 5 labels freezing gains hardly anything: on average over seeds the frozen net is at "
        "most 4 points better than the one from scratch.",
        (FIRST,), _frozen_gains_little, over="group", share=0.75,
    ),
    Claim(
        "features_carry",
        "What was learned on other shapes is not nothing for new ones: with 5 labels a last layer "
        "on it errs at least 8 points less than one on an untrained net.",
        (FIRST,), _carry, share=0.75,
    ),
    Claim(
        "by_heart",
        "With 2 and 5 labels nets from scratch and fine-tuned get every image right that they "
        "learned from; the difference is on new ones.",
        (FIRST,), _by_heart,
    ),
    Claim(
        "late_layers_move",
        "With 5 labels each layer moves farther than the one before it, and the last one of the "
        "fine-tuned net less far than that of the net from scratch.",
        (FIRST,), _late_layers, share=0.85,
    ),
    Claim(
        "small_rate_is_worse",
        "At 0.003, a third of the rate of the net from scratch, the fine-tuned net errs at least a "
        "point more than that one with 100 labels: in 70 steps it does not get far enough.",
        (OWN,), _small_rate, share=0.85,
    ),
    Claim(
        "digits_tie",
        "From the digits 0 to 4 to 5 to 9, at the same rate, fine-tuned and from scratch are "
        "within 4 points with 5 labels and 2 with 20, on average over seeds.",
        (DIGITS,), _digits_tie, over="group", share=0.75,
    ),
    Claim(
        "digits_frozen_lose",
        "On digits, with 5 labels, the frozen net errs at least 10 points more than the one from "
        "scratch.",
        (DIGITS,), _digits_frozen,
    ),
    Claim(
        "worse_than_untrained",
        "On digits what was learned on 0 to 4, frozen, is worse than nothing: on average over "
        "seeds a last layer on an untrained net errs less, with 2, 5 and 20 labels.",
        (DIGITS,), _worse_than_untrained, over="group", share=0.75,
    ),
    Claim(
        "shuffled_small_or_large",
        "Pre-trained on shuffled labels and taught with 20 labels, the frozen net errs more than "
        "15 points more than the one from scratch; fine-tuned the two are within 4 points: both on "
        "average over seeds.",
        (SHUFFLED,), _shuffled, over="group", share=0.75,
    ),
    Claim(
        "shuffled_frozen",
        "Frozen after shuffled labels, a net errs at least 15 points more than from scratch, with "
        "20 labels.",
        (SHUFFLED,), _shuffled_frozen,
    ),
)
