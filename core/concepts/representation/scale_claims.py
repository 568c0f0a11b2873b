"""What the lab of scales teaches: presets to open, and claims that are checked.

Settings and thresholds were chosen on seeds below 200.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.representation.scale import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
SHARED = Config(scales=("raw", "standardised"), rates="shared")
CANCER = Config(data="breast_cancer", scales=("raw", "standardised", "log"))
FAR = Config(scales=("raw", "standardised"), unit=100)
NEAR = 0.01
"""A height above the lowest loss at which a rule has arrived."""

PRESETS = (
    Preset(
        "Who minds the units?", START,
        "Wines are told by 13 measurements, one of them in hundreds, another in tenths. Which "
        "models mind that, and which do not care?",
        ("raw_costs", "neighbours_mind", "trees_do_not_mind", "long_valley"),
    ),
    Preset(
        "Metres and millimetres", SHARED,
        "The same net, the same learning rate, the same wines: once as they were measured, once "
        "standardised. What does the net of raw numbers say?",
        ("one_answer", "trees_do_not_mind"),
    ),
    Preset(
        "A unit a hundred times finer", FAR,
        "One of two measurements is written in a unit a hundred times finer. Gradient descent "
        "has to crawl. Does Adam?",
        ("adam_is_not_immune",),
    ),
    Preset(
        "Tumours", CANCER,
        "Thirty measurements of cells, from thousandths to thousands. Is it the same story?",
        ("cancer_raw_costs", "cancer_adam"),
    ),
)


def error(h: xarray.Dataset, model: str, scale: str) -> np.ndarray:
    """On the test half at the last step, (seed,)."""
    return h["test_error"].isel(step=-1).sel(model=model, scale=scale).values


def gap(h: xarray.Dataset, model: str) -> np.ndarray:
    """What raw numbers cost, (seed,)."""
    return error(h, model, "raw") - error(h, model, "standardised")


def arrival(h: xarray.Dataset, unit: str, rule: str) -> float:
    """The first recorded step at which a rule is near the lowest loss; infinity before."""
    there = h["above"].sel(unit=unit, rule=rule).values <= NEAR
    return float(h["step"].values[there.argmax()]) if there.any() else np.inf


def _adam_minds_less(h: xarray.Dataset) -> np.ndarray:
    adam = gap(h, "net_adam")
    return (adam >= 0.02) & (adam <= gap(h, "net_momentum") - 0.05)


def _trees(h: xarray.Dataset) -> np.ndarray:
    raw = error(h, "tree", "raw")
    return np.maximum(abs(raw - error(h, "tree", "standardised")),
                      abs(raw - error(h, "tree", "log"))) <= 0.025


def _condition(h: xarray.Dataset) -> np.ndarray:
    raw, told, log = (h["condition"].sel(scale=s).values for s in ("raw", "standardised", "log"))
    return (raw >= 1e8) & (told <= 200) & (log >= 1e5) & (log <= 1e7)


def _one_answer(h: xarray.Dataset) -> np.ndarray:
    raw, told = (error(h, "net_momentum", s) for s in ("raw", "standardised"))
    return (raw >= 0.55) & (told <= 0.12)


def _crawls(h: xarray.Dataset) -> list[bool]:
    return [arrival(h, "unit", "sgd") >= 10 * arrival(h, "same", "sgd")]


def _adam_walks(h: xarray.Dataset) -> list[bool]:
    return [arrival(h, "unit", "adam") <= 2 * arrival(h, "same", "adam")]


def _adam_is_late(h: xarray.Dataset) -> list[bool]:
    late, soon = (h["above"].isel(step=-1).sel(unit=u, rule="adam").item()
                  for u in ("unit", "same"))
    return [late >= 0.1 and soon <= 1e-4]


CLAIMS = (
    Claim(
        "raw_costs",
        "Raw numbers cost the net that momentum trains at least 15 points, though it has a "
        "learning rate of its own for them.",
        (START,), lambda h: gap(h, "net_momentum") >= 0.15,
        source="LeCun et al. 1998, section 4.3",
    ),
    Claim(
        "adam_minds_less",
        "Adam minds less and still minds: raw numbers cost its net at least 2 points, and at "
        "least 5 points less than momentum's.",
        (START,), _adam_minds_less, share=0.75,
    ),
    Claim(
        "neighbours_mind",
        "Nearest neighbours get at least 15 points worse with raw numbers: the largest unit "
        "decides who is near.",
        (START,), lambda h: gap(h, "neighbours") >= 0.15,
    ),
    Claim(
        "trees_do_not_mind",
        "A tree does not mind: raw, standardised or as logarithms, its error changes by at most "
        "2.5 points, and only because a threshold lies elsewhere between two values.",
        (START,), _trees,
    ),
    Claim(
        "long_valley",
        "The condition number of a linear model is above 100 million with raw wines, below 200 "
        "with standardised ones, and between 100 thousand and 10 million with logarithms, which "
        "spread alike but lie far from 0.",
        (START,), _condition,
    ),
    Claim(
        "one_answer",
        "At the rate 0.01 for all, the net of raw wines gets at least 55 % wrong, as many as one "
        "class for every wine does; the standardised one at most 12 %.",
        (SHARED,), _one_answer,
    ),
    Claim(
        "sgd_crawls",
        "With two weights and a unit ten times finer, gradient descent needs at least ten times "
        "as many updates as with standardised numbers, at 90 % of its largest rate in both.",
        (START,), _crawls, share=1, over="nothing",
    ),
    Claim(
        "adam_walks",
        "Adam needs at most twice as many.", (START,), _adam_walks, share=1, over="nothing",
    ),
    Claim(
        "adam_is_not_immune",
        "Adam is not immune: in a unit a hundred times finer it is still 0.1 above the lowest "
        "loss after 200 updates, where with standardised numbers it has long arrived.",
        (FAR,), _adam_is_late, share=1, over="nothing",
    ),
    Claim(
        "cancer_raw_costs",
        "With tumours, raw numbers cost momentum's net at least 3 points.",
        (CANCER,), lambda h: gap(h, "net_momentum") >= 0.03, share=0.85,
    ),
    Claim(
        "cancer_adam",
        "And Adam's net at least 2 points.", (CANCER,), lambda h: gap(h, "net_adam") >= 0.02,
        share=0.85,
    ),
)
