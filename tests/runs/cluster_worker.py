"""`dask worker --preload tests.runs.cluster_worker`: one that may run the toys of the tests too."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.config import Config
from core.experiment import Experiment, Frame

if TYPE_CHECKING:
    from distributed import Worker


def throw(config: Config) -> Iterator[Frame]:
    """Breaks the rule that a configuration decides every frame."""
    for step in range(1000):
        yield Frame(step, {"eyes": np.frombuffer(os.urandom(1), np.uint8)})
        time.sleep(0.02)


DICE = Experiment(
    "dice", "Dice", Config, {"eyes": ("step", "die")},
    coords=lambda c: {"die": [0]}, train=throw, n_frames=lambda c: 1000,
    small=Config(),
)
EXPERIMENTS = (DICE,)


async def dask_setup(worker: Worker) -> None:
    from core.runs.fork import ForkEngine
    from core.runs.supervisor import install  # not in the fork server, which knows the toys too

    await install(worker, ForkEngine(modules=["tests.runs.test_runs", __name__]))
