"""CartPole solved: the lab's settings beside CleanRL's published ones in plain torch.

Both are looked at on the same schedule: after every 10,000 steps in the environment, 100
greedy episodes in gymnasium, from starts drawn alike, on the same evaluator. Ours counts as
solved at the third evaluation in a row of at least 475; the peer's clock stops at its first.
Evaluations are part of both times.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.promise import MIN_PAIRS, Measured, Promise, medians, speedups
from core.dqn.cartpole import evaluate, starts
from core.dqn.solve import EVALUATE_EVERY, N_EPISODES, SOLVED, Config, Contest
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


class Published:
    """DQN with the settings of CleanRL's `dqn.py` (Huang et al. 2022), one environment.

    4-120-84-2, Adam 2.5e-4, 10,000 transitions, gamma 0.99, a copy every 500 steps, batches
    of 128, epsilon from 1 to 0.05 over half of 500,000 steps, learning from step 10,000 on,
    every tenth step.
    """

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        self.rng = np.random.default_rng(seed)
        self.env = gymnasium.make("CartPole-v1")
        self.state, _ = self.env.reset(seed=seed)
        self.net, self.target = self._net(), self._net()
        self.target.load_state_dict(self.net.state_dict())
        self.adam = torch.optim.Adam(self.net.parameters(), lr=2.5e-4)
        self.memory = {name: np.zeros((10_000, *shape), np.float32) for name, shape in {
            "state": (4,), "after": (4,), "action": (), "reward": (), "terminated": ()}.items()}
        self.t = 0

    def _net(self) -> Any:
        nn = torch.nn
        return nn.Sequential(nn.Linear(4, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                             nn.Linear(84, 2))

    def step(self) -> None:
        epsilon = max(1 - 0.95 * self.t / (0.5 * TOTAL_STEPS), 0.05)
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
        if self.t > 10_000 and self.t % 10 == 0:
            self._learn()
        if self.t % 500 == 0:
            self.target.load_state_dict(self.net.state_dict())

    def _learn(self) -> None:
        rows = self.rng.integers(min(self.t, 10_000), size=128)
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
    agent = Published(seed)
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
        seconds, done = ours(seed)
        times.append(seconds)
        solved += done
        if i < n_pairs:
            pairs.append((seconds, theirs(seed)))
    assert solved == n_seeds, f"only {solved} of {n_seeds} seeds solved it"
    mine, peer = medians(pairs)
    return Measured(speedups(pairs), (
        f"{mine:.2f} and {peer:.1f} s; {solved} of {n_seeds} fresh seeds solved it three times in "
        f"a row, median {np.median(times):.2f} s, worst {max(times):.2f} s"
    ))


PROMISES = (
    Promise("dqn", "CartPole to 475 over 100 greedy episodes, evaluated every 10,000 steps: how "
            "many times as fast (three evaluations in a row) as CleanRL's settings in plain "
            "torch (their first)", 10, measure),
)
