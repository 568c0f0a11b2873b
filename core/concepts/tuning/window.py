"""Which learning rates work, and what does normalisation change? Batch norm beside layer norm.

Nets of several layers without a norm, with batch norm and with layer norm, at every learning rate
from 0.003 to 3, by batches of one size. Of one seed all have the same start, images and batches.

Papers: Ioffe & Szegedy 2015 (batch norm, "much higher learning rates"), Ba et al. 2016 (layer
norm), Wu & He 2018 (batch norm at small batches).
Differs from the papers in: dense nets on images of 8 x 8 pixels, some hundred updates by momentum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.tuning.net import INITS, NORM_NAMES, Deep, starts
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split, batches, digits
from core.stacked.race import Race, Runner
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

Norm = Literal["none", "batch", "layer"]
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
N_TRAIN, N_TEST, N_JUDGED = 1000, 400, 400
"""Images to learn from, to be tested on, and training images by which a rate is chosen."""
MAX_FRAMES = 20
WORKS = 0.2
"""A learning rate works where fewer new images than this are wrong."""


class Config(BaseConfig):
    """Which norms, in nets of which depth, on batches of which size."""

    norms: tuple[Norm, ...] = setting(
        get_args(Norm), "What is normalised before every activation", names=NORM_NAMES,
        label="Normalisation",
    )
    batch_size: int = setting(64, "Images per update", ge=2, le=128, unit="images", log=True)
    depth: int = setting(4, "Hidden layers of 32 units", ge=1, le=8, unit="layers")
    n_steps: int = setting(150, "Number of updates", ge=20, le=1000, unit="steps", step=10)
    n_seeds: int = setting(
        3, "Nets of each kind, each with its own images, start and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_norms(self) -> Config:
        each_once("norms", self.norms, get_args(Norm))
        return self


def data_of(config: Config) -> Split:
    """A split of the digits per seed, standardised by the training pixels."""
    split = digits(config.seeds, N_TRAIN)
    mean, spread = (split.train_x.mean((1, 2), keepdim=True),
                    split.train_x.std((1, 2), keepdim=True))
    return Split((split.train_x - mean) / spread, split.train_y,
                 (split.test_x[..., :N_TEST] - mean) / spread,
                 split.test_y[..., :N_TEST].contiguous())


def nets_of(config: Config, norm: str) -> Race:
    """Nets with one norm, rate by rate."""
    net = Deep(config.depth, 32, norm=norm)
    runners = [Runner("momentum", {"learning_rate": rate}, row)
               for rate in RATES for row in range(config.n_seeds)]
    return Race(net, runners, starts(net, [INITS["he"]], config.seeds), config.batch_size)


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, MAX_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All norms, rates and seeds, update by update."""
    split, t = data_of(config), 0
    races: dict[str, Race] = {norm: nets_of(config, norm) for norm in config.norms}

    def measure() -> Measured:
        return _measured(config, t, races, split)

    yield 0, measure
    for t, (x, y) in enumerate(batches(split, config.seeds, config.batch_size, config.n_steps), 1):
        for race in races.values():
            race.step(x, y)
        yield t, measure


def _measured(
    config: Config, t: int, races: Mapping[str, Race], split: Split
) -> tuple[dict[str, np.ndarray], list[Note]]:
    shape = len(RATES), config.n_seeds
    judged = split.train_x[..., :N_JUDGED], split.train_y[..., :N_JUDGED]
    error, best, at = [], [], []
    for race in races.values():
        loss, right = race.losses(split.test_x, split.test_y)
        wrong = 1 - torch.where(loss.isfinite(), right, 0).view(shape)
        trained = race.losses(*judged)[0].view(shape).nan_to_num(torch.inf, torch.inf)
        chosen = trained.argmin(0)  # (seed,)
        error.append(wrong.numpy())
        best.append(wrong.gather(0, chosen[None])[0].numpy())
        at.append(np.asarray(RATES)[chosen.numpy()])
    errors = np.stack(error)
    arrays = {
        "test_error": errors, "best_error": np.stack(best), "best_rate": np.stack(at),
        "n_working": (errors < WORKS).sum(1),
    }
    notes = list(_notes(config, t, errors))
    return {name: np.asarray(a, np.float32) for name, a in arrays.items()}, notes


def _notes(config: Config, t: int, errors: np.ndarray) -> Iterator[Note]:
    """At the end, where nothing works, or from which rate on it does no longer."""
    if t < config.n_steps:
        return
    for norm, wrong in zip(config.norms, np.median(errors, 2), strict=True):
        works = [rate for rate, share in zip(RATES, wrong, strict=True) if share < WORKS]
        about = {"norm": norm, "step": t, "batch": config.batch_size}
        if not works:
            yield Note("nothing", about, norm)
        elif max(works) < RATES[-1]:
            yield Note("up_to", {**about, "rate": f"{max(works):g}"}, norm)


NOTES = {
    "nothing": "{norm}: no learning rate gets below 20 % wrong in {step} updates on batches of "
               "{batch}. More updates or another norm mend that.",
    "up_to": "{norm}: learning rates up to {rate} work; beyond, the nets learn nothing or diverge.",
    **names_of("norm", NORM_NAMES),
}

DIMS = {
    "test_error": ("step", "norm", "rate", "seed"), "best_error": ("step", "norm", "seed"),
    "best_rate": ("step", "norm", "seed"), "n_working": ("step", "norm", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"norm": list(config.norms), "rate": list(RATES), "seed": list(config.seeds)}
