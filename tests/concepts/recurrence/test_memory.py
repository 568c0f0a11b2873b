"""The memory lab: what it measures, and what it says of failures."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

from core.concepts import find
from core.concepts.recurrence import memory, plain
from core.config import with_changes

LAB = find("recurrence.memory")


def test_lengths_do_not_disturb_each_other() -> None:
    """Nets of one length are the same, whichever other lengths there are."""
    alone = LAB.run(**LAB.small.model_dump())
    both = LAB.run(**with_changes(LAB.small, lags=("10", "5")).model_dump())
    np.testing.assert_array_equal(both["length"], [5, 10])
    for name in ("loss", "accuracy", "reach"):
        np.testing.assert_allclose(both[name].sel(length=5), alone[name].sel(length=5), rtol=1e-4)
    assert np.isnan(both["gradient"].sel(length=5).values[..., 5:]).all()
    assert np.isfinite(both["gradient"].sel(length=5).values[..., :5]).all()


def test_the_gradient_is_a_share_of_the_last() -> None:
    h = LAB.run(**LAB.small.model_dump())
    np.testing.assert_array_equal(h["gradient"].sel(back=0), 1)
    middle = np.log10(h["gradient"].isel(back=-1, length=0, step=0))
    np.testing.assert_allclose(middle, h["reach"].isel(step=0, length=0).median("seed"), atol=0.2)
    np.testing.assert_allclose(h["gradient_theory"].sel(cell="lstm")[1], 1 / (1 + np.exp(-3)),
                               rtol=1e-6)


def test_an_explosion_is_named_and_clipping_prevents_it() -> None:
    hot = {**LAB.small.model_dump(), "task": "adding", "cells": ("orthogonal",), "gain": 2.0,
           "optimizer": "sgd", "rates": "shared", "learning_rate": 1.0, "lags": ("20",)}
    wild = LAB.run(**{**hot, "clipping": False})
    tame = LAB.run(**{**hot, "clipping": True})
    assert float(wild["loss"].isel(step=-1).max()) == memory.LOSS_CEILING
    assert "The orthogonal RNN diverged by step" in " ".join(wild.attrs["notes"])
    assert "Clipping" in " ".join(wild.attrs["notes"])
    assert float(tame["loss"].isel(step=-1).max()) < 1
    assert "diverged" not in " ".join(tame.attrs["notes"])


def test_the_rate_falls_to_a_fifth_at_the_end() -> None:
    config = memory.Config(n_steps=100)
    assert [memory.decayed(config, t) for t in (1, 70, 71, 100)] == [1, 1, 0.2, 0.2]


@pytest.mark.parametrize("bias", [0.0, 3.0])
def test_torchs_lstm_says_the_same_about_the_forget_bias(bias: float) -> None:
    """Read in the plain version: with 3 it holds a symbol over 15 places, with 0 it does not."""
    lstm = nn.LSTM(8, 24)
    plain.set_forget_bias(lstm, bias)
    right = plain.train(lstm, length=15, n_steps=100, seed=0)
    assert (right > 0.95) == (bias == 3.0)
