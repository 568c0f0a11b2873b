"""The lab of tunes: what could be known, what is learned, and what is played."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.dilated_convolution import melody
from core.concepts.dilated_convolution.tunes import NOTES, TUNES, best, endless
from core.config import validated
from core.experiment import Frame
from core.stacked.traced import flat, views
from core.words import phrase

EXPERIMENT = find("dilated_convolution.melody")
SMALL = EXPERIMENT.small


def frames(**settings: object) -> list[Frame]:
    return list(melody.train(validated(melody.Config, {**SMALL.model_dump(), **settings})))


@pytest.mark.parametrize("name", TUNES)
def test_a_tune_is_made_of_notes_and_whole_bars(name: str) -> None:
    tune = TUNES[name]
    assert len(tune.notes) % 8 == 0
    assert "".join(NOTES[k] for k in tune.notes) == tune.score.replace(" ", "")
    assert NOTES[tune.notes[0]] != "-", "it begins with a note"


def test_a_tune_begins_again() -> None:
    notes = np.array([1, 2, 3])
    np.testing.assert_array_equal(endless(notes, 2, 5), [3, 1, 2, 3, 1])
    np.testing.assert_array_equal(endless(notes, np.array([[0], [-1]]), 2), [[[1, 2]], [[3, 1]]])


def test_what_can_be_known_counted_by_hand() -> None:
    """Of aab aab ...: after one a comes a or b, after two places all is known."""
    assert best(np.array([0, 0, 1]), 1) == pytest.approx(2 / 3)
    assert best(np.array([0, 0, 1]), 2) == 1
    assert best(np.array([0, 1, 2, 2]), 0) == 0.5, "who sees nothing says what comes most often"


@pytest.mark.parametrize("name", TUNES)
def test_who_sees_more_can_know_more_and_at_last_all(name: str) -> None:
    shares = [best(TUNES[name].notes, field) for field in range(1, 40)]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_the_ode_takes_28_places() -> None:
    """What the scene says of it."""
    notes = TUNES["joy"].notes
    assert best(notes, 27) < 1
    assert best(notes, 28) == 1
    np.testing.assert_array_equal(notes[:24], notes[32:56])
    assert (notes[24:32] != notes[56:]).any()


def test_a_net_hears_what_it_has_played() -> None:
    """Each note is the likeliest after those that it sees, its own among them."""
    config = melody.Config(n_layers=3, width=8)
    net, notes = melody.net_of(config, "dilated"), TUNES["jacques"].notes
    rows = np.stack([flat(net.shapes, net.start(np.random.default_rng(s))) for s in range(2)])
    p = views(net.shapes, torch.from_numpy(rows))
    song = melody.played(net, p, notes)
    heard = np.concatenate([np.tile(endless(notes, -64, 64), (2, 1)), song], 1)
    z = net.forward(p, torch.from_numpy(heard[:, None, :-1]))[:, :, 0]  # (2, notes, 32)
    np.testing.assert_array_equal(z.argmax(1).numpy(), song[:, -melody.N_ASKED:])


def test_pieces_are_of_the_tune_and_the_answers_come_next() -> None:
    config = melody.Config(n_seeds=2)
    x, y = next(melody.batches(config))
    assert x.shape == (2, 4, melody.MOST_SEEN + melody.N_ASKED)
    assert y.shape == (2, len(NOTES), 4, melody.N_ASKED)
    assert torch.equal(y.argmax(1)[..., :-1], x[..., 1 - melody.N_ASKED:])
    assert not torch.equal(x[0], x[1]), "each seed has its own"


def test_a_seed_in_a_stack_is_the_same_alone() -> None:
    together, alone = frames(n_seeds=3, seed=4)[-1], frames(n_seeds=1, seed=5)[-1]
    for name in ("loss", "right"):
        np.testing.assert_allclose(together.arrays[name][:, 1], alone.arrays[name][:, 0],
                                   rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(together.arrays["song"][:, 1], alone.arrays["song"][:, 0])


def test_what_is_kept_ends_at_the_first_mistake() -> None:
    first, *_, last = frames()
    wrong = last.arrays["song"] != first.arrays["tune"]
    for net in range(2):
        for seed in range(2):
            n = int(last.arrays["kept"][net, seed])
            assert not wrong[net, seed, :n].any()
            assert n == melody.N_PLAYED or wrong[net, seed, n]


def test_notes_say_who_plays_it_and_who_loses_it() -> None:
    config = melody.Config(n_steps=20)
    arrays = {"loss": np.array([[0.1], [melody.LOSS_CEILING]]),
              "kept": np.array([[64.0], [3.0]])}
    said = [phrase(note, EXPERIMENT.words) for note in melody.news(config, 20, arrays)]
    assert "Dilated 1, 2, 4, …: from step 20 on it goes on for 64 places" in said[0]
    assert "the numbers of 1 nets have grown beyond all bounds" in said[1]
    assert "its first wrong note comes after 3 places" in said[2]
