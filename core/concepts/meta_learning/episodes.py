"""Episodes: classes that nobody has met, some examples of each, and new ones to be named.

    draw(rng, 2, Episode(n_ways=2, n_shots=3, n_asked=1))

draws two episodes. Each has two classes with centres of its own. Its examples come in three
rounds, each with one example of either class and its name, 0 or 1; after every round one more is
asked, so that there are three. Only half of an example's numbers tell its class, the others are
noise, and larger. All eight are turned, for one seed always alike, so that no single one tells
anything: that turn is the only thing that all episodes have in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

N_SIGNAL, N_NUISANCE = 4, 4
"""Numbers of an example that tell its class, and that do not."""
N_NUMBERS = N_SIGNAL + N_NUISANCE


@dataclass(frozen=True)
class Episode:
    """What an episode is like.

    Attributes:
        n_ways: Classes.
        n_shots: Rounds, of one example of each class.
        n_asked: Examples that are asked after each round.
        spread: Standard deviation of a class around its centre, where centres have 1.
        nuisance: That of the numbers that tell nothing.
        renamed: Whether the classes change their names after one of the rounds but the last; what
            counts is what they are called by then.
    """

    n_ways: int = 3
    n_shots: int = 5
    n_asked: int = 2
    spread: float = 0.5
    nuisance: float = 1.5
    renamed: bool = False

    @property
    def n_given(self) -> int:
        return self.n_ways * self.n_shots

    @property
    def seen(self) -> np.ndarray:
        """For each example that is asked, how many were given before, (asked,)."""
        rounds = np.repeat(np.arange(1, self.n_shots + 1), self.n_asked)
        return np.asarray(rounds * self.n_ways)


class Drawn(NamedTuple):
    """Some episodes: first what is given, in its order, then what is asked.

    Attributes:
        x: Examples, (n, given + asked, numbers).
        name: What each is called; of those that are asked it is the answer, (n, given + asked).
        kind: Its class: what it was called first, (n, given + asked).
        clear: The numbers that tell the class, before they were turned, (n, given + asked, 4).
    """

    x: np.ndarray
    name: np.ndarray
    kind: np.ndarray
    clear: np.ndarray


def turn(rng: np.random.Generator) -> np.ndarray:
    """A rotation of an example's numbers, every one as likely as any other."""
    q, r = np.linalg.qr(rng.standard_normal((N_NUMBERS, N_NUMBERS)))
    return np.asarray(q * np.sign(np.diag(r)))


def draw(rng: np.random.Generator, n: int, like: Episode, turned: np.ndarray) -> Drawn:
    """n episodes.

    Args:
        rng: What they are drawn with.
        n: How many.
        like: What they are like.
        turned: (numbers, numbers), from `turn`.
    """
    ways, shots = like.n_ways, like.n_shots
    centres = rng.standard_normal((n, ways, N_SIGNAL))
    given = rng.random((n, shots, ways)).argsort(-1).reshape(n, -1)  # each class once a round
    asked = rng.integers(0, ways, (n, shots * like.n_asked))
    kind = np.concatenate([given, asked], 1)
    clear = np.take_along_axis(centres, kind[..., None], 1)
    clear = clear + like.spread * rng.standard_normal(clear.shape)
    noise = like.nuisance * rng.standard_normal((*kind.shape, N_NUISANCE))
    x = np.concatenate([clear, noise], -1) @ turned
    changed = rng.integers(1, shots, n) if like.renamed else np.zeros(n, int)
    # a cyclic shift gives every class another name
    shift = rng.integers(1, ways, n)[:, None]
    rounds = np.concatenate([np.repeat(np.arange(shots), ways),
                             np.repeat(np.arange(shots), like.n_asked)])
    late = (changed[:, None] > 0) & (rounds >= changed[:, None])
    return Drawn(x.astype(np.float32), np.where(late, (kind + shift) % ways, kind), kind, clear)


# --- who need not learn -----------------------------------------------------------------------


def by_means(x: np.ndarray, name: np.ndarray, like: Episode, shrink: float = 0) -> np.ndarray:
    """What is asked gets the name of the nearest mean of what was given before: (n, asked).

    Args:
        x: Examples (n, given + asked, numbers), in which distances are taken.
        name: What the given ones are called, (n, given + asked).
        like: What the episodes are like.
        shrink: A centre's variance within its class over that of centres. With k examples, which
            have it all in their mean, the likeliest centre is k / (k + shrink) times that mean.
    """
    n_given = like.n_given
    one_hot = np.eye(like.n_ways)[name[:, :n_given]]  # (n, given, ways)
    before = np.arange(n_given) < like.seen[:, None]  # (asked, given)
    count = np.einsum("qt,ntc->nqc", before, one_hot)
    total = np.einsum("qt,ntc,ntd->nqcd", before, one_hot, x[:, :n_given])
    centres = total / (count + shrink)[..., None]
    found: np.ndarray = ((x[:, n_given:, None] - centres) ** 2).sum(-1).argmin(-1)
    return found


def likeliest(drawn: Drawn, like: Episode) -> np.ndarray:
    """The share that is right after each round, at best, (shots,): by Bayes.

    Of who knows which numbers tell the class, and is told when names change. All classes have been
    seen as often, and are asked as often, so that the nearest of the likeliest centres is right
    most often.
    """
    return right(by_means(drawn.clear, drawn.kind, like, like.spread**2), drawn.kind, like)


def right(said: np.ndarray, name: np.ndarray, like: Episode) -> np.ndarray:
    """The share that is named rightly after each round, (shots,)."""
    hit = said == name[:, like.n_given:]
    return np.asarray(hit.reshape(len(hit), like.n_shots, like.n_asked).mean((0, 2)))
