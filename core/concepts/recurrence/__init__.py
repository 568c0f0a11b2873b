"""Recurrence: how far back a net can remember, and what carries the memory.

Three labs: right answers against length, a look inside the cells of one kind, and the shapes in
which what is read and what is said lie beside each other.
"""

from core.concepts.recurrence import (
    inside,
    inside_claims,
    memory,
    memory_claims,
    shapes,
    shapes_claims,
)
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
    experiment(
        "recurrence.shapes", "Shapes", shapes, shapes_claims,
        small=shapes.Config(n_steps=20, n_seeds=2, width=8),
    ),
)
