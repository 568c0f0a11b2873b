"""Overfitting and regularization: what keeps a model that could memorise from doing so?

Several labs: remedies for a net that memorises wrong labels, their strength and more data as
a rival, the same in the plane, a model that grows past its data, a penalty chosen by
cross-validation, and a search for two hyperparameters at once.
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
    strength,
)
from core.experiment import Experiment

EXPERIMENTS = (
    Experiment(
        name="regularization.remedies",
        title="Remedies against memorising",
        config=remedies.Config,
        dims=remedies.DIMS,
        coords=remedies.coords,
        train=remedies.train,
        n_frames=remedies.n_frames,
        small=remedies.Config(remedies=("none", "dropout"), n_steps=50, n_train=50,
                              n_seeds=2, width=8),
        presets=remedies_claims.PRESETS,
        claims=remedies_claims.CLAIMS,
    ),
    Experiment(
        name="regularization.strength",
        title="Strength of a remedy, or more data",
        config=strength.Config,
        dims=strength.DIMS,
        coords=strength.coords,
        train=strength.train,
        n_frames=strength.n_frames,
        small=strength.Config(n_steps=50, n_train=50, n_seeds=2, width=8),
        presets=strength.PRESETS,
        claims=strength.CLAIMS,
    ),
    Experiment(
        name="regularization.plane",
        title="Remedies in the plane",
        config=plane.Config,
        dims=plane.DIMS,
        coords=plane.coords,
        train=plane.train,
        n_frames=plane.n_frames,
        small=plane.Config(remedies=("none", "l2"), n_steps=50, n_train=20, n_seeds=2,
                           width=4),
        presets=plane.PRESETS,
        claims=plane.CLAIMS,
    ),
    Experiment(
        name="regularization.double_descent",
        title="Double descent",
        config=double_descent.Config,
        dims=double_descent.DIMS,
        coords=double_descent.coords,
        train=double_descent.train,
        n_frames=double_descent.n_frames,
        small=double_descent.Config(n_samples=20, n_seeds=2),
        presets=double_descent_claims.PRESETS,
        claims=double_descent_claims.CLAIMS,
    ),
    Experiment(
        name="regularization.cross_validation",
        title="Cross-validation of a ridge",
        config=cross_validation.Config,
        dims=cross_validation.DIMS,
        coords=cross_validation.coords,
        train=cross_validation.train,
        n_frames=cross_validation.n_frames,
        small=cross_validation.Config(n_repeats=1, n_seeds=2),
        presets=cross_validation_claims.PRESETS,
        claims=cross_validation_claims.CLAIMS,
    ),
    Experiment(
        name="regularization.search",
        title="Search for two hyperparameters",
        config=search.Config,
        dims=search.DIMS,
        coords=search.coords,
        train=search.train,
        n_frames=search.n_frames,
        small=search.Config(n_trials=6, n_steps=20, n_seeds=2, width=8),
        presets=search_claims.PRESETS,
        claims=search_claims.CLAIMS,
    ),
)
