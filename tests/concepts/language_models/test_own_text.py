"""Tokens beside the paper's own algorithm, what nets are asked of a text, and what counting gets.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from core.concepts.language_models import own_text
from core.concepts.language_models.common import NOTHING
from core.concepts.language_models.tale import TALE
from core.concepts.language_models.tokens import LEAST_TOKENS, Tokens
from core.config import with_changes
from core.data.text import OwnText, at_hand

SMALL = own_text.Config(merges=("50", "0"), n_steps=40, width=16, n_layers=1, context=16,
                        batch_size=8)
HEBREW = "שלום עולם, מה שלומך היום? " * 25
FAMILY = "😀 family 👩‍👩‍👧 and a flag 🇰🇷!\n" * 30
UNBROKEN = "天地玄黃宇宙洪荒日月盈昃辰宿列張" * 40
TEXTS = {"tale": TALE, "hebrew": HEBREW, "emoji": FAMILY, "no spaces": UNBROKEN,
         "runs of one letter": "aaaaa aaaa aaa baaab ccc " * 40}


def sennrich(text: str, n_merges: int) -> tuple[list[tuple[str, str]], list[str]]:
    """Algorithm 1 of the paper, without numbers: words with their counts, every pair counted anew.
    """
    words = re.findall(r"\s?\S+|\s", text)
    vocabulary = {word: list(word) for word in words}
    there = Counter(words)
    order = {c: (i,) for i, c in enumerate(sorted(set(text)))}
    merges: list[tuple[str, str]] = []

    def left() -> int:
        return sum(there[word] * len(symbols) for word, symbols in vocabulary.items())

    while len(merges) < n_merges:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, symbols in vocabulary.items():
            for pair in pairwise(symbols):
                pairs[pair] += there[word]
        if not pairs or max(pairs.values()) < 2:
            break
        most = max(pairs.values())
        best = min((p for p in pairs if pairs[p] == most), key=lambda p: [order[s] for s in p])
        before = {word: list(symbols) for word, symbols in vocabulary.items()}
        for symbols in vocabulary.values():
            i = 0
            while i < len(symbols) - 1:
                if (symbols[i], symbols[i + 1]) == best:
                    symbols[i:i + 2] = ["".join(best)]
                i += 1
        if left() < LEAST_TOKENS:
            vocabulary = before
            break
        merges.append(best)
        order.setdefault("".join(best), (len(order) + len(merges),))
    return merges, [symbol for word in words for symbol in vocabulary[word]]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_merges_are_the_papers(text: str) -> None:
    alphabet = tuple(sorted(set(text)))
    tokens = Tokens.learned(alphabet, text, 60)
    merges, cut = sennrich(text, 60)
    assert [tuple(tokens.symbols[i] for i in pair) for pair in tokens.merges] == merges
    ways = tokens.cut(text)
    assert [tokens.symbols[i] for i in ways[-1]] == cut
    assert len(ways) == len(merges) + 1
    assert all("".join(tokens.symbols[i] for i in ids) == text for ids in ways)
    assert list(tokens.counts) == sorted(tokens.counts, reverse=True)


def test_every_token_is_asked_once_and_with_enough_before_it() -> None:
    found = own_text.text(SMALL)
    for kind in own_text.kinds(SMALL):
        asked, _ = own_text.exam(SMALL, found, kind)
        told = asked.y != NOTHING
        np.testing.assert_array_equal(asked.y[told], found.held_out[kind])
        assert asked.n_characters == own_text.n_held_out(SMALL)
        assert told[:, : SMALL.context // 2].sum() == 0
        both = np.concatenate([found.known[kind], found.held_out[kind]])
        place = len(found.known[kind])
        for x, y, here in zip(asked.x, asked.y, told, strict=True):
            for t in np.flatnonzero(here):
                assert y[t] == both[place]
                np.testing.assert_array_equal(x[: t + 1], both[place - t - 1 : place])
                place += 1


def test_counting_is_what_it_says() -> None:
    """Beside the same with strings; and knowing nothing costs the alphabet's logarithm."""
    text, cut, k = "abracadabra abracadabra", 16, 6
    ids = np.array([sorted(set(text)).index(c) for c in text])
    for n in (1, 2, 3):
        nats = 0.0
        for t in range(cut, len(text)):
            before = text[t - n + 1 : t]
            runs = [text[i : i + n] for i in range(cut - n + 1)]
            share = (runs.count(before + text[t]) + 0.1) / (
                sum(run[:-1] == before for run in runs) + 0.1 * k)
            nats -= np.log2(share)
        assert own_text.bits_of_counts(ids, cut, n, k) == pytest.approx(nats / (len(text) - cut))
    assert own_text.bits_of_counts(np.arange(8) % 4 + 4, 4, 1, 8) == pytest.approx(
        -np.log2(1.1 / 4.8))


def test_nets_learn_any_text() -> None:
    own = OwnText.written(HEBREW + FAMILY)
    config = with_changes(SMALL, text=own.name, merges=("50",), n_seeds=1)
    with at_hand(own):
        first, *_, last = own_text.train(config)
    assert (last.arrays["bits"] < first.arrays["bits"]).all()
    code = first.arrays["alphabet"][first.arrays["text"]]
    assert "".join(map(chr, code)) == own.text


def test_where_pairs_run_out_the_rest_is_empty() -> None:
    own = OwnText.written("abcde" * 100)
    config = with_changes(SMALL, text=own.name, merges=("400",), n_seeds=1, context=64)
    with at_hand(own):
        first = next(iter(own_text.train(config)))
    assert (first.arrays["pairs"][-300:] == NOTHING).all()
    assert first.arrays["n_tokens"].shape == (401,)
    assert first.arrays["n_tokens"][-1] >= LEAST_TOKENS


def test_without_the_text_there_is_nothing_to_learn_from() -> None:
    config = with_changes(SMALL, text=OwnText.written(HEBREW).name)
    with pytest.raises(LookupError, match="private"):
        next(iter(own_text.train(config)))
