"""DQN on CartPole: watch an agent learn, and see why it can fail.

Two labs: the textbook agent with its ablations, and settings that solve the task in
seconds.
"""

from core.dqn import understand
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
    ),
)
