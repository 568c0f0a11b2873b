"""What the labs share: one net, two objectives, and what of the language each can know.

Both objectives begin with the same weights and read the same sentences, new ones at every step:
there is no training set to be learned by heart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from core.concepts.language_models import language
from core.concepts.language_models.language import GAP, LENGTH, WORDS
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.functions import causal_mask
from core.stacked.race import Race, Runner
from core.stacked.traced import Parameters, Rngs, flat, views
from core.stacked.transformer import Transformer

if TYPE_CHECKING:
    from torch import Tensor

CLIP = 1.0
START, TRAINING, MASKING, TESTING, PUTTING = 0, 1, 2, 3, 4  # what random numbers are for
NOTHING = -1
"""Where nothing is asked."""
GAPS, OTHERS = 0.8, 0.1
"""Of masked words in BERT: how many are gaps, and how many are another word; the rest stays."""
DRAWN_AT_ONCE = 2048
"""Sentences: one by one they would cost more than the net."""
EMBEDDING_SD = 0.3
"""Of embeddings at the start; at 1, as in the Transformer's paper, both objectives learn later."""


class CommonConfig(BaseConfig):
    """A net and how it learns."""

    n_steps: int = setting(400, "Number of updates", ge=40, le=1200, unit="steps", step=40)
    learning_rate: float = setting(0.006, "Adam's", ge=0.0005, le=0.04, log=True)
    mask_share: float = setting(
        0.3, "Of the words that BERT has to fill in, drawn anew for each sentence", ge=0.1,
        le=0.7, step=0.05, label="Share masked", group="Training",
    )
    put: Literal["gap", "mixed"] = setting(
        "gap", "What BERT reads in the place of a masked word", label="A masked word is",
        names={"gap": "Always a gap", "mixed": "A gap (80 %), another word (10 %), itself (10 %)"},
        group="Training",
    )
    warm_up: int = setting(
        20, "Steps over which the learning rate rises to what it is", ge=0, le=200, unit="steps",
        step=10, group="Training",
    )
    batch_size: int = setting(
        32, "Sentences per update", ge=8, le=64, unit="sentences", step=8, group="Training"
    )
    n_layers: int = setting(2, "Attention and MLP, one after the other", ge=1, le=4,
                            unit="layers", group="Network")
    n_heads: Literal["1", "2", "4"] = setting(
        "2", "Per layer; together they have all features", group="Network",
        names={"1": "1 head", "2": "2 heads", "4": "4 heads"},
    )
    width: int = setting(
        32, "Features of a state", ge=16, le=64, unit="features", step=16, group="Network"
    )
    n_seeds: int = setting(
        2, "Nets of each kind, each with its own weights and sentences", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(
        0, "The first seed: initial weights and sentences", ge=0, le=9999, group="Seeds"
    )


@dataclass(frozen=True)
class LanguageNet(Transformer):
    """A Transformer that says at each place which word it is; targets are words by number.

    Attributes:
        n_causal: So many models of a stack see only what is before a place, those after them see
            all.
    """

    n_causal: int = 0

    def start(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        drawn = super().start(rng)
        return {name: a * EMBEDDING_SD if name in ("symbols", "places") else a
                for name, a in drawn.items()}

    def mask(self, k: int, n: int) -> Tensor:
        all_ = torch.arange(k) >= self.n_causal
        return all_.view(k, 1, 1, 1, 1) | causal_mask(n)

    def objective(self, p: Parameters, x: Tensor, y: Tensor, rngs: Rngs | None) -> Tensor:
        """The cross-entropy at the places where something is asked.

        Args:
            y: (K, B, T), `NOTHING` where nothing is asked.
        """
        z = self.see(p, x).logits
        each = torch.nn.functional.cross_entropy(
            z.flatten(0, 2), y.flatten(), ignore_index=NOTHING, reduction="none").view(y.shape)
        return each.sum((1, 2)) / (y != NOTHING).sum((1, 2)).clamp_min(1)


def net_of(config: CommonConfig, n_causal: int) -> LanguageNet:
    """It is the same for both objectives but for what a place may look at."""
    return LanguageNet(len(WORDS) + 1, len(WORDS), LENGTH, config.n_layers, int(config.n_heads),
                       config.width, n_causal=n_causal)


# --- the two objectives ---------------------------------------------------------------------


class Asked(NamedTuple):
    """What a net reads, and what it is to say: words by number, (..., T)."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Objective:
    """What a net learns from sentences.

    Attributes:
        label: For people.
        causal: Whether a place sees only itself and those before.
        ask: From sentences (n, T), and what is put in the place of their words, `NOTHING` where
            they stay unmasked.
    """

    label: str
    causal: bool
    ask: Callable[[np.ndarray, np.ndarray], Asked]


def next_words(words: np.ndarray, put: np.ndarray) -> Asked:
    """At each place the word itself is asked, and those before it are read. Radford et al. 2018.

        the king crowns himself .   is read as   _ the king crowns himself
    """
    x = np.concatenate([np.full_like(words[:, :1], GAP), words[:, :-1]], 1)
    return Asked(x, np.where(language.counted(words), words, NOTHING))


def masked_words(words: np.ndarray, put: np.ndarray) -> Asked:
    """Some words are gaps, and are asked. Devlin et al. 2018.

        the king crowns himself .   is read as   the _ crowns himself _
    """
    masked = put != NOTHING
    return Asked(np.where(masked, put, words),
                 np.where(masked & language.counted(words), words, NOTHING))


OBJECTIVES = {
    "causal": Objective("GPT: next word", True, next_words),
    "masked": Objective("BERT: fills gaps", False, masked_words),
}


def batches(config: CommonConfig) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Per step and seed new sentences, and what is put in their words' places: (seed, B, T)."""
    each = [_of_seed(config, seed) for seed in config.seeds]
    while True:
        words, put = zip(*map(next, each), strict=True)
        yield np.stack(words), np.stack(put)


def _of_seed(config: CommonConfig, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    drawing, masking, putting = (np.random.default_rng((seed, what))
                                 for what in (TRAINING, MASKING, PUTTING))
    n = config.batch_size
    while True:
        words = language.draw(drawing, n * max(1, DRAWN_AT_ONCE // n)).words
        for batch in words.reshape(-1, n, LENGTH):
            masked = masking.random(batch.shape) < config.mask_share
            put = mixed(batch, putting) if config.put == "mixed" else GAP
            yield batch, np.where(masked, put, NOTHING)


def mixed(words: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What BERT's paper puts in the place of each word, were it masked: mostly a gap, now and then
    any word, or the word itself.
    """
    u, other = rng.random(words.shape), rng.integers(0, len(WORDS), words.shape)
    return np.where(u < GAPS, GAP, np.where(u < GAPS + OTHERS, other, words))


class Learners:
    """Nets of both objectives in one stack: those of the first for all seeds, then the others."""

    def __init__(self, config: CommonConfig) -> None:
        self.config, n = config, config.n_seeds
        net = net_of(config, n)
        starts = np.stack([flat(net.shapes, net.start(np.random.default_rng((seed, START))))
                           for seed in config.seeds])
        runners = [Runner("adam", {"learning_rate": config.learning_rate, "clip": CLIP}, i)
                   for i in range(len(OBJECTIVES) * n)]
        both = torch.from_numpy(np.concatenate([starts] * len(OBJECTIVES)))
        self.race = Race(net, runners, both, config.batch_size)

    def step(self, t: int, words: np.ndarray, put: np.ndarray) -> None:
        """The t-th update, with sentences and what is put there, as `batches` has them."""
        asked = [objective.ask(*of_seed) for objective in OBJECTIVES.values()
                 for of_seed in zip(words, put, strict=True)]
        x, y = (torch.from_numpy(np.stack(part)) for part in zip(*asked, strict=True))
        warm_up = self.config.warm_up
        self.race.step(x, y, min(1.0, t / warm_up) if warm_up else 1.0)

    def rows(self, objective: str) -> Tensor:
        """The parameters of its nets as they are now, (seed, P)."""
        i, n = list(OBJECTIVES).index(objective), self.config.n_seeds
        return self.race.p[i * n:(i + 1) * n]


# --- how well -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """A net put to a use.

    Attributes:
        label: For people.
        objective: Key in `OBJECTIVES`: what the net has learned from.
        read: From sentences (n, T) and in each a place (n,), what the net reads to say that place.
        truth: What the language says there, from what is read: (n, T) -> (n, T, words).
    """

    label: str
    objective: str
    read: Callable[[np.ndarray, np.ndarray], np.ndarray]
    truth: Callable[[np.ndarray], np.ndarray]


def only_before(words: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The place and all after it are gaps."""
    return np.where(np.arange(words.shape[1]) >= place[:, None], GAP, words)


def both_sides(words: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The place is a gap."""
    return np.where(np.arange(words.shape[1]) == place[:, None], GAP, words)


def shifted(words: np.ndarray, place: np.ndarray) -> np.ndarray:
    """As the causal net reads it: the words before, each a place later."""
    return next_words(words, words).x


READERS = {
    "causal": Reader("GPT goes on", "causal", shifted, language.ahead),
    "masked": Reader("BERT fills a gap", "masked", both_sides, language.between),
    "writer": Reader("BERT goes on", "masked", only_before, language.between),
}


class Cases(NamedTuple):
    """Places in sentences: sentences (n, T), a place in each (n,)."""

    words: np.ndarray
    place: np.ndarray


def truth_of(reader: Reader, cases: Cases) -> np.ndarray:
    """What the language says, (n, words): exactly."""
    given = both_sides(*cases) if reader.read is both_sides else only_before(*cases)
    return reader.truth(given)[np.arange(len(given)), cases.place]


def said_by(reader: Reader, config: CommonConfig, rows: Tensor, cases: Cases) -> np.ndarray:
    """The logarithm of what K nets with the parameters `rows` say, (K, n, words)."""
    net = net_of(config, len(rows) if OBJECTIVES[reader.objective].causal else 0)
    x = torch.from_numpy(reader.read(*cases)).expand(len(rows), -1, -1)
    with torch.inference_mode():
        z = net.see(views(net.shapes, rows), x).logits[:, torch.arange(len(cases.place)),
                                                       cases.place]
        return np.asarray(z.log_softmax(-1).numpy())
