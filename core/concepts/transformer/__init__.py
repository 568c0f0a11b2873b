"""Transformer: which part does what, and what its heads look at.

Two labs: nets that lack a part each beside the whole one, and a look inside one net.
"""

from core.concepts.transformer import inside, inside_claims, parts, parts_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "transformer.parts", "Parts", parts, parts_claims,
        small=parts.Config(without=("positions", "norm"), n_layers=2, n_steps=20, n_seeds=2,
                           width=16, batch_size=8),
    ),
    experiment(
        "transformer.inside", "Inside", inside, inside_claims,
        small=inside.Config(task="reverse", n_steps=20, n_seeds=2, width=16, batch_size=8),
    ),
)
