"""Who makes points out of two random numbers: a GAN, a VAE, and diffusion; all seeds in a stack.

Adding one is a class with `step`, `made` and `idle`, and an entry in `MAKERS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.concepts.gan import plane
from core.concepts.gan.match import Matches, draws
from core.concepts.gan.nets import net, shapes_of, start_of
from core.concepts.gan.targets import SIGMA, target_of
from core.concepts.gan.worlds import part_of
from core.lazy import torch
from core.stacked.functions import normal
from core.stacked.game import Game, Player
from core.stacked.traced import Parameters, Shapes, flat

if TYPE_CHECKING:
    from torch import Tensor

    from core.concepts.gan.companions import Config

LATENT = 2
"""Random numbers of a point. Diffusion has no choice: its noise has the form of what it makes."""
IDLE = 0.05
"""Nats that a latent tells of its point, below which it tells nothing."""


class Maker(Protocol):
    """S models of a kind."""

    def step(self, t: int) -> None:
        """The t-th update, from 1 on."""

    def made(self, noise: Tensor) -> Tensor:
        """Points out of random numbers, (S, n, 2) to the same; of the first seeds, if few."""

    def idle(self) -> bool:
        """Whether in all seeds the random numbers say nothing of the points."""


def game_of(config: Config) -> plane.Config:
    """The game as the lab in the plane plays it."""
    return plane.Config(
        target=config.target, games=("non_saturating",), latent=LATENT, width=config.width,
        discriminator_width=config.width, generator_rate=config.player_rate,
        discriminator_rate=config.player_rate, extra_r1=config.r1_weight,
        batch_size=config.batch_size, n_seeds=config.n_seeds, seed=config.seed)


def first_of(p: Parameters, n: int) -> Parameters:
    """The parameters of the first seeds."""
    return {name: a[:n] for name, a in p.items()}


class GAN:
    """As in the lab in the plane, with R1, if it has any weight, and equal rates."""

    def __init__(self, config: Config) -> None:
        own = game_of(config)
        self._drawn, self._matches = draws(own), Matches(own)

    def step(self, t: int) -> None:
        self._matches.discriminate(next(self._drawn))
        self._matches.generate(next(self._drawn))

    def made(self, noise: Tensor) -> Tensor:
        p = first_of(self._matches.game.parameters["generator"], len(noise))
        return net(p, noise, self._matches.units)

    def idle(self) -> bool:
        return False


class Learner:
    """Nets that learn alone, from real points and standard normal noise.

    Args:
        purpose: Of the generators of their initial weights and draws.
        nets: By name the numbers that go in and come out.
        n_noise: Normal numbers per point of an update.
    """

    def __init__(
        self, config: Config, purpose: int, nets: Mapping[str, tuple[int, int]], n_noise: int
    ) -> None:
        self.config, self._n_noise = config, n_noise
        self._target = target_of(config.target)
        self._points = [np.random.default_rng((seed, 1)) for seed in config.seeds]
        self._others = [np.random.default_rng((seed, purpose, 1)) for seed in config.seeds]
        parts = {name: shapes_of(n_in, config.width, n_out)
                 for name, (n_in, n_out) in nets.items()}
        shapes: Shapes = {f"{name}.{key}": shape for name, own in parts.items()
                          for key, shape in own.items()}
        starts = []
        for seed in config.seeds:
            rng = np.random.default_rng((seed, purpose, 0))
            starts.append(np.concatenate([flat(own, start_of(own, rng))
                                          for own in parts.values()]))
        rule = {"learning_rate": config.learning_rate}
        n = config.n_seeds
        self._game = Game({"all": Player(
            shapes, torch.from_numpy(np.stack(starts)),
            lambda everyone, *drawn: self.loss(everyone["all"], *drawn), ["adam"] * n, [rule] * n)})

    @property
    def p(self) -> Parameters:
        return self._game.parameters["all"]

    def step(self, t: int) -> None:
        n = self.config.batch_size
        x = torch.from_numpy(np.stack([self._target.draw(rng, n) for rng in self._points]))
        factor = (1 + math.cos(math.pi * (t - 1) / self.config.n_steps)) / 2
        self._game.turn("all", x, normal(self._others, n, self._n_noise), rate_factor=factor)

    def loss(self, p: Parameters, x: Tensor, noise: Tensor) -> Tensor:
        """What each model makes small, (S,)."""
        raise NotImplementedError


class VAE(Learner):
    """Encoder and decoder. Kingma & Welling 2014; beta as in Higgins et al. 2017."""

    def __init__(self, config: Config) -> None:
        self._told = torch.zeros(config.n_seeds)  # nats, running mean
        super().__init__(config, 20, {"encoder": (2, 2 * LATENT), "decoder": (LATENT, 2)}, LATENT)

    def loss(self, p: Parameters, x: Tensor, noise: Tensor) -> Tensor:
        mean, log_variance = net(part_of(p, "encoder"), x, UNITS).split(LATENT, 2)
        log_variance = log_variance.clamp(-12, 12)
        z = mean + (log_variance / 2).exp() * noise
        apart = (net(part_of(p, "decoder"), z, UNITS) - x).square().sum(2)
        told = divergence(mean, log_variance)
        self._told.lerp_(told.detach().mean(1), 0.05)
        return (apart / (2 * SIGMA**2) + self.config.beta * told).mean(1)

    def made(self, noise: Tensor) -> Tensor:
        return net(part_of(first_of(self.p, len(noise)), "decoder"), noise, UNITS)

    def idle(self) -> bool:
        return bool((self._told < IDLE).all())


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) | N(0, I)) in nats: (S, n, latent) twice to (S, n)."""
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum(2) / 2


N_LEVELS = 40
CUT = 3.0
"""A guess at a point without noise is cut at this much each way."""
STRETCH = 1.4
"""Points are stretched by it, so that their variance is about that of the noise."""
FREQUENCIES = (1.5, 3.0, 6.0)
"""Of the Fourier features of a place. Tancik et al. 2020."""


def kept(level: Tensor) -> Tensor:
    """How much of a point's square is left at a level from 0 to `N_LEVELS`: 1 to nearly 0.

    Nichol & Dhariwal 2021, equation 17.
    """
    def f(u: Tensor | float) -> Tensor:
        return ((torch.as_tensor(u) + 0.008) / 1.008 * (math.pi / 2)).cos().square()

    return (f(level / N_LEVELS) / f(0.0)).clamp(1e-4, 1)


class Diffusion(Learner):
    """A net that says which noise a point got. Ho et al. 2020, algorithm 1; sampled by DDIM."""

    frequencies: tuple[float, ...] = FREQUENCIES

    def __init__(self, config: Config) -> None:
        n_in = 2 + 4 * len(self.frequencies) + N_TIME
        super().__init__(config, 21, {"noise": (n_in, 2)}, 2)

    def loss(self, p: Parameters, x: Tensor, noise: Tensor) -> Tensor:
        levels = torch.from_numpy(np.stack([
            rng.integers(1, N_LEVELS + 1, x.shape[1]) for rng in self._others])).float()
        left = kept(levels)[..., None]
        noisy = left.sqrt() * STRETCH * x + (1 - left).sqrt() * noise
        return (self._said(p, noisy, levels) - noise).square().sum(2).mean(1)

    def _said(self, p: Parameters, x: Tensor, levels: Tensor) -> Tensor:
        """The noise in points (S, n, 2) at levels (S, n)."""
        return net(part_of(p, "noise"), features(x, levels, self.frequencies), UNITS)

    def made(self, noise: Tensor) -> Tensor:
        """From noise to points, along fewer levels if asked to. Song et al. 2021, equation 12."""
        n = self.config.sampling_steps
        way = [round(N_LEVELS * (n - i) / n) for i in range(n + 1)]
        x, p = noise, first_of(self.p, len(noise))
        for level, then in pairwise(way):
            at = torch.full(x.shape[:2], float(level))
            left, next_left = kept(at)[..., None], kept(torch.tensor(float(then)))
            said = self._said(p, x, at)
            point = ((x - (1 - left).sqrt() * said) / left.sqrt()).clamp(-CUT, CUT)
            said = (x - left.sqrt() * point) / (1 - left).sqrt()
            x = next_left.sqrt() * point + (1 - next_left).sqrt() * said
        return x / STRETCH

    def idle(self) -> bool:
        return False


class Bare(Diffusion):
    """Diffusion whose net is given a place by its two coordinates alone."""

    frequencies = ()


N_TIME = 6


def features(x: Tensor, levels: Tensor, frequencies: tuple[float, ...]) -> Tensor:
    """What a net is given of places (S, n, 2) at levels (S, n): (S, n, features)."""
    angles = [f * x for f in frequencies]
    time = levels[..., None] / N_LEVELS * (math.pi * 2.0 ** torch.arange(N_TIME // 2))
    return torch.cat([x, *(a.sin() for a in angles), *(a.cos() for a in angles),
                      time.sin(), time.cos()], 2)


UNITS = "relu"
MAKERS: dict[str, Callable[[Config], Maker]] = {
    "gan": GAN, "vae": VAE, "diffusion": Diffusion, "bare": Bare,
}
