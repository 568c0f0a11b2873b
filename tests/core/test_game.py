"""Games of two nets, held to two nets of torch.nn with two optimizers, in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from core.stacked.functions import linear
from core.stacked.game import Everyone, Game, Player
from core.stacked.traced import Parameters, Shapes, flat

N_SEEDS, BATCH, STEPS, H, Z = 3, 16, 6, 5, 2
GENERATOR = {"w1": (H, Z), "b1": (H,), "w2": (2, H), "b2": (2,)}
CRITIC = {"w1": (H, 2), "b1": (H,), "w2": (1, H), "b2": (1,)}
RATES, BETAS = {"critic": 0.01, "generator": 0.005}, (0.5, 0.9)


def net(p: Parameters, x: Tensor) -> Tensor:
    return linear(linear(x, p["w1"], p["b1"]).tanh(), p["w2"], p["b2"])


def fooled(everyone: Everyone, noise: Tensor) -> Tensor:
    """The non-saturating loss of the generator, Goodfellow et al. 2014."""
    return softplus(-net(everyone["critic"], net(everyone["generator"], noise))).mean((1, 2))


def told_apart(gamma: float) -> Callable[[Everyone, Tensor, Tensor], Tensor]:
    """The critic's, with R1: gamma / 2 times the squared gradient at real points."""

    def loss(everyone: Everyone, real: Tensor, noise: Tensor) -> Tensor:
        fake, real = net(everyone["generator"], noise), real.requires_grad_()
        said = net(everyone["critic"], real)
        right = softplus(-said) + softplus(net(everyone["critic"], fake))
        (slope,) = torch.autograd.grad(said.sum(), real, create_graph=True)
        return right.mean((1, 2)) + gamma / 2 * slope.square().sum(2).mean(1)

    return loss


def start_of(shapes: Shapes, seeds: range, purpose: int) -> Tensor:
    rngs = [np.random.default_rng((s, purpose)) for s in seeds]
    return torch.from_numpy(np.stack([
        flat(shapes, {name: rng.standard_normal(shape) for name, shape in shapes.items()})
        for rng in rngs
    ])).double()


def game_of(gamma: float, seeds: range = range(N_SEEDS)) -> Game:
    def player(name: str, shapes: Shapes, loss: Callable[..., Tensor]) -> Player:
        coefficients = {"learning_rate": RATES[name], "beta1": BETAS[0], "beta2": BETAS[1]}
        return Player(shapes, start_of(shapes, seeds, len(name)), loss, ["adam"] * len(seeds),
                      [coefficients] * len(seeds))

    return Game({"critic": player("critic", CRITIC, told_apart(gamma)),
                 "generator": player("generator", GENERATOR, fooled)})


def batch(t: int, seeds: range) -> tuple[Tensor, Tensor]:
    """Real points and noise of every game, (K, BATCH, 2) and (K, BATCH, Z)."""
    drawn = [np.random.default_rng((s, t, 7)).standard_normal((BATCH, 2 + Z)) for s in seeds]
    both = torch.from_numpy(np.stack(drawn))
    return both[..., :2] + 1, both[..., 2:]


def play(game: Game, seeds: range = range(N_SEEDS)) -> Game:
    for t in range(STEPS):
        real, noise = batch(t, seeds)
        game.turn("critic", real, noise)
        game.turn("generator", noise)
    return game


class Eager:
    """One game in plain torch."""

    def __init__(self, seed: int, gamma: float, simultaneous: bool = False) -> None:
        self.gamma, self.simultaneous = gamma, simultaneous
        self.nets, self.optimizers = {}, {}
        for name, shapes in (("critic", CRITIC), ("generator", GENERATOR)):
            (h, n_in), (n_out, _) = shapes["w1"], shapes["w2"]
            module = nn.Sequential(nn.Linear(n_in, h), nn.Tanh(), nn.Linear(h, n_out)).double()
            start = start_of(shapes, range(seed, seed + 1), len(name))
            nn.utils.vector_to_parameters(start[0], module.parameters())
            self.nets[name] = module
            self.optimizers[name] = torch.optim.Adam(module.parameters(), RATES[name], BETAS)

    def play(self, seed: int) -> None:
        for t in range(STEPS):
            real, noise = (a[0] for a in batch(t, range(seed, seed + 1)))
            self.backward("critic", self.critic_loss(real, noise))
            if not self.simultaneous:
                self.optimizers["critic"].step()
            loss = softplus(-self.nets["critic"](self.nets["generator"](noise))).mean()
            self.backward("generator", loss)
            if self.simultaneous:
                self.optimizers["critic"].step()
            self.optimizers["generator"].step()

    def critic_loss(self, real: Tensor, noise: Tensor) -> Tensor:
        critic, real = self.nets["critic"], real.requires_grad_()
        said = critic(real)
        loss = (softplus(-said) + softplus(critic(self.nets["generator"](noise).detach()))).mean()
        (slope,) = torch.autograd.grad(said.sum(), real, create_graph=True)
        return loss + self.gamma / 2 * slope.square().sum(1).mean()

    def backward(self, name: str, loss: Tensor) -> None:
        own = list(self.nets[name].parameters())
        for q, g in zip(own, torch.autograd.grad(loss, own), strict=True):
            q.grad = g

    def parameters(self, name: str) -> Tensor:
        return nn.utils.parameters_to_vector(self.nets[name].parameters()).detach()


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_a_game_equals_torch(gamma: float) -> None:
    """Alternating steps of all seeds; with R1, whose gradient is a second derivative."""
    ours = play(game_of(gamma))
    for seed in range(N_SEEDS):
        eager = Eager(seed, gamma)
        eager.play(seed)
        for name in ("critic", "generator"):
            assert (ours.p[name][seed] - eager.parameters(name)).abs().max() <= 1e-9
            assert (ours.p[name] - ours.players[name].start).abs().max() > 0.01


def test_r1_changes_the_game() -> None:
    assert (play(game_of(0)).p["critic"] - play(game_of(2)).p["critic"]).abs().max() > 1e-3


def test_players_can_move_at_once() -> None:
    ours, eager = game_of(0, range(1)), Eager(0, 0, simultaneous=True)
    eager.play(0)
    for t in range(STEPS):
        real, noise = batch(t, range(1))
        ours.gradient("critic", real, noise)
        ours.gradient("generator", noise)
        for name in ours.players:
            ours.update(name)
    for name in ours.players:
        assert (ours.p[name][0] - eager.parameters(name)).abs().max() <= 1e-9


def test_a_seed_in_a_stack_equals_the_same_seed_alone() -> None:
    together = play(game_of(1))
    for seed in range(N_SEEDS):
        one = range(seed, seed + 1)
        alone = play(game_of(1, one), one)
        for name in alone.players:
            assert (together.p[name][seed] - alone.p[name][0]).abs().max() <= 1e-12


def test_a_turn_moves_one_player_and_says_its_loss() -> None:
    game = game_of(0)
    real, noise = batch(0, range(N_SEEDS))
    expected = told_apart(0)(game.parameters, real, noise)
    before = {name: p.clone() for name, p in game.p.items()}
    assert torch.equal(game.turn("critic", real, noise), expected)
    assert not torch.equal(game.p["critic"], before["critic"])
    assert torch.equal(game.p["generator"], before["generator"])
    assert game.parameters["critic"]["b2"].data_ptr() == game.p["critic"][:, -1:].data_ptr()
