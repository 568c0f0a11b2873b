"""Faster training: what makes it faster, and what does each way cost?

Labs: several workers on one net, and one update of theirs slowly; numbers of fewer bits; and what
this machine makes of training and of a layer.
"""

from core.clocked import clocked
from core.concepts.faster import (
    bits,
    bits_claims,
    machine,
    machine_claims,
    step,
    step_claims,
    training,
    training_claims,
    workers,
    workers_claims,
)
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "faster.workers", "Several workers", workers, workers_claims,
        small=workers.Config(n_workers="2", batch_size=4, n_steps=16, n_seeds=2),
    ),
    experiment(
        "faster.bits", "Fewer bits", bits, bits_claims,
        small=bits.Config(batch_size=8, n_steps=20, n_seeds=2),
    ),
    clocked(experiment(
        "faster.training", "Training, timed", training, training_claims,
        small=training.Config(ways=("one", "larger"), n_passes=2, n_seeds=2),
    ), *training.MEASURED),
    clocked(experiment(
        "faster.machine", "On this machine", machine, machine_claims,
        small=machine.Config(ways=("float32", "int8"), over="batch", width="64", n_rounds=3,
                             n_seeds=2),
    ), *machine.MEASURED),
    experiment(
        "faster.step", "One update, slowly", step, step_claims,
        small=step.Config(at=16, n_workers="2", batch_size=4, n_seeds=2),
    ),
)
