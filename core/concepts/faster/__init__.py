"""Faster training: what makes it faster, and what does each way cost?"""

from core.concepts.faster import workers, workers_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "faster.workers", "Several workers", workers, workers_claims,
        small=workers.Config(n_workers="2", batch_size=4, n_steps=16, n_seeds=2),
    ),
)
