"""One update slowly: a transition from the memory, its target, and the step towards it.

An agent learns as in the lab *Understand it* for some steps. Its next update is then taken apart
for one of the transitions that it draws.

Paper: Mnih et al. 2015, algorithm 1, the last lines of its loop; van Hasselt et al. 2016, eq. 4,
for the double estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import create_model

from core.concepts.dqn import understand
from core.concepts.dqn.cartpole import THETA_LIMIT, X_LIMIT
from core.concepts.dqn.learner import Learner, Recipe
from core.concepts.dqn.replay import Replay
from core.concepts.dqn.stacks import DeepAgents
from core.concepts.dqn.understand import VARIANTS, groups, recipe_of, world_of
from core.config import Config as BaseConfig
from core.config import setting
from core.training import Algorithm, Measured, recorded
from core.words import Note, names

MEASURED = ("left", "right", "next_left", "next_right", "target", "after")
"""Q of both actions; of the state that came next, by the target network; the target; and Q of the
action after the update."""
N_STEPS = 6
SINCE = (1, 1, 2, 2, 3, 5)
"""The sub-step at which each of them is known."""

AgentName = Literal[
    "full", "no_target", "no_replay", "neither", "slow_target", "soft_target", "double",
    "dueling", "multi_step", "one_random_action", "short_sighted", "huber_slow",
]
FIRST_UPDATE = 500


class _Step(BaseConfig):
    """What this lab has beside the settings of an agent; listed first."""

    agent: AgentName = setting(
        "full", "The agent whose update is taken apart",
        names={name: v.label for name, v in VARIANTS.items() if not v.table},
    )
    transition: Literal["first", "leaning", "error"] = setting(
        "first", "Which of the transitions that it draws", names={
            "first": "The first", "leaning": "The nearest to a fall", "error": "The largest error",
        },
    )
    at: int = setting(
        1000, "Steps in the environment before the update", ge=FIRST_UPDATE, le=16_000,
        unit="steps", step=100, label="At step",
    )
    n_seeds: int = setting(
        1, "Agents; the update of the first one is drawn", ge=1, le=10, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")


SAME = (
    "target_update_interval", "buffer_size", "learning_rate", "gamma", "epsilon_start",
    "epsilon_end", "epsilon_decay_steps", "loss", "double", "dueling", "n_step", "batch_size",
    "tau", "gravity", "pole_length",
)
"""Settings that are those of the lab, with its words and bounds."""
_fields: dict[str, Any] = {
    name: (info.annotation, info) for name, info in understand.Config.model_fields.items()
    if name in SAME
}
_Agent = create_model("_Agent", __base__=_Step, **_fields)


class Config(_Agent):  # type: ignore[misc, valid-type]
    """Whose update, when, and of which of its transitions."""


def lab_config(config: Config) -> understand.Config:
    """The lab whose agent this is."""
    same = {name: getattr(config, name) for name in (*SAME, "n_seeds", "seed")}
    return understand.Config(variants=(config.agent,), **same)


class Memory(Replay):
    """One that can say what was drawn last."""

    def draw(self, uniform: np.ndarray) -> tuple[np.ndarray, ...]:
        self.drawn = super().draw(uniform)
        return self.drawn


class Agents(DeepAgents):
    """Agents whose last update can be looked at.

    Attributes:
        before: Their networks and their target networks before it, each (S, P).
    """

    def __init__(self, lab: understand.Config) -> None:
        ((size, (name,)),) = groups(lab).items()
        recipe = recipe_of(lab, name)
        super().__init__([recipe], lab.seeds, batch_size=size)
        self.replay: Memory = Memory(self.recipes, 1, size)
        self.carts.world = world_of(lab)

    def learn(
        self, state: np.ndarray, right: np.ndarray, after: np.ndarray, terminated: np.ndarray,
        age: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray] | None:
        self.before = self.learner.p.copy(), self.learner.target_p.copy()
        return super().learn(state, right, after, terminated, age)


@dataclass(frozen=True)
class Update:
    """One update of S agents, taken apart: arrays of (S, batch), or (S, 2, batch) for both actions.

    Attributes:
        x, x2: The states before and after, (S, 4, batch).
        right: Whether the action was to push right, 0 or 1.
        gain, discount: The rewards, and what the value of the next state counts for.
        q: Of the state, by the network.
        next_q, chosen_by: Of the next state, by the target network, and by who chooses there.
        next_value: What the target takes of it.
        target, taken, error: What Q should have been, what it was, and taken less target.
        after: Q of the action after the update.
    """

    x: np.ndarray
    x2: np.ndarray
    right: np.ndarray
    gain: np.ndarray
    discount: np.ndarray
    q: np.ndarray
    next_q: np.ndarray
    chosen_by: np.ndarray
    next_value: np.ndarray
    target: np.ndarray
    taken: np.ndarray
    error: np.ndarray
    after: np.ndarray


def last_update(agents: Agents) -> Update:
    """The last one that some agents made."""
    x, right, gain, discount, x2 = agents.replay.drawn
    online, target_p = agents.before
    then, target_net = Learner(agents.recipes, online), Learner(agents.recipes, target_p)
    then.target_p[...] = target_p
    q, next_q, next_value = then.values(x), target_net.values(x2), then.next_value(x2)
    target = gain + discount * next_value
    taken = _of(q, right)
    double = agents.recipes[0].double
    return Update(x, x2, right, gain, discount, q, next_q, then.values(x2) if double else next_q,
                  next_value, target, taken, taken - target, _of(agents.learner.values(x), right))


def _of(q: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The values (S, batch) of the actions among those of both (S, 2, batch)."""
    return np.where(right > 0, q[:, 1], q[:, 0])


def pick(update: Update, which: str) -> np.ndarray:
    """Of each agent the position of one of its transitions, (S,)."""
    if which == "first":
        return np.zeros(len(update.x), dtype=int)
    if which == "error":
        return np.abs(update.error).argmax(1)
    limits = np.abs(update.x2[:, 2]) / THETA_LIMIT, np.abs(update.x2[:, 0]) / X_LIMIT
    return np.maximum(*limits).argmax(1)


@recorded(lambda config: range(N_STEPS))
def train(config: Config) -> Algorithm[Config]:
    """The agent as the lab trains it, then one transition of its next update, part by part."""
    lab = lab_config(config)
    agents = Agents(lab)
    for _ in range(config.at + 1):
        agents.step()
    update = last_update(agents)
    at, filled = pick(update, config.transition), int(agents.replay.filled()[0])

    def measure() -> Measured:
        return _frame(lab, update, at, t), [_note(agents.recipes[0], update, at[0], filled, t)]

    for t in range(N_STEPS):
        yield t, measure


def _frame(
    lab: understand.Config, update: Update, at: np.ndarray, t: int
) -> dict[str, np.ndarray]:
    """What is known at the t-th sub-step; the rest has no value yet."""
    s = np.arange(len(at))
    right, fell = update.right[s, at] > 0, update.discount[s, at] == 0
    chosen = update.chosen_by[s, 1, at] > update.chosen_by[s, 0, at]
    values = np.stack([
        update.q[s, 0, at], update.q[s, 1, at], update.next_q[s, 0, at], update.next_q[s, 1, at],
        update.target[s, at], update.after[s, at]])
    counts = np.stack([~right, right, ~chosen & ~fell, chosen & ~fell,
                       np.ones_like(right), np.ones_like(right)])
    known = (np.array(SINCE) <= t)[:, None]
    now = update.after if t == N_STEPS - 1 else update.taken
    seen = now if t >= 3 else np.full_like(now, np.nan)
    arrays = {
        "pole": _poles(lab, update, s, at), "values": np.where(known, values, np.nan),
        "counts": np.where(known & counts, values, np.nan), "batch_q": seen.T,
        "batch_target": update.target.T,
        "one": np.stack([update.target[s, at], seen[s, at]])[:, None],
        "discount": update.discount[s, at],
    }
    return {name: a.astype(np.float32) for name, a in arrays.items()}


def _poles(lab: understand.Config, update: Update, s: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Where cart and tip are before and after, (moment, end, xy, S), in metres from where the cart
    stood.
    """
    found = []
    for state in (update.x[s, :, at], update.x2[s, :, at]):
        cart = state[:, 0] - update.x[s, 0, at]
        tip = [cart + 2 * lab.pole_length * np.sin(state[:, 2]),
               2 * lab.pole_length * np.cos(state[:, 2])]
        found.append([[cart, np.zeros_like(cart)], tip])
    return np.array(found)


def _note(recipe: Recipe, update: Update, i: int, filled: int, t: int) -> Note:
    """What this sub-step does to the transition of the first agent, with its numbers."""
    fell, right = update.discount[0, i] == 0, int(update.right[0, i])
    target, q = update.target[0, i], update.taken[0, i]
    chosen = int(update.chosen_by[0, 1, i] > update.chosen_by[0, 0, i])
    key = ("drawn", "q", "next", "target", "error", "step")[t]
    if key in ("drawn", "next", "target") and fell:
        key += "_fell"
    elif key == "next" and recipe.double:
        key = "next_double"
    angle = np.rad2deg([update.x[0, 2, i], update.x2[0, 2, i]])
    return Note(key, {
        "filled": filled, "others": update.taken.shape[1] - 1,
        "action": ("left", "right")[right], "chosen": ("left", "right")[chosen],
        "before": f"{angle[0]:.1f}", "then": f"{angle[1]:.1f}",
        "reward": f"{update.gain[0, i]:.3g}", "discount": f"{update.discount[0, i]:.3g}",
        **{name: _short(value) for name, value in {
            "left": update.q[0, 0, i], "right": update.q[0, 1, i], "q": q, "target": target,
            "next_left": update.next_q[0, 0, i], "next_right": update.next_q[0, 1, i],
            "value": update.next_value[0, i], "error": q - target, "after": update.after[0, i],
        }.items()},
    })


def _short(value: float) -> str:
    return f"{value:.2f}" if 0.01 <= abs(value) < 1000 else f"{value:.3g}"


NOTES = {
    "drawn": "Drawn from a memory of {filled} transitions: the cart was pushed {action}, the pole "
             "went from {before}° to {then}°, and the reward was {reward}.",
    "drawn_fell": "Drawn from a memory of {filled} transitions: the cart was pushed {action}, the "
                  "episode ended in a fall (pole at {then}°), and the reward was {reward}.",
    "q": "The network values the state before: left {left}, right {right}. The push was to the "
         "{action}, so Q = {q}.",
    "next": "The target network values the state after: left {next_left}, right {next_right}. The "
            "largest counts: {value}.",
    "next_double": "In the state after, the network itself chooses: {chosen}. The target network "
                   "values that at {value} (left {next_left}, right {next_right}).",
    "next_fell": "The target network values the state after, too: left {next_left}, right "
                 "{next_right}. But the episode is over: nothing of it counts.",
    "target": "Target = reward {reward} + {discount} × {value} = {target}.",
    "target_fell": "Target = the reward alone = {target}.",
    "error": "TD error = Q - target = {q} - {target} = {error}.",
    "step": "One step of Adam for this transition and {others} others, all at once: Q goes from "
            "{q} to {after}. The target was {target}.",
    **names("action", {"left": "left", "right": "right"}),
}

DIMS = {
    "pole": ("step", "moment", "end", "xy", "seed"),
    "values": ("step", "measured", "seed"),
    "counts": ("step", "measured", "seed"),
    "batch_q": ("step", "transition", "seed"),
    "batch_target": ("step", "transition", "seed"),
    "one": ("step", "axis", "point", "seed"),
    "discount": ("step", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of the dimensions that have any, but "step"."""
    return {
        "moment": ["before", "after"], "end": ["cart", "tip"], "xy": ["x", "y"],
        "measured": list(MEASURED), "axis": ["target", "q"], "seed": list(config.seeds),
    }
