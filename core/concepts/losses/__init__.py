"""Losses: what is minimised, and is that what one wants?

Three labs: losses of classes, losses of numbers, and a number with its spread; and one update of
the second one, slowly.
"""

from core.concepts.losses import (
    classes,
    classes_claims,
    likelihood,
    likelihood_claims,
    numbers,
    numbers_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "losses.classes", "Losses for classes", classes, classes_claims,
        small=classes.Config(n_train=50, n_steps=20, n_seeds=2, width=4, batch_size=20),
    ),
    experiment(
        "losses.numbers", "Losses for numbers", numbers, numbers_claims,
        small=numbers.Config(n_samples=20, n_steps=50, n_seeds=2, width=5),
    ),
    experiment(
        "losses.likelihood", "A number with its spread", likelihood, likelihood_claims,
        small=likelihood.Config(n_samples=20, n_steps=50, n_seeds=2, width=5, batch_size=10),
    ),
    experiment(
        "losses.step", "One update, slowly", step, step_claims,
        small=step.Config(at=10, n_samples=20, n_seeds=2, width=5),
    ),
)
