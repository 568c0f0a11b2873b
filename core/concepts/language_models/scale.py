"""More parameters, more data or more steps: which of them would help?

GPTs of several sizes learn from 50 sentences, from more, and from new ones always. The language's
own entropy is known, so what is drawn is what is left above the floor: without it every curve
would look as if it had run out. For every net stands which of the three helps most: that is its
bottleneck. It is a picture of scale, not a law: over so few sizes anything is nearly straight,
until another bottleneck bends it.

Papers: Kaplan et al. 2020 and Hoffmann et al. 2022 (loss against parameters, data and compute).
Differs from the papers in: nets of some hundred to some ten thousand parameters, hundreds of
steps, one learning rate for all; the loss is that above the floor, which they have to guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.language_models import language
from core.concepts.language_models.common import (
    CLIP,
    DRAWN_AT_ONCE,
    START,
    TESTING,
    TRAINING,
    Asked,
    LanguageNet,
    next_words,
)
from core.concepts.language_models.language import LENGTH, WORDS
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.race import Race, Runner
from core.stacked.traced import flat, views
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

CHOOSING, NEW = 20, 21  # what random numbers are for
MAX_FRAMES = 18
N_TEST, N_OWN = 32, 16
"""New sentences that nets are measured on, and some of those that they learn from."""
LOSS_CEILING = 10.0
"""What is above the floor is kept up to here: more, or no number any more, means broken."""
LEAST = 1e-4
"""Less than so many nats above the floor is none: logarithms need some."""
ENDLESS = "endless"

Width = Literal["4", "8", "16", "32", "64"]
Sentences = Literal["50", "200", "800", "3200", "endless"]
SIZE_NAMES = {n: f"{n} features" for n in get_args(Width)}
DATA_NAMES = {n: "New ones always" if n == ENDLESS else f"{n} sentences"
              for n in get_args(Sentences)}
HELP_NAMES = {"parameters": "More parameters", "data": "More data", "steps": "More steps"}
"""What can be more."""


class Config(BaseConfig):
    """Which sizes, from how many sentences, and how they learn."""

    sizes: tuple[Width, ...] = setting(
        ("4", "8", "16", "32"), "Features of a state: nets of each learn", names=SIZE_NAMES,
    )
    sentences: tuple[Sentences, ...] = setting(
        ("50", "200", "800", "endless"), "That nets learn from, again and again",
        names=DATA_NAMES,
    )
    n_steps: int = setting(200, "Number of updates", ge=40, le=800, unit="steps", step=40)
    learning_rate: float = setting(0.01, "Adam's, for all nets", ge=0.001, le=0.04, log=True)
    warm_up: int = setting(
        20, "Steps over which the learning rate rises to what it is", ge=0, le=100, unit="steps",
        step=10, group="Training",
    )
    batch_size: int = setting(16, "Sentences per update", ge=8, le=64, unit="sentences", step=8,
                              group="Training")
    n_layers: int = setting(1, "Attention and MLP, one after the other", ge=1, le=3,
                            unit="layers", group="Network")
    n_seeds: int = setting(
        2, "Nets of each kind, each with its own weights and sentences", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: initial weights and sentences", ge=0, le=9999, group="Seeds"
    )

    @model_validator(mode="after")
    def _some_of_each(self) -> Config:
        each_once("sizes", self.sizes, get_args(Width))
        each_once("sentences", self.sentences, get_args(Sentences))
        return self


def sizes(config: Config) -> list[str]:
    """From small to large, whatever the order of the choice."""
    return [n for n in get_args(Width) if n in config.sizes]


def amounts(config: Config) -> list[str]:
    """Of sentences, alike."""
    return [n for n in get_args(Sentences) if n in config.sentences]


def net_of(config: Config, size: str) -> LanguageNet:
    """Of all models of a size: they see only what is before a place."""
    n = len(config.sentences) * config.n_seeds
    return LanguageNet(len(WORDS) + 1, len(WORDS), LENGTH, config.n_layers, 2, int(size),
                       n_causal=n)


# --- sentences ------------------------------------------------------------------------------


def batches(config: Config) -> Iterator[np.ndarray]:
    """Per step sentences for every amount and seed, (amount x seed, B, T)."""
    each = [_of_seed(config, seed) for seed in config.seeds]
    while True:
        of_seeds = np.stack([next(one) for one in each], 1)  # (amount, seed, B, T)
        yield of_seeds.reshape(-1, *of_seeds.shape[2:])


def _of_seed(config: Config, seed: int) -> Iterator[np.ndarray]:
    """Per step (amount, B, T): the same places of each pool, and new ones."""
    b, pool = config.batch_size, pool_of(config, seed)
    choosing, drawing = (np.random.default_rng((seed, what)) for what in (CHOOSING, NEW))
    while True:
        new = language.draw(drawing, b * max(1, DRAWN_AT_ONCE // b)).words
        for batch in new.reshape(-1, b, LENGTH):
            u = choosing.random(b)
            yield np.stack([batch if n == ENDLESS else pool[(u * int(n)).astype(int)]
                            for n in amounts(config)])


def pool_of(config: Config, seed: int) -> np.ndarray:
    """A seed's sentences, of which smaller amounts are the first."""
    most = max((int(n) for n in config.sentences if n != ENDLESS), default=N_TEST)
    return language.draw(np.random.default_rng((seed, TRAINING)), most).words


class Nets:
    """All amounts and seeds of each size in a stack."""

    def __init__(self, config: Config) -> None:
        self.config, self.races = config, [_race(config, size) for size in sizes(config)]

    def step(self, t: int, words: np.ndarray) -> None:
        """The t-th update of all."""
        x, y = asked(words)
        warm_up = self.config.warm_up
        for race in self.races:
            race.step(x, y, min(1.0, t / warm_up) if warm_up else 1.0)

    def said(self, words: np.ndarray) -> list[Tensor]:
        """The logarithms of what each size says of sentences (amount x seed or 1, n, T)."""
        x, _ = asked(words)
        found = []
        for race in self.races:
            net = race.net
            assert isinstance(net, LanguageNet)
            with torch.inference_mode():
                z = net.see(views(net.shapes, race.p), x.expand(len(race.p), -1, -1)).logits
                found.append(z.log_softmax(-1))
        return found


def _race(config: Config, size: str) -> Race:
    net, n_amounts = net_of(config, size), len(config.sentences)
    starts = [flat(net.shapes, net.start(np.random.default_rng((seed, START))))
              for seed in config.seeds]
    runners = [Runner("adam", {"learning_rate": config.learning_rate, "clip": CLIP}, i)
               for i in range(n_amounts * config.n_seeds)]
    return Race(net, runners, torch.from_numpy(np.stack(starts * n_amounts)), config.batch_size)


def asked(words: np.ndarray) -> tuple[Tensor, Tensor]:
    """What causal nets read of sentences (K, n, T), and have to say."""
    flat_words = words.reshape(-1, LENGTH)
    both: Asked = next_words(flat_words, flat_words)
    x, y = (torch.from_numpy(a.reshape(words.shape)) for a in both)
    return x, y


# --- training -------------------------------------------------------------------------------


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All sizes and amounts, on the same sentences of each."""
    nets, own, past, t = Nets(config), own_sentences(config), Past(), 0

    def measure() -> Measured:
        arrays = measured(config, nets, own)
        past.add(t, arrays["excess"])
        helps = gains(config, past)
        arrays |= {"gain": helps, "bottleneck": bottleneck(helps)}
        return {name: a.astype(np.float32) for name, a in arrays.items()}, news(config, t, arrays)

    yield t, measure
    for t, words in zip(range(1, config.n_steps + 1), batches(config), strict=False):
        nets.step(t, words)
        yield t, measure


class Exam(NamedTuple):
    """New sentences (n, T), and what the language says at each place, (n, T, words)."""

    words: np.ndarray
    truth: np.ndarray


@cache
def exam() -> Exam:
    """The same for all seeds and configurations."""
    words = language.draw(np.random.default_rng((0, TESTING)), N_TEST).words
    return Exam(words, language.ahead(words))


class Own(NamedTuple):
    """Sentences that nets learn from, (amount x seed, n, T), and how surprised the language itself
    is by their words, (amount x seed,).
    """

    words: np.ndarray
    surprise: np.ndarray


def own_sentences(config: Config) -> Own:
    """Some of each amount and seed; new ones of nobody where all are new."""
    found = []
    for n in amounts(config):
        for seed in config.seeds:
            new = language.draw(np.random.default_rng((seed, TESTING)), N_OWN).words
            found.append(new if n == ENDLESS else pool_of(config, seed)[:N_OWN])
    said = [np.log(np.maximum(language.ahead(words), LEAST)) for words in found]
    return Own(np.stack(found), _of_words(np.stack(found), np.stack(said)))


def measured(config: Config, nets: Nets, own: Own) -> dict[str, np.ndarray]:
    """The arrays of a frame, (size, amount, seed): nats per word above what the language itself
    says, of new sentences and of own ones.
    """
    words, truth = exam()
    here = language.counted(words)
    excess = [_above(truth[here], said.numpy()[:, here]) for said in nets.said(words[None])]
    known = [_of_words(own.words, said.numpy()) - own.surprise for said in nets.said(own.words)]
    shape = (len(config.sizes), len(config.sentences), config.n_seeds)
    return {"excess": _kept(np.stack(excess)).clip(LEAST).reshape(shape),
            "own": _kept(np.stack(known)).reshape(shape)}


def _above(truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    """The mean over places of sum p log(p / q), (K,)."""
    floor = (truth * np.log(np.where(truth > 0, truth, 1))).sum(-1)
    return np.asarray((floor - (truth * said).sum(-1)).mean(-1))


def _of_words(words: np.ndarray, said: np.ndarray) -> np.ndarray:
    """The mean of -log q of the words that stand there, (K,)."""
    here = language.counted(words)
    each = -np.take_along_axis(said, words[..., None], -1)[..., 0]
    return np.asarray((each * here).sum((1, 2)) / here.sum((1, 2)))


def _kept(a: np.ndarray) -> np.ndarray:
    return np.nan_to_num(a, nan=LOSS_CEILING).clip(-LOSS_CEILING, LOSS_CEILING)


# --- the bottleneck -------------------------------------------------------------------------


class Past:
    """What was above the floor at the steps that were recorded."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.excess: list[np.ndarray] = []

    def add(self, step: int, excess: np.ndarray) -> None:
        self.steps.append(step)
        self.excess.append(excess)

    def halved(self) -> np.ndarray:
        """How many times what is left now was left at half of the steps, as a power of two."""
        half = self.steps[-1] / 2
        i = min(int(np.searchsorted(self.steps, half)), len(self.steps) - 1)
        before = max(i - 1, 0)
        width = max(self.steps[i] - self.steps[before], 1)
        w = (half - self.steps[before]) / width
        then = (1 - w) * np.log2(self.excess[before]) + w * np.log2(self.excess[i])
        return np.asarray(then - np.log2(self.excess[-1]))


def gains(config: Config, past: Past) -> np.ndarray:
    """How often a doubling of each halves what is above the floor: medians over the seeds,
    (parameters, data or steps; size, amount).

    Of parameters and data from here to the next larger net or amount, at the largest from the one
    before; of steps over the last doubling. NaN where there is nothing to be compared with.
    """
    left = np.log2(past.excess[-1])
    n_parameters = [net_of(config, size).n_parameters for size in sizes(config)]
    drawn = max(config.n_steps * config.batch_size, 2)  # all that endless ones can be
    n_sentences = [drawn if n == ENDLESS else int(n) for n in amounts(config)]
    by_steps = past.halved() if past.steps[-1] else np.full(left.shape, np.nan)
    each = (_per_doubling(left, n_parameters, 0), _per_doubling(left, n_sentences, 1), by_steps)
    return np.stack([np.median(gain, -1) for gain in each])


def _per_doubling(left: np.ndarray, amount: list[int], axis: int) -> np.ndarray:
    if len(amount) == 1:
        return np.full(left.shape, np.nan)
    doublings = np.diff(np.log2(amount))
    between = -np.diff(left, axis=axis) / np.expand_dims(
        doublings, [i for i in range(left.ndim) if i != axis])
    last = np.take(between, [-1], axis)
    return np.concatenate([between, last], axis)


def bottleneck(gain: np.ndarray) -> np.ndarray:
    """For each of them where it is the one that helps most 1, else 0; nowhere where none helps."""
    best = np.nan_to_num(gain, nan=-np.inf)
    return np.asarray((best == best.max(0)) & (best > 0))


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """Who knows its sentences by heart, and what went wrong."""
    by_heart = np.median(arrays["own"], -1) < -0.3
    for j, n in enumerate(amounts(config)):
        if by_heart[:, j].any():
            size = sizes(config)[int(by_heart[:, j].argmax())]
            yield Note("by_heart", {"step": t, "amount": n, "size": size}, n)
    if n_broken := int((arrays["excess"] >= LOSS_CEILING).any((0, 1)).sum()):
        yield Note("broken", {"step": t, "n": n_broken, "n_seeds": config.n_seeds})


NOTES = {
    "by_heart": "By step {step} a net of {size} features is less surprised by its own {amount} "
                "sentences than the language itself: it has learned them by heart.",
    "broken": "By step {step} the numbers of {n} of {n_seeds} seeds' nets have grown beyond all "
              "bounds. A smaller learning rate or a warm-up mends it.",
}
DIMS = {
    "excess": ("step", "size", "amount", "seed"),  # nats per word above the floor, new sentences
    "own": ("step", "size", "amount", "seed"),  # above what the language says, own sentences
    "gain": ("step", "what", "size", "amount"),  # halvings per doubling, medians
    "bottleneck": ("step", "what", "size", "amount"),  # 1: helps most
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"size": sizes(config), "amount": amounts(config), "what": list(HELP_NAMES),
            "seed": list(config.seeds)}
