"""Sentences with an answer, what is read of them, and nets that begin where others ended."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.language_models import labels, language
from core.concepts.language_models.common import Learners, net_of
from core.concepts.language_models.labels import TASKS, Config, Few, labelled, read
from core.concepts.language_models.language import GAP, LENGTH, NOUNS, NUMBER_OF, TOPICS, WORDS
from core.stacked.traced import views

SMALL = Config(n_pretraining=0, n_steps=20, labels=("8",), width=16, n_layers=1, batch_size=8)


def subject(row: np.ndarray) -> str:
    nouns = {noun for pairs in NOUNS.values() for pair in pairs for noun in pair}
    return next(WORDS[i] for i in row if WORDS[i] in nouns)


def test_the_answer_is_in_the_subject() -> None:
    words, y = labelled(TASKS["topic"], np.random.default_rng(0), 60)
    for row, answer in zip(words, y, strict=True):
        assert any(subject(row) in pair for pair in NOUNS[TOPICS[answer]])
    assert set(y) == set(range(4))


def test_behind_a_clause_another_number_stands_between() -> None:
    words, y = labelled(TASKS["number"], np.random.default_rng(0), 40)
    assert words.shape == (40, LENGTH)
    for row, answer in zip(words, y, strict=True):
        plural = any(subject(row) == pair[1] for pairs in NOUNS.values() for pair in pairs)
        assert plural == bool(answer)
        place = [WORDS[i] for i in row].index("that")
        between = WORDS[row[place + 2]]
        assert any(between == pair[1 - answer] for pairs in NOUNS.values() for pair in pairs)


@pytest.mark.parametrize("causal", [True, False])
def test_a_net_reads_the_whole_sentence(causal: bool) -> None:
    words = language.draw(np.random.default_rng(0), 12).words.reshape(3, 4, LENGTH)
    x, weigh = np.moveaxis(read(words, causal), -2, 0)
    assert x.shape == weigh.shape == words.shape
    np.testing.assert_allclose(weigh.sum(-1), 1, rtol=1e-6)
    here = language.counted(words.reshape(-1, LENGTH)).reshape(words.shape)
    if causal:
        assert (x[..., 0] == GAP).all()
        np.testing.assert_array_equal(x[..., 1:], words[..., :-1])
        np.testing.assert_array_equal(weigh.argmax(-1), here.sum(-1) - 1)
        assert (np.take_along_axis(words, weigh.argmax(-1)[..., None], -1) == NUMBER_OF["."]).all()
    else:
        np.testing.assert_array_equal(x, words)
        assert ((weigh > 0) == here).all()


def test_pre_trained_nets_begin_where_they_ended_and_know_no_answer() -> None:
    learners = Learners(SMALL)
    learners.race.p += torch.arange(len(learners.race.p))[:, None]
    few, base = Few(SMALL, 8, learners), net_of(SMALL, 0)
    p = views(few.net.shapes, few.race.p)
    own = views(base.shapes, learners.race.p)
    for name in set(few.net.shapes) - {"out", "out_bias"}:
        assert torch.equal(p[name][[0, 1, 4, 5]], own[name]), name
        assert torch.equal(p[name][2:4], p[name][6:8]), name
    assert not p["out"].any()
    assert not p["out_bias"].any()


def test_answers_are_the_mean_of_what_is_said_by_place() -> None:
    few = Few(SMALL, 8, Learners(SMALL))
    few.step()
    p = views(few.net.shapes, few.race.p)
    words = np.stack([pool[0][:5] for pool in few.pool])
    x = labels.everybodys(words)
    said = few.net.see(p, x[:, :, 0].long()).logits
    for k, place in ((0, None), (7, slice(None))):
        for b in range(5):
            n = int(language.counted(words[k % 2, b]).sum())
            expected = said[k, b, n - 1] if place is None else said[k, b, :n].mean(0)
            assert torch.allclose(few.net.answers(p, x)[k, b], expected, atol=1e-5)


def test_a_seed_in_a_stack_is_that_seed_alone() -> None:
    both = list(labels.train(SMALL.model_copy(update={"seed": 3, "n_seeds": 2})))
    alone = list(labels.train(SMALL.model_copy(update={"seed": 4, "n_seeds": 1})))
    for a, b in zip(both, alone, strict=True):
        np.testing.assert_allclose(a.arrays["right"][..., 1:], b.arrays["right"], atol=0.011)
