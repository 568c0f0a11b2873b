"""Which net learns to learn classes from a few examples, and how few?

An episode has classes that no net has met, and some examples of each with their names; then another
one is to be named. Nets are trained on episodes, thousands of them, and tested on new ones, so that
what they learn is not any class but how to read examples. They differ in how they read them: as
nearest means in a space that they learn, by attention, by dilated convolutions, by both in turn
(SNAIL), or one after the other with a state.

Papers: Mishra et al. 2018 (SNAIL), Snell et al. 2017 (prototypical networks).
Differs from the papers in: examples of eight numbers rather than images; small nets; one pass asks
after every round of examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.meta_learning import episodes
from core.concepts.meta_learning.episodes import (
    N_NUISANCE,
    N_NUMBERS,
    Drawn,
    Episode,
    by_means,
    likeliest,
)
from core.concepts.meta_learning.readers import Chain, NearestMean, Reader, Recurrent
from core.concepts.meta_learning.sent import halves
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.race import Race, Runner
from core.stacked.traced import flat, views
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["prototypes", "attention", "convolution", "snail", "gru"]
START, TRAINING, TESTING, TURN, SHOWING = 0, 1, 2, 3, 4  # what random numbers are for
N_TEST = 120
"""New episodes that nets are measured on."""
CLIP = 1.0
MAX_FRAMES = 12
PLANE = 3.0
"""Who tries the nets out does so in a plane, of two numbers that tell a class: from -3 to 3."""
N_SIDE = 21
"""Places along a side of it, which nets are asked about."""
N_EXAMPLES, APART = 6, 1.4
"""Episodes to begin with, and how far their centres are from the middle."""
LOSS_CEILING = 10.0
"""Losses are kept up to here: more, or no number any more, means broken."""


@dataclass(frozen=True)
class Kind:
    """A kind of net, as `READERS` has them.

    Attributes:
        label: For people.
        blocks: Of a chain of blocks; none for the others.
    """

    label: str
    blocks: tuple[str, ...] = ()

    def net(self, like: Episode) -> Reader:
        """A net for episodes like that."""
        if self.blocks:
            return Chain(like, blocks=self.blocks)
        return NearestMean(like) if self is KINDS["prototypes"] else Recurrent(like)


KINDS = {
    "prototypes": Kind("Nearest learned mean"),
    "attention": Kind("Attention alone", ("attention", "attention")),
    "convolution": Kind("Dilated convolution alone", ("convolution",)),
    "snail": Kind("SNAIL: both", ("attention", "convolution", "attention")),
    "gru": Kind("Recurrent (GRU)"),
}
REFERENCES = {"raw": "Nearest mean, nothing learned", "best": "Best possible"}
"""What needs no training, and is drawn beside the nets."""


class Config(BaseConfig):
    """The episodes, and the nets that read them."""

    nets: tuple[NetName, ...] = setting(
        ("prototypes", "attention", "convolution", "snail"), "How each reads the examples",
        names={name: kind.label for name, kind in KINDS.items()},
    )
    n_ways: int = setting(2, "Of an episode, in which they are new", ge=2, le=4, unit="classes",
                          label="Classes")
    n_shots: int = setting(5, "Of each class, one per round", ge=2, le=8, unit="examples",
                           label="Examples")
    renamed: bool = setting(
        False, "Whether the classes change their names after one of the rounds; the newest names "
               "count", label="Names change")
    spread: float = setting(
        0.5, "Standard deviation of a class around its centre, where centres have 1", ge=0.1,
        le=1, step=0.1, group="Episodes")
    nuisance: float = setting(
        1.5, "Standard deviation of the four numbers that tell nothing", ge=0, le=3, step=0.25,
        group="Episodes")
    n_steps: int = setting(150, "Number of updates", ge=20, le=1500, unit="steps", step=20)
    learning_rate: float = setting(0.005, "Adam's", ge=0.0005, le=0.02, log=True,
                                   group="Training")
    batch_size: int = setting(32, "Episodes per update, new ones each time", ge=4, le=64,
                              unit="episodes", step=4, group="Training")
    n_seeds: int = setting(
        3, "Nets of each kind, each with its own weights and episodes", ge=1, le=16,
        unit="seeds", group="Seeds")
    seed: int = setting(0, "The first seed: initial weights and episodes", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some_nets(self) -> Config:
        each_once("nets", self.nets, get_args(NetName))
        return self


def like(config: Config) -> Episode:
    return Episode(config.n_ways, config.n_shots, spread=config.spread, nuisance=config.nuisance,
                   renamed=config.renamed)


# --- episodes ------------------------------------------------------------------------------


class Source:
    """Episodes of all seeds: each has its own turn, and draws by itself."""

    def __init__(self, config: Config, purpose: int) -> None:
        self.like = like(config)
        self._rngs = [np.random.default_rng((seed, purpose)) for seed in config.seeds]
        self._turns = [episodes.turn(np.random.default_rng((seed, TURN)))
                       for seed in config.seeds]

    def draw(self, n: int) -> list[Drawn]:
        """n of each seed."""
        return [episodes.draw(rng, n, self.like, turn)
                for rng, turn in zip(self._rngs, self._turns, strict=True)]


def asked(drawn: Sequence[Drawn], like: Episode) -> tuple[Tensor, Tensor]:
    """What nets read, (seed, B, N, numbers + 1), and the right names, (seed, ways, B, Q).

    The last number of a place is its name; what is asked has one of its own, the number of
    classes.
    """
    x, name = (np.stack([getattr(d, what) for d in drawn]) for what in ("x", "name"))
    told = np.where(np.arange(name.shape[-1]) < like.n_given, name, like.n_ways)
    right = np.moveaxis(np.eye(like.n_ways, dtype=np.float32)[name[..., like.n_given:]], -1, 1)
    return (torch.from_numpy(np.concatenate([x, told[..., None]], -1, dtype=np.float32)),
            torch.from_numpy(right.copy()))


# --- training ------------------------------------------------------------------------------


def race_of(config: Config, name: str) -> Race:
    """Nets of one kind, one per seed."""
    net = KINDS[name].net(like(config))
    starts = np.stack([flat(net.shapes, net.start(np.random.default_rng((seed, START))))
                       for seed in config.seeds])
    runners = [Runner("adam", {"learning_rate": config.learning_rate, "clip": CLIP}, k)
               for k in range(len(starts))]
    return Race(net, runners, torch.from_numpy(starts), config.batch_size)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same episodes."""
    races: dict[str, Race] = {name: race_of(config, name) for name in config.nets}
    source, exam, t = Source(config, TRAINING), Exam(config), 0

    def measure() -> Measured:
        arrays = exam.measure(races)
        arrays["weights"] = np.concatenate([halves(race.p[0]) for race in races.values()])
        if t == 0:
            arrays |= {"known": exam.known(), **unseen(config)}
        return arrays, news(config, t, arrays)

    yield t, measure
    for t in range(1, config.n_steps + 1):
        x, y = asked(source.draw(config.batch_size), source.like)
        for race in races.values():
            race.step(x, y)
        yield t, measure


class Exam:
    """New episodes that nets are measured on, the same at every step."""

    def __init__(self, config: Config) -> None:
        self.like = like(config)
        self._drawn = Source(config, TESTING).draw(N_TEST)
        self._x, self._y = asked(self._drawn, self.like)

    def known(self) -> np.ndarray:
        """What needs no training: shares right by reference, round and seed."""
        return np.array([
            [episodes.right(by_means(d.x, d.name, self.like), d.name, self.like)
             for d in self._drawn],
            [likeliest(d, self.like) for d in self._drawn],
        ], np.float32).swapaxes(1, 2)

    def measure(self, races: Mapping[str, Race]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (net, shot, seed) and (net, seed)."""
        each = [self._of(race) for race in races.values()]
        return {name: np.stack([found[name] for found in each]) for name in each[0]}

    def _of(self, race: Race) -> dict[str, np.ndarray]:
        net = race.net
        assert isinstance(net, Reader)
        with torch.inference_mode():
            z = net.forward(views(net.shapes, race.p), self._x)  # (seed, ways, B, Q)
            hit = (z.argmax(1) == self._y.argmax(1)).float()
            loss = net.loss.value(z, self._y).nan_to_num(LOSS_CEILING, LOSS_CEILING)
        rounds = hit.unflatten(-1, (self.like.n_shots, self.like.n_asked)).mean((1, 3))
        return {"right": rounds.T.numpy(), "loss": loss.clamp_max(LOSS_CEILING).numpy()}


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """Who is no longer guessing; at the end who still is, and whom examples have misled."""
    guess = 1 / config.n_ways
    for i, name in enumerate(config.nets):
        if n := int((arrays["loss"][i] >= LOSS_CEILING).sum()):
            yield Note("broken", {"net": name, "step": t, "n": n}, name)
        right = np.median(arrays["right"][i], -1)  # (shot,)
        if right.max() >= (1 + guess) / 2:
            yield Note("reads", {"net": name, "step": t, "n": t * config.batch_size}, name)
        elif t == config.n_steps and right.max() < guess + 0.15:
            yield Note("guesses", {"net": name, "step": t}, name)
        if t == config.n_steps and right[-1] < right[0] - 0.08:
            yield Note("misled", {"net": name, "n": config.n_shots}, name)


# --- what a page shows of it -----------------------------------------------------------------


def unseen(config: Config) -> dict[str, np.ndarray]:
    """What an example in the plane has beside its place: the turn of the first seed, and for every
    place of the map, and then for every example, the numbers that tell nothing.
    """
    rng, n = np.random.default_rng((config.seed, SHOWING)), N_SIDE**2 + like(config).n_given
    others = config.nuisance * rng.standard_normal((n, N_NUISANCE))
    turned = episodes.turn(np.random.default_rng((config.seed, TURN)))
    return {"turn": turned.astype(np.float32), "others": others.astype(np.float32)}


def shapes(config: Config, name: str) -> dict[str, list[int]]:
    """Of a net's parameters in a frame's weights, in their order."""
    return {part: list(shape) for part, shape in KINDS[name].net(like(config)).shapes.items()}


def examples(config: Config) -> list[list[list[float]]]:
    """Episodes to begin with: of each example where in the plane it is, and what it is called.

    Where names change, they do so in the middle.
    """
    rng, ways = np.random.default_rng((config.seed, SHOWING, 1)), config.n_ways
    found = []
    for _ in range(N_EXAMPLES):
        angles = 2 * np.pi * (rng.random() + np.arange(ways) / ways)
        kind = rng.random((config.n_shots, ways)).argsort(-1)
        at = APART * np.stack([np.cos(angles), np.sin(angles)], -1)[kind]
        at = (at + config.spread * rng.standard_normal(at.shape)).clip(-PLANE, PLANE)
        late = np.arange(config.n_shots)[:, None] >= config.n_shots / 2
        name = (kind + (late & config.renamed)) % ways
        found.append(np.concatenate([at.round(2), name[..., None]], -1).reshape(-1, 3).tolist())
    return found


NOTES = {
    "reads": "{net}: by step {step}, after {n} episodes, it names more than half of what a guess "
             "would miss (median of the seeds).",
    "guesses": "{net}: after {step} steps it hardly does better than a guess. More steps or fewer "
               "classes may mend that.",
    "misled": "{net}: it does worse after {n} rounds of examples than after one.",
    "broken": "{net}: by step {step} the numbers of {n} nets have grown beyond all bounds. A "
              "smaller learning rate mends that.",
    **names_of("net", {name: kind.label for name, kind in KINDS.items()}),
}
DIMS = {
    "right": ("step", "net", "shot", "seed"),
    "loss": ("step", "net", "seed"),
    "known": ("reference", "shot", "seed"),
    "weights": ("step", "parameter"),  # of the first seed's nets, one after the other
    "turn": ("number", "turned"),
    "others": ("place", "nuisance"),
}


def coords(config: Config) -> dict[str, Sequence[Any]]:
    """Labels of all dimensions but "step"; "shot" counts rounds of examples."""
    return {"net": list(config.nets), "seed": list(config.seeds),
            "shot": list(range(1, config.n_shots + 1)), "reference": list(REFERENCES),
            "parameter": range(sum(prod(shape) for name in config.nets
                                   for shape in shapes(config, name).values())),
            "number": list(range(N_NUMBERS)), "turned": list(range(N_NUMBERS)),
            "place": range(N_SIDE**2 + like(config).n_given),
            "nuisance": list(range(N_NUISANCE))}
