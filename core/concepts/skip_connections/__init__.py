"""Skip connections and depth: why a net of 32 layers cannot learn what one of 4 can.

Three labs: the error against depth, a look inside the nets of one depth, and one block slowly.
"""

from core.concepts.skip_connections import (
    common,
    depth,
    depth_claims,
    inside,
    inside_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "skip_connections.depth", "Error against depth", depth, depth_claims,
        small=depth.Config(depths=("2", "4"), n_steps=20, n_seeds=2, width=16),
        notes=common.NOTES,
    ),
    experiment(
        "skip_connections.inside", "Inside deep nets", inside, inside_claims,
        small=inside.Config(depth=4, n_steps=20, n_seeds=2, width=16),
        notes=common.NOTES,
    ),
    experiment(
        "skip_connections.step", "One step, slowly", step, step_claims,
        small=step.Config(depth=4, at=5, n_seeds=2, width=16),
    ),
)
