"""What the labs share: how translators are set up, trained and measured.

All ways to read and all seeds are one stack. Every seed has its own sequences, of mixed lengths,
new ones at every step: there is no training set to be learned by heart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.attention.reads import READ_NAMES, as_data
from core.concepts.attention.tasks import DATE_LENGTHS, TASKS, Pairs, Task
from core.concepts.attention.translator import Translator
from core.config import Config as BaseConfig
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.half import half
from core.stacked.losses import MASKED_CROSS_ENTROPY
from core.stacked.race import Race, Runner
from core.stacked.traced import views
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

SHORTEST = 3
"""Symbols of the shortest sequence to learn from."""
CLIP = 1.0
DECAY_FROM, DECAY = 0.7, 0.2
"""From this share of the steps on the learning rate is this share of itself: at a constant one the
last batches decide who is ahead."""
N_TESTS, N_LAST_TESTS = 12, 64
"""New sequences per length and seed that accuracy is measured on; more of them at the last step."""
TESTS = 3  # what their random numbers are for
REACH = 3
"""How far beside the right place it is told how much is looked at."""
FRAME_BYTES = 6 * 2**20
"""That the weights in the frames of a run may take."""
MAX_FRAMES = 21
LOSS_CEILING = 10.0
"""Losses are kept up to here: more, or no number any more, means broken."""


TaskName = Literal["reverse", "copy", "sort", "date"]
EncoderName = Literal["bidirectional", "unidirectional", "self_attention"]


class CommonConfig(BaseConfig):
    """What decides whether a translator learns."""

    task: TaskName = setting(
        "reverse", "What is to be said for the symbols that are read",
        names={"reverse": "Reverse", "copy": "Copy", "sort": "Sort",
               "date": "Dates: 3 march 1999 → 19990303"},
    )
    reads: tuple[str, ...] = ()  # each lab has its own
    encoder: EncoderName = setting(
        "bidirectional", "How the source is read: by a GRU, or by all symbols at once",
        names={"bidirectional": "GRU, both directions", "unidirectional": "GRU, left to right",
               "self_attention": "Self-attention"},
    )
    longest: int = setting(
        12, "Symbols of the longest sequence to learn from; the shortest has 3", ge=6, le=14,
        unit="symbols", label="Longest trained",
    )
    n_steps: int = setting(260, "Number of updates", ge=20, le=1000, unit="steps", step=20)
    learning_rate: float = setting(
        0.02, "Adam's, a fifth of it in the last 30 % of the steps", ge=0.001, le=0.05, log=True
    )
    width: int = setting(
        32, "Features of a state: the fixed vector is one of them", ge=16, le=48, unit="features",
        step=8, group="Network",
    )
    batch_size: int = setting(
        24, "Sequences per update", ge=8, le=64, unit="sequences", step=8, group="Network"
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


def lengths(config: CommonConfig) -> list[int]:
    """Of the sequences that accuracy is measured on: up to two thirds beyond the longest trained;
    of dates, all that they have.
    """
    if task_of(config).answer is None:
        return list(DATE_LENGTHS)
    return [round(config.longest * k / 6) for k in range(2, 11)]


def usual(config: CommonConfig) -> int:
    """The length at which training is followed: two thirds of the longest; of dates, a middle one.
    """
    n = lengths(config)
    return n[len(n) // 2] if task_of(config).answer is None else n[2]


def net_of(config: CommonConfig) -> Translator:
    task = task_of(config)
    n_places, _ = task.n_places(config.longest)
    return Translator(len(task.symbols), n_places, config.reads, config.encoder, config.width)


def players(config: CommonConfig) -> list[dict[str, Any]]:
    """Whose weights are in the frames, for who runs the nets elsewhere: the first seed's."""
    return [{**as_data(name), "row": row} for row, name in enumerate(config.reads)]


def net_as_data(config: CommonConfig) -> dict[str, Any]:
    """The net for who runs it elsewhere."""
    net = net_of(config)
    return {"shapes": {name: list(shape) for name, shape in net.shapes.items()},
            "encoder": net.encoder, "width": net.width, "n_symbols": net.n_symbols}


def race_of(config: CommonConfig, net: Translator) -> Race:
    """All ways to read, seed by seed; those of one seed begin with the same weights."""
    begin = np.stack([net.init(np.random.default_rng((seed, 0))) for seed in config.seeds])
    runners = [Runner("adam", {"learning_rate": config.learning_rate, "clip": CLIP}, s)
               for _ in config.reads for s in range(config.n_seeds)]
    draws = [np.random.default_rng((seed, 2)) for _ in config.reads for seed in config.seeds]
    return Race(net, runners, torch.from_numpy(begin), config.batch_size, draws)


def rate_factor(config: CommonConfig, t: int) -> float:
    """Of the learning rate in the t-th update."""
    return DECAY if t > DECAY_FROM * config.n_steps else 1.0


# --- sequences -----------------------------------------------------------------------------


def batches(config: CommonConfig) -> Iterator[tuple[Tensor, Tensor]]:
    """Per step new sequences of every seed: rows (seed, B, S + T) of a source and of what comes
    before each target; and the targets, one-hot, (seed, V, B, T).
    """
    task, rngs = task_of(config), [np.random.default_rng((seed, 1)) for seed in config.seeds]
    while True:
        drawn = [task.draw(rng, task.lengths(rng, config.batch_size, SHORTEST, config.longest),
                           config.longest) for rng in rngs]
        pairs = Pairs(*map(np.stack, zip(*drawn, strict=True)))
        yield rows_of(task, pairs), one_hot(task, pairs.target)


def rows_of(task: Task, pairs: Pairs) -> Tensor:
    """(..., S + T): sources, and what comes before each target."""
    nothing = np.full_like(pairs.target[..., :1], task.nothing)
    return torch.from_numpy(
        np.concatenate([pairs.source, nothing, pairs.target[..., :-1]], -1))


def one_hot(task: Task, target: np.ndarray) -> Tensor:
    """(seed, V, B, T), zeros where there is no target."""
    rows = np.eye(task.nothing + 1, task.nothing, dtype=np.float32)[target]
    return torch.from_numpy(np.moveaxis(rows, -1, 1).copy())


@dataclass(frozen=True)
class Exam:
    """Sequences that a stack is measured on: of every seed as many of each length.

    Attributes:
        net: Whose.
        task: What is asked.
        pairs: (K, lengths x n, ...), the shortest first.
        n: Sequences of one length.
        at: The position of the usual length.
    """

    net: Translator
    task: Task
    pairs: Pairs
    n: int
    at: int

    def spoken(self, p: dict[str, Tensor]) -> np.ndarray:
        """Which symbols a net says right that is told nothing: (K, lengths x n, T). Beyond the
        end of a target all is right.
        """
        source = torch.from_numpy(self.pairs.source)
        said = self.net.speak(p, source, self.pairs.target.shape[-1]).numpy()
        return (said == self.pairs.target) | (self.pairs.target == self.task.nothing)

    def usual(self) -> Pairs:
        """The pairs of the usual length, (K, n, ...)."""
        some = slice(self.at * self.n, (self.at + 1) * self.n)
        return Pairs(self.pairs.source[:, some], self.pairs.target[:, some])


def exam_of(config: CommonConfig, net: Translator, n: int, purpose: int) -> Exam:
    """New sequences, the same ones for all ways to read."""
    task, asked = task_of(config), np.repeat(lengths(config), n)
    drawn = [task.draw(np.random.default_rng((seed, purpose)), asked, max(asked))
             for seed in config.seeds]
    pairs = Pairs(*(np.tile(np.stack(a), (len(config.reads), 1, 1))
                    for a in zip(*drawn, strict=True)))
    return Exam(net, task, pairs, n, lengths(config).index(usual(config)))


# --- measuring -----------------------------------------------------------------------------


def measured(config: CommonConfig, race: Race, exam: Exam) -> dict[str, np.ndarray]:
    """The arrays of a frame."""
    with torch.inference_mode():
        p = views(exam.net.shapes, race.p)
        right = exam.spoken(p)  # (K, lengths x n, T)
        found = {"exact": right.all(-1).reshape(len(right), -1, exam.n).mean(-1)}
        found |= taught(exam, p, right)
    by_read = {name: a.reshape(len(config.reads), config.n_seeds, *a.shape[1:])
               for name, a in found.items()}
    moved = {name: np.moveaxis(a, 1, -1).astype(np.float32) for name, a in by_read.items()}
    return {**moved, "weights": half(race.p[:: config.n_seeds])}


def taught(exam: Exam, p: dict[str, Tensor], right: np.ndarray) -> dict[str, np.ndarray]:
    """At the usual length, with the right symbols before each: per model of K the loss, the share
    of symbols that are right (beside that without help), and where is looked at.
    """
    pairs = exam.usual()
    logits, looks = exam.net.taught(p, rows_of(exam.task, pairs), pairs.source.shape[-1])
    z, y = logits.movedim(-1, 1), one_hot(exam.task, pairs.target)
    asked = pairs.target < exam.task.nothing
    alone = right[:, exam.at * exam.n : (exam.at + 1) * exam.n]
    own = (alone & asked).sum((1, 2)) / asked.sum((1, 2))
    told = MASKED_CROSS_ENTROPY.right(z, y).numpy()
    loss = MASKED_CROSS_ENTROPY.value(z, y).nan_to_num(LOSS_CEILING, LOSS_CEILING)
    found = {
        "loss": loss.clamp_max(LOSS_CEILING).numpy(),
        "symbols": np.stack([own, told], 1),
    }
    aligned = np.stack([exam.task.alignments(Pairs(*each)) for each in zip(*pairs, strict=True)])
    seen = looks.nan_to_num(0).numpy()
    n = asked.sum((1, 2))
    found["mass"] = (seen * aligned).sum((1, 2, 3)) / n
    if has_offsets(exam.task):
        found["offsets"] = np.stack([(seen * shifted(aligned, by)).sum((1, 2, 3)) / n
                                     for by in range(-REACH, REACH + 1)], 1)
    return found


def has_offsets(task: Task) -> bool:
    """Whether each symbol has one place that it stands at: then what is beside it has a meaning."""
    return task in (TASKS["reverse"], TASKS["copy"])


def shifted(aligned: np.ndarray, by: int) -> np.ndarray:
    """The places so many later in the source, (..., S): what would leave it is lost."""
    moved = np.zeros_like(aligned)
    to, of = (slice(by, None), slice(None, -by or None))
    if by < 0:
        to, of = slice(None, by), slice(-by, None)
    moved[..., to] = aligned[..., of]
    return moved


def steps(config: CommonConfig) -> list[int]:
    """The recorded ones: fewer where the weights in a frame are many."""
    each = 2 * net_of(config).n_parameters * len(config.reads)
    return recorded_steps(config.n_steps, min(MAX_FRAMES, FRAME_BYTES // each) - 1)


def news(config: CommonConfig, t: int, arrays: dict[str, np.ndarray]) -> Iterator[Note]:
    """Who says half of the sequences right for the first time, and who has broken."""
    at = lengths(config).index(usual(config))
    for i, read in enumerate(config.reads):
        exact, loss = arrays["exact"][i, at], arrays["loss"][i]
        if np.median(exact) >= 0.5:
            yield Note("arrived", {"read": read, "step": t, "length": usual(config)}, read)
        if broken := int((loss >= LOSS_CEILING).sum()):
            yield Note("broken", {"read": read, "step": t, "n": broken,
                                  "n_seeds": config.n_seeds}, read)


@recorded(steps)
def train(config: CommonConfig) -> Algorithm[CommonConfig]:
    """All ways to read together, on the same sequences."""
    net = net_of(config)
    race = race_of(config, net)
    few, many = exam_of(config, net, N_TESTS, TESTS), exam_of(config, net, N_LAST_TESTS, 4)
    t = 0

    def measure() -> Measured:
        arrays = measured(config, race, many if t == config.n_steps else few)
        return arrays, news(config, t, arrays)

    yield t, measure
    for t, (x, y) in zip(range(1, config.n_steps + 1), batches(config), strict=False):
        race.step(x, y, rate_factor(config, t))
        yield t, measure


NOTES = {
    "arrived": "{read}: from step {step} on at least half of the sequences of {length} symbols "
               "are right as a whole (median of the seeds).",
    "broken": "{read}: by step {step} the numbers of {n} of {n_seeds} nets have grown beyond all "
              "bounds. A smaller learning rate mends it.",
    **names_of("read", READ_NAMES),
}
DIMS = {
    "exact": ("step", "read", "length", "seed"),
    "loss": ("step", "read", "seed"),
    "symbols": ("step", "read", "told", "seed"),
    "mass": ("step", "read", "seed"),
    "offsets": ("step", "read", "offset", "seed"),
    "weights": ("step", "read", "parameter"),
}


def coords(config: CommonConfig) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "read": list(config.reads), "length": lengths(config), "seed": list(config.seeds),
        "told": ["own", "right"], "offset": list(range(-REACH, REACH + 1)),
        "parameter": range(net_of(config).n_parameters),
    }
