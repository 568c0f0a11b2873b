"""Overfitting and regularization: what keeps a model that could memorise from doing so?

Several labs: remedies for a net that memorises wrong labels, their strength and more data as
a rival, the same in the plane, a model that grows past its data, a penalty chosen by
cross-validation, a search for two hyperparameters at once, and one update of a remedy slowly.
"""

from core.concepts.regularization import (
    cross_validation,
    cross_validation_claims,
    double_descent,
    double_descent_claims,
    plane,
    remedies,
    remedies_claims,
    search,
    search_claims,
    step,
    step_claims,
    strength,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "regularization.remedies", "Remedies against memorising", remedies, remedies_claims,
        small=remedies.Config(remedies=("none", "dropout"), n_steps=50, n_train=50, n_seeds=2,
                              width=8),
    ),
    experiment(
        "regularization.strength", "Strength of a remedy, or more data", strength,
        small=strength.Config(n_steps=50, n_train=50, n_seeds=2, width=8),
    ),
    experiment(
        "regularization.plane", "Remedies in the plane", plane,
        small=plane.Config(remedies=("none", "l2"), n_steps=50, n_train=20, n_seeds=2, width=4),
    ),
    experiment(
        "regularization.double_descent", "Double descent", double_descent, double_descent_claims,
        small=double_descent.Config(n_samples=20, n_seeds=2),
    ),
    experiment(
        "regularization.cross_validation", "Cross-validation of a ridge",
        cross_validation, cross_validation_claims,
        small=cross_validation.Config(n_repeats=1, n_seeds=2),
    ),
    experiment(
        "regularization.search", "Search for two hyperparameters", search, search_claims,
        small=search.Config(n_trials=6, n_steps=20, n_seeds=2, width=8),
    ),
    experiment(
        "regularization.step", "One update, slowly", step, step_claims,
        small=step.Config(at=20, n_train=50, n_seeds=2, width=8),
    ),
)
