"""What companions teach: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.gan.companions import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
FEATURES = Config(makers=("diffusion", "bare"))
HURRIED = Config(makers=("diffusion",), sampling_steps=3)
SHORTER = Config(makers=("diffusion",), sampling_steps=8)
SPIRAL = Config(target="spiral")
EXACT = Config(target="ring", makers=("vae",), beta=1.0)
BALANCED = Config(target="ring", makers=("vae",))
STRICT = Config(target="ring", makers=("vae",), beta=100.0)
IDLE = Config(target="ring", makers=("vae",), beta=400.0, n_steps=400)

PRESETS = (
    Preset("Twenty-five islands", FIRST,
           "A GAN, a VAE and diffusion learn the same 25 islands. Who covers them all, who blurs "
           "them, who leaves some out?",
           ("diffusion_covers", "vae_blurs", "gan_drops")),
    Preset("A spiral", SPIRAL,
           "Now all points hang together. Which of the three loses a part of the spiral, and is "
           "the one with the best points also the nearest as a whole?",
           ("spiral_ends", "good_is_not_near")),
    Preset("Without Fourier features", FEATURES,
           "Diffusion's net is given a place by its two coordinates, or by waves of them as well. "
           "Does that matter?",
           ("features_matter", "distance_is_blind")),
    Preset("In three steps", HURRIED,
           "The noise is removed in three large steps and not in twenty. What becomes of the "
           "islands?",
           ("three_steps", "eight_steps")),
    Preset("A VAE of beta 1", EXACT,
           "With beta 1 a VAE makes a true bound of the likelihood large. Are its points the "
           "better for it?",
           ("exact_is_not_best",)),
    Preset("A VAE of beta 100", STRICT,
           "Its random numbers have to be all but standard normal, whatever the point. What is "
           "left of eight islands?",
           ("too_strict",)),
    Preset("Random numbers say nothing", IDLE,
           "Four times as strict. What does the decoder make of its random numbers now?",
           ("collapsed_posterior",)),
)


def _end(h: xarray.Dataset, maker: str, what: str) -> np.ndarray:
    """Per seed at the last step."""
    return h[what].sel(maker=maker).isel(step=-1).values


def _covers(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "diffusion", "good") > 0.6) & (_end(h, "diffusion", "covered") >= 20)


def _blurs(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "vae", "effective") > 20.5) & (_end(h, "vae", "good") < 0.45)


def _drops(h: xarray.Dataset) -> np.ndarray:
    gan, others = _end(h, "gan", "effective"), [_end(h, m, "effective") for m in (
        "vae", "diffusion")]
    return (gan < np.minimum(*others)) & (_end(h, "gan", "good") < 0.5)


def _ends(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "gan", "effective") < np.minimum(
        _end(h, "vae", "effective"), _end(h, "diffusion", "effective"))


def _not_near(h: xarray.Dataset) -> np.ndarray:
    better = _end(h, "diffusion", "good") > _end(h, "vae", "good") + 0.1
    return better & (_end(h, "vae", "distance") < 1.2 * _end(h, "diffusion", "distance"))


def _features(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "bare", "good") < 0.65 * _end(h, "diffusion", "good")


def _blind(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "bare", "distance") < 1.3 * _end(h, "diffusion", "distance")


def _three(hurried: xarray.Dataset, first: xarray.Dataset) -> np.ndarray:
    return _end(hurried, "diffusion", "good") < 0.65 * _end(first, "diffusion", "good")


def _eight(shorter: xarray.Dataset, first: xarray.Dataset) -> np.ndarray:
    return _end(shorter, "diffusion", "good") > 0.7 * _end(first, "diffusion", "good")


def _worse_than_balanced(own: xarray.Dataset, balanced: xarray.Dataset) -> np.ndarray:
    return _end(own, "vae", "good") < 0.6 * _end(balanced, "vae", "good")


CLAIMS = (
    Claim("diffusion_covers",
          "Of diffusion's points more than 60 % are good, and they cover at least 20 of the 25 "
          "islands.",
          (FIRST,), _covers, share=0.85, source="Ho et al. 2020"),
    Claim("vae_blurs",
          "A VAE's points lie on more than 20.5 islands, as evenly as that, but less than 45 % of "
          "them are good.",
          (FIRST,), _blurs, share=0.85),
    Claim("gan_drops",
          "A GAN's points lie on fewer islands than those of the VAE and of diffusion, and less "
          "than half of them are good.",
          (FIRST,), _drops, share=0.75),
    Claim("spiral_ends",
          "Of a spiral the GAN makes fewer pieces than the VAE and diffusion do.",
          (SPIRAL,), _ends, share=0.75),
    Claim("good_is_not_near",
          "There more of diffusion's points are good than of the VAE's, by more than ten in a "
          "hundred; but as a whole the VAE's are as near to real ones, or farther by less than a "
          "fifth.",
          (SPIRAL,), _not_near, share=0.85),
    Claim("features_matter",
          "Without Fourier features of the place diffusion makes less than 0.65 times as many good "
          "points on the 25 islands.",
          (FEATURES,), _features, share=0.85, source="Tancik et al. 2020"),
    Claim("distance_is_blind",
          "The distance to real points does not show that: without the features it is at most 1.3 "
          "times as large.",
          (FEATURES,), _blind, share=0.75),
    Claim("three_steps",
          "In three sampling steps diffusion makes less than 0.65 times as many good points as in "
          "twenty.",
          (HURRIED, FIRST), _three, share=0.85),
    Claim("eight_steps",
          "In eight it still makes more than 0.7 times as many.",
          (SHORTER, FIRST), _eight, share=0.85, source="Song et al. 2021"),
    Claim("exact_is_not_best",
          "On the ring a VAE of beta 1, whose loss is a true bound of the likelihood, makes less "
          "than 0.6 times as many good points as one of beta 10.",
          (EXACT, BALANCED), _worse_than_balanced, share=0.85),
    Claim("too_strict",
          "One of beta 100 makes less than 0.6 times as many, too.",
          (STRICT, BALANCED), _worse_than_balanced, share=0.85, source="Higgins et al. 2017"),
    Claim("collapsed_posterior",
          "With beta 400 none of a VAE's points is good.",
          (IDLE,), lambda h: _end(h, "vae", "good") == 0, share=0.85),
)
