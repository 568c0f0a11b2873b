"""Optimizers: the same start, the same batches, different update rules.

Three labs: on a surface of two parameters, where everything is visible, on a network that
learns digits, and a single step on the surface, slowly.
"""

from core.concepts.optimizers import network, network_claims, step, surface, surface_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "optimizers.surface", "Optimizers on a surface", surface, surface_claims,
        small=surface.Config(optimizers=("sgd", "adam"), rates="shared", n_steps=10, n_seeds=2,
                             map="off"),
    ),
    experiment(
        "optimizers.network", "Optimizers on a network", network, network_claims,
        small=network.Config(optimizers=("sgd", "adam"), rates="shared", n_steps=20, n_seeds=2,
                             sweep_seeds=0, width=8),
    ),
    experiment(
        "optimizers.step", "One step, slowly", step,
        small=step.Config(n_seeds=2),
    ),
)
