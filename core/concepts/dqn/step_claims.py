"""What one update shows: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.dqn.step import Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

FELL = Config(transition="leaning")
DOUBLE = Config(agent="double", at=2000)
LARGEST = Config(transition="error", at=2000)

PRESETS = (
    Preset(
        "One target", Config(),
        "The agent has never seen how many steps are still to come. From which two numbers does it "
        "make up what Q should have been?",
        ("largest_counts",),
    ),
    Preset(
        "The pole fell", FELL,
        "After this step the episode was over. What should Q have been?",
        ("fall_pays_the_reward_alone",),
    ),
    Preset(
        "Two networks, one choice", DOUBLE,
        "In Double DQN one network chooses the action and the other values it. Can its target be "
        "above that of DQN?",
        ("double_is_never_above",),
    ),
    Preset(
        "The largest error", LARGEST,
        "Of the 64 transitions that were drawn, this one was valued worst. How far does one "
        "step of Adam bring Q towards its target?",
        ("hardly_moves",),
    ),
)


def _last(h: xarray.Dataset) -> dict[str, np.ndarray]:
    """By name what was measured, (seed,)."""
    values = h["values"].isel(step=-1)
    return {str(name): values.sel(measured=name).values for name in values["measured"].values}


def _largest_counts(h: xarray.Dataset) -> np.ndarray:
    v = _last(h)
    best = np.maximum(v["next_left"], v["next_right"])
    discount = h["discount"].isel(step=-1).values
    return np.abs(v["target"] - (1 + discount * best)) < 1e-4


def _fell(h: xarray.Dataset) -> np.ndarray:
    return (h["discount"].isel(step=-1).values == 0) & (_last(h)["target"] == 1)


def _never_above(h: xarray.Dataset) -> np.ndarray:
    v, discount = _last(h), h["discount"].isel(step=-1).values
    return v["target"] <= 1 + discount * np.maximum(v["next_left"], v["next_right"]) + 1e-4


def _hardly_moves(h: xarray.Dataset) -> np.ndarray:
    v = _last(h)
    q = h["counts"].isel(step=-1).sel(measured=["left", "right"]).max("measured").values
    return np.abs(v["after"] - q) < 0.1 * np.abs(q - v["target"])


CLAIMS = (
    Claim(
        "largest_counts",
        "The target is the reward plus 0.99 times the larger of the two values that the target "
        "network gives the next state, and the reward alone where the pole fell.",
        (Config(),), _largest_counts, source="Mnih et al. 2015, algorithm 1",
    ),
    Claim(
        "fall_pays_the_reward_alone",
        "At step 1000, of 64 transitions drawn, the one nearest to a fall is a fall, and its "
        "target is 1: the reward alone.",
        (FELL,), _fell, share=0.75,
    ),
    Claim(
        "double_is_never_above",
        "Double DQN's target is at most that of DQN: what another network chooses is at best the "
        "largest.",
        (DOUBLE,), _never_above, source="van Hasselt et al. 2016, section 3",
    ),
    Claim(
        "hardly_moves",
        "One update moves Q of the worst valued transition by less than a tenth of its error, and "
        "not always towards the target: all 64 that were drawn pull at the same weights.",
        (LARGEST,), _hardly_moves,
    ),
)
