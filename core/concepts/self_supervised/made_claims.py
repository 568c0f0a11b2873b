"""What made data teach: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.self_supervised.made import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()

PRESETS = (
    Preset("Draw it or label it?", FIRST,
           "Digits are drawn by rule, as many as one wants, with labels. Nets learn from them and "
           "read real digits. How much should the drawn ones vary, and are they worth more than "
           "three labelled real images of each digit?",
           ("varied_as_real", "too_much_is_worst", "better_than_few", "views_are_better",
            "together", "too_varied_harms", "views_know_it", "real_is_far_ahead")),
)


def _right(h: xarray.Dataset, teacher: str, variety: float = 1.0) -> np.ndarray:
    """Its accuracy on new real images at the end, (seed,)."""
    return h["accuracy"].sel(teacher=teacher, variety=variety).isel(step=-1).values


def _as_real(h: xarray.Dataset) -> np.ndarray:
    best = _right(h, "made")
    return (best > _right(h, "made", 0) + 0.05) & (best > _right(h, "made", 2) + 0.1)


CLAIMS = (
    Claim("varied_as_real",
          "Made digits are worth most where they vary as the real ones do: a net taught by them "
          "alone reads at least 5 points more real digits right than with made ones that are all "
          "alike, and 10 more than with those that vary twice as much.",
          (FIRST,), _as_real, share=0.85),
    Claim("too_much_is_worst",
          "To vary twice as much as real ones is worse than not to vary at all.",
          (FIRST,), lambda h: _right(h, "made", 2) < _right(h, "made", 0), share=0.85),
    Claim("better_than_few",
          "Made digits that vary as real ones do teach at least 3 points more than three labelled "
          "real images of each digit, as they are.",
          (FIRST,), lambda h: _right(h, "made") > _right(h, "real") + 0.03, share=0.85),
    Claim("views_are_better",
          "The three real images in random views teach more than made digits.",
          (FIRST,), lambda h: _right(h, "views") > _right(h, "made"), share=0.75),
    Claim("together",
          "Both together, in views, teach more than either the real images in views or the made "
          "ones.",
          (FIRST,), lambda h: _right(h, "both_views") > np.maximum(
              _right(h, "views"), _right(h, "made")), share=0.85),
    Claim("too_varied_harms",
          "If the made ones vary twice as much as real ones, the real images in views are better "
          "without them.",
          (FIRST,), lambda h: _right(h, "both_views", 2) < _right(h, "views"), share=0.85),
    Claim("views_know_it",
          "In views, together with real images, made digits that are all alike are as good as "
          "those that vary: within 5 points.",
          (FIRST,), lambda h: np.abs(
              _right(h, "both_views", 0) - _right(h, "both_views")) < 0.05, share=0.85),
    Claim("real_is_far_ahead",
          "All 1200 real images with their labels are at least 10 points ahead of all that.",
          (FIRST,), lambda h: _right(h, "all") > _right(h, "both_views") + 0.1, share=0.85),
)
