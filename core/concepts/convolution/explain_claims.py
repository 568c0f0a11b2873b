"""What the lab of explanations teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.convolution.explain import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()

PRESETS = (
    Preset(
        "Explain a net of noise", START,
        "Three ways to draw where an answer comes from. Which drawing is hardly another one when "
        "the net has learned nothing?",
        ("copies_the_image", "covering_notices", "gradient_is_a_draw",
         "covering_finds_the_shape"),
    ),
)


def _end(h: xarray.Dataset, what: str, way: str) -> np.ndarray:
    """At the last step, (seed,)."""
    return h[what].isel(step=-1).sel(way=way).values


def _more_by_training(h: xarray.Dataset, way: str) -> np.ndarray:
    """How much more alike two trained nets are than a trained one and itself untrained."""
    return _end(h, "again", way) - _end(h, "untrained", way)


def _copies(h: xarray.Dataset) -> np.ndarray:
    return ((_end(h, "untrained", "gradient_input") >= 0.55)
            & (_end(h, "picture", "gradient_input") >= 0.7)
            & (_more_by_training(h, "gradient_input") <= 0.1))


def _notices(h: xarray.Dataset) -> np.ndarray:
    return _more_by_training(h, "covering") >= 0.1


def _a_draw(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "again", "gradient") <= 0.35) & (_end(h, "again", "covering") >= 0.6)


def _finds_shape(h: xarray.Dataset) -> np.ndarray:
    on_shape = h["on_shape"].sel(way="covering")
    return (on_shape.isel(step=-1) - on_shape.isel(step=0) >= 0.1).values


CLAIMS = (
    Claim(
        "copies_the_image",
        "Gradient times input draws nearly the same for a net that has learned nothing: its rank "
        "correlation with the trained net's map is at least 0.55, hardly less, at most 0.1, than "
        "that of two trained nets; with the image itself it is at least 0.7.",
        (START,), _copies, source="Adebayo et al. 2018",
    ),
    Claim(
        "covering_notices",
        "Covering passes the check: two trained nets' maps are more alike than a trained and an "
        "untrained one's, by at least 0.1.",
        (START,), _notices,
    ),
    Claim(
        "gradient_is_a_draw",
        "The plain gradient is not the same when the net is trained again: a rank correlation of "
        "at most 0.35, where covering has at least 0.6.",
        (START,), _a_draw,
    ),
    Claim(
        "covering_finds_the_shape",
        "By training on strokes, at least 10 points more of what covering draws come to lie on the "
        "shape.",
        (START,), _finds_shape,
    ),
)
