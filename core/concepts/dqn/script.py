"""Agents one after the other, each in gymnasium's cart and pole, for scripts to be taken away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.dqn.cartpole import POLE_MASS, START, TIME_LIMIT
from core.concepts.dqn.learner import MAX_GRADIENT_NORM, Recipe
from core.concepts.dqn.plain import QNet
from core.concepts.dqn.tabular import N_CELLS, cell_of
from core.concepts.dqn.understand import N_EPISODES, VARIANTS
from core.script import Script

WEIGHTS, ACTING, REPLAY, EVALUATION = range(4)
"""What random numbers are for: each purpose has a generator of its own, (seed, number)."""
LEARNING_STARTS = 500
Player = Callable[[np.ndarray], tuple[float, float]]
"""From what is seen, (4,), to the values of pushing left and right."""


def set_world(env: Any, gravity: float, pole_length: float) -> None:
    """Half the pole is so long."""
    cart = env.unwrapped
    cart.gravity, cart.length = gravity, pole_length
    cart.polemass_length = POLE_MASS * pole_length


def begin(env: Any, start: np.ndarray) -> np.ndarray:
    """A new episode from there; returns what is seen."""
    env.reset(seed=0)
    env.unwrapped.state = start
    return start.astype(np.float32)


def q_net(dueling: bool, seed: int) -> QNet:
    """As it begins: uniform in +-1/sqrt(inputs), torch's own way."""
    net, rng = QNet((64, 64), dueling), np.random.default_rng((seed, WEIGHTS))
    linear = [layer for layer in net.layers if isinstance(layer, nn.Linear)]
    for layer, n_out in zip(linear, (64, 64, 3), strict=True):  # the page's has an output for V
        drawn = rng.uniform(-1, 1, n_out * (layer.in_features + 1)) / layer.in_features**0.5
        weight, bias = np.split(drawn.astype(np.float32), [n_out * layer.in_features])
        rows = layer.out_features
        layer.weight.data = torch.from_numpy(weight.reshape(n_out, -1)[:rows].copy())
        layer.bias.data = torch.from_numpy(bias[:rows].copy())
    return net


class Memory:
    """The newest transitions; one with n rewards grows as long as its episode lasts."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.added = recipe, 0
        self.rows = np.zeros((recipe.buffer_size, 11), np.float32)

    def add(self, state: np.ndarray, action: int, after: np.ndarray, terminated: bool,
            age: int) -> None:
        """Takes in a step; `age` steps of its episode came before it."""
        r, size = self.recipe, len(self.rows)
        discount = r.gamma * (not terminated)
        self.rows[self.added % size] = (*state, *after, action, r.reward, discount)
        for back in range(1, min(r.n_step, size, age + 1)):
            row = self.rows[(self.added - back) % size]
            row[4:8] = after
            row[9] += r.reward * r.gamma**back
            row[10] = r.gamma ** (back + 1) * (not terminated)
        self.added += 1

    def batch(self, uniform: np.ndarray) -> Tensor:
        """Some of them, (n, 11): state, state after, action, rewards, discount."""
        newest = (uniform * min(self.added, len(self.rows))).astype(int)
        return torch.from_numpy(self.rows[(self.added - 1 - newest) % len(self.rows)])


class DeepAgent:
    """A net, its target and its memory."""

    def __init__(self, recipe: Recipe, batch_size: int, seed: int) -> None:
        self.recipe, self.memory = recipe, Memory(recipe)
        self.net, self.target = (q_net(recipe.dueling, seed) for _ in range(2))
        self.adam = torch.optim.Adam(self.net.parameters(), recipe.learning_rate)
        self.rng = np.random.default_rng((seed, REPLAY))
        self.batch_size = min(batch_size, recipe.buffer_size)

    def values(self, state: np.ndarray) -> tuple[float, float]:
        with torch.no_grad():
            left, right = self.net(torch.from_numpy(state)[None])[0].tolist()
        return left, right

    def learn(self, t: int, state: np.ndarray, action: int, after: np.ndarray, terminated: bool,
              age: int) -> None:
        """Remembers step t, learns from a batch, and renews the target when that is due."""
        self.memory.add(state, action, after, terminated, age)
        if t >= LEARNING_STARTS:
            self.update(self.memory.batch(self.rng.random(self.batch_size)))
        if t % self.recipe.target_update_interval == 0:
            with torch.no_grad():
                for new, old in zip(self.net.parameters(), self.target.parameters(), strict=True):
                    old.lerp_(new, self.recipe.tau)

    def update(self, batch: Tensor) -> None:
        """One update towards the rewards and what the target net says comes after them."""
        state, after, (action, gain, discount) = batch[:, :4], batch[:, 4:8], batch[:, 8:].T
        with torch.no_grad():
            valued = self.target(after)
            chooser = self.net(after) if self.recipe.double else valued
            goal = gain + discount * valued.gather(1, chooser.argmax(1, keepdim=True))[:, 0]
        taken = self.net(state).gather(1, action.long()[:, None])[:, 0]
        error = (nn.functional.smooth_l1_loss if self.recipe.loss == "huber"
                 else nn.functional.mse_loss)
        self.adam.zero_grad()
        error(taken, goal).backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), MAX_GRADIENT_NORM)
        self.adam.step()


class TableAgent:
    """A value per cell and action."""

    def __init__(self, gamma: float, step_size: float) -> None:
        self.gamma, self.step_size = gamma, step_size
        self.q = np.zeros((N_CELLS, 2), np.float32)

    def values(self, state: np.ndarray) -> tuple[float, float]:
        left, right = self.q[cell_of(state)].tolist()
        return left, right

    def learn(self, t: int, state: np.ndarray, action: int, after: np.ndarray, terminated: bool,
              age: int) -> None:
        best = 0 if terminated else self.q[cell_of(after)].max()
        cell = cell_of(state)
        self.q[cell, action] += self.step_size * (1 + self.gamma * best - self.q[cell, action])


def change(
    agent: DeepAgent | TableAgent, recipe: Recipe, env: Any, name: str, value: Any
) -> Recipe:
    """Other conditions from now on."""
    if name in {"gravity", "pole_length"}:
        world = {"gravity": env.unwrapped.gravity, "pole_length": env.unwrapped.length}
        set_world(env, **world | {name: value})
        return recipe
    if name == "learning_rate" and isinstance(agent, DeepAgent):
        agent.adam.param_groups[0]["lr"] = value
    return replace(recipe, **{name: value})


def trained_agent(
    agent: DeepAgent | TableAgent, recipe: Recipe, env: Any, n_steps: int,
    changes: tuple[tuple[int, str, Any], ...], seed: int,
) -> None:
    """Acts and learns for so many steps."""
    rng = np.random.default_rng((seed, ACTING))
    state, age = begin(env, (rng.random(6)[2:] - 0.5) / 10), 0
    for t in range(n_steps):
        for _, name, value in (c for c in changes if c[0] == t):
            recipe = change(agent, recipe, env, name, value)
        explores, to_the_right, *start = rng.random(6)
        done = min(t / max(recipe.epsilon_decay_steps, 1e-9), 1)
        epsilon = recipe.epsilon_start + done * (recipe.epsilon_end - recipe.epsilon_start)
        if explores < epsilon:
            action = int(to_the_right < 0.5)
        else:
            left, right = agent.values(state)
            action = int(right > left)
        after, _, terminated, truncated, _ = env.step(action)
        agent.learn(t + 1, state, action, after, terminated, age)
        state, age = after, age + 1
        if terminated or truncated:
            state, age = begin(env, (np.array(start) - 0.5) / 10), 0


def greedy_length(values: Player, env: Any, seed: int) -> float:
    """Steps that it keeps the pole up without exploring, the mean of some episodes."""
    lengths = []
    for start in np.random.default_rng((seed, EVALUATION)).uniform(
            -START, START, (4, N_EPISODES)).T:
        state, length, over = begin(env, start), 0, False
        while not over and length < TIME_LIMIT:
            left, right = values(state)
            state, _, terminated, truncated, _ = env.step(int(right > left))
            length, over = length + 1, terminated or truncated
        lengths.append(length)
    return float(np.mean(lengths))


def ablated(
    variants: tuple[str, ...], n_steps: int, target_update_interval: int, buffer_size: int,
    learning_rate: float, gamma: float, epsilon_start: float, epsilon_end: float,
    epsilon_decay_steps: int, loss: Any, double: bool, dueling: bool, n_step: int,
    batch_size: int, tau: float, table_step_size: float, gravity: float, pole_length: float,
    changes: tuple[tuple[int, str, Any], ...], seed: int,
) -> dict[str, float]:
    """By agent how long it keeps the pole up in the end, without exploring."""
    full = Recipe(buffer_size, target_update_interval, tau, double, n_step, loss, gamma,
                  learning_rate, epsilon_start, epsilon_end, epsilon_decay_steps, dueling)
    env: Any = gymnasium.make("CartPole-v1", disable_env_checker=True)
    found = {}
    for name in variants:
        set_world(env, gravity, pole_length)
        recipe = replace(full, **VARIANTS[name].changes)
        agent = (TableAgent(recipe.gamma, table_step_size) if VARIANTS[name].table
                 else DeepAgent(recipe, batch_size, seed))
        trained_agent(agent, recipe, env, n_steps, changes, seed)
        found[name] = greedy_length(agent.values, env, seed)
    return found


SCRIPTS = {
    "understand": Script(ablated, "greedy_return", "steps up without exploring, in the end"),
}
