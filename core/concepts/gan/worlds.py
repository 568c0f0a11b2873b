"""Two worlds and no pairs: who says which point of the one belongs to which of the other?

Six islands in a ring, twice. A net maps points of the first world into the second one, another net
maps them back; a discriminator in each world learns to tell mapped points from real ones. Nobody
gives pairs. The cycle loss asks that there and back is where one began. The islands of both worlds
have numbers, which no net is shown: is an island mapped to the one of its number?

Papers: Zhu et al. 2017 (CycleGAN), Mescheder et al. 2018 (R1).
Differs from the papers in: points in the plane; the non-saturating loss with R1; no identity loss
and no buffer of earlier points; a map that begins at the identity adds its net's output to its
input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.gan import rules
from core.concepts.gan.drawing import LOSS
from core.concepts.gan.nets import net, shapes_of, start_of
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.game import Everyone, Game, Player
from core.stacked.traced import Parameters, flat
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

N_ISLANDS, SIGMA, NEAR = 6, 0.08, 0.24
"""Islands of a world, their standard deviation, and how near a good point is to one's middle."""
PER_ISLAND = 40
"""Points of an island that are measured, and shown of the first seed."""
WIDTH, N_FRAMES, R1 = 48, 40, 0.1
MapName = Literal["free", "cycle", "near"]


@dataclass(frozen=True)
class Kind:
    """Attributes:
        label: For people.
        cycles: Whether there and back has to be where one began.
        near: Whether the maps begin at the identity.
    """

    label: str
    cycles: bool
    near: bool


MAPS = {
    "free": Kind("No cycle loss", cycles=False, near=False),
    "cycle": Kind("Cycle loss", cycles=True, near=False),
    "near": Kind("Cycle loss, from the identity", cycles=True, near=True),
}
MAP_NAMES = {name: kind.label for name, kind in MAPS.items()}


class Config(BaseConfig):
    """Which maps learn, and how the second world is turned."""

    maps: tuple[MapName, ...] = setting(
        ("free", "cycle", "near"), "Ways to learn maps there and back: the same draws",
        names=MAP_NAMES,
    )
    turn: int = setting(0, "How far the second world, with its numbers, is turned", ge=0, le=180,
                        unit="degrees", step=60)
    cycle_weight: float = setting(3.0, "Of the cycle loss, where there is one", ge=0.1, le=20,
                                  log=True)
    n_steps: int = setting(400, "Number of updates of all players", ge=20, le=1500, unit="steps",
                           step=20)
    learning_rate: float = setting(
        0.002, "Of all players, Adam's", ge=0.0001, le=0.01, log=True, group="Training")
    batch_size: int = setting(64, "Points of each world in an update", ge=16, le=256,
                              unit="points", step=16, group="Training")
    n_seeds: int = setting(
        4, "Repetitions, each with its own weights and draws", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and draws", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _each_map_once(self) -> Config:
        each_once("maps", self.maps, get_args(MapName))
        return self


def middles(turn: float = 0) -> np.ndarray:
    """Of the islands, in the order of their numbers, (islands, 2)."""
    angle = 2 * np.pi * np.arange(N_ISLANDS) / N_ISLANDS + np.radians(turn)
    return np.stack([np.cos(angle), np.sin(angle)], 1)


class Draws(NamedTuple):
    """For one turn of a player, the same for all maps."""

    x: Tensor  # (S, B, 2), of the first world
    y: Tensor  # (S, B, 2), of the second one


def draws(config: Config) -> Iterator[Draws]:
    """One after the other; each seed has a generator of its own, and pairs nothing."""
    rngs = [np.random.default_rng((seed, 1)) for seed in config.seeds]
    worlds = [middles(), middles(config.turn)]
    while True:
        points = [np.stack([
            world[rng.integers(N_ISLANDS, size=config.batch_size)]
            + SIGMA * rng.standard_normal((config.batch_size, 2)) for rng in rngs])
            for world in worlds]
        yield Draws(*(torch.from_numpy(p.astype(np.float32)) for p in points))


PLAYERS = {"maps": {"there": 2, "back": 2}, "judges": {"first": 1, "second": 1}}
"""By player the nets that learn together, and how many numbers each gives."""
PURPOSES = {"there": 10, "back": 11, "first": 12, "second": 13}
"""Of the generators of their initial weights."""


class Travels:
    """All maps of a configuration: K = kinds x seeds, kind by kind."""

    def __init__(self, config: Config) -> None:
        self.config = config
        kinds = [MAPS[name] for name in config.maps for _ in config.seeds]
        self._cycle = torch.tensor([config.cycle_weight * kind.cycles for kind in kinds])
        self._near = torch.tensor([float(kind.near) for kind in kinds])[:, None, None]
        losses: dict[str, Callable[..., Tensor]] = {"maps": self._mapped, "judges": self._told}
        rule = {"learning_rate": config.learning_rate, "beta1": 0.5, "beta2": 0.9}
        self.game = Game({
            player: Player(
                {f"{name}.{part}": shape for name, n_out in own.items()
                 for part, shape in shapes_of(2, WIDTH, n_out).items()},
                self._start(own), losses[player], ["adam"] * len(kinds), [rule] * len(kinds))
            for player, own in PLAYERS.items()})

    def _start(self, own: dict[str, int]) -> Tensor:
        """Initial parameters, (K, P): for all kinds the same."""
        rows = []
        for seed in self.config.seeds:
            parts = []
            for name, n_out in own.items():
                shapes = shapes_of(2, WIDTH, n_out)
                rng = np.random.default_rng((seed, PURPOSES[name]))
                parts.append(flat(shapes, start_of(shapes, rng)))
            rows.append(np.concatenate(parts))
        return torch.from_numpy(np.stack(rows)).repeat(len(self.config.maps), 1)

    def turn(self, player: str, drawn: Draws) -> None:
        """An update of both maps, or of both discriminators."""
        n = len(self.config.maps)
        self.game.turn(player, *(points.repeat(n, 1, 1) for points in drawn))

    def moved(self, p: Parameters, name: str, points: Tensor) -> Tensor:
        """Where a map takes points (K, B, 2)."""
        return self._near * points + net(part_of(p, name), points, "relu")

    def _mapped(self, everyone: Everyone, x: Tensor, y: Tensor) -> Tensor:
        maps, judges = everyone["maps"], everyone["judges"]
        there, back = self.moved(maps, "there", x), self.moved(maps, "back", y)
        fooled = (LOSS.generator(net(part_of(judges, "second"), there, "relu"))
                  + LOSS.generator(net(part_of(judges, "first"), back, "relu"))).mean((1, 2))
        returned = (self.moved(maps, "back", there) - x).abs().mean(1).sum(1)
        returned = returned + (self.moved(maps, "there", back) - y).abs().mean(1).sum(1)
        return fooled + self._cycle * returned

    def _told(self, everyone: Everyone, x: Tensor, y: Tensor) -> Tensor:
        maps, judges, paid = everyone["maps"], everyone["judges"], []
        for name, real, made in (("second", y, self.moved(maps, "there", x)),
                                 ("first", x, self.moved(maps, "back", y))):
            judge = part_of(judges, name)
            of_real, of_made = net(judge, torch.cat([real, made], 1), "relu").chunk(2, 1)
            paid.append((LOSS.real(of_real) + LOSS.made(of_made)).mean((1, 2))
                        + rules.r1(judge, real, "relu", R1))
        return paid[0] + paid[1]


def part_of(p: Parameters, name: str) -> dict[str, Tensor]:
    """The parameters of one net of a player's."""
    return {key.removeprefix(name + "."): a for key, a in p.items() if key.startswith(name + ".")}


class Gallery:
    """What maps are measured with: the same points of every island at every frame."""

    def __init__(self, config: Config) -> None:
        self.config = config
        rngs = [np.random.default_rng((seed, 3)) for seed in config.seeds]
        own = np.stack([middles()[:, None] + SIGMA * rng.standard_normal(
            (N_ISLANDS, PER_ISLAND, 2)) for rng in rngs]).astype(np.float32)
        others = np.stack([middles(config.turn)[:, None] + SIGMA * rng.standard_normal(
            (N_ISLANDS, PER_ISLAND, 2)) for rng in rngs]).astype(np.float32)
        # (S, all points, 2), island by island
        self._x, self._y = (torch.from_numpy(a).flatten(1, 2) for a in (own, others))
        self._middles = middles(config.turn).astype(np.float32)

    def measured(self, travels: Travels) -> dict[str, np.ndarray]:
        """The arrays of a frame; pictures are of the first seed."""
        n = len(self.config.maps)
        with torch.inference_mode():
            maps, x = travels.game.parameters["maps"], self._x.repeat(n, 1, 1)
            there = travels.moved(maps, "there", x)
            error = (travels.moved(maps, "back", there) - x).square().sum(2).mean(1).sqrt()
            back = travels.moved(maps, "back", self._y.repeat(n, 1, 1))
        made, returned = (a.numpy().reshape(n, -1, N_ISLANDS, PER_ISLAND, 2)
                          for a in (there, back))
        apart, target = nearest(made, self._middles)
        _, source = nearest(returned, middles().astype(np.float32))
        undone = np.take_along_axis(source, target, -1) == np.arange(N_ISLANDS)
        return {
            "right": (target == np.arange(N_ISLANDS)).sum(-1).astype(np.float32),
            "different": np.array([[len(set(row)) for row in rows] for rows in target.tolist()],
                                  np.float32),
            "good": (apart.min(-1) < NEAR).mean((2, 3)).astype(np.float32),
            "cycle": error.view(n, -1).numpy(), "made": made[:, 0].astype(np.float16),
            "undone": undone.sum(-1).astype(np.float32),
            "pairs": pairs(self._middles, target[:, 0], source[:, 0]).astype(np.float16),
        }


def nearest(points: np.ndarray, to: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of points (..., islands, n, 2) how far they are from each of some middles, (..., islands, n,
    middles), and for each island the middle that most of its points are nearest to.
    """
    apart = np.linalg.norm(points[..., None, :] - to, axis=-1)
    counts = (apart.argmin(-1)[..., None] == np.arange(N_ISLANDS)).sum(-2)
    return apart, counts.argmax(-1)


INNER, ASIDE, GAP = 0.5, 0.035, 0.13
"""The first world's ring is drawn so large within the second one's; arrows there and back lie so
far aside, each to its right, and end so far from their islands."""


def pairs(outer: np.ndarray, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Arrows from island to island, (maps, there and back, island, start and end, xy).

    Args:
        outer: The middles of the second world's islands, (islands, 2).
        target: Of each island of the first world the one where it is mapped, (maps, islands).
        source: The same on the way back.
    """
    inner = INNER * middles()
    starts = np.stack(np.broadcast_arrays(inner, outer))[None]  # (1, ways, islands, xy)
    ends = np.stack([outer[target], inner[source]], 1)
    way = ends - starts
    way = way / np.linalg.norm(way, axis=-1, keepdims=True)  # the rings do not touch
    aside = ASIDE * np.stack([way[..., 1], -way[..., 0]], -1)
    return np.stack([starts + GAP * way + aside, ends - GAP * way + aside], -2)


def steps(config: Config) -> list[int]:
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All maps with the same draws, turn by turn."""
    gallery, drawn, travels = Gallery(config), draws(config), Travels(config)

    def measure() -> Measured:
        return gallery.measured(travels), ()

    yield 0, measure
    for t in range(1, config.n_steps + 1):
        for player in ("judges", "maps"):
            travels.turn(player, next(drawn))
        yield t, measure


DIMS = {
    **dict.fromkeys(("right", "different", "good", "cycle", "undone"), ("step", "map", "seed")),
    "made": ("step", "map", "island", "point", "xy"),
    "pairs": ("step", "map", "way", "island", "end", "xy"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"."""
    return {"map": list(config.maps), "seed": list(config.seeds), "island": range(N_ISLANDS),
            "point": range(PER_ISLAND), "xy": ["x", "y"], "way": list(PURPOSES)[:2],
            "end": ["start", "end"]}
