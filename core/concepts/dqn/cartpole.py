"""CartPole-v1, many carts at once: the dynamics of gymnasium, and evaluation in gymnasium.

A pole stands on a cart; at each step of 0.02 s the cart is pushed left or right with 10 N.
Every step pays 1. The episode is *terminated* when the pole leans 12 degrees or the cart
leaves the track, and *truncated* after 500 steps: the pole still stands, and a value that
looks ahead must not be told otherwise. Barto, Sutton & Anderson 1983; Towers et al. 2024,
`gymnasium/envs/classic_control/cartpole.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.lazy import gymnasium

TIME_LIMIT = 500
SECONDS_PER_STEP = 0.02
X_LIMIT = 2.4
THETA_LIMIT = 12 * 2 * np.pi / 360
START = 0.05
"""Every number of a start state lies between -START and START."""
CART_MASS, POLE_MASS, FORCE = 1.0, 0.1, 10.0


@dataclass(frozen=True)
class World:
    """The conditions at the cart.

    Attributes:
        gravity: m/s^2
        pole_length: Half of the pole's length, in metres, as gymnasium's `length`.
    """

    gravity: float = 9.8
    pole_length: float = 0.5


EARTH = World()


def advance(state: np.ndarray, right: np.ndarray, world: World = EARTH) -> np.ndarray:
    """The states after one step of Euler's method, like `state`.

    Args:
        state: x, x_dot, theta, theta_dot along the first axis, (4, ...), float64.
        right: Whether the push is to the right, (...).
        world: Gravity and the pole.
    """
    x, x_dot, theta, theta_dot = state
    mass, moment = CART_MASS + POLE_MASS, POLE_MASS * world.pole_length
    cos, sin = np.cos(theta), np.sin(theta)
    push = (np.where(right, FORCE, -FORCE) + moment * np.square(theta_dot) * sin) / mass
    theta_acc = (world.gravity * sin - cos * push) / (
        world.pole_length * (4 / 3 - POLE_MASS * np.square(cos) / mass)
    )
    x_acc = push - moment * theta_acc * cos / mass
    after = np.empty_like(state)
    after[0] = x + SECONDS_PER_STEP * x_dot
    after[1] = x_dot + SECONDS_PER_STEP * x_acc
    after[2] = theta + SECONDS_PER_STEP * theta_dot
    after[3] = theta_dot + SECONDS_PER_STEP * theta_acc
    return after


def fell(state: np.ndarray) -> np.ndarray:
    """Whether the pole leans too far or the cart left the track, (...)."""
    return (np.abs(state[0]) > X_LIMIT) | (np.abs(state[2]) > THETA_LIMIT)


class CartPole:
    """Carts that start again as soon as their episode is over.

    Args:
        start: Start states, (4, ...), float64.

    Attributes:
        state: The current states, (4, ...), float64; agents see them as float32.
        steps: How many steps the current episodes have lasted, (...).
        world: May be changed between steps.
    """

    def __init__(self, start: np.ndarray) -> None:
        self.state = start.copy()
        self.steps = np.zeros(start.shape[1:], dtype=np.int32)
        self.world = EARTH

    def step(
        self, right: np.ndarray, start: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One step of all carts; the reward is 1 for each.

        Args:
            right: Whether to push right, (...).
            start: The states from which those that end here start again, (4, ...).

        Returns:
            The states that the step led to (not the new starts), (4, ...), and whether it
            terminated and whether it truncated the episode, (...).
        """
        after = advance(self.state, right, self.world)
        self.steps += 1
        terminated = fell(after)
        truncated = self.steps >= TIME_LIMIT
        over = terminated | truncated
        self.state = np.where(over, start, after)
        self.steps[over] = 0
        return after, terminated, truncated


def starts(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Start states as gymnasium draws them, (4, *shape)."""
    return rng.uniform(-START, START, (4, *shape))


def evaluate(
    policy: Callable[[np.ndarray], np.ndarray], start: np.ndarray, world: World = EARTH,
    limit: int = TIME_LIMIT,
) -> np.ndarray:
    """Plays one episode per start in gymnasium's own CartPole-v1 and returns their lengths.

    Each step pays 1, so an episode's length is its return.

    Args:
        policy: From observations (4, ...), float32, to whether to push right, (...).
        start: Start states, (4, ...).
        world: Gravity and the pole.
        limit: Steps after which an episode is cut off.
    """
    n = start[0].size
    env = gymnasium.make_vec("CartPole-v1", num_envs=n, vectorization_mode="vector_entry_point",
                             max_episode_steps=limit)
    env.reset(seed=0)
    cart: Any = env.unwrapped
    cart.gravity, cart.length = world.gravity, world.pole_length
    cart.polemass_length = POLE_MASS * world.pole_length
    cart.state = start.reshape(4, n).copy()
    seen = start.astype(np.float32)
    length, alive = np.zeros(n, dtype=np.int32), np.ones(n, dtype=bool)
    while alive.any():
        right = policy(seen)
        observed, _, terminated, truncated, _ = env.step(right.reshape(n).astype(np.int64))
        length += alive
        alive &= ~(terminated | truncated)
        seen = observed.T.reshape(start.shape)
    return length.reshape(start.shape[1:])
