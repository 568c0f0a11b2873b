"""What the lab of regions teaches: scenarios, and the checks of its sentences.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.vision_tasks.regions import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
FEW = Config(n_scenes=100)
FAINT = Config(nets=("regions",), level=0.3)
NOISY = Config(nets=("regions",), noise=0.3)

PRESETS = (
    Preset(
        "Two shapes in a picture", DEFAULT,
        "One net says both classes and both boxes at once. The other one is shown regions one by "
        "one, and only names them. Who finds more shapes?",
        ("regions_find_more", "none_beyond_proposals"),
    ),
    Preset(
        "A hundred pictures", FEW,
        "Of 100 pictures the classes and boxes are known. Who still finds shapes?",
        ("regions_need_few",),
    ),
    Preset(
        "Faint ink counts, too", FAINT,
        "Regions are proposed where ink hangs together, and now faint ink counts. Does it find "
        "more?",
        ("grown_together",),
    ),
    Preset(
        "Twice the noise", NOISY,
        "Twice as much noise on every pixel. What does it do to proposals, which no net has "
        "learned?",
        ("noise_breaks_proposals",),
    ),
)


def _end(h: xarray.Dataset, array: str, net: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[array].sel(net=net).isel(step=-1).values


def _proposed(h: xarray.Dataset) -> np.ndarray:
    return h["proposed"].isel(step=-1).values


def _more(h: xarray.Dataset) -> np.ndarray:
    return np.greater(_end(h, "found", "regions"), _end(h, "found", "direct") + 0.25)


def _beyond(h: xarray.Dataset) -> np.ndarray:
    lost = 1 - _proposed(h)
    return np.asarray((lost > 0.1) & (_end(h, "found", "regions") <= _proposed(h)))


def _few(h: xarray.Dataset) -> np.ndarray:
    return np.asarray((_end(h, "found", "direct") < 0.2) & (_end(h, "found", "regions") > 0.5))


def _grown(default: xarray.Dataset, faint: xarray.Dataset) -> np.ndarray:
    fewer = _proposed(faint) < _proposed(default) - 0.15
    return np.asarray(fewer & (_end(faint, "found", "regions")
                               < _end(default, "found", "regions") - 0.15))


def _noise(quiet: xarray.Dataset, noisy: xarray.Dataset) -> np.ndarray:
    return np.less(_proposed(noisy), _proposed(quiet) - 0.04)


CLAIMS = (
    Claim(
        "regions_find_more",
        "Regions that are named one by one find at least 25 points more of the shapes, class and "
        "box (IoU from 0.5 on), than a net that says both at once.",
        (DEFAULT,), _more,
    ),
    Claim(
        "none_beyond_proposals",
        "More than a tenth of the shapes have no region around them, and what is not proposed is "
        "never found.",
        (DEFAULT,), _beyond,
    ),
    Claim(
        "regions_need_few",
        "With 100 pictures regions find more than half of the shapes; both boxes at once fewer "
        "than a fifth.",
        (FEW,), _few,
    ),
    Claim(
        "grown_together",
        "If ink counts from 0.3 on, at least 15 points fewer of the shapes have a region, and as "
        "many fewer are found: what is near grows together.",
        (DEFAULT, FAINT), _grown,
    ),
    Claim(
        "noise_breaks_proposals",
        "With twice the noise at least four points fewer of the shapes have a region around them.",
        (DEFAULT, NOISY), _noise, share=0.85,
    ),
)
