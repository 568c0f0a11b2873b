"""Encoder and decoder: what a decoder looks at, and what it cannot do when it may not look.

Three labs: translators with and without soft attention, hard attention, which reads one state, and
one read slowly.
"""

from core.concepts.attention import (
    hard,
    hard_claims,
    step,
    step_claims,
    translate,
    translate_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "attention.translate", "With and without attention", translate, translate_claims,
        small=translate.Config(longest=6, n_steps=20, n_seeds=2, width=16, batch_size=8),
    ),
    experiment(
        "attention.hard", "Hard attention", hard, hard_claims,
        small=hard.Config(longest=6, n_steps=20, n_seeds=2, width=16, batch_size=8),
    ),
    experiment(
        "attention.step", "One read, slowly", step, step_claims,
        small=step.Config(at=20, longest=6, n_steps=20, n_seeds=2, width=16, batch_size=8),
    ),
)
