"""What the lab of two questions teaches: scenarios, and the checks of its sentences.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.find import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
HEAVY = Config(nets=("both",), box_weight=30)
ZEROS = Config(nets=("box",))
CIRCULAR = Config(nets=("box",), padding="circular")
FEW = Config(nets=("box", "after"), n_scenes=40, n_steps=60)

PRESETS = (
    Preset(
        "Two questions, one trunk", DEFAULT,
        "One net says what is in a scene, one says where, and a third one does both with a single "
        "trunk. Is it as good as the two?",
        ("both_pay", "heavy_box"),
    ),
    Preset(
        "The box weighs 30", HEAVY,
        "On one trunk, the box's loss now weighs ten times as much. What becomes of the class?",
        ("heavy_box",),
    ),
    Preset(
        "Padding knows the place", CIRCULAR,
        "The box is read from means over all places: a mean knows no place. And now a map goes on "
        "at its opposite edge, so that there is no border either. Is the box found?",
        ("border_tells",),
    ),
    Preset(
        "Learn classes first", FEW,
        "Of 40 scenes the box is known. Does it help to have learned the classes of 1000 before?",
        ("classes_hurt_boxes",),
    ),
)


def end(h: xarray.Dataset, array: str, net: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[array].sel(net=net).isel(step=-1).values


def _both_pay(h: xarray.Dataset) -> np.ndarray:
    return np.less(end(h, "iou", "both"), end(h, "iou", "box") - 0.05)


def _heavy(light: xarray.Dataset, heavy: xarray.Dataset) -> np.ndarray:
    as_good = end(heavy, "iou", "both") > end(light, "iou", "both") + 0.05
    return np.asarray(as_good & (end(heavy, "wrong", "both") > end(light, "wrong", "both") + 0.1))


def _border(zeros: xarray.Dataset, circular: xarray.Dataset) -> np.ndarray:
    usual = circular["usual_iou"].isel(step=-1).values
    lost = np.abs(end(circular, "iou", "box") - usual) < 0.06
    return np.asarray(lost & (end(zeros, "iou", "box") > end(circular, "iou", "box") + 0.25))


def _hurt(h: xarray.Dataset) -> np.ndarray:
    return np.less(end(h, "iou", "after"), end(h, "iou", "box"))


CLAIMS = (
    Claim(
        "both_pay",
        "Taught class and box at once, a net of the same trunk covers boxes at least 0.05 worse "
        "(mean IoU) than one that is taught the box alone.",
        (DEFAULT,), _both_pay,
    ),
    Claim(
        "heavy_box",
        "If the box weighs ten times as much, the same net covers boxes at least 0.05 better, and "
        "has at least ten points more classes wrong: one trunk serves two masters.",
        (DEFAULT, HEAVY), _heavy,
    ),
    Claim(
        "border_tells",
        "A net reads the box from means over all places, which know no place: it knows it from the "
        "zeros around the border. Without a border its boxes are as good as one box for all "
        "scenes, at least 0.25 (mean IoU) worse.",
        (ZEROS, CIRCULAR), _border, source="Islam et al. 2020, from another measurement",
    ),
    Claim(
        "classes_hurt_boxes",
        "With the boxes of 40 scenes a net that has learned the classes of 1000 scenes before "
        "covers boxes worse than one that begins from scratch.",
        (FEW,), _hurt, share=0.85,
    ),
)
