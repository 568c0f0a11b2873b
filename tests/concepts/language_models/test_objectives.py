"""What each objective asks, how nets are measured, and that a stack keeps its models apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts.language_models import language, objectives, shown
from core.concepts.language_models.common import (
    NOTHING,
    OBJECTIVES,
    READERS,
    Cases,
    Learners,
    batches,
    net_of,
    said_by,
    truth_of,
)
from core.concepts.language_models.language import GAP, NUMBER_OF, WORDS
from core.concepts.language_models.objectives import Config, exam
from core.config import with_changes
from core.stacked.traced import Parameters, flat, views

SMALL = Config(n_steps=40, width=16, n_layers=1, batch_size=8)


def some(k: int, config: Config = SMALL) -> torch.Tensor:
    """Rows of parameters, no number of which is at its start."""
    net = net_of(config, 0)
    rows = [flat(net.shapes, net.start(np.random.default_rng(i))) for i in range(k)]
    noise = np.random.default_rng(9).normal(0, 0.1, np.shape(rows))
    return torch.from_numpy(np.stack(rows) + noise).double()


def test_the_causal_objective_asks_each_word_of_those_before() -> None:
    words = language.draw(np.random.default_rng(0), 6).words
    x, y = OBJECTIVES["causal"].ask(words, np.full(words.shape, NOTHING))
    assert (x[:, 0] == GAP).all()
    np.testing.assert_array_equal(x[:, 1:], words[:, :-1])
    here = language.counted(words)
    np.testing.assert_array_equal(y[here], words[here])
    assert (y[~here] == NOTHING).all()


def test_the_masked_objective_asks_what_it_hides() -> None:
    words = language.draw(np.random.default_rng(0), 50).words
    masked = np.random.default_rng(1).random(words.shape) < 0.3
    x, y = OBJECTIVES["masked"].ask(words, np.where(masked, GAP, NOTHING))
    np.testing.assert_array_equal(x == GAP, masked)
    np.testing.assert_array_equal(x[~masked], words[~masked])
    asked = y != NOTHING
    np.testing.assert_array_equal(asked, masked & language.counted(words))
    np.testing.assert_array_equal(y[asked], words[asked])


def test_berts_mixture_of_what_is_put() -> None:
    """Eight of ten are gaps; the others are asked as well, also where the word itself stands. The
    sentences and the masks are those of a run with gaps alone.
    """
    config = with_changes(SMALL, put="mixed", batch_size=64)
    (words, put), (same, gaps) = next(batches(config)), next(batches(with_changes(config,
                                                                                  put="gap")))
    np.testing.assert_array_equal(words, same)
    masked = put != NOTHING
    np.testing.assert_array_equal(masked, gaps == GAP)
    assert (gaps[~masked] == NOTHING).all()
    assert abs((put[masked] == GAP).mean() - 0.8) < 0.05
    assert abs((put == words)[masked].mean() - 0.1) < 0.05
    x, y = OBJECTIVES["masked"].ask(words[0], put[0])
    np.testing.assert_array_equal(x, np.where(masked[0], put[0], words[0]))
    np.testing.assert_array_equal(y != NOTHING, masked[0] & language.counted(words[0]))


def test_a_frame_has_the_sentences_of_its_update() -> None:
    """Those of the first update before it is made."""
    given = batches(SMALL)
    first = next(given)
    for frame, (words, put) in zip(objectives.train(SMALL), (first, first, next(given)),
                                   strict=False):
        np.testing.assert_array_equal(frame.arrays["sentences"], words[0, :4])
        np.testing.assert_array_equal(frame.arrays["put"], put[0, :4])


def test_who_says_what_it_reads() -> None:
    """A net whose answer is the embedding of the word itself says every word that is there."""
    learners = Learners(SMALL)
    assert objectives.visible(SMALL, learners).max() < 0.3
    p = views(net_of(SMALL, 0).shapes, learners.rows("masked"))
    for name, a in p.items():
        if name[0].isdigit() or name in ("places", "out_bias"):
            a.zero_()
    p["out"].copy_(100 * p["symbols"][:, :-1] / p["symbols"][:, :-1].norm(dim=-1, keepdim=True))
    assert objectives.visible(SMALL, learners).min() > 0.9


def test_the_loss_is_torchs_at_the_places_that_are_asked() -> None:
    """In float64, for models of both kinds in one stack, with its gradients."""
    net, k = net_of(SMALL, 1), 2
    p = {name: a.clone().requires_grad_() for name, a in views(net.shapes, some(k)).items()}
    words, put = (a[0] for a in next(batches(SMALL)))
    asked = [o.ask(words, put) for o in OBJECTIVES.values()]
    x, y = (torch.from_numpy(np.stack(part)) for part in zip(*asked, strict=True))
    ours = net.objective(p, x, y, None)
    ours.sum().backward()
    for i in range(k):
        alone: Parameters = {name: a.detach()[i:i + 1].clone().requires_grad_()
                             for name, a in p.items()}
        z = net_of(SMALL, 1 - i).see(alone, x[i:i + 1]).logits[0]
        here = y[i] != NOTHING
        theirs = torch.nn.functional.cross_entropy(z[here], y[i][here])
        theirs.backward()
        assert abs(float((theirs - ours[i]).detach())) < 1e-9
        for name, a in alone.items():
            found = p[name].grad
            assert found is not None
            assert a.grad is not None
            assert (found[i] - a.grad[0]).abs().max() < 1e-9


def test_only_the_causal_models_of_a_stack_do_not_see_what_comes() -> None:
    net, rows = net_of(SMALL, 2), some(4)
    x = torch.from_numpy(language.draw(np.random.default_rng(0), 5).words)
    other = x.clone()
    other[:, 4] = (other[:, 4] + 1) % len(WORDS)
    before, after = (net.see(views(net.shapes, rows), a.expand(4, -1, -1)).logits
                     for a in (x, other))
    changed = (
        before[:, :, :4] - after[:, :, :4]).abs().amax((1, 2, 3))
    assert changed[:2].max() == 0
    assert changed[2:].min() > 1e-6


def test_both_objectives_begin_with_the_same_weights_and_read_the_same_sentences() -> None:
    learners = Learners(SMALL)
    assert torch.equal(learners.rows("causal"), learners.rows("masked"))
    words, put = next(batches(SMALL))
    assert words.shape == put.shape == (2, 8, language.LENGTH)


def test_a_reader_sees_what_it_may() -> None:
    words = language.draw(np.random.default_rng(0), 4).words
    place = np.array([1, 2, 3, 4])
    read = {name: reader.read(words, place) for name, reader in READERS.items()}
    for i, t in enumerate(place):
        np.testing.assert_array_equal(read["causal"][i, 1:t + 1], words[i, :t])
        assert read["masked"][i, t] == GAP
        assert (read["masked"][i] == GAP).sum() == 1
        assert (read["writer"][i, t:] == GAP).all()
        np.testing.assert_array_equal(read["writer"][i, :t], words[i, :t])
    cases = Cases(words, place)
    truths = {name: truth_of(reader, cases) for name, reader in READERS.items()}
    rows = np.arange(4)
    np.testing.assert_allclose(truths["causal"], language.ahead(words)[rows, place], atol=1e-12)
    np.testing.assert_allclose(truths["writer"], truths["causal"], atol=1e-12)
    np.testing.assert_allclose(truths["masked"], language.between(words)[rows, place], atol=1e-12)


@pytest.mark.parametrize("name", READERS)
def test_what_a_net_says_is_measured_against_the_language(name: str) -> None:
    """Whatever it says, its cross-entropy is not below the floor; the language's own is at it."""
    truth, floor = exam().truth[name], objectives.floors()[name]
    said = said_by(READERS[name], SMALL, some(3).float(), exam().cases)
    np.testing.assert_allclose(np.exp(said).sum(-1), 1, atol=1e-5)
    assert (objectives.cross_entropies(truth, said).mean(1) > floor).all()
    own = np.log(np.where(truth > 0, truth, 1))[None]
    np.testing.assert_allclose(objectives.cross_entropies(truth, own).mean(), floor, atol=1e-12)
    kinds, least = objectives.by_kind(truth, said), objectives.floors_by_kind()[name]
    assert (least - 1e-9 < kinds.T).all()
    weight = truth.sum(0) @ np.eye(len(language.KINDS))[language.KIND_OF]
    np.testing.assert_allclose(
        (kinds.T * weight).sum(1) / weight.sum(), objectives.cross_entropies(truth, said).mean(1))


def test_the_exams_floor_is_the_languages() -> None:
    """Of twenty sentences, within their sampling error."""
    nats, length = language.entropy()
    assert abs(objectives.floors()["causal"] - nats / length) < 0.05
    assert abs(objectives.floors()["causal"] - objectives.floors()["writer"]) < 1e-12


def test_agreement_is_about_subjects_of_the_other_number() -> None:
    _, _, cases, plural = exam()
    assert 0.2 < plural.mean() < 0.8
    for row, place, many in zip(*cases, plural, strict=True):
        verb, distractor = WORDS[row[place]], WORDS[row[place - 1]]
        assert verb.endswith("s") != many
        assert distractor.endswith("s") == many  # its verb agrees with the other noun
    said = np.log(np.full((1, len(plural), len(WORDS)), 1e-3))
    rows = np.arange(len(plural))
    said[0, rows, cases.words[rows, cases.place]] = 0
    assert objectives.agreement(said, plural) == 1
    assert objectives.agreement(said, ~plural) == 0


def test_a_seed_in_a_stack_is_that_seed_alone() -> None:
    both = list(objectives.train(SMALL.model_copy(update={"seed": 3, "n_seeds": 2})))
    alone = list(objectives.train(SMALL.model_copy(update={"seed": 4, "n_seeds": 1})))
    for a, b in zip(both, alone, strict=True):
        for name in ("loss", "agrees", "by_kind"):
            np.testing.assert_allclose(a.arrays[name][..., 1:], b.arrays[name], atol=2e-4)


def test_examples_are_of_the_language() -> None:
    for text in shown.EXAMPLES:
        words = text.split()
        row = [GAP if word == "_" else NUMBER_OF[word] for word in words]
        row += [NUMBER_OF["."]] * (language.LENGTH - len(row))
        p = language.between(np.array([row]))[0, words.index("_")]
        assert p.max() > 0.1
