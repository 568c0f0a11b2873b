"""A category as an input: as a number, as one of many, or as a place that is learned?

Rows of some kind: which one is all that is known of a row, and every kind has an effect. A linear
model, a net and a tree are told the kind as an integer, one-hot, or as an embedding: a few numbers
per kind which are learned with the rest. Kinds may have no order, or be numbered by their effects.

Papers: Bengio et al. 2003 (section 2: a learned vector for each word), Guo & Berkhahn 2016
(embeddings of categories in tables).
Differs from the papers in: one category of 12 kinds, two numbers per kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.config import Config as BaseConfig
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch, trees
from core.stacked.functions import embedding, linear
from core.stacked.losses import SQUARED_ERROR, Loss
from core.stacked.race import Race, Runner
from core.stacked.traced import Parameters, Program, Rngs, Shapes, views
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

CODE_NAMES = {"integer": "Integer", "one_hot": "One-hot", "embedding": "Embedding"}
CODES = tuple(CODE_NAMES)
MODEL_NAMES = {"linear": "Linear", "net": "Net", "tree": "Tree"}
MODELS = tuple(MODEL_NAMES)
HIDDEN = 32
DIM = 2
"""Numbers per kind of an embedding."""
BATCH_SIZE = 32
MAX_FRAMES = 50
WORST = -1.0
"""What is explained counts as no less: a wild guess of one seed would hide the others."""


class Config(BaseConfig):
    """How many kinds there are, whether their numbers mean something, and how many rows."""

    order: Literal["none", "ordered"] = setting(
        "none", "What the number of a kind says: nothing, or the larger it is the larger the "
        "effect", names={"none": "None", "ordered": "By the effect"}, label="Order of the kinds",
    )
    n_levels: int = setting(12, "How many kinds there are", ge=3, le=40, unit="kinds",
                            label="Kinds")
    n_train: int = setting(
        300, "Rows to learn from, each of a kind drawn by lot", ge=20, le=1000, unit="rows",
        log=True, label="Rows",
    )
    noise: float = setting(
        0.5, "Standard deviation of what the kind does not explain; the effects have 1", ge=0,
        le=2, step=0.1,
    )
    n_steps: int = setting(300, "Number of updates", ge=20, le=1000, unit="steps", log=True)
    learning_rate: float = setting(
        0.03, "Adam's at the start; it falls to 0", ge=1e-3, le=0.3, log=True, group="Training"
    )
    n_seeds: int = setting(
        8, "Repetitions, each with its own effects, rows and weights", ge=1, le=16, unit="seeds",
        group="Seeds",
    )
    seed: int = setting(0, "The first seed: effects, rows, weights", ge=0, le=9999, group="Seeds")


@dataclass(frozen=True)
class Kinds:
    """One seed's rows.

    Attributes:
        effects: Of every kind, (n_levels,).
        level: Of every row, (n_train,).
        y: What is to be said of it.
    """

    effects: np.ndarray
    level: np.ndarray
    y: np.ndarray


def kinds_of(config: Config, seed: int) -> Kinds:
    """Effects have mean 0 and deviation 1; ordered they are the same ones, sorted."""
    rng = np.random.default_rng((seed, 60))
    effects = rng.standard_normal(config.n_levels)
    effects = (effects - effects.mean()) / effects.std()
    if config.order == "ordered":
        effects.sort()
    level = rng.integers(config.n_levels, size=config.n_train)
    return Kinds(effects, level, effects[level] + config.noise * rng.standard_normal(len(level)))


@dataclass(frozen=True)
class Reader(Program):
    """A linear model or a net with one hidden layer that is told a kind.

    Attributes:
        code: One of `CODES`.
        n_levels: Kinds.
        hidden: Units of the hidden layer; 0 for a linear model.
    """

    code: str
    n_levels: int
    hidden: int
    loss: Loss = SQUARED_ERROR

    @property
    def shapes(self) -> Shapes:
        n = {"integer": 1, "one_hot": self.n_levels, "embedding": DIM}[self.code]
        table = {"table": (self.n_levels, DIM)} if self.code == "embedding" else {}
        first = {"w1": (self.hidden, n), "b1": (self.hidden,)} if self.hidden else {}
        return table | first | {"w": (1, self.hidden or n), "b": (1,)}

    def start(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """He et al. 2015 below ReLU; kinds begin as small random places."""
        scale = {"table": 0.3, "w1": (2 / self._n_told) ** 0.5}
        return {
            name: np.zeros(shape) if name in ("b", "b1")
            else rng.standard_normal(shape) * scale.get(name, shape[-1] ** -0.5)
            for name, shape in self.shapes.items()
        }

    @property
    def _n_told(self) -> int:
        """Of what is told, how many numbers are not 0."""
        return DIM if self.code == "embedding" else 1

    def told(self, p: Parameters, level: Tensor) -> Tensor:
        """What the model is told of kinds (K, B), as (K, B, numbers)."""
        if self.code == "embedding":
            return embedding(level, p["table"])
        if self.code == "one_hot":
            return torch.nn.functional.one_hot(level, self.n_levels).to(p["w"].dtype)
        middle, sd = (self.n_levels - 1) / 2, ((self.n_levels**2 - 1) / 12) ** 0.5
        return ((level.to(p["w"].dtype) - middle) / sd)[..., None]

    def forward(self, p: Parameters, x: Tensor, rngs: Rngs | None = None) -> Tensor:
        """Of kinds (K, 1, B) the values, (K, 1, B)."""
        h = self.told(p, x[:, 0].long())
        if self.hidden:
            h = linear(h, p["w1"], p["b1"]).relu()
        return linear(h, p["w"], p["b"]).transpose(1, 2)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All readers over the same batches; trees are fitted before."""
    rows = [kinds_of(config, seed) for seed in config.seeds]
    level = torch.from_numpy(np.stack([one.level for one in rows]))  # (S, n)
    y = torch.from_numpy(np.stack([one.y for one in rows]).astype(np.float32))
    races = {(model, code): _race(config, Reader(code, config.n_levels, hidden))
             for model, hidden in (("linear", 0), ("net", HIDDEN)) for code in CODES}
    fitted = _trees(config, rows)
    rngs = [np.random.default_rng((seed, 62)) for seed in config.seeds]
    t = 0

    def measure() -> Measured:
        return _measured(config, rows, races, fitted), ()

    yield t, measure
    for t in range(1, config.n_steps + 1):
        some = torch.from_numpy(np.stack([
            rng.integers(config.n_train, size=BATCH_SIZE) for rng in rngs]))
        batch, answers = level.gather(1, some)[:, None], y.gather(1, some)[:, None]
        factor = 0.5 * (1 + float(np.cos(np.pi * (t - 1) / config.n_steps)))
        for race in races.values():
            race.step(batch, answers, factor)
        yield t, measure


def _race(config: Config, net: Reader) -> Race:
    start = torch.from_numpy(np.stack([
        net.init(np.random.default_rng((seed, 61))) for seed in config.seeds]))
    runners = [Runner("adam", {"learning_rate": config.learning_rate}, i)
               for i in range(config.n_seeds)]
    return Race(net, runners, start, BATCH_SIZE)


# --- what is measured --------------------------------------------------------------------


def _trees(config: Config, rows: list[Kinds]) -> np.ndarray:
    """What trees say of every kind, (code, seed, level); NaN for what they cannot be told."""
    told = {"integer": np.arange(config.n_levels)[:, None], "one_hot": np.eye(config.n_levels)}
    said = np.full((len(CODES), len(rows), config.n_levels), np.nan)
    for i, code in enumerate(told):
        for j, (one, seed) in enumerate(zip(rows, config.seeds, strict=True)):
            tree = trees.DecisionTreeRegressor(random_state=seed)
            said[i, j] = tree.fit(told[code][one.level], one.y).predict(told[code])
    return said


def _measured(
    config: Config, rows: list[Kinds], races: Mapping[tuple[str, str], Race], fitted: np.ndarray,
) -> dict[str, np.ndarray]:
    every = torch.arange(config.n_levels).expand(config.n_seeds, 1, -1)
    said = np.stack([
        *(np.stack([races[model, code].outputs(every)[:, 0].numpy() for code in CODES])
          for model in MODELS[:2]), fitted])  # (model, code, seed, level)
    effects = np.stack([one.effects for one in rows])
    explained = 1 - ((said - effects) ** 2).mean(-1) / (effects**2).mean(-1)
    net = races["net", "embedding"]
    assert isinstance(net.net, Reader)
    return {name: a.astype(np.float32) for name, a in {
        "explained": np.maximum(explained, WORST), "said": said[:, :, 0], "effects": effects[0],
        "places": views(net.net.shapes, net.p)["table"][0].numpy(),
    }.items()}


DIMS = {
    "explained": ("step", "model", "code", "seed"), "said": ("step", "model", "code", "level"),
    "effects": ("step", "level"), "places": ("step", "level", "xy"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"model": list(MODELS), "code": list(CODES), "seed": list(config.seeds),
            "level": list(range(1, config.n_levels + 1)), "xy": ["x", "y"]}
