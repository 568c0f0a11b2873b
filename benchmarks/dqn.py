"""CartPole solved: the lab's settings beside CleanRL's published ones in plain torch.

Both are looked at on the same schedule: after every 10,000 steps in the environment, 100
greedy episodes in gymnasium, from starts drawn alike, on the same evaluator. Ours counts as
solved at the third evaluation in a row of at least 475; the peer's clock stops at its first.
Evaluations are part of both times.
"""

from __future__ import annotations

import time

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
from core.concepts.dqn.learner import Recipe
from core.concepts.dqn.plain import CLEANRL, Agent, Settings
from core.concepts.dqn.solve import EVALUATE_EVERY, N_EPISODES, SOLVED, Config, Solving
from core.concepts.dqn.stacks import DeepAgents
from core.concepts.dqn.understand import train
from core.concepts.dqn.understand_claims import alone
from core.lazy import torch

FIRST_SEED = 300
N_SEEDS = 20
TOTAL_STEPS = 500_000


def ours(seed: int) -> tuple[float, bool]:
    """Seconds until one agent has solved the task, and whether it did."""
    began = time.perf_counter()
    contest = Solving(Config(n_seeds=1, seed=seed))
    per_evaluation = EVALUATE_EVERY // contest.stack.n_envs
    while not contest.solved[0] and contest.steps < TOTAL_STEPS:
        for _ in range(per_evaluation):
            contest.step()
        contest.evaluate()
    return time.perf_counter() - began, bool(contest.solved[0])


def greedy_return(agent: Agent, seed: int) -> float:
    """Mean length of 100 greedy episodes of a plain agent, from the starts that ours has."""

    def policy(seen: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            q = agent.net(torch.from_numpy(seen.T))
        return (q[:, 1] > q[:, 0]).numpy()

    return float(evaluate(policy, starts(np.random.default_rng((seed, 3)), N_EPISODES)).mean())


def theirs(seed: int) -> float:
    """Seconds until the first evaluation of at least 475, or until all steps are done."""
    began = time.perf_counter()
    agent = Agent(seed, CLEANRL)
    while agent.t < TOTAL_STEPS:
        for _ in range(EVALUATE_EVERY):
            agent.step()
        if greedy_return(agent, seed) >= SOLVED:
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
    stack = DeepAgents([Recipe()], range(8))
    agent = Agent(0, Settings())
    for _ in range(agent.settings.learning_starts + 50):
        stack.step()
        agent.step()
    pairs = interleaved(
        lambda: seconds(stack.step, 300) / 8, lambda: seconds(agent.step, 100), n_pairs)
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
