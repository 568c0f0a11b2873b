"""Transfer: when is a trained net a better start?"""

from core.concepts.transfer import (
    labels,
    labels_claims,
    sources,
    sources_claims,
    step,
    step_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "transfer.labels", "Error against labels", labels, labels_claims,
        small=labels.Config(labels=("2", "5"), n_steps=20, n_pretraining=10, n_seeds=2, width=4),
    ),
    experiment(
        "transfer.sources", "Which first lesson?", sources, sources_claims,
        small=sources.Config(sources=("classes", "shuffled"), n_steps=20, n_pretraining=10,
                             n_seeds=2, width=4),
    ),
    experiment(
        "transfer.step", "One update, slowly", step, step_claims,
        small=step.Config(n_labels=2, n_steps=20, n_pretraining=10, n_seeds=2, width=4),
    ),
)
