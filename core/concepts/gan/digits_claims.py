"""What made digits teach: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.gan.digits import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
NO_BRAKE = Config(r1_weight=0.0)

PRESETS = (
    Preset("Digits out of nothing", FIRST,
           "Sixteen random numbers become an image. After 500 updates, how many of the images can "
           "be read as a digit with confidence; and are they more than copies?",
           ("readable", "beats_normal", "copies_pass", "not_copied", "mean_late")),
    Preset("Without a brake", NO_BRAKE,
           "The same game without R1, the price on the discriminator's slope. Are the digits as "
           "good, and of all kinds?",
           ("brake_needed",)),
)


def _end(h: xarray.Dataset, what: str, maker: str) -> np.ndarray:
    """Per seed at the last step."""
    return h[what].sel(maker=maker).isel(step=-1).values


def _readable(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "confident", "dense_mean") > 0.55) & (_end(h, "classes", "dense_mean") > 8.5)


def _beats_normal(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "frechet", "dense_mean") < _end(h, "frechet", "normal")


def _copies_pass(h: xarray.Dataset) -> np.ndarray:
    read = _end(h, "confident", "copies") > _end(h, "confident", "dense_mean") + 0.15
    alike = _end(h, "frechet", "copies") < _end(h, "frechet", "normal")
    caught = _end(h, "nearest", "copies") < 0.6 * _end(h, "nearest", "dense_mean")
    return read & alike & caught


def _not_copied(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "nearest", "dense_mean") > _end(h, "nearest", "real") + 0.1


def _mean_late(h: xarray.Dataset) -> np.ndarray:
    both = h["frechet"].sel(maker=["dense", "dense_mean"])
    early = both.sel(step=100, method="nearest").values
    raw, mean = both.isel(step=-1).values
    return (early[1] > early[0]) & (mean < raw)


def _brake_needed(braked: xarray.Dataset, free: xarray.Dataset) -> np.ndarray:
    return _end(free, "frechet", "dense_mean") > 2 * _end(braked, "frechet", "dense_mean")


CLAIMS = (
    Claim("readable",
          "After 500 updates the judge reads more than 55 % of the images of a generator's mean "
          "weights with confidence, and more than 8.5 of the ten digits are among them.",
          (FIRST,), _readable, share=0.8),
    Claim("beats_normal",
          "They are nearer to real digits, by the Frechet distance, than draws from a normal "
          "distribution with the digits' own mean and covariance.",
          (FIRST,), _beats_normal, share=0.8),
    Claim("copies_pass",
          "Copies of training digits with a little noise are read with confidence more often than "
          "the generator's images, by 15 points, and have a smaller Frechet distance than the "
          "normal distribution. Only the nearest training image gives them away.",
          (FIRST,), _copies_pass, share=0.85),
    Claim("not_copied",
          "The generator's images are farther from the nearest training image than real digits are "
          "that nobody has seen.",
          (FIRST,), _not_copied),
    Claim("mean_late",
          "The mean of the weights is behind the weights at step 100, by the Frechet distance, and "
          "ahead of them at the end.",
          (FIRST,), _mean_late, share=0.75),
    Claim("brake_needed",
          "Without R1 the Frechet distance ends at more than twice what it is with R1.",
          (FIRST, NO_BRAKE), _brake_needed, share=0.8, source="Mescheder et al. 2018"),
)
