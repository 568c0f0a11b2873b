"""Ways to go through the updates of one net."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trainer:
    """One way.

    Attributes:
        label: For people.
        times: How many times as many images a batch has.
        rate: How many times as large the learning rate is.
        all_cores: Whether it has a thread for each core.
        autocast: Whether products are computed in bfloat16.
        gpu: Whether on a GPU, if there is one.
    """

    label: str
    times: int = 1
    rate: float = 1
    all_cores: bool = False
    autocast: bool = False
    gpu: bool = False


TRAINERS = {
    "one": Trainer("One thread"),
    "threads": Trainer("All cores", all_cores=True),
    "bfloat16": Trainer("BFloat16 (autocast)", autocast=True),
    "larger": Trainer("Batch 4 times as large", times=4),
    "scaled": Trainer("Batch and rate 4 times", times=4, rate=4),
    "gpu": Trainer("GPU, where there is one", gpu=True),
}
"""Adding one is an entry here, and a colour in `pages/faster/styles.py`."""
TRAINER_NAMES = {key: trainer.label for key, trainer in TRAINERS.items()}
