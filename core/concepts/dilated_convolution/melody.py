"""What does a net play that sees only so far back? A tune, learned by heart, and continued.

At each place of a tune that begins again and again a net is to say the next note. Then it hears the
tune once and goes on by itself: it takes what it has said for what was played. How well the next
note can be known from as many places as a net sees follows from the tune, and is drawn beside what
the nets reach.

Papers: van den Oord et al. 2016 (WaveNet: a net of dilated convolutions that continues sound).
Differs from the papers in: notes rather than samples of sound; one tune; the likeliest note is
played, none is drawn by lot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.dilated_convolution import common
from core.concepts.dilated_convolution.common import KINDS, LOSS_CEILING, TRAINING
from core.concepts.dilated_convolution.net import CausalNet, field_of
from core.concepts.dilated_convolution.tunes import NOTES as SYMBOLS
from core.concepts.dilated_convolution.tunes import TUNES, best, endless
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.race import Race
from core.stacked.traced import views
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

NetName = Literal["dilated", "plain", "tall"]
N_ASKED = 32
"""Of each piece of the tune the last places are learned from: what they need is all there."""
MOST_SEEN = 64
"""Pieces have so many places before those; who sees farther finds nothing there."""
N_PLAYED = 64
"""Notes that a net goes on for."""
MAX_FRAMES = 16


class Config(BaseConfig):
    """Which tune, which nets, and how they learn it."""

    tune: Literal["jacques", "joy", "twinkle"] = setting(
        "jacques", "What is learned by heart",
        names={name: tune.label for name, tune in TUNES.items()},
    )
    nets: tuple[NetName, ...] = setting(
        ("dilated", "plain"), "How far apart the places are that each layer sees",
        names={name: KINDS[name].label for name in get_args(NetName)},
    )
    n_layers: int = common.N_LAYERS
    gate: bool = common.GATE
    residual: bool = common.RESIDUAL
    n_steps: int = setting(150, "Number of updates", ge=20, le=500, unit="steps", step=10)
    learning_rate: float = common.LEARNING_RATE
    batch_size: int = setting(
        4, "Pieces of the tune per update", ge=2, le=16, unit="pieces", step=2, group="Training"
    )
    width: int = common.WIDTH
    n_seeds: int = setting(
        4, "Nets of each kind, each with its own weights and pieces", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and pieces", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some(self) -> Config:
        each_once("nets", self.nets, get_args(NetName))
        return self


def net_of(config: Config, name: str) -> CausalNet:
    return CausalNet(len(SYMBOLS), KINDS[name].dilations(config.n_layers), 2, config.width,
                     N_ASKED, config.gate, config.residual)


def race_of(config: Config, name: str) -> Race:
    """Nets of one kind, one per seed."""
    return common.race_of(net_of(config, name), config.seeds, config.learning_rate,
                          config.batch_size)


def batches(config: Config) -> Iterator[tuple[Tensor, Tensor]]:
    """Per step new pieces of every seed, (seed, B, T), and the notes after them, one-hot."""
    rngs = [np.random.default_rng((seed, TRAINING)) for seed in config.seeds]
    notes = TUNES[config.tune].notes
    while True:
        starts = np.stack([rng.integers(0, len(notes), config.batch_size) for rng in rngs])
        yield _asked(endless(notes, starts, MOST_SEEN + N_ASKED + 1), N_ASKED)


def _asked(x: np.ndarray, n: int) -> tuple[Tensor, Tensor]:
    """Notes (..., T + 1) as T that are read, and the last n that are to be said."""
    right = np.moveaxis(np.eye(len(SYMBOLS), dtype=np.float32)[x[..., -n:]], -1, 1)
    return torch.from_numpy(x[..., :-1].copy()), torch.from_numpy(right.copy())


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same pieces."""
    races: dict[str, Race] = {name: race_of(config, name) for name in config.nets}
    t = 0

    def measure() -> Measured:
        each = [measured(config, race) for race in races.values()]
        arrays = {name: np.stack([found[name] for found in each]) for name in each[0]}
        if t == 0:
            arrays |= known(config)
        return arrays, news(config, t, arrays)

    yield t, measure
    for t, (x, y) in zip(range(1, config.n_steps + 1), batches(config), strict=False):
        for race in races.values():
            race.step(x, y)
        yield t, measure


def most(config: Config) -> dict[str, float]:
    """By formula the share of next notes that can be right, for the places that each net sees."""
    notes = TUNES[config.tune].notes
    return {name: best(notes, min(field_of(KINDS[name].dilations(config.n_layers), 2),
                                  MOST_SEEN))
            for name in config.nets}


def known(config: Config) -> dict[str, np.ndarray]:
    """The tune as it goes on, (place,), and by formula what each net could reach, (net,)."""
    return {"tune": endless(TUNES[config.tune].notes, 0, N_PLAYED).astype(np.uint8),
            "most": np.array(list(most(config).values()), np.float32)}


def measured(config: Config, race: Race) -> dict[str, np.ndarray]:
    """Of one kind of net: shares right and losses, (seed,), and what it plays, (seed, place)."""
    notes = TUNES[config.tune].notes
    net = race.net
    assert isinstance(net, CausalNet)
    exam = replace(net, n_asked=len(notes))
    x, y = _asked(endless(notes, np.zeros((config.n_seeds, 1), int),
                          MOST_SEEN + len(notes) + 1), len(notes))
    with torch.inference_mode():
        p = views(net.shapes, race.p)
        z = exam.forward(p, x)
        loss = net.loss.value(z, y).nan_to_num(LOSS_CEILING, LOSS_CEILING)
        song = played(net, p, notes)
    wrong = song != endless(notes, 0, N_PLAYED)
    kept = np.where(wrong.any(1), wrong.argmax(1), N_PLAYED)
    return {"loss": loss.clamp_max(LOSS_CEILING).numpy(), "right": net.loss.right(z, y).numpy(),
            "song": song.astype(np.uint8), "kept": kept.astype(np.float32)}


def played(net: CausalNet, p: Mapping[str, Tensor], notes: np.ndarray) -> np.ndarray:
    """What K nets play that have heard the tune once, and then hear themselves: (K, place)."""
    one = replace(net, n_asked=1)
    seen = min(field_of(net.dilations, net.kernel), MOST_SEEN)
    heard = torch.from_numpy(endless(notes, -MOST_SEEN, MOST_SEEN)).repeat(len(p["out"]), 1)
    for _ in range(N_PLAYED):
        z = one.forward(p, heard[:, None, -seen:])  # (K, notes, 1, 1)
        heard = torch.cat([heard, z[..., 0].argmax(1)], 1)
    return heard[:, MOST_SEEN:].numpy()


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """Who plays the whole tune; at the end, who has lost it, and whether it could have known."""
    for i, name in enumerate(config.nets):
        if n := int((arrays["loss"][i] >= LOSS_CEILING).sum()):
            yield Note("broken", {"net": name, "step": t, "n": n}, name)
        kept = float(np.median(arrays["kept"][i]))
        if kept == N_PLAYED:
            yield Note("whole", {"net": name, "step": t, "n": N_PLAYED}, name)
        elif t == config.n_steps:
            yield Note("lost", {"net": name, "step": t, "n": f"{kept:.0f}"}, name)


NOTES = {
    "whole": "{net}: from step {step} on it goes on for {n} places without a mistake (median of "
             "the seeds).",
    "lost": "{net}: after {step} steps its first wrong note comes after {n} places (median of the "
            "seeds).",
    **common.BROKEN,
}
DIMS = {
    "loss": ("step", "net", "seed"),
    "right": ("step", "net", "seed"),
    "kept": ("step", "net", "seed"),
    "song": ("step", "net", "seed", "place"),
    "tune": ("place",),
    "most": ("net",),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"net": list(config.nets), "seed": list(config.seeds),
            "place": list(range(N_PLAYED))}
