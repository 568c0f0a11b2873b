"""What the lab of four questions teaches: scenarios, and the checks of its sentences.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.shared import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
FRESH = Config(nets=("class",), n_steps=100)
PIXELS_FIRST = Config(nets=("class",), n_steps=100, before="pixels")

PRESETS = (
    Preset(
        "Four questions, one trunk", DEFAULT,
        "Four nets have a question each: what, where, which pixels, and say it. A fifth one has "
        "all four on a single trunk. Who gains, and who pays?",
        ("classes_gain", "boxes_and_pixels_pay"),
    ),
    Preset(
        "Pixels first, then names", PIXELS_FIRST,
        "Before it names shapes, the trunk has learned which pixels belong to them. What is that "
        "worth, beside a trunk that starts from scratch?",
        ("pixels_teach_names",),
    ),
)


def end(h: xarray.Dataset, question: str, net: str = "") -> np.ndarray:
    """How good the answers are at the last step, of whoever is asked that question alone unless
    another net is named: (seed,).
    """
    return h["score"].sel(net=net or question, question=question).isel(step=-1).values


def _gain(h: xarray.Dataset) -> np.ndarray:
    return np.greater(end(h, "class", "all"), end(h, "class"))


def _pay(h: xarray.Dataset) -> np.ndarray:
    boxes = end(h, "box", "all") < end(h, "box") - 0.02
    return np.asarray(boxes & (end(h, "pixels", "all") < end(h, "pixels") - 0.06))


def _pixels_teach(fresh: xarray.Dataset, pixels: xarray.Dataset) -> np.ndarray:
    return np.greater(end(pixels, "class"), end(fresh, "class") + 0.15)


CLAIMS = (
    Claim(
        "classes_gain",
        "With three other questions on its trunk a net names more of the shapes rightly than one "
        "that is asked nothing else.",
        (DEFAULT,), _gain, share=0.75,
    ),
    Claim(
        "boxes_and_pixels_pay",
        "On the same trunk boxes are at least 0.02 worse (mean IoU) than those of a net that is "
        "asked for boxes alone, and pixels at least 0.06 (mean IoU): sharing does not help all.",
        (DEFAULT,), _pay,
    ),
    Claim(
        "pixels_teach_names",
        "After 100 updates on pixels, a net names at least 15 points more of the shapes rightly "
        "than from scratch.",
        (FRESH, PIXELS_FIRST), _pixels_teach,
    ),
)
