"""What the lab that solves CartPole teaches: presets to open, and claims that are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.dqn.solve import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

TUNED = Config()
ONE_STEP = with_changes(TUNED, n_step=1)

PRESETS = (
    Preset(
        "Solved in seconds", TUNED,
        "How many steps will it take until the pole stands three times in a row for 475 of 500 "
        "steps: ten thousand, a hundred thousand, a million?",
        ("solved",),
    ),
    Preset(
        "One reward at a time", ONE_STEP,
        "Before, an estimate added up 20 real rewards; now it takes one, and the next estimate. "
        "Faster or slower?",
        ("long_returns", "comes_and_goes"),
    ),
)


def _solved(h: xarray.Dataset) -> np.ndarray:
    """Per seed the step at which it had solved the task, infinite where it had not, (seed,)."""
    return np.nan_to_num(h["solved_at"].isel(variant=0, step=-1).values, nan=np.inf)


def _all_solved(h: xarray.Dataset) -> np.ndarray:
    return np.isfinite(_solved(h))


def _relapsed(h: xarray.Dataset) -> np.ndarray:
    """Whether a seed was above 475 and then below it before it had solved the task."""
    good = h["greedy_return"].isel(variant=0).values >= 475  # (step, seed)
    return np.any(good[:-1] & ~good[1:], axis=0)


def _some_relapse(h: xarray.Dataset) -> list[bool]:
    return [bool(_relapsed(h).sum() >= 2)]


def _faster(tuned: xarray.Dataset, one_step: xarray.Dataset) -> list[bool]:
    return [bool(np.median(_solved(tuned)) < np.median(_solved(one_step)))]


CLAIMS = (
    Claim(
        "solved",
        "The agent solves the task: 100 greedy episodes in gymnasium last 475 steps on average, "
        "three evaluations in a row.",
        (TUNED,), _all_solved, share=0.85,
    ),
    Claim(
        "comes_and_goes",
        "Policies come and go: one reward at a time, at least two of the seeds are above 475 and "
        "fall below it again before they have solved the task.",
        (ONE_STEP,), _some_relapse, share=0.75, over="group",
    ),
    Claim(
        "long_returns",
        "Returns over 20 steps solve it sooner than single steps, by the median over the seeds.",
        (TUNED, ONE_STEP), _faster, share=0.75, over="group",
    ),
)
