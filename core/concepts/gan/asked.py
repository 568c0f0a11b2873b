"""Who has to know which digit was asked for?

A generator is told a class beside its random numbers, and is to make that digit. The discriminator
may be told the class, too, with each image: of a real one its own class, of a made one the class
that was asked for. Who is told nothing has zeros in that place: the nets, their starts and all
draws are the same. A judge reads what was made.

Papers: Goodfellow et al. 2014; Mirza & Osindero 2014 (conditional nets), Mescheder et al. 2018
(R1).
Differs from the papers in: the class is a one-hot vector at the input; the images that are judged
are those of the mean of the generator's weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.gan import judge, nets
from core.concepts.gan.digits import gallery
from core.concepts.gan.drawing import BETAS, LOSS, WIDTH
from core.concepts.gan.judge import N_CLASSES, PIXELS, SIDE, digits
from core.concepts.gan.nets import net, slope
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.functions import normal
from core.stacked.game import Everyone, Game, Player
from core.stacked.traced import Parameters, flat, views
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

GameName = Literal["both", "generator", "discriminator"]
GAME_NAMES = {"both": "Both are told", "generator": "Generator alone",
              "discriminator": "Discriminator alone"}
TOLD: Mapping[str, tuple[str, ...]] = {
    "both": ("discriminator", "generator"), "generator": ("generator",),
    "discriminator": ("discriminator",)}
"""Who is told the class."""
LATENT, MEMORY = 16, 0.98
N_FRAMES, N_MEASURED, N_ROWS = 20, 300, 4


class Config(BaseConfig):
    """Who is told the class, and how the two players move."""

    games: tuple[GameName, ...] = setting(
        ("both", "generator"), "Who is told the class: the same starts and draws",
        names=GAME_NAMES, label="Told the class",
    )
    n_steps: int = setting(400, "Number of updates of each player", ge=20, le=1500, unit="steps",
                           step=20)
    r1_weight: float = setting(
        1.0, "Half of it times the squared slope of the discriminator at real digits is what it "
        "pays", ge=0, le=10, step=0.1, label="R1 weight",
    )
    learning_rate: float = setting(
        0.003, "Of both players, Adam's", ge=0.0001, le=0.01, log=True, group="Training")
    batch_size: int = setting(64, "Real digits, and made ones, in an update", ge=16, le=128,
                              unit="images", step=16, group="Training")
    n_seeds: int = setting(
        4, "Pairs of nets of each kind, each with its own weights and draws", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and draws", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _each_game_once(self) -> Config:
        each_once("games", self.games, get_args(GameName))
        return self


class Draws(NamedTuple):
    """For one turn of a player, the same for all games; S seeds.

    Attributes:
        real: (S, B, pixels).
        classes: Of the real ones, (S, B).
        noise: (S, B, latent).
        asked: Which classes are asked for, (S, B).
    """

    real: Tensor
    classes: Tensor
    noise: Tensor
    asked: Tensor


def draws(config: Config) -> Iterator[Draws]:
    """One after the other; each seed has generators of its own."""
    known, n = digits(), config.batch_size
    rows, noise, asked = ([np.random.default_rng((seed, purpose)) for seed in config.seeds]
                          for purpose in (1, 2, 6))
    while True:
        which = torch.from_numpy(np.stack([r.integers(len(known.train), size=n) for r in rows]))
        yield Draws(known.train[which], known.train_labels[which], normal(noise, n, LATENT),
                    torch.from_numpy(np.stack([r.integers(N_CLASSES, size=n) for r in asked])))


class Requests:
    """All games of a configuration: K = games x seeds, game by game.

    Attributes:
        mean: The running means of the generators' parameters, (K, P).
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        shapes = {"discriminator": nets.shapes_of(PIXELS + N_CLASSES, WIDTH, 1),
                  "generator": nets.shapes_of(LATENT + N_CLASSES, WIDTH, PIXELS)}
        losses: dict[str, Callable[..., Tensor]] = {
            "discriminator": self._told_apart, "generator": self._fooled}
        n_games = len(config.games)
        players = {}
        for purpose, (name, own) in enumerate(shapes.items(), start=10):
            starts = [flat(own, nets.start_of(own, np.random.default_rng((seed, purpose))))
                      for seed in config.seeds]
            p = torch.from_numpy(np.stack(starts)).repeat(n_games, 1)
            rule = {"learning_rate": config.learning_rate, **BETAS}
            players[name] = Player(own, p, losses[name], ["adam"] * len(p), [rule] * len(p))
        self.game = Game(players)
        self.mean = self.game.p["generator"].clone()
        self._shapes = shapes["generator"]
        self._told = {name: torch.tensor(
            [float(name in TOLD[game]) for game in config.games for _ in config.seeds]
        )[:, None, None] for name in shapes}

    def discriminate(self, drawn: Draws) -> None:
        self.game.turn("discriminator", *map(self._for_all, drawn))

    def generate(self, drawn: Draws) -> None:
        """An update of the generators, and of the mean of their weights."""
        self.game.turn("generator", self._for_all(drawn.noise), self._for_all(drawn.asked))
        self.mean.lerp_(self.game.p["generator"], 1 - MEMORY)

    def _for_all(self, drawn: Tensor) -> Tensor:
        """(S, ...) to (K, ...)."""
        return drawn.repeat(len(self.config.games), *[1] * (drawn.dim() - 1))

    def _with_class(self, player: str, x: Tensor, classes: Tensor) -> Tensor:
        """What a player sees: with the classes, or zeros where it is not told them."""
        one_hot = torch.nn.functional.one_hot(classes, N_CLASSES).to(x.dtype)
        return torch.cat([x, one_hot * self._told[player]], 2)

    def _drawn(self, p: Parameters, noise: Tensor, asked: Tensor) -> Tensor:
        return net(p, self._with_class("generator", noise, asked), "relu").sigmoid()

    def _told_apart(
        self, everyone: Everyone, real: Tensor, classes: Tensor, noise: Tensor, asked: Tensor
    ) -> Tensor:
        d = everyone["discriminator"]
        seen = self._with_class("discriminator", real, classes)
        made = self._with_class(
            "discriminator", self._drawn(everyone["generator"], noise, asked), asked)
        of_real, of_made = net(d, torch.cat([seen, made], 1), "relu").split(real.shape[1], 1)
        paid = (LOSS.real(of_real) + LOSS.made(of_made)).mean((1, 2))
        steep = slope(d, seen, "relu")[..., :PIXELS]  # in the image alone: a class has no slope
        return paid + self.config.r1_weight / 2 * steep.square().sum(2).mean(1)

    def _fooled(self, everyone: Everyone, noise: Tensor, asked: Tensor) -> Tensor:
        made = self._drawn(everyone["generator"], noise, asked)
        seen = self._with_class("discriminator", made, asked)
        return LOSS.generator(net(everyone["discriminator"], seen, "relu")).mean((1, 2))

    def made(self, noise: Tensor, asked: Tensor) -> Tensor:
        """Images by the mean of the generators' weights, of latents (S, n, latent): (K, ...)."""
        with torch.inference_mode():
            p = views(self._shapes, self.mean)
            return self._drawn(p, self._for_all(noise), self._for_all(asked))


class Reading:
    """What made digits are looked at and measured with, the same at every frame."""

    def __init__(self, config: Config) -> None:
        self.config = config
        rngs = [np.random.default_rng((seed, 3)) for seed in config.seeds]
        self._noise = normal(rngs, N_MEASURED, LATENT)
        self._asked = (torch.arange(N_MEASURED) % N_CLASSES).expand(config.n_seeds, -1)
        few = self._noise[:, :N_ROWS, None].expand(-1, -1, N_CLASSES, -1)
        self._few = few.flatten(1, 2)  # a row has the same random numbers, and all classes
        self._each = torch.arange(N_CLASSES).repeat(N_ROWS).expand(config.n_seeds, -1)

    def measured(self, requests: Requests) -> dict[str, np.ndarray]:
        """The arrays of a frame; pictures are of the first seed."""
        reader, n_games = judge.judge(), len(self.config.games)
        with torch.inference_mode():
            made = requests.made(self._noise, self._asked)
            chances = reader.chances(reader.features(made)).unflatten(0, (n_games, -1))
            few = requests.made(self._few, self._each).unflatten(0, (n_games, -1))[:, 0]
        read = chances.argmax(3)
        one_hot = torch.nn.functional.one_hot(read[:, 0], N_CLASSES).float()
        table = one_hot.unflatten(1, (-1, N_CLASSES)).mean(1)  # (games, asked, read)
        pictures = [gallery(images.unflatten(0, (N_ROWS, N_CLASSES)).numpy()) for images in few]
        return {
            "obeyed": (read == self._asked).float().mean(2).numpy(),
            "confident": (chances.amax(3) > judge.SURE).float().mean(2).numpy(),
            "table": table.numpy().astype(np.float16), "gallery": np.stack(pictures),
        }


def steps(config: Config) -> list[int]:
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All games, turn by turn, with the same draws."""
    reading, drawn, requests = Reading(config), draws(config), Requests(config)

    def measure() -> Measured:
        return reading.measured(requests), ()

    yield 0, measure
    for t in range(1, config.n_steps + 1):
        requests.discriminate(next(drawn))
        requests.generate(next(drawn))
        yield t, measure


DIMS = {
    "obeyed": ("step", "game", "seed"), "confident": ("step", "game", "seed"),
    "table": ("step", "game", "asked", "read"), "gallery": ("step", "game", "y", "x"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    classes = list(range(N_CLASSES))
    return {
        "game": list(config.games), "seed": list(config.seeds), "asked": classes, "read": classes,
        "y": range(N_ROWS * (SIDE + 1) - 1), "x": range(N_CLASSES * (SIDE + 1) - 1),
    }
