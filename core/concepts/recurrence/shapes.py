"""One in and many out, many in and one out, many and many: what shapes does recurrence take?

The same cells, with answers at the end, at each place, or after all has been read; and told what
they said themselves. Each shape is a tiny task with nets of its own, many seeds at once.

Papers: Karpathy 2015, *The unreasonable effectiveness of recurrent neural networks* (the shapes,
and writing on); Graves 2013 (drawing by a net that is told its own points); Bengio et al. 2015
(told the right ones in training, its own afterwards); Schuster & Paliwal 1997 (both directions);
Sutskever et al. 2014 (encoder and decoder); Madsen 2019 (influence, symbol by symbol).
Differs from the papers in: tasks of seconds; points rather than mixtures of them; no attention.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.recurrence import shape_tasks as tasks
from core.concepts.recurrence.shape_kinds import N_SAID, PAIRS, SHAPES, TEMPERATURES
from core.config import Config as BaseConfig
from core.config import setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.race import Race, Runner
from core.stacked.traced import Program, views
from core.training import Algorithm, Measured, recorded

if TYPE_CHECKING:
    from torch import Tensor

START, TRAINING = 0, 1
"""What random numbers are for."""
BATCH = 24
CLIP = 1.0
MAX_FRAMES = 21
DECAY_FROM, DECAY = 0.7, 0.2
"""From this share of the updates on the learning rate is this share of itself."""
CEILING = 1e6
"""Numbers are drawn up to here."""


class Config(BaseConfig):
    """Which shape, and how its nets learn."""

    shape: Literal["draw", "praise", "peaks", "expand", "write"] = setting(
        "draw", "What goes in and what comes out",
        names={name: shape.label for name, shape in SHAPES.items()},
    )
    noise: float = setting(
        0.03, "Added to the points before, which the nets are told while they learn to draw", ge=0,
        le=0.3, step=0.01, unit="of a figure's radius",
    )
    n_steps: int = setting(300, "Number of updates", ge=20, le=600, unit="steps", step=20)
    learning_rate: float = setting(
        0.01, "Adam's, a fifth of it in the last 30 % of the steps", ge=0.001, le=0.05, log=True
    )
    width: int = setting(32, "Numbers in a state", ge=8, le=48, unit="units", step=8)
    n_seeds: int = setting(
        4, "Nets of each kind, each with its own weights and examples; the first one's answers are "
        "drawn", ge=1, le=16, unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and examples", ge=0, le=9999,
                        group="Seeds")


def variants(config: Config) -> tuple[str, ...]:
    """What is compared."""
    return SHAPES[config.shape].variants


@dataclass
class Group:
    """All seeds' nets of one variant."""

    net: Program
    race: Race


def group_of(config: Config, variant: str) -> Group:
    """Nets at their start."""
    net = SHAPES[config.shape].net(variant, config.width)
    begin = np.stack([net.init(np.random.default_rng((seed, START))) for seed in config.seeds])
    how = {"learning_rate": config.learning_rate, "clip": CLIP}
    runners = [Runner("adam", how, s) for s in range(config.n_seeds)]
    return Group(net, Race(net, runners, torch.from_numpy(begin), BATCH))


def batches(config: Config) -> Iterator[tuple[Tensor, Tensor]]:
    """Ever new ones of every seed."""
    rngs = [np.random.default_rng((seed, TRAINING)) for seed in config.seeds]
    draw = SHAPES[config.shape].draw
    while True:
        x, y = zip(*(draw(rng, BATCH, config.noise) for rng in rngs), strict=True)
        yield torch.from_numpy(np.stack(x)), torch.from_numpy(np.stack(y))


def net_as_data(config: Config) -> list[dict[str, Any]]:
    """The nets that write, for who runs them elsewhere: in the order of their weights."""
    kind = SHAPES["write"]
    return [{"variant": variant, "shapes": {
        name: list(shape) for name, shape in kind.net(variant, config.width).shapes.items()
    }} for variant in kind.variants]


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES - 1)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All variants on the same examples, update by update."""
    shape = SHAPES[config.shape]
    groups = {variant: group_of(config, variant) for variant in shape.variants}
    exam, t = shape.exam(config.seeds), 0

    def measure() -> Measured:
        with torch.inference_mode():
            nets = {name: (g.net, views(g.net.shapes, g.race.p)) for name, g in groups.items()}
            arrays = shape.measured(nets, exam)
        if t == 0:
            arrays |= shape.fixed()
        return {name: _sent(a) for name, a in arrays.items()}, ()

    yield 0, measure
    for t, (x, y) in zip(range(1, config.n_steps + 1), batches(config), strict=False):
        for group in groups.values():
            group.race.step(x, y, DECAY if t > DECAY_FROM * config.n_steps else 1.0)
        yield t, measure


def _sent(a: np.ndarray) -> np.ndarray:
    """As it is in a frame: weights in half precision as they are."""
    if a.dtype == np.float16:
        return a
    return np.where(np.isfinite(a), a.clip(-CEILING, CEILING), np.nan).astype(np.float32)


DIMS = {
    "off": ("step", "variant", "told", "seed"),
    "drawn": ("step", "variant", "axis", "figure", "point"),
    "figures": ("axis", "figure", "point"),
    "judged": ("step", "variant", "kind", "seed"),
    "running": ("step", "variant", "sentence", "word"),
    "tagged": ("step", "variant", "seed"),
    "peak": ("step", "variant", "place"),
    "values": ("step", "place"),
    "tops": ("step", "place"),
    "exact": ("step", "variant", "pairs", "seed"),
    "says": ("step", "variant", "letter", "said"),
    "loss": ("step", "variant", "seed"),
    "known": ("step", "variant", "temperature", "seed"),
    "influence": ("step", "variant", "asked", "read"),
    "weights": ("step", "parameter"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    n_weights = sum(SHAPES["write"].net(variant, config.width).n_parameters
                    for variant in SHAPES["write"].variants)
    places = list(range(len(tasks.PIECE) - 1))
    return {
        "variant": list(variants(config)), "seed": list(config.seeds), "told": ["own", "right"],
        "axis": ["x", "y"], "figure": list(tasks.FIGURES), "point": list(range(tasks.N_POINTS)),
        "kind": ["plain", "not"], "sentence": list(range(len(tasks.SENTENCES))),
        "word": list(range(1, tasks.N_WORDS + 1)), "place": list(range(1, tasks.N_VALUES + 1)),
        "pairs": list(PAIRS), "letter": [*tasks.LETTERS, "end"],
        "said": list(range(1, N_SAID + 1)), "temperature": list(TEMPERATURES),
        "asked": places, "read": places, "parameter": list(range(n_weights)),
    }


NOTES: dict[str, str] = {}
