"""The next update slowly: what a batch of sentences does to the embedding of one word.

Nets are trained as in the lab of two objectives. Then their next update is made, and what it does
to six of the numbers of a word is shown a part at a time: of a word that the batch has, or of one
that it has not.

Papers: Kingma & Ba 2015 (Adam); Radford et al. 2018, Devlin et al. 2018 (the objectives).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from core.concepts.language_models.common import (
    OBJECTIVES,
    CommonConfig,
    Learners,
    batches,
    net_of,
)
from core.concepts.language_models.language import NOUNS, WORDS
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked import update
from core.training import Algorithm, recorded

QUANTITIES = update.quantities(clips=True)
"""What an update makes."""
CANDIDATES = np.array(sorted(WORDS.index(noun) for nouns in NOUNS.values() for pair in nouns
                             for noun in pair))
"""The nouns: a batch has most of them, but not all."""


def as_there(name: str) -> Any:
    """A setting of the lab whose nets these are."""
    return CommonConfig.model_fields[name]


class Config(BaseConfig):
    """Which net, after how much training, and whose embedding."""

    objective: Literal["causal", "masked"] = setting(
        "causal", "What the net learns from sentences",
        names={name: objective.label for name, objective in OBJECTIVES.items()},
    )
    word: Literal["read", "unread"] = setting(
        "read", "A noun that the net reads in the next batch, or one that it does not",
        names={"read": "One that is read", "unread": "One that is not"},
    )
    at: int = setting(100, "Updates before this one", ge=0, le=1200, unit="steps", step=20,
                      label="At step")
    learning_rate: float = as_there("learning_rate")
    mask_share: float = as_there("mask_share")
    put: Literal["gap", "mixed"] = as_there("put")
    warm_up: int = as_there("warm_up")
    batch_size: int = as_there("batch_size")
    n_layers: int = as_there("n_layers")
    n_heads: Literal["1", "2", "4"] = as_there("n_heads")
    width: int = as_there("width")
    n_seeds: int = setting(
        1, "Nets, each with its own weights and sentences; the first one is drawn", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = as_there("seed")


def lab_config(config: Config) -> CommonConfig:
    """That of the lab in which these nets are trained."""
    return CommonConfig(**config.model_dump(exclude={"objective", "word", "at"}))


def word_of(config: Config, read: np.ndarray) -> int:
    """The one whose embedding is followed, by number; the first of the other kind where a batch
    has no noun of the kind that is wanted.

    Args:
        read: What a net reads in the batch, (B, T).
    """
    there = np.isin(CANDIDATES, read)
    found = CANDIDATES[there == (config.word == "read")]
    return int((found if len(found) else CANDIDATES)[0])


def next_update(config: Config) -> tuple[update.Taken, int, int]:
    """That of the nets of the objective; and the first one's word, and how often it is read."""
    learners, schedule = Learners(lab := lab_config(config)), batches(lab)
    for t in range(1, config.at + 1):
        learners.step(t, *next(schedule))
    asked = [objective.ask(*of_seed) for batch in [next(schedule)]
             for objective in OBJECTIVES.values() for of_seed in zip(*batch, strict=True)]
    x, y = (np.stack(part) for part in zip(*asked, strict=True))
    words = [word_of(config, read) for read in x]
    numbers = update.positions(net_of(lab, config.n_seeds).shapes, "symbols")
    taken = update.next_update(
        learners.race, torch.from_numpy(x), torch.from_numpy(y),
        numbers[words, : update.N_WEIGHTS],
        min(1.0, (config.at + 1) / config.warm_up) if config.warm_up else 1.0)
    first = list(OBJECTIVES).index(config.objective) * config.n_seeds
    return (taken.of(slice(first, first + config.n_seeds)), words[first],
            int((x[first] == words[first]).sum()))


@recorded(lambda config: range(len(QUANTITIES)))
def train(config: Config) -> Algorithm[Config]:
    """The nets as the lab trains them, then one update, a part at a time."""
    taken, word, times = next_update(config)
    yield from update.slowly(taken, word=WORDS[word], times=times, sentences=config.batch_size,
                             width=config.width)


NOTES = {
    update.WHICH: "{at} updates so far. The net reads the word “{word}” as {width} learned "
                  "numbers, its embedding; these are the first of them. How often it reads the "
                  "word in the {sentences} sentences of the next batch: {times}.",
    **update.NOTES,
}

DIMS = update.DIMS


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"seed": list(config.seeds), **update.coords(QUANTITIES, update.N_WEIGHTS)}
