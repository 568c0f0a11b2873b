"""Transformer: which part does what, and what its heads look at.

Four labs: nets that lack a part each beside the whole one, a look inside one net, what it costs
beside a recurrent one, and a forward pass slowly.
"""

from core.clocked import clocked
from core.concepts.transformer import (
    cost,
    cost_claims,
    inside,
    inside_claims,
    parts,
    parts_claims,
    step,
    step_claims,
)
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
    clocked(experiment(
        "transformer.cost", "Cost", cost, cost_claims,
        small=cost.Config(nets=("attention", "lstm_kernel"), longest="128", n_rounds=3,
                          batch_size=1, n_seeds=2),
    ), *cost.MEASURED, shared=True),
    experiment(
        "transformer.step", "A forward pass, slowly", step, step_claims,
        small=step.Config(at=20, n_seeds=2, batch_size=8),
    ),
)
