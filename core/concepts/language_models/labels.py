"""What is a pre-trained language model good for, when there are only a few labels?

Nets learn the language first, by filling gaps or by going on; then they are taught to say what a
sentence is about, or whether its subject is one or many, from 8 to 256 labelled sentences. Beside
them learn the same nets from scratch.

Papers: Devlin et al. 2018, Radford et al. 2018 (pre-training, then fine-tuning).
Differs from the papers in: nets of some twenty thousand parameters; BERT's answer is read from the
mean of its states, not from one at the start; GPT's from its state before the full stop, as in the
paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.language_models import language
from core.concepts.language_models.common import (
    CLIP,
    OBJECTIVES,
    START,
    CommonConfig,
    LanguageNet,
    Learners,
    batches,
    net_of,
    next_words,
)
from core.concepts.language_models.language import END, LENGTH, NUMBER_OF, NUMBERS, TOPICS
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.race import Race, Runner
from core.stacked.traced import Parameters, Rngs, flat, views
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

LABELS, NEW = 10, 11  # what random numbers are for
N_PRETRAINING_FRAMES, N_FRAMES = 4, 8
N_TEST, N_BATCH = 100, 32
POOL = 256

Labels = Literal["8", "16", "64", "256"]
VARIANT_NAMES = {
    "gpt": "GPT, pre-trained", "gpt_scratch": "GPT's net, from scratch",
    "bert": "BERT, pre-trained", "bert_scratch": "BERT's net, from scratch",
}
VARIANTS = tuple(VARIANT_NAMES)
"""In a stack causal models come first."""


@dataclass(frozen=True)
class Task:
    """What is asked about a sentence.

    Attributes:
        classes: Their names.
        known: The place in a subject's state at which the answer stands.
        behind: Whether only sentences with a clause of the other number are asked.
    """

    classes: tuple[str, ...]
    known: int
    behind: bool = False


TASKS = {"topic": Task(TOPICS, 1), "number": Task(NUMBERS, 2, behind=True)}


class _Task(BaseConfig):
    """What this lab has beside the common settings; listed first."""

    task: Literal["topic", "number"] = setting(
        "topic", "What is to be said about a sentence",
        names={"topic": "What it is about (4 topics)", "number": "Its subject: one or many"},
    )
    labels: tuple[Labels, ...] = setting(
        ("8", "64"), "Labelled sentences that nets are taught with", label="Labels",
        names={n: f"{n} labels" for n in get_args(Labels)},
    )
    n_pretraining: int = setting(
        240, "Updates on the language itself, before", ge=0, le=800, unit="steps", step=40,
        label="Pre-training",
    )


class Config(CommonConfig, _Task):
    """What is learned first, and from how many labels afterwards."""

    n_steps: int = setting(60, "Updates on the labelled sentences", ge=20, le=200, unit="steps",
                           step=20)
    fine_tuning_rate: float = setting(
        0.003, "Adam's, on the labelled sentences", ge=0.0005, le=0.02, log=True, group="Training")

    @model_validator(mode="after")
    def _some_labels(self) -> Config:
        each_once("labels", self.labels, get_args(Labels))
        return self


def labels(config: Config) -> list[int]:
    """From few to many, whatever the order of the choice."""
    return sorted(int(n) for n in config.labels)


# --- sentences with an answer ---------------------------------------------------------------


def labelled(task: Task, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Sentences (n, T) and their answers (n,)."""
    words, states = language.draw(rng, n if not task.behind else 12 * n)
    kept = np.flatnonzero(_other_number(states))[:n] if task.behind else np.arange(n)
    subject = np.array([next(s for s in map(language.chain().states.__getitem__, row)
                             if s[0] == "noun") for row in states[kept]], object)
    return words[kept], subject[:, task.known].astype(int)


def _other_number(states: np.ndarray) -> np.ndarray:
    """Which sentences have a clause about another number than their subject's, (n,)."""
    other = np.array([s[0] == "clause noun" and s[2] != s[4] for s in language.chain().states])
    return np.asarray(other[states].any(1))


# --- nets with an answer --------------------------------------------------------------------


class Reader(LanguageNet):
    """A language model whose last layer is a new one: it says a class of the whole sentence."""

    def answers(self, p: Parameters, x: Tensor) -> Tensor:
        """Logits (K, B, classes): of the mean state, with the weights that places have.

        Args:
            x: Words and weights of their places, as `read` has them: (K, B, 2, T).
        """
        each = self.see(p, x[:, :, 0].long()).logits  # (K, B, T, classes)
        return (each * x[:, :, 1, :, None]).sum(2)

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """The cross-entropy of the answers; y are classes, (K, B)."""
        z = self.answers(p, x)
        each = torch.nn.functional.cross_entropy(z.flatten(0, 1), y.flatten(), reduction="none")
        return each.view(y.shape).mean(1)


def read(words: np.ndarray, causal: bool) -> np.ndarray:
    """What a net reads of sentences (..., T), and which of its states count: (..., 2, T)."""
    rows = words.reshape(-1, LENGTH)
    here = language.counted(rows)
    if causal:  # at the place of the full stop a causal net has read all words before it
        x, weigh = next_words(rows, here).x, here & (rows == NUMBER_OF[END])
    else:
        x, weigh = rows, here / here.sum(-1, keepdims=True)
    return np.stack([x, weigh], -2).reshape(*words.shape[:-1], 2, LENGTH).astype(np.float32)


class Few:
    """All variants, taught with so many labelled sentences."""

    def __init__(self, config: Config, n: int, pretrained: Learners) -> None:
        task, self.n, self.config = TASKS[config.task], n, config
        base = net_of(config, 2 * config.n_seeds)
        self.net = Reader(**{**vars(base), "n_outputs": len(task.classes)})
        own = [pretrained.rows(name).numpy() for name in OBJECTIVES]
        fresh = np.stack([flat(base.shapes, base.start(np.random.default_rng((seed, START))))
                          for seed in config.seeds])
        rows = np.concatenate([own[0], fresh, own[1], fresh])
        start = np.stack([flat(self.net.shapes, with_new_head(base, self.net, row))
                          for row in rows])
        rate = {"learning_rate": config.fine_tuning_rate, "clip": CLIP}
        self.race = Race(self.net, [Runner("adam", rate, i) for i in range(len(rows))],
                         torch.from_numpy(start), min(n, N_BATCH))
        self.pool = [labelled(task, np.random.default_rng((seed, LABELS)), POOL)
                     for seed in config.seeds]
        self.rngs = [np.random.default_rng((seed, LABELS, n)) for seed in config.seeds]

    def step(self) -> None:
        """One update, on labelled sentences that all variants of a seed share."""
        chosen = [rng.choice(self.n, min(self.n, N_BATCH), replace=False) for rng in self.rngs]
        words, y = (np.stack([part[i] for part, i in zip(parts, chosen, strict=True)])
                    for parts in zip(*self.pool, strict=True))
        self.race.step(everybodys(words), torch.from_numpy(np.concatenate([y] * len(VARIANTS))))

    def right(self, words: Tensor, y: np.ndarray) -> np.ndarray:
        """The share of new sentences that is right, (variant, seed)."""
        with torch.inference_mode():
            z = self.net.answers(views(self.net.shapes, self.race.p), words)
        hits = z.argmax(-1).numpy() == np.concatenate([y] * len(VARIANTS))
        return np.asarray(hits.mean(1).reshape(len(VARIANTS), -1))


def with_new_head(base: LanguageNet, net: LanguageNet, row: np.ndarray) -> dict[str, np.ndarray]:
    """A language model's parameters, with zeros in the last layer."""
    kept = views(base.shapes, torch.from_numpy(row)[None])
    return {name: np.zeros(shape) if name.startswith("out") else kept[name][0].numpy()
            for name, shape in net.shapes.items()}


def everybodys(words: np.ndarray) -> Tensor:
    """What all variants read of the sentences (seed, B, T) of each seed: (K, B, 2, T)."""
    causal, both = (read(words, is_causal) for is_causal in (True, False))
    return torch.from_numpy(np.concatenate([causal, causal, both, both]))


# --- training -------------------------------------------------------------------------------


def steps(config: Config) -> list[int]:
    """The recorded ones: those of pre-training, then those with labels."""
    before = np.linspace(0, config.n_pretraining, N_PRETRAINING_FRAMES)
    after = recorded_steps(config.n_steps, N_FRAMES)
    return sorted({*(round(t) for t in before), *(config.n_pretraining + t for t in after)})


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The language first; then, from there and from scratch, all numbers of labels."""
    learners, before, few = Learners(config), config.n_pretraining, list[Few]()
    new = [labelled(TASKS[config.task], np.random.default_rng((seed, NEW)), N_TEST)
           for seed in config.seeds]
    words, y = everybodys(np.stack([w for w, _ in new])), np.stack([y for _, y in new])
    t = 0

    def measure() -> Measured:
        now = few or [Few(config, n, learners) for n in labels(config)[:1]] * len(labels(config))
        right = np.stack([each.right(words, y) for each in now], 1)
        arrays = {"right": right, "labelled_step": np.array(max(t - before, 0)),
                  "gain": right[::2] - right[1::2]}
        return ({name: a.astype(np.float32) for name, a in arrays.items()},
                news(config, t, arrays))

    for (sentences, put), t in zip(batches(config), range(before), strict=False):
        yield t, measure
        learners.step(t + 1, sentences, put)
    few += [Few(config, n, learners) for n in labels(config)]
    t = before
    yield t, measure
    for t in range(before + 1, before + config.n_steps + 1):
        for each in few:
            each.step()
        yield t, measure


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """Whom pre-training has hurt."""
    if t != config.n_pretraining + config.n_steps:
        return
    for name, gain in zip(("GPT", "BERT"), arrays["gain"], strict=True):
        for n, each in zip(labels(config), gain, strict=True):
            if np.median(each) < 0:
                yield Note("hurt", {"net": name, "n": n}, f"{name} {n}")


NOTES = {
    "hurt": "With {n} labels the pre-trained {net} ends below its like from scratch: it was "
            "pre-trained for too short a time, or there are labels enough.",
}
DIMS = {
    "right": ("step", "variant", "n_labels", "seed"),
    "gain": ("step", "model", "n_labels", "seed"),
    "labelled_step": ("step",),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"variant": list(VARIANTS), "model": ["gpt", "bert"], "n_labels": labels(config),
            "seed": list(config.seeds)}
