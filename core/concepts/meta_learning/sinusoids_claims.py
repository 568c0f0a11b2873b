"""What the lab of curves teaches: scenarios, and the checks of its sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.meta_learning.sinusoids import MOST_STEPS, Config
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

DEFAULT = Config()
LONGER = Config(nets=("maml", "joint"), test_rate=0.02)
TEN = Config(nets=("maml", "joint"), n_shots=10)
TRAINED = ("maml", "first_order", "joint")

PRESETS = (
    Preset(
        "Five points", DEFAULT,
        "Five points of a curve that no net has seen, and one step of gradient descent on them. "
        "Which net comes near the curve?",
        ("one_step", "alike_before", "second_order", "scratch_does_not"),
    ),
    Preset(
        "Steps twice as long", LONGER,
        "The net was made ready for a step of one length. What becomes of it when steps on a new "
        "task are twice as long?",
        ("only_for_this_step",),
    ),
    Preset(
        "Ten points", TEN,
        "With ten points in place of five: whom do they help, and by how much?",
        ("ten_points",),
    ),
)


def error(h: xarray.Dataset, net: str, taken: int) -> np.ndarray:
    """Per seed the error on new tasks after so many steps on them, at the end, (seed,)."""
    return h["error"].sel(net=net, taken=taken).isel(step=-1).values


def _one_step(h: xarray.Dataset) -> np.ndarray:
    maml, joint = (error(h, net, 1) / error(h, net, 0) for net in ("maml", "joint"))
    return (maml <= 0.5) & (joint >= 0.7)


def _alike(h: xarray.Dataset) -> np.ndarray:
    before = np.stack([error(h, net, 0) for net in TRAINED])
    return np.max(before, 0) <= 1.25 * np.min(before, 0)


def _joint_behind(h: xarray.Dataset) -> np.ndarray:
    return error(h, "joint", MOST_STEPS) >= 1.5 * error(h, "maml", 1)


def _second_order(h: xarray.Dataset) -> np.ndarray:
    return error(h, "maml", 1) < error(h, "first_order", 1)


def _scratch(h: xarray.Dataset) -> np.ndarray:
    after = np.min([error(h, "scratch", k) for k in range(1, MOST_STEPS + 1)], 0)
    return after >= 0.85 * error(h, "scratch", 0)


def _more_steps(h: xarray.Dataset) -> np.ndarray:
    return error(h, "maml", MOST_STEPS) < error(h, "maml", 1)


def _this_step_only(right: xarray.Dataset, longer: xarray.Dataset) -> np.ndarray:
    return ((error(longer, "maml", MOST_STEPS) > error(right, "maml", MOST_STEPS))
            & (error(longer, "joint", MOST_STEPS) < error(longer, "joint", 0)))


def _ten(five: xarray.Dataset, ten: xarray.Dataset) -> np.ndarray:
    after = [error(h, "maml", MOST_STEPS) for h in (five, ten)]
    return np.less(after[1], 0.8 * after[0])


CLAIMS = (
    Claim(
        "one_step",
        "After 500 updates one step on five points of a new curve takes at least half of MAML's "
        "error away, and at most 30 % of that of the net trained on all tasks.",
        (DEFAULT,), _one_step, source="Finn et al. 2017",
    ),
    Claim(
        "alike_before",
        "Before any step the three trained nets are wrong alike on a new curve: their errors are "
        "within 25 % of each other.",
        (DEFAULT,), _alike, share=0.85,
    ),
    Claim(
        "joint_stays_behind",
        "Five steps do not bring the net trained on all tasks where one step brings MAML: its "
        "error is still at least half as large again.",
        (DEFAULT,), _joint_behind,
    ),
    Claim(
        "second_order",
        "The second derivatives count here: after one step the error of MAML is below that of "
        "first-order MAML.",
        (DEFAULT,), _second_order,
    ),
    Claim(
        "scratch_does_not",
        "From scratch, none of the first five steps takes 15 % of the error away.",
        (DEFAULT,), _scratch, share=0.85,
    ),
    Claim(
        "more_steps",
        "Trained for one step, MAML gets better still with five.",
        (DEFAULT,), _more_steps,
    ),
    Claim(
        "only_for_this_step",
        "MAML is ready for steps of the length that it was trained with: with steps twice as long "
        "its error after five is above what it is with the right ones. The net trained on all "
        "tasks bears them: five still bring it nearer to a new curve.",
        (DEFAULT, LONGER), _this_step_only, share=0.75,
    ),
    Claim(
        "ten_points",
        "With ten points, MAML's error after five steps is at least a fifth lower than with five.",
        (DEFAULT, TEN), _ten, share=0.8,
    ),
)
