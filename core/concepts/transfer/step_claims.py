"""What one update shows: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.transfer.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

START = Config()
LATER = Config(at=30)

PRESETS = (
    Preset(
        "The first update", START,
        "A new last layer, and five labelled images of each new shape. How far does the gradient "
        "get, and what does the first update change?",
        ("frozen_stays", "adam_first_step", "whole_gains_more"),
    ),
    Preset(
        "Thirty updates later", LATER,
        "The same net after thirty updates. What is left to learn?",
        ("frozen_stays",),
    ),
)


def _stays(h: xarray.Dataset) -> np.ndarray:
    moved = h["moved"].isel(step=-1)
    whole = (moved.sel(way="whole") > 0).all("layer").values
    frozen = moved.sel(way="frozen").values  # (layer, seed)
    return whole & (frozen[:-1] == 0).all(0) & (frozen[-1] > 0)


def _adam(h: xarray.Dataset) -> list[bool]:
    last = h.isel(step=-1)
    before = h.isel(step=0)["kernel_whole"].values
    change = last["kernel_whole"].values - before
    gradient = last["kernel_gradient"].values
    found = change[np.abs(gradient) > 1e-5]
    return [bool(len(found) and np.abs(np.abs(found) - 0.01).max() <= 2e-4)]


def _more(h: xarray.Dataset) -> np.ndarray:
    after = h["loss"].isel(step=-1).sel(when="after")
    return (after.sel(way="whole") < after.sel(way="frozen")).values


CLAIMS = (
    Claim(
        "frozen_stays",
        "Fine-tuned, every layer moves; frozen, the last one alone.",
        (START,), _stays, source="Yosinski et al. 2014",
    ),
    Claim(
        "adam_first_step",
        "Adam's first update moves every weight that has a gradient by the learning rate, 0.01, "
        "however small that gradient is.",
        (START,), _adam, share=1, over="nothing", source="Kingma & Ba 2015",
    ),
    Claim(
        "whole_gains_more",
        "After the first update the batch's loss is lower where the whole net was moved than where "
        "only the last layer was.",
        (START,), _more,
    ),
)
