"""Representation: the same facts, told to a net in different ways."""

from core.concepts.representation import scale, scale_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "representation.scale", "Scale: the same numbers in other units", scale, scale_claims,
        small=scale.Config(scales=("raw", "standardised"), n_steps=20, n_seeds=2, hidden=4),
    ),
)
