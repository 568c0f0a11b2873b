"""Meta-learning: how a net learns from five examples."""

from core.concepts.meta_learning import (
    shots,
    shots_claims,
    sinusoids,
    sinusoids_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "meta_learning.sinusoids", "Curves", sinusoids, sinusoids_claims,
        small=sinusoids.Config(n_steps=20, n_seeds=2, width=8, n_tasks=2),
    ),
    experiment(
        "meta_learning.shots", "Classes", shots, shots_claims,
        small=shots.Config(nets=("prototypes", "snail"), n_ways=2, n_shots=2, n_steps=20,
                           n_seeds=2, batch_size=4),
    ),
    experiment(
        "meta_learning.step", "One step, slowly", step, step_claims,
        small=step.Config(at=20, n_seeds=2, width=8, n_tasks=2),
    ),
)
