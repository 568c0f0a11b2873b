"""Self-supervised learning: what can be learned before anybody labels?

Four labs: learning from views, what a few labels are then worth, data that are made, and one
update slowly.
"""

from core.concepts.self_supervised import (
    labels,
    labels_claims,
    made,
    made_claims,
    pretrain,
    pretrain_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "self_supervised.pretrain", "Learning from views", pretrain, pretrain_claims,
        small=pretrain.Config(n_steps=10, n_seeds=2, batch_size=8),
    ),
    experiment(
        "self_supervised.labels", "A few labels", labels, labels_claims,
        small=labels.Config(unlabelled_steps=4, labelled_steps=10, n_seeds=2, batch_size=8),
    ),
    experiment(
        "self_supervised.made", "Made data", made, made_claims,
        small=made.Config(n_made=2, n_steps=10, n_seeds=2),
    ),
    experiment(
        "self_supervised.step", "The next update of a unit", step, step_claims,
        small=step.Config(at=4, n_steps=10, n_seeds=2, batch_size=8),
    ),
)
