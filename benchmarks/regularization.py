"""The nets of the lab on remedies: how much of the processor's arithmetic a group reaches.

What a state of the lab costs has no peer and is therefore no promise. It is printed as CPU
seconds beside what was meant: no more than 4 for the default state, 20 for all remedies.
"""

from __future__ import annotations

import time
from typing import get_args

import numpy as np

from benchmarks.digits import operations
from benchmarks.peers import Matmul
from benchmarks.promise import Measured, Promise, interleaved, medians, seconds
from core.concepts.regularization.remedies import Config, train
from core.concepts.regularization.treatment import RemedyName
from core.lazy import torch
from core.stacked.data import digits
from core.stacked.nets import MLP
from core.stacked.race import Race, Runner

NET = MLP((64, 128, 128, 10))
SEEDS = range(8)
N_TRAIN = 200
N_STEPS = 40
DEFAULT = Config()
ALL = Config(remedies=get_args(RemedyName), n_seeds=8)


class FullBatch:
    """A net per seed, trained by Adam on all of its images at every step."""

    def __init__(self, seeds: range = SEEDS) -> None:
        torch.set_num_threads(1)
        start = np.stack([NET.init(np.random.default_rng((seed, 0))) for seed in seeds])
        runners = [Runner("adam", {"learning_rate": 0.001}, s) for s in range(len(seeds))]
        self.data = digits(seeds, N_TRAIN)
        self.race = Race(NET, runners, torch.from_numpy(start), N_TRAIN)

    def step(self) -> None:
        self.race.step(self.data.train_x, self.data.train_y)

    def rate(self, n_steps: int = N_STEPS) -> float:
        """Operations per second."""
        return operations(NET, N_TRAIN) * len(self.race.p) / seconds(self.step, n_steps)


def cpu_seconds(config: Config) -> float:
    """Of a state of the lab, from its data to its last frame, encoding and drawing apart."""
    began = time.process_time()
    for _ in train(config):
        pass
    return time.process_time() - began


def measure() -> Measured:
    task, matmul = FullBatch(), Matmul()
    interleaved(task.rate, matmul.rate, 2)  # warm
    pairs = interleaved(task.rate, matmul.rate, 15)
    ours, theirs = medians(pairs)
    return Measured(tuple(a / b for a, b in pairs), (
        f"{ours / 1e9:.0f} of {theirs / 1e9:.0f} GFLOP/s; CPU seconds of the lab: default state "
        f"{cpu_seconds(DEFAULT):.1f} (meant: up to 4), all {len(ALL.remedies)} remedies with 8 "
        f"seeds {cpu_seconds(ALL):.1f} (meant: up to 20)"
    ))


PROMISES = (
    Promise("remedies", "8 nets 64-128-128-10, ReLU, Adam on all of 200 images: share of the "
            "same core's rate at a 1024 x 1024 matmul", 0.50, measure),
)
