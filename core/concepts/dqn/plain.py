"""DQN on CartPole in plain torch and gymnasium, in the order of its paper.

For reading: Mnih et al. 2015, algorithm 1, one agent in one environment. With the settings of
CleanRL's `dqn.py` (Huang et al. 2022) it is the peer of `benchmarks.dqn`. The page trains many
agents as one stack (`stacks.DeepAgents`); `tests/concepts/dqn/test_plain.py` holds the two to each
other. Run it: `python -m core.concepts.dqn.plain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Settings:
    """The defaults are the page's full agent's."""

    hidden: tuple[int, int] = (64, 64)
    learning_rate: float = 1e-3
    batch_size: int = 64
    buffer_size: int = 10_000
    learning_starts: int = 500
    train_frequency: int = 1
    target_update_interval: int = 50
    tau: float = 1.0
    gamma: float = 0.99
    epsilon_end: float = 0.05
    epsilon_decay_steps: int = 4000
    double: bool = False
    dueling: bool = False
    loss: Literal["mse", "huber"] = "mse"
    max_gradient_norm: float | None = 10.0


CLEANRL = Settings((120, 84), 2.5e-4, 128, 10_000, 10_001, 10, 500,  # it learns *after* 10,000
                   epsilon_decay_steps=250_000, max_gradient_norm=None)


class QNet(nn.Module):
    """Values of both actions, (n, 2); dueling: Q = V + A - mean A (Wang et al. 2016, eq. 9)."""

    def __init__(self, hidden: tuple[int, int], dueling: bool) -> None:
        super().__init__()
        a, b = hidden
        self.layers = nn.Sequential(nn.Linear(4, a), nn.ReLU(), nn.Linear(a, b), nn.ReLU(),
                                    nn.Linear(b, 3 if dueling else 2))
        self.dueling = dueling

    def forward(self, state: Tensor) -> Tensor:
        out = self.layers(state)
        if not self.dueling:
            return out
        advantage, value = out[:, :2], out[:, 2:]
        return value + advantage - advantage.mean(1, keepdim=True)


class Agent:
    """A net, its target, a memory, and an environment in which it acts."""

    def __init__(self, seed: int, settings: Settings) -> None:
        torch.manual_seed(seed)
        self.settings, self.t, self.rng = settings, 0, np.random.default_rng(seed)
        self.env = gymnasium.make("CartPole-v1")
        self.state, _ = self.env.reset(seed=seed)
        self.net, self.target = (QNet(settings.hidden, settings.dueling) for _ in range(2))
        self.target.load_state_dict(self.net.state_dict())
        self.adam = torch.optim.Adam(self.net.parameters(), lr=settings.learning_rate)
        shapes: dict[str, tuple[int, ...]] = {
            "state": (4,), "after": (4,), "action": (), "reward": (), "terminated": ()}
        self.memory = {name: np.zeros((settings.buffer_size, *shape), np.float32)
                       for name, shape in shapes.items()}
        self.length, self.lengths = 0, list[int]()

    def step(self) -> None:
        """Act, remember, learn, and now and then renew the target."""
        s = self.settings
        action = self.act()
        after, reward, terminated, truncated, _ = self.env.step(action)
        seen = (self.state, after, action, reward, terminated)
        for name, value in zip(self.memory, seen, strict=True):
            self.memory[name][self.t % s.buffer_size] = value
        self.state = after
        self.length += 1
        if terminated or truncated:
            self.lengths.append(self.length)
            self.length, self.state = 0, self.env.reset()[0]
        self.t += 1
        if self.t >= s.learning_starts and self.t % s.train_frequency == 0:
            self.learn(*self.batch())
        if self.t % s.target_update_interval == 0:
            self.update_target()

    def act(self) -> int:
        """At random with probability epsilon, else what the net values most."""
        end = self.settings.epsilon_end
        epsilon = max(1 - (1 - end) * self.t / self.settings.epsilon_decay_steps, end)
        if self.rng.random() < epsilon:
            return int(self.rng.integers(2))
        with torch.no_grad():
            return int(self.net(torch.from_numpy(self.state)[None]).argmax())

    def batch(self) -> tuple[Tensor, ...]:
        """What `learn` takes, of transitions drawn evenly from the memory."""
        n_filled = min(self.t, self.settings.buffer_size)
        rows = self.rng.integers(n_filled, size=self.settings.batch_size)
        b = {name: torch.from_numpy(a[rows]) for name, a in self.memory.items()}
        discount = self.settings.gamma * (1 - b["terminated"])  # a truncated one has a future
        return b["state"], b["action"].long(), b["reward"], discount, b["after"]

    def learn(
        self, state: Tensor, action: Tensor, reward: Tensor, discount: Tensor, after: Tensor
    ) -> None:
        """One update towards reward + discount * max Q of the target net."""
        s = self.settings
        with torch.no_grad():
            valued = self.target(after)
            chooser = self.net(after) if s.double else valued  # van Hasselt et al. 2016
            goal = reward + discount * valued.gather(1, chooser.argmax(1, keepdim=True))[:, 0]
        taken = self.net(state).gather(1, action[:, None])[:, 0]
        error = nn.functional.smooth_l1_loss if s.loss == "huber" else nn.functional.mse_loss
        self.adam.zero_grad()
        error(taken, goal).backward()
        if s.max_gradient_norm is not None:
            nn.utils.clip_grad_norm_(self.net.parameters(), s.max_gradient_norm)
        self.adam.step()

    def update_target(self) -> None:
        """A copy (tau = 1), or a step towards the net."""
        for new, old in zip(self.net.parameters(), self.target.parameters(), strict=True):
            old.data.lerp_(new.data, self.settings.tau)


def main(n_steps: int = 12_000) -> list[int]:
    """Prints how long one agent (seed 0) kept the pole up; returns the lengths of its episodes."""
    agent = Agent(0, Settings())
    for t in range(1, n_steps + 1):
        agent.step()
        if t % 1000 == 0:
            print(f"step {t:6}: {np.mean(agent.lengths[-10:]):5.0f} steps, mean of 10 episodes")
    return agent.lengths


if __name__ == "__main__":
    main()
