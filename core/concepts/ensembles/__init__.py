"""Ensembles: when are many models better than one, at what, and when are they not?

Two labs: trees that are averaged or boosted grow member by member, and classifiers of
different kinds vote.
"""

from core.concepts.ensembles import growing, growing_claims, voting, voting_claims
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
)
