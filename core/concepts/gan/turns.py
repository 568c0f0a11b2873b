"""One turn at a time: what does each player do while the other one waits?

A game as in the lab in the plane, played up to some step. From there on turns are long, and every
update is a frame: the discriminator learns while the points stay where they are, then the
generator moves them while the discriminator's map stays as it is.

Papers: Goodfellow et al. 2014, whose algorithm 1 has such turns, of k updates and of one; Kahng et
al. 2019 (GAN Lab) for the view.
Differs from the papers in: the generator has as many updates as the discriminator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from core.concepts.gan import plane
from core.concepts.gan.match import Matches, draws
from core.concepts.gan.nets import UNIT_NAMES
from core.concepts.gan.plane import GameName
from core.concepts.gan.rules import GAME_NAMES
from core.concepts.gan.targets import TARGET_NAMES, TargetName
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch  # noqa: F401 - so that a run keeps to one thread
from core.training import Algorithm, Measured, recorded
from core.words import Note


class Config(BaseConfig):
    """Which game, from where on, and how long a turn is."""

    game: GameName = setting("non_saturating", "The rules that are played", names=GAME_NAMES)
    target: TargetName = setting(
        "ring", "The real points that the generator is to imitate", names=TARGET_NAMES)
    latent: int = setting(2, "How many random numbers the generator makes a point of", ge=1, le=32,
                          unit="numbers", label="Latent size")
    begin: int = setting(
        60, "Updates of both players, in the usual turns of one, before the long turns begin",
        ge=0, le=1200, unit="steps", step=20,
    )
    turn: int = setting(20, "Updates of one player while the other one waits", ge=1, le=20,
                        unit="updates", label="Length of a turn")
    rounds: int = setting(2, "Turns of each player", ge=1, le=3, unit="turns")
    generator_rate: float = setting(
        0.002, "Learning rate of the generator, Adam's", ge=0.0001, le=0.01, log=True)
    discriminator_rate: float = setting(
        0.008, "Learning rate of the discriminator, Adam's", ge=0.0001, le=0.02, log=True)
    units: Literal["relu", "tanh"] = setting(
        "relu", "The units of both nets", names=UNIT_NAMES, group="Networks")
    n_seeds: int = setting(
        4, "Pairs of nets, each with its own weights and draws", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and draws", ge=0, le=9999,
                        group="Seeds")


SHARED = ("target", "latent", "generator_rate", "discriminator_rate", "units", "n_seeds", "seed")
"""Settings that are those of the lab in the plane."""


def game_of(config: Config) -> plane.Config:
    """The game as the lab in the plane plays it."""
    shared = {name: getattr(config, name) for name in SHARED}
    return plane.Config(games=(config.game,), **shared)


def whose(config: Config, t: int) -> tuple[str, int]:
    """Who makes the t-th update after the beginning, from 1 on, and in which round, from 1 on."""
    turn = (t - 1) // config.turn
    return ("discriminator", "generator")[turn % 2], turn // 2 + 1


def measured(gallery: plane.Gallery, matches: Matches) -> dict[str, np.ndarray]:
    """The arrays of a frame: those of the only game in the plane."""
    return {name: a[0] for name, a in plane.as_frame(gallery.measured(matches)).items()}


def news(config: Config, t: int) -> Iterator[Note]:
    """Whose turn it is: said in every frame."""
    last = 2 * config.turn * config.rounds
    if t < last:
        player, turn = whose(config, t + 1)
        yield Note(player, {"n": config.turn, "round": turn}, str(t))
    else:
        yield Note("over", {"n": last})


def steps(config: Config) -> list[int]:
    return list(range(2 * config.turn * config.rounds + 1))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The usual game first, unseen; then turn by turn, every update a frame."""
    game = game_of(config)
    gallery, drawn, matches = plane.Gallery(game), draws(game), Matches(game)
    t = 0

    def measure() -> Measured:
        once = plane.as_frame(gallery.once()) if t == 0 else {}
        return measured(gallery, matches) | once, news(config, t)

    for _ in range(config.begin):
        matches.discriminate(next(drawn))
        matches.generate(next(drawn))
    yield t, measure
    for t in range(1, 2 * config.turn * config.rounds + 1):
        player, _ = whose(config, t)
        update = matches.discriminate if player == "discriminator" else matches.generate
        update(next(drawn))
        yield t, measure


NOTES = {
    "discriminator": "Turn {round} of the discriminator, {n} updates: the points stay where they "
                     "are, and its verdict on each place changes.",
    "generator": "Turn {round} of the generator, {n} updates: the verdict stays as it is, and the "
                 "points follow the arrows to where they are taken for real.",
    "over": "After {n} updates the turns are over. In the usual game a turn is one update.",
}
ONCE = {"real_good", "real_effective", "real_distance", "real"}
DIMS = {name: dims if name in ONCE else tuple(dim for dim in dims if dim != "game")
        for name, dims in plane.DIMS.items()}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    return {dim: labels for dim, labels in plane.coords(game_of(config)).items() if dim != "game"}
