"""Meta-learning: how a net learns from five examples."""

from core.concepts.meta_learning import sinusoids, sinusoids_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "meta_learning.sinusoids", "Curves", sinusoids, sinusoids_claims,
        small=sinusoids.Config(n_steps=20, n_seeds=2, width=8, n_tasks=2),
    ),
)
