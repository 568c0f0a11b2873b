"""DQN on CartPole: watch an agent learn, and see why it can fail.

Three labs: the textbook agent with its ablations, settings that solve the task in seconds, and one
update slowly.
"""

from core.concepts.dqn import (
    solve,
    solve_claims,
    step,
    step_claims,
    understand,
    understand_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "dqn.understand", "DQN: what each part does", understand, understand_claims,
        small=understand.Config(variants=("full", "table"), n_steps=1000, n_seeds=2),
    ),
    experiment(
        "dqn.solve", "DQN: solved in seconds", solve, solve_claims,
        small=solve.Config(max_steps=20_000, n_seeds=2),
    ),
    experiment(
        "dqn.step", "One step, slowly", step, step_claims,
        small=step.Config(at=520, n_seeds=2),
    ),
)
