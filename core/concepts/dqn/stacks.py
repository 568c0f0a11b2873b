"""Agents that act and learn, all in step: a row per agent, whatever they have learned with.

A seed owns its random numbers: weights, exploration, starts and batches of an agent depend
on its seed and its recipe alone. Agents of one seed meet the same ones, so that variants
are compared under the same luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.concepts.dqn.cartpole import TIME_LIMIT, CartPole, World, evaluate, starts
from core.concepts.dqn.learner import Learner, Recipe, initial, layers_of
from core.concepts.dqn.replay import Replay
from core.concepts.dqn.tabular import Tables

WEIGHTS, ACTING, REPLAY, EVALUATION, LOOK = range(5)  # purposes of a seed's generators
RECENT = 20
"""Episodes in the running mean of the return."""
N_STARTS = 16
"""Start states over which Q(s0) is a mean."""


class Draws:
    """Uniform random numbers for each step and seed, drawn ahead in blocks."""

    def __init__(self, seeds: Sequence[int], purpose: int, width: int) -> None:
        self._rngs = [np.random.default_rng((seed, purpose)) for seed in seeds]
        self._width, self._block, self._at = width, np.empty((0, 0, 0)), 0

    def __call__(self) -> np.ndarray:
        """The next numbers in [0, 1), (S, width)."""
        if self._at == len(self._block):
            self._block = np.stack([rng.random((256, self._width)) for rng in self._rngs], 1)
            self._at = 0
        self._at += 1
        return self._block[self._at - 1]


class AgentStack:
    """Agents at their carts; subclasses say what they know and how they learn.

    Args:
        recipes: Of the variants, V. Agents are ordered variant by variant: K = V x S.
        seeds: S seeds, the same for every variant.
        n_envs: Carts per agent.

    Attributes:
        t: Steps so far, of each cart.
        n_episodes: Finished ones, (K,).
        last_return: Of the last finished episode, (K,); NaN before.
    """

    def __init__(self, recipes: Sequence[Recipe], seeds: Sequence[int], n_envs: int = 1) -> None:
        self.recipes = [recipe for recipe in recipes for _ in seeds]
        self.seeds, self.n_envs, self.t = list(seeds), n_envs, 0
        k = len(self.recipes)
        self._seed_of = np.tile(np.arange(len(seeds)), len(recipes))
        self._draws = Draws(seeds, ACTING, 6 * n_envs)
        self._schedule = np.array([
            [r.epsilon_start, r.epsilon_end, max(r.epsilon_decay_steps, 1e-9)]
            for r in self.recipes
        ])
        self.carts = CartPole(self._starts(self._draws()))
        self.n_episodes = np.zeros(k, dtype=np.int32)
        self.last_return = np.full(k, np.nan, dtype=np.float32)
        self._recent = np.full((k, RECENT), np.nan, dtype=np.float32)
        self._error, self._updates = np.zeros(k), 0
        self.taken = np.full((k, 1), np.nan)

    def _starts(self, draw: np.ndarray) -> np.ndarray:
        """(4, K, n_envs)"""
        drawn = draw[:, 2 * self.n_envs :].reshape(-1, 4, self.n_envs)[self._seed_of]
        return (drawn.transpose(1, 0, 2) - 0.5) / 10

    def values(self, state: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """Q of both actions, (K, 2, n), at states (4, K, n), of all agents or of some."""
        raise NotImplementedError

    def learn(
        self, state: np.ndarray, right: np.ndarray, after: np.ndarray, terminated: np.ndarray,
        age: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Takes in a step; returns values and TD errors if it led to an update."""
        raise NotImplementedError

    def memory(self, agent: int) -> np.ndarray:
        """The states that an agent may learn from next, in the environment's units, (n, 4)."""
        raise NotImplementedError

    def epsilon(self) -> np.ndarray:
        """The share of random actions now, (K,)."""
        start, end, decay = self._schedule.T
        return start + np.minimum(self.t * self.n_envs / decay, 1) * (end - start)

    def change(self, values: Mapping[str, float], world: World) -> None:
        """From now on other conditions, the same for all agents.

        Args:
            values: Those of `epsilon_start`, `epsilon_end` and `learning_rate` that change.
            world: The carts'.
        """
        self.carts.world = world
        for column, name in enumerate(("epsilon_start", "epsilon_end")):
            if name in values:
                self._schedule[:, column] = values[name]

    def step(self) -> None:
        """Every cart makes a step, and every agent learns from it."""
        draw, e = self._draws(), self.n_envs
        state, age = self.carts.state.astype(np.float32), self.carts.steps.copy()
        q = self.values(state)
        explore = draw[self._seed_of, :e] < self.epsilon()[:, None]
        right = np.where(explore, draw[self._seed_of, e : 2 * e] < 0.5, q[:, 1] > q[:, 0])
        after, terminated, truncated = self.carts.step(right, self._starts(draw))
        self.t += 1
        self._count(terminated | truncated, age)
        found = self.learn(state, right, after, terminated, age)
        if found is not None:
            self.taken, error = found
            self._error += np.abs(error).mean(1)
            self._updates += 1

    def _count(self, over: np.ndarray, age: np.ndarray) -> None:
        for k, e in zip(*np.nonzero(over), strict=True):
            self.last_return[k] = age[k, e] + 1
            self._recent[k, self.n_episodes[k] % RECENT] = age[k, e] + 1
            self.n_episodes[k] += 1

    def recent_return(self) -> np.ndarray:
        """Mean return of the last finished episodes, (K,); NaN before the first."""
        n = np.minimum(self.n_episodes, RECENT)
        total = np.nansum(self._recent, axis=1)
        return np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)

    def td_error(self) -> np.ndarray:
        """Mean absolute TD error of the updates since the last call, (K,); NaN without any."""
        mean = self._error / self._updates if self._updates else np.full(len(self._error), np.nan)
        self._error, self._updates = np.zeros(len(mean)), 0
        return mean

    def start_states(self, n: int, purpose: int) -> np.ndarray:
        """Start states per agent, the same for agents of one seed, (4, K, n)."""
        per_seed = [starts(np.random.default_rng((seed, purpose)), n) for seed in self.seeds]
        return np.stack(per_seed, 1)[:, self._seed_of]

    def start_value(self) -> np.ndarray:
        """Mean over start states of the best action's value, (K,)."""
        states = self.start_states(N_STARTS, LOOK).astype(np.float32)
        return self.values(states).max(1).mean(1)

    def greedy_returns(
        self, n_episodes: int, world: World, limit: int = TIME_LIMIT
    ) -> np.ndarray:
        """Lengths of greedy episodes in gymnasium, always from the same starts, (K, n)."""
        def policy(seen: np.ndarray) -> np.ndarray:
            q = self.values(seen)
            return q[:, 1] > q[:, 0]

        return evaluate(policy, self.start_states(n_episodes, EVALUATION), world, limit)


class DeepAgents(AgentStack):
    """Agents with networks.

    Args:
        batch_size: Transitions per update.
        learning_starts: Transitions before the first update.
        scale: By which the four numbers of a state are multiplied for the network.
    """

    def __init__(
        self, recipes: Sequence[Recipe], seeds: Sequence[int], n_envs: int = 1, *,
        batch_size: int = 64, learning_starts: int = 500,
        scale: tuple[float, float, float, float] = (1, 1, 1, 1),
    ) -> None:
        super().__init__(recipes, seeds, n_envs)
        first = [initial(np.random.default_rng((seed, WEIGHTS))) for seed in seeds]
        self.learner = Learner(self.recipes, np.stack(first)[self._seed_of])
        self.replay = Replay(self.recipes, n_envs, batch_size)
        self._batches = Draws(seeds, REPLAY, batch_size)
        self._learning_starts = learning_starts
        self._scale = np.array(scale, np.float32)[:, None, None]

    def values(self, state: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        return self.learner.values((state * self._scale).transpose(1, 0, 2), rows)

    def memory(self, agent: int) -> np.ndarray:
        return self.replay.states(agent) / self._scale[:, 0, 0]

    def played_weights(self, p: np.ndarray | None = None) -> np.ndarray:
        """Parameters of a plain 4-64-64-2 net that maps the environment's states to Q, (K, P).

        The state's scale is in the first layer and the dueling head in the last one.

        Args:
            p: Other parameters than the current ones, for example a checkpoint.
        """
        (w1, b1), (w2, b2), (w3, b3) = layers_of(self.learner.p if p is None else p)
        heads = self.learner.heads
        parts = (w1 * self._scale[:, 0, 0], b1, w2, b2, heads @ w3, heads @ b3)
        return np.concatenate([part.reshape(len(w1), -1) for part in parts], 1)

    def change(self, values: Mapping[str, float], world: World) -> None:
        super().change(values, world)
        if "learning_rate" in values:
            self.learner.learning_rate[:] = values["learning_rate"]

    def learn(
        self, state: np.ndarray, right: np.ndarray, after: np.ndarray, terminated: np.ndarray,
        age: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray] | None:
        self.replay.add(state * self._scale, right, after * self._scale, terminated, age)
        found = None
        if self.t * self.n_envs >= self._learning_starts:
            found = self.learner.learn(*self.replay.draw(self._batches()[self._seed_of]))
        # outside the condition above: a target that is due must never be missed
        self.learner.sync(self.t)
        return found


class TableAgents(AgentStack):
    """Agents with tables, one cart each.

    Args:
        step_size: The share of the TD error by which an entry moves.
    """

    def __init__(self, recipes: Sequence[Recipe], seeds: Sequence[int], step_size: float) -> None:
        super().__init__(recipes, seeds)
        self.tables = Tables(np.array([r.gamma for r in self.recipes]), step_size)

    def values(self, state: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        return self.tables.values(state, rows)

    def memory(self, agent: int) -> np.ndarray:
        return self.carts.state[:, agent].T

    def learn(
        self, state: np.ndarray, right: np.ndarray, after: np.ndarray, terminated: np.ndarray,
        age: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray] | None:
        cart = (a[..., 0] for a in (state, right, after, terminated))
        taken, error = self.tables.learn(*cart)
        return taken[:, None], error[:, None]
