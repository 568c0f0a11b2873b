"""A language that is known exactly: a small grammar of English, as a hidden Markov chain.

    the proud queen that the sailors rescue crowns herself .

A sentence has a topic, of which its subject is, and mostly its other words too. The verb agrees
with the subject in number, whatever stands between them; a reflexive agrees in gender too.

The chain's hidden states know all that later words depend on. So the probability of every word at
every place is known, given the words before it (`ahead`) or those on both sides (`between`): no
model can be better on average.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

TOPICS = ("farm", "court", "sea", "magic")
NUMBERS = ("singular", "plural")
NOUNS = {  # per topic two that are male and two that are female
    "farm": (("bull", "bulls"), ("ram", "rams"), ("cow", "cows"), ("hen", "hens")),
    "court": (("king", "kings"), ("duke", "dukes"), ("queen", "queens"), ("lady", "ladies")),
    "sea": (("sailor", "sailors"), ("pirate", "pirates"), ("siren", "sirens"),
            ("mermaid", "mermaids")),
    "magic": (("wizard", "wizards"), ("monk", "monks"), ("witch", "witches"),
              ("fairy", "fairies")),
}
VERBS = {  # in the singular and in the plural
    "farm": (("feeds", "feed"), ("chases", "chase")),
    "court": (("praises", "praise"), ("crowns", "crown")),
    "sea": (("rescues", "rescue"), ("robs", "rob")),
    "magic": (("curses", "curse"), ("charms", "charm")),
}
ADJECTIVES = {"farm": ("muddy", "hungry"), "court": ("proud", "rich"), "sea": ("wet", "salty"),
              "magic": ("strange", "wise")}
DETERMINERS = (("the", "a"), ("the", "some"))
"""By number."""
REFLEXIVES = ("himself", "herself", "themselves")
COHERENCE = 0.9
"""The share of words that keep to the topic; the others have any of the four."""
ADJECTIVE, CLAUSE, REFLEXIVE = 0.3, 0.4, 0.3
"""How often there is one."""
END = "."
LENGTH = 12
"""Of the longest sentence; a shorter one is filled up with full stops."""

KINDS = {
    "determiner": ("the", "a", "some"),
    "adjective": tuple(word for words in ADJECTIVES.values() for word in words),
    "noun": tuple(word for nouns in NOUNS.values() for noun in nouns for word in noun),
    "that": ("that",),
    "verb": tuple(word for verbs in VERBS.values() for verb in verbs for word in verb),
    "reflexive": REFLEXIVES,
    "end": (END,),
}
WORDS = tuple(word for words in KINDS.values() for word in words)
NUMBER_OF = {word: i for i, word in enumerate(WORDS)}
KIND_OF = np.array([i for i, words in enumerate(KINDS.values()) for _ in words])
GAP = len(WORDS)
"""The symbol for a word that is not told: where a masked net is asked, and what a causal net reads
before the first word."""

State = tuple[object, ...]
"""What is said, then all that later words depend on."""
Odds = Mapping[State, float]


class Chain(NamedTuple):
    """A hidden Markov chain.

    Attributes:
        states: By number.
        begin: Of each the probability of being the first, (S,).
        move: From each to each, (S, S).
        say: Of each word in each state, (S, words).
    """

    states: tuple[State, ...]
    begin: np.ndarray
    move: np.ndarray
    say: np.ndarray


# --- the grammar ----------------------------------------------------------------------------


def mixed(topic: int) -> list[float]:
    """The probability of each topic in a sentence of one."""
    return [(1 - COHERENCE) / len(TOPICS) + COHERENCE * (t == topic) for t in range(len(TOPICS))]


def first() -> Odds:
    return {("determiner", t, n): 1 / 8 for t in range(4) for n in range(2)}


def after(state: State) -> Odds:
    """The states that may follow, with their probabilities."""
    kind, known = state[0], state[1:]
    return FOLLOW[str(kind)](*known)


def _subject(t: int, n: int) -> Odds:
    return {("noun", t, n, g): 0.5 for g in range(2)}


def _maybe_adjective(t: int, n: int) -> Odds:
    return {("adjective", t, n): ADJECTIVE,
            **{state: (1 - ADJECTIVE) * p for state, p in _subject(t, n).items()}}


def _after_subject(t: int, n: int, g: int) -> Odds:
    return {("that", t, n, g): CLAUSE, ("verb", t, n, g): 1 - CLAUSE}


def _after_verb(t: int, n: int, g: int) -> Odds:
    objects: dict[State, float] = {
        ("object determiner", u, m): (1 - REFLEXIVE) * p / 2
        for u, p in enumerate(mixed(t)) for m in range(2)}
    return {("reflexive", n, g if n == 0 else 0): REFLEXIVE, **objects}


FOLLOW: dict[str, Callable[..., Odds]] = {
    "determiner": _maybe_adjective,
    "adjective": _subject,
    "noun": _after_subject,
    "that": lambda *known: {("clause determiner", *known, m): 0.5 for m in range(2)},
    "clause determiner": lambda *known: {("clause noun", *known): 1.0},
    "clause noun": lambda *known: {("clause verb", *known): 1.0},
    "clause verb": lambda t, n, g, m: {("verb", t, n, g): 1.0},
    "verb": _after_verb,
    "reflexive": lambda *known: {("end",): 1.0},
    "object determiner": lambda *known: {("object adjective", *known): ADJECTIVE,
                                         ("object noun", *known): 1 - ADJECTIVE},
    "object adjective": lambda *known: {("object noun", *known): 1.0},
    "object noun": lambda *known: {("end",): 1.0},
    "end": lambda: {("end",): 1.0},
}


def said(state: State) -> dict[str, float]:
    """The words of a state, with their probabilities."""
    kind, known = str(state[0]), [int(str(value)) for value in state[1:]]
    if kind.endswith("determiner"):
        return dict.fromkeys(DETERMINERS[known[-1]], 0.5)
    if kind.endswith("adjective"):
        return dict.fromkeys(ADJECTIVES[TOPICS[known[0]]], 0.5)
    if kind.endswith("verb"):
        return _of_any_topic(VERBS, known[0], known[-1] if kind == "clause verb" else known[1])
    if kind == "clause noun":
        return _of_any_topic(NOUNS, known[0], known[-1])
    if kind.endswith("noun"):
        nouns = NOUNS[TOPICS[known[0]]]
        some = nouns[2 * known[2]:2 * known[2] + 2] if kind == "noun" else nouns
        return {noun[known[1]]: 1 / len(some) for noun in some}
    if kind == "reflexive":
        return {REFLEXIVES[2 if known[0] else known[1]]: 1.0}
    return {END if kind == "end" else kind: 1.0}


def _of_any_topic(
    words: Mapping[str, tuple[tuple[str, str], ...]], topic: int, number: int
) -> dict[str, float]:
    return {pair[number]: p / len(words[name])
            for name, p in zip(TOPICS, mixed(topic), strict=True) for pair in words[name]}


@cache
def chain() -> Chain:
    """The whole language."""
    states = tuple(_reached())
    number = {state: i for i, state in enumerate(states)}
    begin, move = np.zeros(len(states)), np.zeros((len(states), len(states)))
    say = np.zeros((len(states), len(WORDS)))
    for state, p in first().items():
        begin[number[state]] = p
    for i, state in enumerate(states):
        for other, p in after(state).items():
            move[i, number[other]] = p
        for word, p in said(state).items():
            say[i, NUMBER_OF[word]] = p
    return Chain(states, begin, move, say)


def _reached() -> Iterator[State]:
    """All states, each once."""
    left, seen = list(first()), set(first())
    while left:
        state = left.pop(0)
        yield state
        new = [other for other in after(state) if other not in seen]
        seen.update(new)
        left += new


# --- sentences ------------------------------------------------------------------------------


class Sentences(NamedTuple):
    """Sentences and the states that said them, (n, LENGTH) each, words by number."""

    words: np.ndarray
    states: np.ndarray


def draw(rng: np.random.Generator, n: int) -> Sentences:
    """So many new sentences."""
    c, states = chain(), np.empty((n, LENGTH), int)
    moves, says = c.move.cumsum(1), c.say.cumsum(1)
    u, v = rng.random((2, LENGTH, n))
    states[:, 0] = _chosen(np.broadcast_to(c.begin.cumsum(), (n, len(c.begin))), u[0])
    for t in range(1, LENGTH):
        states[:, t] = _chosen(moves[states[:, t - 1]], u[t])
    words = np.stack([_chosen(says[states[:, t]], v[t]) for t in range(LENGTH)], 1)
    return Sentences(words, states)


def _chosen(sums: np.ndarray, u: np.ndarray) -> np.ndarray:
    """The first place of each row at which the sum of probabilities is above u."""
    return np.minimum((sums <= u[:, None] * sums[:, -1:]).sum(1), sums.shape[1] - 1)


def counted(words: np.ndarray) -> np.ndarray:
    """Which places belong to a sentence, its full stop included: of the same shape."""
    return np.cumsum(words == NUMBER_OF[END], -1) - (words == NUMBER_OF[END]) == 0


# --- what can be known ----------------------------------------------------------------------


def before(words: np.ndarray) -> np.ndarray:
    """What the words before each place say about the state there, (n, T, S)."""
    c, found = chain(), np.empty((*words.shape, len(chain().begin)))
    odds = np.broadcast_to(c.begin, (len(words), len(c.begin)))
    for t in range(words.shape[1]):
        found[:, t] = odds
        odds = (odds * _likely(words[:, t])) @ c.move
        odds = odds / odds.sum(1, keepdims=True)
    return found


def ahead(words: np.ndarray) -> np.ndarray:
    """The probability of each word at each place, given those before: (n, T, words).

    Args:
        words: (n, T), `GAP` where a word is not told.
    """
    return before(words) @ chain().say


def between(words: np.ndarray) -> np.ndarray:
    """The probability of each word at each place, given all others: (n, T, words)."""
    c, found = chain(), before(words)
    odds = np.ones((len(words), len(c.begin)))
    for t in reversed(range(words.shape[1])):
        found[:, t] *= odds
        if t:  # nothing stands before the first
            odds = (odds * _likely(words[:, t])) @ c.move.T
            odds = odds / odds.sum(1, keepdims=True)
    p = found @ c.say
    return np.asarray(p / p.sum(-1, keepdims=True))


def _likely(words: np.ndarray) -> np.ndarray:
    """How likely each state says each of these words, (n, S); 1 where it is not told."""
    return np.concatenate([chain().say, np.ones((len(chain().begin), 1))], 1).T[words]


def entropy() -> tuple[float, float]:
    """Exactly: the mean of -log p over sentences, in nats, and of their number of words.

    A sentence tells its states, so it is the sum of the entropies of all choices: at each state
    as often as it is visited.
    """
    c = chain()
    end = c.states.index(("end",))
    going = c.move.copy()
    going[end] = 0  # once is enough
    visits = np.linalg.solve(np.eye(len(going)) - going.T, c.begin)
    choices = _entropy(c.say) + _entropy(going)
    return float(_entropy(c.begin[None])[0] + visits @ choices), float(visits.sum())


def _entropy(p: np.ndarray) -> np.ndarray:
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1))).sum(1))
