"""Vision tasks: one picture, and what may be asked about it.

Two labs: what is in a scene and where, alone and on one trunk; and what every pixel belongs to.
"""

from core.concepts.vision_tasks import find, find_claims, pixels, pixels_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "vision_tasks.find", "What and where", find, find_claims,
        small=find.Config(n_scenes=40, n_steps=20, n_before=10, n_seeds=2),
    ),
    experiment(
        "vision_tasks.pixels", "Which pixels", pixels, pixels_claims,
        small=pixels.Config(nets=("down_up", "one"), n_scenes=50, n_steps=20, n_seeds=2),
    ),
)
