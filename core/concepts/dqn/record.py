"""What is shown of the first seed's agents: their maps, memories and weights.

The weights go to the browser, which plays the agent at its cart from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.concepts.dqn.cartpole import THETA_LIMIT
from core.concepts.dqn.stacks import AgentStack, DeepAgents, TableAgents

MAP_CELLS = 25
MAP_THETA = np.linspace(-THETA_LIMIT, THETA_LIMIT, MAP_CELLS)
MAP_THETA_DOT = np.linspace(-2.5, 2.5, MAP_CELLS)
N_VISITED = 150
"""Transitions of the memory that are drawn as points."""
THETA_BINS = np.linspace(-THETA_LIMIT, THETA_LIMIT, 25)[:-1] + THETA_LIMIT / 24

HALF = {"weights", "table", "visited", "replay_theta", "policy_map"}
"""Arrays that are sent in half precision: they are looked at, or played from."""

Gather = Callable[[list[np.ndarray]], np.ndarray]


def look(stacks: Sequence[AgentStack], gather: Gather, n_seeds: int) -> dict[str, np.ndarray]:
    """Arrays per variant, each of its first seed.

    Args:
        stacks: Agents ordered variant by variant.
        gather: From one array per stack, (K, ...), to (variant, seed, ...).
        n_seeds: Agents per variant.
    """
    first = slice(None, None, n_seeds)

    def spread(a: np.ndarray) -> np.ndarray:  # back to a row per agent, for `gather`
        return np.repeat(a, n_seeds, axis=0)

    maps = [spread(action_map(stack, first)) for stack in stacks]
    memories = [
        [stack.memory(k) for k in range(0, len(stack.recipes), n_seeds)] for stack in stacks
    ]
    q = gather(maps)[:, 0]  # (variant, action, theta_dot, theta)
    found = {
        "value_map": q.max(1),
        "policy_map": preference(q),
        "visited": gather([spread(np.stack([some(m) for m in ms])) for ms in memories])[:, 0],
        "replay_theta": gather(
            [spread(np.stack([share(m) for m in ms])) for ms in memories]
        )[:, 0],
    }
    deep = [stack for stack in stacks if isinstance(stack, DeepAgents)]
    tables = [stack for stack in stacks if isinstance(stack, TableAgents)]
    if deep:
        found["weights"] = np.concatenate([stack.played_weights()[first] for stack in deep])
    if tables:
        found["table"] = np.concatenate([stack.tables.q[first] for stack in tables])
    return found


def action_map(stack: AgentStack, rows: slice) -> np.ndarray:
    """Q over angle and angular velocity, the cart at rest in the middle, (K, 2, y, x)."""
    theta_dot, theta = np.meshgrid(MAP_THETA_DOT, MAP_THETA, indexing="ij")
    zero = np.zeros(theta.size)
    state = np.stack([zero, zero, theta.ravel(), theta_dot.ravel()]).astype(np.float32)
    n = len(stack.recipes[rows])
    q = stack.values(np.broadcast_to(state[:, None], (4, n, theta.size)), rows)
    return q.reshape(n, 2, MAP_CELLS, MAP_CELLS)


def preference(q: np.ndarray) -> np.ndarray:
    """By how much pushing right is preferred, as a share of the largest preference in sight.

    Args:
        q: (V, 2, y, x)

    Returns:
        From -1 (left) to 1 (right), (V, y, x).
    """
    advantage = q[:, 1] - q[:, 0]
    largest = np.abs(advantage).max((1, 2), keepdims=True)
    return advantage / np.maximum(largest, 1e-12)


def some(states: np.ndarray) -> np.ndarray:
    """Angle and angular velocity of evenly chosen states, (2, N_VISITED), NaN where none."""
    found = np.full((2, N_VISITED), np.nan, np.float32)
    chosen = states[np.linspace(0, len(states) - 1, min(len(states), N_VISITED)).astype(int)]
    found[:, : len(chosen)] = chosen[:, 2:].T
    return found


def share(states: np.ndarray) -> np.ndarray:
    """Share of the states per bin of the angle, (24,)."""
    edges = np.linspace(-THETA_LIMIT, THETA_LIMIT, 25)
    counts, _ = np.histogram(states[:, 2], bins=edges)
    return counts / max(len(states), 1)


def compact(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a frame in the smallest type that does them justice."""
    return {
        name: a.astype(
            np.float16 if name in HALF else np.int32 if a.dtype.kind == "i" else np.float32
        )
        for name, a in arrays.items()
    }
