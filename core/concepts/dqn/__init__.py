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
from core.experiment import Experiment

EXPERIMENTS = (
    Experiment(
        name="dqn.understand",
        title="DQN: what each part does",
        config=understand.Config,
        dims=understand.DIMS,
        coords=understand.coords,
        train=understand.train,
        n_frames=understand.train.n_frames,
        notes=understand.NOTES,
        small=understand.Config(variants=("full", "table"), n_steps=2000, n_seeds=2),
        presets=understand_claims.PRESETS,
        claims=understand_claims.CLAIMS,
    ),
    Experiment(
        name="dqn.solve",
        title="DQN: solved in seconds",
        config=solve.Config,
        dims=solve.DIMS,
        coords=solve.coords,
        train=solve.train,
        n_frames=solve.train.n_frames,
        notes=solve.NOTES,
        small=solve.Config(max_steps=20_000, n_seeds=2),
        presets=solve_claims.PRESETS,
        claims=solve_claims.CLAIMS,
    ),
    Experiment(
        name="dqn.step",
        title="One step, slowly",
        config=step.Config,
        dims=step.DIMS,
        coords=step.coords,
        train=step.train,
        n_frames=step.train.n_frames,
        notes=step.NOTES,
        small=step.Config(at=520, n_seeds=2),
        presets=step_claims.PRESETS,
        claims=step_claims.CLAIMS,
    ),
)
