"""Matches: generators against discriminators, all rules and all seeds in one stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.concepts.gan import rules
from core.concepts.gan.nets import LAYERS, net, shapes_of, start_of
from core.concepts.gan.rules import GAMES, LOSSES, SpectralNorm
from core.concepts.gan.targets import target_of
from core.lazy import torch
from core.stacked.functions import normal
from core.stacked.game import Everyone, Game, Player
from core.stacked.traced import Parameters, Shapes, flat

if TYPE_CHECKING:
    from torch import Tensor

    from core.concepts.gan.plane import Config

WARM_UP = 20
"""Steps of the power iteration before the first update."""


class Draws(NamedTuple):
    """What is drawn for one turn of a player, the same for all rules; S seeds.

    Attributes:
        real: Real points, (S, B, 2).
        noise: What the generator makes points of, (S, B, latent).
        between: Where between a real and a made point a penalty looks, 0 to 1: (S, B, 1).
        jitter: Standard normal, for instance noise: (S, 2 B, 2).
    """

    real: Tensor
    noise: Tensor
    between: Tensor
    jitter: Tensor


def draws(config: Config) -> Iterator[Draws]:
    """One after the other; each seed has generators of its own."""
    target, n = target_of(config.target), config.batch_size
    points = [np.random.default_rng((seed, 1)) for seed in config.seeds]
    others = [np.random.default_rng((seed, 2)) for seed in config.seeds]
    while True:
        real = torch.from_numpy(np.stack([target.draw(rng, n) for rng in points]))
        noise = normal(others, n, config.latent)
        between = torch.from_numpy(np.stack([rng.random((n, 1), np.float32) for rng in others]))
        yield Draws(real, noise, between, normal(others, 2 * n, 2))


class Matches:
    """All games of a configuration: K = games x seeds, game by game.

    Args:
        config: Sizes, rates, weights.
    """

    def __init__(self, config: Config) -> None:
        self.config, self.units = config, config.units
        self.rules = [GAMES[name] for name in config.games]
        self._rows = [slice(i * config.n_seeds, (i + 1) * config.n_seeds)
                      for i in range(len(self.rules))]
        shapes = {"discriminator": shapes_of(2, config.discriminator_width, 1),
                  "generator": shapes_of(config.latent, config.width, 2)}
        losses: dict[str, Callable[..., Tensor]] = {
            "discriminator": self._told_apart, "generator": self._fooled}
        self.game = Game({
            player: Player(shapes[player], self._start(shapes[player], purpose), losses[player],
                           ["adam"] * len(self._seeds), [self._coefficients(player)] *
                           len(self._seeds))
            for purpose, player in enumerate(shapes, start=10)})
        self._spectral = self._spectral_norm(shapes["discriminator"])
        self.at(config, config.noise)

    @property
    def _seeds(self) -> list[int]:
        return [seed for _ in self.rules for seed in self.config.seeds]

    def _start(self, shapes: Shapes, purpose: int) -> Tensor:
        """Initial parameters, (K, P): for all rules the same."""
        rows = [flat(shapes, start_of(shapes, np.random.default_rng((seed, purpose))))
                for seed in self.config.seeds]
        return torch.from_numpy(np.stack(rows)).repeat(len(self.rules), 1)

    def _coefficients(self, player: str) -> dict[str, float]:
        rate = getattr(self.config, f"{player}_rate")
        return {"learning_rate": rate, "beta1": self.config.beta1, "beta2": self.config.beta2}

    def _spectral_norm(self, shapes: Shapes) -> SpectralNorm | None:
        normed = [rule.remedy == "spectral" for rule in self.rules for _ in self.config.seeds]
        if not any(normed):
            return None
        u = {layer: torch.from_numpy(np.stack([
            np.random.default_rng((seed, 12, int(layer))).standard_normal(shapes[f"w{layer}"][0])
            for seed in self._seeds]).astype(np.float32)) for layer in LAYERS}
        spectral = SpectralNorm(u, torch.tensor(normed))
        spectral.iterate(self.game.parameters["discriminator"], WARM_UP)
        return spectral

    # --- turns -------------------------------------------------------------------------------

    def at(self, now: Config, noise: float) -> None:
        """What holds in the turns to come.

        Args:
            now: The settings in force.
            noise: Standard deviation of instance noise, in the games that have it.
        """
        self._now = now
        self._r1 = [now.extra_r1 + self.config.r1_weight * (rule.remedy == "r1")
                    for rule in self.rules]
        levels = [max(now.extra_noise, noise * (rule.remedy == "noise")) for rule in self.rules]
        by_row = torch.tensor(levels).repeat_interleave(self.config.n_seeds)
        self._noise = by_row[:, None, None] if any(levels) else None

    def discriminate(self, drawn: Draws) -> None:
        """An update of the discriminators."""
        factor = self._now.discriminator_rate / self.config.discriminator_rate
        self.game.turn("discriminator", *map(self._for_all, drawn), rate_factor=factor)
        for rows, rule in zip(self._rows, self.rules, strict=True):
            if rule.remedy == "clip":
                self.game.p["discriminator"][rows].clamp_(-self.config.clip, self.config.clip)
        if self._spectral:
            self._spectral.iterate(self.game.parameters["discriminator"])

    def generate(self, drawn: Draws) -> None:
        """An update of the generators."""
        factor = self._now.generator_rate / self.config.generator_rate
        jitter = drawn.jitter[:, : self.config.batch_size]
        self.game.turn("generator", self._for_all(drawn.noise), self._for_all(jitter),
                       rate_factor=factor)

    def _for_all(self, drawn: Tensor) -> Tensor:
        """(S, ...) to (K, ...)."""
        return drawn.repeat(len(self.rules), 1, 1)

    # --- what the players make small ---------------------------------------------------------

    def _told_apart(
        self, everyone: Everyone, real: Tensor, noise: Tensor, between: Tensor, jitter: Tensor
    ) -> Tensor:
        """Of each discriminator, (K,)."""
        made = net(everyone["generator"], noise, self.units)
        d = self.judge(everyone["discriminator"])
        score = net(d, self._jittered(torch.cat([real, made], 1), jitter), self.units)
        paid = []
        for rows, rule, r1 in zip(self._rows, self.rules, self._r1, strict=True):
            loss, (of_real, of_made) = LOSSES[rule.loss], score[rows].split(real.shape[1], 1)
            each = (loss.real(of_real) + loss.made(of_made)).mean((1, 2))
            own = {name: a[rows] for name, a in d.items()}
            if r1:
                each = each + rules.r1(own, real[rows], self.units, r1)
            if rule.remedy == "penalty":
                mixed = real[rows].lerp(made[rows], between[rows])
                each = each + rules.penalty(own, mixed, self.units, self.config.penalty_weight)
            paid.append(each)
        return torch.cat(paid)

    def _fooled(self, everyone: Everyone, noise: Tensor, jitter: Tensor) -> Tensor:
        """Of each generator, (K,)."""
        made = self._jittered(net(everyone["generator"], noise, self.units), jitter)
        score = net(self.judge(everyone["discriminator"]), made, self.units)
        return torch.cat([LOSSES[rule.loss].generator(score[rows]).mean((1, 2))
                          for rows, rule in zip(self._rows, self.rules, strict=True)])

    def judge(self, d: Parameters) -> Parameters:
        """The discriminators' weights as they act."""
        return self._spectral(d) if self._spectral else d

    def _jittered(self, points: Tensor, jitter: Tensor) -> Tensor:
        return points if self._noise is None else points + self._noise * jitter
