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
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "ensembles.growing", "Ensembles of trees that grow", growing, growing_claims,
        small=growing.Config(n_estimators=4, n_samples=50, n_seeds=2),
    ),
    experiment(
        "ensembles.voting", "Classifiers that vote", voting, voting_claims,
        small=voting.Config(n_samples=50, n_seeds=2),
    ),
    experiment(
        "ensembles.step", "One step, slowly", step, step_claims,
        small=step.Config(method="adaboost", n_samples=50, n_seeds=2),
    ),
)
