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
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "bias_variance.regression", "Bias and variance of a regression",
        regression, regression_claims,
        small=regression.Config(n_resamples=20, n_seeds=2),
    ),
    experiment(
        "bias_variance.classification", "Bias and variance of a classifier",
        classification, classification_claims,
        small=classification.Config(n_resamples=20, n_seeds=2),
    ),
    experiment(
        "bias_variance.step", "One data set, slowly", step,
        small=step.Config(n_resamples=4, n_seeds=2),
    ),
)
