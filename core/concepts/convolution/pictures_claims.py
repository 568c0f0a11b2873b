"""What the main lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.convolution.pictures import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
SCRAMBLED = Config(pixels="scrambled", nets=("cnn", "mlp_nine"))
CENTRED = Config(shift=0.0, nets=("cnn", "mlp_nine"))
PLACES = Config(shift=0.0, nets=("cnn", "cnn_flat", "mlp_nine"))
FEW = Config(n_train=200, nets=("cnn",), n_steps=200)
SHIFTED = with_changes(FEW, augment=("shift",))
STILL = Config(nets=("cnn",))
TURNED = with_changes(STILL, augment=("rotation",), augment_rotation=45)
FLIPPED = with_changes(STILL, augment=("flip",))

PRESETS = (
    Preset(
        "Few weights, few errors", START,
        "A convolutional net and a dense one with nine times its weights learn the same thousand "
        "images. Which one is better on new images?",
        ("fewer_errors", "learned_by_heart", "more_work"),
    ),
    Preset(
        "Scramble the pixels", SCRAMBLED,
        "In all images, of training and test, the pixels change places in the same way. No "
        "information is lost. Which net minds?",
        ("scrambled",),
    ),
    Preset(
        "Slide the picture", PLACES,
        "All shapes stood in the middle. Now they move to the right. Does it matter to a net "
        "that looks at every place with the same weights?",
        ("not_invariant", "moved_less"),
    ),
    Preset(
        "Show it shifted", SHIFTED,
        "Only 200 images. Each time one is learned from, it is moved a little, at random. What is "
        "that worth?",
        ("shifts_help",),
    ),
    Preset(
        "Turned too far", TURNED,
        "Each time an image is learned from, it is turned at random, by up to 45 degrees. Which "
        "shapes are then taken for which?",
        ("turns_break_some", "turns_spare_others"),
    ),
    Preset(
        "In the mirror", FLIPPED,
        "Half of the images that are learned from are mirrored, left and right. One is warned of "
        "that for letters. Does it break the L?",
        ("flips_break_none",),
    ),
)


def _error(h: xarray.Dataset, net: str) -> np.ndarray:
    """(seed,)"""
    return h["test_error"].isel(step=-1).sel(net=net).values


def _moved(h: xarray.Dataset, net: str, by: int) -> np.ndarray:
    return h["moved_error"].isel(step=-1).sel(net=net, move=by).values


def _fewer_errors(h: xarray.Dataset) -> np.ndarray:
    return 2 * _error(h, "cnn") <= np.minimum(_error(h, "mlp_nine"), _error(h, "mlp_equal"))


def _by_heart(h: xarray.Dataset) -> np.ndarray:
    learned = h["train_error"].isel(step=-1).sel(net="mlp_nine").values
    return (learned <= 0.02) & (_error(h, "mlp_nine") >= 0.3)


def _more_work(h: xarray.Dataset) -> list[bool]:
    weights, work = (h[name].sel(net=["cnn", "mlp_nine"]).values
                     for name in ("parameters", "multiply_adds"))
    return [bool(9 * weights[0] <= weights[1] + 1000 and work[0] >= 3.5 * work[1])]


def _scrambled(scrambled: xarray.Dataset, whole: xarray.Dataset) -> np.ndarray:
    cnn = _error(scrambled, "cnn") - _error(whole, "cnn")
    dense = _error(scrambled, "mlp_nine") - _error(whole, "mlp_nine")
    return (cnn >= 0.4) & (np.abs(dense) <= 0.08)


def _not_invariant(h: xarray.Dataset) -> np.ndarray:
    return _moved(h, "cnn", 2) >= 3 * _moved(h, "cnn", 0)


def _moved_less(h: xarray.Dataset) -> np.ndarray:
    return _moved(h, "mlp_nine", 2) - _moved(h, "cnn", 2) >= 0.2


def _shifts_help(shifted: xarray.Dataset, few: xarray.Dataset) -> np.ndarray:
    return _error(few, "cnn") - _error(shifted, "cnn") >= 0.1


def _rise(after: xarray.Dataset, before: xarray.Dataset, *shapes: str) -> np.ndarray:
    """Of the error on shapes, their mean, by augmentation: (seed,)."""
    of = {"class": list(shapes), "net": "cnn"}
    now, then = (h["class_error"].isel(step=-1).sel(of).values for h in (after, before))
    return (now - then).mean(0)


def _turns_break(turned: xarray.Dataset, still: xarray.Dataset) -> np.ndarray:
    return (_rise(turned, still, "plus", "x") >= 0.12) & (_rise(turned, still, "square") >= 0.12)


def _turns_spare(turned: xarray.Dataset, still: xarray.Dataset) -> np.ndarray:
    return _rise(turned, still, "T", "L") <= 0.08


def _flips(flipped: xarray.Dataset, still: xarray.Dataset) -> np.ndarray:
    return (_rise(flipped, still, "L") <= 0.12) & (
        _error(flipped, "cnn") - _error(still, "cnn") <= 0.06)


CLAIMS = (
    Claim(
        "fewer_errors",
        "On new strokes the convolutional net makes at most half as many mistakes as a dense net "
        "with as many weights or with nine times as many.",
        (START,), _fewer_errors,
    ),
    Claim(
        "learned_by_heart",
        "The larger dense net has learned its own strokes by heart, at most 2 % wrong, and gets at "
        "least 30 % of new ones wrong.",
        (START,), _by_heart,
    ),
    Claim(
        "more_work",
        "Fewer weights are not less work: on strokes of 16 x 16 pixels, with a ninth of the "
        "weights, the convolutional net needs more than 3.5 times the multiply-adds, since it uses "
        "each weight at many places.",
        (START,), _more_work, share=1, over="nothing",
    ),
    Claim(
        "scrambled",
        "On strokes with scrambled pixels the convolutional net makes at least 40 points more "
        "mistakes; the dense net's error changes by at most 8 points.",
        (SCRAMBLED, START), _scrambled,
    ),
    Claim(
        "not_invariant",
        "A convolutional net is not invariant to shifts: trained on shapes in the middle, it gets "
        "at least three times as many wrong when they are moved by two pixels.",
        (CENTRED,), _not_invariant, source="Zhang 2019; Azulay & Weiss 2019",
    ),
    Claim(
        "moved_less",
        "It suffers less than a dense net: of shapes moved by two pixels it gets at least 20 "
        "points fewer wrong.",
        (CENTRED,), _moved_less,
    ),
    Claim(
        "shifts_help",
        "With 200 strokes, random shifts while it learns take at least 10 points off the "
        "convolutional net's error.",
        (SHIFTED, FEW), _shifts_help, share=0.8,
    ),
    Claim(
        "turns_break_some",
        "Turned by up to 45 degrees while it learns, the convolutional net gets at least 12 points "
        "more of plus and x wrong, each of which is then the other one, and of squares, which on "
        "their tip look like circles.",
        (TURNED, STILL), _turns_break,
    ),
    Claim(
        "turns_spare_others",
        "Of T and L, which turned so far are still no other shape, it gets at most 8 points more "
        "wrong.",
        (TURNED, STILL), _turns_spare, share=0.8,
    ),
    Claim(
        "flips_break_none",
        "Mirrored half of the time, no shape is another one: of L, which letters are said not to "
        "bear, the net gets at most 12 points more wrong, of all at most 6.",
        (FLIPPED, STILL), _flips, share=0.75,
    ),
)
