"""Vision tasks: one picture, and what may be asked about it: what is it, and where?"""

from core.concepts.vision_tasks import find, find_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "vision_tasks.find", "What and where", find, find_claims,
        small=find.Config(n_scenes=40, n_steps=20, n_before=10, n_seeds=2),
    ),
)
