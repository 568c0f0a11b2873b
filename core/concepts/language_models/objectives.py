"""BERT fills gaps, GPT goes on writing: what does each learn, how fast, and what is it good for?

One net with two objectives: to say each word from those before it (GPT), and to say words that
were masked from those on both sides (BERT). Same weights at the start, same sentences. The
language is known exactly, and with it what nobody can do better: the floor.

Papers: Radford et al. 2018 (GPT), Devlin et al. 2018 (BERT), Linzen et al. 2016 (the number of a
verb behind a clause).
Differs from the papers in: a grammar of 64 words; nets of some twenty thousand parameters; a masked
word is always a gap, if nothing else is set: in BERT one in ten is another word and one in ten is
left; no pairs of sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from core.concepts.language_models import language
from core.concepts.language_models.common import (
    OBJECTIVES,
    READERS,
    TESTING,
    Cases,
    CommonConfig,
    Learners,
    batches,
    net_of,
    said_by,
    truth_of,
)
from core.concepts.language_models.language import (
    KIND_OF,
    KINDS,
    LENGTH,
    NOUNS,
    NUMBER_OF,
    VERBS,
    WORDS,
)
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.half import half
from core.stacked.traced import views
from core.training import Algorithm, Measured, recorded
from core.words import Note

MAX_FRAMES = 18
FRAME_BYTES = 6 * 2**20
"""That the weights in the frames of a run may take."""
N_TEST, N_CLAUSES = 21, 32
"""New sentences that nets are measured on, and verbs behind a clause of the other number."""
N_SHOWN = 4
"""Sentences of an update that are shown as they were read."""
NOUNS_IN_ORDER = tuple(noun[i] for nouns in NOUNS.values() for i in (0, 1) for noun in nouns)
"""By topic, the singular ones first."""
NOUN_NUMBERS = [NUMBER_OF[noun] for noun in NOUNS_IN_ORDER]
LOSS_CEILING = 10.0
"""Losses are kept up to here: more, or no number any more, means broken."""


class Config(CommonConfig):
    """One net, two objectives."""


# --- what is measured -----------------------------------------------------------------------


class Exam(NamedTuple):
    """Cases that all nets are measured on, and what the language says of each, by reader.

    Attributes:
        cases: Every word of some new sentences.
        truth: By reader (n, words).
        clauses: Verbs whose subject has another number than the noun right before them.
        plural: Whether they are plural, (n,).
    """

    cases: Cases
    truth: dict[str, np.ndarray]
    clauses: Cases
    plural: np.ndarray


@cache
def exam() -> Exam:
    """The same for all seeds and configurations."""
    rng = np.random.default_rng((0, TESTING))
    words = language.draw(rng, N_TEST).words
    rows, places = np.nonzero(language.counted(words))
    cases = Cases(words[rows], places)
    truth = {name: truth_of(reader, cases) for name, reader in READERS.items()}
    clauses, plural = _clauses(rng)
    return Exam(cases, truth, clauses, plural)


def _clauses(rng: np.random.Generator) -> tuple[Cases, np.ndarray]:
    words, states = language.draw(rng, 40 * N_CLAUSES)
    c = language.chain()
    found = []
    for row, path in enumerate(states):
        for place, number in enumerate(path):
            kind, *known = c.states[number]
            if kind == "clause verb" and known[1] != known[3]:
                found.append((row, place + 1, known[1]))
    rows, places, plural = np.array(found[:N_CLAUSES]).T
    return Cases(words[rows], places), plural.astype(bool)


IS_PLURAL_VERB, IS_SINGULAR_VERB = (
    np.array([w in {pair[i] for pairs in VERBS.values() for pair in pairs} for w in WORDS])
    for i in (1, 0)
)


def cross_entropies(truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Of each case, expected over what the language may say there: (K, n)."""
    return np.asarray(-(truth * said).sum(-1))


def by_kind(truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    """The cross-entropy of each kind of word, (kind, K): cases weigh what the kind's words do."""
    weighed = np.asarray(-(truth * said)).sum(1)  # (K, words)
    of_kind = np.eye(len(KINDS))[KIND_OF]  # (words, kind)
    return (weighed @ of_kind / (truth.sum(0) @ of_kind)).T


def agreement(said: np.ndarray, plural: np.ndarray) -> np.ndarray:
    """How often the right number of a verb is held more probable than the wrong one, (K,)."""
    p = np.exp(said)
    more = (p @ IS_PLURAL_VERB) > (p @ IS_SINGULAR_VERB)  # (K, n)
    return np.asarray((more == plural).mean(1))


def floors() -> dict[str, float]:
    """By reader the least cross-entropy on the sentences of the exam: the language's own."""
    return {name: float(cross_entropies(p, _log(p)).mean()) for name, p in exam().truth.items()}


def floors_by_kind() -> dict[str, np.ndarray]:
    """The same for each kind of word."""
    return {name: by_kind(p, _log(p)[None])[:, 0] for name, p in exam().truth.items()}


def _log(p: np.ndarray) -> np.ndarray:
    return np.log(np.where(p > 0, p, 1))


# --- training -------------------------------------------------------------------------------


def steps(config: Config) -> list[int]:
    """The recorded ones: fewer where the weights in a frame are many."""
    most = FRAME_BYTES // (2 * len(OBJECTIVES) * net_of(config, 0).n_parameters)
    return recorded_steps(config.n_steps, min(MAX_FRAMES, most))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """Both objectives, on the same sentences."""
    learners, given, t = Learners(config), batches(config), 0
    words, put = next(given)

    def measure() -> Measured:
        arrays = measured(config, learners)
        read = {"sentences": words[0, :N_SHOWN], "put": put[0, :N_SHOWN]}
        return {**arrays, **{name: a.astype(np.int8) for name, a in read.items()}}, news(
            config, t, arrays)

    yield t, measure
    for t in range(1, config.n_steps + 1):
        learners.step(t, words, put)
        yield t, measure
        words, put = next(given)


def measured(config: Config, learners: Learners) -> dict[str, np.ndarray]:
    """The arrays of a frame: (reader, seed) and (reader, kind, seed); the first seed's weights."""
    asked = exam()
    loss, kinds, agrees = [], [], []
    for name, reader in READERS.items():
        rows = learners.rows(reader.objective)
        said = said_by(reader, config, rows, asked.cases)
        loss.append(cross_entropies(asked.truth[name], said).mean(1))
        kinds.append(by_kind(asked.truth[name], said))
        agrees.append(agreement(said_by(reader, config, rows, asked.clauses), asked.plural))
    arrays = {"loss": loss, "by_kind": kinds, "agrees": agrees}
    found = {name: np.nan_to_num(np.stack(a), nan=LOSS_CEILING).clip(0, LOSS_CEILING)
             for name, a in arrays.items()}
    found["excess"] = found["loss"] - np.array(list(floors().values()))[:, None]
    found["likeness"] = likeness(config, learners)
    found["visible"] = visible(config, learners)
    weights = torch.stack([learners.rows(name)[0] for name in OBJECTIVES])
    numbers = {name: a.astype(np.float32) for name, a in found.items()}
    return {**numbers, "weights": half(weights.nan_to_num(0))}


def visible(config: Config, learners: Learners) -> np.ndarray:
    """The share of words of whole sentences, none of them masked, that BERT says as it reads them,
    (seed,).
    """
    words = np.unique(exam().cases.words, axis=0)
    rows, here = learners.rows("masked"), language.counted(words)
    net, x = net_of(config, 0), torch.from_numpy(words).expand(len(rows), -1, -1)
    with torch.inference_mode():
        said = net.see(views(net.shapes, rows), x).logits.argmax(-1).numpy()
    return np.asarray(((said == words) & here).sum((1, 2)) / here.sum())


def likeness(config: Config, learners: Learners) -> np.ndarray:
    """The cosine between the embeddings of two nouns, of the first seed's nets: (net, noun, noun).
    """
    rows = torch.stack([learners.rows(name)[0] for name in OBJECTIVES])
    nouns = views(net_of(config, 0).shapes, rows)["symbols"][:, NOUN_NUMBERS]
    unit = torch.nn.functional.normalize(nouns.nan_to_num(0, 0, 0), dim=-1)
    return np.asarray((unit @ unit.mT).numpy())


def news(config: Config, t: int, arrays: dict[str, np.ndarray]) -> Iterator[Note]:
    """Who has passed whom, and what went wrong."""
    loss = dict(zip(READERS, arrays["loss"], strict=True))
    if t and (loss["masked"] < loss["causal"]).all():
        yield Note("passed", {"step": t, "n_seeds": config.n_seeds})
    if n := int((arrays["loss"] >= LOSS_CEILING).any(0).sum()):
        yield Note("broken", {"step": t, "n": n, "n_seeds": config.n_seeds})


NOTES = {
    "passed": "From step {step} on, in all of {n_seeds} seeds, BERT is less surprised by a word "
              "with both sides to look at than GPT with one.",
    "broken": "By step {step} the numbers of {n} of {n_seeds} seeds' nets have grown beyond all "
              "bounds. A smaller learning rate or a warm-up mends it.",
}
DIMS = {
    "loss": ("step", "reader", "seed"),
    "excess": ("step", "reader", "seed"),
    "by_kind": ("step", "reader", "kind", "seed"),
    "agrees": ("step", "reader", "seed"),
    "likeness": ("step", "net", "noun", "other"),
    "visible": ("step", "seed"),
    "weights": ("step", "net", "parameter"),
    "sentences": ("step", "line", "place"),  # of the first seed's last update, words by number
    "put": ("step", "line", "place"),  # what is put there; -1 where it is not masked
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"reader": list(READERS), "kind": list(KINDS), "seed": list(config.seeds),
            "net": list(OBJECTIVES), "noun": list(NOUNS_IN_ORDER), "other": list(NOUNS_IN_ORDER),
            "parameter": list(range(net_of(config, 0).n_parameters)),
            "line": list(range(1, N_SHOWN + 1)), "place": list(range(1, LENGTH + 1))}
