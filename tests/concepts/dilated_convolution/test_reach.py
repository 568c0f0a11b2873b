"""The lab of lags: what is asked, what is measured, and seeds that do not depend on each other."""

from __future__ import annotations

import numpy as np
import pytest

from core.concepts import find
from core.concepts.dilated_convolution import reach
from core.config import validated
from core.experiment import Frame
from core.words import phrase

EXPERIMENT = find("dilated_convolution.reach")
SMALL = EXPERIMENT.small


def frames(**settings: object) -> list[Frame]:
    return list(reach.train(validated(reach.Config, {**SMALL.model_dump(), **settings})))


def test_the_answer_stands_so_many_places_before() -> None:
    config = reach.Config(lags=("2", "5"), n_seeds=2)
    x = next(reach.drawn(config, reach.TESTING, 3, 30))
    rows, right = reach.asked(config, x)
    assert rows.shape == (4, 3, 30)
    assert right.shape == (4, 4, 3, reach.N_ASKED)
    for i, lag in enumerate((2, 5)):
        for seed in range(2):
            k = i * 2 + seed
            np.testing.assert_array_equal(rows[k], x[seed])
            for t in range(30 - reach.N_ASKED, 30):
                answer = right[k, :, :, t - 30 + reach.N_ASKED].argmax(0)
                np.testing.assert_array_equal(answer, x[seed, :, t - lag])


def test_a_seed_in_a_stack_is_the_same_alone() -> None:
    together, alone = frames(n_seeds=3, seed=4)[-1], frames(n_seeds=1, seed=5)[-1]
    for name in ("loss", "right", "gradient"):
        np.testing.assert_allclose(together.arrays[name][:, :, 1], alone.arrays[name][:, :, 0],
                                   rtol=1e-4, atol=1e-5)


def test_a_lag_among_others_is_the_same_as_alone() -> None:
    """As long as the sequences are as long, which the largest lag decides."""
    both, one = frames(lags=("3", "5"))[-1], frames(lags=("5",))[-1]
    np.testing.assert_allclose(both.arrays["loss"][:, 1], one.arrays["loss"][:, 0], rtol=1e-4)


def test_the_gradient_and_the_formula_agree_in_the_first_frame() -> None:
    first = frames(nets=("dilated", "plain", "fours", "tall"), kernel=3)[0].arrays
    felt = (first["gradient"] > 0).all((1, 2))
    np.testing.assert_array_equal(felt, first["seen"] > 0)


def test_what_is_said_is_what_the_example_was_asked() -> None:
    """A net that has learned its lag says the example's symbols, so many places later."""
    config = reach.Config(nets=("dilated",), lags=("2",), n_layers=2, n_seeds=1, n_steps=60)
    first, *_, last = reach.train(config)
    symbol, said = first.arrays["symbol"], last.arrays["said"][0, 0]
    assert last.arrays["right"][0, 0, 0] == 1
    known = min(len(symbol) - 2, reach.N_ASKED)
    np.testing.assert_array_equal(said[-known:], symbol[-known - 2: -2])


def test_notes_name_who_never_could_and_who_has_not() -> None:
    config = reach.Config(nets=("dilated", "tall"), lags=("3", "6", "12"), n_layers=2, n_steps=20)
    right = np.array([[[1.0], [0.2], [0.3]], [[0.2], [0.2], [0.2]]])
    arrays = {"loss": np.ones((2, 3, 1)), "right": right}
    said = [phrase(note, EXPERIMENT.words) for note in reach.news(config, 20, arrays)]
    assert [s.partition(":")[0] for s in said] == [
        "Dilated 1, 2, 4, …", "Dilated 1, 2, 4, …", "Plain, 3 times as deep",
        "Plain, 3 times as deep"]
    assert "at lag 3 are right" in said[0]
    assert "it guesses at lag 6, 12, and always will" in said[1]
    assert "it guesses at lag 12, and always will" in said[2]
    assert "it still guesses at lag 3, 6, though it sees so far" in said[3]


def test_numbers_that_grow_beyond_all_bounds_are_named() -> None:
    config = reach.Config(nets=("plain",), lags=("3",), n_seeds=2)
    arrays = {"loss": np.array([[[reach.LOSS_CEILING, 1.0]]]), "right": np.full((1, 1, 2), 0.5)}
    (note,) = reach.news(config, 10, arrays)
    assert "the numbers of 1 nets have grown beyond all bounds" in phrase(note, EXPERIMENT.words)


def test_a_net_or_lag_twice_is_refused() -> None:
    for field, value in (("nets", ("plain", "plain")), ("lags", ("4", "4")), ("lags", ())):
        with pytest.raises(ValueError, match=field):
            reach.Config(**{field: value})
