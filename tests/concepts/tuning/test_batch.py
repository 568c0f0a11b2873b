"""Batches that see the same images, and rates that work: what is promised of both labs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.tuning import batch, window
from tests.support.repairs import repaired

BATCH, WINDOW = find("tuning.batch"), find("tuning.window")


@pytest.mark.parametrize(("rule", "rates"), [
    ("same", [0.02, 0.02, 0.02]), ("root", [0.01, 0.02, 0.04]), ("linear", [0.005, 0.02, 0.08]),
])
def test_rates_go_with_the_batch(rule: str, rates: list[float]) -> None:
    found = [batch.rate_of(batch.Config(), rule, size) for size in (8, 32, 128)]
    assert found == pytest.approx(rates)


def test_what_repairs_nets_that_diverged() -> None:
    repaired("tuning.batch", "diverged", learning_rate=0.3, sizes=("1",), rules=("same",),
             n_epochs=1, n_seeds=1)


def test_all_sizes_have_seen_the_same_images() -> None:
    """As many updates as fit into the images seen so far, and no second before the first of them.
    """
    h = BATCH.run(sizes=("32", "128", "500"), rules=("same",), n_epochs=2, n_seeds=1)
    for size in (32, 128, 500):
        updates = h["n_updates"].sel(size=str(size)).values
        assert updates.tolist() == [int(images) // size for images in h["step"].values]
        seconds = h["seconds"].sel(size=str(size)).values
        assert ((seconds > 0) == (updates > 0)).all()
        assert (np.diff(seconds[updates > 0]) >= 0).all()
    assert h["step"].values[-1] == 2000


def test_a_net_is_trained_as_torch_would() -> None:
    """Four updates of momentum on batches of 500, against torch's optimizer."""
    config = batch.Config(sizes=("500",), rules=("linear",), n_epochs=2, n_seeds=2)
    split = batch.data_of(config)
    ours = batch.OneSize(config, split, 500)
    p = ours.race.p[1].clone()
    sizes = [(64, 64), (64,), (64, 64), (64,), (10, 64), (10,)]
    parts = [q.view(s).clone().requires_grad_() for q, s in zip(
        p.split([int(np.prod(s)) for s in sizes]), sizes, strict=True)]
    optimizer = torch.optim.SGD(parts, lr=batch.rate_of(config, "linear", 500), momentum=0.9)
    for x, y in batch.batches(split, config.seeds, 500, 4):
        h = x[1].T
        for w, b in (parts[:2], parts[2:4]):
            h = torch.relu(h @ w.T + b)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(h @ parts[4].T + parts[5], y[1].argmax(0))
        loss.backward()
        optimizer.step()
    ours.learn(2000)
    theirs = torch.cat([q.detach().flatten() for q in parts])
    assert torch.allclose(ours.race.p[1], theirs, atol=1e-5)


def test_who_diverges_or_guesses_is_named() -> None:
    h = BATCH.run(sizes=("8", "500"), rules=("same",), learning_rate=0.3, n_epochs=1, n_seeds=1)
    assert any("Batch of 8, One rate for all" in note for note in h.attrs["notes"])


def test_the_best_rate_is_that_of_the_least_training_loss() -> None:
    """Its error is one of the errors at all rates, and not chosen by them."""
    h = WINDOW.run(norms=("none", "batch"), depth=1, n_steps=20, n_seeds=2).isel(step=-1)
    for norm in ("none", "batch"):
        for seed in (0, 1):
            here = h.sel(norm=norm, seed=seed)
            rate = min(window.RATES, key=lambda r: abs(r - float(here["best_rate"])))
            assert float(here["best_error"]) == float(here["test_error"].sel(rate=rate))


def test_the_window_is_said_in_words() -> None:
    h = WINDOW.run(norms=("none",), depth=1, n_steps=40, n_seeds=1, batch_size=2)
    assert any(note.startswith("40: None: ") for note in h.attrs["notes"])
