"""The smallest game, and games in the plane, one after the other, for scripts that are taken away.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.concepts.gan import measures, rules
from core.concepts.gan.dirac import MOVES, starts
from core.concepts.gan.match import WARM_UP
from core.concepts.gan.nets import LAYERS, net, shapes_of, start_of
from core.concepts.gan.targets import TARGETS
from core.script import Script
from core.starts import one_model

Weights = dict[str, Tensor]


def smallest_game(
    moves: tuple[str, ...], loss: str, step_size: float, n_steps: int, radius: float,
    r1_weight: float, penalty_weight: float, clip: float, seed: int,
) -> dict[str, float]:
    """By way to move how far from the solution the two players are after their last update."""
    config: Any = SimpleNamespace(
        loss=loss, step_size=step_size, radius=radius, r1_weight=r1_weight,
        penalty_weight=penalty_weight, clip=clip, seeds=range(seed, seed + 1))
    found = {}
    for name in moves:
        at, way = starts(config), MOVES[name](config, starts(config))
        for _ in range(n_steps):
            at = next(way)
        found[name] = float(min(np.hypot(*at)[0], 1e30))
    return found


class Players:
    """A generator and a discriminator, and the rules by which they play."""

    def __init__(
        self, game: str, units: str, sizes: tuple[int, int, int], weights: dict[str, float],
        betas: tuple[float, float], seed: int,
    ) -> None:
        self.rule, self.units, self.weights = rules.GAMES[game], units, weights
        latent, width, discriminator_width = sizes
        shapes = {"discriminator": shapes_of(2, discriminator_width, 1),
                  "generator": shapes_of(latent, width, 2)}
        self.p = {name: one_model(start_of(shape, np.random.default_rng((seed, purpose))))
                  for purpose, (name, shape) in enumerate(shapes.items(), start=10)}
        self.adam = {name: torch.optim.Adam(p.values(), betas=betas) for name, p in self.p.items()}
        u = {layer: torch.from_numpy(np.random.default_rng((seed, 12, int(layer))).standard_normal(
            shapes["discriminator"][f"w{layer}"][0]).astype(np.float32))[None] for layer in LAYERS}
        self.spectral = rules.SpectralNorm(u, torch.tensor([self.rule.remedy == "spectral"]))
        self.follow(WARM_UP)

    def follow(self, n: int = 1) -> None:
        """The largest singular values, where they are divided by."""
        if self.rule.remedy == "spectral":
            self.spectral.iterate({name: a.detach() for name, a in
                                   self.p["discriminator"].items()}, n)

    def made(self, noise: Tensor) -> Tensor:
        """Points, (1, n, 2)."""
        return net(self.p["generator"], noise, self.units)

    def judge(self) -> Weights:
        """The discriminator's weights as they act."""
        d = self.p["discriminator"]
        return self.spectral(d) if self.rule.remedy == "spectral" else d

    def turn(self, name: str, loss: Tensor, rate: float) -> None:
        """An update of one of the two."""
        self.adam[name].param_groups[0]["lr"] = rate
        self.adam[name].zero_grad()
        loss.backward()
        self.adam[name].step()

    def discriminate(
        self, real: Tensor, noise: Tensor, between: Tensor, jitter: Tensor, smooth: float,
        rate: float,
    ) -> None:
        """An update of the discriminator."""
        loss, d, made = rules.LOSSES[self.rule.loss], self.judge(), self.made(noise).detach()
        of_real, of_made = net(d, torch.cat([real, made], 1) + jitter, self.units).chunk(2, 1)
        paid = (loss.real(of_real) + loss.made(of_made)).mean()
        if smooth:
            paid = paid + rules.r1(d, real, self.units, smooth)[0]
        if self.rule.remedy == "penalty":
            mixed = real.lerp(made, between)
            paid = paid + rules.penalty(d, mixed, self.units, self.weights["penalty"])[0]
        self.turn("discriminator", paid, rate)
        if self.rule.remedy == "clip":
            with torch.no_grad():
                for a in self.p["discriminator"].values():
                    a.clamp_(-self.weights["clip"], self.weights["clip"])
        self.follow()

    def generate(self, noise: Tensor, jitter: Tensor, rate: float) -> None:
        """An update of the generator."""
        score = net(self.judge(), self.made(noise) + jitter, self.units)
        self.turn("generator", rules.LOSSES[self.rule.loss].generator(score).mean(), rate)


def in_the_plane(
    target: str, games: tuple[str, ...], latent: int, n_steps: int, generator_rate: float,
    discriminator_rate: float, units: str, width: int, discriminator_width: int,
    extra_r1: float, extra_noise: float, r1_weight: float, noise: float, penalty_weight: float,
    clip: float, turns: int, beta1: float, beta2: float, batch_size: int,
    changes: tuple[tuple[int, str, Any], ...], seed: int,
) -> dict[str, float]:
    """By game how far made points are from real ones: the sliced Wasserstein distance."""
    aim, found = TARGETS[target], {}
    for game in games:
        now = {"generator_rate": generator_rate, "discriminator_rate": discriminator_rate,
               "extra_r1": extra_r1, "extra_noise": extra_noise}
        players = Players(game, units, (latent, width, discriminator_width),
                          {"penalty": penalty_weight, "clip": clip}, (beta1, beta2), seed)
        points, others = np.random.default_rng((seed, 1)), np.random.default_rng((seed, 2))

        def drawn(n: int, points: Any = points, others: Any = others) -> list[Tensor]:
            """Real points, noise, places between, and jitter, for a turn."""
            parts = (aim.draw(points, n), others.standard_normal((n, latent), np.float32),
                     others.random((n, 1), np.float32),
                     others.standard_normal((2 * n, 2), np.float32))
            return [torch.from_numpy(part)[None] for part in parts]

        for t in range(1, n_steps + 1):
            now |= {name: value for step, name, value in changes if step == t - 1}
            remedy = players.rule.remedy
            smooth = now["extra_r1"] + r1_weight * (remedy == "r1")
            falls = noise * (1 - (t - 1) / n_steps) * (remedy == "noise")
            level = max(now["extra_noise"], falls)
            for _ in range(turns):
                real, z, between, jitter = drawn(batch_size)
                players.discriminate(real, z, between, level * jitter, smooth,
                                     now["discriminator_rate"])
            _, z, _, jitter = drawn(batch_size)
            players.generate(z, level * jitter[:, :batch_size], now["generator_rate"])
        exam = np.random.default_rng((seed, 3))
        z = torch.from_numpy(exam.standard_normal((measures.N_POINTS, latent), np.float32))
        with torch.no_grad():
            made = players.made(z[None])[0].numpy()
        found[game] = float(measures.measured(aim, made, aim.draw(exam, measures.N_POINTS))[
            "distance"])
    return found


SCRIPTS = {
    "plane": Script(in_the_plane, "distance", "distance of made points from real ones"),
    "dirac": Script(smallest_game, "radius", "distance from the solution at the end"),
}
