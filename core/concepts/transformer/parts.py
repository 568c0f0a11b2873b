"""Which part of a Transformer does what? The whole net beside nets that lack one part each.

All nets of a seed begin with the same weights, in what they have in common, and learn from the
same sequences.

Papers: Vaswani et al. 2017 (all parts), Xiong et al. 2020 (where the layer norm stands, warm-up),
Dong et al. 2021 (attention alone makes all places alike), Haviv et al. 2022 (order without
positions), Olsson et al. 2022 (repeated sequences).
Differs from the papers in: ten digits or repeated letters rather than languages; nets of some ten
thousand parameters; an MLP twice as wide as the states, not four times; no dropout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.transformer.common import (
    CommonConfig,
    Exam,
    batches,
    broken,
    evenness,
    likeness,
    net_of,
    race_of,
    rate_factor,
)
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.race import Race
from core.stacked.traced import views
from core.stacked.transformer import Transformer
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

MAX_FRAMES = 24
N_TEST = 32
"""New sequences of each seed that nets are measured on."""
WHOLE = "whole"
HIGH = 0.9
"""Who has this share right has learned the task."""

Without = Literal[
    "positions", "residual", "norm", "post", "mlp", "scale", "heads", "layers", "mask",
    "order",
]


@dataclass(frozen=True)
class Part:
    """What can be taken out of a net.

    Attributes:
        label: Of the net that lacks it.
        out: The net without it.
    """

    label: str
    out: Callable[[Transformer], Transformer]


PARTS: dict[str, Part] = {
    WHOLE: Part("Whole net", lambda net: net),
    "positions": Part("No positions", lambda net: replace(net, positions="none")),
    "residual": Part("No residual", lambda net: replace(net, residual=False)),
    "norm": Part("No layer norm", lambda net: replace(net, norm="none")),
    "post": Part("Norm after (post)", lambda net: replace(net, norm="post")),
    "mlp": Part("No MLP", lambda net: replace(net, mlp=False)),
    "scale": Part("No scale 1/√d", lambda net: replace(net, scale=False)),
    "heads": Part("One head", lambda net: replace(net, n_heads=1)),
    "layers": Part("One layer", lambda net: replace(net, n_layers=1)),
    "mask": Part("No causal mask", lambda net: replace(net, causal=False)),
    "order": Part("Neither mask nor positions",
                  lambda net: replace(net, causal=False, positions="none")),
}
PART_NAMES = {name: part.label for name, part in PARTS.items()}


class _Removed(BaseConfig):
    """What this lab has beside the common settings; listed first."""

    without: tuple[Without, ...] = setting(
        ("positions", "residual", "norm", "mlp", "scale"),
        "One net lacks the first of these, one the second, and so on; the whole net is among them",
        label="Take out", names={name: PART_NAMES[name] for name in get_args(Without)},
    )


class Config(CommonConfig, _Removed):
    """The whole net, and what is taken out of it."""

    @model_validator(mode="after")
    def _each_once(self) -> Config:
        each_once("without", self.without, get_args(Without), some=False)
        return self


def nets(config: Config) -> dict[str, Transformer]:
    """The whole net, and those that lack something that it has, by what it is."""
    whole = net_of(config)
    found = {name: PARTS[name].out(whole) for name in config.without}
    return {WHOLE: whole, **{name: net for name, net in found.items() if net != whole}}


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All nets on the same sequences."""
    races = {name: race_of(config, net) for name, net in nets(config).items()}
    exam, t = Exam(config, N_TEST), 0

    def measure() -> Measured:
        arrays = measured(config, races, exam)
        return arrays, news(config, t, arrays)

    yield t, measure
    for t, (x, y) in zip(range(1, config.n_steps + 1), batches(config), strict=False):
        for race in races.values():
            race.step(x, y, rate_factor(config, t))
        yield t, measure


def measured(
    config: Config, races: Mapping[str, Race], exam: Exam
) -> dict[str, np.ndarray]:
    """The arrays of a frame: (net, seed), those over layers (net, layer, seed)."""
    each = [_of(config, race, exam) for race in races.values()]
    return {name: np.stack([found[name] for found in each]).astype(np.float32)
            for name in each[0]}


def _of(config: Config, race: Race, exam: Exam) -> dict[str, np.ndarray]:
    net = race.net
    assert isinstance(net, Transformer)
    with torch.inference_mode():
        seen = net.see(views(net.shapes, race.p), exam.x)
        alike = np.full((config.n_layers + 1, config.n_seeds), np.nan)
        alike[: len(seen.states)] = torch.stack([likeness(h) for h in seen.states]).numpy()
        even = torch.stack([evenness(look, net.causal).mean(1) for look in seen.looks])
        return {"loss": exam.loss(seen), "right": exam.right(seen), "likeness": alike,
                "evenness": even.mean(0).numpy()}


def news(config: Config, t: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Note]:
    """What has nothing to be taken out; who has learned it, who has broken, who only guesses."""
    compared = list(nets(config))
    for name in config.without:
        if name not in compared:
            yield Note("missing", {"net": name}, name)
    for net, right, loss in zip(compared, arrays["right"], arrays["loss"], strict=True):
        if np.median(right) >= HIGH:
            yield Note("learned", {"net": net, "step": t, "share": f"{HIGH:.0%}"}, net)
        if n := broken(loss):
            yield Note("broken", {"net": net, "step": t, "n": n, "n_seeds": config.n_seeds}, net)
        elif t == config.n_steps and np.median(right) < 0.5:
            yield Note("behind", {"net": net, "step": t, "share": f"{np.median(right):.0%}"}, net)


NOTES = {
    "missing": "{net}: the net as it is set lacks it already, so there is nothing to take out.",
    "learned": "{net}: from step {step} on at least {share} of the answers are right (median of "
               "the seeds).",
    "behind": "{net}: after {step} steps {share} of the answers are right (median of the seeds).",
    "broken": "{net}: by step {step} the numbers of {n} of {n_seeds} nets have grown beyond all "
              "bounds. A smaller learning rate, a layer norm or a warm-up mends it.",
    **names_of("net", PART_NAMES),
}
DIMS = {
    "loss": ("step", "net", "seed"),
    "right": ("step", "net", "seed"),
    "likeness": ("step", "net", "layer", "seed"),
    "evenness": ("step", "net", "seed"),
}


def coords(config: Config) -> dict[str, list[Any]]:
    """Labels of all dimensions but "step"; layer 0 is before the first."""
    return {"net": list(nets(config)), "layer": list(range(config.n_layers + 1)),
            "seed": list(config.seeds)}
