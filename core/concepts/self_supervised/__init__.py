"""Self-supervised learning: what can be learned before anybody labels?"""

from core.concepts.self_supervised import pretrain, pretrain_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "self_supervised.pretrain", "Learning from views", pretrain, pretrain_claims,
        small=pretrain.Config(n_steps=10, n_seeds=2, batch_size=8),
    ),
)
