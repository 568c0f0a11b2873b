"""Overfitting and regularization: what keeps a model that could memorise from doing so?

Several labs: a model that grows past its data, a penalty chosen by cross-validation, and a
search for two hyperparameters at once.
"""

from core.experiment import Experiment
from core.regularization import (
    cross_validation,
    cross_validation_lessons,
    double_descent,
    double_descent_lessons,
    search,
    search_lessons,
)

EXPERIMENTS = (
    Experiment(
        name="regularization.double_descent",
        title="Double descent",
        config=double_descent.Config,
        dims=double_descent.DIMS,
        coords=double_descent.coords,
        train=double_descent.train,
        n_frames=double_descent.n_frames,
        presets=double_descent_lessons.PRESETS,
        claims=double_descent_lessons.CLAIMS,
    ),
    Experiment(
        name="regularization.cross_validation",
        title="Cross-validation of a ridge",
        config=cross_validation.Config,
        dims=cross_validation.DIMS,
        coords=cross_validation.coords,
        train=cross_validation.train,
        n_frames=cross_validation.n_frames,
        presets=cross_validation_lessons.PRESETS,
        claims=cross_validation_lessons.CLAIMS,
    ),
    Experiment(
        name="regularization.search",
        title="Search for two hyperparameters",
        config=search.Config,
        dims=search.DIMS,
        coords=search.coords,
        train=search.train,
        n_frames=search.n_frames,
        presets=search_lessons.PRESETS,
        claims=search_lessons.CLAIMS,
    ),
)
