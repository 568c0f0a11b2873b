"""What makes training faster, on the machine that this page runs on, at this moment?

A dense net learns digits as one would write it in torch: a loop over batches, one update each. The
ways to go through it differ in threads, numbers and batches; nets of one seed have the same start
and see the same images in the same order. After each pass through the images it is said how many
seconds it took, and how many new images each net gets wrong: what is fast may not be good, and what
is good may not be fast. Ways take turns within a pass, so that a busy moment meets all.

Papers: Goyal et al. 2017 (a larger batch wants a larger rate), Kalamkar et al. 2019 (bfloat16).
Differs from the papers in: a small net on a processor, so that other things cost most.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.faster.busy import NOTES as OF_THE_MACHINE
from core.concepts.faster.busy import about, load
from core.concepts.faster.devices import device_of, finished, threads
from core.concepts.faster.shards import N_TRAIN, data_of
from core.concepts.faster.trainers import TRAINER_NAMES, TRAINERS, Trainer
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.lazy import torch
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor, nn

TrainerName = Literal["one", "threads", "bfloat16", "larger", "scaled", "gpu"]
START, ORDER = 0, 1
"""What random numbers are for."""
MOST_SECONDS = 0.1
"""With all cores a pass is timed for about so long, and goes on with one thread, which computes the
same: on a busy machine threads wait for each other a hundred times as long as they compute."""
LOST = 0.5
"""From this share wrong on a net is said to have lost its way."""


class Config(BaseConfig):
    """Which ways, and what they train."""

    ways: tuple[TrainerName, ...] = setting(
        ("one", "threads", "bfloat16", "larger", "scaled"),
        "How the net goes through its updates", names=TRAINER_NAMES, label="Ways to train",
    )
    width: Literal["32", "128", "512"] = setting(
        "32", "Units of each of two hidden layers",
        names={n: f"{n} units" for n in ("32", "128", "512")},
    )
    batch_size: int = setting(
        16, "Of an update; some ways take four times as many", ge=8, le=128, unit="images", step=8)
    learning_rate: float = setting(
        0.05, "Of gradient descent; one way takes four times as much", ge=0.005, le=0.5, log=True)
    n_passes: int = setting(
        5, "How often a net goes through its 1000 images", ge=2, le=20, unit="passes",
        label="Passes")
    n_seeds: int = setting(
        2, "Nets of each way, each with its own images, start and order", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed; another one measures anew", ge=0, le=9999,
                        group="Seeds")

    @model_validator(mode="after")
    def _some_ways(self) -> Config:
        each_once("ways", self.ways, get_args(TrainerName))
        return self


# --- training ------------------------------------------------------------------------------


def net_of(config: Config, seed: int) -> nn.Sequential:
    """An untrained net: He's weights, biases 0."""
    n = int(config.width)
    rng = np.random.default_rng((seed, START))
    layers: list[nn.Module] = []
    for n_in, n_out in ((64, n), (n, n), (n, 10)):
        layer = torch.nn.Linear(n_in, n_out)
        weight = rng.standard_normal((n_out, n_in)) * (2 / n_in) ** 0.5
        layer.weight.data.copy_(torch.from_numpy(weight))
        layer.bias.data.zero_()
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


class Pupil:
    """One net that learns one way.

    Attributes:
        seconds: That its passes took, one after the other.
    """

    def __init__(self, config: Config, trainer: Trainer, images: Sequence[Tensor], seed: int,
                 device: torch.device) -> None:
        self.trainer, self._device = trainer, device
        self._x, self._classes, self._new, self._right = (a.to(device) for a in images)
        self._rng = np.random.default_rng((seed, ORDER))
        self._batch = trainer.times * config.batch_size
        self.net = net_of(config, seed).to(device)
        self._sgd = torch.optim.SGD(
            self.net.parameters(), config.learning_rate * trainer.rate)
        self.seconds: list[float] = []

    def through(self) -> None:
        """One pass through all images: what is timed are its updates."""
        order = torch.from_numpy(self._rng.permutation(len(self._x))).to(self._device)
        batches = order.split(self._batch)
        finished(self._device)
        start, n = time.perf_counter(), 0
        with threads(self.trainer.all_cores):
            while n < len(batches) and not self._long(start):
                self.step(self._x[batches[n]], self._classes[batches[n]])
                n += 1
        finished(self._device)
        self.seconds.append((time.perf_counter() - start) * len(batches) / n)
        for rows in batches[n:]:
            self.step(self._x[rows], self._classes[rows])

    def _long(self, start: float) -> bool:
        return self.trainer.all_cores and time.perf_counter() - start > MOST_SECONDS

    def step(self, x: Tensor, classes: Tensor) -> None:
        """An update on images (n, features) and what they show, (n,)."""
        with self._narrow():
            loss = torch.nn.functional.cross_entropy(self.net(x), classes)
        self._sgd.zero_grad()
        loss.backward()
        self._sgd.step()

    def _narrow(self) -> Any:
        if not self.trainer.autocast:
            return nullcontext()
        return torch.autocast(self._device.type, torch.bfloat16)

    def wrong(self) -> float:
        """The share of new images."""
        with torch.inference_mode():
            z = self.net(self._new)
        right = float((z.argmax(1) == self._right).float().mean())
        return 1 - right if bool(z.isfinite().all()) else 1.0


def pupils_of(config: Config) -> dict[str, list[Pupil]]:
    """By way, one per seed; none for what this machine does not have."""
    split = data_of(config.seeds)
    found: dict[str, list[Pupil]] = {}
    for key in config.ways:
        device = device_of(TRAINERS[key].gpu)
        found[key] = [] if device is None else [
            Pupil(config, TRAINERS[key], _images(split, s), seed, device)
            for s, seed in enumerate(config.seeds)]
    return found


def _images(split: Any, s: int) -> list[Tensor]:
    """Of one seed: images to learn from, what they show, new ones, what these show."""
    return [split.train_x[s].T.contiguous(), split.train_y[s].argmax(0),
            split.test_x[s].T.contiguous(), split.test_y[s].argmax(0)]


def steps(config: Config) -> list[int]:
    """Passes."""
    return list(range(config.n_passes + 1))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All ways, pass by pass."""
    pupils, t = pupils_of(config), 0

    def measure() -> Measured:
        return _measured(config, t, pupils)

    yield 0, measure
    for t in steps(config)[1:]:
        for s in range(config.n_seeds):
            for own in pupils.values():
                if own:
                    own[s].through()
        yield t, measure


def _measured(
    config: Config, t: int, pupils: Mapping[str, list[Pupil]]
) -> tuple[dict[str, np.ndarray], list[Note]]:
    passes = np.full((len(pupils), config.n_seeds, max(t, 1)), np.nan)
    errors = np.full((len(pupils), config.n_seeds), np.nan)
    for i, own in enumerate(pupils.values()):
        for s, pupil in enumerate(own):
            errors[i, s] = pupil.wrong()
            if t:
                passes[i, s] = pupil.seconds
    updates = np.array([-(-N_TRAIN // (TRAINERS[way].times * config.batch_size))
                        for way in config.ways])
    arrays = {
        "test_error": errors, "seconds": passes.sum(-1), "load": np.array(load() if t else np.nan),
        "pass_ms": 1e3 * np.median(passes, -1),
        "update_ms": 1e3 * np.median(passes, -1) / updates[:, None],
    }
    notes = list(_notes(config, t, errors, float(arrays["load"])))
    return {name: a.astype(np.float32) for name, a in arrays.items()}, notes


def _notes(config: Config, t: int, errors: np.ndarray, now: float) -> Iterator[Note]:
    yield from about(now) if t else ()
    for i, way in enumerate(config.ways):
        if np.isnan(errors[i]).all():
            yield Note("no_gpu", {})
        elif t == config.n_passes and np.median(errors[i]) > LOST:
            yield Note("lost", {"way": way, "pass": t}, way)


NOTES = {
    **OF_THE_MACHINE,
    "lost": "{way}: after {pass} passes more than half of new images are wrong. A smaller learning "
            "rate or more passes mend that.",
    **names_of("way", TRAINER_NAMES),
}

DIMS = {
    "test_error": ("step", "way", "seed"),
    "seconds": ("step", "way", "seed"),  # of all passes so far, from the first one on
    "pass_ms": ("step", "way", "seed"),  # median of the passes
    "update_ms": ("step", "way", "seed"),
    "load": ("step",),
}
MEASURED = ("seconds", "pass_ms", "update_ms", "load", "machine", "busy", "gpu", "no_gpu")
"""What the clock or the machine decides."""


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"way": list(config.ways), "seed": list(config.seeds)}
