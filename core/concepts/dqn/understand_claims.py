"""What the textbook agent teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims dqn --first-seed 100` checks them
on others. A claim trains one variant at a time, so that two claims about one variant share
its run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.dqn.understand import Config, VariantName
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray


def alone(variant: VariantName, n_steps: int = 12_000) -> Config:
    """One variant of the page's settings."""
    return Config(variants=(variant,), n_steps=n_steps)


FULL, NO_TARGET, NO_REPLAY = alone("full"), alone("no_target"), alone("no_replay")
LONGER_POLE = with_changes(alone("full", 6000), changes=["5000:pole_length=1.5"])

PRESETS = (
    Preset(
        "Replay × target network", Config(),
        "Take away the replay memory, the target network, or both. Which of the two does the "
        "score miss, and which is missed only in what the agent believes?",
        ("replay_decides", "values_run_away", "neither"),
    ),
    Preset(
        "The full recipe", with_changes(FULL, n_seeds=8),
        "Eight seeds of one recipe. How far apart will they be, and do the values stay below "
        "what can be earned?",
        ("full_learns", "overestimates"),
    ),
    Preset(
        "Amnesia", Config(variants=("full", "no_replay")),
        "The agent learns from the last transition only. Is it slower, or does it fail?",
        ("replay_decides",),
    ),
    Preset(
        "Chasing its own tail", with_changes(FULL, variants=("full", "no_target")),
        "Without a target network every update moves the goal. Where will that be seen first: "
        "in the score or in the values?",
        ("values_run_away", "target_does_not_score"),
    ),
    Preset(
        "Both crutches gone", Config(variants=("full", "neither"), n_steps=6000),
        "Neither replay nor target network: what will the agent believe it can earn?",
        ("neither",),
    ),
    Preset(
        "Slow clock", with_changes(FULL, variants=("full", "slow_target")),
        "The target network is copied every 500 steps. How fast can the values rise at most?",
        ("slow_clock",),
    ),
    Preset(
        "One chooses, another one rates", with_changes(FULL, variants=("full", "double")),
        "Double DQN was made against overestimation. Does it end it here?",
        ("double_overestimates",),
    ),
    Preset(
        "Never try anything new",
        with_changes(FULL, variants=("full", "one_random_action"), n_seeds=8),
        "The first action is random, and no other one ever. Will all seeds fail, or only some?",
        ("one_random_action",),
    ),
    Preset(
        "Short-sighted", Config(variants=("full", "short_sighted")),
        "With a discount of 0.95, twenty steps are the horizon. What will the values do?",
        ("short_sighted",),
    ),
    Preset(
        "The deadly triad", Config(variants=("full", "huber_slow"), n_steps=6000),
        "Huber's loss and a small learning rate are said to be the safe choice. Are they?",
        ("deadly_triad",),
    ),
    Preset(
        "A table instead of a network", Config(variants=("full", "table")),
        "The same agent with a table of 432 cells. What does the network add?",
        ("table",),
    ),
    Preset(
        "The world changes", with_changes(LONGER_POLE, n_steps=8000, n_seeds=8),
        "At step 5000 the pole becomes three times as long (half of it 1.5 m instead of 0.5). Does "
        "what was learned still work, and how long will it take to learn again?",
        ("world_changes",),
    ),
)


def _late_return(h: xarray.Dataset) -> np.ndarray:
    """Per seed the mean of the last three greedy evaluations, (seed,)."""
    steps = h["step"].values
    evaluated = h["greedy_return"].isel(variant=0, step=steps % 1000 == 0)
    return evaluated.isel(step=slice(-3, None)).mean("step").values


def _q_start(h: xarray.Dataset, step: int | None = None) -> np.ndarray:
    """Per seed Q at the start, at a step or as the largest of the run, (seed,)."""
    q = h["q_start"].isel(variant=0)
    return q.max("step").values if step is None else q.sel(step=step).values


def _first_above(h: xarray.Dataset, level: float) -> np.ndarray:
    """Per seed the step of the first greedy evaluation above a level, (seed,)."""
    above = h["greedy_return"].isel(variant=0).values >= level  # (step, seed)
    first = h["step"].values[above.argmax(0)].astype(float)
    return np.where(above.any(0), first, np.inf)


def _learns(full: xarray.Dataset) -> np.ndarray:
    return (_late_return(full) >= 150) & (_first_above(full, 195) <= 4000)


def _mean_score(full: xarray.Dataset) -> list[bool]:
    return [bool(_late_return(full).mean() >= 180)]


def _replay(full: xarray.Dataset, no_replay: xarray.Dataset) -> np.ndarray:
    without = _late_return(no_replay)
    return (without < 100) & (_late_return(full) - without >= 50)


def _runs_away(full: xarray.Dataset, no_target: xarray.Dataset) -> np.ndarray:
    return (_q_start(no_target) > 200) & (_q_start(full) < 1000)


def _no_score(no_target: xarray.Dataset) -> list[bool]:
    return [bool(_late_return(no_target).mean() >= 120)]


def _overestimates(full: xarray.Dataset) -> np.ndarray:
    return (_q_start(full) > 100) & (_q_start(full) < 260)


def _clock(slow: xarray.Dataset) -> np.ndarray:
    right = []
    for step in (10_000, 11_000, 12_000):
        law = (1 - 0.99 ** (step // 500)) / 0.01
        right.append(np.abs(_q_start(slow, step) / law - 1) <= 0.15)
    return np.all(right, axis=0) & (_q_start(slow, 12_000) < 25)


def _neither(h: xarray.Dataset) -> np.ndarray:
    return (_q_start(h, 6000) > 1e4) & (_late_return(h) < 15)


def _triad(h: xarray.Dataset) -> np.ndarray:
    return (_q_start(h, 4000) > 500) & (_late_return(h) < 15)


def _lottery(h: xarray.Dataset) -> np.ndarray:
    late = _late_return(h)
    return (late < 15) | (late > 60)


def _calm(h: xarray.Dataset) -> np.ndarray:
    return (_q_start(h) > 20) & (_q_start(h) < 30)


def _relearns(h: xarray.Dataset) -> np.ndarray:
    before, at_once, later = (
        h["greedy_return"].isel(variant=0).sel(step=step).values for step in (5000, 5001, 6000)
    )
    return (at_once < 0.7 * before) & (later >= 100)


def _table(full: xarray.Dataset, table: xarray.Dataset) -> np.ndarray:
    return _late_return(full) > _late_return(table)


CLAIMS = (
    Claim(
        "full_learns",
        "Full DQN learns: its last three greedy evaluations last at least 150 steps on average, "
        "and the first one of 195 comes by step 4000.",
        (FULL,), _learns, share=0.8,
    ),
    Claim(
        "full_score",
        "On average over the seeds, the pole of Full DQN stands 180 steps or longer at the end.",
        (FULL,), _mean_score, share=0.75, over="group",
    ),
    Claim(
        "replay_decides",
        "Replay decides: without it every agent ends below 100 steps, at least 50 below the full "
        "agent of the same seed.",
        (FULL, NO_REPLAY), _replay,
    ),
    Claim(
        "values_run_away",
        "Without a target network Q at the start passes 200, although no policy can earn more "
        "than 100; with it, it never passes 1000.",
        (FULL, NO_TARGET), _runs_away,
    ),
    Claim(
        "target_does_not_score",
        "The target network does not show in the score here: without it the mean over seeds "
        "still ends at 120 steps or more.",
        (NO_TARGET,), _no_score, share=0.75, over="group",
    ),
    Claim(
        "overestimates",
        "Even the full agent overestimates: its Q at the start passes 100, which no policy can "
        "earn, and stays below 260.",
        (FULL,), _overestimates,
    ),
    Claim(
        "slow_clock",
        "A slow target is a slow clock: after k copies Q at the start is within 15 % of "
        "(1 − 0.99ᵏ)/0.01, at 10,000, 11,000 and 12,000 steps.",
        (alone("slow_target"),), _clock,
    ),
    Claim(
        "neither",
        "With neither replay nor target network Q at the start passes 10,000 by step 6000, and "
        "the pole falls within 15 steps.",
        (alone("neither", 6000),), _neither,
    ),
    Claim(
        "deadly_triad",
        "Huber's loss at the learning rate 0.00017 fails every time: Q at the start is above 500 "
        "at step 4000, and the pole falls within 15 steps.",
        (alone("huber_slow", 4000),), _triad,
    ),
    Claim(
        "one_random_action",
        "With one random action, the very first, and never again, it is a lottery: at the end an "
        "agent either still falls within 15 steps or lasts above 60, with nothing in between.",
        (alone("one_random_action"),), _lottery,
    ),
    Claim(
        "double_overestimates",
        "Double DQN overestimates as well: its Q at the start passes 100 too.",
        (alone("double", 8000),), lambda h: _q_start(h) > 100, share=0.85,
    ),
    Claim(
        "short_sighted",
        "A smaller discount calms the values: at 0.95 the most that can be earned is 20, and Q at "
        "the start passes it, but never 30.",
        (alone("short_sighted", 8000),), _calm,
    ),
    Claim(
        "world_changes",
        "When the pole becomes three times as long, the greedy return falls by a third or more at "
        "once; 1000 steps later it is at 100 or more.",
        (LONGER_POLE,), _relearns, share=0.75,
    ),
    Claim(
        "table",
        "The full agent ends with a higher greedy return than a table with the same seed.",
        (FULL, alone("table")), _table, share=0.85,
    ),
)
