"""Solve it: settings that balance the pole in seconds on one core.

The task counts as solved when 100 greedy episodes in gymnasium last 475 steps on average,
three evaluations in a row: policies come and go, so one good evaluation says little. The
agent that passed the third is kept, and plays on.

Differs from the textbook agent in: 32 carts at once; returns over 20 steps (Sutton 1988,
Hessel et al. 2018); double Q-learning (van Hasselt et al. 2016); a soft target (Lillicrap et
al. 2016); the angle counts five times for the network and a step pays 0.05, so that inputs
and values are of size 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.concepts.dqn.cartpole import EARTH
from core.concepts.dqn.learner import Recipe
from core.concepts.dqn.record import N_VISITED, THETA_BINS, compact, look
from core.concepts.dqn.stacks import DeepAgents
from core.config import Config as BaseConfig
from core.config import setting
from core.training import Algorithm, Measured, recorded
from core.words import Note

EVALUATE_EVERY = 10_000
N_EPISODES = 100
SOLVED, IN_A_ROW = 475.0, 3
REWARD = 0.05
PLAYERS = ({"name": "solver", "source": "weights", "row": 0, "index": 0},)
"""Where a frame keeps what the first seed knows."""
SCALE = (1.0, 1.0, 5.0, 1.0)


class Config(BaseConfig):
    """How the carts learn."""

    n_envs: int = setting(
        32, "Carts per agent; every update follows one step of all of them", ge=8, le=64,
        unit="carts", step=8, label="Carts",
    )
    n_step: int = setting(
        20, "Rewards that are added up before a value is asked for", ge=1, le=30, step=1,
        label="Steps per return",
    )
    learning_rate: float = setting(0.003, "Of Adam", ge=1e-4, le=2e-2, log=True)
    gamma: float = setting(
        0.98, "Discount: what a reward one step later is worth", ge=0.9, le=0.999, step=0.001
    )
    tau: float = setting(
        0.01, "How far the target network moves at every step; 1 copies", ge=0.001, le=1, log=True
    )
    double: bool = setting(
        True, "Let the online network choose the action that the target network values",
        label="Double DQN",
    )
    batch_size: int = setting(
        64, "Transitions per update", ge=16, le=256, step=16, unit="transitions"
    )
    max_steps: int = setting(
        200_000, "Steps in the environment after which an agent gives up", ge=20_000, le=500_000,
        unit="steps", step=20_000,
    )
    n_seeds: int = setting(
        4, "Agents, each with its own weights and luck", ge=1, le=8, unit="seeds", group="Seeds"
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")


def recipe_of(config: Config) -> Recipe:
    return Recipe(
        buffer_size=10_000, target_update_interval=1, tau=config.tau, double=config.double,
        n_step=config.n_step, gamma=config.gamma, learning_rate=config.learning_rate,
        epsilon_decay_steps=10_000, reward=REWARD,
    )


def stack_of(config: Config) -> DeepAgents:
    """All seeds as one array program."""
    return DeepAgents(
        [recipe_of(config)], config.seeds, config.n_envs, batch_size=config.batch_size,
        learning_starts=1000, scale=SCALE,
    )


class Solving:
    """Who has solved the task, and with which weights.

    Attributes:
        greedy_return: Of the last evaluation, (S,).
        hits: Evaluations in a row that were good enough, (S,).
        solved_at: Steps until the third one, (S,); NaN before.
    """

    def __init__(self, config: Config) -> None:
        self.stack = stack_of(config)
        self.greedy_return = np.zeros(config.n_seeds)
        self.hits = np.zeros(config.n_seeds, dtype=int)
        self.solved_at = np.full(config.n_seeds, np.nan)
        self.kept = self.stack.learner.p.copy()
        """Checkpoints of those that have solved it; of the others the current weights."""

    @property
    def steps(self) -> int:
        """In the environment, per agent."""
        return self.stack.t * self.stack.n_envs

    @property
    def solved(self) -> np.ndarray:
        return ~np.isnan(self.solved_at)

    def step(self) -> None:
        self.stack.step()

    def evaluate(self) -> np.ndarray:
        """Plays for all that have not solved it yet; returns who does so now, (S,)."""
        length = self.stack.greedy_returns(N_EPISODES, EARTH).mean(1)
        open_ = ~self.solved
        self.greedy_return[open_] = length[open_]
        self.hits[open_] = np.where(length >= SOLVED, self.hits + 1, 0)[open_]
        now = open_ & (self.hits == IN_A_ROW)
        self.solved_at[now] = self.steps
        self.kept[open_] = self.stack.learner.p[open_]
        return now


def steps(config: Config) -> list[int]:
    """The start, then every half of the steps between two evaluations."""
    half = max(1, EVALUATE_EVERY // (2 * config.n_envs)) * config.n_envs
    return [i * half for i in range(2 * (config.max_steps // EVALUATE_EVERY) + 1)]


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Until all agents have solved the task, or given up."""
    solving = Solving(config)
    half = max(1, EVALUATE_EVERY // (2 * config.n_envs))
    solving.evaluate()

    def measure() -> Measured:
        return _measured(config, solving)

    yield 0, measure
    for i in range(1, len(steps(config))):
        for _ in range(half):
            solving.step()
        if i % 2 == 0:
            solving.evaluate()
        yield solving.steps, measure
        if solving.solved.all():
            return


def _measured(config: Config, solving: Solving) -> Measured:
    stack, n = solving.stack, config.n_seeds

    def gather(parts: list[np.ndarray]) -> np.ndarray:
        return parts[0].reshape(1, n, *parts[0].shape[1:])

    shown = look([stack], gather, n)
    shown["value_map"] = shown["value_map"] / REWARD
    if solving.solved[0]:
        shown["weights"] = stack.played_weights(solving.kept)[:1]
    arrays = {
        "episodic_return": stack.recent_return()[None],
        "n_episodes": stack.n_episodes[None],
        "epsilon": stack.epsilon()[:1],
        "greedy_return": solving.greedy_return[None],
        "hits": solving.hits[None],
        "solved_at": solving.solved_at[None],
        "q_start": stack.start_value()[None] / REWARD,
        "td_error": stack.td_error()[None] / REWARD,
        **shown,
    }
    return compact(arrays), _notes(config, solving)


def _notes(config: Config, solving: Solving) -> Iterator[Note]:
    for i in np.flatnonzero(solving.solved):
        yield Note("solved", {
            "seed": config.seed + int(i), "step": int(solving.solved_at[i]), "n": IN_A_ROW,
            "score": f"{SOLVED:.0f}"}, about=str(i))


NOTES = {
    "solved": "Seed {seed} solved the task by step {step}: {n} evaluations in a row of {score} "
              "or more. Its weights are kept.",
}


DIMS = {
    "episodic_return": ("step", "variant", "seed"),
    "n_episodes": ("step", "variant", "seed"),
    "epsilon": ("step", "variant"),
    "greedy_return": ("step", "variant", "seed"),
    "hits": ("step", "variant", "seed"),
    "solved_at": ("step", "variant", "seed"),
    "q_start": ("step", "variant", "seed"),
    "td_error": ("step", "variant", "seed"),
    "value_map": ("step", "variant", "theta_dot", "theta"),
    "policy_map": ("step", "variant", "theta_dot", "theta"),
    "visited": ("step", "variant", "angle", "transition"),
    "replay_theta": ("step", "variant", "theta_bin"),
    "weights": ("step", "variant", "parameter"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of the dimensions that have any, but "step"."""
    return {
        "variant": ["solver"],
        "seed": list(config.seeds),
        "angle": ["theta", "theta_dot"],
        "theta_bin": THETA_BINS.tolist(),
        "transition": list(range(N_VISITED)),
    }
