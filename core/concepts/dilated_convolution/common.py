"""What the labs share: the kinds of nets, how they begin and learn, and settings of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.concepts.dilated_convolution.net import CausalNet
from core.config import setting
from core.lazy import torch
from core.stacked.race import Race, Runner
from core.stacked.traced import flat
from core.words import names as names_of

LagName = Literal["1", "2", "3", "4", "5", "6", "7", "8", "9", "12", "15", "16", "24", "31", "32"]
START, TRAINING, TESTING = 0, 1, 2  # what random numbers are for
CLIP = 1.0
LOSS_CEILING = 10.0
"""Losses are kept up to here: more, or no number any more, means broken."""


@dataclass(frozen=True)
class Kind:
    """How the dilations of a net's layers follow each other.

    Attributes:
        label: For people.
        dilations: Of the layers, for a number of layers.
    """

    label: str
    dilations: Callable[[int], tuple[int, ...]]


KINDS: dict[str, Kind] = {
    "dilated": Kind("Dilated 1, 2, 4, …", lambda n: tuple(2**i for i in range(n))),
    "plain": Kind("Plain", lambda n: (1,) * n),
    "fours": Kind("Dilated 1, 4, 16, …", lambda n: tuple(4**i for i in range(n))),
    "tall": Kind("Plain, 3 times as deep", lambda n: (1,) * (3 * n)),
}
"""Adding one is an entry here, and a colour in `pages/dilated_convolution/styles.py`."""

LAG_LABELS = {lag: f"{lag} back" for lag in get_args(LagName)}
LAGS = setting(
    ("4", "5", "8", "15", "16"),
    "How far back the symbol stands that is asked for; each lag has nets of its own",
    names=LAG_LABELS,
)
N_LAYERS = setting(4, "One after the other; of the net that is 3 times as deep a third",
                   ge=2, le=5, unit="layers")
KERNEL = setting(2, "Places that a layer sees in the one below", ge=2, le=3, unit="places")
GATE = setting(True, "Whether a layer is tanh times sigmoid; a ReLU where not", label="Gates")
RESIDUAL = setting(False, "Whether what goes into a layer is added to what comes out",
                   label="Residual connections")
LEARNING_RATE = setting(0.01, "Adam's", ge=0.001, le=0.05, log=True, group="Training")
BEGINNING = setting(
    "unit", "How weights begin: with variance 1/inputs, or a third of it, as torch.nn's do",
    names={"unit": "Variance 1/inputs", "torch": "torch's, variance 1/(3 inputs)"},
    group="Training",
)
BATCH_SIZE = setting(
    8, "Sequences per update", ge=4, le=32, unit="sequences", step=4, group="Training"
)
WIDTH = setting(16, "Numbers at each place of a layer", ge=8, le=32, unit="channels", step=8,
                group="Network")
BROKEN = {
    "broken": "{net}: by step {step} the numbers of {n} nets have grown beyond all bounds. A "
              "smaller learning rate mends that.",
    **names_of("net", {name: kind.label for name, kind in KINDS.items()}),
}
"""Notes of who has broken."""


def race_of(
    net: CausalNet, seeds: Sequence[int], learning_rate: float, batch_size: int
) -> Race:
    """Nets of one shape, one for each of these seeds: those of the same one begin alike."""
    starts = np.stack([flat(net.shapes, net.start(np.random.default_rng((seed, START))))
                       for seed in seeds])
    runners = [Runner("adam", {"learning_rate": learning_rate, "clip": CLIP}, k)
               for k in range(len(starts))]
    return Race(net, runners, torch.from_numpy(starts), batch_size)
