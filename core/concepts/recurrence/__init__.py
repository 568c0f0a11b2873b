"""Recurrence: how far back a net can remember, and what carries the memory.

Two labs: right answers against length, and a look inside the cells of one kind.
"""

from core.concepts.recurrence import inside, inside_claims, memory, memory_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "recurrence.memory", "Memory", memory, memory_claims,
        small=memory.Config(lags=("5",), n_steps=20, n_seeds=2, width=8, batch_size=16),
    ),
    experiment(
        "recurrence.inside", "Inside", inside, inside_claims,
        small=inside.Config(length=5, n_steps=20, n_seeds=2),
    ),
)
