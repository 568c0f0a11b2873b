"""What the plane teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.gan.plane import Config
from core.config import Change
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FIRST = Config()
SMALL_LATENT = Config(games=("non_saturating",), latent=2)
RESCUE = Config(games=("non_saturating",), n_steps=1500, changes=(Change(700, "extra_r1", 0.1),))
EVEN = Config(games=("non_saturating", "saturating"), latent=2, discriminator_rate=0.002)
SPECTRAL = Config(games=("spectral",))
LOSSES = Config(games=("saturating", "wasserstein_penalty"))

PRESETS = (
    Preset("Collapse, and a brake", FIRST,
           "A generator learns to have its points taken for real ones, on eight islands. How many "
           "islands does it make in the end: alone, and with the penalty R1?",
           ("collapses", "spreads_first", "r1_covers", "better_points", "no_progress_bar")),
    Preset("Rescue on the way", RESCUE,
           "Collapsed generators, and at step 700 R1 is switched on. Do they come back?",
           ("rescued",)),
    Preset("Two random numbers", SMALL_LATENT,
           "The generator makes each point of 2 random numbers, not of 16. Does it make fewer "
           "islands, or more?",
           ("fewer_numbers_more_islands",)),
    Preset("A fair match", EVEN,
           "Two random numbers, and both players learn at the same rate. Is the saturating loss as "
           "bad as its name?",
           ("works", "saturating_learns")),
    Preset("Other losses", LOSSES,
           "The discriminator learns four times as fast. Which losses can live with that?",
           ("saturating_stuck", "penalty_covers")),
    Preset("Another remedy", SPECTRAL,
           "A discriminator whose layers are kept small, by their largest singular values. Does "
           "that do what R1 does?",
           ("spectral_covers",)),
    Preset("All remedies side by side",
           Config(games=("r1", "spectral", "noise", "wasserstein_penalty", "wasserstein_clip")),
           "The same start, and five things that are done against collapse. Which of them spread "
           "the points over all islands?",
           ("r1_covers", "spectral_covers", "penalty_covers")),
)


def _end(h: xarray.Dataset, game: str, what: str) -> np.ndarray:
    """Per seed at the last step."""
    return h[what].sel(game=game).isel(step=-1).values


def _at(h: xarray.Dataset, game: str, what: str, step: int) -> np.ndarray:
    """Per seed at the frame nearest to a step."""
    return h[what].sel(game=game).sel(step=step, method="nearest").values


def _collapses(h: xarray.Dataset) -> np.ndarray:
    return (_end(h, "non_saturating", "effective") < 3.5) & (
        _end(h, "non_saturating", "good") > 0.5)


def _spreads_first(h: xarray.Dataset) -> np.ndarray:
    later = h["effective"].sel(game="non_saturating").sel(step=slice(50, None))
    most = later.max("step").values
    return (most > 5) & (_end(h, "non_saturating", "effective") < most / 2)


def _r1(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "r1", "effective") > 7.3


def _better_points(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "non_saturating", "good") > _end(h, "r1", "good") + 0.2


def _no_progress_bar(h: xarray.Dataset) -> np.ndarray:
    before, after = (_at(h, "r1", "generator_loss", step) for step in (400, 1200))
    good = _at(h, "r1", "good", 400), _at(h, "r1", "good", 1200)
    return (np.abs(after / before - 1) < 0.35) & (good[1] > 1.5 * good[0])


def _rescued(h: xarray.Dataset) -> np.ndarray:
    before = _at(h, "non_saturating", "effective", 700)
    return (_end(h, "non_saturating", "effective") > 7) & (before < 4.5)


def _fewer_more(many: xarray.Dataset, few: xarray.Dataset) -> np.ndarray:
    two, sixteen = (_end(h, "non_saturating", "effective") for h in (few, many))
    return two > 1.5 * sixteen


def _learns(game: str) -> Callable[[xarray.Dataset], np.ndarray]:
    return lambda h: (_end(h, game, "effective") > 6) & (_end(h, game, "good") > 0.35)


def _saturating_stuck(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "saturating", "good") < 0.2


def _penalty(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "wasserstein_penalty", "effective") > 7.3


def _spectral(h: xarray.Dataset) -> np.ndarray:
    return _end(h, "spectral", "effective") > 7.3


CLAIMS = (
    Claim("collapses",
          "Alone, a generator ends on one to three of the eight islands, while more than half of "
          "its points are good.",
          (FIRST,), _collapses, share=0.75),
    Claim("spreads_first",
          "Before it collapses, after step 50, its points are nearest to more than five islands, "
          "twice as many as in the end.",
          (FIRST,), _spreads_first, share=0.75),
    Claim("r1_covers", "With R1 the same generator makes more than 7.3 of the eight islands.",
          (FIRST,), _r1, source="Mescheder et al. 2018"),
    Claim("better_points",
          "Of the collapsed generator's points at least 20 points in a hundred more are good than "
          "of those with R1.",
          (FIRST,), _better_points, share=0.75),
    Claim("no_progress_bar",
          "With R1 the generator's loss differs by less than a third between step 400 and 1200, "
          "while the share of good points grows by more than a half.",
          (FIRST,), _no_progress_bar, share=0.75),
    Claim("rescued",
          "Switched on at step 700, R1 brings a generator that is on fewer than 4.5 islands back "
          "to more than 7.",
          (RESCUE,), _rescued, share=0.75),
    Claim("fewer_numbers_more_islands",
          "Of 2 random numbers per point a generator makes at least 1.5 times as many islands as "
          "of 16.",
          (FIRST, SMALL_LATENT), _fewer_more, share=0.75),
    Claim("works",
          "With 2 random numbers and equal rates, without any remedy, a generator makes more than "
          "six islands, and more than a third of its points are good.",
          (EVEN,), _learns("non_saturating"), share=0.75),
    Claim("saturating_learns",
          "There the saturating loss learns as well: more than six islands, and more than a third "
          "of the points are good.",
          (EVEN,), _learns("saturating"), share=0.75),
    Claim("saturating_stuck",
          "Against a discriminator that learns four times as fast, and with 16 random numbers, the "
          "saturating loss hardly learns: less than a fifth of the points are good.",
          (LOSSES,), _saturating_stuck, source="Goodfellow et al. 2014"),
    Claim("penalty_covers",
          "A critic with a gradient penalty of weight 0.1 gets more than 7.3 islands made.",
          (LOSSES,), _penalty, source="Gulrajani et al. 2017"),
    Claim("spectral_covers",
          "With spectral norm a generator makes more than 7.3 islands.",
          (SPECTRAL,), _spectral, source="Miyato et al. 2018"),
)
