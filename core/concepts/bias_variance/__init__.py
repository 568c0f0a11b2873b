"""Bias and variance: one method, fitted to hundreds of data sets from one known truth.

Three labs: regression under squared loss, classification under 0-1 loss, and one data set of
the regression, slowly. There is no `plain.py`: the concept measures methods, which are others',
and has no algorithm of its own.
"""

from core.concepts.bias_variance import (
    classification,
    classification_claims,
    regression,
    regression_claims,
    step,
)
from core.experiment import Experiment

EXPERIMENTS = (
    Experiment(
        name="bias_variance.regression",
        title="Bias and variance of a regression",
        config=regression.Config,
        dims=regression.DIMS,
        coords=regression.coords,
        train=regression.train,
        n_frames=regression.train.n_frames,
        notes=regression.NOTES,
        small=regression.Config(n_resamples=20, n_seeds=2),
        presets=regression_claims.PRESETS,
        claims=regression_claims.CLAIMS,
    ),
    Experiment(
        name="bias_variance.classification",
        title="Bias and variance of a classifier",
        config=classification.Config,
        dims=classification.DIMS,
        coords=classification.coords,
        train=classification.train,
        n_frames=classification.train.n_frames,
        notes=classification.NOTES,
        small=classification.Config(n_resamples=20, n_seeds=2),
        presets=classification_claims.PRESETS,
        claims=classification_claims.CLAIMS,
    ),
    Experiment(
        name="bias_variance.step",
        title="One data set, slowly",
        config=step.Config,
        dims=step.DIMS,
        coords=step.coords,
        train=step.train,
        n_frames=step.train.n_frames,
        notes=step.NOTES,
        small=step.Config(n_resamples=4, n_seeds=2),
        presets=step.PRESETS,
        claims=step.CLAIMS,
    ),
)
