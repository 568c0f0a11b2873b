"""Made digits: the measures against numpy and closed forms, generators against plain torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.gan import asked, digits, judge
from core.concepts.gan.drawing import CHANNELS, GENERATORS, Contest, draws
from core.stacked.traced import views

SMALL = digits.Config(n_seeds=2, n_steps=20, batch_size=16)


def test_the_judge_reads_digits_that_it_has_not_seen() -> None:
    real = judge.digits()
    said = judge.judge().chances(judge.judge().features(real.others[None]))[0].argmax(1)
    assert (said == real.other_labels).float().mean() > 0.93


def test_the_frechet_distance_is_that_of_eigenvalues() -> None:
    reader, real = judge.judge(), judge.digits()
    x = torch.rand(1, 200, 64, generator=torch.Generator().manual_seed(0))
    a, b = (reader.features(images)[0].double().numpy() for images in (x, real.reference[None]))
    c, d = np.cov(a.T), np.cov(b.T)
    between = np.sqrt(np.linalg.eigvals(c @ d).real.clip(0)).sum()  # the trace of its root
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c + d) - 2 * between
    assert reader.distance(reader.features(x)).item() == pytest.approx(expected, rel=1e-3)
    itself = reader.distance(reader.features(real.reference[None]))
    assert itself.item() == pytest.approx(0, abs=1e-3)


def test_the_nearest_training_image_of_one_of_them_is_itself() -> None:
    train = judge.digits().train
    apart, which = judge.nearest(train[None, [3, 70]] + 0.001)
    assert which[0].tolist() == [3, 70]
    assert apart[0].tolist() == pytest.approx([0.008, 0.008], rel=0.05)  # 0.001 in 64 pixels


def test_copies_are_near_and_real_digits_are_not() -> None:
    images = judge.baselines(np.random.default_rng(0), 200)
    found = {name: judge.measured(x[None]) for name, x in images.items()}
    assert found["copies"]["nearest"] < 0.8 < found["real"]["nearest"]
    assert found["copies"]["frechet"] < found["normal"]["frechet"]


def test_convolutional_generators_are_torchs() -> None:
    """Two of them, in float64."""
    kind, latent = GENERATORS["conv"], 6
    rows = torch.from_numpy(np.stack(
        [kind.start(latent, np.random.default_rng(seed)) for seed in range(2)])).double()
    p = views(kind.shapes(latent), rows)
    z = torch.randn(2, 5, latent, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    made = kind.draw(p, z)
    for k in range(2):
        first, second, third = (nn.Linear(latent, 4 * CHANNELS[0]),
                                nn.ConvTranspose2d(*CHANNELS, 4, 2, 1),
                                nn.ConvTranspose2d(CHANNELS[1], 1, 4, 2, 1))
        for layer, number in ((first, 1), (second, 2), (third, 3)):
            layer.weight.data, layer.bias.data = p[f"w{number}"][k], p[f"b{number}"][k]
        module = nn.Sequential(first, nn.ReLU(), nn.Unflatten(1, (CHANNELS[0], 2, 2)), second,
                               nn.ReLU(), third, nn.Sigmoid(), nn.Flatten())
        assert torch.allclose(made[k], module(z[k]), atol=1e-9)


def test_the_mean_of_the_weights_follows_them() -> None:
    contest = Contest("dense", SMALL)
    before = contest.mean.clone()
    contest.generate(next(draws(SMALL)))
    now = contest.game.p["generator"]
    assert not torch.equal(now, before)
    assert torch.allclose(contest.mean, SMALL.memory * before + (1 - SMALL.memory) * now)


def test_the_sheet_is_as_long_as_latents_are_and_its_corners_are_apart() -> None:
    places = digits.sheet(np.random.default_rng(0), 16)[0]
    assert torch.allclose(places.norm(dim=1), torch.full((digits.PLACES**2,), 4.0), atol=1e-5)
    corners = places[[0, digits.PLACES - 1, -1]]
    assert (corners @ corners.T / 16 - torch.eye(3)).abs().max() < 1e-5


# --- asked for --------------------------------------------------------------------------


def test_who_is_not_told_the_class_does_not_depend_on_it() -> None:
    """Of the games' generators, from the same start: one makes another image for another class."""
    config = asked.Config(games=("both", "discriminator"), n_seeds=1, n_steps=20)
    requests = asked.Requests(config)
    z = torch.randn(1, 3, asked.LATENT, generator=torch.Generator().manual_seed(0))
    one, two = (requests.made(z, torch.full((1, 3), c)) for c in (1, 2))
    assert not torch.allclose(one[0], two[0])
    assert torch.equal(one[1], two[1])


def test_a_discriminator_that_is_told_pays_as_plain_torch_has_it() -> None:
    """With R1 on the image alone, in float64."""
    config = asked.Config(games=("both",), n_seeds=1, batch_size=16, r1_weight=2.0)
    requests, drawn = asked.Requests(config), next(asked.draws(config))
    p = {player: {name: a.double() for name, a in own.items()}
         for player, own in requests.game.parameters.items()}
    real, noise = drawn.real.double(), drawn.noise.double()
    found = requests._told_apart(p, real, drawn.classes, noise, drawn.asked)
    modules = {}
    for player, own in p.items():
        layers = [nn.Linear(*own[f"w{i}"].shape[:0:-1]).double() for i in (1, 2, 3)]
        for i, layer in enumerate(layers, start=1):
            layer.weight.data, layer.bias.data = own[f"w{i}"][0], own[f"b{i}"][0]
        modules[player] = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    of_real, of_asked = (nn.functional.one_hot(y[0], 10).double()
                         for y in (drawn.classes, drawn.asked))
    images = real[0].requires_grad_()
    made = modules["generator"](torch.cat([noise[0], of_asked], 1)).sigmoid()
    score = modules["discriminator"](torch.cat([images, of_real], 1))
    fooled = modules["discriminator"](torch.cat([made, of_asked], 1))
    (steep,) = torch.autograd.grad(score.sum(), images)
    paid = (nn.functional.softplus(-score) + nn.functional.softplus(fooled)).mean()
    expected = paid + steep.square().sum(1).mean()
    assert found.item() == pytest.approx(expected.item(), rel=1e-9)
