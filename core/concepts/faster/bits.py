"""What becomes of a net whose numbers have fewer bits, while it learns and afterwards?

The same nets learn digits in float32, in bfloat16 and in float16: what is computed is rounded to
what the format has. Of one seed all have the same start and batches. Then the net of float32 is
made small as it is: weights become whole numbers of few bits, or most of them zero.

Papers: Micikevicius et al. 2018 (float16, a scaled loss), Kalamkar et al. 2019 (bfloat16), Jacob et
al. 2018 (whole numbers), Han et al. 2015 (pruning).
Differs from the papers in: rounding is done on float32 after each operation, so that it is no
faster; a small dense net, whose loss is made small to show what deep nets do to gradients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.faster.formats import (
    BITS,
    FORMAT_NAMES,
    FORMATS,
    KEPT,
    Nets,
    Rounding,
    left,
    whole_numbers,
)
from core.concepts.faster.shards import N_TRAIN, data_of
from core.config import Config as BaseConfig
from core.config import each_once, setting
from core.experiment import recorded_steps
from core.lazy import torch
from core.stacked.data import Split, batches
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

FormatName = Literal["float32", "bfloat16", "bfloat16_only", "bfloat16_once", "float16",
                     "float16_scaled"]
START, N_FRAMES = 0, 21
SIZES = (64, 64, 64, 10)
POWERS = list(range(-50, 20))
"""Of 2, into which sizes of gradients are sorted."""
AS_COMPUTED = ("plain", "scaled")
N_TUNED = 100
"""Updates in which a net of which only the largest weights are left learns again, at the end."""
GUESS = 0.85
"""From this share wrong on a net is said to have learned nothing; a guess has 0.9."""


class Config(BaseConfig):
    """In which formats, and how large the gradients are."""

    formats: tuple[FormatName, ...] = setting(
        ("float32", "bfloat16", "bfloat16_only", "float16", "float16_scaled"),
        "The numbers that nets compute with", names=FORMAT_NAMES,
    )
    loss_factor: float = setting(
        1.0, "The loss is multiplied by it: a small one stands for a deep net, in which gradients "
        "fade; updates are divided by it", ge=1e-9, le=1, log=True, label="Loss times",
    )
    scale_power: int = setting(
        16, "The first scale of the scaled loss, as a power of 2", ge=0, le=30, label="Scale 2^",
    )
    learning_rate: float = setting(0.1, "Of gradient descent", ge=0.0003, le=0.5, log=True)
    batch_size: int = setting(
        64, "Of an update", ge=8, le=128, unit="images", step=8,
    )
    n_steps: int = setting(240, "Updates", ge=20, le=600, unit="steps", step=20)
    n_seeds: int = setting(
        3, "Nets of each format, each with its own images, start and batches", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = setting(0, "The first seed", ge=0, le=9999, group="Seeds")

    @model_validator(mode="after")
    def _some_formats(self) -> Config:
        each_once("formats", self.formats, get_args(FormatName))
        return self


def nets_of(config: Config) -> dict[str, Nets]:
    """Untrained ones, by format."""
    found: dict[str, Nets] = {}
    for key in config.formats:
        program = Rounding(SIZES, FORMATS[key], config.loss_factor)
        start = torch.from_numpy(np.stack(
            [program.init(np.random.default_rng((seed, START))) for seed in config.seeds]))
        found[key] = Nets(program, start, config.learning_rate, 2.0**config.scale_power)
    return found


def steps(config: Config) -> list[int]:
    """The recorded ones."""
    return recorded_steps(config.n_steps, N_FRAMES)


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """All formats, step by step, on the same batches."""
    split, nets, t = data_of(config.seeds), nets_of(config), 0
    batch = _first(split, config)

    def measure() -> Measured:
        return _measured(config, t, nets, split, batch)

    yield 0, measure
    for t, batch in enumerate(
            batches(split, config.seeds, min(config.batch_size, N_TRAIN), config.n_steps), 1):
        for each in nets.values():
            each.step(*batch)
        yield t, measure


def _first(split: Split, config: Config) -> tuple[Tensor, Tensor]:
    return (split.train_x[..., : config.batch_size].contiguous(),
            split.train_y[..., : config.batch_size].contiguous())


def _measured(
    config: Config, t: int, nets: Mapping[str, Nets], split: Split, batch: tuple[Tensor, Tensor]
) -> tuple[dict[str, np.ndarray], list[Note]]:
    errors = np.stack([wrong(each.outputs(split.test_x), split) for each in nets.values()])
    arrays = {
        "test_error": errors,
        "vanished": np.stack([_vanished(config, each, batch) for each in nets.values()]),
        "unmoved": np.stack([each.unmoved.numpy() for each in nets.values()]),
        "sizes": _sizes(config, nets, batch),
    }
    if plain := nets.get("float32"):
        arrays |= _smaller(plain, split)
        arrays["tuned_error"] = (
            tuned(config, plain, split) if t == config.n_steps
            else np.full((len(KEPT), config.n_seeds), np.nan))
    notes = list(_notes(config, t, nets, errors))
    return {name: a.astype(np.float32) for name, a in arrays.items()}, notes


def wrong(z: Tensor, split: Split) -> np.ndarray:
    """The share of new images that outputs (S, classes, n) get wrong, (S,)."""
    right = (z.argmax(1) == split.test_y.argmax(1)).float().mean(1)
    return (1 - torch.where(z.isfinite().flatten(1).all(1), right, 0)).numpy()


def _in_float32(config: Config, nets: Nets, batch: tuple[Tensor, Tensor]) -> Tensor:
    """The gradients of the same nets without any rounding, (S, P)."""
    program = Rounding(SIZES, FORMATS["float32"])
    return Nets(program, nets.p, config.learning_rate, 1.0).gradients(*batch)


def _vanished(config: Config, nets: Nets, batch: tuple[Tensor, Tensor]) -> np.ndarray:
    """Which share of the numbers of a gradient is 0 in the format, and is not in float32, (S,)."""
    true, found = _in_float32(config, nets, batch), nets.gradients(*batch)
    there = true != 0
    return ((there & (found == 0)).sum(1) / there.sum(1).clamp_min(1)).numpy()


def _sizes(config: Config, nets: Mapping[str, Nets], batch: tuple[Tensor, Tensor]) -> np.ndarray:
    """How large the first seed's numbers of a gradient are, as shares by powers of 2, as they come
    from the loss and as they come from the scaled loss: (kind, power).
    """
    first = next(iter(nets.values()))
    true = _in_float32(config, first, batch)[0].abs() * config.loss_factor
    scaled = nets.get("float16_scaled")
    scale = float(scaled.scale[0]) if scaled else 2.0**config.scale_power
    edges = np.array([*POWERS, POWERS[-1] + 1]) - 0.5
    logs = [torch.log2((a[true > 0]).double()).numpy() for a in (true, true * scale)]
    return np.stack([np.histogram(log, edges)[0] / max(len(log), 1) for log in logs])


def _smaller(nets: Nets, split: Split) -> dict[str, np.ndarray]:
    """Errors of the nets of float32, made small as they are: (bits, seed) and (kept, seed)."""
    shapes, p = nets.program.shapes, nets.p

    def error(small: Tensor) -> np.ndarray:
        return wrong(Nets(nets.program, small, 0.0, 1.0).outputs(split.test_x), split)

    return {"whole_error": np.stack([error(whole_numbers(p, shapes, bits)) for bits in BITS]),
            "pruned_error": np.stack([error(p * left(p, shapes, keep)) for keep in KEPT])}


def tuned(config: Config, nets: Nets, split: Split) -> np.ndarray:
    """Errors of nets of whose weights only the largest are left, after these have learned again,
    (kept, seed); their batches are those that the nets began with.
    """
    shapes, found = nets.program.shapes, []
    for keep in KEPT:
        mask = left(nets.p, shapes, keep)
        again = Nets(nets.program, nets.p * mask, config.learning_rate, 1.0)
        for batch in batches(split, config.seeds, min(config.batch_size, N_TRAIN), N_TUNED):
            again.step(*batch)
            again.p.mul_(mask)  # what was cut stays away
        found.append(wrong(again.outputs(split.test_x), split))
    return np.stack(found)


def _notes(
    config: Config, t: int, nets: Mapping[str, Nets], errors: np.ndarray
) -> Iterator[Note]:
    for (key, each), error in zip(nets.items(), np.median(errors, 1), strict=True):
        if n := int(each.skipped.max()):
            yield Note("skipped", {"step": t, "n": n, "power": f"{each.scale.min().log2():.0f}"})
        if t == config.n_steps and error > GUESS:
            yield Note("guesses", {"format": key, "step": t}, key)


NOTES = {
    "skipped": "By step {step} up to {n} updates were left out, since the scaled loss overflowed; "
               "the scale was halved each time, to 2^{power}.",
    "guesses": "{format}: after {step} steps the nets still guess. A larger loss, a scaled one or "
               "a larger learning rate mend that.",
    **names_of("format", FORMAT_NAMES),
}

DIMS = {
    "test_error": ("step", "format", "seed"),
    "vanished": ("step", "format", "seed"),
    "unmoved": ("step", "format", "seed"),
    "sizes": ("step", "kind", "power"),  # of the first seed
    "whole_error": ("step", "bits", "seed"),
    "pruned_error": ("step", "kept", "seed"),
    "tuned_error": ("step", "kept", "seed"),  # at the end
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {"format": list(config.formats), "seed": list(config.seeds), "kind": list(AS_COMPUTED),
            "power": POWERS, "bits": list(BITS), "kept": list(KEPT)}
