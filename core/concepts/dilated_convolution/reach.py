"""How far back does a stack of convolutions see, and does it learn what it could see?

Each net reads random symbols and says at every place which symbol stood so many places before: its
lag. For every lag there are nets of their own. Nets of one seed begin with the same weights, in
what they have in common, and learn from the same sequences.

Papers: van den Oord et al. 2016 (WaveNet: causal and dilated convolutions, gates, residual
connections), Yu & Koltun 2016 (dilated convolution, the receptive field).
Differs from the papers in: four symbols rather than sound; nets of a few thousand parameters; the
answer is read from the last layer, without skip connections from all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.dilated_convolution import common
from core.concepts.dilated_convolution.common import (
    KINDS,
    LOSS_CEILING,
    TESTING,
    TRAINING,
    LagName,
)
from core.concepts.dilated_convolution.net import CausalNet, field_of, ways
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

NetName = Literal["dilated", "plain", "fours", "tall"]
SYMBOLS = "abcd"
N_SYMBOLS = len(SYMBOLS)
N_ASKED = 16
"""Answers are asked for at so many of the last places: all that is asked for can be known."""
N_TEST = 16
"""New sequences of each seed that nets are measured on."""
MAX_FRAMES = 26
MOST_BACK = 64
"""The gradient is measured so far back at most."""
N_MORE = 5
"""Places of the example before those, so that more than the last output can be looked at."""
LEARNED, GUESS = 0.9, 0.4
"""From here on a lag is said to be learned, and below that one a net is said to guess."""


class Config(BaseConfig):
    """What is asked, of which nets, and how they learn it."""

    nets: tuple[NetName, ...] = setting(
        ("dilated", "plain"), "How far apart the places are that each layer sees",
        names={name: kind.label for name, kind in KINDS.items()},
    )
    lags: tuple[LagName, ...] = common.LAGS
    n_layers: int = common.N_LAYERS
    kernel: int = common.KERNEL
    gate: bool = common.GATE
    residual: bool = common.RESIDUAL
    n_steps: int = setting(60, "Number of updates", ge=20, le=500, unit="steps", step=10)
    learning_rate: float = common.LEARNING_RATE
    start: Literal["unit", "torch"] = common.BEGINNING
    batch_size: int = common.BATCH_SIZE
    width: int = common.WIDTH
    n_seeds: int = setting(
        4, "Nets of each kind and lag, each with its own weights and sequences", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed: initial weights and sequences", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some(self) -> Config:
        each_once("nets", self.nets, get_args(NetName))
        each_once("lags", self.lags, get_args(LagName))
        return self


def lags_of(config: Config) -> list[int]:
    """From near to far."""
    return sorted(map(int, config.lags))


def dilations_of(config: Config) -> dict[str, tuple[int, ...]]:
    """Of each net, by its name."""
    return {name: KINDS[name].dilations(config.n_layers) for name in config.nets}


def fields(config: Config) -> dict[str, int]:
    """How many places each net's receptive field spans, by formula."""
    return {name: field_of(dilations, config.kernel)
            for name, dilations in dilations_of(config).items()}


def n_back(config: Config) -> int:
    """Over how many places the gradient is measured: all fields and lags, and a place beyond."""
    widest = max(*fields(config).values(), lags_of(config)[-1] + 1)
    return min(widest, MOST_BACK) + 1


def net_of(config: Config, name: str) -> CausalNet:
    return CausalNet(
        N_SYMBOLS, dilations_of(config)[name], config.kernel, config.width, N_ASKED,
        config.gate, config.residual, config.start)


def race_of(config: Config, name: str) -> Race:
    """Nets of one kind: for each lag one per seed."""
    return common.race_of(net_of(config, name), [*config.seeds] * len(config.lags),
                          config.learning_rate, config.batch_size)


# --- sequences -----------------------------------------------------------------------------


def drawn(config: Config, purpose: int, n: int, length: int) -> Iterator[np.ndarray]:
    """Again and again new sequences of every seed, (seed, n, length)."""
    rngs = [np.random.default_rng((seed, purpose)) for seed in config.seeds]
    while True:
        yield np.stack([rng.integers(0, N_SYMBOLS, (n, length)) for rng in rngs])


def asked(config: Config, x: np.ndarray) -> tuple[Tensor, Tensor]:
    """Sequences for the nets of all lags, (lag seed, n, T), and what is right, one-hot,
    (lag seed, symbols, n, asked).
    """
    lags, length = lags_of(config), x.shape[-1]
    y = np.concatenate([x[..., length - N_ASKED - lag: length - lag] for lag in lags])
    right = np.moveaxis(np.eye(N_SYMBOLS, dtype=np.float32)[y], -1, 1).copy()
    return torch.from_numpy(np.concatenate([x] * len(lags))), torch.from_numpy(right)


def batches(config: Config) -> Iterator[tuple[Tensor, Tensor]]:
    """Per step new sequences, as long as the largest lag needs."""
    length = lags_of(config)[-1] + N_ASKED
    for x in drawn(config, TRAINING, config.batch_size, length):
        yield asked(config, x)


# --- training ------------------------------------------------------------------------------


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same sequences."""
    races: dict[str, Race] = {name: race_of(config, name) for name in config.nets}
    exam, t = Exam(config), 0

    def measure() -> Measured:
        arrays = exam.measure(races)
        if t == 0:
            arrays |= {"seen": seen(config), "symbol": exam.example}
        return arrays, news(config, t, arrays)

    yield t, measure
    for t, (x, y) in zip(range(1, config.n_steps + 1), batches(config), strict=False):
        for race in races.values():
            race.step(x, y)
        yield t, measure


def seen(config: Config) -> np.ndarray:
    """Whether each net sees so far back, by formula, (net, back): 1, or 0 where it does not."""
    n = n_back(config)
    return np.stack([ways(dilations, config.kernel, n) > 0
                     for dilations in dilations_of(config).values()]).astype(np.float32)


class Exam:
    """New sequences that nets are measured on, the same at every step.

    Attributes:
        example: The first seed's first sequence, its last places, (place,).
    """

    def __init__(self, config: Config) -> None:
        self.config, self.n = config, n_back(config)
        x = next(drawn(config, TESTING, N_TEST, self.n + N_ASKED - 1))
        self.example = x[0, 0, -self.n - N_MORE:].astype(np.uint8)
        self._x, self._y = asked(config, x)

    def measure(self, races: Mapping[str, Race]) -> dict[str, np.ndarray]:
        """The arrays of a frame: (net, lag, seed, ...)."""
        each = [self._of(race) for race in races.values()]
        return {name: np.stack([found[name] for found in each]) for name in each[0]}

    def _of(self, race: Race) -> dict[str, np.ndarray]:
        net, rows = race.net, (len(self.config.lags), self.config.n_seeds)
        assert isinstance(net, CausalNet)
        p = views(net.shapes, race.p.detach())
        x = net.one_hot(self._x, p).requires_grad_()
        with torch.enable_grad():
            z = net.forward(p, x)  # (lag seed, symbols, n, asked)
            last = z[..., -1].amax(1).sum()
            (pull,) = torch.autograd.grad(last, x)
        z = z.detach()
        loss = net.loss.value(z, self._y).nan_to_num(LOSS_CEILING, LOSS_CEILING)
        strength = pull[:, :, -self.n:].square().sum(-1).mean(1).sqrt().flip(-1)
        return {
            "loss": _each(loss.clamp_max(LOSS_CEILING), rows),
            "right": _each(net.loss.right(z, self._y), rows),
            "gradient": _each(strength.nan_to_num(0), (*rows, self.n)),
            "said": z.view(*rows, *z.shape[1:])[:, 0, :, 0].argmax(1).numpy().astype(np.uint8),
        }


def _each(values: Tensor, shape: tuple[int, ...]) -> np.ndarray:
    return values.view(shape).numpy().astype(np.float32)


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """Who has learned which lag; at the end, who could have and has not, and who never could."""
    for i, name in enumerate(config.nets):
        if n := int((arrays["loss"][i] >= LOSS_CEILING).sum()):
            yield Note("broken", {"net": name, "step": t, "n": n}, name)
        right = np.median(arrays["right"][i], -1)  # (lag,)
        known = ways(dilations_of(config)[name], config.kernel, lags_of(config)[-1] + 1) > 0
        told: dict[str, list[str]] = {"beyond": [], "missed": []}
        for lag, share in zip(lags_of(config), right, strict=True):
            if share >= LEARNED:
                yield Note("learned", {"net": name, "lag": lag, "step": t,
                                       "share": f"{LEARNED:.0%}"}, f"{name} {lag}")
            elif share < GUESS:
                told["missed" if known[lag] else "beyond"].append(str(lag))
        for key, lags in told.items():
            if lags and t == config.n_steps:
                yield Note(key, {"net": name, "lags": ", ".join(lags), "step": t}, name)


NOTES = {
    "learned": "{net}: from step {step} on at least {share} of the answers at lag {lag} are right "
               "(median of the seeds).",
    "missed": "{net}: after {step} steps it still guesses at lag {lags}, though it sees so far. "
              "More steps may mend it, or fewer layers that are dilated.",
    "beyond": "{net}: it guesses at lag {lags}, and always will: it does not see these symbols.",
    **common.BROKEN,
}
DIMS = {
    "loss": ("step", "net", "lag", "seed"),
    "right": ("step", "net", "lag", "seed"),
    "gradient": ("step", "net", "lag", "seed", "back"),
    "said": ("step", "net", "lag", "asked"),
    "seen": ("net", "back"),
    "symbol": ("place",),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"; "back" counts places from the output back."""
    n = n_back(config)
    return {"net": list(config.nets), "lag": lags_of(config), "seed": list(config.seeds),
            "back": list(range(n)), "place": list(range(n + N_MORE)),
            "asked": list(range(N_ASKED))}
