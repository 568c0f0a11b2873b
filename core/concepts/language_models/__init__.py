"""Language models: one net that fills gaps and one that goes on writing, and what each is good
for.
"""

from core.concepts.language_models import (
    labels,
    labels_claims,
    objectives,
    objectives_claims,
    own_text,
    own_text_claims,
    scale,
    scale_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "language_models.objectives", "Two objectives", objectives, objectives_claims,
        small=objectives.Config(n_steps=40, n_seeds=2, width=16, n_layers=1, batch_size=8),
    ),
    experiment(
        "language_models.labels", "Few labels", labels, labels_claims,
        small=labels.Config(n_pretraining=40, n_steps=20, labels=("8",), n_seeds=2, width=16,
                            n_layers=1, batch_size=8),
    ),
    experiment(
        "language_models.scale", "Scale", scale, scale_claims,
        small=scale.Config(sizes=("4", "8"), sentences=("50", "endless"), n_steps=40,
                           batch_size=8),
    ),
    experiment(
        "language_models.own_text", "Own text", own_text, own_text_claims,
        small=own_text.Config(merges=("0", "50"), n_steps=40, n_seeds=2, width=16, n_layers=1,
                              context=16, batch_size=8),
    ),
    experiment(
        "language_models.step", "The next update of an embedding", step, step_claims,
        small=step.Config(at=20, n_seeds=2, width=16, n_layers=1, batch_size=8),
    ),
)
