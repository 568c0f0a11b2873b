"""What the lab of scale teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 31.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.language_models.scale import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
STARVED = Config(sentences=("50", "800"))
LAW = Config(sentences=("200", "endless"))

PRESETS = (
    Preset(
        "Three bottlenecks", DEFAULT,
        "Four sizes of nets, four amounts of sentences. Which nets would be helped most by more "
        "parameters, which by more sentences, which by more steps?",
        ("parameters_help", "data_helps", "steps_help"),
    ),
    Preset(
        "Starved", STARVED,
        "Fifty sentences, again and again. Do larger nets do better with them, and does more "
        "training help?",
        ("worse_with_training", "data_helps", "by_heart"),
    ),
    Preset(
        "Is it a law?", LAW,
        "On axes of powers of ten, is what is left above the floor a straight line over the "
        "parameters? With new sentences always, and with 200?",
        ("turns_up",),
    ),
)
EARLY = 90


def left(h: xarray.Dataset, size: str, amount: str, step: int | None = None) -> np.ndarray:
    """Per seed what is above the floor at the first recorded step from there on, or at the end."""
    i = -1 if step is None else int(np.searchsorted(h["step"].values, step))
    return h["excess"].sel(size=size, amount=amount).isel(step=i).values


def _parameters(h: xarray.Dataset) -> np.ndarray:
    return left(h, "4", "endless") - left(h, "8", "endless") >= 0.15


def _data(h: xarray.Dataset) -> np.ndarray:
    worse = left(h, "32", "50") - left(h, "4", "50") >= 0.5
    return worse & (left(h, "32", "50") - left(h, "32", "800") >= 1.5)


def _steps(h: xarray.Dataset) -> np.ndarray:
    return left(h, "32", "endless", EARLY) >= 1.6 * left(h, "32", "endless")


def _worse(h: xarray.Dataset) -> np.ndarray:
    over_steps = h["excess"].sel(size="32", amount="50").transpose("step", "seed").values
    return over_steps[-1] >= over_steps.min(0) + 1


def _by_heart(h: xarray.Dataset) -> np.ndarray:
    return h["own"].sel(size="32", amount="50").isel(step=-1).values <= -0.5


def _turns(h: xarray.Dataset) -> np.ndarray:
    return left(h, "32", "200") >= left(h, "16", "200")


CLAIMS = (
    Claim(
        "parameters_help",
        "Of the smallest nets parameters are the bottleneck: with new sentences always, 8 features "
        "rather than 4 take away at least 0.15 of the nats above the floor.",
        (DEFAULT,), _parameters, share=0.85, source="Kaplan et al. 2020",
    ),
    Claim(
        "data_helps",
        "With 50 sentences the data are the bottleneck: a net of 32 features is at least 0.5 nats "
        "worse than one of 4, and with 800 sentences at least 1.5 better.",
        (DEFAULT,), _data, share=0.85, source="Kaplan et al. 2020",
    ),
    Claim(
        "steps_help",
        "Of large nets with new sentences always steps are the bottleneck: after 90 of 200 steps "
        "the net of 32 features is at least 1.6 times as far above the floor as at the end.",
        (DEFAULT,), _steps, share=0.85,
    ),
    Claim(
        "worse_with_training",
        "With 50 sentences training makes it worse: the net of 32 features ends at least 1 nat "
        "higher above the floor than it was at its best.",
        (DEFAULT,), _worse, share=0.85,
    ),
    Claim(
        "by_heart",
        "It knows its 50 sentences by heart: their words surprise it at least 0.5 nats less than "
        "the language itself.",
        (DEFAULT,), _by_heart, share=0.85,
    ),
    Claim(
        "turns_up",
        "More parameters are not always better, and no law says so: with 200 sentences a net of 32 "
        "features ends farther above the floor than one of 16.",
        (DEFAULT,), _turns, share=0.85,
    ),
)
