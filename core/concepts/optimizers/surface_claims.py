"""What the surface lab teaches: presets to open, and claims that are checked.

Settings were chosen on seeds 0 to 9; `python -m core claims optimizers --first-seed 100`
checks them on others. A seed is a starting point, scattered around the surface's own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.optimizers.surface import Config
from core.config import with_changes
from core.experiment import Claim, Preset

if TYPE_CHECKING:
    import xarray

VALLEY = Config()
ALIGNED = Config(rotation=0)
EVERY_STEP = 119
"""As many updates as are drawn one by one: with more, a zig-zag would lose its corners."""
MEMORY = with_changes(ALIGNED, optimizers=("sgd", "momentum"), n_steps=EVERY_STEP)
SCALES = with_changes(ALIGNED, optimizers=("momentum", "rmsprop"), n_steps=EVERY_STEP)
EDGE = 2 / 100  # 2/L at condition number 100
REDDI = Config(
    surface="online", optimizers=("sgd", "adam", "amsgrad"), rates="shared", learning_rate=0.1,
    beta1=0.0, beta2=0.1, schedule="inverse_sqrt", n_steps=2000, spread=0.2,
)
EGG_CARTON = Config(
    surface="rastrigin", optimizers=("sgd", "momentum", "adam"), n_steps=500,
    start_x=-2.2, start_y=1.6, spread=1.0)

HIMMELBLAU = Config(surface="himmelblau", map="valleys", map_optimizer="sgd")

PRESETS = (
    Preset(
        "Eight ways through a valley", Config(),
        "Eight rules start at one point, each at its own best learning rate. The valley is 100 "
        "times steeper across than along. Who is first at the bottom?",
        ("momentum_halves", "lion_cannot_settle"),
    ),
    Preset(
        "Zig-zag in a narrow valley",
        with_changes(VALLEY, optimizers=("sgd",), rotation=0, n_steps=40),
        "What does gradient descent do when the valley is much steeper across than along?",
        ("zigzag",),
    ),
    Preset(
        "Momentum overshoots",
        with_changes(ALIGNED, optimizers=("sgd", "momentum"), rates="shared", learning_rate=0.01,
              momentum=0.99, n_steps=500),
        "Momentum usually keeps 90 % of its last step. Now it keeps 99 %. Is it sooner at the "
        "bottom?",
        ("overshoot",),
    ),
    Preset(
        "One hair over 2/L",
        with_changes(ALIGNED, optimizers=("sgd", "momentum"), rates="shared",
              learning_rate=1.01 * EDGE, n_steps=2000),
        "Plain descent may use at most the learning rate 2/L, with L the steepest curvature: here "
        "0.02. We take 0.0202. Who flies out of the valley?",
        ("gd_limit", "momentum_limit"),
    ),
    Preset(
        "Rosenbrock's banana",
        Config(surface="rosenbrock", n_steps=2000, map="rates", map_optimizer="adam"),
        "Each rule has its best rate. How many other rates would have worked for Adam, and with "
        "which memory? The controls draw the map for other rules.",
        ("wide_band",),
    ),
    Preset(
        "In line with the axes",
        with_changes(ALIGNED, map="starts", map_optimizer="rmsprop"),
        "Turn the valley with the rotation slider. Whose number of steps changes?",
        ("rotation_unnoticed", "rotation_hurts"),
    ),
    Preset(
        "Perched on a saddle",
        Config(surface="saddle", start_x=-1, start_y=1e-8),
        "The start is a hair's breadth beside the ridge. Who gets away first?",
        ("adaptive_escape", "escape_law", "ridge"),
    ),
    Preset(
        "Adam walks to the worst point", REDDI,
        "Every third round pulls left with strength 3, the other two pull right with strength 1: "
        "on the whole, left. Which way does Adam walk?",
        ("adam_worst_point",),
    ),
    Preset(
        "Start decides",
        with_changes(HIMMELBLAU, n_seeds=12, spread=2.0, optimizers=("sgd", "momentum", "adam")),
        "Four valleys of the same depth. What chooses between them: the rule or the start? The "
        "controls draw the map for other rules.",
        ("start_decides", "rule_decides", "two_of_four", "gd_beats_adam"),
    ),
    Preset(
        "Caught in the egg carton",
        with_changes(EGG_CARTON, n_seeds=8),
        "Will momentum carry anyone over the ridges to the deepest hole in the middle?",
        ("no_escape",),
    ),
)


def _arrival(history: xarray.Dataset, optimizer: str) -> np.ndarray:
    """Per seed the step of arrival, infinite where it never came, (seed,)."""
    steps = history["arrival"].sel(optimizer=optimizer).isel(step=-1).values
    return np.where(np.isnan(steps), math.inf, steps)


def _final(history: xarray.Dataset, name: str, optimizer: str) -> np.ndarray:
    return history[name].sel(optimizer=optimizer).isel(step=-1).values


def _coordinate(history: xarray.Dataset, optimizer: str, xy: str) -> np.ndarray:
    """(seed, step)"""
    return history["position"].sel(optimizer=optimizer, xy=xy).transpose("seed", "step").values


def _crossings(path: np.ndarray) -> np.ndarray:
    """How often each row changes its sign."""
    return (np.diff(np.sign(path), axis=1) != 0).sum(1)


def _momentum_halves(h: xarray.Dataset) -> np.ndarray:
    return 2 * _arrival(h, "momentum") <= _arrival(h, "sgd")


def _zigzag(h: xarray.Dataset) -> np.ndarray:
    return _crossings(_coordinate(h, "sgd", "y")) >= 0.9 * (h.sizes["step"] - 1)


def _overshoots(little: xarray.Dataset, much: xarray.Dataset) -> np.ndarray:
    furthest = [_coordinate(h, "momentum", "x").max(1) for h in (little, much)]
    return furthest[1] >= furthest[0] + 3


def _momentum_first(h: xarray.Dataset) -> np.ndarray:
    return np.isfinite(_arrival(h, "momentum")) & ~np.isfinite(_arrival(h, "sgd"))


def _edge(below: xarray.Dataset, above: xarray.Dataset) -> np.ndarray:
    first = below["loss"].isel(optimizer=0, step=0).values
    shrank = below["loss"].isel(optimizer=0, step=-1).values < first
    grew = ~(above["loss"].isel(optimizer=0, step=-1).values <= first)  # or left the picture
    return shrank & grew


def _same_steps_turned(straight: xarray.Dataset, turned: xarray.Dataset) -> np.ndarray:
    return np.all([
        np.abs(_arrival(straight, name) - _arrival(turned, name)) <= 1
        for name in ("momentum", "nesterov")
    ], axis=0)


def _slower_turned(straight: xarray.Dataset, turned: xarray.Dataset) -> np.ndarray:
    return np.all([
        _arrival(turned, name) >= 4 * _arrival(straight, name) for name in ("adagrad", "rmsprop")
    ], axis=0)


def _order_turns(straight: xarray.Dataset, turned: xarray.Dataset) -> np.ndarray:
    early = 3 * _arrival(straight, "rmsprop") <= _arrival(straight, "momentum")
    late = np.isfinite(_arrival(turned, "momentum")) & ~np.isfinite(_arrival(turned, "rmsprop"))
    return early & late


def _escape_law(h: xarray.Dataset) -> np.ndarray:
    start = np.abs(h["position"].sel(optimizer="sgd", xy="y").isel(step=0).values)
    law = np.ceil(np.log(1 / start) / math.log(1.1))
    return np.abs(_arrival(h, "sgd") - law) <= 1


def _nobody_escapes(h: xarray.Dataset) -> np.ndarray:
    return np.isnan(h["arrival"].isel(step=-1, seed=[0]).values).all(0)  # nothing random


def _adaptive_escape_first(h: xarray.Dataset) -> np.ndarray:
    slow = _arrival(h, "sgd")[:1]  # one start, nothing random
    return np.all([2 * _arrival(h, name)[:1] <= slow for name in ("rmsprop", "adam")], axis=0)


def _reddi(h: xarray.Dataset) -> np.ndarray:
    adam, amsgrad = (_final(h, "position", name)[:, 0] for name in ("adam", "amsgrad"))
    regret = [_final(h, "regret", name) for name in ("adam", "amsgrad")]
    return (adam > 0.99) & (amsgrad < -0.8) & (regret[0] > 0.5) & (3 * regret[1] < regret[0])


def _gd_beats_adam(h: xarray.Dataset) -> np.ndarray:
    return _arrival(h, "sgd") < _arrival(h, "adam")


def _stays_in_its_hole(h: xarray.Dataset) -> np.ndarray:
    ends = h["position"].isel(step=-1)
    return (np.abs(ends.values) > 0.5).any(-1).all(0)


def _wide_band(adam: xarray.Dataset, sgd: xarray.Dataset) -> np.ndarray:
    # learning rates at which the rule ends at the bottom, with its usual memory of .9
    bands = [(~np.isnan(h["map"].isel(step=-1).sel(map_y=0.9, method="nearest"))).sum()
             for h in (adam, sgd)]
    return np.array([bands[0] >= 6 and bands[1] <= 1])  # one start, nothing random


def _start_decides(h: xarray.Dataset) -> np.ndarray:
    # the quadrant tells the four minima apart
    ends = np.sign(h["position"].isel(step=-1).sel(optimizer="sgd").values)
    return np.array([len({tuple(end) for end in ends if not np.isnan(end).any()}) >= 2])


def _rule_decides(sgd: xarray.Dataset, adam: xarray.Dataset) -> np.ndarray:
    # of the starts from which both are at a minimum at the end
    one, other = (h["map"].isel(step=-1).values for h in (sgd, adam))
    both = ~np.isnan(one) & ~np.isnan(other)
    return np.array([(one != other)[both].mean() > 0.2])


def _two_of_four(h: xarray.Dataset) -> np.ndarray:
    cells = h["map"].isel(step=-1).values
    return np.array([set(cells[~np.isnan(cells)]) == {1, 2} and np.isnan(cells).mean() > 0.4])


def _lion_late(h: xarray.Dataset) -> np.ndarray:
    return _arrival(h, "lion") >= 5 * _arrival(h, "adam")


BANANA = Config(surface="rosenbrock", n_steps=2000, map="rates")
CLAIMS = (
    Claim(
        "momentum_halves",
        "In the default valley, Momentum at its best rate needs at most half the steps of "
        "gradient descent at its best rate.",
        (with_changes(VALLEY, n_steps=1000, optimizers=("sgd", "momentum"), spread=0.3),),
        _momentum_halves, share=0.9, source="Polyak 1964",
    ),
    Claim(
        "momentum_first",
        "In the valley along the axes Momentum is at the bottom within 119 steps, gradient descent "
        "is not, each at its best rate.",
        (MEMORY,), _momentum_first, share=0.9, source="Polyak 1964",
    ),
    Claim(
        "zigzag",
        "At its best rate, gradient descent crosses the floor of the valley at 9 of 10 steps.",
        (with_changes(ALIGNED, n_steps=119, optimizers=("sgd",), spread=0.3),), _zigzag, share=0.9,
    ),
    Claim(
        "overshoot",
        "Momentum 0.99 overshoots the minimum by at least 3 units more than momentum 0.9 does.",
        tuple(
            with_changes(ALIGNED, n_steps=500, optimizers=("momentum",), rates="shared",
                  learning_rate=0.01, momentum=beta, spread=0.3)
            for beta in (0.9, 0.99)
        ), _overshoots, share=0.9,
    ),
    Claim(
        "gd_limit",
        "Gradient descent is stable just below the rate 2/L and diverges just above it "
        "(1 % either way).",
        tuple(
            with_changes(ALIGNED, n_steps=EVERY_STEP, optimizers=("sgd",), rates="shared",
                  learning_rate=factor * EDGE)
            for factor in (0.99, 1.01)
        ), _edge, source="Polyak 1987",
    ),
    Claim(
        "momentum_limit",
        "Momentum is stable up to 2(1 + momentum)/L: almost twice as far as gradient descent.",
        tuple(
            with_changes(ALIGNED, n_steps=2000, optimizers=("momentum",), rates="shared",
                  learning_rate=factor * EDGE * 1.9, spread=0.3)
            for factor in (0.99, 1.01)
        ), _edge, source="Polyak 1987",
    ),
    Claim(
        "rotation_unnoticed",
        "Momentum and Nesterov need the same number of steps however the valley is turned.",
        tuple(
            with_changes(VALLEY, rotation=angle, n_steps=1000, optimizers=("momentum", "nesterov"),
                  spread=0.3)
            for angle in (0, 45)
        ), _same_steps_turned,
    ),
    Claim(
        "rotation_hurts",
        "AdaGrad and RMSProp need at least four times as many steps when the valley is turned "
        "by 45 degrees.",
        tuple(
            with_changes(VALLEY, rotation=angle, n_steps=2000, optimizers=("adagrad", "rmsprop"),
                  spread=0.3)
            for angle in (0, 45)
        ), _slower_turned, share=0.9,
    ),
    Claim(
        "order_turns",
        "In the valley along the axes RMSProp arrives in at most a third of the steps of Momentum; "
        "in the same valley at 45 degrees Momentum arrives within 119 steps and RMSProp does not.",
        tuple(with_changes(SCALES, rotation=angle) for angle in (0, 45)), _order_turns, share=0.9,
    ),
    Claim(
        "lion_cannot_settle",
        "Every step of Lion has the same length in each coordinate, so the rate at which it "
        "can settle is small: it arrives at least five times later than Adam.",
        (with_changes(VALLEY, n_steps=2000, optimizers=("adam", "lion"), spread=0.3),),
        _lion_late, share=0.9, source="Chen et al. 2023",
    ),
    Claim(
        "gd_beats_adam",
        "Adam is not always faster: from the middle of Himmelblau's surface gradient descent "
        "arrives first, each at its best rate.",
        (Config(surface="himmelblau", optimizers=("sgd", "adam"), spread=0.3),),
        _gd_beats_adam, share=0.75,
    ),
    Claim(
        "wide_band",
        "On Rosenbrock's banana Adam is at the bottom after 2000 steps, and stays there, at six "
        "or more of 40 rates between 0.0001 and 3; gradient descent at no more than one.",
        tuple(
            with_changes(BANANA, optimizers=(name,), map_optimizer=name)
            for name in ("adam", "sgd")
        ),
        _wide_band, share=1.0, over="nothing",
    ),
    Claim(
        "start_decides",
        "On Himmelblau's surface one and the same rule ends in different valleys from "
        "different starts.",
        (Config(surface="himmelblau", optimizers=("sgd",), spread=2.0),),
        _start_decides, share=0.75, over="group",
    ),
    Claim(
        "rule_decides",
        "The start does not decide alone: of the starts from which gradient descent and Adam both "
        "end at a minimum, each at its best rate for the middle, more than a fifth lead them "
        "to different ones.",
        tuple(
            with_changes(HIMMELBLAU, optimizers=(name,), map_optimizer=name)
            for name in ("sgd", "adam")
        ),
        _rule_decides, share=1.0, over="nothing",
    ),
    Claim(
        "two_of_four",
        "The valleys differ in one thing: two are so curved that 2/L, 0.015 and 0.019, is below "
        "gradient descent's rate 0.02. It stays in neither of them, and from more than two "
        "fifths of the starts it is at no minimum at the end.",
        (with_changes(HIMMELBLAU, optimizers=("sgd",)),),
        _two_of_four, share=1.0, over="nothing",
    ),
    Claim(
        "escape_law",
        "Plain descent multiplies its distance from the ridge by 1 + rate at each step. From y0 it "
        "gets away after ln(1/y0)/ln(1 + rate) steps: at the rate 0.1, from 0.00000001, after 194.",
        (Config(surface="saddle", optimizers=("sgd",), spread=0.3),), _escape_law,
    ),
    Claim(
        "adaptive_escape",
        "RMSProp and Adam leave the saddle in at most half the steps of gradient descent.",
        (Config(surface="saddle", optimizers=("sgd", "rmsprop", "adam"), start_x=-1,
                start_y=1e-8, spread=0.0),), _adaptive_escape_first, share=1.0, over="nothing",
    ),
    Claim(
        "ridge",
        "Exactly on the ridge the gradient across is zero: no rule ever gets away.",
        (Config(surface="saddle", start_x=-1, start_y=0, spread=0.0, n_steps=1000),),
        _nobody_escapes, share=1.0, over="nothing",
    ),
    Claim(
        "adam_worst_point",
        "On Reddi's online problem Adam ends at the worst point (x = 1, average regret over "
        "0.5); AMSGrad comes near the best (x = -1) with at most a third of that regret.",
        (REDDI,), _reddi, share=0.85, source="Reddi et al. 2018, section 3",
    ),
    Claim(
        "no_escape",
        "Neither Momentum nor Adam climbs out of the hole that it fell into: at rates at which a "
        "rule settles, none reaches the deepest one here.",
        (EGG_CARTON,), _stays_in_its_hole, share=0.9,
    ),
)
