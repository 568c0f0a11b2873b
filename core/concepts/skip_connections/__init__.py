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
from core.experiment import Experiment

EXPERIMENTS = (
    Experiment(
        name="skip_connections.depth",
        title="Error against depth",
        config=depth.Config,
        dims=depth.DIMS,
        coords=depth.coords,
        train=depth.train,
        n_frames=depth.train.n_frames,
        notes=common.NOTES,
        small=depth.Config(depths=("2", "4"), n_steps=20, n_seeds=2, width=16),
        presets=depth_claims.PRESETS,
        claims=depth_claims.CLAIMS,
    ),
    Experiment(
        name="skip_connections.inside",
        title="Inside deep nets",
        config=inside.Config,
        dims=inside.DIMS,
        coords=inside.coords,
        train=inside.train,
        n_frames=inside.train.n_frames,
        notes=common.NOTES,
        small=inside.Config(depth=4, n_steps=20, n_seeds=2, width=16),
        presets=inside_claims.PRESETS,
        claims=inside_claims.CLAIMS,
    ),
    Experiment(
        name="skip_connections.step",
        title="One step, slowly",
        config=step.Config,
        dims=step.DIMS,
        coords=step.coords,
        train=step.train,
        n_frames=step.train.n_frames,
        notes=step.NOTES,
        small=step.Config(depth=4, at=5, n_seeds=2, width=16),
        presets=step_claims.PRESETS,
        claims=step_claims.CLAIMS,
    ),
)
