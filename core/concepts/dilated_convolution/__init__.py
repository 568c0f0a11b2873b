"""Dilated convolution: how a net sees far back without recurrence.

Three labs: nets that are asked for the symbol so many places before, nets that go on with a tune,
and one layer slowly.
"""

from core.concepts.dilated_convolution import (
    melody,
    melody_claims,
    reach,
    reach_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "dilated_convolution.reach", "Reach", reach, reach_claims,
        small=reach.Config(lags=("3", "5"), n_layers=2, n_steps=20, n_seeds=2, width=8,
                           batch_size=4),
    ),
    experiment(
        "dilated_convolution.melody", "Melody", melody, melody_claims,
        small=melody.Config(n_layers=2, n_steps=20, n_seeds=2, width=8, batch_size=2),
    ),
    experiment(
        "dilated_convolution.step", "One layer, slowly", step, step_claims,
        small=step.Config(lags=("3", "5"), lag="3", n_layers=2, layer=2, at=20, n_seeds=2, width=8,
                          batch_size=4),
    ),
)
