"""What the lab of pixels teaches: scenarios, and the checks of its sentences.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.pixels import NOTHING, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
FULL_SIZE = Config(nets=("unet", "full"))
UNWEIGHTED = Config(nets=("unet", "one"), background=1.0)

PRESETS = (
    Preset(
        "The perfect nothing", DEFAULT,
        "Six of seven pixels are background. Who has more pixels right: a small net that finds "
        "something of the shapes, or one who says \"background\" everywhere?",
        ("nothing_wins", "skips_sharpen", "nets_see_shapes"),
    ),
    Preset(
        "Seeing 7 x 7 pixels", FULL_SIZE,
        "Three layers at full size see 7 x 7 pixels around each. The U-Net sees more, on smaller "
        "maps. Which one tells shapes apart?",
        ("nets_see_shapes",),
    ),
    Preset(
        "All pixels weigh the same", UNWEIGHTED,
        "Background now weighs as much in the loss as a shape does. What becomes of the shapes?",
        ("nothing_wins",),
    ),
)


def end(h: xarray.Dataset, array: str, learner: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[array].sel(learner=learner).isel(step=-1).values


def _nothing_wins(h: xarray.Dataset) -> np.ndarray:
    more = end(h, "right", NOTHING) > end(h, "right", "one")
    return np.asarray(more & (end(h, "mean_iou", "one") > end(h, "mean_iou", NOTHING) + 0.03))


def _sharpen(h: xarray.Dataset) -> np.ndarray:
    return np.greater(end(h, "edges", "unet"), end(h, "edges", "down_up") + 0.03)


def _see(h: xarray.Dataset) -> np.ndarray:
    return np.greater(end(h, "shape_iou", "unet"), end(h, "shape_iou", "one") + 0.03)


CLAIMS = (
    Claim(
        "nothing_wins",
        "Who says \"background\" everywhere has more pixels right than a net of one layer, whose "
        "mean IoU is at least 0.03 higher: the share of right pixels misleads.",
        (DEFAULT,), _nothing_wins,
    ),
    Claim(
        "skips_sharpen",
        "With skips a U-Net has at least three points more of the pixels at edges right than "
        "without them.",
        (DEFAULT,), _sharpen, share=0.8,
    ),
    Claim(
        "nets_see_shapes",
        "A U-Net, which sees far around each pixel, has a mean IoU over the shapes that is at "
        "least 0.03 above that of one layer, which sees 3 x 3 pixels.",
        (DEFAULT,), _see, share=0.8,
    ),
)
