"""Games held to plain torch, losses and penalties to closed forms, measures to real points."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from core.concepts.gan import measures, plain, rules
from core.concepts.gan.match import Matches, draws
from core.concepts.gan.nets import LAYERS, net, shapes_of, slope, start_of
from core.concepts.gan.plane import Config, collapsed, train, verdict
from core.concepts.gan.rules import GAMES, LOSSES, SpectralNorm
from core.concepts.gan.targets import TARGETS, n_pieces, target_of
from core.data.own import OwnPoints, at_hand

SMALL = Config(n_steps=20, n_seeds=2, batch_size=16, latent=3)


def nets(n_in: int, n_out: int, n: int = 3) -> dict[str, torch.Tensor]:
    shapes = shapes_of(n_in, 8, n_out)
    drawn = [start_of(shapes, np.random.default_rng(seed)) for seed in range(n)]
    return {name: torch.from_numpy(np.stack([d[name] for d in drawn])).double() for name in shapes}


# --- the games ----------------------------------------------------------------------------


def test_a_game_goes_where_the_plain_algorithm_goes() -> None:
    """With and without R1, among other games: all parameters after 20 turns each, float64."""
    matches = Matches(SMALL.model_copy(update={"games": ("non_saturating", "spectral", "r1")}))
    stack = {player: p.clone() for player, p in matches.game.p.items()}
    drawn = draws(SMALL)
    played = [(next(drawn), next(drawn)) for _ in range(20)]
    for first, second in played:
        matches.discriminate(first)
        matches.generate(second)
    for row, seed, r1 in ((1, 1, 0.0), (4, 0, 0.1)):
        alone = plain.GAN(SMALL.latent, r1)
        own = {"discriminator": alone.discriminator, "generator": alone.generator}
        for player, module in own.items():
            torch.nn.utils.vector_to_parameters(stack[player][row], module.parameters())
            module.double()
        for first, second in played:
            alone.discriminate(first.real[seed].double(), first.noise[seed].double())
            alone.generate(second.noise[seed].double())
        for player, module in own.items():
            ended = torch.nn.utils.parameters_to_vector(module.parameters())
            assert (matches.game.p[player][row] - ended).abs().max() < 1e-4
            assert (stack[player][row] - ended).abs().max() > 0.01


@pytest.mark.parametrize("units", ["relu", "tanh"])
def test_the_slope_is_autograds(units: str) -> None:
    d, x = nets(2, 1), torch.randn(3, 5, 2, dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(net(d, x, units).sum(), x)
    assert (slope(d, x, units) - expected).abs().max() < 1e-12


def test_penalties_on_a_linear_critic() -> None:
    """D(x) = w x: R1 is weight / 2 |w|^2, the penalty weight (|w| - 1)^2; 0 for a unit slope."""
    # relu units in their linear part: one unit passes x on, shifted far above 0
    d = {name: torch.zeros(1, *shape, dtype=torch.float64)
         for name, shape in shapes_of(2, 8, 1).items()}
    d["w1"][0, 0], d["b1"][0, 0] = torch.tensor([3.0, 4.0]), 100.0
    d["w2"][0, 0, 0] = d["w3"][0, 0, 0] = 1.0
    x = torch.randn(1, 7, 2, dtype=torch.float64)
    assert rules.r1(d, x, "relu", 2.0).item() == pytest.approx(25)
    assert rules.penalty(d, x, "relu", 2.0).item() == pytest.approx(2 * 16)
    d["w1"] /= 5
    assert rules.penalty(d, x, "relu", 10.0).item() == pytest.approx(0)


@pytest.mark.parametrize("units", ["relu", "tanh"])
def test_penalties_against_finite_differences(units: str) -> None:
    """Their slopes in the discriminator's weights, in float64."""
    d, x = nets(2, 1, n=1), torch.randn(1, 6, 2, dtype=torch.float64)
    way = {name: torch.randn_like(a) for name, a in d.items()}
    for paid in (rules.r1, rules.penalty):
        leaves = {name: a.clone().requires_grad_() for name, a in d.items()}
        slopes = torch.autograd.grad(paid(leaves, x, units, 2.0).sum(), list(leaves.values()),
                                     allow_unused=True)
        along = sum((g * way[name]).sum().item() for name, g in zip(leaves, slopes, strict=True)
                    if g is not None)
        ahead, behind = (paid({name: a + h * way[name] for name, a in d.items()}, x, units, 2.0)
                         for h in (1e-6, -1e-6))
        assert ((ahead - behind) / 2e-6).item() == pytest.approx(along, rel=1e-5, abs=1e-8)


def test_a_critic_on_two_points_is_as_steep_as_its_penalty_allows() -> None:
    """D(x) = w x, a real point at 2 and a made one at 0: -2 w + weight (w - 1)^2 is least where
    w = 1 + 1 / weight.
    """
    loss, weight = LOSSES["wasserstein"], 4.0

    def paid(w: float) -> float:
        of_real, of_made = torch.tensor(2 * w), torch.tensor(0.0)
        d = {name: torch.zeros(1, *shape, dtype=torch.float64)
             for name, shape in shapes_of(2, 8, 1).items()}
        d["w1"][0, 0, 0], d["b1"][0, 0] = w, 100.0
        d["w2"][0, 0, 0] = d["w3"][0, 0, 0] = 1.0
        between = torch.tensor([[[0.7, 0.0]]], dtype=torch.float64)
        own = rules.penalty(d, between, "relu", weight)
        return (loss.real(of_real) + loss.made(of_made) + own).item()

    best = 1 + 1 / weight
    assert paid(best) < min(paid(best - 0.01), paid(best + 0.01))
    assert paid(best - 0.01) == pytest.approx(paid(best + 0.01), abs=1e-5)


def test_losses_where_the_discriminator_cannot_tell() -> None:
    s = torch.zeros(1)
    paid = {name: (loss.real(s) + loss.made(s)).item() for name, loss in LOSSES.items()}
    assert paid["non_saturating"] == paid["saturating"] == pytest.approx(2 * math.log(2))
    assert (LOSSES["least_squares"].real(s + 0.5) + LOSSES["least_squares"].made(s + 0.5)
            ).item() == pytest.approx(0.25)
    assert paid["wasserstein"] == 0


def test_the_two_generators_of_one_discriminator() -> None:
    """Non-saturating and saturating pull the same way, and equally where it cannot tell; where a
    point is surely made, the saturating pull is gone.
    """
    def pull(name: str, score: float) -> float:
        s = torch.tensor(float(score), requires_grad=True)
        return -torch.autograd.grad(LOSSES[name].generator(s), s)[0].item()

    assert pull("saturating", 0) == pytest.approx(pull("non_saturating", 0)) == 0.5
    assert pull("saturating", -8) < 1e-3 < 0.99 < pull("non_saturating", -8)


def test_spectral_norm_against_singular_values() -> None:
    d = nets(2, 1)
    u = {layer: torch.randn(3, d[f"w{layer}"].shape[1], dtype=torch.float64) for layer in LAYERS}
    normed = SpectralNorm(u, torch.tensor([True, False, True]))
    normed.iterate(d, 500)
    acting = normed(d)
    for layer in LAYERS:
        largest = torch.linalg.matrix_norm(acting[f"w{layer}"], 2)
        assert (largest[[0, 2]] - SpectralNorm.FACTOR).abs().max() < 1e-6
        assert torch.equal(acting[f"w{layer}"][1], d[f"w{layer}"][1])


def test_clipped_critics_stay_within() -> None:
    config = SMALL.model_copy(update={"games": ("wasserstein_clip", "r1"), "clip": 0.05})
    matches, drawn = Matches(config), draws(config)
    for _ in range(3):
        matches.discriminate(next(drawn))
    p = matches.game.p["discriminator"].abs().amax(1)
    assert p[:2].max() == pytest.approx(0.05)
    assert p[2:].min() > 0.2


def test_all_games_are_played_and_differ() -> None:
    config = SMALL.model_copy(update={"games": tuple(GAMES)})
    matches, drawn = Matches(config), draws(config)
    for _ in range(3):
        matches.discriminate(next(drawn))
        matches.generate(next(drawn))
    g = matches.game.p["generator"].view(len(GAMES), 2, -1)
    assert torch.pdist(g[:, 0]).min() > 1e-6


def test_a_critics_verdict_is_halfway_between_its_means() -> None:
    loss, low, high = LOSSES["wasserstein"], torch.tensor([3.0]), torch.tensor([5.0])
    said = verdict(loss, torch.tensor([3.0, 4.0, 5.0]), high, low)
    assert said.tolist() == pytest.approx([1 / (1 + math.exp(2)), 0.5, 1 / (1 + math.exp(-2))])


# --- targets and measures -----------------------------------------------------------------


@pytest.mark.parametrize("name", TARGETS)
def test_real_points_are_good_and_cover_all(name: str) -> None:
    target, rng = TARGETS[name], np.random.default_rng(0)
    a, b = (target.draw(rng, 4000) for _ in range(2))
    found = measures.measured(target, a, b)
    assert 0.983 < found["good"] <= 1
    assert found["covered"] == target.n_pieces
    assert found["effective"] > 0.99 * target.n_pieces
    assert found["distance"] < 0.06
    assert np.abs(a).max() < 1.4


@pytest.mark.parametrize("n", [150, 1000])
def test_a_visitors_points_are_a_target(n: int) -> None:
    """They fill the picture, each eighth in one direction; real points are good and cover all."""
    rng = np.random.default_rng(1)
    angle = rng.uniform(0, 2 * np.pi, n)
    letter = np.stack([40 + 3 * np.cos(angle), 100 * np.sin(angle)], 1).astype(np.float32)
    own = OwnPoints(letter, np.arange(n, dtype=np.uint8) % 2)
    with at_hand(own):
        target = target_of(own.name)
    assert target.n_pieces == n_pieces(own.name) == 8
    assert len(target.centres) <= 300
    assert 0.9 < np.abs(target.centres).max() < 1
    assert np.bincount(target.piece) == pytest.approx(len(target.centres) / 8, abs=1)
    around = np.unwrap(np.arctan2(*(target.centres - target.centres.mean(0)).T[::-1]))
    assert (np.diff(around) > -0.05).all()
    found = measures.measured(target, *(target.draw(rng, 400) for _ in range(2)))
    assert found["good"] > 0.98
    assert found["covered"] == 8


def test_a_game_is_played_on_a_visitors_points() -> None:
    own = OwnPoints(np.random.default_rng(0).normal(size=(120, 2)).astype(np.float32),
                    np.zeros(120, np.uint8) + (np.arange(120) > 60).astype(np.uint8))
    config = SMALL.model_copy(update={"target": own.name})
    with at_hand(own):
        frames = list(train(config))
    with at_hand(None), pytest.raises(LookupError, match="private to the visit"):
        list(train(config))
    assert frames[-1].arrays["shares"].shape[-1] == 8


def test_good_by_the_normal_law() -> None:
    """Of a Gaussian in the plane 1 - exp(-9 / 2) lie within three standard deviations."""
    target = TARGETS["ring"]
    found = measures.measured(target, *(
        target.draw(np.random.default_rng(s), 100_000) for s in (0, 1)))
    assert found["good"] == pytest.approx(1 - math.exp(-4.5), abs=0.002)


def test_collapsed_and_blurred_are_told_apart() -> None:
    """All points on one island: perfect points of one kind; a filled disc: all kinds, none good."""
    target, rng = TARGETS["ring"], np.random.default_rng(0)
    real = target.draw(rng, 400)
    one = (target.centres[0] + 0.02 * rng.standard_normal((400, 2))).astype(np.float32)
    angle, radius = rng.uniform(0, 2 * np.pi, 400), np.sqrt(rng.uniform(0, 1, 400))
    disc = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).astype(np.float32)
    of_one, of_disc = (measures.measured(target, cloud, real) for cloud in (one, disc))
    assert of_one["good"] == 1
    assert of_one["effective"] == pytest.approx(1)
    assert of_disc["good"] < 0.2
    assert of_disc["effective"] > 7.5
    told = {name: np.stack([of_one[name], of_disc[name]]) for name in ("good", "effective")}
    assert collapsed(told).tolist() == [True, False]


def test_distance_of_a_shifted_cloud() -> None:
    """A shift by v: of directions evenly around, the mean of (v n)^2 is |v|^2 / 2."""
    cloud = np.random.default_rng(0).standard_normal((300, 2)).astype(np.float32)
    moved = cloud + np.array([0.3, 0.4], np.float32)
    assert measures.sliced_distance(cloud, moved) == pytest.approx(0.5 / math.sqrt(2), rel=1e-4)
    assert measures.sliced_distance(cloud, cloud[::-1]) == 0


def test_a_broken_cloud_has_no_measure() -> None:
    real = TARGETS["ring"].draw(np.random.default_rng(0), 50)
    broken = np.where(np.arange(50)[:, None] == 3, np.nan, real)
    found = measures.measured(TARGETS["ring"], broken, real)
    assert np.isnan(found["distance"])
    assert found["good"] == found["effective"] == found["covered"] == 0
