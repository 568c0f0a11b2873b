"""DQN on CartPole: watch an agent learn, and see why it can fail.

Two labs: the textbook agent with its ablations, and settings that solve the task in
seconds.
"""

from core.concepts.dqn import solve, solve_lessons, understand, understand_lessons
from core.experiment import Experiment

EXPERIMENTS = (
    Experiment(
        name="dqn.understand",
        title="DQN: what each part does",
        config=understand.Config,
        dims=understand.DIMS,
        coords=understand.coords,
        train=understand.train,
        n_frames=understand.n_frames,
        presets=understand_lessons.PRESETS,
        claims=understand_lessons.CLAIMS,
    ),
    Experiment(
        name="dqn.solve",
        title="DQN: solved in seconds",
        config=solve.Config,
        dims=solve.DIMS,
        coords=solve.coords,
        train=solve.train,
        n_frames=solve.n_frames,
        presets=solve_lessons.PRESETS,
        claims=solve_lessons.CLAIMS,
    ),
)
