"""Recurrence: how far back a net can remember, and what carries the memory.

Four labs: right answers against length, a look inside the cells of one kind, the shapes in which
what is read and what is said lie beside each other, and one step of a cell slowly.
"""

from core.concepts.recurrence import (
    inside,
    inside_claims,
    memory,
    memory_claims,
    shapes,
    shapes_claims,
    step,
    step_claims,
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
    experiment(
        "recurrence.step", "One step of a cell", step, step_claims,
        small=step.Config(at=20, length=5, n_seeds=2),
    ),
)
