"""Optimizers: the same start, the same batches, different update rules.

Three labs: on a surface of two parameters, where everything is visible, on a network that
learns digits, and a single step on the surface, slowly.
"""

from core.concepts.optimizers import network, network_claims, step, surface, surface_claims
from core.experiment import Experiment

EXPERIMENTS = (
    Experiment(
        name="optimizers.surface",
        title="Optimizers on a surface",
        config=surface.Config,
        dims=surface.DIMS,
        coords=surface.coords,
        train=surface.train,
        n_frames=surface.train.n_frames,
        notes=surface.NOTES,
        small=surface.Config(optimizers=("sgd", "adam"), rates="shared", n_steps=10, n_seeds=2,
                             map="off"),
        presets=surface_claims.PRESETS,
        claims=surface_claims.CLAIMS,
    ),
    Experiment(
        name="optimizers.network",
        title="Optimizers on a network",
        config=network.Config,
        dims=network.DIMS,
        coords=network.coords,
        train=network.train,
        n_frames=network.train.n_frames,
        notes=network.NOTES,
        small=network.Config(optimizers=("sgd", "adam"), rates="shared", n_steps=20,
                             n_seeds=2, sweep_seeds=0, width=8),
        presets=network_claims.PRESETS,
        claims=network_claims.CLAIMS,
    ),
    Experiment(
        name="optimizers.step",
        title="One step, slowly",
        config=step.Config,
        dims=step.DIMS,
        coords=step.coords,
        train=step.train,
        n_frames=step.train.n_frames,
        notes=step.NOTES,
        small=step.Config(n_seeds=2),
        presets=step.PRESETS,
        claims=step.CLAIMS,
    ),
)
