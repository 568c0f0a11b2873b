"""Generators of digits, dense and convolutional, against a dense discriminator; one per seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.concepts.gan import nets, rules
from core.concepts.gan.judge import PIXELS, digits
from core.concepts.gan.nets import net
from core.lazy import torch
from core.stacked.functions import linear, normal
from core.stacked.game import Everyone, Game, Player
from core.stacked.traced import Parameters, Shapes, flat, views

if TYPE_CHECKING:
    from torch import Tensor

    from core.concepts.gan.digits import Config

WIDTH = 128
"""Of the hidden layers of discriminators and dense generators."""
CHANNELS = (32, 16)
"""Of a convolutional generator's images of 2 x 2 and of 4 x 4."""
BETAS = {"beta1": 0.5, "beta2": 0.99}
LOSS = rules.LOSSES["non_saturating"]


# --- generators ------------------------------------------------------------------------


def _dense_shapes(latent: int) -> Shapes:
    return nets.shapes_of(latent, WIDTH, PIXELS)


def _dense(p: Parameters, z: Tensor) -> Tensor:
    return net(p, z, "relu").sigmoid()


def _conv_shapes(latent: int) -> Shapes:
    """A layer to 2 x 2, and two transposed convolutions, kernels of 4, each twice as wide."""
    a, b = CHANNELS
    return {"w1": (4 * a, latent), "b1": (4 * a,), "w2": (a, b, 4, 4), "b2": (b,),
            "w3": (b, 1, 4, 4), "b3": (1,)}


def _conv(p: Parameters, z: Tensor) -> Tensor:
    h = linear(z, p["w1"], p["b1"]).relu().unflatten(2, (CHANNELS[0], 2, 2))
    h = twice_as_wide(h, p["w2"], p["b2"]).relu()
    return twice_as_wide(h, p["w3"], p["b3"]).sigmoid().flatten(2)


def twice_as_wide(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Transposed convolutions, stride 2: (K, B, in, side, side) to (K, B, out, 2 side, 2 side).

    Args:
        weight: (K, in, out, 4, 4).
        bias: (K, out).
    """
    return torch.stack([torch.nn.functional.conv_transpose2d(images, kernel, b, 2, 1)
                        for images, kernel, b in zip(x, weight, bias, strict=True)])


@dataclass(frozen=True)
class Generator:
    """A kind of generator.

    Attributes:
        label: For people.
        shapes: Of its parameters, for a size of the latent.
        draw: From parameters and latents (K, B, latent) to images from 0 to 1, (K, B, pixels).
    """

    label: str
    shapes: Callable[[int], Shapes]
    draw: Callable[[Parameters, Tensor], Tensor]

    def start(self, latent: int, rng: np.random.Generator) -> np.ndarray:
        """He et al. 2015 in the hidden layers, variance 1 / n_in in the last one, biases 0.

        Each pixel of a transposed convolution with kernels of 4 and stride 2 sums up four places.
        """
        shapes, parameters = self.shapes(latent), {}
        for name, shape in shapes.items():
            n_in = 4 * shape[0] if len(shape) == 4 else shape[-1]
            gain = 1.0 if name == "w3" else 2.0
            parameters[name] = (np.zeros(shape) if name[0] == "b" else
                                rng.standard_normal(shape) * (gain / n_in) ** 0.5)
        return flat(shapes, parameters)


GENERATORS = {
    "dense": Generator("Dense", _dense_shapes, _dense),
    "conv": Generator("Convolutional", _conv_shapes, _conv),
}
GENERATOR_NAMES = {name: generator.label for name, generator in GENERATORS.items()}


# --- the game --------------------------------------------------------------------------


class Draws(NamedTuple):
    """For one turn of a player, the same for all generators; S seeds."""

    real: Tensor  # (S, B, pixels)
    noise: Tensor  # (S, B, latent)


def draws(config: Config) -> Iterator[Draws]:
    """One after the other; each seed has generators of its own."""
    train, n = digits().train, config.batch_size
    rows = [np.random.default_rng((seed, 1)) for seed in config.seeds]
    noise = [np.random.default_rng((seed, 2)) for seed in config.seeds]
    while True:
        which = np.stack([rng.integers(len(train), size=n) for rng in rows])
        yield Draws(train[torch.from_numpy(which)], normal(noise, n, config.latent))


class Contest:
    """A generator of one kind per seed, against a discriminator each.

    Args:
        kind: Key in `GENERATORS`.
        config: Sizes, rates, weights.

    Attributes:
        mean: The running means of the generators' parameters, (S, P).
    """

    def __init__(self, kind: str, config: Config) -> None:
        self.kind, self.config = GENERATORS[kind], config
        judge, drawer = nets.shapes_of(PIXELS, WIDTH, 1), self.kind.shapes(config.latent)
        starts = {
            "discriminator": [flat(judge, nets.start_of(judge, np.random.default_rng((s, 10))))
                              for s in config.seeds],
            "generator": [self.kind.start(config.latent, np.random.default_rng((s, 11)))
                          for s in config.seeds],
        }
        players: dict[str, tuple[Shapes, Callable[..., Tensor]]] = {
            "discriminator": (judge, self._told_apart), "generator": (drawer, self._fooled)}
        self.game = Game({
            name: Player(shapes, torch.from_numpy(np.stack(starts[name])), loss,
                         ["adam"] * config.n_seeds, [self._coefficients(name)] * config.n_seeds)
            for name, (shapes, loss) in players.items()})
        self.mean = self.game.p["generator"].clone()
        self._shapes = drawer

    def _coefficients(self, player: str) -> dict[str, float]:
        return {"learning_rate": getattr(self.config, f"{player}_rate"), **BETAS}

    def discriminate(self, drawn: Draws) -> None:
        self.game.turn("discriminator", drawn.real, drawn.noise)

    def generate(self, drawn: Draws) -> None:
        """An update of the generators, and of the mean of their weights."""
        self.game.turn("generator", drawn.noise)
        self.mean.lerp_(self.game.p["generator"], 1 - self.config.memory)

    def _told_apart(self, everyone: Everyone, real: Tensor, noise: Tensor) -> Tensor:
        d = everyone["discriminator"]
        made = self.kind.draw(everyone["generator"], noise)
        of_real, of_made = net(d, torch.cat([real, made], 1), "relu").split(real.shape[1], 1)
        paid = (LOSS.real(of_real) + LOSS.made(of_made)).mean((1, 2))
        weight = self.config.r1_weight
        return paid + rules.r1(d, real, "relu", weight) if weight else paid

    def _fooled(self, everyone: Everyone, noise: Tensor) -> Tensor:
        made = self.kind.draw(everyone["generator"], noise)
        return LOSS.generator(net(everyone["discriminator"], made, "relu")).mean((1, 2))

    def drawn(self, noise: Tensor, *, mean: bool) -> Tensor:
        """Images of latents (S, n, latent), by the generators or by the mean of their weights."""
        with torch.inference_mode():
            p = views(self._shapes, self.mean if mean else self.game.p["generator"])
            return self.kind.draw(p, noise)
