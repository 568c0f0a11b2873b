"""Two nets, one game: why does it work, circle, or collapse?

Seven labs: games in the plane, the smallest game there is, whose laws are exact, one game turn by
turn, made digits, digits that were asked for, others who make points, and two worlds without pairs.
"""

from core.concepts.gan import (
    asked,
    asked_claims,
    companions,
    companions_claims,
    digits,
    digits_claims,
    dirac,
    dirac_claims,
    plane,
    plane_claims,
    turns,
    turns_claims,
    worlds,
    worlds_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "gan.plane", "In the plane", plane, plane_claims,
        small=plane.Config(n_steps=20, n_seeds=2, width=8, discriminator_width=8, batch_size=16,
                           latent=2),
    ),
    experiment(
        "gan.dirac", "The smallest game", dirac, dirac_claims,
        small=dirac.Config(n_steps=20, n_seeds=2),
    ),
    experiment(
        "gan.turns", "Turn by turn", turns, turns_claims,
        small=turns.Config(begin=2, turn=3, rounds=1, n_seeds=2),
    ),
    experiment(
        "gan.digits", "Made digits", digits, digits_claims,
        small=digits.Config(n_steps=20, n_seeds=2, batch_size=16),
    ),
    experiment(
        "gan.asked", "Asked for", asked, asked_claims,
        small=asked.Config(n_steps=20, n_seeds=2, batch_size=16),
    ),
    experiment(
        "gan.companions", "Companions", companions, companions_claims,
        small=companions.Config(n_steps=20, n_seeds=2, batch_size=16, width=8, sampling_steps=4),
    ),
    experiment(
        "gan.worlds", "Two worlds", worlds, worlds_claims,
        small=worlds.Config(n_steps=20, n_seeds=2, batch_size=16),
    ),
)
