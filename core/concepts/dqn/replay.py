"""The replay memories of many agents (Lin 1992; Mnih et al. 2015), in one array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.concepts.dqn.learner import Recipe

_STATE, _NEXT, _RIGHT, _GAIN, _DISCOUNT = slice(0, 4), slice(4, 8), 8, 9, 10


class Replay:
    """A ring of transitions per agent; a batch is drawn from an agent's newest ones.

    Each transition carries the rewards up to its next state and the discount of that
    state's value, which is 0 where the episode terminated and not where it was truncated.
    With n-step returns (Sutton 1988) a transition starts as one step and grows with the
    steps that follow, as long as its episode lasts.

    Args:
        recipes: One per agent.
        n_envs: Carts of each agent; every step adds a transition of each.
        batch_size: Transitions per draw.
    """

    def __init__(self, recipes: Sequence[Recipe], n_envs: int, batch_size: int) -> None:
        k = len(recipes)
        self._sizes = np.array([max(1, r.buffer_size // n_envs) for r in recipes])
        self._rows, self._envs = int(self._sizes.max()), n_envs
        self._data = np.zeros((k, self._rows, n_envs, 11), np.float32)
        self._flat = self._data.reshape(-1, 11)
        self._drawn = np.empty((k * batch_size, 11), np.float32)
        self._n_step = np.minimum([r.n_step for r in recipes], self._sizes)
        self._gamma = np.array([[r.gamma] for r in recipes])
        self._reward = np.array([[r.reward] for r in recipes])
        self._first = np.arange(k)[:, None] * self._rows * n_envs  # of each agent, in _flat
        self._behind = np.arange(1, self._n_step.max())  # steps back that may still grow
        self.added = 0

    def add(
        self, state: np.ndarray, right: np.ndarray, after: np.ndarray, terminated: np.ndarray,
        age: np.ndarray,
    ) -> None:
        """Takes in one step of every cart.

        Args:
            state: Before it, (4, K, n_envs).
            right: The actions, (K, n_envs).
            after: The states that it led to, (4, K, n_envs).
            terminated: Whether it ended the episode by failure, (K, n_envs).
            age: Steps of the episode before this one, (K, n_envs).
        """
        now = self._data[:, self.added % self._rows]
        now[..., _STATE] = np.moveaxis(state, 0, -1)
        now[..., _NEXT] = np.moveaxis(after, 0, -1)
        now[..., _RIGHT] = right
        now[..., _GAIN] = self._reward
        now[..., _DISCOUNT] = self._gamma * ~terminated
        if len(self._behind):
            self._grow(now[..., _NEXT], terminated, age)
        self.added += 1

    def _grow(self, after: np.ndarray, terminated: np.ndarray, age: np.ndarray) -> None:
        """Extends the transitions of the last n - 1 steps by the step just added."""
        open_ = (self._behind < self._n_step[:, None])[:, :, None]
        open_ = open_ & (self._behind[:, None] <= age[:, None, :])  # (K, n - 1, n_envs)
        k, i, e = np.nonzero(open_)
        back = self._behind[i]
        row = self._first[k, 0] + ((self.added - back) % self._rows) * self._envs + e
        gamma = self._gamma[k, 0]
        self._flat[row, _NEXT] = after[k, e]
        self._flat[row, _GAIN] += self._reward[k, 0] * gamma**back
        self._flat[row, _DISCOUNT] = gamma ** (back + 1) * ~terminated[k, e]

    def filled(self) -> np.ndarray:
        """How many transitions each agent may draw from, (K,)."""
        return np.minimum(self.added, self._sizes) * self._envs

    def draw(self, uniform: np.ndarray) -> tuple[np.ndarray, ...]:
        """A batch per agent, with replacement.

        Args:
            uniform: Random numbers in [0, 1), (K, batch).

        Returns:
            x (K, 4, batch), right, gain, discount (each (K, batch)), x2 (K, 4, batch).
        """
        pick = (uniform * self.filled()[:, None]).astype(np.int64)
        np.take(self._flat, self._index(pick).ravel(), axis=0, out=self._drawn, mode="clip")
        b = self._drawn.reshape(*uniform.shape, 11).transpose(0, 2, 1).copy()
        return b[:, _STATE], b[:, _RIGHT], b[:, _GAIN], b[:, _DISCOUNT], b[:, _NEXT]

    def _index(self, pick: np.ndarray) -> np.ndarray:
        """Of each agent's `pick`-th newest transitions, in `_flat`."""
        row = (self.added - 1 - pick // self._envs) % self._rows
        return self._first + row * self._envs + pick % self._envs

    def states(self, agent: int) -> np.ndarray:
        """The states that one agent may draw, newest first, (n, 4)."""
        pick = np.arange(self.filled()[agent])[None]
        return self._flat[(self._index(pick) - self._first + self._first[agent])[0], _STATE]
