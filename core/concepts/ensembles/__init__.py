"""Ensembles: when are many models better than one, at what, and when are they not?

Three labs: trees that are averaged or boosted grow member by member, classifiers of different
kinds vote, and one member is made slowly.
"""

from core.concepts.ensembles import (
    growing,
    growing_claims,
    step,
    step_claims,
    voting,
    voting_claims,
)
from core.experiment import Experiment

EXPERIMENTS = (
    Experiment(
        name="ensembles.growing",
        title="Ensembles of trees that grow",
        config=growing.Config,
        dims=growing.DIMS,
        coords=growing.coords,
        train=growing.train,
        n_frames=growing.train.n_frames,
        notes=growing.NOTES,
        small=growing.Config(n_estimators=4, n_samples=50, n_seeds=2),
        presets=growing_claims.PRESETS,
        claims=growing_claims.CLAIMS,
    ),
    Experiment(
        name="ensembles.voting",
        title="Classifiers that vote",
        config=voting.Config,
        dims=voting.DIMS,
        coords=voting.coords,
        train=voting.train,
        n_frames=voting.train.n_frames,
        notes=voting.NOTES,
        small=voting.Config(n_samples=50, n_seeds=2),
        presets=voting_claims.PRESETS,
        claims=voting_claims.CLAIMS,
    ),
    Experiment(
        name="ensembles.step",
        title="One step, slowly",
        config=step.Config,
        dims=step.DIMS,
        coords=step.coords,
        train=step.train,
        n_frames=step.train.n_frames,
        notes=step.NOTES,
        small=step.Config(method="adaboost", n_samples=50, n_seeds=2),
        presets=step_claims.PRESETS,
        claims=step_claims.CLAIMS,
    ),
)
