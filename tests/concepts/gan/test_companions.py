"""Those who make points beside a GAN: losses against plain torch, and a sampler that arrives."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from core.concepts import find
from core.concepts.gan import companions, makers
from core.concepts.gan.targets import SIGMA
from core.concepts.gan.worlds import part_of
from tests.support.repairs import repaired

SMALL = companions.Config(n_steps=20, n_seeds=2, batch_size=16, width=8)


def in_float64(learner: makers.Learner) -> dict[str, torch.Tensor]:
    return {name: a.double() for name, a in learner.p.items()}


def module(p: dict[str, torch.Tensor], name: str, row: int) -> nn.Sequential:
    """One net of a stack, as plain torch has it."""
    own = part_of(p, name)
    layers = [nn.Linear(*own[f"w{i}"].shape[:0:-1]).double() for i in (1, 2, 3)]
    for i, layer in enumerate(layers, start=1):
        layer.weight.data, layer.bias.data = own[f"w{i}"][row], own[f"b{i}"][row]
    return nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])


def test_a_vae_pays_as_plain_torch_has_it() -> None:
    """The negative bound of the likelihood, but for its constant and the weight of the KL."""
    vae = makers.VAE(SMALL)
    p, (x, noise) = in_float64(vae), torch.randn(2, 2, 16, 2, dtype=torch.float64)
    vae._told = vae._told.double()
    found = vae.loss(p, x, noise)
    encoder, decoder = module(p, "encoder", 1), module(p, "decoder", 1)
    mean, log_variance = encoder(x[1]).chunk(2, 1)
    q = Normal(mean, (log_variance / 2).exp())
    told = kl_divergence(q, Normal(torch.zeros_like(mean), torch.ones_like(mean))).sum(1)
    likely = Normal(decoder(mean + q.stddev * noise[1]), SIGMA).log_prob(x[1]).sum(1)
    constant = math.log(2 * math.pi * SIGMA**2)
    assert found[1].item() == pytest.approx(
        (SMALL.beta * told - likely - constant).mean().item(), rel=1e-9)


def test_diffusion_pays_for_the_noise_that_it_does_not_find() -> None:
    diffusion = makers.Diffusion(SMALL)
    p, (x, noise) = in_float64(diffusion), torch.randn(2, 2, 16, 2, dtype=torch.float64)
    again = makers.Diffusion(SMALL)  # draws the same levels
    level = torch.from_numpy(again._others[0].integers(1, makers.N_LEVELS + 1, 16)).float()
    left = makers.kept(level)[:, None]
    noisy = left.sqrt() * makers.STRETCH * x[0] + (1 - left).sqrt() * noise[0]
    given = makers.features(noisy[None], level[None], makers.FREQUENCIES)[0]
    expected = (module(p, "noise", 0)(given) - noise[0]).square().sum(1).mean()
    assert diffusion.loss(p, x, noise)[0].item() == pytest.approx(expected.item(), rel=1e-9)


def test_noise_grows_from_none_to_all() -> None:
    left = makers.kept(torch.arange(makers.N_LEVELS + 1.0))
    assert left[0] == 1
    assert left[-1] < 1e-3
    assert (left.diff() < 0).all()


@pytest.mark.parametrize("n", [1, 3, 40])
def test_who_finds_all_noise_arrives_in_any_number_of_steps(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If all real points are one, its noise is known exactly."""
    diffusion = makers.Diffusion(SMALL.model_copy(update={"sampling_steps": n}))
    point = torch.tensor([0.3, -0.8])

    def said(p: object, x: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
        left = makers.kept(levels)[..., None]
        return (x - left.sqrt() * makers.STRETCH * point) / (1 - left).sqrt()

    monkeypatch.setattr(diffusion, "_said", said)
    assert (diffusion.made(torch.randn(2, 5, 2)) - point).abs().max() < 1e-3


def test_a_maker_is_the_same_whoever_stands_beside_it() -> None:
    lab = find("gan.companions")
    small = {"n_steps": 20, "n_seeds": 1, "batch_size": 16, "width": 8, "sampling_steps": 4}
    names = list(companions.MAKER_NAMES)
    together = lab.run(makers=names, **small)["distance"]
    for name in names:
        alone = lab.run(makers=[name], **small)["distance"]
        assert float(abs(together.sel(maker=name) - alone.sel(maker=name)).max()) == 0, name


def test_what_repairs_random_numbers_that_say_nothing() -> None:
    after = repaired("gan.companions", "idle", makers=["vae"], target="ring", beta=600.0,
                     n_steps=300, n_seeds=1)
    assert after.beta == 10
