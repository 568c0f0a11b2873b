"""CartPole solved: the lab's settings beside CleanRL's published ones in plain torch.

Both are looked at on the same schedule: after every 10,000 steps in the environment, 100
greedy episodes in gymnasium, from starts drawn alike, on the same evaluator. Ours counts as
solved at the third evaluation in a row of at least 475; the peer's clock stops at its first.
Evaluations are part of both times.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.promise import (
    MIN_PAIRS,
    Measured,
    Promise,
    interleaved,
    medians,
    seconds,
    speedups,
)
from core.concepts.dqn.cartpole import evaluate, starts
from core.concepts.dqn.crowd import DeepCrowd
from core.concepts.dqn.learner import Recipe
from core.concepts.dqn.solve import EVALUATE_EVERY, N_EPISODES, SOLVED, Config, Contest
from core.concepts.dqn.understand import train
from core.concepts.dqn.understand_claims import alone
from core.lazy import gymnasium, torch

FIRST_SEED = 300
N_SEEDS = 20
TOTAL_STEPS = 500_000


def ours(seed: int) -> tuple[float, bool]:
    """Seconds until one agent has solved the task, and whether it did."""
    began = time.perf_counter()
    contest = Contest(Config(n_seeds=1, seed=seed))
    per_evaluation = EVALUATE_EVERY // contest.crowd.n_envs
    while not contest.solved[0] and contest.steps < TOTAL_STEPS:
        for _ in range(per_evaluation):
            contest.step()
        contest.evaluate()
    return time.perf_counter() - began, bool(contest.solved[0])


@dataclass(frozen=True)
class Settings:
    """Of a plain agent. The defaults are those of CleanRL's `dqn.py` (Huang et al. 2022)."""

    hidden: tuple[int, int] = (120, 84)
    learning_rate: float = 2.5e-4
    batch_size: int = 128
    learning_starts: int = 10_000
    train_frequency: int = 10
    target_update_interval: int = 500
    epsilon_decay_steps: int = TOTAL_STEPS // 2


CLEANRL = Settings()
TEXTBOOK = Settings((64, 64), 1e-3, 64, 500, 1, 50, 4000)
"""Those of the page's full agent."""


class Plain:
    """DQN in plain torch, one environment and one agent: what people write."""

    def __init__(self, seed: int, settings: Settings = CLEANRL) -> None:
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        self.settings, self.t = settings, 0
        self.rng = np.random.default_rng(seed)
        self.env = gymnasium.make("CartPole-v1")
        self.state, _ = self.env.reset(seed=seed)
        self.net, self.target = self._net(), self._net()
        self.target.load_state_dict(self.net.state_dict())
        self.adam = torch.optim.Adam(self.net.parameters(), lr=settings.learning_rate)
        self.memory = {name: np.zeros((10_000, *shape), np.float32) for name, shape in {
            "state": (4,), "after": (4,), "action": (), "reward": (), "terminated": ()}.items()}

    def _net(self) -> Any:
        nn, (a, b) = torch.nn, self.settings.hidden
        return nn.Sequential(nn.Linear(4, a), nn.ReLU(), nn.Linear(a, b), nn.ReLU(),
                             nn.Linear(b, 2))

    def step(self) -> None:
        settings = self.settings
        epsilon = max(1 - 0.95 * self.t / settings.epsilon_decay_steps, 0.05)
        if self.rng.random() < epsilon:
            action = int(self.rng.integers(2))
        else:
            with torch.no_grad():
                action = int(self.net(torch.from_numpy(self.state)[None]).argmax())
        after, reward, terminated, truncated, _ = self.env.step(action)
        row = self.t % 10_000
        seen = (self.state, after, action, reward, terminated)
        for name, value in zip(self.memory, seen, strict=True):
            self.memory[name][row] = value
        self.state = self.env.reset()[0] if terminated or truncated else after
        self.t += 1
        if self.t > settings.learning_starts and self.t % settings.train_frequency == 0:
            self._learn()
        if self.t % settings.target_update_interval == 0:
            self.target.load_state_dict(self.net.state_dict())

    def _learn(self) -> None:
        rows = self.rng.integers(min(self.t, 10_000), size=self.settings.batch_size)
        b = {name: torch.from_numpy(a[rows]) for name, a in self.memory.items()}
        with torch.no_grad():
            best = self.target(b["after"]).max(1).values
            goal = b["reward"] + 0.99 * best * (1 - b["terminated"])
        taken = self.net(b["state"]).gather(1, b["action"].long()[:, None])[:, 0]
        loss = torch.nn.functional.mse_loss(goal, taken)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()

    def greedy_return(self, seed: int) -> float:
        def policy(seen: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                q = self.net(torch.from_numpy(seen.T))
            return (q[:, 1] > q[:, 0]).numpy()

        return float(evaluate(policy, starts(np.random.default_rng((seed, 3)), N_EPISODES)).mean())


def theirs(seed: int) -> float:
    """Seconds until the first evaluation of at least 475, or until all steps are done."""
    began = time.perf_counter()
    agent = Plain(seed)
    while agent.t < TOTAL_STEPS:
        for _ in range(EVALUATE_EVERY):
            agent.step()
        if agent.greedy_return(seed) >= SOLVED:
            break
    return time.perf_counter() - began


def measure(n_seeds: int = N_SEEDS, n_pairs: int = MIN_PAIRS) -> Measured:
    """All seeds of ours; of the peer as many as pairs, each beside ours of the same seed."""
    torch.set_num_threads(1)
    seeds = range(FIRST_SEED, FIRST_SEED + n_seeds)
    pairs, times, solved = [], [], 0
    for i, seed in enumerate(seeds):
        took, done = ours(seed)
        times.append(took)
        solved += done
        if i < n_pairs:
            pairs.append((took, theirs(seed)))
    assert solved == n_seeds, f"only {solved} of {n_seeds} seeds solved it"
    mine, peer = medians(pairs)
    return Measured(speedups(pairs), (
        f"{mine:.2f} and {peer:.1f} s; {solved} of {n_seeds} fresh seeds solved it three times in "
        f"a row, median {np.median(times):.2f} s, worst {max(times):.2f} s"
    ))


def measure_textbook(n_pairs: int = 7) -> Measured:
    """The full agent at its default settings: eight seeds in a stack, and one plain agent."""
    crowd = DeepCrowd([Recipe()], range(8))
    agent = Plain(0, TEXTBOOK)
    for _ in range(TEXTBOOK.learning_starts + 50):
        crowd.step()
        agent.step()
    pairs = interleaved(
        lambda: seconds(crowd.step, 300) / 8, lambda: seconds(agent.step, 100), n_pairs)
    began = time.process_time()
    for _ in train(alone("full")):
        pass
    spent = time.process_time() - began
    assert spent <= 30, f"12,000 steps took {spent:.0f} s of processor time, and may take 30"
    mine, peer = medians(pairs)
    return Measured(speedups(pairs), (
        f"{1e6 * mine:.0f} and {1e6 * peer:.0f} us per step and agent; 12,000 steps of four agents "
        f"with all that is shown take {spent:.1f} s of processor time"
    ))


PROMISES = (
    Promise("dqn", "CartPole to 475 over 100 greedy episodes, evaluated every 10,000 steps: how "
            "many times as fast (three evaluations in a row) as CleanRL's settings in plain "
            "torch (their first)", 10, measure),
    Promise("dqn_textbook", "A step and an update of the textbook agent, eight seeds in a stack: "
            "how many times as fast, per agent, as one in plain torch", 5, measure_textbook),
)
