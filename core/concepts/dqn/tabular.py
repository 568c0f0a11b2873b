"""Q-learning with a table (Watkins & Dayan 1992), many agents at once.

What a network adds is seen beside it: a table learns each cell for itself.
"""

from __future__ import annotations

import numpy as np

EDGES = (
    np.array([-0.8, 0.8]),  # x, metres
    np.array([-0.5, 0.5]),  # x_dot, metres per second
    np.radians([-6.0, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0]),  # theta
    np.array([-1.0, -0.4, 0.0, 0.4, 1.0]),  # theta_dot, radians per second
)
SHAPE = tuple(len(edges) + 1 for edges in EDGES)
N_CELLS = int(np.prod(SHAPE))


def cell_of(state: np.ndarray) -> np.ndarray:
    """The cell of each state (4, ...), an index into the table's N_CELLS rows."""
    index = np.zeros(state.shape[1:], dtype=np.int64)
    for values, edges in zip(state, EDGES, strict=True):
        index = index * (len(edges) + 1) + np.searchsorted(edges, values)
    return index


class Tables:
    """K tables of action values that start at zero.

    Args:
        gamma: Discount per agent, (K,).
        step_size: The share of the TD error by which an entry moves.
    """

    def __init__(self, gamma: np.ndarray, step_size: float) -> None:
        self.q = np.zeros((len(gamma), N_CELLS, 2), np.float32)
        self._gamma, self._step_size = gamma, step_size

    def values(self, state: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """Q of both actions, (K, 2, n), at states (4, K, n), of all agents or of some."""
        k = np.arange(len(self.q))[rows, None]
        return self.q[k, cell_of(state)].transpose(0, 2, 1)

    def learn(
        self, state: np.ndarray, right: np.ndarray, after: np.ndarray, terminated: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """One update from one transition per agent: states (4, K), the others (K,).

        Returns:
            The values of the actions and their TD errors before the update, (K,).
        """
        k, cell = np.arange(len(self.q)), cell_of(state)
        best = self.q[k, cell_of(after)].max(1)
        taken = self.q[k, cell, right.astype(np.int64)]
        error = taken - (1 + self._gamma * ~terminated * best)
        self.q[k, cell, right.astype(np.int64)] -= self._step_size * error
        return taken, error
