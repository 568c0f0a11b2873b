"""Convolution: what a net knows that looks at every place with the same weights."""

from core.clocked import clocked
from core.concepts.convolution import (
    build,
    build_claims,
    explain,
    explain_claims,
    inside,
    inside_claims,
    pictures,
    pictures_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "convolution.pictures", "Pictures: convolutional and dense nets", pictures,
        pictures_claims,
        small=pictures.Config(nets=("cnn", "mlp_equal"), n_train=100, n_steps=50, n_seeds=2,
                              batch_size=16),
    ),
    clocked(experiment(
        "convolution.build", "Build: blocks that cost differently", build, build_claims,
        small=build.Config(nets=("one_5x5", "two_3x3"), n_train=100, n_steps=50, n_seeds=2,
                           batch_size=16),
    ), "milliseconds", shared=True),
    experiment(
        "convolution.inside", "Inside a convolutional net", inside, inside_claims,
        small=inside.Config(data="digits", n_train=250, n_steps=50, n_seeds=2, batch_size=16),
    ),
    experiment(
        "convolution.explain", "Where does an answer come from?", explain, explain_claims,
        small=explain.Config(data="digits", n_train=250, n_steps=50, n_seeds=2, batch_size=16),
    ),
    experiment(
        "convolution.step", "One kernel, slowly", step, step_claims,
        small=step.Config(data="digits", n_train=250, n_steps=50, at=20, batch_size=16,
                          n_seeds=2),
    ),
)
