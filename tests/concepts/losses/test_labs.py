"""What the three labs promise: data, calibration, coverage, nets that differ in nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.losses import classes, likelihood, numbers, plain
from core.concepts.losses.noise import SHAPES, Noise
from core.concepts.losses.rivals import cosine
from core.config import validated
from core.stacked.data import Split
from core.stacked.traced import views

CLASSES, LIKELIHOOD = find("losses.classes"), find("losses.likelihood")


# --- noise ------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("share", "both"), [(0.0, False), (0.2, False), (0.2, True)])
def test_mean_and_median_are_those_of_many_draws(shape: str, share: float, both: bool) -> None:
    noise = Noise(shape, 0.5, share, 4.0, both)
    e = noise.draw(np.random.default_rng(0), 200_000)
    assert e.mean() == pytest.approx(noise.mean, abs=0.01)
    assert np.median(e) == pytest.approx(noise.median, abs=0.01)
    assert (np.abs(e) > 2.5).mean() == pytest.approx(share, abs=0.01)


def test_medians_in_closed_form() -> None:
    assert Noise("normal", 0.3).median == pytest.approx(0, abs=1e-9)
    assert Noise("skewed", 0.6).median == pytest.approx(0.6 * (math.log(2) - 1), abs=1e-9)
    assert Noise("normal", 0.0, 0.1, 4.0).median == pytest.approx(0, abs=1e-9)


def test_the_median_of_normal_numbers_scatters_more_than_their_mean() -> None:
    """Of 101 numbers, pi / 2 times as much, in variance."""
    drawn = Noise("normal", 1.0).draw(np.random.default_rng(2), 101 * 20_000).reshape(-1, 101)
    ratio = np.median(drawn, 1).var() / drawn.mean(1).var()
    assert 1.5 < ratio < 1.65


def test_a_visitors_points_are_where_they_were_put() -> None:
    """Last in the data of every seed, place by place; the others are as without them."""
    config = numbers.Config(painted=("0.25:-3", "0:6"), n_each=8, n_seeds=2)
    x, y = numbers.points_of(config)
    alone_x, alone_y = numbers.points_of(numbers.Config(n_seeds=2))
    assert x.shape == y.shape == (2, 216)
    for at, (its_x, its_y) in ((slice(200, 208), (0.25, -3)), (slice(208, 216), (0.01, 6))):
        assert x[:, at].mean(1) == pytest.approx([its_x, its_x], abs=0.03)
        assert y[:, at].mean(1) == pytest.approx([its_y, its_y], abs=0.15)
    assert (x[:, :200] == alone_x).all()
    assert (y[:, :200] == alone_y).all()


def test_only_known_places_are_painted() -> None:
    for wrong, allowed in ((("0.3:9",), "X from 0 to 1"), (("0:1", "0:1"), "at most once")):
        with pytest.raises(ValueError, match=allowed):
            validated(numbers.Config, {"painted": wrong})


# --- nets that differ in their loss alone -------------------------------------------------


def test_all_losses_begin_at_one_start() -> None:
    """And with a confident one only the last layer is another, and larger."""
    calm, sure = (classes.nets_of(classes.Config(n_seeds=2, confidence=c)) for c in (1, 30))
    starts = [race.p for race in calm.races.values()]
    assert all(torch.equal(p, starts[0]) for p in starts)
    for mine, theirs in zip(calm.races.values(), sure.races.values(), strict=True):
        n_last = 10 * 32 + 10
        assert torch.equal(mine.p[:, :-n_last], theirs.p[:, :-n_last])
        assert torch.allclose(30 * mine.p[:, -n_last:], theirs.p[:, -n_last:])


def test_a_start_has_the_spread_of_torchs() -> None:
    nets = classes.nets_of(classes.Config(n_seeds=8))
    first = next(iter(nets.races.values())).p[:, : 64 * 32]
    theirs = torch.nn.Linear(64, 320).weight.detach()
    assert float(first.std()) == pytest.approx(float(theirs.std()), rel=0.05)


def test_pulls_are_of_single_examples() -> None:
    """At a net's outputs, not divided by the number of examples."""
    config = classes.Config(n_seeds=1, losses=("cross_entropy",))
    nets = classes.nets_of(config)
    z = torch.zeros(1, 1, 10, 5)
    y = torch.eye(10)[:, :5][None]
    assert torch.allclose(nets.pulls(z, y)[0], 0.1 - y)


def test_the_rate_falls_along_half_a_cosine() -> None:
    assert [cosine(t, 100) for t in (1, 51)] == pytest.approx([1, 0.5])
    assert 0 < cosine(100, 100) < 0.001


# --- calibration --------------------------------------------------------------------------


def test_calibration_error_against_counting() -> None:
    """Bin by bin, as one would by hand."""
    rng = np.random.default_rng(0)
    sure, right = rng.uniform(0.1, 1, (2, 3, 400)), rng.random((2, 3, 400)) < 0.6
    found = classes.calibration_error(sure, right)
    for i in np.ndindex(2, 3):
        total = 0.0
        for b in range(classes.ECE_BINS):
            low = b / classes.ECE_BINS
            mine = (sure[i] >= low) & (sure[i] < low + 1 / classes.ECE_BINS)
            if mine.any():
                total += mine.mean() * abs(sure[i][mine].mean() - right[i][mine].mean())
        assert found[i] == pytest.approx(total)


def test_a_net_that_is_as_sure_as_right_is_calibrated() -> None:
    rng = np.random.default_rng(1)
    sure = rng.uniform(0.1, 1, (1, 1, 100_000))
    right = rng.random(sure.shape) < sure
    assert classes.calibration_error(sure, right)[0, 0] < 0.01
    said, share = classes.reliability(sure, right)
    assert np.allclose(said[0, 1:], share[0, 1:], atol=0.02)
    assert classes.calibration_error(np.ones_like(sure), right)[0, 0] > 0.4


def test_a_bin_with_few_images_is_not_shown() -> None:
    sure = np.array([[[0.95] * 30 + [0.55] * 5]])
    said, share = classes.reliability(sure, np.ones_like(sure, bool))
    assert np.isnan(said[0, :-1]).all()
    assert (said[0, -1], share[0, -1]) == (pytest.approx(0.95), 1)


def test_the_best_temperature_undoes_a_factor() -> None:
    """Labels are drawn from the probabilities of z; the net says twice z."""
    rng = np.random.default_rng(0)
    z = torch.from_numpy(rng.standard_normal((1, 1, 10, 5000)) * 1.5)
    p = z[0, 0].softmax(0).numpy()
    labels = (p.cumsum(0) < rng.random(5000)).sum(0).clip(max=9)
    y = torch.nn.functional.one_hot(torch.from_numpy(labels), 10).T[None]
    assert classes.TEMPERATURES[classes.fitted(2 * z, y)[0, 0]] == 2
    assert classes.TEMPERATURES[classes.fitted(z, y)[0, 0]] == 1


def test_wrong_labels_are_as_many_as_asked_for() -> None:
    right, wrong = (classes.data_of(classes.Config(n_seeds=2, wrong_labels=s)) for s in (0, 0.2))
    assert torch.equal(right.train_x, wrong.train_x)
    changed = (right.train_y != wrong.train_y).any(1).sum(1)
    assert changed.tolist() == [200, 200]
    assert torch.equal(right.test_y, wrong.test_y)


def test_who_diverges_is_named() -> None:
    h = CLASSES.run(losses=("outputs",), rates="shared", learning_rate=1.0, confidence=30.0,
                    n_train=50, n_steps=20, n_seeds=1)
    assert h.attrs["notes"][0].startswith("1: Squared error of outputs diverged by step 1 (1 of 1")
    assert set(h.data_vars) & {"said", "fitted"} == set()


def test_who_learns_nothing_is_named() -> None:
    h = CLASSES.run(losses=("softmax",), rates="shared", learning_rate=0.001, n_train=50,
                    n_steps=20, n_seeds=1)
    (note,) = h.attrs["notes"]
    assert note.startswith("20: Squared error of probabilities has hardly learned anything")


# --- mean and spread ----------------------------------------------------------------------


def test_one_spread_for_all_is_that_of_the_training_residuals() -> None:
    config = likelihood.Config(n_seeds=2, heads=("constant", "learned"))
    h = LIKELIHOOD.run(n_seeds=2, heads=("constant", "learned"), n_steps=50).isel(step=-1)
    spread = h["spread"].sel(head="constant").values
    assert np.ptp(spread) == 0
    x, y = likelihood.draw(config, likelihood.POINTS, config.n_samples)
    fit = np.interp(x[0], likelihood.GRID, h["mean"].sel(head="constant").values)
    assert spread[0] == pytest.approx(np.sqrt(np.square(y[0] - fit).mean()), rel=0.01)


def test_the_band_of_the_truth_holds_95_percent() -> None:
    config = likelihood.Config(n_seeds=2)
    x, y = likelihood.draw(config, likelihood.TESTING, 20_000)
    off = np.abs(y - likelihood.curve(x)) / likelihood.spread_at(config, x)
    assert (off <= likelihood.Z95).mean() == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("beta", [0.0, 0.5])
def test_a_stack_learns_what_the_plain_net_learns(beta: float) -> None:
    """The same start and points, thirty updates on all of them."""
    config = likelihood.Config(n_seeds=2, n_samples=20, n_steps=50, heads=("weighted",), beta=beta)
    measuring = likelihood.Measuring(config)
    race = measuring.nets.races["weighted"]
    net = plain.net_of(config.width)
    shapes = {name: tuple(p.shape) for name, p in net.named_parameters()}
    net.load_state_dict({name: p[1] for name, p in views(shapes, race.p.clone()).items()})
    split: Split = measuring.split
    for t in range(1, 31):
        measuring.nets.step(split.train_x, split.train_y, cosine(t, 30))
    plain.learn(net, split.train_x[1].T, split.train_y[1, 0], 30, beta)
    mine = race.outputs(split.train_x)[1]
    assert torch.allclose(mine, net(split.train_x[1].T).T, atol=1e-4)


def test_the_plain_net_finds_the_spread() -> None:
    left, right = plain.main()
    assert left < 0.1
    assert 0.4 < right < 0.75


def test_who_is_too_sure_is_named() -> None:
    h = LIKELIHOOD.run(n_samples=20, heads=("learned",), n_seeds=3)
    assert any("too sure" in note for note in h.attrs["notes"])
