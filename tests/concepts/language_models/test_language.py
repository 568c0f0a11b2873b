"""The language against sums over its own choices, and against fresh samples of it."""

from __future__ import annotations

import numpy as np
import pytest

from core.concepts.language_models import language
from core.concepts.language_models.language import GAP, LENGTH, NUMBER_OF, WORDS, chain


def numbers(text: str) -> np.ndarray:
    """One sentence by words, filled up with full stops: (1, LENGTH)."""
    words = text.split()
    row = [GAP if w == "_" else NUMBER_OF[w] for w in words]
    return np.array([row + [NUMBER_OF["."]] * (LENGTH - len(row))])


def of_word(p: np.ndarray, words: np.ndarray) -> np.ndarray:
    return np.take_along_axis(p, words[..., None], -1)[..., 0]


def test_probabilities_are_probabilities() -> None:
    c = chain()
    for p in (c.begin[None], c.move, c.say):
        assert p.min() >= 0
        np.testing.assert_allclose(p.sum(1), 1, atol=1e-12)
    assert len(WORDS) == len(set(WORDS)) == c.say.shape[1]


def test_a_sentence_is_as_probable_as_its_choices() -> None:
    """The product of all choices on its way through the chain, of sentences that were drawn."""
    words, states = language.draw(np.random.default_rng(0), 300)
    c = chain()
    by_choices = np.log(c.begin[states[:, 0]]) + np.log(c.say[states, words]).sum(1)
    by_choices += np.log(c.move[states[:, :-1], states[:, 1:]]).sum(1)
    np.testing.assert_allclose(
        np.log(of_word(language.ahead(words), words)).sum(1), by_choices, atol=1e-9)


def test_what_it_says_by_hand() -> None:
    """the queen crowns herself: four topics, one of the farm's ... and so on."""
    p = of_word(language.ahead(numbers("the queen crowns herself .")),
                numbers("the queen crowns herself ."))[0]
    no_adjective, verb = 0.7, 0.6 * (0.9 + 0.025) / 2
    expected = [0.5, no_adjective / 4 / 2 / 4, verb, 0.3, 1]
    np.testing.assert_allclose(p[:5], expected, atol=1e-12)


def test_the_entropy_is_that_of_a_fresh_sample() -> None:
    words, _ = language.draw(np.random.default_rng(1), 4000)
    total = -np.log(of_word(language.ahead(words), words)).sum(1)
    nats, length = language.entropy()
    error = total.std() / len(total) ** 0.5
    assert abs(total.mean() - nats) < 4 * error < 0.02 * nats
    assert abs(language.counted(words).sum(1).mean() - length) < 0.15


def test_between_is_bayes_rule() -> None:
    """Given all other words, a word is as probable as the sentence with it, among all words."""
    given = numbers("the _ that the pirates rob praises herself .")
    sentences = np.repeat(given, len(WORDS), 0)
    sentences[:, 1] = np.arange(len(WORDS))
    with np.errstate(all="ignore"):
        each = of_word(language.ahead(sentences), sentences)
    whole = np.nan_to_num(each).prod(1)
    np.testing.assert_allclose(language.between(given)[0, 1], whole / whole.sum(), atol=1e-12)


def test_between_without_anything_later_is_ahead() -> None:
    words, _ = language.draw(np.random.default_rng(2), 20)
    later = np.arange(LENGTH) >= 3
    np.testing.assert_allclose(language.between(np.where(later, GAP, words))[:, 3],
                               language.ahead(words)[:, 3], atol=1e-12)


@pytest.mark.parametrize(("sentence", "word", "surely"), [
    ("the queen that the pirates rob _ the siren .", "praises", True),  # its subject's number
    ("the king crowns _ .", "herself", False),
    ("the witch curses _ .", "themselves", False),
    ("some _ charm themselves .", "witch", False),
])
def test_agreement(sentence: str, word: str, surely: bool) -> None:
    place = sentence.split().index("_")
    p = language.between(numbers(sentence))[0, place, NUMBER_OF[word]]
    assert (p > 0.05) if surely else (p < 1e-12)


def test_no_sentence_is_longer_than_it_may_be() -> None:
    words, _ = language.draw(np.random.default_rng(3), 3000)
    assert (words[:, -1] == NUMBER_OF["."]).all()
    lengths = language.counted(words).sum(1)
    assert lengths.max() == LENGTH
    assert (np.diff((words == NUMBER_OF["."]).astype(int), axis=1) >= 0).all()
