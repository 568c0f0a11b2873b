"""What nets of all sizes read, how far above the floor they are, and what would help them."""

from __future__ import annotations

import numpy as np
import pytest

from core.concepts.language_models import language, scale
from core.config import with_changes

SMALL = scale.Config(sizes=("8", "4"), sentences=("endless", "50", "200"), n_steps=40, batch_size=8)


def test_fewer_sentences_are_the_first_of_more() -> None:
    """In every batch at the same places of each pool, and new ones where all are new."""
    given = scale.batches(SMALL)
    pools = [scale.pool_of(SMALL, seed) for seed in SMALL.seeds]
    drawn = []
    for _ in range(4):
        words = next(given).reshape(3, 2, 8, language.LENGTH)
        for s, pool in enumerate(pools):
            for i, n in enumerate((50, 200)):
                assert all((row == pool[:n]).all(1).any() for row in words[i, s])
        drawn.append(words[2, 0])
    assert len(np.unique(np.concatenate(drawn), axis=0)) > 25


def test_the_floor_is_what_the_language_leaves_open() -> None:
    """The language itself is not above it, nor is anybody below, whatever they say."""
    words, truth = scale.exam()
    here = language.counted(words)
    p = truth[here]
    own = np.log(np.maximum(p, 1e-30))
    assert abs(scale._above(p, own[None])[0]) < 1e-12
    said = np.random.default_rng(0).normal(0, 1, (50, *p.shape))
    said -= np.log(np.exp(said).sum(-1, keepdims=True))
    assert scale._above(p, said).min() > 0
    nats, n_words = language.entropy()  # that of the exam is near it
    assert -(p * own).sum(-1).mean() == pytest.approx(nats / n_words, abs=0.1)


def test_what_helps_is_measured_per_doubling() -> None:
    """Of power laws these are their exponents: at all sizes and amounts, whatever the seed."""
    n_parameters = np.array([scale.net_of(SMALL, n).n_parameters for n in scale.sizes(SMALL)])
    n_sentences = np.array([50, 200, SMALL.n_steps * SMALL.batch_size])
    past = scale.Past()
    for step in (0, 3, 8, 20, 40):
        laws = (n_parameters[:, None, None] ** -0.5 * n_sentences[:, None] ** -0.25
                * max(step, 1) ** -0.75 * np.array([1.0, 3.0]))
        past.add(step, laws)
    gain = scale.gains(SMALL, past)
    np.testing.assert_allclose(gain, np.broadcast_to(
        np.array([0.5, 0.25, 0.75])[:, None, None], gain.shape), atol=1e-9)
    found = scale.bottleneck(gain)
    assert found[2].all()
    assert not found[:2].any()
    assert not scale.bottleneck(-gain).any()  # where more of each makes it worse, none helps


def test_with_one_size_and_amount_only_steps_can_help() -> None:
    config = with_changes(SMALL, sizes=("4",), sentences=("endless",), n_seeds=1)
    *_, last = scale.train(config)
    assert np.isnan(last.arrays["gain"][:2]).all()
    assert last.arrays["bottleneck"][2].all()
    assert last.arrays["own"] == pytest.approx(last.arrays["excess"], abs=0.6)
