"""Your own text: what does a small GPT learn from a page of it, read by characters or by tokens?

A text is cut into characters, and into pieces that a small BPE puts together from it; a GPT learns
to go on with each. The last fifth of the text is held out. What nobody can do better is not known
of a text as it is of a grammar: what counting gets stands there instead. Nets that read other
tokens are compared by bits per character, never by the loss per token.

Papers: Sennrich et al. 2016 (byte pair encoding of words), Radford et al. 2018 (GPT).
Differs from the papers in: one page of text, read dozens of times; tokens are learned from the part
that nets learn from, and of its characters; nets of some ten thousand parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.language_models.common import CLIP, NOTHING, START, TRAINING, LanguageNet
from core.concepts.language_models.tale import TALE
from core.concepts.language_models.tokens import Tokens
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.data.text import OrOwnText, size_of, text_of
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.half import half
from core.stacked.race import Race, Runner
from core.stacked.traced import flat, views
from core.training import Algorithm, Measured, recorded
from core.words import Note

MAX_FRAMES = 20
FRAME_BYTES = 6 * 2**20
"""That the weights in the frames of a run may take."""
HELD_OUT = 0.2
"""Of the text, at its end."""
ADDED = 0.1
"""To every count, so that nothing is impossible."""
BITS_CEILING = 20.0
"""Bits and losses are kept up to here: more, or no number any more, means broken."""
WORSE = 0.2
"""So many bits above its best the held-out part is worth a word."""

Merges = Literal["0", "50", "100", "200", "400"]
MERGE_NAMES = {n: "Characters" if n == "0" else f"{n} merges" for n in get_args(Merges)}
COUNT_NAMES = {"1": "Counted: characters", "2": "Counted: pairs", "3": "Counted: threes"}
"""By how many characters at a time are counted."""
TEXTS = {"tale": TALE}
TextChoice = Annotated[Literal["tale"], OrOwnText("The last fifth is held out: no net sees it.")]


class Config(BaseConfig):
    """Which text, cut into what, and how nets learn from it."""

    text: TextChoice = setting("tale", "What is learned from, four fifths of it",
                               names={"tale": "A tale of a walker in the fog"})
    merges: tuple[Merges, ...] = setting(
        ("0", "100"), "Of pairs of tokens into one: a net learns from each text that comes of them",
        names=MERGE_NAMES, label="Tokens",
    )
    n_steps: int = setting(240, "Number of updates", ge=40, le=1200, unit="steps", step=20)
    learning_rate: float = setting(0.006, "Adam's", ge=0.0005, le=0.04, log=True)
    context: int = setting(
        32, "Tokens that a net sees at most", ge=16, le=64, unit="tokens", step=16,
        group="Training",
    )
    warm_up: int = setting(
        20, "Steps over which the learning rate rises to what it is", ge=0, le=100, unit="steps",
        step=10, group="Training",
    )
    batch_size: int = setting(16, "Pieces of the text per update", ge=8, le=32, unit="pieces",
                              step=8, group="Training")
    n_layers: int = setting(2, "Attention and MLP, one after the other", ge=1, le=3,
                            unit="layers", group="Network")
    width: int = setting(32, "Features of a state", ge=16, le=64, unit="features", step=16,
                         group="Network")
    n_seeds: int = setting(
        2, "Nets of each kind, each with its own weights and pieces", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and pieces", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some_tokens(self) -> Config:
        each_once("merges", self.merges, get_args(Merges))
        return self


def kinds(config: Config) -> list[str]:
    """Of tokens, from small to large, whatever the order of the choice."""
    return [n for n in get_args(Merges) if n in config.merges]


def most_merges(config: Config) -> int:
    return max(map(int, config.merges))


def size(config: Config) -> tuple[int, int]:
    """How many characters the text has, and how many different ones: its name says it."""
    if own := size_of(config.text):
        return own.n, own.different
    return len(TEXTS[config.text]), len(set(TEXTS[config.text]))


def n_held_out(config: Config) -> int:
    """Characters."""
    return round(HELD_OUT * size(config)[0])


def net_of(config: Config, kind: str) -> LanguageNet:
    """Of all seeds; where the text offers fewer merges than asked for, some tokens never occur."""
    n = size(config)[1] + int(kind)
    return LanguageNet(n, n, config.context, config.n_layers, 2, config.width,
                       n_causal=config.n_seeds)


# --- the text ---------------------------------------------------------------------------------


class Text(NamedTuple):
    """A text, its tokens after all merges, and both parts of it by kind of tokens.

    Attributes:
        whole: The text.
        tokens: Learned from the part that nets learn from.
        known: Of each kind, that nets learn from: numbers of tokens.
        held_out: Of each kind.
        n_tokens: Of the whole text after each number of merges.
    """

    whole: str
    tokens: Tokens
    known: dict[str, np.ndarray]
    held_out: dict[str, np.ndarray]
    n_tokens: np.ndarray


def text(config: Config) -> Text:
    """Raises `LookupError` for an own text that is not at hand."""
    own = size_of(config.text) is not None
    whole = text_of(config.text) if own else TEXTS[config.text]
    cut = len(whole) - n_held_out(config)
    tokens = Tokens.learned(tuple(sorted(set(whole))), whole[:cut], most_merges(config))
    known, held_out = tokens.cut(whole[:cut]), tokens.cut(whole[cut:])

    def of(ways: list[np.ndarray], kind: str) -> np.ndarray:
        return ways[min(int(kind), len(tokens.merges))]

    lengths = [len(a) + len(b) for a, b in zip(known, held_out, strict=True)]
    left = most_merges(config) + 1 - len(lengths)
    return Text(whole, tokens, {kind: of(known, kind) for kind in kinds(config)},
                {kind: of(held_out, kind) for kind in kinds(config)},
                np.array([*lengths, *lengths[-1:] * left]))


def counted(config: Config, found: Text) -> dict[str, float]:
    """Bits per character of the held-out part by what was counted in the other: how often each
    character follows those before it.
    """
    cut = len(found.whole) - n_held_out(config)
    ids, _ = found.tokens.characters(found.whole)
    return {name: bits_of_counts(ids, cut, int(name), len(found.tokens.alphabet))
            for name in COUNT_NAMES}


def bits_of_counts(ids: np.ndarray, cut: int, n: int, n_characters: int) -> float:
    """The mean of -log2 of the share that each character from `cut` on has among those that
    followed the n - 1 before it, and `ADDED` to each.
    """
    runs = np.lib.stride_tricks.sliding_window_view(ids, n)
    before = runs[: cut - n + 1]  # in the part that is known
    together: dict[tuple[int, ...], int] = {}
    alone: dict[tuple[int, ...], int] = {}
    for run in map(tuple, before.tolist()):
        together[run] = together.get(run, 0) + 1
        alone[run[:-1]] = alone.get(run[:-1], 0) + 1
    asked = list(map(tuple, runs[cut - n + 1 :].tolist()))
    shares = [(together.get(run, 0) + ADDED) / (alone.get(run[:-1], 0) + ADDED * n_characters)
              for run in asked]
    return float(-np.log2(shares).mean())


# --- training -----------------------------------------------------------------------------------


def batches(config: Config, found: Text) -> Iterator[dict[str, np.ndarray]]:
    """Per step for each kind of tokens pieces of the known part with the token after them,
    (seed, B, T + 1).
    """
    rngs = [np.random.default_rng((seed, TRAINING)) for seed in config.seeds]
    span = np.arange(config.context + 1)
    while True:
        u = np.stack([rng.random(config.batch_size) for rng in rngs])[..., None]
        yield {kind: ids[(u * (len(ids) - config.context)).astype(int) + span]
               for kind, ids in found.known.items()}


def race_of(config: Config, kind: str) -> Race:
    """All seeds of a kind of tokens in a stack."""
    net = net_of(config, kind)
    starts = [flat(net.shapes, net.start(np.random.default_rng((seed, START))))
              for seed in config.seeds]
    runners = [Runner("adam", {"learning_rate": config.learning_rate, "clip": CLIP}, i)
               for i in range(config.n_seeds)]
    return Race(net, runners, torch.from_numpy(np.stack(starts)), config.batch_size)


def steps(config: Config) -> list[int]:
    """The recorded ones: fewer where the weights in a frame are many."""
    most = FRAME_BYTES // (2 * sum(net_of(config, kind).n_parameters for kind in config.merges))
    return recorded_steps(config.n_steps, min(MAX_FRAMES, most))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """A GPT on each kind of tokens, at the same places of the text."""
    found = text(config)
    races = {kind: race_of(config, kind) for kind in kinds(config)}
    exams = {kind: exam(config, found, kind) for kind in kinds(config)}
    told, least, t = told_of(config, found), np.full(len(races), np.inf), 0

    def measure() -> Measured:
        arrays = measured(config, races, exams)
        weights = torch.cat([race.p[0] for race in races.values()])
        least[:] = np.minimum(least, np.median(arrays["bits"], 1))
        numbers = {name: a.astype(np.float32) for name, a in arrays.items()}
        return {**numbers, **told, "weights": half(weights.nan_to_num(0))}, news(
            config, t, arrays, least)

    yield t, measure
    for t, batch in zip(range(1, config.n_steps + 1), batches(config, found), strict=False):
        rate = min(1.0, t / config.warm_up) if config.warm_up else 1.0
        for kind, race in races.items():
            pieces = torch.from_numpy(batch[kind])
            race.step(pieces[..., :-1], pieces[..., 1:], rate)
        yield t, measure


def told_of(config: Config, found: Text) -> dict[str, np.ndarray]:
    """What does not change while nets learn: the text, its tokens, and what counting gets."""
    tokens, n = found.tokens, most_merges(config)
    merges = np.full((n, 2), NOTHING, np.int16)
    counts = np.zeros(n, np.int16)
    merges[: len(tokens.merges)] = np.array(tokens.merges).reshape(-1, 2)
    counts[: len(tokens.counts)] = tokens.counts
    return {
        "text": tokens.characters(found.whole)[0].astype(np.int16),
        "alphabet": np.array([ord(c) for c in tokens.alphabet], np.int32),
        "pairs": merges, "counts": counts, "n_tokens": found.n_tokens.astype(np.float32),
        "counted": np.array(list(counted(config, found).values()), np.float32),
    }


# --- what is measured -----------------------------------------------------------------------------


class Asked(NamedTuple):
    """Windows of tokens that nets are measured on: what is read and what is to be said, (n, T),
    `NOTHING` where that was asked in the window before; and of how many characters it is in all.
    """

    x: np.ndarray
    y: np.ndarray
    n_characters: int


def windows(ids: np.ndarray, first: int, context: int, lengths: np.ndarray) -> Asked:
    """Every token from the place `first` on is asked once, with as many before it as there are,
    from half of the context to all of it.
    """
    step = context // 2
    begins = np.arange(first - context, len(ids) - 1, step)
    begins = begins[begins + context - step + 1 < len(ids)]
    place = begins[:, None] + np.arange(context + 1)
    there = np.where((place >= 0) & (place < len(ids)), ids[place.clip(0, len(ids) - 1)], NOTHING)
    x, y = there[:, :-1].clip(0), there[:, 1:].copy()
    y[:, : context - step] = NOTHING
    y[place[:, 1:] < first] = NOTHING
    return Asked(x, y, int(lengths[y[y != NOTHING]].sum()))


class Exam(NamedTuple):
    """What nets of one kind of tokens are measured on: the held-out part, and as much of the one
    that they learn from.
    """

    held_out: Asked
    known: Asked


def exam(config: Config, found: Text, kind: str) -> Exam:
    known, held_out, c = found.known[kind], found.held_out[kind], config.context
    lengths = found.tokens.lengths()
    last = known[: c + len(held_out)]
    return Exam(windows(np.concatenate([known[-c:], held_out]), c, c, lengths),
                windows(last, c, c, lengths))


def measured(
    config: Config, races: Mapping[str, Race], exams: Mapping[str, Exam]
) -> dict[str, np.ndarray]:
    """The arrays of a frame, each (kind, seed): bits per character and nats per token of the
    held-out part, and bits per character of the known one.
    """
    found: dict[str, list[np.ndarray]] = {"bits": [], "per_token": [], "known": []}
    for kind, race in races.items():
        held_out, known = exams[kind]
        nats = surprise(race, held_out)
        found["bits"].append(nats / np.log(2) / held_out.n_characters)
        found["per_token"].append(nats / (held_out.y != NOTHING).sum())
        found["known"].append(surprise(race, known) / np.log(2) / known.n_characters)
    return {name: np.nan_to_num(np.stack(a), nan=BITS_CEILING).clip(0, BITS_CEILING)
            for name, a in found.items()}


def surprise(race: Race, asked: Asked) -> np.ndarray:
    """The sum of -log q of all that is asked, in nats, (seed,)."""
    net = race.net
    assert isinstance(net, LanguageNet)
    x = torch.from_numpy(asked.x).expand(len(race.p), -1, -1)
    with torch.inference_mode():
        said = net.see(views(net.shapes, race.p), x).logits.log_softmax(-1)
        of_each = said.gather(-1, torch.from_numpy(asked.y.clip(0)).expand_as(x)[..., None])
    return np.asarray(-(of_each[..., 0].numpy() * (asked.y != NOTHING)).sum((1, 2)))


def news(
    config: Config, t: int, arrays: Mapping[str, np.ndarray], least: np.ndarray
) -> Iterator[Note]:
    """Where the held-out part becomes worse, and what went wrong."""
    now = np.median(arrays["bits"], 1)
    for kind, bits, best in zip(kinds(config), now, least, strict=True):
        if best + WORSE <= bits < BITS_CEILING:
            key = "by_heart" if kind == "0" else "by_heart_tokens"
            yield Note(key, {"step": t, "n": int(kind), "more": f"{bits - best:.1f}"}, kind)
    if n := int((arrays["bits"] >= BITS_CEILING).any(0).sum()):
        yield Note("broken", {"step": t, "n": n, "n_seeds": config.n_seeds})


NOTES = {
    "by_heart": "By step {step} the net that reads characters is {more} bits worse on the held-out "
                "part than it was: it learns the other part by heart.",
    "by_heart_tokens": "By step {step} the net that reads tokens of {n} merges is {more} bits "
                       "worse on the held-out part than it was: it learns the other part by heart.",
    "broken": "By step {step} the numbers of {n} of {n_seeds} seeds' nets have grown beyond all "
              "bounds. A smaller learning rate or a warm-up mends it.",
}
DIMS = {
    "bits": ("step", "kind", "seed"),  # per character, of the held-out part
    "known": ("step", "kind", "seed"),  # the same of what is learned from
    "per_token": ("step", "kind", "seed"),  # nats, of the held-out part
    "weights": ("step", "parameter"),  # of the first seed's nets, one kind after the other
    "text": ("step", "place"),  # characters by number
    "alphabet": ("step", "character"),  # their code points
    "pairs": ("step", "merge", "side"),  # tokens by number; -1 where no pair is left
    "counts": ("step", "merge"),  # how often each pair was there
    "n_tokens": ("step", "n_merges"),  # of the whole text
    "counted": ("step", "order"),  # bits per character of the held-out part, by counting
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    n, n_characters = size(config)
    merges = most_merges(config)
    return {
        "kind": kinds(config), "seed": list(config.seeds),
        "parameter": list(range(sum(net_of(config, kind).n_parameters for kind in kinds(config)))),
        "place": list(range(n)), "character": list(range(n_characters)),
        "merge": list(range(1, merges + 1)), "side": ["left", "right"],
        "n_merges": list(range(merges + 1)), "order": list(COUNT_NAMES),
    }
