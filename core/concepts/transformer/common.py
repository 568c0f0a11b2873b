"""What the labs share: the settings of a net and its training, its sequences, and how it is
measured.

Every seed has its own sequences, new ones at every step: there is no training set to be learned
by heart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.concepts.transformer.tasks import TASKS, Sequences, Task
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.losses import MASKED_CROSS_ENTROPY
from core.stacked.race import Race, Runner
from core.stacked.traced import flat
from core.stacked.transformer import Seen, Transformer

if TYPE_CHECKING:
    from torch import Tensor

CLIP = 1.0
START, TRAINING, TESTING = 0, 1, 2  # what random numbers are for
LOSS_CEILING = 10.0
"""Losses are kept up to here: more, or no number any more, means broken."""


class CommonConfig(BaseConfig):
    """A net, what it is asked, and how it learns."""

    task: Literal["reverse", "sort", "count", "previous", "repeats", "one_period"] = setting(
        "reverse", "What is to be said at each place of a sequence",
        names={name: task.label for name, task in TASKS.items()},
    )
    n_layers: int = setting(4, "Attention and MLP, one after the other", ge=1, le=6,
                            unit="layers")
    n_steps: int = setting(60, "Number of updates", ge=20, le=600, unit="steps", step=20)
    learning_rate: float = setting(0.005, "Adam's", ge=0.0005, le=0.04, log=True)
    warm_up: int = setting(
        0, "Steps over which the learning rate rises to what it is", ge=0, le=200, unit="steps",
        step=10, group="Training",
    )
    start: Literal["torch", "unit"] = setting(
        "torch", "How weights begin: as torch.nn's linear layers do, or three times the variance",
        names={"torch": "torch's, variance 1/(3 inputs)", "unit": "Variance 1/inputs"},
        group="Training",
    )
    batch_size: int = setting(
        16, "Sequences per update", ge=8, le=64, unit="sequences", step=8, group="Training"
    )
    positions: Literal["learned", "sinusoidal", "rotary", "none"] = setting(
        "learned", "How the net is told where a symbol stands", group="Network",
        names={"learned": "Learned", "sinusoidal": "Sinusoidal", "rotary": "Rotary",
               "none": "None"},
    )
    norm: Literal["pre", "post", "none"] = setting(
        "pre", "Where a part has its layer norm", group="Network", label="Layer norm",
        names={"pre": "Before each part (pre)", "post": "After the addition (post)",
               "none": "None"},
    )
    residual: bool = setting(
        True, "Whether what goes into a part is added to what comes out", group="Network",
        label="Residual connections",
    )
    mlp: bool = setting(True, "Whether a layer has an MLP after its attention", group="Network",
                        label="MLP")
    sees: Literal["task", "all", "before"] = setting(
        "task", "What a place may look at", group="Network",
        names={"task": "As the task wants", "all": "All places",
               "before": "Itself and those before (causal)"},
    )
    scale: bool = setting(
        True, "Whether scores are divided by the root of a head's features", group="Network",
        label="Scale 1/√d",
    )
    n_heads: Literal["1", "2", "4"] = setting(
        "2", "Per layer; together they have all features", group="Network",
        names={"1": "1 head", "2": "2 heads", "4": "4 heads"},
    )
    width: int = setting(
        32, "Features of a state", ge=16, le=128, unit="features", step=16, group="Network"
    )
    n_seeds: int = setting(
        4, "Nets of each kind, each with its own weights and sequences", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: initial weights and sequences", ge=0, le=9999, group="Seeds"
    )


def task_of(config: CommonConfig) -> Task:
    return TASKS[config.task]


def is_causal(config: CommonConfig) -> bool:
    """Whether a place sees only itself and those before."""
    return task_of(config).causal if config.sees == "task" else config.sees == "before"


def net_of(config: CommonConfig) -> Transformer:
    """The whole net."""
    task = task_of(config)
    return Transformer(
        len(task.symbols), len(task.answers), task.length, config.n_layers, int(config.n_heads),
        config.width, config.positions, config.norm, config.residual, config.mlp, config.scale,
        is_causal(config), config.start,
    )


def race_of(config: CommonConfig, net: Transformer) -> Race:
    """Nets of one kind, one per seed."""
    starts = np.stack([flat(net.shapes, net.start(np.random.default_rng((seed, START))))
                       for seed in config.seeds])
    runners = [Runner("adam", {"learning_rate": config.learning_rate, "clip": CLIP}, s)
               for s in range(config.n_seeds)]
    return Race(net, runners, torch.from_numpy(starts), config.batch_size)


def rate_factor(config: CommonConfig, t: int) -> float:
    """Of the learning rate in the t-th update."""
    return min(1.0, t / config.warm_up) if config.warm_up else 1.0


# --- sequences -----------------------------------------------------------------------------


def drawn(config: CommonConfig, purpose: int, n: int) -> Iterator[Sequences]:
    """Again and again new sequences, (seed, n, ...)."""
    rngs = [np.random.default_rng((seed, purpose)) for seed in config.seeds]
    while True:
        each = [task_of(config).draw(rng, n) for rng in rngs]
        yield Sequences(*map(np.stack, zip(*each, strict=True)))


def batches(config: CommonConfig) -> Iterator[tuple[Tensor, Tensor]]:
    """Per step new sequences of every seed, (seed, B, T), and what is right, one-hot."""
    n_answers = len(task_of(config).answers)
    for x, y, _ in drawn(config, TRAINING, config.batch_size):
        yield torch.from_numpy(x), one_hot(y, n_answers)


def one_hot(y: np.ndarray, n: int) -> Tensor:
    """(seed, B, T) -> (seed, n, B, T), zeros where nothing is asked."""
    rows = np.eye(n + 1, n, dtype=np.float32)[y]  # of -1 the last row, all zeros
    return torch.from_numpy(np.moveaxis(rows, -1, 1).copy())


class Exam:
    """New sequences that nets are measured on, the same at every step.

    Attributes:
        x: (seed, B, T).
        y: What is right, one-hot, (seed, answers, B, T).
        counted: The same with zeros at places whose answers are not counted.
        source: Where an answer stands, (seed, B, T, T).
        here: At which places answers are counted, (T,).
    """

    def __init__(self, config: CommonConfig, n: int) -> None:
        task = task_of(config)
        x, y, source = next(drawn(config, TESTING, n))
        self.here = (np.arange(task.length) >= task.counted_from)
        self.here[: np.argmax(y[0, 0] >= 0)] = False
        self.x, self.y = torch.from_numpy(x), one_hot(y, len(task.answers))
        self.counted = self.y * torch.from_numpy(self.here)
        self.source = torch.from_numpy(source)

    def loss(self, seen: Seen) -> np.ndarray:
        """Of each seed, at most `LOSS_CEILING`."""
        loss = MASKED_CROSS_ENTROPY.value(seen.logits.movedim(-1, 1), self.y)
        return loss.nan_to_num(LOSS_CEILING, LOSS_CEILING).clamp_max(LOSS_CEILING).numpy()

    def right(self, seen: Seen) -> np.ndarray:
        """The share of counted answers of each seed that is right."""
        z = seen.logits.movedim(-1, 1)
        return MASKED_CROSS_ENTROPY.right(z, self.counted).numpy()


def likeness(states: Tensor) -> Tensor:
    """The mean cosine between the states of two places of a sequence, (K, B, T, D) -> (K,)."""
    unit = torch.nn.functional.normalize(states.nan_to_num(0, 0, 0), dim=-1)
    n = states.shape[2]
    total = unit.sum(2).square().sum(-1)  # all pairs, each place with itself among them
    own = unit.square().sum((-1, -2))
    return ((total - own) / (n * (n - 1))).mean(1)


def evenness(looks: Tensor, causal: bool) -> Tensor:
    """The entropy of what a head looks at, as a share of looking at all alike.

    Args:
        looks: (K, B, heads, T, T).
        causal: Whether the t-th place sees t of them; the first, which sees itself, is left out.

    Returns:
        (K, heads).
    """
    entropy = torch.special.entr(looks.nan_to_num(0)).sum(-1)  # (K, B, heads, T)
    n = torch.arange(1, looks.shape[-1] + 1) if causal else torch.full((looks.shape[-1],),
                                                                      looks.shape[-1])
    return (entropy[..., 1:] / n[1:].log()).mean((1, 3))


def broken(loss: np.ndarray) -> int:
    """How many nets' numbers have grown beyond all bounds."""
    return int((loss >= LOSS_CEILING).sum())
