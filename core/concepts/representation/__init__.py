"""Representation: the same facts, told to a net in different ways."""

from core.concepts.representation import (
    categories,
    categories_claims,
    leaks,
    leaks_claims,
    scale,
    scale_claims,
    shape,
    shape_claims,
    step,
    step_claims,
    targets,
    targets_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "representation.scale", "Scale: the same numbers in other units", scale, scale_claims,
        small=scale.Config(scales=("raw", "standardised"), n_steps=20, n_seeds=2, hidden=4),
    ),
    experiment(
        "representation.categories", "Categories as inputs", categories, categories_claims,
        small=categories.Config(n_levels=4, n_train=40, n_steps=20, n_seeds=2),
    ),
    experiment(
        "representation.targets", "Classes as targets", targets, targets_claims,
        small=targets.Config(data="wine", n_steps=20, n_seeds=2, hidden=4),
    ),
    experiment(
        "representation.shape", "Shape: vector, matrix, channels", shape, shape_claims,
        small=shape.Config(tellings=("standardised", "bytes"), n_train=100, n_steps=20, n_seeds=2),
    ),
    experiment(
        "representation.leaks", "Leaks: accuracy out of nothing", leaks, leaks_claims,
        small=leaks.Config(n_features=100, n_samples=20, n_kept=5, n_folds=2, n_seeds=2),
    ),
    experiment(
        "representation.step", "One update, slowly", step, step_claims,
        small=step.Config(at=1, n_seeds=2),
    ),
)
