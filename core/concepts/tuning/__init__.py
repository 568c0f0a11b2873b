"""Tuning: which knobs matter, and how does one find their place?

Labs: the signal in a deep net before training, and one update of it slowly; batch sizes, learning
rates and norms, and searches.
"""

from core.clocked import clocked
from core.concepts.tuning import (
    batch,
    batch_claims,
    search,
    search_claims,
    signal,
    signal_claims,
    step,
    step_claims,
    window,
    window_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "tuning.signal", "Signal in a deep net", signal, signal_claims,
        small=signal.Config(depth=2, width=8, n_steps=20, n_seeds=2, map="off"),
    ),
    clocked(experiment(
        "tuning.batch", "Batch sizes", batch, batch_claims,
        small=batch.Config(sizes=("128", "500"), rules=("same", "linear"), n_epochs=1, n_seeds=2),
    ), "seconds", shared=True),
    experiment(
        "tuning.window", "Learning rates and norms", window, window_claims,
        small=window.Config(batch_size=16, depth=1, n_steps=20, n_seeds=2),
    ),
    experiment(
        "tuning.search", "Grid, random and Bayesian search", search, search_claims,
        small=search.Config(n_trials=9, n_steps=20, n_seeds=2),
    ),
    experiment(
        "tuning.step", "One update, slowly", step, step_claims,
        small=step.Config(depth=2, width=8, n_seeds=2),
    ),
)
